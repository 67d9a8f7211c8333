//! The number of a device in the channel subsystem.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A bus id such as `0.0.bdf0`: channel subsystem, subchannel set, device number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusId {
    subsystem: u8,
    set: u8,
    number: u16,
}

/// Not a bus id.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a bus id such as `0.0.bdf0`")]
pub struct BusIdError(String);

impl BusId {
    /// Says whether both are in one subchannel set.
    pub fn is_near(&self, other: &Self) -> bool {
        (self.subsystem, self.set) == (other.subsystem, other.set)
    }
}

/// Lower case: the kernel takes no other for `cio_ignore`.
impl fmt::Display for BusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}.{:04x}", self.subsystem, self.set, self.number)
    }
}

/// Parses `0.0.bdf0`, or `bdf0` alone, as z/VM prints it.
impl FromStr for BusId {
    type Err = BusIdError;

    fn from_str(text: &str) -> Result<Self, BusIdError> {
        let refuse = || BusIdError(text.to_owned());
        let parts: Vec<&str> = text.split('.').collect();
        let (subsystem, set, number) = match parts[..] {
            [number] => ("0", "0", number),
            [subsystem, set, number] => (subsystem, set, number),
            _ => return Err(refuse()),
        };
        let hex = |text: &str, digits: usize| {
            let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
            plain.then(|| u16::from_str_radix(text, 16).ok()).flatten()
        };
        let small = |text: &str| hex(text, 1).or_else(|| hex(text, 2)).and_then(|n| u8::try_from(n).ok());
        let set = small(set).filter(|set| *set <= 3);
        match (small(subsystem), set, hex(number, 4)) {
            (Some(subsystem), Some(set), Some(number)) => Ok(Self { subsystem, set, number }),
            _ => Err(refuse()),
        }
    }
}
