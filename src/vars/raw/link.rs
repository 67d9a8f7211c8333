//! What carries addresses, and what stands beneath it: the keys that a node, an entry of its
//! `interfaces` and `okdboot.network` share.

use super::alias::either_of;
use crate::diag::Span;
use crate::vars::section::{Scalar, Section};

/// `mtu`, `ipv6`, `bond`, `team`, `vlan`, `bridge`
#[derive(Debug, Default)]
pub struct RawStack {
    /// `mtu`
    pub mtu: Option<Scalar>,
    /// `ipv6`
    pub ipv6: Option<RawIpv6>,
    /// `bond`
    pub bond: Option<RawBond>,
    /// `team`
    pub team: Option<RawPorts>,
    /// `vlan`
    pub vlan: Option<RawVlan>,
    /// `bridge`
    pub bridge: Option<RawPorts>,
}

/// `ipv6`: what is set beside an IPv4 address.
#[derive(Debug)]
pub struct RawIpv6 {
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `prefix`
    pub prefix: Option<Scalar>,
    /// `gateway`
    pub gateway: Option<Scalar>,
    /// `addressing`
    pub addressing: Option<Scalar>,
}

/// `bond`
#[derive(Debug)]
pub struct RawBond {
    /// `workers[1].bond`
    pub path: String,
    /// The place of the mapping.
    pub span: Span,
    /// `name`
    pub name: Option<Scalar>,
    /// `int1`, `int2`, or the entries of `ports`.
    pub ports: Vec<Scalar>,
    /// `mode`
    pub mode: Option<Scalar>,
    /// `mtu`
    pub mtu: Option<Scalar>,
}

/// `team` or `bridge`
#[derive(Debug)]
pub struct RawPorts {
    /// `workers[1].bridge`
    pub path: String,
    /// The place of the mapping.
    pub span: Span,
    /// `name`
    pub name: Option<Scalar>,
    /// `ports`
    pub ports: Vec<Scalar>,
}

/// `vlan`: the id alone, or a mapping.
#[derive(Debug)]
pub struct RawVlan {
    /// `workers[1].vlan`
    pub path: String,
    /// `id`
    pub id: Option<Scalar>,
    /// `name`
    pub name: Option<Scalar>,
}

/// An entry of `interfaces`.
#[derive(Debug)]
pub struct RawInterface {
    /// `workers[1].interfaces[0]`
    pub path: String,
    /// The place of the mapping.
    pub span: Span,
    /// `interface`, or `name`
    pub interface: Option<Scalar>,
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `netmask` or `prefix`
    pub netmask: Option<Scalar>,
    /// `gateway`
    pub gateway: Option<Scalar>,
    /// `addressing`
    pub addressing: Option<Scalar>,
    /// What stands beneath it.
    pub stack: RawStack,
}

/// An entry of `routes`.
#[derive(Debug)]
pub struct RawRoute {
    /// `workers[1].routes[0]`
    pub path: String,
    /// The place of the mapping.
    pub span: Span,
    /// `to`
    pub to: Option<Scalar>,
    /// `via`
    pub via: Option<Scalar>,
    /// `interface`
    pub interface: Option<Scalar>,
}

impl RawStack {
    pub(super) fn read(section: &mut Section) -> Self {
        Self {
            mtu: section.scalar("mtu"),
            ipv6: section.map("ipv6").map(RawIpv6::read),
            bond: section.map("bond").map(RawBond::read),
            team: section.map("team").map(RawPorts::read),
            vlan: RawVlan::read(section),
            bridge: section.map("bridge").map(RawPorts::read),
        }
    }
}

impl RawIpv6 {
    fn read(mut section: Section) -> Self {
        let ipv6 = Self {
            ipaddr: section.scalar("ipaddr"),
            prefix: section.scalar("prefix"),
            gateway: section.scalar("gateway"),
            addressing: section.scalar("addressing"),
        };
        section.finish();
        ipv6
    }
}

impl RawBond {
    fn read(mut section: Section) -> Self {
        let mut ports = section.scalars("ports");
        ports.extend(section.scalar("int1"));
        ports.extend(section.scalar("int2"));
        let bond = Self {
            path: section.path().to_owned(),
            span: section.span(),
            name: section.scalar("name"),
            ports,
            mode: section.scalar("mode"),
            mtu: section.scalar("mtu"),
        };
        section.finish();
        bond
    }
}

impl RawPorts {
    fn read(mut section: Section) -> Self {
        let ports = Self {
            path: section.path().to_owned(),
            span: section.span(),
            name: section.scalar("name"),
            ports: section.scalars("ports"),
        };
        section.finish();
        ports
    }
}

impl RawVlan {
    fn read(section: &mut Section) -> Option<Self> {
        if !section.is_map("vlan") {
            let id = section.scalar("vlan")?;
            return Some(Self { path: id.path.clone(), id: Some(id), name: None });
        }
        let mut section = section.map("vlan")?;
        let path = section.path().to_owned();
        let vlan = Self { path, id: section.scalar("id"), name: section.scalar("name") };
        section.finish();
        Some(vlan)
    }
}

impl RawInterface {
    fn read(mut section: Section) -> Self {
        let interface = Self {
            path: section.path().to_owned(),
            span: section.span(),
            interface: either_of(&mut section, "interface", "name"),
            ipaddr: section.scalar("ipaddr"),
            netmask: either_of(&mut section, "netmask", "prefix"),
            gateway: section.scalar("gateway"),
            addressing: section.scalar("addressing"),
            stack: RawStack::read(&mut section),
        };
        section.finish();
        interface
    }
}

impl RawRoute {
    fn read(mut section: Section) -> Self {
        let route = Self {
            path: section.path().to_owned(),
            span: section.span(),
            to: section.scalar("to"),
            via: section.scalar("via"),
            interface: section.scalar("interface"),
        };
        section.finish();
        route
    }
}

/// Reads `interfaces`; absent where the key is, so that an empty list can stand against the cluster's.
pub(super) fn interfaces(section: &mut Section) -> Option<Vec<RawInterface>> {
    Some(section.maps("interfaces")?.into_iter().map(RawInterface::read).collect())
}

/// Reads `routes`.
pub(super) fn routes(section: &mut Section) -> Option<Vec<RawRoute>> {
    Some(section.maps("routes")?.into_iter().map(RawRoute::read).collect())
}
