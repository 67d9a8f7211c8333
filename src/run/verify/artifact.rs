//! Artifacts on disk against what the locks say.

use super::Scene;
use crate::diag::{Code, Diagnostic, Report};
use crate::disk;
use crate::lock::LockedDigest;
use crate::model::digest::Sha256;
use crate::plan::PlannedArtifact;
use crate::probe::hash;
use crate::text::Count;

impl Scene<'_> {
    /// Returns what the locks say of an artifact.
    pub fn digest(&self, artifact: &PlannedArtifact) -> Option<LockedDigest> {
        let mut found =
            self.workspace.all_locked().filter_map(|entry| entry.artifact(artifact.arch, artifact.kind));
        found.find(|entry| entry.name == artifact.name).and_then(|entry| entry.digest)
    }
}

/// Hashes every artifact at each of its places and compares with the lock.
pub fn check(scene: &Scene) -> Report {
    let out = &scene.workspace.out;
    let places: Vec<(Option<LockedDigest>, String)> = scene
        .plan
        .artifacts
        .iter()
        .flat_map(|artifact| artifact.paths.iter().map(move |path| (artifact, path)))
        .map(|(artifact, path)| (scene.digest(artifact), path.to_string()))
        .collect();
    let mut checkpoints = disk::checkpoints(out);
    let mut candidate = |path: &String| hash::HashJob {
        path: out.join(path),
        checkpoints: checkpoints.remove(path).unwrap_or_default(),
    };
    let files: Vec<hash::HashJob> = places.iter().map(|(_, path)| candidate(path)).collect();
    let hashes = hash::sha256_of(&files);
    let is_missing = |found: &std::io::Result<Sha256>| {
        found.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    };
    if hashes.len() > 1 && hashes.iter().all(is_missing) {
        let message = format!("none of {} is here", Count(hashes.len(), "artifact"));
        return Diagnostic::new(Code::P008, message).help("fetch them with `okdboot fetch`").into();
    }
    places.iter().zip(hashes).filter_map(|((due, path), found)| artifact(*due, path, found)).collect()
}

fn artifact(due: Option<LockedDigest>, path: &str, found: std::io::Result<Sha256>) -> Option<Diagnostic> {
    let fetch = "fetch it with `okdboot fetch`";
    match (due, found) {
        (_, Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(Diagnostic::new(Code::P008, format!("artifact `{path}` is missing")).help(fetch))
        }
        (_, Err(error)) => {
            Some(Diagnostic::new(Code::P008, format!("artifact `{path}` cannot be read: {error}")))
        }
        (None, Ok(found)) => Some(
            Diagnostic::new(
                Code::P010,
                format!("nothing says which digest `{path}` should have; it has {found}"),
            )
            .help("put it under `okdboot.sha256`, or pin it with `okdboot fetch`"),
        ),
        (Some(due), Ok(found)) if due.sha256 == found => None,
        (Some(due), Ok(found)) => Some(
            Diagnostic::new(
                Code::P009,
                format!("artifact `{path}` has sha256 {found}, the lock has {}", due.sha256),
            )
            .help(format!("remove it and {fetch}: machines would not boot it, or boot something else")),
        ),
    }
}
