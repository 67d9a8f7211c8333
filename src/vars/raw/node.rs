//! A machine of the file: its values, and the spellings of other dialects.

use super::alias::{agree, dialect, either_of};
use super::channel::RawChannel;
use super::installed::RawInstalled;
use super::network::RawNetwork;
use crate::diag::Span;
use crate::vars::section::{Scalar, Section};

/// A node, or a host of `other`.
#[derive(Debug, Default)]
pub struct RawNode {
    /// `workers[1]`
    pub path: String,
    /// The place of the mapping.
    pub span: Span,
    /// `name`
    pub name: Option<Scalar>,
    /// `fqdn`
    pub fqdn: Option<Scalar>,
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `macaddr`, the first one of a list.
    pub macaddr: Option<Scalar>,
    /// Those that follow it.
    pub more_macs: Vec<Scalar>,
    /// `networkifacename`: names the interface and means a static address.
    pub networkifacename: Option<Scalar>,
    /// `interface`, `gateway` and what else of its network `okdboot.network` says of all.
    pub network: RawNetwork,
    /// `disk` or `install_drive`
    pub disk: Option<Scalar>,
    /// `arch`
    pub arch: Option<Scalar>,
    /// `addressing`
    pub addressing: Option<Scalar>,
    /// `console`
    pub console: Vec<Scalar>,
    /// `kargs`
    pub kargs: Vec<Scalar>,
    /// `installed_console` and what else is about the installed system.
    pub installed: RawInstalled,
    /// `ifname`: names by MAC address.
    pub ifname: Vec<(Scalar, Scalar)>,
    /// `ignition` or `pool`
    pub pool: Option<Scalar>,
    /// Its channel devices, on s390x.
    pub channel: RawChannel,
    /// `mode`
    pub mode: Option<Scalar>,
    /// `bmc`
    pub bmc: Option<Scalar>,
}

impl RawNode {
    /// Returns the place that stands for the whole node: its name, if it has one.
    pub fn head(&self) -> Span {
        self.name.as_ref().map_or(self.span, |name| name.span)
    }

    pub(super) fn read(mut section: Section) -> Self {
        let mut macs = section.scalars("macaddr").into_iter();
        let node = Self {
            path: section.path().to_owned(),
            span: section.span(),
            name: section.scalar("name"),
            fqdn: section.scalar("fqdn"),
            ipaddr: section.scalar("ipaddr"),
            macaddr: macs.next(),
            more_macs: macs.collect(),
            networkifacename: dialect(
                &mut section,
                "networkifacename",
                "the node's interface, with a static address as in helpernode",
            ),
            network: RawNetwork::read(&mut section, |section| {
                dialect(section, "interface", "the node's interface, which helpernode does not know")
            }),
            disk: read_disk(&mut section),
            arch: section.scalar("arch"),
            addressing: section.scalar("addressing"),
            console: section.scalars("console"),
            kargs: section.scalars("kargs"),
            installed: RawInstalled::read(&mut section),
            ifname: section.free("ifname"),
            pool: either_of(&mut section, "ignition", "pool"),
            channel: RawChannel::read(&mut section),
            mode: section.scalar("mode"),
            bmc: section.scalar("bmc"),
        };
        section.understood("bond", "the node's bond, which helpernode does not know");
        section.finish();
        node
    }
}

fn read_disk(section: &mut Section) -> Option<Scalar> {
    let alias = dialect(section, "install_drive", "the node's `disk`");
    let disk = dialect(section, "disk", "the node's own disk; helpernode has one for all nodes");
    agree(section, disk, alias)
}
