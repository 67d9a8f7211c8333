//! The kernel command line of a node: one, the same in every format.
//!
//! Order as documented: network, then `coreos.live.rootfs_url`, `coreos.inst.install_dev`,
//! `coreos.inst.ignition_url`, then consoles and what a person added.

use super::{Refusal, channel, network};
use crate::diag::{Code, Diagnostic};
use crate::model::boot::{CommandLine, KernelArg, KernelArgError};
use crate::model::cluster::Cluster;
use crate::model::disk::Paths;
use crate::model::installed::MULTIPATH;
use crate::model::node::Node;
use crate::model::settings::Mode;

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
            Self::Install(url) => {
                let device = format!("coreos.inst.install_dev={}", node.disk);
                let told = std::iter::once(device).chain(node.installed.installer_args()).collect();
                (told, format!("coreos.inst.ignition_url={url}"))
            }
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
    if node.arch.boots_parm() {
        return finish(node, channel::order(node, network, rootfs, goal.args(node), consoles(node)));
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
    texts.extend(channel::told(node));
    finish(node, texts)
}

/// The arguments of the live boot of media that carry the installation themselves. Which partitions stay
/// is told to the installer's service here too: no option of `customize` says it.
pub(super) fn carried(cluster: &Cluster, node: &Node, mode: Mode) -> Result<CommandLine, Refusal> {
    let mut texts = network::args(cluster, node)?;
    texts.extend(kept(node, mode));
    texts.extend(consoles(node));
    texts.extend(channel::told(node));
    finish(node, texts)
}

/// The boot line of a network boot whose initramfs carries the installation. Ignition runs in a network
/// boot only with the first two (coreos-installer documentation, "Customizing PXE").
pub(super) fn carried_pxe(
    cluster: &Cluster,
    (node, mode): (&Node, Mode),
    rootfs_url: &str,
) -> Result<CommandLine, Refusal> {
    let first = ["ignition.firstboot".to_owned(), "ignition.platform.id=metal".to_owned()];
    let rootfs = format!("coreos.live.rootfs_url={rootfs_url}");
    let mut texts = network::args(cluster, node)?;
    texts.extend(first.into_iter().chain([rootfs]).chain(kept(node, mode)));
    texts.extend(consoles(node));
    texts.extend(channel::told(node));
    finish(node, texts)
}

/// What the installer's service reads of the partitions that stay, where something is installed.
fn kept(node: &Node, mode: Mode) -> Vec<String> {
    if mode == Mode::Install { node.installed.installer_args() } else { Vec::new() }
}

fn reach(node: &Node, goal: &Goal) -> Vec<String> {
    let (mut texts, url) = goal.args(node);
    texts.push(url);
    texts.extend(consoles(node));
    texts
}

/// The consoles of the live boot.
fn consoles(node: &Node) -> Vec<String> {
    node.live_consoles().iter().map(|console| format!("console={console}")).collect()
}

/// Adds what starts multipath in every live system of the node, and what a person gave.
fn finish(node: &Node, mut texts: Vec<String>) -> Result<CommandLine, Refusal> {
    if node.installed.paths == Paths::Multi {
        texts.push(MULTIPATH.to_owned());
    }
    let made: Result<CommandLine, KernelArgError> = texts.into_iter().map(KernelArg::new).collect();
    let mut line =
        made.map_err(|error| Diagnostic::new(Code::R006, format!("node `{}`: {error}", node.name)))?;
    for arg in &node.kargs {
        line.push(arg.clone());
    }
    Ok(line)
}
