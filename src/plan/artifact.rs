//! Which artifacts these nodes need, and every place where each has to be.

use std::collections::{BTreeMap, BTreeSet};

use super::{PlannedArtifact, release};
use crate::diag::{Code, Report, Severity};
use crate::lock::LockedCluster;
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;
use crate::model::path::RelPath;
use crate::model::settings::Transport;

/// The artifacts of one cluster: kernel, initramfs and rootfs where a node boots from the network,
/// the ISO where one cannot, and the kinds that were asked for besides.
pub(super) fn needed(
    cluster: &Cluster,
    locked: &LockedCluster,
    further: &BTreeSet<ArtifactKind>,
) -> Vec<PlannedArtifact> {
    let mut artifacts = Vec::new();
    for arch in cluster.arches() {
        for kind in kinds(cluster, arch).union(further) {
            artifacts.extend(planned(cluster, locked, arch, *kind));
        }
    }
    artifacts
}

/// What a fetch cannot bring: without the three of a network boot, or a kind that was asked for,
/// nothing is fetched; without the ISO the other machines still boot.
pub(super) fn absent(
    cluster: &Cluster,
    locked: Option<&LockedCluster>,
    further: &BTreeSet<ArtifactKind>,
) -> Report {
    let mut report = Report::default();
    for arch in cluster.arches() {
        let needed = kinds(cluster, arch);
        if needed.contains(&ArtifactKind::Kernel)
            && let Err(diagnostic) = release::netboot(cluster, locked, arch)
        {
            report.push_once(*diagnostic);
        }
        for kind in needed.union(further).filter(|kind| !ArtifactKind::NETBOOT.contains(kind)) {
            if let Err(mut diagnostic) = release::artifact(cluster, locked, arch, *kind) {
                if diagnostic.code == Code::R002 && !further.contains(kind) {
                    diagnostic.severity = Severity::Warning;
                }
                report.push_once(*diagnostic);
            }
        }
    }
    report
}

fn kinds(cluster: &Cluster, arch: Arch) -> BTreeSet<ArtifactKind> {
    let mut kinds = BTreeSet::new();
    for node in cluster.nodes.iter().filter(|node| node.arch == arch) {
        match node.mac {
            Some(_) => kinds.extend(ArtifactKind::NETBOOT),
            None => kinds.extend([ArtifactKind::Iso]),
        }
    }
    kinds
}

fn planned(
    cluster: &Cluster,
    locked: &LockedCluster,
    arch: Arch,
    kind: ArtifactKind,
) -> Option<PlannedArtifact> {
    let name = locked.artifact(arch, kind)?.name.clone();
    let mut paths: Vec<RelPath> = vec![format!("matchbox/assets/{name}").parse().ok()?];
    if matches!(kind, ArtifactKind::Kernel | ArtifactKind::Initramfs) && loads_over_tftp(cluster, arch) {
        paths.push(format!("tftpboot/{name}").parse().ok()?);
    }
    Some(PlannedArtifact { name, arch, kind, paths })
}

fn loads_over_tftp(cluster: &Cluster, arch: Arch) -> bool {
    let settings = &cluster.settings;
    let by_grub = arch.boots_grub() && settings.grub == Transport::Tftp;
    let by_pxelinux = arch.boots_pxelinux() && settings.pxelinux == Transport::Tftp;
    by_grub || by_pxelinux
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
