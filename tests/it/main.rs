//! The integration tests: one binary, one file a subject.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, but not their helpers")]

/// What cargo-fuzz gives a target, for `fuzz`.
extern crate self as libfuzzer_sys;

/// Makes a function of a target.
#[macro_export]
macro_rules! fuzz_target {
    (|$input:ident: &[u8]| $body:block) => {
        pub(crate) fn run($input: &[u8]) $body
    };
    (|$input:ident: &str| $body:block) => {
        pub(crate) fn run(bytes: &[u8]) {
            let Ok($input) = std::str::from_utf8(bytes) else { return };
            $body
        }
    };
    (|$input:ident: (u32, &str)| $body:block) => {
        pub(crate) fn run(bytes: &[u8]) {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            let $input = (0_u32, text);
            $body
        }
    };
}

mod api_server;
mod approve;
mod arm;
mod bad;
mod bundle;
mod butane;
mod cached;
mod certs;
mod circle;
mod code;
mod command;
mod complete;
mod completion;
mod conformance;
mod csr;
mod daemons;
mod day2;
mod disk;
mod document;
mod download;
mod editor;
mod explain;
mod fault;
mod fetch;
mod fleet;
mod fuzz;
mod golden;
mod graph;
mod helper;
mod in_use;
mod init;
mod initramfs;
mod input;
mod install_config;
mod installed;
mod installer;
mod inventory;
mod journey;
mod kill;
mod kin;
mod kubernetes;
mod layer;
mod live;
mod live_tool;
mod live_web;
mod manual;
mod mutation;
mod names;
mod namespace;
mod network;
mod network_kept;
mod nodes;
mod offline;
mod origin;
mod page;
mod parm;
mod pipeline;
mod place;
mod pod;
mod power;
mod printable;
mod property;
mod proxy;
mod pty;
mod push;
mod readme;
mod registry;
mod render;
mod resume;
mod roundtrip;
mod sandbox;
mod schema;
mod secret;
mod serve;
mod serve_load;
mod serve_loaders;
mod serve_tftp;
mod serve_tls;
mod server;
mod services;
mod serving;
mod set;
#[cfg(feature = "signatures")]
mod signed;
mod site;
mod stage;
mod store;
mod surroundings;
mod systemd;
mod template;
mod terminal;
mod terraform;
mod tftpd;
mod tool;
#[cfg(not(feature = "signatures"))]
mod unsigned;
mod up;
mod verify;
mod walk;
mod wiped;
mod wire;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns a path of the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the entries of a folder by name, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Returns every file below a folder of the project, as paths from the project's root.
fn files_below(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    for name in names_in(&project(folder)) {
        let path = format!("{folder}/{name}");
        if project(&path).is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// Returns the Rust sources below a folder of the project.
fn sources_below(folder: &str) -> Vec<String> {
    files_below(folder).into_iter().filter(|path| path.strip_suffix(".rs").is_some()).collect()
}

/// Reads a file of the project.
fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Says whether expected outputs are to be rewritten instead of compared.
fn blesses() -> bool {
    std::env::var_os("OKDBOOT_BLESS").is_some_and(|value| value == "1")
}

#[test]
fn every_file_here_is_a_module() {
    let main = read("tests/it/main.rs");
    let declared: BTreeSet<String> = main
        .lines()
        .filter_map(|line| Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    let mut there = BTreeSet::new();
    for name in names_in(&project("tests/it")) {
        let stem = name.strip_suffix(".rs").unwrap_or(&name);
        if stem != "main" {
            there.insert(stem.to_owned());
        }
    }
    assert_eq!(declared, there);
}

/// A case that no test names, by its own path or by a folder above it, is never run.
#[test]
fn every_case_is_used() {
    let sources = sources_below("tests/it").into_iter().chain(sources_below("src"));
    let text: String = sources.map(|path| read(&path)).collect();
    let used = |path: &str| {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]).skip(1);
        above
            .chain([path])
            .any(|part| text.contains(&format!("{part}\"")) || text.contains(&format!("{part}/\"")))
    };
    let unused: Vec<String> = files_below("testdata").into_iter().filter(|path| !used(path)).collect();
    assert!(unused.is_empty(), "no test names {unused:?}");
}
