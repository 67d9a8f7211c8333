//! `okdboot.lock`: which release each cluster boots, and how every digest was learnt.
//!
//! Pure except for [`load`]; writing the text is the business of whoever holds the output lock. The
//! file is meant for git: stable order, one value a line, no time stamp.

mod change;
mod fact;
mod image;
mod json;
mod program;
mod resolve;
mod stale;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::digest::Sha256;
use crate::model::fault::{Fault, Faulty};
use crate::model::fingerprint::Fingerprint;
use crate::model::name::Label;
use crate::model::url::ArtifactUrl;

pub use crate::model::origin::{DigestOrigin, LockedDigest};
pub use change::changes;
pub use image::{Image, Os};
pub use json::{JsonError, parse, to_json};
pub use program::Pinned;
pub use resolve::{Needs, ResolveError, StreamUser, resolve};
pub use stale::Stale;

/// The most of a lock that is read, in bytes. A cluster of four architectures takes 8 KB.
const MAX_BYTES: u64 = 16 << 20;

/// The whole file: an entry a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockFile {
    /// By cluster id.
    pub clusters: BTreeMap<Label, LockedCluster>,
}

/// What one cluster boots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockedCluster {
    /// The stream that it was resolved from; absent where vars.yaml names every artifact.
    pub stream: Option<LockedStream>,
    /// By architecture.
    pub arches: BTreeMap<Arch, LockedArch>,
}

/// Where the metadata came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedStream {
    /// As the person named it: `rhcos-4.20`, a URL, a file, `-`.
    pub source: String,
    /// The stream that vars.yaml named when this was given in its place, with `--stream`.
    pub stands_for: Option<String>,
    /// The metadata's own `stream` field; not a version (reference: stream metadata traps).
    pub name: String,
    /// The metadata's `last-modified`, if it has one.
    pub last_modified: Option<String>,
    /// The sha256 of the metadata text.
    pub sha256: Sha256,
    /// How the text was got.
    pub origin: DigestOrigin,
}

/// The artifacts of one architecture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockedArch {
    /// The release; absent where vars.yaml names the artifacts.
    pub release: Option<String>,
    /// By kind.
    pub artifacts: BTreeMap<ArtifactKind, LockedArtifact>,
}

/// One artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedArtifact {
    /// Where it is; never with credentials.
    pub location: ArtifactUrl,
    /// Its file name, taken from the location.
    pub name: ArtifactName,
    /// Its digest and how that was learnt; absent until the first fetch where nothing names one.
    pub digest: Option<LockedDigest>,
    /// Where its detached signature is, if the metadata names one.
    pub signature: Option<ArtifactUrl>,
    /// The key that signed it, once a fetch has found the signature good.
    pub signed_by: Option<Fingerprint>,
}

impl LockedCluster {
    /// Returns an artifact of an architecture.
    pub fn artifact(&self, arch: Arch, kind: ArtifactKind) -> Option<&LockedArtifact> {
        self.arches.get(&arch)?.artifacts.get(&kind)
    }
}

impl LockedArtifact {
    /// Says whether vars.yaml names the artifact, as helpernode's `ocp_*` keys do. An artifact of a
    /// stream always has a digest, and one with the stream's own origin.
    pub fn is_override(&self) -> bool {
        self.digest.is_none_or(|digest| digest.origin.is_of_override())
    }
}

/// Why there is no lock.
#[derive(Debug, Error)]
pub enum LockError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The lock.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is no lock.
    #[error("`{}`: {source}", path.display())]
    Parse {
        /// The lock.
        path: PathBuf,
        /// Why not.
        source: JsonError,
    },
}

impl Faulty for LockError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { .. } => Fault::FileSystem,
            Self::Parse { .. } => Fault::Input,
        }
    }
}

/// Reads a lock; an absent file is an empty lock.
pub fn load(path: &Path) -> Result<LockFile, LockError> {
    let text = match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(LockFile::default()),
        Err(source) => return Err(LockError::Read { path: path.to_owned(), source }),
        Ok(text) => text,
    };
    parse(&text).map_err(|source| LockError::Parse { path: path.to_owned(), source })
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if read as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 16 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
