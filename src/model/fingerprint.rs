//! Fingerprints of keys of `OpenPGP`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The fingerprint of a key of `OpenPGP`: 40 hexadecimal digits (version 4) or 64 (version 6), printed in
/// upper case as `gpg` does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

/// Not a fingerprint.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not the fingerprint of a key: 40 or 64 hexadecimal digits")]
pub struct FingerprintError(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && matches!(text.len(), 40 | 64) {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(FingerprintError(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_round_trip_in_upper_case() {
        let text = "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6";
        assert_eq!(text.to_lowercase().parse::<Fingerprint>().unwrap().to_string(), text);
        for bad in ["", "6D9F90A6", &format!("0x{text}"), &text.replace('A', "G")] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }
}
