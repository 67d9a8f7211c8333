//! PXELINUX, and petitboot, which reads the same files.

use super::FileKind;
use super::loader::{Loader, LoaderError, Machine, Start};
use super::make::Make;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactName;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::model::settings::Transport;
use crate::plan::PlannedFile;
use crate::plan::layout::{self, asset_url};
use crate::template::TemplateError;
use crate::text::List;

/// A node's file.
const NODE: &str = "pxelinux/node.j2";
/// The file of a node that boots from its disk.
const LOCAL: &str = "pxelinux/local.j2";

/// A file an interface.
#[derive(Debug)]
pub(super) struct Pxelinux;

impl Make for Pxelinux {
    fn loader(&self) -> Option<&dyn Loader> {
        Some(self)
    }
}

impl Loader for Pxelinux {
    fn boots(&self, cluster: &Cluster, node: &Node) -> bool {
        is_in_use(cluster, node.arch) && !is_beyond(cluster, node)
    }

    fn is_over_tftp(&self, cluster: &Cluster, arch: Arch) -> bool {
        is_in_use(cluster, arch) && cluster.settings.pxelinux == Transport::Tftp
    }

    fn length(&self, start: &Start) -> usize {
        let source = |name| source(start.machine.cluster, name);
        let (kernel, initramfs) = (source(&start.boot.kernel.name), source(&start.boot.initramfs.name));
        start.length_behind(&format!("BOOT_IMAGE={kernel} initrd={initramfs} "))
    }

    fn of_interface(&self, start: &Start, mac: MacAddr) -> Result<Vec<PlannedFile>, LoaderError> {
        let source = |name: &ArtifactName| source(start.machine.cluster, name);
        let context = start.context(mac, source, start.line.to_string());
        Ok(vec![start.file((FileKind::Pxelinux, NODE), layout::pxelinux(mac), &context)?])
    }

    /// petitboot has no such way: it lists the disk's own entries and boots them by itself once no file of
    /// its MAC address offers anything, so that file is not planned.
    fn of_disk(&self, machine: &Machine, mac: MacAddr) -> Result<Vec<PlannedFile>, TemplateError> {
        if machine.node.arch == Arch::Ppc64le {
            return Ok(Vec::new());
        }
        let paths = vec![layout::pxelinux(mac)];
        machine.disk_files((FileKind::Pxelinux, LOCAL), mac, paths)
    }

    fn beyond(&self, cluster: &Cluster) -> Option<Diagnostic> {
        let is_in_use = cluster.settings.in_use.has(BootLoader::Pxelinux);
        let is_beyond = |node: &&Node| is_in_use && node.mac.is_some() && is_beyond(cluster, node);
        let names: Vec<_> = cluster.nodes.iter().filter(is_beyond).map(|node| &node.name).collect();
        if names.is_empty() {
            return None;
        }
        let message = format!(
            "PXELINUX speaks IPv4 only: no file of it is written for {} of `{}`",
            List::and(&names),
            cluster.id
        );
        let help = "boot them by iPXE or GRUB from UEFI, whose files are written";
        Some(Diagnostic::new(Code::R017, message).help(help))
    }
}

fn is_in_use(cluster: &Cluster, arch: Arch) -> bool {
    arch.boots_pxelinux() && cluster.settings.in_use.has(BootLoader::Pxelinux)
}

/// PXELINUX speaks IPv4 only, with DHCP, TFTP and HTTP alike. petitboot is a Linux with both.
fn is_beyond(cluster: &Cluster, node: &Node) -> bool {
    let only_ipv6 = node.network.links.first().is_some_and(|link| link.ipv4.is_none());
    let over_ipv6 = cluster.settings.pxelinux == Transport::Http && cluster.settings.url.is_ipv6();
    node.arch == Arch::X86_64 && (only_ipv6 || over_ipv6)
}

fn source(cluster: &Cluster, name: &ArtifactName) -> String {
    match cluster.settings.pxelinux {
        Transport::Http => asset_url(cluster, name),
        Transport::Tftp => name.to_string(),
    }
}
