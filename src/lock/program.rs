//! `oc` and openshift-install in a lock: no stream has them, so they are added to what was resolved.

use std::collections::BTreeSet;

use super::resolve::Needs;
use super::{DigestOrigin, LockedArtifact, LockedCluster, LockedDigest};
use crate::model::artifact::ArtifactKind;
use crate::model::stream_ref::{StreamRef, Version};
use crate::stream::program::{self, Program};

/// What becomes of programs that are locked already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// They stay.
    Stay,
    /// They are looked for again (`--update`).
    Move,
}

impl LockedCluster {
    /// Returns the release of OpenShift that `rhcos-4.N` names; the name inside the metadata is not one.
    pub fn openshift(&self) -> Option<Version> {
        match self.source()?.parse().ok()? {
            StreamRef::Rhcos(version, _) => Some(version),
            _ => None,
        }
    }

    /// Returns which of the kinds are programs that have to be looked for. What vars.yaml names never is.
    pub fn missing_programs(
        &self,
        kinds: &BTreeSet<ArtifactKind>,
        needs: &Needs<'_>,
        pinned: Pinned,
    ) -> Vec<ArtifactKind> {
        let named = needs.named(needs.programs);
        let is_named = |wanted| named.iter().any(|(kind, _, _)| *kind == wanted);
        let is_known = |kind| pinned == Pinned::Stay && self.artifact(needs.programs, kind).is_some();
        let programs = ArtifactKind::PROGRAMS.into_iter().filter(|kind| kinds.contains(kind));
        programs.filter(|kind| !is_named(*kind) && !is_known(*kind)).collect()
    }

    /// Pins a program.
    pub fn pin_program(&mut self, needs: &Needs<'_>, kind: ArtifactKind, found: Program) {
        let digest = Some(LockedDigest { sha256: found.sha256, origin: DigestOrigin::Sums });
        let Program { location, name, .. } = found;
        let artifact = LockedArtifact { location, name, digest, signature: None, signed_by: None };
        if let Some(locked) = self.arches.get_mut(&needs.programs) {
            locked.artifacts.insert(kind, artifact);
        }
    }

    /// Takes over the programs that were found for this very stream.
    pub(super) fn keep_programs(&mut self, earlier: &Self) {
        if self.source() != earlier.source() {
            return;
        }
        for (arch, locked) in &mut self.arches {
            for kind in ArtifactKind::PROGRAMS {
                let known = earlier.artifact(*arch, kind).filter(|it| program::is_published(&it.location));
                if let Some(known) = known {
                    locked.artifacts.entry(kind).or_insert_with(|| known.clone());
                }
            }
        }
    }

    pub(super) fn source(&self) -> Option<&str> {
        self.stream.as_ref().map(|stream| stream.source.as_str())
    }
}
