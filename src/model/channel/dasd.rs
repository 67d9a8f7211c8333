//! Disks of the channel subsystem.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::bus::{BusId, BusIdError};

/// A DASD, or all from one number to another: the value of one `rd.dasd=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dasd {
    first: BusId,
    last: BusId,
}

/// Not a DASD.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DasdError {
    /// Not a number of a device.
    #[error(transparent)]
    BusId(#[from] BusIdError),
    /// A range from one subchannel set to another, or backwards.
    #[error("`{0}` is not a range of devices")]
    Range(String),
}

impl Dasd {
    /// Says whether a device is this one or in this range.
    pub fn covers(&self, bus_id: &BusId) -> bool {
        self.first <= *bus_id && *bus_id <= self.last
    }
}

impl fmt::Display for Dasd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.first == self.last { Ok(()) } else { write!(f, "-{}", self.last) }
    }
}

impl FromStr for Dasd {
    type Err = DasdError;

    fn from_str(text: &str) -> Result<Self, DasdError> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last): (BusId, BusId) = (first.trim().parse()?, last.trim().parse()?);
        if last < first || !first.is_near(&last) {
            return Err(DasdError::Range(text.to_owned()));
        }
        Ok(Self { first, last })
    }
}
