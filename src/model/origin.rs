//! How metadata or a digest was learnt.

use thiserror::Error;

use super::digest::Sha256;
use crate::text::words;

words! {
    /// How metadata or a digest was learnt; a digest is worth as much as this.
    DigestOrigin, else OriginError as OriginError {
        /// Over https.
        Https = "https",
        /// From a local file.
        File = "file",
        /// From standard input, as `openshift-install coreos print-stream-json` prints it.
        Installer = "installer",
        /// From `okdboot.sha256` in vars.yaml.
        Vars = "vars",
        /// From a `sha256sum.txt` beside the artifact, over https.
        Sums = "sums",
        /// From the artifact itself when it was first fetched.
        FirstUse = "first-use",
    }
}

/// A digest with its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockedDigest {
    /// The digest.
    pub sha256: Sha256,
    /// How it was learnt.
    pub origin: DigestOrigin,
}

/// Not an origin.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a way to learn a digest")]
pub struct OriginError(String);

impl DigestOrigin {
    /// Says whether a digest of this origin belongs to an artifact that vars.yaml names, not to
    /// one of a stream.
    pub fn is_of_override(self) -> bool {
        matches!(self, Self::Vars | Self::Sums | Self::FirstUse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for origin in DigestOrigin::ALL {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
        assert!("http".parse::<DigestOrigin>().is_err());
    }
}
