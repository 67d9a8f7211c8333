//! Why an archive is no bundle, or not the one that it says it is.

use std::io;

use thiserror::Error;

use super::listing::ListingError;
use super::place::BundlePlace;
use crate::diag::Code;
use crate::model::digest::Sha256;
use crate::text::{Bytes, escape};

/// Why a bundle cannot be used. Nothing of it has landed.
#[derive(Debug, Error)]
pub enum BundleError {
    /// It cannot be read at all.
    #[error("it cannot be read: {0}")]
    Read(#[source] io::Error),
    /// Not a tar archive that okdboot wrote.
    #[error("{why}")]
    Form {
        /// Why not.
        why: String,
    },
    /// The listing is not one.
    #[error("`SHA256SUMS` is refused: {0}")]
    Listing(#[from] ListingError),
    /// An entry that must not be there.
    #[error("entry `{}` is refused: {why}", escape(path))]
    Entry {
        /// Its path as it stands there.
        path: String,
        /// Why.
        why: String,
    },
    /// Larger than anything of its kind.
    #[error("{what} has more than {}", Bytes(*limit))]
    Large {
        /// What.
        what: String,
        /// How much it may have.
        limit: u64,
    },
    /// Other bytes than listed.
    #[error("`{place}` has sha256 {found}, `SHA256SUMS` says {listed}")]
    Digest {
        /// Which entry.
        place: BundlePlace,
        /// What is listed.
        listed: Sha256,
        /// What is there.
        found: Sha256,
    },
}

impl BundleError {
    /// Returns the code under which it is documented; none where the file system is at fault.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Read(_) => None,
            Self::Form { .. } => Some(Code::R020),
            Self::Listing(_) | Self::Entry { .. } => Some(Code::R021),
            Self::Large { .. } => Some(Code::R022),
            Self::Digest { .. } => Some(Code::R023),
        }
    }

    /// Tells a fault of the archive from one of the disk that it is on.
    pub(super) fn of_io(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Other | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                Self::Form { why: format!("it is not a whole tar archive: {error}") }
            }
            _ => Self::Read(error),
        }
    }
}
