//! README.md and docs/ are run: what they show is what the program says.

use clap::Parser as _;
use clap::error::ErrorKind;
use okdboot::cli::Cli;

use crate::sandbox::Sandbox;
use crate::walk::{walk, words};
use crate::{files_below, names_in, project, read};

/// The documents that people read.
fn documents() -> Vec<String> {
    let docs = files_below("docs");
    [
        vec![
            "README.md".to_owned(),
            "CHANGELOG.md".to_owned(),
            "CONTRIBUTING.md".to_owned(),
            "SECURITY.md".to_owned(),
            "RELEASING.md".to_owned(),
        ],
        docs,
    ]
    .concat()
}

pub fn console_commands(text: &str) -> Vec<&str> {
    let blocks = text.split("\n```console\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("$ ")).collect()
}

/// Commands in back-ticks within a text; in sources these are messages and comments.
pub fn inline_commands(text: &str) -> Vec<&str> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.filter(|span| span.starts_with("okdboot ") && !span.contains(['\n', '{', '|'])).collect()
}

#[track_caller]
pub fn expect_accepted(command: &str, place: &str) {
    let Some(words) = words(command) else { return };
    let Err(error) = Cli::try_parse_from([vec!["okdboot"], words].concat()) else { return };
    let is_short = matches!(error.kind(), ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand);
    // Help and version come as errors too, and are none.
    assert!(is_short || !error.use_stderr(), "{place}: `{command}`: {error}");
}

#[test]
fn every_command_of_the_documents_is_one_of_the_program() {
    let mut count = 0;
    for document in documents() {
        let text = read(&document);
        let without_blocks: String = text.split("```").step_by(2).collect();
        for command in console_commands(&text).into_iter().chain(inline_commands(&without_blocks)) {
            expect_accepted(command, &document);
            count += 1;
        }
    }
    assert!(count > 20, "only {count} commands were found");
}

#[test]
fn every_command_that_a_message_names_is_one_of_the_program() {
    for path in files_below("src") {
        for line in read(&path).lines() {
            for command in inline_commands(line) {
                expect_accepted(command, &path);
            }
        }
    }
}

/// The folder in which a reader of the README would stand: Ignition files, and a lock instead of a network.
pub fn workplace() -> Sandbox {
    let lock = read("example/okdboot.lock").replace("\"demo\"", "\"lab\"");
    let mut sandbox = Sandbox::new().file("okdboot.lock", lock);
    for name in names_in(&project("example/ignition")) {
        sandbox = sandbox.file(
            &format!("install/{name}"),
            read(&format!("example/ignition/{name}")).replace("api-int.demo.", "api-int.lab."),
        );
    }
    sandbox
}

#[test]
fn the_readme_shows_what_the_program_says() {
    let count = walk("README.md", workplace());
    assert!(count >= 8, "the README shows {count} commands");
}

#[test]
fn the_readme_begins_with_the_example_and_names_the_test_command() {
    let text = read("README.md");
    assert_eq!(console_commands(&text)[0], "cargo run --release -- render --example -o demo");
    let (_, block) = text.split_once("<!-- test -->\n").unwrap();
    let mut lines = block.lines();
    let opened = lines.next().unwrap();
    assert!(opened.starts_with("```") && opened.len() > 3, "a bare fence would end what .ci/run reads");
    assert_eq!(lines.next(), Some("cargo test"));
}

/// Links to files of the project lead somewhere.
#[test]
fn every_link_leads_somewhere() {
    for document in documents() {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        let text = read(&document);
        let links = text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let path = project(folder).join(link.split('#').next().unwrap());
            assert!(path.exists(), "{document}: {link}");
        }
    }
}

#[test]
fn the_changelog_begins_with_what_is_not_released() {
    let text = read("CHANGELOG.md");
    let first = text.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## [Unreleased]"));
    assert!(text.starts_with("# Changelog\n"));
}
