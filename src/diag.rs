//! What okdboot has to say about an input, and how it says it.
//!
//! A [`Diagnostic`] knows its [`Code`], its place and the fix; a [`Report`] is all of them at once.
//! Rendering (for people through `annotate-snippets`, for programs as JSON) lives here and nowhere
//! else. This module decides nothing about the domain: who raises a diagnostic is `vars`, `plan`
//! and `probe`.

mod code;
mod finding;
pub mod manual;
mod render;
mod source;

pub use code::Code;
pub(crate) use finding::PrintedDiagnostic;
pub use render::{Palette, render};
pub use source::{Place, SourceText, Span};

use serde_json::Value;

use crate::text::words;

words! {
    /// How bad a diagnostic is. `Error` stops, `Warning` stops with `--strict`, `Notice` never does.
    Severity {
        /// The input is wrong; nothing is written.
        Error = "error",
        /// The input may be meant so; look at it.
        Warning = "warning",
        /// okdboot understood something that is worth knowing.
        Notice = "notice",
    }
}

/// A place in a source with what to say about it.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// Where.
    pub place: Place,
    /// What to print beside the underlined text; may be empty.
    pub label: String,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The registered code.
    pub code: Code,
    /// Defaults to the code's own severity.
    pub severity: Severity,
    /// What is wrong with what: lower case, nouns in back-ticks, no full stop.
    pub message: String,
    /// The place at fault, if the finding has one.
    pub primary: Option<Annotation>,
    /// Other places involved, such as the first owner of a duplicate MAC.
    pub related: Vec<Annotation>,
    /// Imperative sentences that name the exact fix.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// Makes a finding without a place.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            primary: None,
            related: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Sets the place at fault and the label beside it.
    #[must_use]
    pub fn at(mut self, place: &Place, label: impl Into<String>) -> Self {
        self.primary = Some(Annotation { place: place.clone(), label: label.into() });
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, place: &Place, label: impl Into<String>) -> Self {
        self.related.push(Annotation { place: place.clone(), label: label.into() });
        self
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Turns a warning into an error: `--strict`.
    pub fn make_strict(&mut self) {
        if self.severity == Severity::Warning {
            self.severity = Severity::Error;
        }
    }
}

/// All findings of one run, in the order of their places.
#[derive(Clone, Debug, Default)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds a finding about many things only once.
    pub fn push_once(&mut self, diagnostic: Diagnostic) {
        let known = |other: &Diagnostic| other.code == diagnostic.code && other.message == diagnostic.message;
        if !self.diagnostics.iter().any(known) {
            self.push(diagnostic);
        }
    }

    /// Adds the findings of another report.
    pub fn extend(&mut self, other: Report) {
        self.diagnostics.extend(other.diagnostics);
    }

    /// Adds the findings of another report; those that `is_once` names only where they are not said yet.
    pub fn join(&mut self, other: Report, is_once: impl Fn(&Diagnostic) -> bool) {
        for diagnostic in other.diagnostics {
            if is_once(&diagnostic) { self.push_once(diagnostic) } else { self.push(diagnostic) }
        }
    }

    /// Returns the findings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Says whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Counts the findings of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }

    /// Says whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Leaves out warnings and notices of these codes.
    pub fn accept(&mut self, codes: &[Code]) {
        self.diagnostics.retain(|d| d.severity == Severity::Error || !codes.contains(&d.code));
    }

    /// Turns every warning into an error: `--strict`.
    pub fn make_strict(&mut self) {
        self.diagnostics.iter_mut().for_each(Diagnostic::make_strict);
    }

    /// Sorts by file and position, findings without a place last, the order of raising kept.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by_key(|d| {
            let place = d.primary.as_ref().map(|a| (a.place.name().to_owned(), a.place.span.start));
            (place.is_none(), place)
        });
    }

    /// Replaces every place of a source by the same place in `shown`, which hides its secrets.
    pub fn hide(&mut self, shown: &SourceText) {
        for diagnostic in &mut self.diagnostics {
            let related = diagnostic.related.iter_mut();
            for annotation in diagnostic.primary.iter_mut().chain(related) {
                if annotation.place.source.name() == shown.name() {
                    annotation.place.source = shown.clone();
                }
            }
        }
    }

    /// Returns the findings as a JSON array.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self.diagnostics.iter().map(PrintedDiagnostic::of).collect::<Vec<_>>())
            .unwrap_or_default()
    }
}

impl From<Diagnostic> for Report {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic] }
    }
}

impl FromIterator<Diagnostic> for Report {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self { diagnostics: iter.into_iter().collect() }
    }
}
