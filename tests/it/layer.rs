//! The layers of the design, read from the sources: who may import whom, and what may stand where.

use std::collections::BTreeSet;

use crate::{files_below, read, sources_below};

/// A module, the layer's neighbours that it may import, and words that must not stand in it.
struct Rule {
    module: &'static str,
    imports: &'static [&'static str],
    forbidden: &'static [&'static str],
}

/// What touches the world: files, network, environment, clock, randomness.
const WORLD: &[&str] =
    &["std::fs", "std::env", "std::net::Tcp", "reqwest", "rustix", "SystemTime", "Instant", "rand::"];
const PRINTING: &[&str] = &["println!", "eprintln!", "print!(", "io::stdout", "io::stderr", "indicatif"];

const RULES: &[Rule] = &[
    Rule { module: "text", imports: &[], forbidden: WORLD },
    Rule { module: "diag", imports: &["text"], forbidden: WORLD },
    Rule { module: "pool", imports: &[], forbidden: WORLD },
    Rule { module: "model", imports: &["text"], forbidden: WORLD },
    Rule { module: "initramfs", imports: &["model"], forbidden: WORLD },
    Rule { module: "signature", imports: &["model"], forbidden: WORLD },
    Rule {
        module: "vars",
        imports: &["text", "diag", "model"],
        forbidden: &["std::env", "SystemTime", "reqwest"],
    },
    Rule {
        module: "stream",
        imports: &["text", "diag", "model"],
        forbidden: &["std::env", "SystemTime", "reqwest"],
    },
    Rule {
        module: "lock",
        imports: &["text", "diag", "model", "stream"],
        forbidden: &["std::env", "SystemTime", "reqwest"],
    },
    Rule {
        module: "ignition",
        imports: &["text", "diag", "model"],
        forbidden: &["std::env", "SystemTime", "reqwest"],
    },
    Rule { module: "draft", imports: &["text", "model"], forbidden: WORLD },
    Rule { module: "bundle", imports: &["text", "diag", "model"], forbidden: WORLD },
    Rule { module: "matchbox", imports: &["text", "diag", "model"], forbidden: WORLD },
    Rule {
        module: "template",
        imports: &["text", "diag", "model"],
        forbidden: &["std::env", "SystemTime", "reqwest"],
    },
    Rule {
        module: "plan",
        imports: &["text", "diag", "pool", "model", "lock", "ignition", "matchbox", "template"],
        forbidden: WORLD,
    },
    Rule { module: "http", imports: &["text", "diag", "model"], forbidden: &["std::env"] },
    Rule { module: "dhcp", imports: &["model"], forbidden: &["std::env", "reqwest"] },
    Rule {
        module: "disk",
        imports: &["text", "diag", "pool", "model", "plan"],
        forbidden: &["std::env", "reqwest"],
    },
    Rule {
        module: "apply",
        imports: &["text", "diag", "pool", "model", "signature", "plan", "http", "disk"],
        forbidden: &["crate::vars", "std::env"],
    },
    Rule {
        module: "probe",
        imports: &["text", "diag", "pool", "model", "initramfs", "plan", "http", "disk", "dhcp"],
        forbidden: &["crate::vars", "std::env"],
    },
    Rule {
        module: "serve",
        imports: &["text", "diag", "pool", "model", "ignition", "matchbox", "plan", "disk", "dhcp", "probe"],
        forbidden: &["crate::vars", "std::env", "reqwest"],
    },
];

/// Modules that may print or import everything.
const TOP: [&str; 3] = ["cli", "lib", "main"];

/// Returns the sources of a module: `src/<module>.rs` and what lies in `src/<module>/`, without tests.
fn sources(module: &str) -> Vec<(String, String)> {
    let (file, folder) = (format!("src/{module}.rs"), format!("src/{module}/"));
    let of_module =
        |path: &String| (*path == file || path.starts_with(&folder)) && !path.ends_with("/tests.rs");
    let code = |path: String| {
        let code = without_tests(&read(&path));
        (path, code)
    };
    files_below("src").into_iter().filter(of_module).map(code).collect()
}

/// Takes comments out of a file, and each item behind `#[cfg(test)]`: to its closing brace in the column in
/// which it begins, or to its semicolon. What follows is code again.
fn without_tests(text: &str) -> String {
    let mut code = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.trim() == "#[cfg(test)]" {
            let ends = |line: &&str| {
                line.strip_prefix(indent).is_some_and(|rest| {
                    rest.starts_with('}')
                        || (!rest.starts_with(' ') && (rest.ends_with(';') || rest.ends_with('}')))
                })
            };
            lines.by_ref().find(ends);
        } else if !line.trim_start().starts_with("//") {
            code.push(line);
        }
    }
    code.join("\n")
}

#[test]
fn what_follows_a_test_is_read() {
    let text = "use a;\n#[cfg(test)]\nmod tests;\nfn one() {\n    #[cfg(test)]\n    if x {\n        y();\n    }\n    two();\n}\n\
                #[cfg(test)]\npub(crate) fn three() {\n    std::fs\n}\n#[cfg(test)]\nmod more {\n    fn f() {}\n}\nfn four() {}\n// no\n";
    assert_eq!(without_tests(text), "use a;\nfn one() {\n    two();\n}\nfn four() {}");
}

/// Returns the modules that a text imports by `crate::`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let listed = part.strip_prefix('{').and_then(|rest| rest.split('}').next());
        let names = listed.map_or_else(|| vec![part], |list| list.split(',').collect());
        found.extend(names.into_iter().map(|name| {
            name.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>()
        }));
    }
    found.remove("");
    found
}

#[test]
fn a_module_imports_what_lies_below_it() {
    for rule in RULES {
        for (path, code) in sources(rule.module) {
            for import in imports(&code) {
                let allowed = import == rule.module || rule.imports.contains(&import.as_str());
                assert!(allowed, "{path} imports {import}, which is not below {}", rule.module);
            }
        }
    }
}

#[test]
fn what_touches_the_world_stands_at_the_edges() {
    for rule in RULES {
        for (path, code) in sources(rule.module) {
            for word in rule.forbidden.iter().chain(PRINTING) {
                assert!(!code.contains(word), "{path} holds {word}");
            }
        }
    }
}

#[test]
fn every_module_has_a_layer() {
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.module).chain(TOP).collect();
    for path in files_below("src") {
        let module =
            path["src/".len()..].split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        assert!(known.contains(module.as_str()), "{path} is in no layer");
    }
}

#[test]
fn a_loader_is_thin() {
    for module in ["vars", "stream", "lock", "ignition", "template"] {
        let text: String = sources(module).into_iter().map(|(_, code)| code).collect();
        let opened = text.matches("fs::read").count() + text.matches("File::open").count();
        let limit = if module == "template" { 2 } else { 1 };
        assert!(opened <= limit, "{module} reads files in {opened} places");
    }
}

#[test]
fn checked_types_are_not_deserialised() {
    for (path, code) in sources("model") {
        assert!(!code.contains("Deserialize"), "{path}");
    }
}

#[test]
fn one_file_names_the_spanned_yaml_crate() {
    for path in &sources_below("src") {
        let names = read(path).contains("serde_saphyr");
        assert!(!names || path == "src/vars/yaml.rs", "{path} names serde_saphyr");
    }
}

#[test]
fn no_file_is_longer_than_400_lines() {
    for path in &sources_below("src") {
        let lines = read(path).lines().count();
        assert!(lines <= 400, "{path} has {lines} lines: split it by noun");
    }
}

#[test]
fn imports_are_found() {
    let code = "use crate::diag::Code;\nuse crate::{text, model::mac};\nfn f() { crate::plan::build() }";
    let expected = ["diag", "model", "plan", "text"].map(str::to_owned);
    assert_eq!(imports(code), BTreeSet::from(expected));
}
