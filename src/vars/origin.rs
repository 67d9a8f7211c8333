//! Where the effective values of a node come from: the keys that can say a value, the strongest first.
//!
//! `check` decides by the same order; tests/it/origin.rs sets every key of a list at once and takes them
//! away one by one, so that the two cannot drift apart.

use super::Checked;
use crate::diag::Place;
use crate::model::node::{Node, Role};

/// A value that a node has, given or by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Its short name.
    Name,
    /// Its address.
    Address,
    /// Its MAC address.
    Mac,
    /// Its architecture.
    Arch,
    /// Its install disk.
    Disk,
    /// What it does when it boots from the network.
    Mode,
    /// Whether its address is static.
    Addressing,
    /// The gateway of a static address.
    Gateway,
    /// The netmask of a static address.
    Netmask,
    /// The name servers of a static address.
    NameServers,
    /// The interface that `ip=` names.
    Interface,
    /// Its MTU.
    Mtu,
    /// Its IPv6 beside IPv4.
    Ipv6,
    /// Its bond.
    Bond,
    /// Its team.
    Team,
    /// The tagged network that its address is in.
    Vlan,
    /// Its bridge.
    Bridge,
    /// Its further interfaces.
    Interfaces,
    /// Its static routes.
    Routes,
    /// Names of its NICs by MAC address.
    Ifname,
    /// Its consoles.
    Console,
    /// Its further kernel arguments.
    Kargs,
    /// Its network devices, on s390x.
    Znet,
    /// Its DASDs.
    Dasd,
    /// Its FCP devices.
    Zfcp,
    /// Whether LUNs are attached that nobody named.
    LunScan,
    /// Whether it starts only what is signed.
    SecureIpl,
    /// The consoles of its installed system.
    InstalledConsole,
    /// Kernel arguments that are added to its installed system.
    InstalledKargs,
    /// Kernel arguments that are taken from its installed system.
    InstalledKargsDelete,
    /// Whether its disk is a multipath device.
    Multipath,
    /// Labels of the partitions that stay.
    SavePartlabel,
    /// Numbers of the partitions that stay.
    SavePartindex,
    /// Scripts before the installation.
    PreInstall,
    /// Scripts after it.
    PostInstall,
    /// Its whole name, outside the cluster's domain.
    Fqdn,
    /// The Ignition file that it takes instead of its role's.
    Ignition,
    /// What it fetches from.
    Url,
    /// What it fetches Ignition files from.
    IgnitionBase,
    /// Where its Ignition URL points.
    IgnitionUrl,
    /// How PXELINUX loads kernel and initramfs.
    Pxelinux,
    /// How GRUB loads them.
    Grub,
    /// Where the images come from.
    Stream,
}

impl Value {
    /// Returns the word for it, as vars.yaml has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "ipaddr",
            Self::Mac => "macaddr",
            Self::Arch => "arch",
            Self::Disk => "disk",
            Self::Mode => "mode",
            Self::Addressing => "addressing",
            Self::Gateway => "gateway",
            Self::Netmask => "netmask",
            Self::NameServers => "nameservers",
            Self::Interface => "interface",
            Self::Mtu => "mtu",
            Self::Ipv6 => "ipv6",
            Self::Bond => "bond",
            Self::Team => "team",
            Self::Vlan => "vlan",
            Self::Bridge => "bridge",
            Self::Interfaces => "interfaces",
            Self::Routes => "routes",
            Self::Ifname => "ifname",
            Self::Console => "console",
            Self::Kargs => "kargs",
            Self::Znet => "znet",
            Self::Dasd => "dasd",
            Self::Zfcp => "zfcp",
            Self::LunScan => "allow_lun_scan",
            Self::SecureIpl => "secure_ipl",
            Self::InstalledConsole => "installed_console",
            Self::InstalledKargs => "installed_kargs",
            Self::InstalledKargsDelete => "installed_kargs_delete",
            Self::Multipath => "multipath",
            Self::SavePartlabel => "save_partlabel",
            Self::SavePartindex => "save_partindex",
            Self::PreInstall => "pre_install",
            Self::PostInstall => "post_install",
            Self::Fqdn => "fqdn",
            Self::Ignition => "ignition",
            Self::Url => "url",
            Self::IgnitionBase => "ignition_base",
            Self::IgnitionUrl => "ignition_url",
            Self::Pxelinux => "pxelinux",
            Self::Grub => "grub",
            Self::Stream => "stream",
        }
    }

    /// The keys that can say it, the strongest first. A `.` in front stands for the node's own mapping.
    fn keys(self, node: &Node) -> &'static [&'static str] {
        match self {
            Self::Gateway if node.address.is_ipv6() => {
                &[".gateway", "okdboot.network.ipv6.gateway", "okdboot.network.gateway"]
            }
            Self::Netmask if node.address.is_ipv6() => &[
                ".netmask",
                ".prefix",
                "okdboot.network.ipv6.prefix",
                "okdboot.network.netmask",
                "okdboot.network.prefix",
            ],
            Self::Name => &[".name"],
            Self::Address => &[".ipaddr"],
            Self::Mac => &[".macaddr"],
            Self::Arch => &[".arch", "okdboot.arch", "arch", "ppc64le"],
            Self::Disk if node.role == Role::Worker => &[".disk", ".install_drive", "workers_disk", "disk"],
            Self::Disk => &[".disk", ".install_drive", "masters_disk", "disk"],
            Self::Mode => &[".mode", "okdboot.mode"],
            Self::Addressing => {
                &[".addressing", ".networkifacename", "okdboot.addressing", "staticips", "disabledServices"]
            }
            Self::Gateway => &[".gateway", "okdboot.network.gateway", "helper.gateway", "dhcp.router"],
            Self::Netmask => &[
                ".netmask",
                ".prefix",
                "okdboot.network.netmask",
                "okdboot.network.prefix",
                "helper.netmask",
                "dhcp.netmask",
            ],
            Self::NameServers => {
                &[".nameservers", "okdboot.network.nameservers", "dhcp.dns", "helper.ipaddr"]
            }
            Self::Interface => &[".networkifacename", ".interface", "okdboot.network.interface"],
            Self::Mtu => &[".mtu", "okdboot.network.mtu"],
            Self::Ipv6 => &[".ipv6", "okdboot.network.ipv6"],
            Self::Bond => &[".bond", "okdboot.network.bond"],
            Self::Team => &[".team", "okdboot.network.team"],
            Self::Vlan => &[".vlan", "okdboot.network.vlan"],
            Self::Bridge => &[".bridge", "okdboot.network.bridge"],
            Self::Interfaces => &[".interfaces", "okdboot.network.interfaces"],
            Self::Routes => &[".routes", "okdboot.network.routes"],
            Self::Ifname => &[".ifname"],
            Self::Console => &["okdboot.console", ".console"],
            Self::Kargs => &["okdboot.kargs", ".kargs"],
            Self::Znet => &[".znet"],
            Self::Dasd => &[".dasd"],
            Self::Zfcp => &[".zfcp"],
            Self::LunScan => &[".allow_lun_scan"],
            Self::SecureIpl => &[".secure_ipl"],
            Self::InstalledConsole => &["okdboot.installed_console", ".installed_console"],
            Self::InstalledKargs => &["okdboot.installed_kargs", ".installed_kargs"],
            Self::InstalledKargsDelete => &["okdboot.installed_kargs_delete", ".installed_kargs_delete"],
            Self::Multipath => &[".multipath", "okdboot.multipath"],
            Self::SavePartlabel => &["okdboot.save_partlabel", ".save_partlabel"],
            Self::SavePartindex => &["okdboot.save_partindex", ".save_partindex"],
            Self::PreInstall => &["okdboot.pre_install", ".pre_install"],
            Self::PostInstall => &["okdboot.post_install", ".post_install"],
            Self::Fqdn => &[".fqdn"],
            Self::Ignition => &[".ignition", ".pool"],
            Self::Url => &["okdboot.url", "helper.ipaddr"],
            Self::IgnitionBase => &["okdboot.ignition_base", "okdboot.url", "helper.ipaddr"],
            Self::IgnitionUrl => &["okdboot.ignition_url"],
            Self::Pxelinux => &["okdboot.pxelinux"],
            Self::Grub => &["okdboot.grub"],
            Self::Stream => &["okdboot.stream"],
        }
    }

    /// Whether every key adds to it, instead of the first one being all of it.
    fn adds_up(self) -> bool {
        matches!(
            self,
            Self::Console
                | Self::Kargs
                | Self::InstalledConsole
                | Self::InstalledKargs
                | Self::InstalledKargsDelete
                | Self::SavePartlabel
                | Self::SavePartindex
                | Self::PreInstall
                | Self::PostInstall
        )
    }
}

/// A key of the file that says a value.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The key with the way to it: `workers[1].disk`.
    pub key: String,
    /// Where its value stands.
    pub place: Place,
}

impl Checked {
    /// Returns what in the file says a value of a node; nothing where it is okdboot's default.
    pub fn origins(&self, node: &Node, value: Value) -> Vec<Origin> {
        let mut origins = Vec::new();
        for key in value.keys(node) {
            let path = match key.strip_prefix('.') {
                Some(own) => format!("{}.{own}", node.key),
                None => (*key).to_owned(),
            };
            origins.extend(self.origin(&path));
            if !origins.is_empty() && !value.adds_up() {
                break;
            }
        }
        origins
    }

    /// The place of a key, or that of the first item of its list.
    fn origin(&self, path: &str) -> Option<Origin> {
        let first = format!("{path}[0]");
        let place = self.place(path).or_else(|| self.place(&first))?;
        Some(Origin { key: path.to_owned(), place })
    }
}
