//! One case a diagnostic of vars.yaml: the file, and everything that `check` says of it.
//!
//! `<code>-<slug>.yaml` is checked, together with `<code>-<slug>.also.yaml` where there is one;
//! `<code>-<slug>.stderr` is compared whole. `OKDBOOT_BLESS=1` rewrites it.

use std::collections::BTreeSet;
use std::fs;

use okdboot::diag::Code;

use crate::sandbox::{Ran, Sandbox, assert_same};
use crate::{blesses, names_in, project, read};

const FOLDER: &str = "testdata/vars/bad";

/// Codes that need bytes which are better made than kept: see `input`.
const GENERATED: [Code; 2] = [Code::V001, Code::V006];

fn cases() -> Vec<String> {
    let names = names_in(&project(FOLDER)).into_iter();
    names
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .filter(|stem| stem.strip_suffix(".also").is_none())
        .collect()
}

/// Checks a case in a folder of its own, so that its paths are relative.
fn check(stem: &str) -> Ran {
    let mut sandbox = Sandbox::new();
    for name in [format!("{stem}.yaml"), format!("{stem}.also.yaml")] {
        let path = project(FOLDER).join(&name);
        if let Ok(bytes) = fs::read(path) {
            sandbox = sandbox.file(&name, bytes).args(["-f", &name]);
        }
    }
    sandbox.arg("check").run()
}

#[test]
fn everything_that_is_said_is_as_it_was_written_down() {
    for stem in cases() {
        let ran = check(&stem);
        let said = ran.stderr_text();
        let path = format!("{FOLDER}/{stem}.stderr");
        if blesses() {
            fs::write(project(&path), &said).unwrap();
        }
        assert_same(&stem, &said, &read(&path));
        let is_error = said.lines().any(|line| line.starts_with("error["));
        ran.status(if is_error { 3 } else { 0 }).stdout("");
    }
}

#[test]
fn a_case_has_the_code_that_its_name_says() {
    for stem in cases() {
        let code = stem.split('-').next().unwrap();
        let said = read(&format!("{FOLDER}/{stem}.stderr"));
        assert!(said.contains(&format!("[{code}]")), "{stem}");
    }
}

#[test]
fn every_code_has_a_case() {
    let cases = cases();
    let named: BTreeSet<&str> = cases.iter().filter_map(|stem| stem.split('-').next()).collect();
    for code in Code::ALL.iter().filter(|code| code.as_str().starts_with('V')) {
        assert!(GENERATED.contains(code) || named.contains(code.as_str()), "{code} has no case");
    }
}

#[test]
fn nothing_else_lies_in_the_folder() {
    let cases: BTreeSet<String> = cases().into_iter().collect();
    for name in names_in(&project(FOLDER)) {
        let stem = name.trim_end_matches(".yaml").trim_end_matches(".stderr").trim_end_matches(".also");
        assert!(cases.contains(stem) && stem != name, "{name} belongs to no case");
    }
}
