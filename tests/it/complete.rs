//! Completions that ask the program: it is called as the shells call it, and by a real one.

use std::process::Command;

use crate::fetch::text;
use crate::sandbox::Sandbox;
use crate::site::VARS;
use crate::tool::{optional, tool};

/// A line up to the cursor, the last word perhaps empty; and what is offered for that word.
fn offered(sandbox: &Sandbox, line: &str) -> Vec<String> {
    offered_with(sandbox, line, &[])
}

fn offered_with(sandbox: &Sandbox, line: &str, env: &[(&str, &str)]) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_okdboot"));
    command.env_clear().current_dir(sandbox.path()).arg("--").args(&words);
    command.env("OKDBOOT_COMPLETE", "bash").env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_COMP_TYPE", "9");
    command.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string()).envs(env.iter().copied());
    let done = command.output().unwrap();
    assert_eq!((done.status.code(), text(&done.stderr).as_str()), (Some(0), ""), "{line}");
    text(&done.stdout).lines().map(str::to_owned).collect()
}

fn sandbox() -> Sandbox {
    let other = VARS.replace("demo", "edge").replace("worker0", "edge0");
    Sandbox::new().vars(VARS).file("edge.yaml", other).file("notes.txt", "").folder("clusters")
}

const ALL: [&str; 3] = ["bootstrap", "master0", "worker0"];

#[test]
fn nodes_are_those_of_the_inventory() {
    let sandbox = sandbox();
    for command in ["explain", "arm", "disarm", "commands"] {
        assert_eq!(offered(&sandbox, &format!("okdboot {command} m")), ["master0"], "{command}");
        let all = offered(&sandbox, &format!("okdboot {command} "));
        assert_eq!(all.iter().filter(|word| !word.starts_with('-')).collect::<Vec<_>>(), ALL, "{command}");
    }
    assert_eq!(offered(&sandbox, "okdboot arm master0 w"), ["worker0"]);
    for vars in ["-f edge.yaml", "--vars edge.yaml", "--vars=edge.yaml", "-fedge.yaml"] {
        assert_eq!(offered(&sandbox, &format!("okdboot {vars} explain e")), ["edge0"], "{vars}");
        assert_eq!(offered(&sandbox, &format!("okdboot explain {vars} e")), ["edge0"], "{vars}");
    }
    let both = offered(&sandbox, "okdboot -f vars.yaml -f edge.yaml arm ");
    let both: Vec<&String> = both.iter().filter(|word| !word.starts_with('-')).collect();
    assert_eq!(both, ["bootstrap", "edge0", "master0", "worker0"]);
    let named = offered_with(&sandbox, "okdboot explain e", &[("OKDBOOT_VARS", "edge.yaml")]);
    assert_eq!(named, ["edge0"]);
}

#[test]
fn streams_are_named_and_each_is_one() {
    let sandbox = sandbox().file("okd.json", "");
    let okd = offered(&sandbox, "okdboot fetch --stream okd");
    assert!(okd.contains(&"okd-4.20".to_owned()) && okd.contains(&"okd.json".to_owned()), "{okd:?}");
    let all = offered(&sandbox, "okdboot check --stream ");
    assert!(
        all.iter().any(|name| name == "stable") && all.iter().any(|name| name == "rhcos-4.22"),
        "{all:?}"
    );
    for name in all.iter().filter(|name| !name.starts_with('-')) {
        assert!(name.parse::<okdboot::model::stream_ref::StreamRef>().is_ok(), "{name}");
    }
}

/// Nothing is offered and nothing is said: somebody is in the middle of a line.
#[test]
fn an_inventory_that_is_absent_or_wrong_is_no_noise() {
    for text in ["disk: sda\n", "{", "masters: [{name: worker0", "\u{0}"] {
        let sandbox = Sandbox::new().vars(text);
        assert_eq!(offered(&sandbox, "okdboot explain w"), [""; 0], "{text}");
    }
    let sandbox = Sandbox::new().folder("vars.yaml");
    assert_eq!(offered(&sandbox, "okdboot explain w"), [""; 0]);
    assert_eq!(offered(&sandbox, "okdboot -f absent.yaml arm w"), [""; 0]);
    // The word after `-f` is not there yet.
    assert_eq!(offered(&Sandbox::new(), "okdboot arm w -f"), [""; 0]);
}

#[test]
fn words_files_and_folders() {
    let sandbox = sandbox();
    assert_eq!(
        offered(&sandbox, "okdboot arm --role "),
        ["bootstrap", "master", "arbiter", "worker", "node"]
    );
    assert_eq!(offered(&sandbox, "okdboot disarm --role w"), ["worker"]);
    assert_eq!(offered(&sandbox, "okdboot explain-code V20"), codes("V20"));
    assert_eq!(offered(&sandbox, "okdboot fetch --kind iso,me"), ["iso,metal", "iso,metal4k"]);
    assert_eq!(offered(&sandbox, "okdboot render --only gr"), ["grub"]);
    assert_eq!(offered(&sandbox, "okdboot ver"), ["verify"]);
    assert_eq!(offered(&sandbox, "okdboot render --dry"), ["--dry-run"]);
    assert_eq!(offered(&sandbox, "okdboot check -f "), ["edge.yaml", "vars.yaml", "clusters/"]);
    assert_eq!(offered(&sandbox, "okdboot render --ignition "), [".", "clusters/"]);
    assert_eq!(offered(&sandbox, "okdboot bundle export n"), ["notes.txt"]);
}

fn codes(start: &str) -> Vec<String> {
    let manual = crate::read("docs/errors.md");
    let heads = manual.lines().filter_map(|line| line.strip_prefix("## "));
    let mut codes: Vec<String> = heads.filter(|code| code.starts_with(start)).map(str::to_owned).collect();
    codes.sort();
    assert!(codes.len() > 5);
    codes
}

#[test]
fn a_shell_that_is_not_known_is_wrong_usage_and_none_is_an_ordinary_run() {
    let ran = Sandbox::new().env("OKDBOOT_COMPLETE", "cmd").arg("check").run().status(2).stdout("");
    assert!(ran.stderr_text().contains("bash") && ran.stderr_text().contains("zsh"), "{}", ran.stderr_text());
    for none in ["", "0"] {
        Sandbox::new().env("OKDBOOT_COMPLETE", none).arg("check").run().status(6).stdout("");
    }
    // That variable belongs to others too.
    Sandbox::new().env("COMPLETE", "bash").arg("check").run().status(6).stdout("");
}

/// The script that the program prints, read by the shell that it is for.
#[test]
fn shells_read_the_script_and_bash_completes_with_it() {
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_okdboot")).parent().unwrap().display().to_string();
    let path = format!("{path}:{}", std::env::var("PATH").unwrap_or_default());
    for shell in ["bash", "zsh", "fish"] {
        let sandbox = sandbox().env("OKDBOOT_COMPLETE", shell).env("PATH", &path);
        let script = sandbox.run().status(0).stderr("").stdout_text();
        assert!(script.contains("OKDBOOT_COMPLETE"), "{script}");
        let Some(program) = (if shell == "bash" { tool(shell) } else { optional(shell) }) else { continue };
        let read = Sandbox::new().file("script", &script);
        let done = Command::new(program).arg("-n").arg(read.path().join("script")).output().unwrap();
        assert!(done.status.success(), "{shell}: {}", text(&done.stderr));
    }
    let Some(bash) = tool("bash") else { return };
    let sandbox = sandbox();
    let script = "source <(OKDBOOT_COMPLETE=bash okdboot)\n\
        COMP_WORDS=(okdboot explain wor) COMP_CWORD=2 COMP_TYPE=9\n\
        name=$(complete -p okdboot); name=${name#*-F }\n\
        ${name%% *} okdboot wor explain\n\
        printf '%s,' \"${COMPREPLY[@]}\"";
    let done = Command::new(bash)
        .args(["--norc", "-c", script])
        .env_clear()
        .env("PATH", path)
        .current_dir(sandbox.path())
        .output()
        .unwrap();
    assert_eq!((text(&done.stdout).as_str(), text(&done.stderr).as_str()), ("worker0,", ""));
}
