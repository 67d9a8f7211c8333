//! Documents that must not drift from the program: docs/errors.md, docs/vars.md, docs/exit-codes.md.

use std::collections::BTreeSet;

use okdboot::cli::Exit;
use okdboot::diag::{Code, Severity};

use crate::{files_below, read};

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

/// The keys that the reader of vars.yaml asks for: the literals given to its reading functions.
fn keys_read() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let files = files_below("src/vars").into_iter().filter(|path| path.starts_with("src/vars/raw"));
    for path in files {
        let text = read(&path);
        let reading = [
            ".scalar(",
            ".scalars(",
            ".map(",
            ".maps(",
            ".free(",
            ".ignore(",
            "dialect(",
            "either(",
            "either_of(",
            "read_nodes(",
        ];
        for word in reading {
            for call in text.split(word).skip(1) {
                let args = call.split(')').next().unwrap_or_default();
                let literals = args.split('"').skip(1).step_by(2);
                keys.extend(literals.filter(|literal| is_key(literal)).map(str::to_owned));
            }
        }
        if let Some(list) = text.split("HELPERNODE_ONLY").nth(1) {
            let list = list.split("];").next().unwrap_or_default();
            keys.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    keys
}

fn is_key(literal: &str) -> bool {
    !literal.is_empty() && literal.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Returns the keys in the first column of the tables of docs/vars.md, without the sections they are in.
fn keys_documented() -> BTreeSet<String> {
    let text = read("docs/vars.md");
    let cells =
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next().map(str::to_owned));
    let mut keys = BTreeSet::new();
    for cell in cells {
        for name in cell.trim_end_matches('`').split("`, `") {
            let name = name.trim_end_matches("[]");
            keys.extend(name.split('.').map(|part| part.trim_end_matches("[]").to_owned()));
        }
    }
    keys
}

#[test]
fn every_key_is_documented_and_every_documented_key_is_read() {
    let (read, documented) = (keys_read(), keys_documented());
    let missing: Vec<_> = read.difference(&documented).collect();
    let surplus: Vec<_> = documented.difference(&read).collect();
    assert!(missing.is_empty(), "docs/vars.md does not have {missing:?}");
    assert!(surplus.is_empty(), "nothing reads {surplus:?} of docs/vars.md");
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
