//! A build that checks no signatures: no key and no signature can be made in it, so nothing has to be said
//! of what they would do.

use std::convert::Infallible;

use super::{KeyringError, SignatureError, Unsupported};
use crate::model::fingerprint::Fingerprint;

/// Keys that are trusted to sign artifacts: none.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    keys: Vec<Infallible>,
}

/// A detached signature, of which there is none.
#[derive(Clone, Debug)]
pub enum Detached {}

/// The hasher of a signature, of which there is none.
pub enum Running {}

impl Keyring {
    /// Reads no keys.
    pub fn parse(_: &[u8]) -> Result<Self, KeyringError> {
        Err(Unsupported.into())
    }

    /// Adds the keys of another one: none.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// Says that there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl Detached {
    /// Reads no signature.
    pub fn parse(_: &[u8]) -> Result<Self, SignatureError> {
        Err(Unsupported.into())
    }

    /// Starts the hasher that the signature needs.
    pub fn start(&self) -> Result<Running, SignatureError> {
        match *self {}
    }

    /// Says whether the keyring has the key at all.
    pub fn find(&self, _: &Keyring) -> Result<(), SignatureError> {
        match *self {}
    }

    /// Checks a finished hash.
    pub fn check(&self, _: Running, _: &Keyring) -> Result<Fingerprint, SignatureError> {
        match *self {}
    }
}

impl Running {
    /// Hashes a piece of the file.
    pub fn update(&mut self, _: &[u8]) {
        match *self {}
    }
}
