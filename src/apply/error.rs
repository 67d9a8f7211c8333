//! Why a tree was not written.

use camino::Utf8PathBuf;
use thiserror::Error;

use crate::disk::DiskError;
use crate::model::fault::{Fault, Faulty};
use crate::plan::RemakeError;
use crate::plan::change::Blocked;
use crate::plan::intent::IntentError;
use crate::plan::manifest::ManifestError;
use crate::text::Count;

/// Why the tree was not written.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The disk said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The disk said no after the intent was durable: from there on changes are made, not taken back.
    #[error("{0}; the next run completes what was begun")]
    Begun(DiskError),
    /// Files are in the way that okdboot does not touch.
    #[error("cannot write the plan: `{path}` {reason}{}", and_others(*.others))]
    Blocked {
        /// The first of them.
        path: Utf8PathBuf,
        /// Why it is not touched.
        reason: Blocked,
        /// How many there are besides.
        others: usize,
    },
    /// Another program changed a file during the run.
    #[error("cannot remove `{path}`: it was changed during the run")]
    Changed {
        /// The file.
        path: Utf8PathBuf,
    },
    /// What a killed run has left cannot be used.
    #[error(transparent)]
    Intent(#[from] IntentError),
    /// A manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file cannot be made again as it was when it was compared.
    #[error(transparent)]
    Remake(#[from] RemakeError),
    /// The changes are not those of the plan.
    #[error("cannot write `{path}`: it is not in the plan")]
    Unplanned {
        /// The file.
        path: Utf8PathBuf,
    },
}

impl Faulty for ApplyError {
    fn fault(&self) -> Fault {
        match self {
            Self::Manifest(error) => error.fault(),
            Self::Intent(error) => error.fault(),
            Self::Remake(error) => error.fault(),
            _ => Fault::FileSystem,
        }
    }
}

fn and_others(others: usize) -> String {
    if others == 0 { String::new() } else { format!(" (and {} more)", Count(others, "file")) }
}
