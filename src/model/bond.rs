//! A bonded interface, as dracut's `bond=` describes it (dracut.cmdline(7)).

use std::fmt;

use thiserror::Error;

use super::mtu::{Mtu, MtuError};
use super::net::InterfaceName;

/// A bond of at least one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bond {
    name: InterfaceName,
    ports: Vec<InterfaceName>,
    mode: BondMode,
    mtu: Option<Mtu>,
}

/// The bonding driver's mode (Linux `Documentation/networking/bonding.rst`) with further options of the
/// driver, such as `miimon=100`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondMode {
    name: &'static str,
    options: Vec<String>,
}

const MODES: [&str; 7] =
    ["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"];

/// A bond that cannot work.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BondError {
    /// No port.
    #[error("a bond needs at least one port")]
    NoPort,
    /// A port twice, or the bond as its own port.
    #[error("`{0}` stands twice in the bond")]
    Twice(InterfaceName),
    /// Not a mode.
    #[error("`{0}` is not a bonding mode")]
    Mode(String),
    /// Not an option of the form that dracut takes.
    #[error("`{0}` is not a bonding option: write `name=value`")]
    Option(String),
    /// Not an MTU.
    #[error(transparent)]
    Mtu(#[from] MtuError),
}

impl BondMode {
    /// Every mode by name, in the order of the driver's numbers.
    pub const NAMES: [&'static str; 7] = MODES;

    /// Parses a mode by the driver's name or number. Options may follow after commas, and `mode=` may
    /// stand before it, as people copy it from a `bond=` argument.
    pub fn parse(text: &str) -> Result<Self, BondError> {
        let mut words = text.strip_prefix("mode=").unwrap_or(text).split(',');
        let mode = words.next().unwrap_or_default();
        let number = mode.parse::<usize>().ok().and_then(|n| MODES.get(n));
        let name = MODES.iter().find(|name| **name == mode).or(number);
        let name = name.ok_or_else(|| BondError::Mode(mode.to_owned()))?;
        let option =
            |word: &str| is_option(word).then(|| word.to_owned()).ok_or(BondError::Option(word.to_owned()));
        Ok(Self { name, options: words.map(option).collect::<Result<_, _>>()? })
    }
}

/// `name=value`; dracut separates options by commas and fields by colons, so a value has neither.
fn is_option(word: &str) -> bool {
    let Some((name, value)) = word.split_once('=') else { return false };
    let named = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let valued = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"+._-".contains(&b));
    !name.is_empty() && !value.is_empty() && named && valued
}

impl Bond {
    /// Makes a bond of at least one port.
    pub fn new(
        name: InterfaceName,
        ports: Vec<InterfaceName>,
        mode: BondMode,
        mtu: Option<Mtu>,
    ) -> Result<Self, BondError> {
        if ports.is_empty() {
            return Err(BondError::NoPort);
        }
        for (at, port) in ports.iter().enumerate() {
            if *port == name || ports[..at].contains(port) {
                return Err(BondError::Twice(port.clone()));
            }
        }
        Ok(Self { name, ports, mode, mtu })
    }

    /// Returns the name of the bonded interface.
    pub fn name(&self) -> &InterfaceName {
        &self.name
    }

    /// Returns its ports.
    pub fn ports(&self) -> &[InterfaceName] {
        &self.ports
    }

    /// Returns its mode and options.
    pub fn mode(&self) -> &BondMode {
        &self.mode
    }

    /// Returns its MTU.
    pub fn mtu(&self) -> Option<Mtu> {
        self.mtu
    }
}

/// The options of the driver, the mode first.
impl fmt::Display for BondMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mode={}", self.name)?;
        self.options.iter().try_for_each(|option| write!(f, ",{option}"))
    }
}

/// The value of the `bond=` argument.
impl fmt::Display for Bond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.name)?;
        for (at, port) in self.ports.iter().enumerate() {
            write!(f, "{}{port}", if at == 0 { "" } else { "," })?;
        }
        write!(f, ":{}", self.mode)?;
        match self.mtu {
            Some(mtu) => write!(f, ":{mtu}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(names: &[&str]) -> Vec<InterfaceName> {
        names.iter().map(|n| n.parse().unwrap()).collect()
    }

    #[test]
    fn a_bond_prints_as_dracut_reads_it() {
        let mode = BondMode::parse("1").unwrap();
        let bond =
            Bond::new("bond0".parse().unwrap(), ports(&["ens3", "ens4"]), mode, "9000".parse().ok()).unwrap();
        assert_eq!(bond.to_string(), "bond0:ens3,ens4:mode=active-backup:9000");
    }

    #[test]
    fn options_of_the_driver_follow_the_mode() {
        let mode = BondMode::parse("mode=802.3ad,miimon=100,xmit_hash_policy=layer3+4").unwrap();
        let bond = Bond::new("bond0".parse().unwrap(), ports(&["ens3"]), mode, None).unwrap();
        assert_eq!(bond.to_string(), "bond0:ens3:mode=802.3ad,miimon=100,xmit_hash_policy=layer3+4");
        assert_eq!(BondMode::parse("802.3ad,miimon"), Err(BondError::Option("miimon".into())));
        assert_eq!(BondMode::parse("1,a=b:9000"), Err(BondError::Option("a=b:9000".into())));
    }

    #[test]
    fn impossible_bonds_are_refused() {
        let mode = BondMode::parse("802.3ad").unwrap();
        let name: InterfaceName = "bond0".parse().unwrap();
        assert_eq!(Bond::new(name.clone(), vec![], mode.clone(), None), Err(BondError::NoPort));
        assert!(Bond::new(name.clone(), ports(&["a", "a"]), mode.clone(), None).is_err());
        assert!(Bond::new(name, ports(&["bond0"]), mode, None).is_err());
        assert!(BondMode::parse("7").is_err());
    }
}
