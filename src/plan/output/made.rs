//! What an output came to.

use crate::diag::{Diagnostic, Report};
use crate::model::path::RelPath;
use crate::plan::PlannedFile;

/// What an output came to.
#[derive(Debug, Default)]
pub(in crate::plan) struct Made {
    pub(in crate::plan) files: Vec<PlannedFile>,
    /// Shared files that hold nothing any more.
    pub(in crate::plan) dropped: Vec<RelPath>,
    pub(in crate::plan) report: Report,
    /// What is said once a run, however many clusters and machines have it.
    pub(in crate::plan) once: Vec<Diagnostic>,
}

impl Made {
    /// What came to files alone.
    pub(super) fn of(files: Vec<PlannedFile>) -> Self {
        Self { files, ..Self::default() }
    }

    pub(super) fn push(&mut self, file: Option<PlannedFile>) {
        self.files.extend(file);
    }

    pub(super) fn say(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }
}
