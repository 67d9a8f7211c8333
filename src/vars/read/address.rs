//! Addresses and masks of either family.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::section::Scalar;
use super::value::Values;
use crate::diag::Code;
use crate::model::net::{self, Netmask};

/// What a mask says: its bits, and the netmask where IPv4 has it.
#[derive(Clone, Copy)]
pub struct Mask {
    /// How many bits are the network's.
    pub bits: u8,
    /// The same as IPv4 writes it.
    pub netmask: Option<Netmask>,
}

impl From<Netmask> for Mask {
    fn from(netmask: Netmask) -> Self {
        Self { bits: netmask.prefix(), netmask: Some(netmask) }
    }
}

/// A family of addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AddressFamily {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl AddressFamily {
    /// The family of an address as it is written, be it right or wrong; IPv4 where nothing is.
    pub fn of_text(at: Option<&Scalar>) -> Self {
        if at.is_some_and(|at| at.text.contains(':')) { Self::V6 } else { Self::V4 }
    }
}

/// Whether an address of a machine is parsed, or one of a router, which may be link-local.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Of a machine.
    Machine,
    /// Of a router.
    Router,
}

impl Values {
    /// Parses an address of either family.
    pub fn ip(&self, scalar: &Scalar, whose: Whose) -> Option<IpAddr> {
        let text = scalar.text.trim();
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return self.ipv6_address(scalar, address, whose).map(IpAddr::from);
        }
        if text.parse::<Ipv4Addr>().is_ok() {
            return self.address(scalar).map(IpAddr::from);
        }
        self.not_an_address(scalar);
        None
    }

    /// Parses an address that must be IPv6.
    pub fn ipv6(&self, scalar: &Scalar, whose: Whose) -> Option<Ipv6Addr> {
        let Ok(address) = scalar.text.trim().parse() else {
            let message = format!("`{}` is not an IPv6 address", scalar.text);
            let help = match scalar.text.split_once('/') {
                Some((address, _)) => {
                    format!("write `{address}`: the prefix length is a key of its own, `prefix`")
                }
                None => "write it as `2001:db8::11`, without brackets".to_owned(),
            };
            self.refuse(Code::V224, scalar, message, &help);
            return None;
        };
        self.ipv6_address(scalar, address, whose)
    }

    fn ipv6_address(&self, scalar: &Scalar, address: Ipv6Addr, whose: Whose) -> Option<Ipv6Addr> {
        let may_be_local = whose == Whose::Router && address.is_unicast_link_local();
        match net::reserved6(address).filter(|_| !may_be_local) {
            None => Some(address),
            Some(why) => {
                let message = format!("no machine can be given {address}: {why}");
                self.refuse(Code::V225, scalar, message, "write a global or a unique local address");
                None
            }
        }
    }

    /// Parses a mask of a family.
    pub fn mask_for(&self, scalar: &Scalar, family: AddressFamily) -> Option<Mask> {
        match family {
            AddressFamily::V6 => self.prefix6(scalar).map(|bits| Mask { bits, netmask: None }),
            AddressFamily::V4 => self.netmask(scalar).map(Mask::from),
        }
    }

    /// Parses the prefix length of an IPv6 network.
    pub fn prefix6(&self, scalar: &Scalar) -> Option<u8> {
        let text = scalar.text.trim();
        if let Ok(bits @ 1..=128) = text.strip_prefix('/').unwrap_or(text).parse() {
            return Some(bits);
        }
        let message = format!("`{}` is not a prefix length of IPv6", scalar.text);
        self.refuse(Code::V227, scalar, message, "write a number from 1 to 128, mostly `64`");
        None
    }

    /// Parses addresses of either family; one string may hold several.
    pub fn ips(&self, scalars: &[Scalar]) -> Vec<IpAddr> {
        Self::words(scalars).iter().filter_map(|word| self.ip(word, Whose::Router)).collect()
    }
}
