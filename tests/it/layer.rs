//! The layers of the design, read from the sources: who may import whom, and what may stand where.

use std::collections::BTreeSet;

use crate::{files_below, read, sources_below};

/// A module, what it may import, and words that must not stand in it.
struct Rule {
    module: String,
    imports: Vec<String>,
    forbidden: Vec<&'static str>,
}

const PRINTING: &[&str] = &["println!", "eprintln!", "print!(", "io::stdout", "io::stderr", "indicatif"];

/// The words by which code touches a part of the world.
fn words(part: &str) -> &'static [&'static str] {
    match part {
        "files" => &["std::fs", "rustix"],
        "environment" => &["std::env"],
        "network" => &["std::net::Tcp", "reqwest"],
        // Sockets of its own it has; of HTTP clients it has none.
        "web" => &["reqwest"],
        "clock" => &["SystemTime", "Instant"],
        "chance" => &["rand::"],
        other => panic!("src/lib.rs: nothing is known of `{other}`"),
    }
}

/// Reads the table of src/lib.rs.
fn rules() -> Vec<Rule> {
    let text = read("src/lib.rs");
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
    let rule = |row: &str| {
        let [module, imports, forbidden] = &row.split('|').map(str::trim).collect::<Vec<_>>()[..3] else {
            panic!("{row}");
        };
        let imports = imports.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let parts = forbidden.split(',').map(str::trim);
        let forbidden = parts.flat_map(|part| words(part).iter().copied()).collect();
        Rule { module: module.trim_end_matches('`').to_owned(), imports, forbidden }
    };
    rows.map(rule).collect()
}

/// A module stands below those that may import it: no two may import one another, over however many.
#[test]
fn the_layers_have_no_circle() {
    let mut left = rules();
    while !left.is_empty() {
        let names: BTreeSet<String> = left.iter().map(|rule| rule.module.clone()).collect();
        let before = left.len();
        left.retain(|rule| rule.imports.iter().any(|import| names.contains(import)));
        assert!(left.len() < before, "a circle among {names:?}");
    }
}

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
pub(crate) fn without_tests(text: &str) -> String {
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
    for rule in rules() {
        for (path, code) in sources(&rule.module) {
            for import in imports(&code) {
                let allowed = import == rule.module || rule.imports.contains(&import);
                assert!(allowed, "{path} imports {import}, which is not below {}", rule.module);
            }
        }
    }
}

#[test]
fn what_touches_the_world_stands_at_the_edges() {
    for rule in rules() {
        for (path, code) in sources(&rule.module) {
            for word in rule.forbidden.iter().chain(PRINTING) {
                assert!(!code.contains(word), "{path} holds {word}");
            }
        }
    }
}

#[test]
fn every_module_has_a_layer() {
    let rules = rules();
    assert_eq!(rules.len(), 27);
    let known: BTreeSet<&str> = rules.iter().map(|rule| rule.module.as_str()).chain(TOP).collect();
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
