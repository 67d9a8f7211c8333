//! A machine of the file: its values, and the spellings of other dialects.

use super::alias::{agree, dialect, either_of};
use crate::diag::Span;
use crate::vars::section::{Scalar, Section, Unknown};

/// A node, or a host of `other`.
#[derive(Debug, Default)]
pub struct RawNode {
    /// `workers[1]`
    pub path: String,
    /// The place of the mapping.
    pub span: Span,
    /// `name`
    pub name: Option<Scalar>,
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `macaddr`
    pub macaddr: Option<Scalar>,
    /// `networkifacename`: names the interface and means a static address.
    pub networkifacename: Option<Scalar>,
    /// `interface`: names the interface only.
    pub interface: Option<Scalar>,
    /// `disk` or `install_drive`
    pub disk: Option<Scalar>,
    /// `arch`
    pub arch: Option<Scalar>,
    /// `addressing`
    pub addressing: Option<Scalar>,
    /// `gateway`
    pub gateway: Option<Scalar>,
    /// `netmask` or `prefix`
    pub netmask: Option<Scalar>,
    /// `nameservers`
    pub nameservers: Vec<Scalar>,
    /// `console`
    pub console: Vec<Scalar>,
    /// `kargs`
    pub kargs: Vec<Scalar>,
    /// `bond`
    pub bond: Option<RawBond>,
    /// `mode`
    pub mode: Option<Scalar>,
}

/// `bond` of a node.
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

impl RawNode {
    /// Returns the place that stands for the whole node: its name, if it has one.
    pub fn head(&self) -> Span {
        self.name.as_ref().map_or(self.span, |name| name.span)
    }

    pub(super) fn read(mut section: Section) -> Self {
        let node = Self {
            path: section.path().to_owned(),
            span: section.span(),
            name: section.scalar("name"),
            ipaddr: section.scalar("ipaddr"),
            macaddr: section.scalar("macaddr"),
            networkifacename: dialect(
                &mut section,
                "networkifacename",
                "the node's interface, with a static address as in helpernode",
            ),
            interface: dialect(
                &mut section,
                "interface",
                "the node's interface, which helpernode does not know",
            ),
            disk: read_disk(&mut section),
            arch: section.scalar("arch"),
            addressing: section.scalar("addressing"),
            gateway: section.scalar("gateway"),
            netmask: either_of(&mut section, "netmask", "prefix"),
            nameservers: section.scalars("nameservers"),
            console: section.scalars("console"),
            kargs: section.scalars("kargs"),
            bond: read_bond(&mut section),
            mode: section.scalar("mode"),
        };
        section.finish(Unknown::Warn);
        node
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
        section.finish(Unknown::Warn);
        bond
    }
}

fn read_disk(section: &mut Section) -> Option<Scalar> {
    let alias = dialect(section, "install_drive", "the node's `disk`");
    let disk = dialect(section, "disk", "the node's own disk; helpernode has one for all nodes");
    agree(section, disk, alias)
}

fn read_bond(section: &mut Section) -> Option<RawBond> {
    let bond = section.map("bond")?;
    section.understood("bond", "the node's bond, which helpernode does not know");
    Some(RawBond::read(bond))
}
