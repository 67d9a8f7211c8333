//! Where the effective values of a node come from: the keys that can say a value, the strongest first.
//!
//! `check` decides by the same order; tests/it/origin.rs sets every key of a list at once and takes them
//! away one by one, so that the two cannot drift apart.

use super::Checked;
use crate::diag::Place;
use crate::model::node::Node;
use crate::model::role::Role;
use crate::text::words;

words! {
    /// A value that a node has, given or by default.
    Value {
        /// Its short name.
        Name = "name",
        /// Its address.
        Address = "ipaddr",
        /// Its MAC address.
        Mac = "macaddr",
        /// Its architecture.
        Arch = "arch",
        /// Its install disk.
        Disk = "disk",
        /// What it does when it boots from the network.
        Mode = "mode",
        /// Whether its address is static.
        Addressing = "addressing",
        /// The gateway of a static address.
        Gateway = "gateway",
        /// The netmask of a static address.
        Netmask = "netmask",
        /// The name servers of a static address.
        NameServers = "nameservers",
        /// The interface that `ip=` names.
        Interface = "interface",
        /// Its MTU.
        Mtu = "mtu",
        /// Its IPv6 beside IPv4.
        Ipv6 = "ipv6",
        /// Its bond.
        Bond = "bond",
        /// Its team.
        Team = "team",
        /// The tagged network that its address is in.
        Vlan = "vlan",
        /// Its bridge.
        Bridge = "bridge",
        /// Its further interfaces.
        Interfaces = "interfaces",
        /// Its static routes.
        Routes = "routes",
        /// Names of its NICs by MAC address.
        Ifname = "ifname",
        /// Its consoles.
        Console = "console",
        /// Its further kernel arguments.
        Kargs = "kargs",
        /// Its network devices, on s390x.
        Znet = "znet",
        /// Its DASDs.
        Dasd = "dasd",
        /// Its FCP devices.
        Zfcp = "zfcp",
        /// Whether LUNs are attached that nobody named.
        LunScan = "allow_lun_scan",
        /// Whether it starts only what is signed.
        SecureIpl = "secure_ipl",
        /// The consoles of its installed system.
        InstalledConsole = "installed_console",
        /// Kernel arguments that are added to its installed system.
        InstalledKargs = "installed_kargs",
        /// Kernel arguments that are taken from its installed system.
        InstalledKargsDelete = "installed_kargs_delete",
        /// Whether its disk is a multipath device.
        Multipath = "multipath",
        /// Labels of the partitions that stay.
        SavePartlabel = "save_partlabel",
        /// Numbers of the partitions that stay.
        SavePartindex = "save_partindex",
        /// Scripts before the installation.
        PreInstall = "pre_install",
        /// Scripts after it.
        PostInstall = "post_install",
        /// Its whole name, outside the cluster's domain.
        Fqdn = "fqdn",
        /// The Ignition file that it takes instead of its role's.
        Ignition = "ignition",
        /// What it fetches from.
        Url = "url",
        /// What it fetches Ignition files from.
        IgnitionBase = "ignition_base",
        /// Where its Ignition URL points.
        IgnitionUrl = "ignition_url",
        /// How PXELINUX loads kernel and initramfs.
        Pxelinux = "pxelinux",
        /// How GRUB loads them.
        Grub = "grub",
        /// Where the images come from.
        Stream = "stream",
    }
}

impl Value {
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
