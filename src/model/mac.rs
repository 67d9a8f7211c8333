//! MAC addresses.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The MAC address of a network interface: six bytes, unicast, not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr([u8; 6]);

/// Why a text is not the MAC address of an interface.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MacAddrError {
    /// Not twelve hexadecimal digits in a usual form.
    #[error("`{0}` is not a MAC address")]
    Malformed(String),
    /// The group bit is set.
    #[error("`{0}` is a multicast address, which no interface has")]
    Multicast(String),
    /// All bytes are zero.
    #[error("`{0}` is the zero address, which no interface has")]
    Zero(String),
}

impl MacAddr {
    /// Returns the form with dashes: iPXE's `${mac:hexhyp}`, and what follows `01-` in the names of
    /// PXELINUX and GRUB files.
    pub fn hexhyp(&self) -> String {
        self.join("-")
    }

    /// Returns the six bytes.
    pub fn bytes(&self) -> [u8; 6] {
        self.0
    }

    /// Returns the part that names the maker (IEEE, "OUI").
    pub fn oui(&self) -> [u8; 3] {
        [self.0[0], self.0[1], self.0[2]]
    }

    fn join(self, separator: &str) -> String {
        let pairs: Vec<String> = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        pairs.join(separator)
    }
}

/// Lower case, joined by colons: the canonical form of matchbox and of the Linux kernel.
impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.join(":"))
    }
}

/// Parses pairs joined by `:` or `-`, groups of four joined by `.`, or twelve bare digits, in either
/// case.
impl FromStr for MacAddr {
    type Err = MacAddrError;

    fn from_str(text: &str) -> Result<Self, MacAddrError> {
        let digits = digits(text).ok_or_else(|| MacAddrError::Malformed(text.to_owned()))?;
        let mut bytes = [0; 6];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).unwrap_or_default();
            *byte = u8::from_str_radix(pair, 16).map_err(|_| MacAddrError::Malformed(text.to_owned()))?;
        }
        match bytes {
            [0, 0, 0, 0, 0, 0] => Err(MacAddrError::Zero(text.to_owned())),
            [first, ..] if first & 1 == 1 => Err(MacAddrError::Multicast(text.to_owned())),
            _ => Ok(Self(bytes)),
        }
    }
}

/// Returns the twelve digits, if the text has one of the four forms.
fn digits(text: &str) -> Option<String> {
    let (separator, group) = match () {
        () if text.contains(':') => (':', 2),
        () if text.contains('-') => ('-', 2),
        () if text.contains('.') => ('.', 4),
        () => return (text.len() == 12 && is_hex(text)).then(|| text.to_owned()),
    };
    let groups: Vec<&str> = text.split(separator).collect();
    let whole = groups.len() * group == 12 && groups.iter().all(|g| g.len() == group && is_hex(g));
    whole.then(|| groups.concat())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_form_is_the_same_address() {
        for text in ["52:54:00:60:72:67", "52-54-00-60-72-67", "5254.0060.7267", "525400607267"] {
            let mac: MacAddr = text.parse().unwrap();
            assert_eq!(mac.to_string(), "52:54:00:60:72:67");
            assert_eq!(mac.hexhyp(), "52-54-00-60-72-67");
        }
        assert_eq!("52:54:00:AB:CD:EF".parse::<MacAddr>().unwrap().hexhyp(), "52-54-00-ab-cd-ef");
    }

    #[test]
    fn what_no_interface_has_is_refused() {
        let error = |text: &str| text.parse::<MacAddr>().unwrap_err();
        assert!(matches!(error("00:00:00:00:00:00"), MacAddrError::Zero(_)));
        assert!(matches!(error("01:00:5e:00:00:01"), MacAddrError::Multicast(_)));
        assert!(matches!(error("ff:ff:ff:ff:ff:ff"), MacAddrError::Multicast(_)));
        for bad in [
            "",
            "00:50:56:01:ee:22c3",
            "52:54:0:1:2:3",
            "52:54-00:60:72:67",
            "5254006072g7",
            "52:54:00:60:72",
            "é2540060726",
        ] {
            assert!(matches!(error(bad), MacAddrError::Malformed(_)), "{bad}");
        }
    }
}
