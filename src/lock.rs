//! `okdboot.lock`: which release each cluster boots, and how every digest was learnt.

use std::collections::BTreeMap;

use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::url::ArtifactUrl;

pub use crate::model::origin::Origin;

/// The whole file: an entry a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
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
    /// The metadata's own `stream` field; not a version (reference: stream metadata traps).
    pub name: String,
    /// The metadata's `last-modified`, if it has one.
    pub last_modified: Option<String>,
    /// The sha256 of the metadata text.
    pub sha256: Sha256,
    /// How the text was got.
    pub origin: Origin,
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
}

/// A digest with its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockedDigest {
    /// The digest.
    pub sha256: Sha256,
    /// How it was learnt.
    pub origin: Origin,
}

impl LockedCluster {
    /// Returns an artifact of an architecture.
    pub fn artifact(&self, arch: Arch, kind: ArtifactKind) -> Option<&LockedArtifact> {
        self.arches.get(&arch)?.artifacts.get(&kind)
    }
}
