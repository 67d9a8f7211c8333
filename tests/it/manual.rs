//! Help pages and manual pages, and what the program says it was built of.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use okdboot::cli::Cli;

use crate::sandbox::{Sandbox, assert_same};
use crate::tool::optional;
use crate::{blesses, files_below, names_in, project, read};

/// Every command with those below it, as words; the first is the program itself.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, words: &[String], all: &mut Vec<Vec<String>>) {
        all.push(words.to_vec());
        for sub in command.get_subcommands() {
            below(sub, &[words, &[sub.get_name().to_owned()]].concat(), all);
        }
    }
    let mut all = Vec::new();
    below(&Cli::command(), &[], &mut all);
    all
}

#[test]
fn every_help_page_is_as_it_was_read_last() {
    let mut pages = BTreeSet::new();
    for words in commands() {
        let page = Sandbox::new().args(&words).arg("--help").run().status(0).stderr("").stdout_text();
        let path = format!("testdata/help/{}.txt", [&["okdboot".to_owned()], &words[..]].concat().join("-"));
        if blesses() {
            fs::create_dir_all(project("testdata/help")).unwrap();
            fs::write(project(&path), &page).unwrap();
        }
        assert_same(&path, &read(&path), &page);
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{path} is wider than 80");
        pages.insert(path);
    }
    assert_eq!(files_below("testdata/help").into_iter().collect::<BTreeSet<_>>(), pages);
}

#[test]
fn every_command_has_a_manual_page() {
    let ran = Sandbox::new().args(["man", "share/man1"]).run().status(0).stdout("");
    let expected: BTreeSet<String> = commands()
        .into_iter()
        .map(|words| [vec!["okdboot".to_owned()], words].concat().join("-") + ".1")
        .collect();
    assert_eq!(names_in(&ran.join("share/man1")).into_iter().collect::<BTreeSet<_>>(), expected);
    let first = fs::read_to_string(ran.join("share/man1/okdboot.1")).unwrap();
    assert!(first.contains(".TH okdboot 1") && !first.contains("linux-"), "{first}");
    Sandbox::new().arg("man").run().status(0).stdout(&first);
    let Some(groff) = optional("groff") else { return };
    for name in expected {
        let output = Command::new(&groff)
            .args(["-man", "-Tutf8", "-wall"])
            .arg(ran.join("share/man1").join(&name))
            .output();
        let output = output.unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{name}: {output:?}");
    }
}

/// Compiles the build script and runs it for a folder, as cargo does for a release.
fn version_in(script: &Path, folder: &Path, env: &[(&str, &str)]) -> String {
    let output = Command::new(script)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs([
            ("TARGET", "x86_64-unknown-linux-musl"),
            ("PROFILE", "release"),
            ("CARGO_PKG_VERSION", "1.2.3"),
        ])
        .env("CARGO_MANIFEST_DIR", folder)
        .envs(env.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("cargo::rustc-env=OKDBOOT_VERSION="));
    line.unwrap().to_owned()
}

#[test]
fn a_release_names_its_commit_with_and_without_git() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("build");
    let compiled = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "-o"])
        .arg(&script)
        .arg(project("build.rs"))
        .status();
    if !compiled.is_ok_and(|status| status.success()) {
        return;
    }
    let source = folder.path().join("source");
    fs::create_dir(&source).unwrap();
    let target = "x86_64-unknown-linux-musl";
    assert_eq!(version_in(&script, &source, &[]), format!("1.2.3 (unknown commit, {target})"));
    let named = [("OKDBOOT_COMMIT", "abc")];
    assert_eq!(version_in(&script, &source, &named), format!("1.2.3 (abc, {target})"));
    let development = [("PROFILE", "debug")];
    assert_eq!(version_in(&script, &source, &development), format!("1.2.3 (development build, {target})"));
    let info = r#"{"git": {"sha1": "0123456789abcdef0123456789abcdef01234567"}, "path_in_vcs": ""}"#;
    fs::write(source.join(".cargo_vcs_info.json"), info).unwrap();
    assert_eq!(version_in(&script, &source, &[]), format!("1.2.3 (0123456789ab, {target})"));
}
