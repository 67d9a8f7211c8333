//! Network arguments that the installer of an image would lose. Where a file tells it what to install, it
//! forgets those of the live boot (coreos-installer#1689), and the machine comes up without its address.
//! As arguments of the installed system they stay with every image; that the first boot may have them twice
//! changes nothing (nm-initrd-generator reads the same line again).

use super::{Refusal, network};
use crate::diag::{Code, Diagnostic};
use crate::lock::LockedCluster;
use crate::model::boot::KernelArg;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::text::List;

/// Arguments that coreos-installer's service hands to the first boot (`scripts/coreos-installer-service`,
/// `PERSIST_KERNEL_NET_PARAMS` and `PERSIST_DRACUT_NET_PARAMS`).
const HANDED_ON: [&str; 19] = [
    "ipv6.disable",
    "net.ifnames",
    "net.naming-scheme",
    "ip",
    "ifname",
    "rd.route",
    "bootdev",
    "BOOTIF",
    "rd.bootif",
    "nameserver",
    "rd.peerdns",
    "biosdevname",
    "vlan",
    "bond",
    "team",
    "bridge",
    "rd.net.timeout.carrier",
    "coreos.no_persist_ip",
    "coreos.force_persist_ip",
];

/// Returns the arguments that the installed system of a node has to keep: none where its image hands them
/// on, where DHCP is all there is to say, or where a person has given some.
pub(super) fn args(
    cluster: &Cluster,
    node: &Node,
    locked: Option<&LockedCluster>,
) -> Result<Vec<String>, Refusal> {
    let release = locked.and_then(|locked| locked.release(node.arch));
    let is_given = |arg: &KernelArg| arg.name() == "ip";
    if release.is_some_and(|release| release.passes_network()) || node.installed.append.iter().any(is_given) {
        return Ok(Vec::new());
    }
    let own = node.kargs.iter().filter(|arg| HANDED_ON.contains(&arg.name())).map(ToString::to_string);
    let mut all = network::args(cluster, node)?;
    all.extend(own);
    let is_default = |arg: &String| arg == "rd.neednet=1" || is_dhcp(arg);
    Ok(if all.iter().all(is_default) { Vec::new() } else { all })
}

/// `ip=dhcp`, `ip=ens3:dhcp` and the same for both families: what the image does of itself.
fn is_dhcp(arg: &str) -> bool {
    let Some(rest) = arg.strip_prefix("ip=") else { return false };
    matches!(rest.rsplit_once(':').map_or(rest, |(_, method)| method), "dhcp" | "dhcp,dhcp6")
}

/// Says whose installed systems keep arguments that vars.yaml has for the live boot.
pub fn notice<'a>(
    cluster: &Cluster,
    locked: Option<&LockedCluster>,
    nodes: impl IntoIterator<Item = &'a Node>,
) -> Option<Diagnostic> {
    let keeps = |node: &&Node| args(cluster, node, locked).is_ok_and(|args| !args.is_empty());
    let names: Vec<&Label> = nodes.into_iter().filter(keeps).map(|node| &node.name).collect();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "the network arguments of {} stay in their installed systems: the installer of this image may lose those of the live boot",
        List::and(&names)
    );
    let help = "RHCOS from 9.6.20260112-0 and 416.94.202601221345-0 on hands them to the first boot alone; so does every image with `okdboot.ignition_pin: none` or `pointer`";
    Some(Diagnostic::new(Code::R034, message).help(help))
}
