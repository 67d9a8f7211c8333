//! What a vars.yaml comes to that passed every check.

use super::spans::Spans;
use crate::diag::{Place, SourceText};
use crate::model::cluster::Cluster;

/// A cluster that passed every check, with the places of its values for messages about them.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What is true.
    pub cluster: Cluster,
    /// The file, with its secrets hidden.
    pub source: SourceText,
    /// Where each value stands, by path such as `workers[1].macaddr`.
    pub spans: Spans,
}

impl Checked {
    /// Returns the place of a value.
    pub fn place(&self, path: &str) -> Option<Place> {
        self.spans.get(path).map(|span| Place { source: self.source.clone(), span })
    }
}
