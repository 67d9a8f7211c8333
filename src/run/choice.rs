//! What a person chose, as plain values.

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::stream_ref::StreamRef;
use crate::vars::Assignment;

/// The inventories of a run, and how they are read.
#[derive(Clone, Copy, Debug)]
pub struct Inventories<'a> {
    /// Their files, in the order of the clusters.
    pub files: &'a [Utf8PathBuf],
    /// Values in the place of those in the files.
    pub set: &'a [Assignment],
    /// Whether a warning counts as an error.
    pub is_strict: bool,
    /// The output root.
    pub out: &'a Utf8Path,
}

/// Which release is booted, and where that is written down.
#[derive(Clone, Debug, Default)]
pub struct StreamChoice {
    /// The stream, in the place of the one that vars.yaml names.
    pub stream: Option<StreamRef>,
    /// The lock, in the place of the one beside vars.yaml.
    pub lock: Option<Utf8PathBuf>,
    /// Whether a lock that would have to change is refused.
    pub is_locked: bool,
    /// PEM certificates to trust besides the platform's.
    pub ca_cert: Option<Utf8PathBuf>,
}
