//! Detached signatures of `OpenPGP` (RFC 9580), checked in the same pass as the sha256.
//!
//! A build without the feature `signatures` has the same words and none of the crates behind them: it holds
//! no key, and says so wherever a signature is asked for.

#[cfg(not(feature = "signatures"))]
#[path = "signature/absent.rs"]
mod checker;
#[cfg(feature = "signatures")]
#[path = "signature/openpgp.rs"]
mod checker;

pub use checker::{Detached, Keyring, Running};

use thiserror::Error;

use crate::model::fingerprint::Fingerprint;

/// This build checks no signatures.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this build of okdboot cannot check signatures")]
pub struct Unsupported;

/// Says whether this build can check signatures, which is worth knowing before one is fetched.
pub fn supported() -> Result<(), Unsupported> {
    if cfg!(feature = "signatures") { Ok(()) } else { Err(Unsupported) }
}

/// Not a file of keys.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyringError {
    /// No key can be read in it.
    #[error("it holds no OpenPGP public key")]
    Empty,
    /// It is damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// No key is read by this build.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

/// Why a signature proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignatureError {
    /// It cannot be read, or is of a form that is not accepted.
    #[error("the signature cannot be used: {0}")]
    Form(String),
    /// It was made with a key that is not in the keyring.
    #[error(
        "it is signed with key {0}, which is not in the keyring; Fedora retires its keys after about a year"
    )]
    UnknownKey(String),
    /// The key was revoked, or the signature was made after it had expired.
    #[error("it is signed with key {key}, which {why}")]
    Retired {
        /// The key.
        key: Fingerprint,
        /// Why it does not count.
        why: &'static str,
    },
    /// The bytes are not those that were signed.
    #[error("the signature of key {0} does not fit the file")]
    Wrong(Fingerprint),
    /// None is read by this build.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}
