//! The size of the largest packet that an interface sends.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// An MTU in bytes: 576, which every host of IPv4 must take (RFC 791), to 9216, the largest that
/// switches commonly carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mtu(u16);

/// Not an MTU.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not an MTU between 576 and 9216")]
pub struct MtuError(String);

impl Mtu {
    /// What Ethernet has without being asked.
    pub const ETHERNET: Self = Self(1500);
    /// The least that IPv6 works with (RFC 8200, section 5).
    pub const IPV6: Self = Self(1280);
}

impl fmt::Display for Mtu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Mtu {
    type Err = MtuError;

    fn from_str(text: &str) -> Result<Self, MtuError> {
        match text.parse() {
            Ok(mtu @ 576..=9216) => Ok(Self(mtu)),
            _ => Err(MtuError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_round_trip_within_what_networks_carry() {
        for good in ["576", "1500", "9000", "9216"] {
            assert_eq!(good.parse::<Mtu>().map(|mtu| mtu.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "0", "575", "9217", "70000", "jumbo"] {
            assert!(bad.parse::<Mtu>().is_err(), "{bad}");
        }
    }
}
