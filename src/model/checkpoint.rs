//! Checkpoints: where a sha256 stood every 32 MiB, so that several cores can hash one large file.
//!
//! A sha256 is one chain: no core can begin in the middle unless it is told the state there. Whoever
//! hashes a file from the beginning can write the states down; then the legs between them are hashed at
//! the same time, and each must end in the state that the next one began with. If all do, the file has
//! the very digest that one core would have found, wherever the checkpoints came from: the first leg
//! begins where every sha256 begins, so by induction each further state is the true one. A checkpoint is
//! never trusted; it fits or it does not.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use sha2::Digest as _;
use sha2::digest::common::hazmat::{SerializableState as _, SerializedState};

use super::digest::{DigestError, Sha256, parse_hex, write_hex};

/// Bytes between two checkpoints.
pub const STEP: u64 = 32 << 20;

/// Bytes of a state as the sha2 crate writes it: the chain, the count of blocks, an empty buffer.
const STATE: usize = 104;

/// The state of a sha256 on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HashState([u8; STATE]);

/// The states of one file at 1, 2, 3 ... times [`STEP`] bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoints(pub Vec<HashState>);

impl Checkpoints {
    /// Reads what [`Checkpoints::to_json`] wrote; from anything else there are none.
    pub fn of_json(value: &Value) -> Self {
        let states = value.as_array().map(|it| it.iter().map(|it| it.as_str()?.parse().ok()).collect());
        Self(states.flatten().unwrap_or_default())
    }

    /// Returns the states as a list of texts.
    pub fn to_json(&self) -> Value {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for HashState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for HashState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HashState({self})")
    }
}

impl FromStr for HashState {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        parse_hex("a state", text).map(Self)
    }
}

/// A sha256 that can begin at a checkpoint, and writes down those that it passes.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    hasher: sha2::Sha256,
    /// Bytes since the last checkpoint.
    since: u64,
    passed: Vec<HashState>,
}

impl Walk {
    /// Begins at a checkpoint; nothing if it is no state of a sha256.
    pub fn from(state: &HashState) -> Option<Self> {
        let state: &SerializedState<sha2::Sha256> = state.0.as_slice().try_into().ok()?;
        Some(Self { hasher: sha2::Sha256::deserialize(state).ok()?, ..Self::default() })
    }

    /// Takes the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(STEP - self.since).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.hasher.update(now);
            self.since += now.len() as u64;
            if self.since == STEP {
                self.since = 0;
                self.passed.extend(self.state());
            }
            bytes = later;
        }
    }

    fn state(&self) -> Option<HashState> {
        self.hasher.serialize().as_slice().try_into().ok().map(HashState)
    }

    /// Returns the checkpoints that were passed since the walk began.
    pub fn passed(&self) -> &[HashState] {
        &self.passed
    }

    /// Returns the digest of the file that ends here, and the checkpoints that were passed.
    pub fn finish(self) -> (Sha256, Checkpoints) {
        (Sha256::finish(self.hasher), Checkpoints(self.passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_finds_the_digest_and_can_begin_at_any_checkpoint() {
        let step = usize::try_from(STEP).unwrap();
        let bytes: Vec<u8> = (0..251).cycle().take(2 * step + 70).collect();
        let mut walk = Walk::default();
        bytes.chunks(1_000_003).for_each(|piece| walk.update(piece));
        let (digest, checkpoints) = walk.finish();
        assert_eq!(digest, Sha256::of(&bytes));
        assert_eq!(checkpoints.0.len(), 2);
        assert_eq!(Checkpoints::of_json(&checkpoints.to_json()), checkpoints);
        for (at, checkpoint) in checkpoints.0.iter().enumerate() {
            let mut walk = Walk::from(checkpoint).unwrap();
            walk.update(&bytes[(at + 1) * step..]);
            assert_eq!(walk.passed(), &checkpoints.0[at + 1..]);
            assert_eq!(walk.finish().0, digest);
        }
    }

    #[test]
    fn what_is_no_state_is_refused() {
        assert!("00".parse::<HashState>().is_err());
        assert!(Walk::from(&HashState([0xff; STATE])).is_none());
    }
}
