//! What a new resolution changes, in the words of a lock's reader.

use super::{LockedArch, LockedArtifact, LockedCluster};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::name::Label;
use crate::text::escape;

/// Describes what changed between two resolutions of a cluster, a line each:
/// `ocp4 x86_64: 9.6.1 -> 9.6.2`. Empty where machines would boot the same bytes.
pub fn changes(id: &Label, before: Option<&LockedCluster>, after: &LockedCluster) -> Vec<String> {
    let none = LockedCluster::default();
    let before = before.unwrap_or(&none);
    let mut lines = Vec::new();
    for arch in Arch::ALL {
        let described = match (before.arches.get(&arch), after.arches.get(&arch)) {
            (None, None) => Vec::new(),
            (None, Some(added)) => vec![format!("{} (new)", release(added))],
            (Some(gone), None) => vec![format!("{} (no longer in use)", release(gone))],
            (Some(old), Some(new)) => arch_changes(old, new),
        };
        lines.extend(described.into_iter().map(|what| format!("{id} {arch}: {what}")));
    }
    lines
}

fn release(arch: &LockedArch) -> String {
    arch.release.as_deref().map_or_else(|| "artifacts of vars.yaml".to_owned(), escape)
}

fn arch_changes(old: &LockedArch, new: &LockedArch) -> Vec<String> {
    if old.release != new.release {
        return vec![format!("{} -> {}", release(old), release(new))];
    }
    let of_kind = |kind| artifact_change(kind, old.artifacts.get(&kind), new.artifacts.get(&kind));
    ArtifactKind::ALL.into_iter().filter_map(of_kind).collect()
}

fn artifact_change(
    kind: ArtifactKind,
    old: Option<&LockedArtifact>,
    new: Option<&LockedArtifact>,
) -> Option<String> {
    match (old, new) {
        (None, Some(new)) => Some(format!("{kind} {} (new)", new.name)),
        (Some(old), None) => Some(format!("{kind} {} (gone)", old.name)),
        (Some(old), Some(new)) if old.name != new.name => {
            Some(format!("{kind} {} -> {}", old.name, new.name))
        }
        (Some(old), Some(new)) if digest(old) != digest(new) => {
            Some(format!("{kind} {}: sha256 {} -> {}", new.name, digest(old), digest(new)))
        }
        (Some(old), Some(new)) if old.location != new.location => {
            Some(format!("{kind} {}: now at {}", new.name, new.location))
        }
        _ => None,
    }
}

fn digest(artifact: &LockedArtifact) -> String {
    artifact.digest.map_or_else(|| "unknown".to_owned(), |digest| digest.sha256.to_string())
}
