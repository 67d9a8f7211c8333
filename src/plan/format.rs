//! Which formats can boot a node.

use std::collections::BTreeSet;

use super::FileKind;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::settings::Transport;
use crate::text::List;

/// Returns the formats that can boot a node.
pub(super) fn of(cluster: &Cluster, node: &Node) -> Vec<FileKind> {
    let mut kinds = Vec::new();
    if node.arch.boots_pxelinux() && !beyond_pxelinux(cluster, node) {
        kinds.push(FileKind::Pxelinux);
    }
    if node.arch.boots_ipxe() {
        kinds.extend([FileKind::Ipxe, FileKind::Matchbox]);
    }
    if node.arch.boots_grub() {
        kinds.push(FileKind::Grub);
    }
    if node.arch.boots_parm() {
        kinds.push(FileKind::Parm);
    }
    kinds
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
    let nodes = cluster.nodes.iter().filter(|node| node.mac.is_some() && beyond_pxelinux(cluster, node));
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
