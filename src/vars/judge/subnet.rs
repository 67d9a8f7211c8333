//! What the `dhcp` section says of the network.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::model::net::Netmask;

/// What the `dhcp` section says of the network. It is about IPv4 only.
#[derive(Default)]
pub(super) struct Subnet {
    /// `dhcp.ipid` with `dhcp.netmaskid`.
    pub(super) net: Option<Ipv4Net>,
    /// `dhcp.router`
    pub(super) router: Option<Ipv4Addr>,
    /// `dhcp.netmask`
    pub(super) netmask: Option<Netmask>,
    /// `dhcp.dns`
    pub(super) name_servers: Vec<Ipv4Addr>,
    /// `dhcp.poolstart` to `dhcp.poolend`
    pub(super) pool: Option<(Ipv4Addr, Ipv4Addr)>,
}
