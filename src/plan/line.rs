//! The kernel command line of a node: one, the same in every format.
//!
//! Order as documented: network, then `coreos.live.rootfs_url`, `coreos.inst.install_dev`,
//! `coreos.inst.ignition_url`, then consoles and what a person added.

use super::{network, parm};
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::boot::{CommandLine, KernelArg, KernelArgError};
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::settings::Mode;

/// A fault found while writing a line.
pub(super) type Refusal = Box<Diagnostic>;

/// What the live system is to do, with the URL of the Ignition file.
pub(super) enum Goal {
    /// Install to the node's disk.
    Install(String),
    /// Run by the file itself. The first two arguments are what makes Ignition run at all in a network
    /// boot (Fedora CoreOS documentation, "Live-booting via PXE").
    Live(String),
}

impl Goal {
    /// Returns the goal of a node that does not boot from its disk.
    pub(super) fn of(mode: Mode, ignition_url: String) -> Self {
        if mode == Mode::Live { Self::Live(ignition_url) } else { Self::Install(ignition_url) }
    }

    /// Returns what is to be done, and where the Ignition file is.
    fn args(&self, node: &Node) -> (Vec<String>, String) {
        match self {
            Self::Install(url) => (
                vec![format!("coreos.inst.install_dev={}", node.disk)],
                format!("coreos.inst.ignition_url={url}"),
            ),
            Self::Live(url) => (
                vec!["ignition.firstboot".to_owned(), "ignition.platform.id=metal".to_owned()],
                format!("ignition.config.url={url}"),
            ),
        }
    }
}

/// The arguments of a network boot.
pub(super) fn netboot(
    cluster: &Cluster,
    node: &Node,
    rootfs_url: &str,
    goal: &Goal,
) -> Result<CommandLine, Refusal> {
    let rootfs = format!("coreos.live.rootfs_url={rootfs_url}");
    let network = network::args(cluster, node)?;
    if node.arch == Arch::S390x {
        return finish(node, parm::order(node, network, rootfs, goal.args(node)));
    }
    let mut texts = network;
    texts.push(rootfs);
    texts.extend(reach(node, goal));
    finish(node, texts)
}

/// The arguments to type at the boot menu of the ISO, which carries its own rootfs.
pub(super) fn iso(cluster: &Cluster, node: &Node, goal: &Goal) -> Result<CommandLine, Refusal> {
    let mut texts = network::args(cluster, node)?;
    texts.extend(reach(node, goal));
    texts.extend(parm::told(node));
    finish(node, texts)
}

/// The arguments of the live boot of media that carry the installation themselves.
pub(super) fn carried(cluster: &Cluster, node: &Node) -> Result<CommandLine, Refusal> {
    let mut texts = network::args(cluster, node)?;
    texts.extend(consoles(node));
    texts.extend(parm::told(node));
    finish(node, texts)
}

/// The boot line of a network boot whose initramfs carries the installation. Ignition runs in a network
/// boot only with the first two (coreos-installer documentation, "Customizing PXE").
pub(super) fn carried_pxe(cluster: &Cluster, node: &Node, rootfs_url: &str) -> Result<CommandLine, Refusal> {
    let first = ["ignition.firstboot".to_owned(), "ignition.platform.id=metal".to_owned()];
    let rootfs = format!("coreos.live.rootfs_url={rootfs_url}");
    let mut texts = network::args(cluster, node)?;
    texts.extend(first.into_iter().chain([rootfs]));
    texts.extend(consoles(node));
    texts.extend(parm::told(node));
    finish(node, texts)
}

fn reach(node: &Node, goal: &Goal) -> Vec<String> {
    let (mut texts, url) = goal.args(node);
    texts.push(url);
    texts.extend(consoles(node));
    texts
}

/// The consoles of the live boot.
pub(super) fn consoles(node: &Node) -> Vec<String> {
    node.live_consoles().iter().map(|console| format!("console={console}")).collect()
}

fn finish(node: &Node, texts: Vec<String>) -> Result<CommandLine, Refusal> {
    let made: Result<CommandLine, KernelArgError> = texts.into_iter().map(KernelArg::new).collect();
    let mut line =
        made.map_err(|error| Diagnostic::new(Code::R006, format!("node `{}`: {error}", node.name)))?;
    for arg in &node.kargs {
        line.push(arg.clone());
    }
    Ok(line)
}
