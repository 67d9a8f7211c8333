//! What stands in the volumes of a pod, put together again: untrusted input, as everything that is mounted.
//!
//! The manifest of each cluster says which files there have to be, and with which digest.

use std::collections::BTreeMap;

use thiserror::Error;

use super::super::index;
use super::key;
use crate::lock::{self, JsonError, LockedArtifact};
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::manifest::{Entry, EntryError, Manifest, ManifestError};
use crate::plan::roster::{self, Roster, RosterError};
use crate::plan::tree::{Found, Standing, Tree};
use crate::plan::{FileKind, FileMode, Plan, PlannedArtifact, PlannedFile, Sensitivity, layout};

/// A tree, as it travelled.
#[derive(Debug, Default)]
pub struct Volume {
    /// Its files.
    pub plan: Plan,
    /// What it does with the machines of each cluster.
    pub rosters: Vec<Roster>,
    /// What machines load, each with where it is and its digest.
    pub images: Vec<(PlannedArtifact, LockedArtifact)>,
}

/// What is wrong with a volume.
#[derive(Debug, Error)]
pub enum VolumeError {
    /// A file that `render` never names so.
    #[error("`{}` is no key that `okdboot render` writes", crate::text::escape(.0))]
    Key(String),
    /// Nothing says which files belong to it.
    #[error("no manifest is in it: nothing says which files there have to be")]
    Empty,
    /// A manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// What is done with the machines cannot be read.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// A lock cannot be read.
    #[error("the lock of `{0}`: {1}")]
    Lock(Label, JsonError),
    /// A part of a cluster that every cluster has.
    #[error("`{0}` is missing")]
    Missing(RelPath),
    /// A file of another render.
    #[error("`{0}` is not the file that the manifest of its cluster names")]
    Differs(RelPath),
    /// A file that no manifest names.
    #[error("`{0}` is in no manifest")]
    Unlisted(RelPath),
    /// An image that nothing vouches for.
    #[error("the lock of `{0}` has no sha256 of `{1}`: run `okdboot fetch`, and render again")]
    Unpinned(Label, String),
}

/// Puts together what was found, by its keys; every fault at once.
pub fn read(found: BTreeMap<String, Vec<u8>>) -> Result<Volume, Vec<VolumeError>> {
    let (mut faults, mut files) = (Vec::new(), BTreeMap::new());
    for (name, bytes) in found {
        match key::path(&name) {
            Some(path) => {
                files.insert(path, Standing::File(Found { bytes, mode: 0o644, group: 0 }));
            }
            None => faults.push(VolumeError::Key(name)),
        }
    }
    let volume = assemble(&files, &mut faults);
    if faults.is_empty() { Ok(volume) } else { Err(faults) }
}

fn assemble(files: &BTreeMap<RelPath, Standing>, faults: &mut Vec<VolumeError>) -> Volume {
    let mut volume = Volume::default();
    let manifest = manifest(files, faults);
    for id in manifest.keys() {
        volume.cluster(files, id, faults);
    }
    let entries: BTreeMap<RelPath, Entry> = manifest.values().flat_map(|it| it.entries.clone()).collect();
    let planned = entries.iter().filter_map(|(path, entry)| match files.get(path) {
        Some(Standing::File(found)) if Sha256::of(&found.bytes) == entry.sha256 => {
            Some(file(path, entry, found))
        }
        Some(_) => fault(faults, VolumeError::Differs(path.clone())),
        None => fault(faults, VolumeError::Missing(path.clone())),
    });
    volume.plan.files = planned.collect();
    let own = |path: &RelPath| path.as_str().starts_with(layout::OWN_FOLDER);
    let unlisted = files.keys().filter(|path| !own(path) && !entries.contains_key(*path));
    faults.extend(unlisted.map(|path| VolumeError::Unlisted(path.clone())));
    // matchbox lists folders that have no such page.
    volume.plan.files.extend(index::pages(&manifest.keys().collect::<Vec<_>>()));
    volume.plan.files.sort_by(|one, other| one.path.cmp(&other.path));
    volume.plan.clusters = manifest.into_keys().collect();
    volume
}

/// Joins the parts of the manifests.
fn manifest(files: &BTreeMap<RelPath, Standing>, faults: &mut Vec<VolumeError>) -> BTreeMap<Label, Manifest> {
    let mut all: BTreeMap<Label, Manifest> = BTreeMap::new();
    for (path, standing) in files {
        let (Some((id, _, parts)), Standing::File(found)) = (layout::travelling_manifest_of(path), standing)
        else {
            continue;
        };
        let due = (1..=parts).map(|part| layout::travelling_manifest(&id, part, parts));
        let missing = due.filter(|path| !files.contains_key(path) && !is_said(faults, path));
        faults.extend(missing.collect::<Vec<_>>().into_iter().map(VolumeError::Missing));
        match Manifest::parse(&found.bytes, path.as_str()) {
            Ok(part) => {
                faults.extend(foreign(&part, &id, path).map(VolumeError::from));
                all.entry(id).or_default().entries.extend(part.entries);
            }
            Err(error) => faults.push(error.into()),
        }
    }
    if all.is_empty() && faults.is_empty() {
        faults.push(VolumeError::Empty);
    }
    all
}

fn foreign(part: &Manifest, id: &Label, file: &RelPath) -> Option<ManifestError> {
    let (entry, found) = part.entries.iter().find(|(_, entry)| entry.owner.cluster.as_ref() != Some(id))?;
    let cause = EntryError::Owner(found.owner.cluster.as_ref().map(ToString::to_string).unwrap_or_default());
    Some(ManifestError::Entry { file: file.to_string(), entry: entry.to_string(), cause })
}

fn is_said(faults: &[VolumeError], missing: &RelPath) -> bool {
    faults.iter().any(|fault| matches!(fault, VolumeError::Missing(path) if path == missing))
}

fn fault<T>(faults: &mut Vec<VolumeError>, fault: VolumeError) -> Option<T> {
    faults.push(fault);
    None
}

fn file(path: &RelPath, entry: &Entry, found: &Found) -> PlannedFile {
    let file = PlannedFile::new(path.clone(), entry.owner.clone(), found.bytes.clone());
    if entry.owner.kind == FileKind::Ignition {
        PlannedFile { mode: FileMode::Ignition, sensitivity: Sensitivity::Secret, ..file }
    } else {
        file
    }
}

impl Volume {
    /// Takes what a cluster has besides its files.
    fn cluster(&mut self, files: &BTreeMap<RelPath, Standing>, id: &Label, faults: &mut Vec<VolumeError>) {
        match Roster::load(files, id) {
            Ok(Some(roster)) => self.rosters.push(roster),
            Ok(None) => faults.extend(roster::path(id).map(VolumeError::Missing)),
            Err(error) => faults.push(error.into()),
        }
        let path = layout::travelling_lock(id);
        let Standing::File(found) = files.look(&path) else {
            faults.push(VolumeError::Missing(path));
            return;
        };
        match lock::parse(&String::from_utf8_lossy(&found.bytes)) {
            Ok(lock) => lock.clusters.into_values().for_each(|locked| self.images(id, locked, faults)),
            Err(error) => faults.push(VolumeError::Lock(id.clone(), error)),
        }
    }

    fn images(&mut self, id: &Label, locked: lock::LockedCluster, faults: &mut Vec<VolumeError>) {
        for (arch, locked) in locked.arches {
            for (kind, image) in locked.artifacts {
                if image.digest.is_none() {
                    faults.push(VolumeError::Unpinned(id.clone(), image.name.to_string()));
                }
                let paths = vec![layout::asset(&image.name)];
                let planned = PlannedArtifact { name: image.name.clone(), arch, kind, paths };
                // Clusters share images; two that differ under one name are a fault, which fetching finds.
                if !self
                    .images
                    .iter()
                    .any(|(known, one)| known.name == planned.name && one.digest == image.digest)
                {
                    self.images.push((planned, image));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Owner;

    fn said(found: &[(&str, &str)]) -> Vec<String> {
        let found =
            found.iter().map(|(path, text)| (key::of(&path.parse().unwrap()), text.as_bytes().to_vec()));
        read(found.collect()).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_part_that_is_missing_is_missed_and_a_foreign_entry_too() {
        let owner = Owner { cluster: Some("b".parse().unwrap()), kind: FileKind::Ipxe };
        let entry = Entry { owner, sha256: Sha256::of(b"") };
        let manifest: Manifest = [("http/x".parse().unwrap(), entry)].into_iter().collect();
        let part = ".okdboot/manifest/a/1-of-2.json";
        let all = said(&[(part, &manifest.to_text()), ("http/x", "")]);
        let due = [
            "`.okdboot/manifest/a/2-of-2.json` is missing",
            "manifest `.okdboot/manifest/a/1-of-2.json` has an invalid entry `http/x`: it belongs to `b`, which has a manifest of its own",
            "`.okdboot/machines/a.json` is missing",
            "`.okdboot/lock/a.json` is missing",
        ];
        assert_eq!(all, due);
        // Nobody is believed who speaks of a million parts.
        assert_eq!(said(&[(".okdboot/manifest/a/1-of-1000000.json", "")]), [VolumeError::Empty.to_string()]);
    }
}
