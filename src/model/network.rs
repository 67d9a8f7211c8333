//! The network of a node, as the initramfs is told of it.
//!
//! A link is what carries addresses: a NIC, or the topmost of the devices that stand on NICs. What is
//! here is what a person asked for; `plan` writes it in the order that the initramfs needs.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

use super::bond::Bond;
use super::device::{Bridge, Team, Vlan};
use super::mac::MacAddr;
use super::mtu::Mtu;
use super::net::{InterfaceName, Netmask};

/// Everything that a node's live system and first boot know of the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The first is the one that the node is known by.
    pub links: Vec<Link>,
    /// Tagged networks, a parent before what stands on it.
    pub vlans: Vec<Vlan>,
    /// Bonds.
    pub bonds: Vec<Bond>,
    /// Teams.
    pub teams: Vec<Team>,
    /// Bridges.
    pub bridges: Vec<Bridge>,
    /// Static routes.
    pub routes: Vec<Route>,
    /// Name servers; empty where a DHCP server names them.
    pub name_servers: Vec<IpAddr>,
    /// Names given to NICs by their MAC addresses.
    pub names: Vec<NicName>,
}

/// An interface with what it is to carry; with neither, it is switched off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Its name; absent for the one NIC of a node that nobody named.
    pub interface: Option<InterfaceName>,
    /// Its IPv4.
    pub ipv4: Option<Ipv4>,
    /// Its IPv6. A link with DHCP for IPv4 has IPv6 by itself, whatever stands here.
    pub ipv6: Option<Ipv6>,
    /// Its MTU.
    pub mtu: Option<Mtu>,
}

/// Where an IPv4 address comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ipv4 {
    /// From a DHCP server.
    Dhcp,
    /// From the kernel command line.
    Static(Static4),
}

/// An address with what `ip=` needs beside it. A part may be missing; whatever has to write the
/// argument refuses then and names the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Static4 {
    /// The address.
    pub address: Ipv4Addr,
    /// The netmask.
    pub netmask: Option<Netmask>,
    /// The default gateway.
    pub gateway: Option<Ipv4Addr>,
}

/// Where an IPv6 address comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ipv6 {
    /// From router advertisements.
    Auto,
    /// From a DHCP server of IPv6.
    Dhcp,
    /// From the kernel command line.
    Static(Static6),
}

/// An IPv6 address with its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Static6 {
    /// The address.
    pub address: Ipv6Addr,
    /// The number of network bits.
    pub prefix: u8,
    /// The default gateway, often link-local.
    pub gateway: Option<Ipv6Addr>,
}

impl Link {
    /// Says whether the link is switched off.
    pub fn is_off(&self) -> bool {
        self.ipv4.is_none() && self.ipv6.is_none()
    }

    /// Says whether the kernel command line gives the link an address.
    pub fn is_static(&self) -> bool {
        matches!(self.ipv4, Some(Ipv4::Static(_))) || matches!(self.ipv6, Some(Ipv6::Static(_)))
    }
}

impl Network {
    /// Says whether the kernel command line gives any interface an address.
    pub fn is_static(&self) -> bool {
        self.links.iter().any(Link::is_static)
    }

    /// Says whether there is anything to be told that DHCP on the first NIC would not find by itself.
    pub fn is_more_than_dhcp(&self) -> bool {
        let devices =
            self.vlans.len() + self.bonds.len() + self.teams.len() + self.bridges.len() + self.names.len();
        let plain = |link: &Link| link.ipv4 == Some(Ipv4::Dhcp) && link.ipv6.is_none() && link.mtu.is_none();
        let told = !self.routes.is_empty() || !self.name_servers.is_empty();
        devices > 0 || told || self.links.len() != 1 || !self.links.iter().all(plain)
    }
}

/// A static route, as dracut's `rd.route=` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to.
    pub to: IpNet,
    /// By which router.
    pub via: IpAddr,
    /// From which interface; absent where the node has one, and it is not named.
    pub interface: Option<InterfaceName>,
}

/// An IPv6 network stands in brackets with its prefix length: `nm-initrd-generator` reads
/// `[net]/64` as the route to one host.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            IpNet::V4(to) => write!(f, "{to}")?,
            IpNet::V6(to) => write!(f, "[{to}]")?,
        }
        write!(f, ":{}", Bracketed(self.via))?;
        match &self.interface {
            Some(interface) => write!(f, ":{interface}"),
            None => Ok(()),
        }
    }
}

/// An address as the fields of `ip=` take it: IPv6 in brackets, since colons separate the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracketed(pub IpAddr);

impl fmt::Display for Bracketed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// A name for the NIC with a MAC address, as dracut's `ifname=` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NicName {
    /// The name.
    pub name: InterfaceName,
    /// The NIC.
    pub mac: MacAddr,
}

impl fmt::Display for NicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.mac)
    }
}

/// Not a network that a route can lead to.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RouteNetError {
    /// Neither a network nor an address.
    #[error("`{0}` is not a network such as `10.1.0.0/16`")]
    Malformed(String),
    /// Bits set after the prefix.
    #[error("`{0}` has bits after its prefix: the network is `{1}`")]
    Host(IpNet, IpNet),
    /// Everywhere.
    #[error("`{0}` is the default route")]
    Default(IpNet),
}

/// Parses where a route leads; an address alone is one host.
pub fn parse_route_net(text: &str) -> Result<IpNet, RouteNetError> {
    let net = IpNet::from_str(text).or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let net = net.map_err(|_| RouteNetError::Malformed(text.to_owned()))?;
    match net {
        net if net.prefix_len() == 0 => Err(RouteNetError::Default(net)),
        net if net.trunc() != net => Err(RouteNetError::Host(net, net.trunc())),
        net => Ok(net),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_print_as_the_initramfs_reads_them() {
        let route = |to: &str, via: &str, interface: Option<&str>| {
            let interface = interface.map(|name| name.parse().unwrap());
            Route { to: parse_route_net(to).unwrap(), via: via.parse().unwrap(), interface }.to_string()
        };
        assert_eq!(route("10.1.0.0/16", "10.0.0.254", Some("ens3")), "10.1.0.0/16:10.0.0.254:ens3");
        assert_eq!(route("2001:db8:5::/64", "fe80::1", None), "[2001:db8:5::/64]:[fe80::1]");
        assert_eq!(route("10.1.0.7", "10.0.0.254", None), "10.1.0.7/32:10.0.0.254");
    }

    #[test]
    fn a_route_leads_to_a_network() {
        assert!(matches!(parse_route_net("10.1.0.1/16"), Err(RouteNetError::Host(_, _))));
        assert!(matches!(parse_route_net("0.0.0.0/0"), Err(RouteNetError::Default(_))));
        assert!(matches!(parse_route_net("::/0"), Err(RouteNetError::Default(_))));
        assert!(matches!(parse_route_net("default"), Err(RouteNetError::Malformed(_))));
    }

    #[test]
    fn one_nic_with_dhcp_needs_no_word() {
        let mut network =
            Network { links: vec![Link { ipv4: Some(Ipv4::Dhcp), ..Link::default() }], ..Network::default() };
        assert!(!network.is_more_than_dhcp() && !network.is_static());
        network.links.push(Link::default());
        assert!(network.is_more_than_dhcp() && network.links[1].is_off());
    }
}
