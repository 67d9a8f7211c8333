//! SHA-256 of artifacts and SHA-512 of Ignition files.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use sha2::Digest as _;
use thiserror::Error;

/// A SHA-256 digest; stream metadata gives one for each artifact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// A SHA-512 digest; coreos-installer's `--ignition-hash` takes one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha512([u8; 64]);

/// Not a digest.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DigestError {
    /// Another number of digits.
    #[error("{kind} has {expected} hexadecimal digits, not {found}")]
    Length {
        /// The kind of digest.
        kind: &'static str,
        /// How many digits it has.
        expected: usize,
        /// How many there were.
        found: usize,
    },
    /// A character that is not a hexadecimal digit.
    #[error("`{0}` is not a hexadecimal digit")]
    Digit(char),
}

impl Sha256 {
    /// Hashes bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Takes the result of a finished hasher.
    pub fn finish(hasher: sha2::Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

/// In JSON it is the text of its digits.
impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Sha512 {
    /// Hashes bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha512::digest(bytes).into())
    }

    /// Returns `sha512-<hex>`: the form that coreos-installer and Ignition take.
    pub fn ignition_hash(&self) -> String {
        format!("sha512-{self}")
    }
}

pub(super) fn parse_hex<const N: usize>(kind: &'static str, text: &str) -> Result<[u8; N], DigestError> {
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(DigestError::Digit(bad));
    }
    if text.len() != 2 * N {
        return Err(DigestError::Length { kind, expected: 2 * N, found: text.len() });
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = nibble(pair[0]) << 4 | nibble(pair[1]);
    }
    Ok(bytes)
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

pub(super) fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

macro_rules! digest_text {
    ($name:ident, $kind:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        /// Parses hexadecimal digits of either case.
        impl FromStr for $name {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, DigestError> {
                parse_hex($kind, text).map(Self)
            }
        }
    };
}

digest_text!(Sha256, "a sha256");
digest_text!(Sha512, "a sha512");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests() {
        let abc = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
        assert_eq!(Sha512::of(b"abc").ignition_hash(), format!("sha512-{abc}"));
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Sha256::of(b"").to_string(), empty);
        assert_eq!(empty.to_uppercase().parse(), Ok(Sha256::of(b"")));
    }

    #[test]
    fn wrong_digests_say_why() {
        assert_eq!(
            "abcd".parse::<Sha256>().unwrap_err().to_string(),
            "a sha256 has 64 hexadecimal digits, not 4"
        );
        assert_eq!("sha256:00".parse::<Sha256>(), Err(DigestError::Digit('s')));
    }
}
