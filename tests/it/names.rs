//! A name of a type means one thing: read from the sources.
//!
//! Below `src/cli` each command has its `Document`, which is none of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::layer::without_tests;
use crate::{read, sources_below};

/// A name, and the files that it stands in.
type Shared = (&'static str, &'static [&'static str]);

/// What a build without signatures has instead of them, by the same names: there is only ever one.
const TWINS: [Shared; 3] = [
    ("Detached", &["signature/absent.rs", "signature/openpgp.rs"]),
    ("Keyring", &["signature/absent.rs", "signature/openpgp.rs"]),
    ("Running", &["signature/absent.rs", "signature/openpgp.rs"]),
];

/// What makes an enum of the name that stands first in it.
const MAKERS: [&str; 2] = ["words! {", "choice! {"];

/// Where each public type stands, by its name.
type Types = BTreeMap<String, BTreeSet<String>>;

fn word(text: &str) -> String {
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// Returns the public types of a source.
fn types(code: &str) -> Vec<String> {
    let mut lines = code.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let named = if MAKERS.iter().any(|maker| line.ends_with(maker)) {
            lines.next().map(str::trim_start)
        } else {
            let kinds = ["struct ", "enum ", "trait ", "type "];
            line.strip_prefix("pub ").and_then(|item| kinds.iter().find_map(|kind| item.strip_prefix(kind)))
        };
        found.extend(named.map(word).filter(|name| !name.is_empty()));
    }
    found
}

/// Returns the names that several files have.
fn shared() -> Types {
    let mut all = Types::new();
    for path in sources_below("src") {
        for name in types(&without_tests(&read(&path))) {
            if !(name == "Document" && path.starts_with("src/cli/")) {
                all.entry(name).or_default().insert(path.clone());
            }
        }
    }
    assert!(all.len() > 300, "only {} types were found", all.len());
    all.retain(|_, files| files.len() > 1);
    all
}

#[test]
fn no_two_public_types_share_a_name() {
    let mut shared = shared();
    for (name, files) in TWINS {
        let found = shared.remove(name).unwrap_or_default();
        let listed: BTreeSet<String> = files.iter().map(|file| format!("src/{file}")).collect();
        assert_eq!(found, listed, "{name}");
    }
    assert!(shared.is_empty(), "one name, several types: {shared:#?}");
}

#[test]
fn a_type_is_found_however_it_is_written() {
    let code = "pub struct One;\npub(super) struct Two;\nstruct Three;\n    pub enum Four {}\npub type Five<'a> = &'a str;\n\
                crate::text::words! {\n    #[serde()]\n    Six, else A as B {\n        Seven = \"7\",\n    }\n}\n\
                pub trait Eight: Copy {}\npub enum Nine<T> {}\n";
    assert_eq!(types(code), ["One", "Five", "Six", "Eight", "Nine"]);
}
