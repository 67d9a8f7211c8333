//! The edge to the file system: reading without following links, writing whole files or nothing.
//!
//! The output root is opened once. Below it every folder is opened relative to its parent and every
//! segment with `O_NOFOLLOW`, so that no link and no `..` can lead out, whoever changes the tree
//! meanwhile. (`openat2` with `RESOLVE_BENEATH` gives the same, but not in every container and on no
//! other system; since folders are kept open, it would save nothing.)
//!
//! No rule of the domain lives here: what is written, and whether, is decided in `plan`.

pub mod account;
mod below;
mod claim;
mod copy;
mod flock;
mod folder;
mod fresh;
mod grant;
pub mod hash;
mod injection;
mod lock;
mod outside;
mod private;
mod put;
mod root;
mod scratch;
mod stamp;
mod temp;
mod tmpfile;
mod turn;

pub use below::{Below, Opened};
pub use folder::Folder;
pub use lock::Lock;
pub use outside::{make_folder, replace, tidy_beside};
pub use root::{DiskTree, Root};
pub use scratch::Scratch;
pub use stamp::checkpoints;
pub use temp::{Replaced, Temp};
pub use tmpfile::Tmpfile;
pub use turn::Turn;

pub(crate) use copy::shares_blocks;
pub(crate) use injection::fault;
#[cfg(test)]
pub(crate) use injection::{die_at, fail_at};
pub(crate) use stamp::{Book, Stamp};

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use crate::model::fault::{Fault, Faulty};
use crate::plan::tree::ObstacleKind;

/// Why something could not be read or written.
#[derive(Debug, Error)]
pub enum DiskError {
    /// The system said no.
    #[error("cannot {action} `{path}`: {cause}")]
    System {
        /// What was tried: `open`, `write`, `rename` ...
        action: &'static str,
        /// On what.
        path: Utf8PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// The output root is not a folder of its own.
    #[error("cannot use output folder `{path}`: it is {what}")]
    RootKind {
        /// The output root.
        path: Utf8PathBuf,
        /// What it is.
        what: ObstacleKind,
    },
    /// Anybody could replace files of the output root.
    #[error("cannot write to output folder `{path}`: everybody can write to it and it is not sticky")]
    RootOpen {
        /// The output root.
        path: Utf8PathBuf,
    },
    /// The output root belongs to another user.
    #[error("cannot write to output folder `{path}`: it belongs to user {owner}, not to {me}")]
    RootOwner {
        /// The output root.
        path: Utf8PathBuf,
        /// Name and number of its owner.
        owner: String,
        /// Name and number of the user of this run.
        me: String,
    },
    /// Something stands where a file or a folder should be.
    #[error("cannot write `{path}`: `{at}` is {what}")]
    Obstacle {
        /// What was to be written.
        path: Utf8PathBuf,
        /// What stands in the way.
        at: Utf8PathBuf,
        /// What that is.
        what: ObstacleKind,
    },
    /// Another run writes to the output root.
    #[error("cannot lock `{path}`: locked by another run{}", pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    Locked {
        /// The lock file.
        path: Utf8PathBuf,
        /// The other run's process id, if it has written it already.
        pid: Option<u32>,
    },
    /// Others can write to a folder that has to be our own.
    #[error("`{path}` belongs to another user or can be written to by others")]
    Shared {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// No such group.
    #[error("cannot find group `{}` in `{path}`", crate::text::escape(name))]
    Group {
        /// The name that was asked for.
        name: String,
        /// Where it was looked up.
        path: Utf8PathBuf,
    },
}

impl Faulty for DiskError {
    fn fault(&self) -> Fault {
        Fault::FileSystem
    }
}

impl DiskError {
    /// Makes the closure that turns the system's error on `path` into ours.
    pub(crate) fn system<E: Into<std::io::Error>>(
        action: &'static str,
        path: &Utf8Path,
    ) -> impl Fn(E) -> Self + use<E> {
        let path = path.to_owned();
        move |cause| Self::System { action, path: path.clone(), cause: cause.into() }
    }
}
