//! Which formats can boot a node.

use std::collections::BTreeSet;

use super::FileKind;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::settings::Transport;
use crate::text::List;

/// Returns the formats that can boot a node.
pub(super) fn of(cluster: &Cluster, node: &Node) -> Vec<FileKind> {
    let (arch, in_use) = (node.arch, &cluster.settings.in_use);
    let by_grub = in_use.has(BootLoader::Grub) || in_use.has(BootLoader::UefiHttp);
    let all = [
        (FileKind::Pxelinux, by_pxelinux(cluster, arch) && !beyond_pxelinux(cluster, node)),
        (FileKind::Ipxe, arch.boots_ipxe() && in_use.has(BootLoader::Ipxe)),
        (FileKind::Matchbox, arch.boots_ipxe() && in_use.has(BootLoader::Matchbox)),
        (FileKind::Grub, arch.boots_grub() && by_grub),
        (FileKind::Parm, arch.boots_parm()),
    ];
    all.into_iter().filter(|(_, boots)| *boots).map(|(kind, _)| kind).collect()
}

/// Returns those of them that are wanted. Terraform is told what matchbox would be.
pub(super) fn wanted(cluster: &Cluster, node: &Node, kinds: &BTreeSet<FileKind>) -> Vec<FileKind> {
    let is_wanted = |kind: &FileKind| {
        kinds.contains(kind) || (*kind == FileKind::Matchbox && kinds.contains(&FileKind::Terraform))
    };
    of(cluster, node).into_iter().filter(is_wanted).collect()
}

fn by_pxelinux(cluster: &Cluster, arch: Arch) -> bool {
    arch.boots_pxelinux() && cluster.settings.in_use.has(BootLoader::Pxelinux)
}

/// Says whether any loader of an architecture takes kernel and initramfs over TFTP.
pub(super) fn over_tftp(cluster: &Cluster, arch: Arch) -> bool {
    let settings = &cluster.settings;
    let by_grub = arch.boots_grub() && settings.in_use.has(BootLoader::Grub);
    (by_grub && settings.grub == Transport::Tftp)
        || (by_pxelinux(cluster, arch) && settings.pxelinux == Transport::Tftp)
}

/// PXELINUX speaks IPv4 only, with DHCP, TFTP and HTTP alike. petitboot, which reads the same files, is a
/// Linux with both.
fn beyond_pxelinux(cluster: &Cluster, node: &Node) -> bool {
    let only_ipv6 = node.network.links.first().is_some_and(|link| link.ipv4.is_none());
    let over_ipv6 = cluster.settings.pxelinux == Transport::Http && cluster.settings.url.is_ipv6();
    node.arch == Arch::X86_64 && (only_ipv6 || over_ipv6)
}

/// Says for which nodes there is no PXELINUX file.
pub(super) fn without_pxelinux(cluster: &Cluster, wanted: &BTreeSet<FileKind>) -> Option<Diagnostic> {
    let is_in_use = cluster.settings.in_use.has(BootLoader::Pxelinux);
    let is_beyond = |node: &&Node| is_in_use && node.mac.is_some() && beyond_pxelinux(cluster, node);
    let nodes = cluster.nodes.iter().filter(is_beyond);
    let names: Vec<_> = nodes.map(|node| &node.name).collect();
    if names.is_empty() || !wanted.contains(&FileKind::Pxelinux) {
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
