//! Which artifacts these nodes need, and every place where each has to be.

use std::collections::{BTreeMap, BTreeSet};

use super::{PlannedArtifact, layout, loaders, release};
use crate::diag::{Diagnostic, Severity};
use crate::lock::{LockedArtifact, LockedCluster};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::node::Node;

/// The artifacts of one cluster: the programs that vars.yaml names, kernel, initramfs and rootfs where a node boots from the network,
/// the ISO where one cannot, and the kinds that were asked for besides. With them comes what the lock
/// does not have.
pub(super) fn needed(
    cluster: &Cluster,
    locked: Option<&LockedCluster>,
    further: &BTreeSet<ArtifactKind>,
) -> (Vec<PlannedArtifact>, Vec<Diagnostic>) {
    let (mut artifacts, mut missing) = (Vec::new(), Vec::new());
    for arch in cluster.arches() {
        let mut own = kinds(cluster, arch);
        own.extend(programs(cluster, arch));
        let is_home = arch == cluster.program_arch();
        let further = further.iter().filter(|kind| is_home || !ArtifactKind::PROGRAMS.contains(kind));
        let further: BTreeSet<ArtifactKind> = further.copied().collect();
        if own.contains(&ArtifactKind::Rootfs)
            && let Err(diagnostic) = release::netboot(cluster, locked, arch)
        {
            missing.push(*diagnostic);
        }
        for kind in own.union(&further) {
            match release::artifact(cluster, locked, arch, *kind) {
                Ok(artifact) => artifacts.push(planned(cluster, artifact, arch, *kind)),
                Err(mut diagnostic) => {
                    // Without the ISO the machines that boot from the network still can.
                    if *kind == ArtifactKind::Iso && locked.is_some() && !further.contains(kind) {
                        diagnostic.severity = Severity::Warning;
                    }
                    missing.push(*diagnostic);
                }
            }
        }
    }
    (artifacts, missing)
}

fn kinds(cluster: &Cluster, arch: Arch) -> BTreeSet<ArtifactKind> {
    let mut kinds = BTreeSet::new();
    for node in cluster.nodes.iter().filter(|node| node.arch == arch) {
        if node.boots_by_file() {
            kinds.extend(ArtifactKind::NETBOOT);
        } else {
            kinds.insert(ArtifactKind::Iso);
        }
    }
    kinds.extend(cluster.settings.in_use.lists(BootLoader::Iso).then_some(ArtifactKind::Iso));
    kinds
}

/// The programs that vars.yaml names, as helpernode fetches them.
fn programs(cluster: &Cluster, arch: Arch) -> impl Iterator<Item = ArtifactKind> {
    let overrides = &cluster.settings.overrides;
    let named = [(ArtifactKind::Client, &overrides.client), (ArtifactKind::Installer, &overrides.installer)];
    let is_home = arch == cluster.program_arch();
    named.into_iter().filter(move |(_, url)| is_home && url.is_some()).map(|(kind, _)| kind)
}

fn planned(cluster: &Cluster, locked: &LockedArtifact, arch: Arch, kind: ArtifactKind) -> PlannedArtifact {
    let name = locked.name.clone();
    // Nobody has to serve what machines never load.
    let is_program = ArtifactKind::PROGRAMS.contains(&kind);
    let mut paths = vec![if is_program { layout::client(&name) } else { layout::asset(&name) }];
    let is_loaded = matches!(kind, ArtifactKind::Kernel | ArtifactKind::Initramfs);
    if is_loaded && loaders::over_tftp(cluster, arch) {
        paths.push(layout::tftp_asset(&name));
    }
    if is_loaded && arch.boots_parm() && cluster.nodes.iter().any(Node::is_on_channel) {
        paths.push(layout::parm_asset(&cluster.id, &name));
    }
    PlannedArtifact { name, arch, kind, paths }
}

/// Joins what several clusters need: one entry a file name, all its places.
pub(super) fn join(artifacts: Vec<PlannedArtifact>) -> Vec<PlannedArtifact> {
    let mut by_name: BTreeMap<String, PlannedArtifact> = BTreeMap::new();
    for artifact in artifacts {
        match by_name.get_mut(artifact.name.as_str()) {
            Some(known) => {
                known.paths.extend(artifact.paths);
                known.paths.sort();
                known.paths.dedup();
            }
            None => {
                by_name.insert(artifact.name.to_string(), artifact);
            }
        }
    }
    by_name.into_values().collect()
}
