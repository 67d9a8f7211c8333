//! What is asked of signatures, and what is known of one.

use crate::model::fingerprint::Fingerprint;
use crate::signature::Keyring;

/// Which signatures are checked, and with what.
#[derive(Clone, Debug, Default)]
pub struct Signatures {
    /// The keys that count.
    pub keyring: Keyring,
    /// Whether a file without a good signature is refused.
    pub need: Need,
    /// Whether another key than the lock's is refused.
    pub pins: Pins,
}

/// Whether a file without a good signature is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// No, but one whose signature is wrong is.
    #[default]
    IfPossible,
    /// Yes (`--require-signature`).
    Always,
}

/// Whether another key than the lock's is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pins {
    /// Yes.
    #[default]
    Held,
    /// No: the key found now is the one to pin (`--update`).
    Renewed,
}

/// What is known of an artifact's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The metadata names none.
    Unnamed,
    /// One is named, and there is no keyring.
    Unchecked,
    /// It cannot be judged, for this reason.
    Unjudged(String),
    /// It is good, and was made with this key.
    Good(Fingerprint),
    /// An earlier run found these bytes signed with this key.
    Pinned(Fingerprint),
}
