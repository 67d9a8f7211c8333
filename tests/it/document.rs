//! Documents that must not drift from the program: docs/errors.md, docs/vars.md, docs/exit-codes.md.

use std::collections::BTreeSet;
use std::fs;

use okdboot::cli::Exit;
use okdboot::diag::{Code, Severity};
use okdboot::vars::key::{Key, Mapping, NODE, Shape, TOP};

use crate::sandbox::assert_same;
use crate::{blesses, files_below, project, read};

/// Returns the text below each second-level heading, by heading.
fn sections(document: &str) -> Vec<(String, String)> {
    let text = read(document);
    let parts = text.split("\n## ").skip(1);
    parts
        .map(|part| {
            let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
            (heading.trim().to_owned(), body.to_owned())
        })
        .collect()
}

#[test]
fn every_code_has_a_section_and_every_section_a_code() {
    let headings: Vec<String> = sections("docs/errors.md").into_iter().map(|(heading, _)| heading).collect();
    let codes: Vec<String> = Code::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(headings, codes);
}

#[test]
fn a_section_says_how_bad_it_is_shows_an_example_and_names_the_fix() {
    for (heading, body) in sections("docs/errors.md") {
        let code = Code::ALL.iter().find(|code| code.as_str() == heading).unwrap();
        let severity = match code.severity() {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
            Severity::Notice => "Notice",
        };
        assert!(body.contains(&format!("**{severity}:**")), "{heading} is no {severity}");
        assert!(body.contains("```"), "{heading} has no example");
        assert!(body.contains("**Fix:**"), "{heading} names no fix");
    }
}

#[test]
fn every_code_of_plan_and_verify_has_a_case() {
    let sources = files_below("tests/it").into_iter().filter(|path| path != "tests/it/document.rs");
    let text: String = sources.map(|path| read(&path)).collect();
    for code in Code::ALL.iter().map(|code| code.as_str()).filter(|code| !code.starts_with('V')) {
        assert!(text.contains(code), "no test names {code}");
    }
}

/// Where a table of docs/vars.md begins: `<!-- keys of okdboot.serve -->`, or a part of the file itself.
const TABLE: &str = "<!-- keys of ";
const TABLE_END: &str = "<!-- end -->";

/// Makes the tables of docs/vars.md, in the order in which they stand there.
#[derive(Default)]
struct Tables {
    /// The paths that have a table of their own.
    apart: BTreeSet<String>,
    /// The mappings whose keys have been listed.
    listed: Vec<&'static Mapping>,
}

impl Tables {
    fn make(&mut self, what: &str) -> String {
        let is_own = what.starts_with("okdboot");
        let (head, rule) = if is_own { ("", "") } else { (" read by |", "---|") };
        let mut text = format!("| key | type | default |{head} meaning |\n|---|---|---|{rule}---|\n");
        let keys: Vec<&'static Key> = match what.strip_prefix("the file: ") {
            Some(part) => TOP.parts.iter().find(|it| it.name == part).unwrap().keys.iter().collect(),
            None => mapping_at(what).keys().collect(),
        };
        // A node stands in three places: its keys go by their names.
        let prefix =
            if what.starts_with("the file") || what == "masters[]" { "" } else { &format!("{what}.") };
        for key in keys {
            self.row(prefix, key, is_own, &mut text);
        }
        text
    }

    fn row(&mut self, prefix: &str, key: &'static Key, is_own: bool, text: &mut String) {
        let names: Vec<String> = key.names.iter().map(|name| format!("`{prefix}{name}`")).collect();
        let readers = if is_own { String::new() } else { cell(key.readers) };
        *text += &format!(
            "|{}{}{}{readers}{}\n",
            cell(&names.join(", ")),
            cell(&key.word()),
            cell(key.default),
            cell(key.about)
        );
        for (suffix, mapping) in below(key) {
            let path = format!("{prefix}{}{suffix}", key.names[0]);
            let is_new = !self.listed.iter().any(|known| std::ptr::eq(*known, mapping));
            if is_new && !std::ptr::eq(mapping, &raw const NODE) && !self.apart.contains(&path) {
                self.listed.push(mapping);
                for key in mapping.keys() {
                    self.row(&format!("{path}."), key, is_own, text);
                }
            }
        }
    }
}

fn cell(text: &str) -> String {
    if text.is_empty() { " |".to_owned() } else { format!(" {text} |") }
}

/// Returns the mappings that a key leads to, each with what its path ends in.
fn below(key: &'static Key) -> Vec<(&'static str, &'static Mapping)> {
    match key.shape {
        Shape::Map(mapping) | Shape::ValueOrMap(_, mapping) => vec![("", mapping)],
        Shape::Maps(mapping) => vec![("[]", mapping)],
        Shape::MapsOrMap(item, mapping) => vec![("[]", item), ("", mapping)],
        _ => Vec::new(),
    }
}

fn mapping_at(path: &str) -> &'static Mapping {
    path.split('.').fold(&TOP, |mapping, segment| {
        let (name, suffix) = segment.strip_suffix("[]").map_or((segment, ""), |name| (name, "[]"));
        let key = mapping.key(name).unwrap_or_else(|| panic!("{path}: no key {name}"));
        below(key).into_iter().find(|(it, _)| *it == suffix).unwrap().1
    })
}

#[test]
fn every_key_is_documented() {
    let text = read("docs/vars.md");
    let mut parts = text.split(TABLE);
    let mut made = parts.next().unwrap().to_owned();
    let places: Vec<(&str, &str)> = parts.map(|part| part.split_once(" -->\n").unwrap()).collect();
    let mut tables = Tables::default();
    tables.apart.extend(places.iter().map(|(what, _)| (*what).to_owned()));
    for (what, rest) in &places {
        let after = rest.split_once(TABLE_END).unwrap().1;
        made += &format!("{TABLE}{what} -->\n{}{TABLE_END}{after}", tables.make(what));
    }
    if blesses() {
        fs::write(project("docs/vars.md"), &made).unwrap();
    }
    assert_same("docs/vars.md", &read("docs/vars.md"), &made);
    let shown: Vec<&str> = places.iter().filter_map(|(what, _)| what.strip_prefix("the file: ")).collect();
    // What leads to one mapping each has the table of that mapping.
    let parts: Vec<&str> = TOP.parts.iter().map(|part| part.name).collect();
    assert!(parts.iter().all(|part| shown.contains(part) || ["around", "own"].contains(part)), "{parts:?}");
    for key in TOP.parts.iter().filter(|part| ["around", "own"].contains(&part.name)).flat_map(|it| it.keys) {
        assert!(tables.apart.contains(key.names[0]), "no table of `{}`", key.names[0]);
    }
}

#[test]
fn every_exit_status_is_documented() {
    let text = read("docs/exit-codes.md");
    for exit in [
        Exit::Done,
        Exit::Differs,
        Exit::Usage,
        Exit::Invalid,
        Exit::Network,
        Exit::Digest,
        Exit::Files,
        Exit::Bug,
        Exit::Interrupted,
    ] {
        assert!(text.contains(&format!("\n| {} |", exit.code())), "{exit:?}");
    }
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit());
    assert_eq!(rows.count(), 9);
}

/// What the code calls what is said in CONTRIBUTING.md, each word with the file that it is about.
#[test]
fn every_word_of_the_glossary_has_its_file() {
    let text = read("CONTRIBUTING.md");
    let words = text.split("## Words").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let files = words.lines().filter_map(|line| line.strip_prefix("* **")?.split('`').nth(1));
    let absent: Vec<&str> =
        files.clone().filter(|file| !project(&format!("src/{file}.rs")).exists()).collect();
    assert!(absent.is_empty() && files.count() >= 15, "{absent:?}");
}
