//! `explain-code`: the page of a diagnostic, and the line that points at it.

use okdboot::diag::Code;
use serde_json::Value;

use crate::pty::Terminal;
use crate::read;
use crate::sandbox::{Ran, Sandbox};

fn explain(args: &[&str]) -> Ran {
    Sandbox::new().arg("explain-code").args(args).run()
}

#[test]
fn a_page_is_the_section_of_the_document() {
    let expected = "\
V201 (error)

Error: two nodes have one MAC address, as `macaddr` or in `ifname`, or nodes of two clusters. The
later boot file would take the place of the earlier one, and what is armed or disarmed is remembered
by MAC address. Several nodes with one address are often a placeholder that was copied.

    masters:
      - {name: master0, ipaddr: 192.168.7.21, macaddr: \"52:54:00:60:72:67\"}
      - {name: master1, ipaddr: 192.168.7.22, macaddr: \"52:54:00:60:72:67\"}

Fix: write each machine's own address. A host under `other` that has it is only a warning.
";
    for spelling in ["V201", "v201", "error[V201]", "error[V201]:"] {
        explain(&[spelling]).status(0).stdout(expected).stderr("");
    }
}

#[test]
fn every_code_has_a_page_and_a_line() {
    let lines = explain(&[]).status(0).stdout_text();
    let first: Vec<&str> = lines.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(first, Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>());
    let text = explain(&["--format", "json"]).status(0).stdout_text();
    let document: Value = serde_json::from_str(&text).unwrap();
    let errors = read("docs/errors.md");
    for code in document["codes"].as_array().unwrap() {
        let body = code["text"].as_str().unwrap();
        let heading = format!("## {}\n\n{body}", code["code"].as_str().unwrap());
        assert!(errors.contains(&heading), "{heading}");
    }
}

#[test]
fn a_code_that_is_none_gets_a_suggestion() {
    explain(&["201"]).status(2).stdout("").stderr(
        "error: there is no code `201`\n  help: did you mean `V201`?\n  help: `okdboot explain-code` lists every code\n",
    );
    let several = explain(&["E001"]).status(2).stderr_text();
    assert!(several.contains("did you mean `V001`, `R001` or `P001`?"), "{several}");
    let none = explain(&["nonsense"]).status(2).stderr_text();
    assert_eq!(none, "error: there is no code `nonsense`\n  help: `okdboot explain-code` lists every code\n");
}

#[test]
fn a_person_is_pointed_at_the_page_once_and_a_program_is_not() {
    let sandbox = Sandbox::new().file("vars.yaml", read("testdata/vars/bad/V201-same-mac.yaml"));
    let hint = "for more: okdboot explain-code V201";
    let ended = Terminal::run(sandbox.path(), &["check"], &[]).ends();
    assert!(ended.code == Some(3) && ended.restored);
    assert_eq!(ended.screen.matches(hint).count(), 1, "{}", ended.screen);
    assert!(ended.screen.trim_end().ends_with(hint), "{}", ended.screen);
    assert!(ended.raw.contains("\u{1b}[1m"), "a terminal has colours");
    let quiet = Terminal::run(sandbox.path(), &["check", "-q"], &[]).ends();
    assert!(!quiet.screen.contains("for more"), "{}", quiet.screen);
    for env in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let ended = Terminal::run(sandbox.path(), &["check"], &[env]).ends();
        assert!(!ended.raw.contains('\u{1b}'), "{env:?}: {}", ended.raw);
        assert!(ended.screen.contains(hint));
    }
    let piped = sandbox.arg("check").run().status(3).stderr_text();
    assert!(!piped.contains("for more"), "{piped}");
}
