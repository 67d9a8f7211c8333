//! An Ignition file as opaque bytes, plus what okdboot must know of it.
//!
//! The bytes are never changed: their sha512 is what people paste and what installers enforce.

pub mod age;
mod bounded;
mod certificate;
mod content;
mod inside;
pub mod kinship;
mod run;

pub use certificate::{Certificate, certificates_in};
pub use content::ContentError;
pub use inside::{Inside, InsideError};
pub use run::Run;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

use crate::model::digest::Sha512;

/// An Ignition file that was read and recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnitionConfig {
    bytes: Arc<[u8]>,
    sha512: Sha512,
    spec: SpecVersion,
}

/// The version of Ignition's configuration specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpecVersion {
    /// 3 for every CoreOS from 4.6 on.
    pub major: u32,
    /// The number after the first dot.
    pub minor: u32,
}

/// The newest specification that matchbox's `/ignition` can read (matchbox 0.11 to 2026-08); for a
/// newer one it answers with an empty config.
pub const MATCHBOX_READS: SpecVersion = SpecVersion { major: 3, minor: 4 };

/// The newest specification that Ignition itself has (2.24, 2026).
pub const NEWEST_SPEC: SpecVersion = SpecVersion { major: 3, minor: 6 };

/// Larger files are refused; a bootstrap.ign is about 300 kB.
pub const MAX_BYTES: u64 = 64 << 20;

/// Why bytes are not an Ignition file that a machine can use.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum IgnitionError {
    /// No bytes.
    #[error("it is empty")]
    Empty,
    /// More bytes than any Ignition file has.
    #[error("it is larger than {} MiB", MAX_BYTES >> 20)]
    Large,
    /// Not JSON. The parser's own words could repeat a value, so only the place is said.
    #[error("it is not JSON: the fault is at line {line}, column {column}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of another kind.
    #[error("it has no `ignition.version`, so it is no Ignition file")]
    Other,
    /// A version that cannot be understood.
    #[error("its `ignition.version` is not a version")]
    Version,
    /// A specification that these releases do not read.
    #[error("it is written for specification {0}, and releases from 4.6 on read 3")]
    Specification(SpecVersion),
}

/// A file that could not be read, or is none.
#[derive(Debug, Error)]
pub enum IgnitionLoadError {
    /// The file system refused.
    #[error("could not read the Ignition file `{path}`")]
    Read {
        /// The path as given.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The content is wrong.
    #[error("`{path}` cannot be used")]
    Invalid {
        /// The path as given.
        path: String,
        /// Why.
        source: IgnitionError,
    },
}

#[derive(Deserialize)]
struct Wire {
    ignition: Option<WireIgnition>,
}

#[derive(Deserialize)]
struct WireIgnition {
    version: Option<String>,
}

impl IgnitionConfig {
    /// Recognises a file and hashes it.
    pub fn parse(bytes: &[u8]) -> Result<Self, IgnitionError> {
        if bytes.is_empty() {
            return Err(IgnitionError::Empty);
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
        let version = wire.ignition.and_then(|ignition| ignition.version).ok_or(IgnitionError::Other)?;
        let spec = SpecVersion::parse(&version).ok_or(IgnitionError::Version)?;
        if spec.major != 3 {
            return Err(IgnitionError::Specification(spec));
        }
        Ok(Self { bytes: bytes.into(), sha512: Sha512::of(bytes), spec })
    }

    /// Returns the bytes as they were read.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// Returns the digest of the bytes.
    pub fn sha512(&self) -> Sha512 {
        self.sha512
    }

    /// Returns the specification it is written for.
    pub fn spec(&self) -> SpecVersion {
        self.spec
    }
}

/// A file that is JSON but holds something else fails the shape, not the syntax.
fn not_json(error: &serde_json::Error) -> IgnitionError {
    if error.is_data() {
        return IgnitionError::Other;
    }
    IgnitionError::Json { line: error.line(), column: error.column() }
}

impl SpecVersion {
    /// Parses `3.2.0` or `3.6.0-experimental`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-').next()?.split('.');
        let (major, minor) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let patch: Option<u32> = parts.next()?.parse().ok();
        (patch.is_some() && parts.next().is_none()).then_some(Self { major, minor })
    }
}

impl fmt::Display for SpecVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Reads a file. Thin on purpose: everything about the content is [`IgnitionConfig::parse`]'s.
pub fn load(path: &Path, shown: &str) -> Result<IgnitionConfig, IgnitionLoadError> {
    let refuse = |source| IgnitionLoadError::Read { path: shown.to_owned(), source };
    let invalid = |source| IgnitionLoadError::Invalid { path: shown.to_owned(), source };
    let meta = std::fs::metadata(path).map_err(refuse)?;
    if !meta.is_file() {
        let kind = if meta.is_dir() { "it is a directory" } else { "it is not a regular file" };
        return Err(refuse(io::Error::other(kind)));
    }
    if meta.len() > MAX_BYTES {
        return Err(invalid(IgnitionError::Large));
    }
    let bytes = std::fs::read(path).map_err(refuse)?;
    IgnitionConfig::parse(&bytes).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_digest() {
        let config = IgnitionConfig::parse(br#"{"ignition":{"version":"3.2.0"}}"#).unwrap();
        assert_eq!(config.spec().to_string(), "3.2");
        assert!(config.sha512().ignition_hash().starts_with("sha512-18f3ed0f3999a7508cbc62f67e78a3c861cc"));
    }

    #[test]
    fn what_is_no_ignition_file_says_why() {
        let error = |bytes: &[u8]| IgnitionConfig::parse(bytes).unwrap_err();
        assert_eq!(error(b""), IgnitionError::Empty);
        assert_eq!(error(b"<html>"), IgnitionError::Json { line: 1, column: 1 });
        assert_eq!(error(b"{}"), IgnitionError::Other);
        assert_eq!(error(b"[1]"), IgnitionError::Other);
        assert_eq!(error(br#"{"ignition":{}}"#), IgnitionError::Other);
        assert_eq!(error(br#"{"ignition":{"version":"three"}}"#), IgnitionError::Version);
        let old = error(br#"{"ignition":{"version":"2.2.0"}}"#);
        assert_eq!(old, IgnitionError::Specification(SpecVersion { major: 2, minor: 2 }));
        assert!(matches!(error(&[b'['; 300]), IgnitionError::Json { .. } | IgnitionError::Other));
    }
}
