//! CoreOS stream metadata: which release a stream is at, and where its artifacts are.
//!
//! The `metal` platform only: machines that okdboot boots have no other. Names, digests and releases
//! are taken as the metadata has them and never built: the patterns changed several times, and one
//! file can carry another release for each architecture.

mod address;
mod envelope;
mod error;
pub mod program;
mod wire;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::digest::Sha256;
use crate::model::origin::DigestOrigin;
use crate::model::stream_ref::{Rhel, StreamRef};
use crate::model::url::ArtifactUrl;

pub use address::url;
pub use error::StreamError;

/// The most metadata that is read, in bytes. The largest real file has 62 KB.
pub const MAX_BYTES: u64 = 8 << 20;

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The `stream` field, which is not a version: the file of OpenShift 4.22 says `rhcos-4.21`.
    pub name: String,
    /// `metadata.last-modified`, if present.
    pub last_modified: Option<String>,
    /// By architecture; those that okdboot does not know are left out.
    pub releases: BTreeMap<Arch, StreamRelease>,
}

/// What a stream has for one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRelease {
    /// The release of the `metal` platform, such as `9.6.20260217-1`.
    pub id: String,
    /// By kind; any of them may be missing.
    pub artifacts: BTreeMap<ArtifactKind, Artifact>,
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Where it is.
    pub location: ArtifactUrl,
    /// The last segment of the location.
    pub name: ArtifactName,
    /// The digest of the file as it is served.
    pub sha256: Sha256,
    /// The digest of what is inside a compressed disk image.
    pub uncompressed_sha256: Option<Sha256>,
    /// Where its detached signature is; Fedora CoreOS has them, RHCOS from 4.10 on and SCOS do not.
    pub signature: Option<ArtifactUrl>,
}

/// A stream together with where its text came from: what the lock records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// As the person named it.
    pub source: StreamRef,
    /// How the text was got, which every digest in it inherits.
    pub origin: DigestOrigin,
    /// The sha256 of the text.
    pub sha256: Sha256,
    /// What the text says.
    pub stream: Stream,
}

impl Stream {
    /// Returns what the stream has for an architecture.
    pub fn release(&self, arch: Arch) -> Result<&StreamRelease, StreamError> {
        self.releases.get(&arch).ok_or_else(|| StreamError::NoArch {
            stream: self.name.clone(),
            arch,
            present: self.releases.keys().copied().collect(),
        })
    }

    /// Returns one artifact of an architecture.
    pub fn artifact(&self, arch: Arch, kind: ArtifactKind) -> Result<&Artifact, StreamError> {
        let release = self.release(arch)?;
        release.artifacts.get(&kind).ok_or_else(|| StreamError::NoKind {
            stream: self.name.clone(),
            release: release.id.clone(),
            arch,
            kind,
        })
    }
}

impl Metadata {
    /// Parses the text that `source` gave; the origin follows from the source.
    pub fn parse(source: &StreamRef, text: &str) -> Result<Self, StreamError> {
        let (origin, rhel) = match source {
            StreamRef::File(_, rhel) => (DigestOrigin::File, *rhel),
            StreamRef::Stdin(rhel) => (DigestOrigin::Installer, *rhel),
            // Its address has chosen already.
            StreamRef::Rhcos(..) | StreamRef::Fcos(_) | StreamRef::Okd(_) | StreamRef::Url(_) => {
                (DigestOrigin::Https, None)
            }
        };
        let stream = parse(text, rhel)?;
        Ok(Self { source: source.clone(), origin, sha256: Sha256::of(text.as_bytes()), stream })
    }
}

/// Parses stream metadata in any form in which a person gets hold of it: the JSON itself, pretty or
/// compact, or a `coreos-bootimages` ConfigMap in YAML or JSON or what `-o jsonpath` prints of it.
///
/// `rhel` chooses between the two streams that a ConfigMap of OpenShift 4.22 and later carries; without
/// it the cluster's own default is taken. Where there is nothing to choose from, a choice is a fault.
pub fn parse(text: &str, rhel: Option<Rhel>) -> Result<Stream, StreamError> {
    let inner = envelope::open(text, rhel)?;
    wire::parse(&inner)
}

/// Reads metadata from standard input or another reader.
pub fn read(reader: impl Read) -> Result<String, StreamError> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(StreamError::Read)?;
    if read as u64 > MAX_BYTES {
        return Err(StreamError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| StreamError::NotUtf8)
}

/// Reads metadata from a file.
pub fn load(path: &Path) -> Result<String, StreamError> {
    let unreadable = |source| StreamError::Open { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    match read(file) {
        Err(StreamError::Read(source)) => Err(unreadable(source)),
        other => other,
    }
}

#[cfg(test)]
mod tests;
