//! Addresses and masks of either family.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::super::section::Scalar;
use super::value::Values;
use crate::diag::Code;
use crate::model::net::{self, Netmask};

/// What a mask says: its bits, and the netmask where IPv4 has it.
#[derive(Clone, Copy)]
pub struct Mask {
    pub bits: u8,
    pub netmask: Option<Netmask>,
}

/// Whether an address of a machine is parsed, or one of a router, which may be link-local.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Machine,
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

    /// Parses a gateway for an address of a family.
    pub fn gateway_for(&self, scalar: &Scalar, address: Option<IpAddr>) -> Option<IpAddr> {
        let gateway = self.ip(scalar, Whose::Router)?;
        let Some(address) = address.filter(|address| address.is_ipv4() != gateway.is_ipv4()) else {
            return Some(gateway);
        };
        let message = format!("the gateway {gateway} cannot serve {address}, which is of the other family");
        let help = if address.is_ipv4() {
            "write an IPv4 address here, and this one as `gateway` under `ipv6`"
        } else {
            "write an IPv6 address: a node whose `ipaddr` is IPv6 has no IPv4"
        };
        self.refuse(Code::V226, scalar, message, help);
        None
    }

    /// Parses a mask for an address of a family.
    pub fn mask_for(&self, scalar: &Scalar, address: Option<IpAddr>) -> Option<Mask> {
        if address.is_some_and(|address| address.is_ipv6()) {
            return self.prefix6(scalar).map(|bits| Mask { bits, netmask: None });
        }
        self.netmask(scalar).map(|netmask| Mask { bits: netmask.prefix(), netmask: Some(netmask) })
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

/// Says whether a host can have an address: inside, and neither the network's own nor broadcast.
pub fn is_host(net: IpNet, address: IpAddr) -> bool {
    let broadcast = net.addr().is_ipv4() && address == net.broadcast();
    let own = address == net.network() || broadcast;
    net.contains(&address) && (net.max_prefix_len() - net.prefix_len() <= 1 || !own)
}

/// Names the first and the last host of a network.
pub fn hosts(net: IpNet) -> String {
    let net = net.trunc();
    let hosts = match net {
        IpNet::V4(net) => {
            let edge = u32::from(net.prefix_len() < 31);
            let first = Ipv4Addr::from_bits(net.network().to_bits() + edge);
            (first.into(), Ipv4Addr::from_bits(net.broadcast().to_bits() - edge).into())
        }
        IpNet::V6(net) => {
            let edge = u128::from(net.prefix_len() < 127);
            let first = Ipv6Addr::from_bits(net.network().to_bits() + edge);
            (IpAddr::from(first), IpAddr::from(net.broadcast()))
        }
    };
    if hosts.0 == hosts.1 { format!("{} alone", hosts.0) } else { format!("{} to {}", hosts.0, hosts.1) }
}
