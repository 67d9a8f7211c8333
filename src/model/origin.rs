//! How metadata or a digest was learnt.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::digest::Sha256;

/// How metadata or a digest was learnt; a digest is worth as much as this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Over https.
    Https,
    /// From a local file.
    File,
    /// From standard input, as `openshift-install coreos print-stream-json` prints it.
    Installer,
    /// From `okdboot.sha256` in vars.yaml.
    Vars,
    /// From a `sha256sum.txt` beside the artifact, over https.
    Sums,
    /// From the artifact itself when it was first fetched.
    FirstUse,
}

/// A digest with its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockedDigest {
    /// The digest.
    pub sha256: Sha256,
    /// How it was learnt.
    pub origin: Origin,
}

/// Not an origin.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a way to learn a digest")]
pub struct OriginError(String);

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 6] =
        [Self::Https, Self::File, Self::Installer, Self::Vars, Self::Sums, Self::FirstUse];

    /// Returns the word used in the lock.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::File => "file",
            Self::Installer => "installer",
            Self::Vars => "vars",
            Self::Sums => "sums",
            Self::FirstUse => "first-use",
        }
    }

    /// Says whether a digest of this origin belongs to an artifact that vars.yaml names, not to
    /// one of a stream.
    pub fn is_of_override(self) -> bool {
        matches!(self, Self::Vars | Self::Sums | Self::FirstUse)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let found = Self::ALL.into_iter().find(|origin| origin.as_str() == text);
        found.ok_or_else(|| OriginError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for origin in Origin::ALL {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
        assert!("http".parse::<Origin>().is_err());
    }
}
