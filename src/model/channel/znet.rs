//! Network devices of the channel subsystem.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::bus::{BusId, BusIdError};
use crate::text::words;

/// A network device: the value of one `rd.znet=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Znet {
    kind: ZnetKind,
    devices: Vec<BusId>,
    options: Vec<(String, String)>,
}

words! {
    /// What drives a network device.
    ZnetKind, else ZnetError::Kind as ZnetError {
        /// OSA adapters and `HiperSockets`: read, write and data device.
        Qeth = "qeth",
        /// LAN channel stations: read and write device.
        Lcs = "lcs",
        /// Channel to channel: read and write device.
        Ctc = "ctc",
    }
}

/// Not a network device.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ZnetError {
    /// Not a driver.
    #[error("`{0}` is not a kind of network device: `qeth`, `lcs` or `ctc`")]
    Kind(String),
    /// Not a number of a device.
    #[error(transparent)]
    BusId(#[from] BusIdError),
    /// Too few or too many devices.
    #[error("a {kind} device has {due} bus ids, and here is {found}")]
    Count {
        /// Its driver.
        kind: ZnetKind,
        /// How many it has.
        due: usize,
        /// How many there are.
        found: usize,
    },
    /// One device twice.
    #[error("{0} stands twice in it")]
    Twice(BusId),
    /// Not `name=value`.
    #[error("`{0}` is not an option such as `layer2=1`")]
    Option(String),
    /// An option twice.
    #[error("the option `{0}` stands twice in it")]
    OptionTwice(String),
    /// A switch that is neither on nor off.
    #[error("`layer2` is `0` or `1`, not `{0}`")]
    Layer2(String),
}

impl ZnetKind {
    fn devices(self) -> usize {
        match self {
            Self::Qeth => 3,
            Self::Lcs | Self::Ctc => 2,
        }
    }
}

impl Znet {
    /// Returns its devices in order.
    pub fn devices(&self) -> &[BusId] {
        &self.devices
    }
}

fn option(text: &str) -> Result<(String, String), ZnetError> {
    let refuse = || ZnetError::Option(text.to_owned());
    let (name, value) = text.split_once('=').ok_or_else(refuse)?;
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let valued =
        !value.is_empty() && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:/".contains(&b));
    if !named || !valued {
        return Err(refuse());
    }
    if name == "layer2" && !matches!(value, "0" | "1") {
        return Err(ZnetError::Layer2(value.to_owned()));
    }
    Ok((name.to_owned(), value.to_owned()))
}

impl fmt::Display for Znet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        self.devices.iter().try_for_each(|device| write!(f, ",{device}"))?;
        self.options.iter().try_for_each(|(name, value)| write!(f, ",{name}={value}"))
    }
}

impl FromStr for Znet {
    type Err = ZnetError;

    fn from_str(text: &str) -> Result<Self, ZnetError> {
        let mut fields = text.split(',').map(str::trim);
        let kind: ZnetKind = fields.next().unwrap_or_default().parse()?;
        let (options, devices): (Vec<&str>, Vec<&str>) = fields.partition(|field| field.contains('='));
        let mut znet = Self { kind, devices: Vec::new(), options: Vec::new() };
        for device in devices {
            let device: BusId = device.parse()?;
            if znet.devices.contains(&device) {
                return Err(ZnetError::Twice(device));
            }
            znet.devices.push(device);
        }
        let (due, found) = (kind.devices(), znet.devices.len());
        if due != found {
            return Err(ZnetError::Count { kind, due, found });
        }
        for text in options {
            let option = option(text)?;
            if znet.options.iter().any(|(name, _)| *name == option.0) {
                return Err(ZnetError::OptionTwice(option.0));
            }
            znet.options.push(option);
        }
        Ok(znet)
    }
}
