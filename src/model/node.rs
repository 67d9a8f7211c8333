//! A machine of the cluster.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::arch::Arch;
use super::boot::KernelArg;
use super::channel::{Channel, DEVICE_ARGS};
use super::console::Console;
use super::disk::InstallDisk;
use super::installed::{Installed, InstalledConsoles};
use super::mac::MacAddr;
use super::name::{Domain, Label};
use super::network::{Ipv4, Ipv6, Link, Network};
use super::pool::Pool;
use super::role::Role;
use super::settings::Mode;
use super::url::BaseUrl;

/// A machine of the cluster, with every default applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Whether it boots the ISO though it has a MAC address: no loader is in use.
    pub is_iso_only: bool,
    /// Short host name.
    pub name: Label,
    /// Its whole name, where that stands outside the cluster's domain.
    pub fqdn: Option<Domain>,
    /// Where its BMC answers Redfish.
    pub bmc: Option<BaseUrl>,
    /// What it is.
    pub role: Role,
    /// Whose Ignition file it takes.
    pub pool: Pool,
    /// What it runs on; picks the artifacts.
    pub arch: Arch,
    /// The interface it boots from; without one it gets no network boot file.
    pub mac: Option<MacAddr>,
    /// Further interfaces that it may boot from instead.
    pub more_macs: Vec<MacAddr>,
    /// The address that it is known by, however it gets it.
    pub address: IpAddr,
    /// What its live system and first boot are told of the network.
    pub network: Network,
    /// What it is installed on.
    pub disk: InstallDisk,
    /// Consoles, the primary one last.
    pub consoles: Vec<Console>,
    /// Further kernel arguments for the live boot.
    pub kargs: Vec<KernelArg>,
    /// What it is told of its channel devices, on s390x.
    pub channel: Channel,
    /// What the installed system has.
    pub installed: Installed,
    /// What it does when it boots from the network, unless it was armed or disarmed since.
    pub mode: Mode,
    /// Where the node stands in vars.yaml: `workers[1]`.
    pub key: String,
    /// The same as `file:line:column`.
    pub place: String,
}

impl Node {
    /// Returns the MAC addresses that it may boot from.
    pub fn boot_macs(&self) -> impl Iterator<Item = MacAddr> {
        self.mac.into_iter().chain(self.more_macs.iter().copied())
    }

    /// Returns every MAC address that vars.yaml knows of it: those it boots from, and those of named
    /// interfaces.
    pub fn macs(&self) -> BTreeSet<MacAddr> {
        self.boot_macs().chain(self.network.names.iter().map(|nic| nic.mac)).collect()
    }

    /// Says whether the node's own address is given on the kernel command line.
    pub fn is_static(&self) -> bool {
        self.network.links.first().is_some_and(Link::is_static)
    }

    /// Returns the consoles of its live boot: its own, or the one that its architecture is documented with.
    pub fn live_consoles(&self) -> Vec<Console> {
        if self.consoles.is_empty() {
            return Console::documented(self.arch).into_iter().collect();
        }
        self.consoles.clone()
    }

    /// Says whether files of its own boot it; any other boots the ISO.
    pub fn boots_by_file(&self) -> bool {
        (self.mac.is_some() && !self.is_iso_only) || self.arch.boots_parm()
    }

    /// Says whether it is a guest of z/VM or a partition, which has to be told of its devices; else a
    /// machine of s390x is a guest of KVM. Arguments that a person wrote count as well.
    pub fn is_on_channel(&self) -> bool {
        let told = |arg: &KernelArg| DEVICE_ARGS.contains(&arg.name());
        self.arch.boots_parm() && (self.channel.has_devices() || self.kargs.iter().any(told))
    }

    /// Returns the consoles of the installed system, where the way of installing carries them.
    pub fn installed_consoles(&self) -> &[Console] {
        match &self.installed.consoles {
            InstalledConsoles::AsLive => &self.consoles,
            InstalledConsoles::Own(consoles) => consoles,
        }
    }

    /// Returns the addresses that are the node's in DNS: the one it is known by, then that of the other
    /// family.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let link = self.network.links.first();
        let ipv4 = link.and_then(|link| link.ipv4.as_ref()).and_then(|ipv4| match ipv4 {
            Ipv4::Static(parts) => Some(IpAddr::from(parts.address)),
            Ipv4::Dhcp => None,
        });
        let ipv6 = link.and_then(|link| link.ipv6.as_ref()).and_then(|ipv6| match ipv6 {
            Ipv6::Static(parts) => Some(IpAddr::from(parts.address)),
            Ipv6::Auto | Ipv6::Dhcp => None,
        });
        let others = ipv4.into_iter().chain(ipv6).filter(|address| *address != self.address);
        std::iter::once(self.address).chain(others).collect()
    }
}
