//! The artifacts of a run: what is planned, and what the locks say of it.

use super::workspace::Workspace;
use crate::apply::download::Wanted;
use crate::lock::LockedCluster;
use crate::plan::{Plan, PlannedArtifact};

/// Joins plan and locks: every artifact once, with its location and digest.
pub fn of(workspace: &Workspace, plan: &Plan) -> Vec<Wanted> {
    let locked: Vec<&LockedCluster> = workspace.all_locked().collect();
    let find = |artifact: &PlannedArtifact| {
        let entries = locked.iter().filter_map(|entry| entry.artifact(artifact.arch, artifact.kind));
        let entry = entries.into_iter().find(|entry| entry.name == artifact.name)?;
        let wanted = Wanted::planned(artifact, &entry.location, entry.digest)?;
        Some(Wanted { signature: entry.signature.clone(), signed_by: entry.signed_by.clone(), ..wanted })
    };
    plan.artifacts.iter().filter_map(find).collect()
}
