//! What a use case has to tell a person besides its result; whoever called it says it.

use crate::diag::Report;

/// Lines and findings, in the order in which they came up.
#[derive(Debug, Default)]
pub struct News(Vec<Note>);

/// One piece of news.
#[derive(Debug)]
pub enum Note {
    /// A line for a person.
    Line(String),
    /// Findings.
    Report(Report, Notices),
}

/// Whether notices are part of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notices {
    /// Yes.
    Shown,
    /// Only where a person asks for more (`-v`).
    IfVerbose,
}

impl News {
    /// Adds a line.
    pub fn say(&mut self, line: impl Into<String>) {
        self.0.push(Note::Line(line.into()));
    }

    /// Adds findings.
    pub fn report(&mut self, report: Report, notices: Notices) {
        self.0.push(Note::Report(report, notices));
    }
}

impl IntoIterator for News {
    type Item = Note;
    type IntoIter = std::vec::IntoIter<Note>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
