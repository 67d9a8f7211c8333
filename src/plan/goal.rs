//! What the boot line of a machine leads to: a config that pins the digest, else the file of its pool.

use super::inputs::ClusterInput;
use super::layout::{exact_ignition_url, served_ignition_url};
use super::line::Goal;
use super::{Refusal, objection, pin};
use crate::diag::{Code, Diagnostic};
use crate::ignition::MATCHBOX_READS;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::model::settings::{IgnitionUrl, Mode};

/// What a request says that is for the system to be installed.
pub(super) const INSTALLED: &str = "os=installed";

/// Returns what a machine does; nothing where no network boot finds it.
pub(super) fn of(input: &ClusterInput, node: &Node, mode: Mode) -> Result<Option<Goal>, Refusal> {
    let cluster = input.cluster;
    if let Some(diagnostic) = objection::private_ca(cluster) {
        return Err(diagnostic.into());
    }
    if let Some(goal) = pin::goal(cluster, node, mode) {
        return Ok(Some(goal));
    }
    if node.arch.boots_parm() {
        // Not one of matchbox's machines: it has no group of them.
        return Ok(Some(Goal::of(mode, exact_ignition_url(cluster, &node.pool))));
    }
    let Some(mac) = node.mac else { return Ok(None) };
    let url = ignition_url(input, node, mac)?;
    let two_phase = cluster.settings.ignition_url == IgnitionUrl::TwoPhase && mode == Mode::Install;
    Ok(Some(Goal::of(mode, if two_phase { format!("{url}&{INSTALLED}") } else { url })))
}

/// The URL on a boot line; matchbox's own only where matchbox can read the file.
fn ignition_url(input: &ClusterInput, node: &Node, mac: MacAddr) -> Result<String, Refusal> {
    let cluster = input.cluster;
    if cluster.settings.ignition_url == IgnitionUrl::Assets {
        return Ok(exact_ignition_url(cluster, &node.pool));
    }
    let newer = input.ignition.get(&node.pool).filter(|config| config.spec() > MATCHBOX_READS);
    match newer {
        Some(config) => Err(unread(cluster, node, &config.spec().to_string()).into()),
        None => Ok(served_ignition_url(cluster, mac)),
    }
}

fn unread(cluster: &Cluster, node: &Node, spec: &str) -> Diagnostic {
    let message = format!(
        "matchbox reads Ignition up to specification {MATCHBOX_READS}, and {}.ign of `{}` is {spec}",
        node.pool, cluster.id
    );
    let help = "set `okdboot.ignition_url: assets`: it would answer with an empty config";
    Diagnostic::new(Code::R007, message).help(help)
}
