//! How the program behaves as a program: help, version, suggestions, colours, pipes.

use std::process::{Command, Stdio};

use clap::{CommandFactory as _, Parser as _};
use okdboot::cli::Cli;

use crate::read;
use crate::sandbox::{Ran, Sandbox};

fn run(args: &[&str]) -> Ran {
    Sandbox::new().args(args).run()
}

/// Every subcommand; the empty name is the program itself.
fn commands() -> Vec<String> {
    let names = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    [vec![String::new()], names].concat()
}

fn help(command: &str, flag: &str) -> String {
    let args: Vec<&str> = [command, flag].into_iter().filter(|arg| !arg.is_empty()).collect();
    run(&args).status(0).stderr("").stdout_text()
}

#[test]
fn help_is_at_most_80_columns_wide_and_has_examples() {
    for command in commands() {
        for flag in ["-h", "--help"] {
            let text = help(&command, flag);
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "`{command} {flag}`: {line}");
            }
            assert!(text.contains("\nExamples:\n  okdboot "), "`{command} {flag}` has no examples");
        }
    }
}

#[test]
fn every_example_of_the_help_is_a_command_line_of_the_program() {
    for command in commands() {
        let text = help(&command, "-h");
        let (_, examples) = text.split_once("\nExamples:\n").unwrap();
        let lines: Vec<&str> = examples.lines().collect();
        assert!((2..=5).contains(&lines.len()), "`{command}`: {} examples", lines.len());
        for line in lines {
            // Two blanks or a redirection end the command.
            let line = line.trim().split("  ").next().unwrap().split(['>', '|']).next().unwrap();
            let parsed = Cli::try_parse_from(line.split_whitespace());
            assert!(parsed.is_ok(), "`{line}`: {}", parsed.unwrap_err());
        }
    }
}

#[test]
fn the_environment_is_not_in_the_help() {
    let ran = Sandbox::new().env("OKDBOOT_VARS", "secret.yaml").args(["check", "--help"]).run().status(0);
    assert!(!ran.stdout_text().contains("secret.yaml"));
}

#[test]
fn the_version_is_said() {
    let version = format!("okdboot {}\n", env!("CARGO_PKG_VERSION"));
    let long = run(&["--version"]).status(0).stderr("").stdout_text();
    let (first, build) = long.split_once(" (").unwrap();
    assert_eq!(format!("{first}\n"), version);
    let (commit, target) = build.trim_end().strip_suffix(')').unwrap().split_once(", ").unwrap();
    assert!(!commit.is_empty() && target.contains("-linux-"), "{long}");
    run(&["-V"]).status(0).stdout(&version);
}

#[test]
fn what_is_misspelt_is_suggested() {
    let ran = run(&["verifi"]).status(2).stdout("");
    assert!(
        ran.stderr_text().contains("tip: a similar subcommand exists: 'verify'"),
        "{}",
        ran.stderr_text()
    );
    let ran = run(&["render", "--dryrun"]).status(2).stdout("");
    assert!(
        ran.stderr_text().contains("tip: a similar argument exists: '--dry-run'"),
        "{}",
        ran.stderr_text()
    );
    let ran = run(&["render", "--only", "pxelinx"]).status(2).stdout("");
    assert!(ran.stderr_text().contains("tip: a similar value exists: 'pxelinux'"), "{}", ran.stderr_text());
    let ran = run(&[]).status(2).stdout("");
    assert!(ran.stderr_text().contains("okdboot render --example -o demo"), "{}", ran.stderr_text());
}

/// Runs a command whose reader is gone before it begins.
fn into_a_broken_pipe(args: &[&str]) -> (Option<i32>, String) {
    let sandbox = Sandbox::new().vars(read("testdata/vars/ok/plain.yaml"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .args(args)
        .env_clear()
        .current_dir(sandbox.path())
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_broken_pipe_is_quiet() {
    let commands: [&[&str]; 6] = [
        &["--help"],
        &["--version"],
        &["completions", "bash"],
        &["--quiet", "check", "--format", "json"],
        &["--quiet", "commands", "--method", "kargs"],
        &["--quiet", "render", "--example", "--dry-run"],
    ];
    for args in commands {
        assert_eq!(into_a_broken_pipe(args), (Some(0), String::new()), "{args:?}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let colours = |args: &[&str], env: &[(&str, &str)]| {
        let mut sandbox = Sandbox::new().vars("").args(args);
        for (name, value) in env {
            sandbox = sandbox.env(name, *value);
        }
        sandbox.run().status(3).stderr_text().contains('\u{1b}')
    };
    assert!(!colours(&["check"], &[]));
    assert!(!colours(&["check"], &[("TERM", "xterm-256color")]));
    assert!(!colours(&["--color", "never", "check"], &[]));
    assert!(colours(&["--color", "always", "check"], &[]));
    assert!(colours(&["--color", "always", "check"], &[("NO_COLOR", "1")]), "who asks has the last word");
    assert!(!colours(&["check"], &[("NO_COLOR", "1"), ("TERM", "xterm")]));
    let ran = run(&["--color", "always", "render", "--example", "-o", "out"]).status(0);
    assert!(!ran.stdout_text().contains('\u{1b}'), "data has no colours");
}

#[test]
fn the_example_needs_nothing_and_writes_only_where_it_is_told() {
    let ran = run(&["render", "--example", "-o", "demo"]).status(0).stdout("");
    assert!(
        ran.stderr_text().contains("demo: 47 files (47 created, 0 unchanged)\n"),
        "{}",
        ran.stderr_text()
    );
    assert_eq!(crate::names_in(ran.path()), ["demo"]);
    for path in ["SHA512SUMS", "commands/demo.txt", "http/ipxe", "matchbox/groups", "tftpboot/pxelinux.cfg"] {
        assert!(ran.join("demo").join(path).exists(), "{path}");
    }
    let again = ran.again().args(["render", "--example", "-o", "demo", "--check"]).run().status(0);
    assert_eq!(crate::names_in(again.path()), ["demo"]);
    let only_looked = run(&["render", "--example", "--dry-run"]).status(0);
    assert!(crate::names_in(only_looked.path()).is_empty());
}

#[test]
fn a_fetch_that_has_nothing_to_fetch_from_says_so_and_makes_no_folder() {
    let vars = read("testdata/vars/ok/plain.yaml");
    assert!(!vars.contains("stream"), "the case is to name no release");
    for args in [vec!["fetch"], vec!["fetch", "--dry-run"]] {
        let ran = Sandbox::new().vars(&vars).args(args).run().status(3).stdout("");
        assert!(
            ran.stderr_text().contains("error[R003]: nothing says which release"),
            "{}",
            ran.stderr_text()
        );
        assert_eq!(crate::names_in(ran.path()), ["vars.yaml"]);
    }
}
