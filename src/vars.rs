//! vars.yaml: from text to a checked [`Cluster`](crate::model::cluster::Cluster).
//!
//! `yaml` reads a tree with exact positions, `section` and `raw` give it the shape of a helpernode
//! inventory (evaluating Jinja through `expand`), `check` decides what is true: `read` parses each value by
//! itself, `judge` holds them against one another. Each stage reports
//! every fault it finds; the next one runs on what is left, so one run tells everything.

mod check;
mod checked;
mod expand;
mod judge;
pub mod key;
mod origin;
mod raw;
mod read;
pub mod schema;
mod section;
mod set;
mod spans;
#[cfg(test)]
mod tests;
mod yaml;

use std::io::{self, Read as _};

use thiserror::Error;

use crate::diag::{Code, Diagnostic, Report, SourceText, Span};

pub use checked::Checked;
pub use judge::check_across;
pub use origin::{Origin, Value};
pub use read::answers;
pub use set::{Assignment, AssignmentError};

/// A file that could not be read.
#[derive(Debug, Error)]
#[error("could not read `{path}`: {source}")]
pub struct LoadError {
    /// The path as given.
    pub path: String,
    /// Why.
    pub source: io::Error,
}

/// Reads a file's bytes, one more than a file may have at most. Thin on purpose: everything about the
/// content is [`read()`]'s.
pub fn load(path: &std::path::Path, shown: &str) -> Result<Vec<u8>, LoadError> {
    let read = || {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(yaml::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| LoadError { path: shown.to_owned(), source })
}

/// Reads one vars.yaml. A cluster comes back only where the report has no error.
pub fn read(name: &str, bytes: &[u8]) -> (Option<Checked>, Report) {
    read_with(name, bytes, &[])
}

/// Reads one vars.yaml, with what flags set in the place of what it says.
pub fn read_with(name: &str, bytes: &[u8], assignments: &[Assignment]) -> (Option<Checked>, Report) {
    if bytes.len() > yaml::MAX_BYTES {
        return (None, too_large(name).into());
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => return (None, not_utf8(name, bytes, error.valid_up_to()).into()),
    };
    let source = SourceText::new(name, text);
    if text.trim().is_empty() {
        return (None, empty(name).into());
    }
    match yaml::parse(&source) {
        Ok(document) => checked(&source, document, assignments),
        Err(diagnostic) => (None, (*diagnostic).into()),
    }
}

fn checked(
    source: &SourceText,
    document: yaml::Document,
    assignments: &[Assignment],
) -> (Option<Checked>, Report) {
    let yaml::Document { mut root, twice } = document;
    if matches!(root.kind, yaml::NodeKind::Null) {
        return (None, empty(source.name()).into());
    }
    let (source, unset) = match assignments {
        [] => (source.clone(), Vec::new()),
        assignments => set::apply(&mut root, source, assignments),
    };
    let source = &source;
    let reader = section::Reader::new(source.clone(), root);
    let Some(raw) = raw::RawVars::read(&reader) else {
        return (None, not_a_mapping(source).into());
    };
    let mut found = reader.finish();
    found.report.extend(twice.into_iter().chain(unset).collect());
    check::check(source, &raw, found)
}

fn too_large(name: &str) -> Diagnostic {
    let message = format!("`{name}` is larger than {} MiB", yaml::MAX_BYTES >> 20);
    Diagnostic::new(Code::V006, message).help("name the inventory itself: 10,000 nodes are less than 2 MiB")
}

/// Names the line of the first bad byte, and the encoding where its mark gives it away.
fn not_utf8(name: &str, bytes: &[u8], valid: usize) -> Diagnostic {
    let line = bytes[..valid].split(|byte| *byte == b'\n').count();
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let message = if utf16 {
        format!("`{name}` is UTF-16, not UTF-8")
    } else {
        format!("`{name}` is not UTF-8: line {line} holds a byte that begins no character")
    };
    Diagnostic::new(Code::V001, message).help("save the file as UTF-8")
}

fn empty(name: &str) -> Diagnostic {
    Diagnostic::new(Code::V002, format!("`{name}` is empty"))
        .help("`okdboot render --example` shows a whole one")
}

fn not_a_mapping(source: &SourceText) -> Diagnostic {
    let hidden = source.hiding(&[Span { start: 0, end: source.text().len() }]);
    let place = crate::diag::Place { source: hidden, span: Span { start: 0, end: 1 } };
    let diagnostic = Diagnostic::new(Code::V005, format!("`{}` is not a mapping", source.name()))
        .at(&place, "the file begins here");
    if source.text().starts_with("$ANSIBLE_VAULT") {
        return diagnostic.help("it is encrypted: give okdboot what `ansible-vault view` prints");
    }
    diagnostic.help("a vars.yaml has keys such as `helper`, `dns` and `masters` at its top")
}
