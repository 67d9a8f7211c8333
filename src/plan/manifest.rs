//! The manifests: which files okdboot wrote, for whom, and with which digest.
//!
//! They tell a file edited by hand from one that okdboot may replace, and find the files of a node
//! that is gone. They never list artifacts. There is one a cluster, so that rendering one of a thousand
//! clusters reads and writes its own, and one for the files that all of them share. Whoever can write to
//! the output folder can write here, so they are read as untrusted input: an entry is a path inside the
//! tree with a known kind, a cluster name and a digest, or the manifest is refused.
//!
//! A run that was killed between its first and its last rename has left an
//! [intent](super::intent::Intent): for each file that it names, the digest of what stands there says
//! which entry is true.

mod old;
mod wire;

use std::collections::{BTreeMap, HashSet};

use thiserror::Error;

use super::intent::Intent;
use super::tree::{Standing, Tree};
use super::{KindError, Owner, layout};
use crate::model::digest::{DigestError, Sha256};
use crate::model::fault::{Fault, Faulty};
use crate::model::name::{Label, NameError};
use crate::model::path::{RelPath, RelPathError};
use crate::pool;

pub use old::{OLD_FILE, OLD_NEXT_FILE};
pub use wire::FORMAT_VERSION;

/// The folder of the manifests below the output root.
pub const FOLDER: &str = ".okdboot/manifest";

/// The stem of the manifest of the files that all clusters share; no cluster can have such a name.
const SHARED: &str = "_shared";

/// What okdboot wrote into an output tree, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// By path.
    pub entries: BTreeMap<RelPath, Entry>,
}

/// One file that okdboot wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose it is.
    pub owner: Owner,
    /// The digest of the bytes that okdboot wrote.
    pub sha256: Sha256,
}

/// Why a manifest cannot be used.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// Not a readable regular file.
    #[error("cannot read manifest `{file}`: {cause}")]
    Read {
        /// The manifest.
        file: String,
        /// What is in the way.
        cause: String,
    },
    /// Not JSON of the expected shape.
    #[error("cannot read manifest `{file}`: {cause}")]
    Json {
        /// The manifest.
        file: String,
        /// What and where.
        cause: serde_json::Error,
    },
    /// A version of the format that this okdboot does not know.
    #[error(
        "cannot read manifest `{file}`: its `format-version` is {found}, this okdboot reads {FORMAT_VERSION}"
    )]
    Version {
        /// The manifest.
        file: String,
        /// The version found.
        found: u64,
    },
    /// What a killed run has left cannot be read.
    #[error(transparent)]
    Intent(super::intent::IntentError),
    /// An entry that okdboot never wrote.
    #[error("manifest `{file}` has an invalid entry `{}`: {cause}", crate::text::escape(entry))]
    Entry {
        /// The manifest.
        file: String,
        /// The path of the entry as it stands there.
        entry: String,
        /// What is wrong with it.
        cause: EntryError,
    },
}

impl Faulty for ManifestError {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

/// What is wrong with an entry of a manifest.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EntryError {
    /// Not a path inside the tree.
    #[error("the path is not inside the output tree")]
    Path(RelPathError),
    /// One of okdboot's own files, which are never listed.
    #[error("files below `{}` are never listed", layout::OWN_FOLDER)]
    Own,
    /// Not a cluster name.
    #[error("the cluster is not a name, {0}")]
    Cluster(NameError),
    /// Not a kind.
    #[error("{0}")]
    Kind(KindError),
    /// Not a digest.
    #[error("the digest is not one, {0}")]
    Digest(DigestError),
    /// A file of another cluster than the manifest is about.
    #[error("it belongs to `{0}`, which has a manifest of its own")]
    Owner(String),
}

impl Manifest {
    /// Reads what okdboot wrote for some clusters, and what all clusters share; without any manifest,
    /// it wrote nothing yet.
    pub fn load(tree: &dyn Tree, clusters: &[Label]) -> Result<Self, ManifestError> {
        let mut manifest = match old::load(tree)? {
            Some(old) => old.of(clusters),
            None => Self::of_files(tree, clusters)?,
        };
        let intent = Intent::load(tree).map_err(ManifestError::Intent)?;
        manifest.settle(&intent.unwrap_or_default().of(clusters), tree);
        Ok(manifest)
    }

    /// Reads everything that okdboot wrote.
    pub fn load_all(tree: &dyn Tree) -> Result<Self, ManifestError> {
        Self::load(tree, &clusters(tree)?)
    }

    /// Parses a manifest; `file` is its name in messages.
    pub fn parse(text: &[u8], file: &str) -> Result<Self, ManifestError> {
        wire::parse(text, file)
    }

    /// Returns the text of the manifest: sorted by path, two blanks a level, a newline at the end.
    pub fn to_text(&self) -> String {
        wire::to_text(&self.entries)
    }

    /// Returns the files that have to hold the entries of some clusters and of all; nothing where there
    /// is no entry, so that the file has to go.
    pub fn files(&self, clusters: &[Label]) -> impl Iterator<Item = (RelPath, Option<String>)> {
        let by_owner = self.by_owner();
        let owners = clusters.iter().map(Some).chain([None]);
        let text = move |owner| by_owner.get(&owner).map(|own| wire::to_text(own.iter().copied()));
        owners.filter_map(move |owner| Some((path(owner)?, text(owner))))
    }

    /// Returns the entries of each owner, in lists that have no room to spare: there may be hundreds of thousands.
    fn by_owner(&self) -> BTreeMap<Option<&Label>, Vec<(&RelPath, &Entry)>> {
        let mut counts: BTreeMap<Option<&Label>, usize> = BTreeMap::new();
        for entry in self.entries.values() {
            *counts.entry(entry.owner.cluster.as_ref()).or_default() += 1;
        }
        let mut by_owner: BTreeMap<_, _> =
            counts.into_iter().map(|(owner, count)| (owner, Vec::with_capacity(count))).collect();
        for (path, entry) in &self.entries {
            by_owner.entry(entry.owner.cluster.as_ref()).or_default().push((path, entry));
        }
        by_owner
    }

    /// Returns the entries of some clusters, and of those files that all share.
    #[must_use]
    fn of(self, clusters: &[Label]) -> Self {
        let clusters: HashSet<&Label> = clusters.iter().collect();
        let is_wanted = |entry: &Entry| entry.owner.cluster.as_ref().is_none_or(|id| clusters.contains(id));
        self.entries.into_iter().filter(|(_, entry)| is_wanted(entry)).collect()
    }

    fn of_files(tree: &dyn Tree, clusters: &[Label]) -> Result<Self, ManifestError> {
        let owners: Vec<Option<&Label>> = clusters.iter().map(Some).chain([None]).collect();
        let found = pool::each(&owners, pool::cores(), |owner| Self::of_file(tree, *owner));
        let entries = found.into_iter().map(|found| found.map(|found| found.entries));
        Ok(entries.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// Reads the file of one cluster, or of what all share.
    fn of_file(tree: &dyn Tree, owner: Option<&Label>) -> Result<Self, ManifestError> {
        let Some(path) = path(owner) else { return Ok(Self::default()) };
        let found = read(tree, &path)?.unwrap_or_default();
        let Some((at, entry)) = found.entries.iter().find(|(_, it)| it.owner.cluster.as_ref() != owner)
        else {
            return Ok(found);
        };
        let cluster = entry.owner.cluster.as_ref().map(ToString::to_string).unwrap_or_default();
        let cause = EntryError::Owner(cluster);
        Err(ManifestError::Entry { file: tree.name(&path), entry: at.to_string(), cause })
    }

    /// Makes the entries true of the files that a run was about to write when it was killed.
    pub fn settle(&mut self, intent: &Intent, tree: &dyn Tree) {
        for step in &intent.steps {
            let Some(owner) = &step.owner else { continue };
            let Standing::File(found) = tree.look(&step.path) else {
                // It was not made yet, or has gone already; else somebody took it away.
                if step.before.is_none() || step.after.is_none() {
                    self.entries.remove(&step.path);
                }
                continue;
            };
            // Other bytes are a person's: whatever digest is written down, they are found to be edited.
            let stands = Sha256::of(&found.bytes);
            let is_ours = [step.before, step.after].contains(&Some(stands));
            let sha256 = if is_ours { Some(stands) } else { step.after.or(step.before) };
            if let Some(sha256) = sha256 {
                self.entries.insert(step.path.clone(), Entry { owner: owner.clone(), sha256 });
            }
        }
    }
}

impl FromIterator<(RelPath, Entry)> for Manifest {
    fn from_iter<I: IntoIterator<Item = (RelPath, Entry)>>(iter: I) -> Self {
        Self { entries: iter.into_iter().collect() }
    }
}

/// Returns the ids of the clusters of a tree.
pub fn clusters(tree: &dyn Tree) -> Result<Vec<Label>, ManifestError> {
    if let Some(old) = old::load(tree)? {
        let owners: std::collections::BTreeSet<Label> =
            old.entries.into_values().filter_map(|entry| entry.owner.cluster).collect();
        return Ok(owners.into_iter().collect());
    }
    let Ok(folder) = FOLDER.parse::<RelPath>() else { return Ok(Vec::new()) };
    let names = tree.names(&folder);
    let label = |name: &String| name.strip_suffix(".json")?.parse::<Label>().ok();
    Ok(names.iter().filter_map(label).collect())
}

/// Returns where the manifest of a cluster is, or that of the shared files.
pub fn path(owner: Option<&Label>) -> Option<RelPath> {
    format!("{FOLDER}/{}.json", owner.map_or(SHARED, Label::as_str)).parse().ok()
}

fn read(tree: &dyn Tree, path: &RelPath) -> Result<Option<Manifest>, ManifestError> {
    let refuse = |cause: String| ManifestError::Read { file: tree.name(path), cause };
    match tree.look(path) {
        Standing::Absent => Ok(None),
        Standing::File(found) => Manifest::parse(&found.bytes, &tree.name(path)).map(Some),
        Standing::Other(obstacle) => Err(refuse(obstacle.to_string())),
        Standing::Unreadable(cause) => Err(refuse(cause)),
    }
}

#[cfg(test)]
mod tests;
