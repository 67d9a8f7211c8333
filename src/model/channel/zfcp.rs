//! FCP devices and the SCSI disks behind them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::bus::{BusId, BusIdError};

/// An FCP device with one path to a disk, or alone: the value of one `rd.zfcp=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zfcp {
    adapter: BusId,
    path: Option<(Wide, Wide)>,
}

/// A number of 64 bits, printed as `0x` and 16 digits: a port name (WWPN) or a LUN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wide(u64);

/// Not an FCP device.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ZfcpError {
    /// Not a number of a device.
    #[error(transparent)]
    BusId(#[from] BusIdError),
    /// One field or three.
    #[error("`{0}` is neither an FCP device alone nor one with a port name and a LUN")]
    Fields(String),
    /// Not a number of 64 bits.
    #[error("`{found}` is not a {what}: `0x` and 16 hexadecimal digits")]
    Wide {
        /// What it should be.
        what: &'static str,
        /// What it is.
        found: String,
    },
}

impl Zfcp {
    /// Returns the number of the FCP device.
    pub fn adapter(&self) -> &BusId {
        &self.adapter
    }

    /// Returns port name and LUN; without them the kernel has to find the disks by itself.
    pub fn path(&self) -> Option<(u64, u64)> {
        self.path.map(|(port, lun)| (port.0, lun.0))
    }
}

fn wide(what: &'static str, text: &str) -> Result<Wide, ZfcpError> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let plain = digits.filter(|it| it.len() == 16 && it.bytes().all(|b| b.is_ascii_hexdigit()));
    let number = plain.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.map(Wide).ok_or_else(|| ZfcpError::Wide { what, found: text.to_owned() })
}

impl fmt::Display for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:016x}", self.0)
    }
}

impl fmt::Display for Zfcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some((port, lun)) => write!(f, "{},{port},{lun}", self.adapter),
            None => write!(f, "{}", self.adapter),
        }
    }
}

impl FromStr for Zfcp {
    type Err = ZfcpError;

    fn from_str(text: &str) -> Result<Self, ZfcpError> {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        match fields[..] {
            [adapter] => Ok(Self { adapter: adapter.parse()?, path: None }),
            [adapter, port, lun] => {
                let path = (wide("port name", port)?, wide("LUN", lun)?);
                Ok(Self { adapter: adapter.parse()?, path: Some(path) })
            }
            _ => Err(ZfcpError::Fields(text.to_owned())),
        }
    }
}
