//! What a tree is expected to have: each file by the digest of its bytes, which is all that comparing needs.

use std::collections::BTreeSet;

use super::{FileMode, Owner, Plan, PlannedFile, Sensitivity};
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;

/// What a tree is expected to have of the clusters of a run.
#[derive(Clone, Debug, Default)]
pub struct ExpectedTree {
    /// The clusters of the run.
    pub clusters: Vec<Label>,
    /// Files below the output root, sorted by path, each path once.
    pub files: Vec<ExpectedFile>,
    /// Where artifacts of the run have to be.
    pub artifacts: BTreeSet<RelPath>,
    /// Shared files that hold nothing of any cluster any more.
    pub dropped: BTreeSet<RelPath>,
}

/// A file, by the digest of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedFile {
    /// Below the output root.
    pub path: RelPath,
    /// Its mode, whatever the umask.
    pub mode: FileMode,
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// Whose it is; orphans are judged by it.
    pub owner: Owner,
    /// Whether its contents may be shown.
    pub sensitivity: Sensitivity,
}

impl ExpectedTree {
    /// Returns what is intended at a path.
    pub fn file(&self, path: &RelPath) -> Option<&ExpectedFile> {
        let at = self.files.binary_search_by(|file| file.path.cmp(path)).ok()?;
        self.files.get(at)
    }
}

impl ExpectedFile {
    /// Keeps the digest of what a file is to hold.
    pub fn of(file: &PlannedFile) -> Self {
        Self {
            path: file.path.clone(),
            mode: file.mode,
            sha256: Sha256::of(&file.contents),
            owner: file.owner.clone(),
            sensitivity: file.sensitivity,
        }
    }
}

impl Plan {
    /// Returns what a tree is expected to have.
    pub fn expected(&self) -> ExpectedTree {
        ExpectedTree {
            clusters: self.clusters.clone(),
            files: self.files.iter().map(ExpectedFile::of).collect(),
            artifacts: self.artifacts.iter().flat_map(|artifact| artifact.paths.clone()).collect(),
            dropped: self.dropped.clone(),
        }
    }
}
