//! vars.yaml: from text to a checked [`Cluster`](crate::model::cluster::Cluster).
//!
//! `yaml` reads a tree with exact positions, `section` and `raw` give it the shape of a helpernode
//! inventory (evaluating Jinja through `expand`), `check` decides what is true. Each stage reports
//! every fault it finds; the next one runs on what is left, so one run tells everything.

mod check;
mod expand;
mod raw;
mod section;
mod yaml;

use std::io;

use thiserror::Error;

use crate::diag::{Code, Diagnostic, Report, SourceText, Span};

pub use check::{Checked, check_across};

/// A file that could not be read.
#[derive(Debug, Error)]
#[error("could not read `{path}`: {source}")]
pub struct LoadError {
    /// The path as given.
    pub path: String,
    /// Why.
    pub source: io::Error,
}

/// Reads a file's bytes. Thin on purpose: everything about the content is [`read`]'s.
pub fn load(path: &std::path::Path, shown: &str) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|source| LoadError { path: shown.to_owned(), source })
}

/// Reads one vars.yaml. A cluster comes back only where the report has no error.
pub fn read(name: &str, bytes: &[u8]) -> (Option<Checked>, Report) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => return (None, not_utf8(name, error.valid_up_to()).into()),
    };
    let source = SourceText::new(name, text);
    if text.trim().is_empty() {
        return (None, empty(name).into());
    }
    match yaml::parse(&source) {
        Ok(root) => checked(source, root),
        Err(diagnostic) => (None, (*diagnostic).into()),
    }
}

fn checked(source: SourceText, root: yaml::Node) -> (Option<Checked>, Report) {
    if matches!(root.kind, yaml::NodeKind::Null) {
        return (None, empty(source.name()).into());
    }
    let reader = section::Reader::new(source.clone(), root);
    let Some(raw) = raw::RawVars::read(&reader) else {
        return (None, not_a_mapping(&source).into());
    };
    let found = reader.finish();
    let shown = source.hiding(&found.hidden);
    let (cluster, mut report) = check::check(&shown, &raw, found.report);
    report.hide(&shown);
    (cluster.map(|cluster| Checked { cluster, source: shown, spans: found.spans }), report)
}

fn not_utf8(name: &str, valid: usize) -> Diagnostic {
    Diagnostic::new(Code::V001, format!("`{name}` is not UTF-8: the byte at {valid} begins no character"))
        .help("save the file as UTF-8")
}

fn empty(name: &str) -> Diagnostic {
    Diagnostic::new(Code::V002, format!("`{name}` is empty"))
        .help("`okdboot render --example` shows a whole one")
}

fn not_a_mapping(source: &SourceText) -> Diagnostic {
    let hidden = source.hiding(&[Span { start: 0, end: source.text().len() }]);
    let place = crate::diag::Place { source: hidden, span: Span { start: 0, end: 1 } };
    Diagnostic::new(Code::V005, format!("`{}` is not a mapping", source.name()))
        .at(&place, "the file begins here")
        .help("a vars.yaml has keys such as `helper`, `dns` and `masters` at its top")
}
