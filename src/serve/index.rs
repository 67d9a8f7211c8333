//! Everything that a tree answers, in memory: what a request costs does not depend on how many there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::grub;
use super::machine::{Machines, ServedMachine};
use super::stage::Stage;
use crate::matchbox::profile::{self, Read};
use crate::matchbox::select::{GroupCandidate, Labels, select};
use crate::model::digest::Sha256;
use crate::model::path::RelPath;
use crate::plan::layout;
use crate::plan::manifest::{self, Manifest, ManifestError};
use crate::plan::roster::{Roster, RosterError};
use crate::plan::tree::{Standing, Tree};

use thiserror::Error;

/// Where the parts of a tree are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As `render` writes it: `matchbox/`, `http/`, `tftpboot/`.
    Rendered,
    /// A data folder of matchbox.
    Matchbox,
}

/// What a tree answers.
#[derive(Debug)]
pub struct TreeIndex {
    /// Whose tree it is.
    pub layout: Layout,
    /// The machines that it is for.
    pub machines: Machines,
    groups: Vec<GroupCandidate>,
    /// Groups by the first pair of their selector: no request has more pairs than labels.
    by_pair: HashMap<String, Vec<usize>>,
    /// Groups that ask for nothing, or for an empty label.
    rest: Vec<usize>,
    /// Metadata of the groups that have some, by their stems.
    metadata: HashMap<String, Value>,
    /// Profiles as they are on disk, each read once to see that it can be.
    profiles: BTreeMap<String, Box<[u8]>>,
    digests: BTreeMap<RelPath, Sha256>,
    /// Folders below the TFTP root that have files of GRUB for machines, each with its slash.
    grub_folders: BTreeSet<String>,
    /// Files of which no notice can be taken, with the reason.
    pub faults: Vec<(String, String)>,
}

/// Why a tree cannot be served.
#[derive(Debug, Error)]
pub enum IndexError {
    /// What okdboot wrote down of it cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// What it does with its machines cannot be read.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// There is nothing in it that boots a machine.
    #[error("`{0}` has no group, no profile and no rendered file: nothing in it boots a machine")]
    Empty(String),
}

/// What was read of a tree.
#[derive(Debug)]
pub struct TreeParts {
    index: TreeIndex,
    rosters: Vec<Roster>,
}

impl TreeParts {
    /// Adds the machines: `root` is what messages call the tree, `without_files` are machines that it has no
    /// file for.
    pub fn index(self, root: &str, without_files: &[ServedMachine]) -> Result<TreeIndex, IndexError> {
        let Self { mut index, rosters } = self;
        index.machines = Machines::of(&rosters, without_files, &index.groups);
        if index.groups.is_empty() && index.profiles.is_empty() && index.machines.is_empty() {
            return Err(IndexError::Empty(root.to_owned()));
        }
        Ok(index)
    }
}

/// The group of a request.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a> {
    /// The group.
    pub group: &'a GroupCandidate,
    /// Its metadata.
    pub metadata: &'a Value,
}

impl Layout {
    /// Returns a path of a matchbox data folder as it is below the root.
    pub fn data(self, path: &str) -> String {
        match self {
            Self::Rendered => format!("{}/{path}", layout::MATCHBOX),
            Self::Matchbox => path.to_owned(),
        }
    }
}

impl TreeIndex {
    /// Reads a tree; the machines come with [`TreeParts::index`].
    pub fn read(tree: &dyn Tree, layout: Layout) -> Result<TreeParts, IndexError> {
        let (mut rosters, mut manifest) = (Vec::new(), Manifest::default());
        if layout == Layout::Rendered {
            let clusters = manifest::clusters(tree)?;
            manifest = Manifest::load(tree, &clusters)?;
            for cluster in &clusters {
                rosters.extend(Roster::load(tree, cluster)?);
            }
        }
        let digests: BTreeMap<_, _> =
            manifest.entries.into_iter().map(|(path, entry)| (path, entry.sha256)).collect();
        let mut index = Self::empty(layout, digests);
        index.read_groups(tree);
        index.read_profiles(tree);
        Ok(TreeParts { index, rosters })
    }

    fn empty(layout: Layout, digests: BTreeMap<RelPath, Sha256>) -> Self {
        let below = |path: &RelPath| layout::tftp_request(path).and_then(grub::folder_of).map(str::to_owned);
        Self {
            grub_folders: digests.keys().filter_map(below).collect(),
            layout,
            machines: Machines::default(),
            groups: Vec::new(),
            by_pair: HashMap::new(),
            rest: Vec::new(),
            metadata: HashMap::new(),
            profiles: BTreeMap::new(),
            digests,
            faults: Vec::new(),
        }
    }

    fn read_groups(&mut self, tree: &dyn Tree) {
        self.read_files(tree, "groups", |index, (stem, path, bytes)| {
            match GroupCandidate::parse(&stem, &bytes) {
                Ok(group) => index.add(group, metadata(&bytes)),
                Err(reason) => index.faults.push((path, reason.to_string())),
            }
        });
    }

    fn add(&mut self, group: GroupCandidate, metadata: Value) {
        let at = self.groups.len();
        match group.selector.iter().find(|(_, value)| !value.is_empty()) {
            Some((key, value)) => self.by_pair.entry(format!("{key}={value}")).or_default().push(at),
            None => self.rest.push(at),
        }
        let is_empty = metadata.is_null() || metadata.as_object().is_some_and(serde_json::Map::is_empty);
        if !is_empty {
            self.metadata.insert(group.stem.clone(), metadata);
        }
        self.groups.push(group);
    }

    fn read_profiles(&mut self, tree: &dyn Tree) {
        self.read_files(tree, "profiles", |index, (stem, path, bytes)| {
            if profile::parse(&bytes).is_some() {
                index.profiles.insert(stem, bytes.into());
            } else {
                index.faults.push((path, "not a profile as matchbox reads them".to_owned()));
            }
        });
    }

    /// Reads the `.json` files of a folder of the data, flat, as matchbox does. Each is taken as it comes: a
    /// hundred thousand of them at once would be most of what the index needs.
    fn read_files(
        &mut self,
        tree: &dyn Tree,
        folder: &str,
        take: impl Fn(&mut Self, (String, String, Vec<u8>)),
    ) {
        let folder = self.layout.data(folder);
        let names = folder.parse().map(|folder| tree.names(&folder)).unwrap_or_default();
        for name in names {
            let Some(stem) = name.strip_suffix(".json") else { continue };
            let path = format!("{folder}/{name}");
            match path.parse().map(|path| tree.look(&path)) {
                Ok(Standing::File(found)) => take(self, (stem.to_owned(), path, found.bytes)),
                Ok(Standing::Other(obstacle)) => self.faults.push((path, obstacle.to_string())),
                Ok(Standing::Unreadable(cause)) => self.faults.push((path, cause)),
                Ok(Standing::Absent) => {}
                Err(error) => self.faults.push((path, error.to_string())),
            }
        }
    }

    /// Finds the group that matchbox would take.
    pub fn choose(&self, labels: &Labels) -> Option<Chosen<'_>> {
        let pairs = labels.iter().map(|(key, value)| format!("{key}={value}"));
        let by_pair = pairs.filter_map(|pair| self.by_pair.get(&pair)).flatten();
        let candidates = by_pair.chain(&self.rest).filter_map(|at| self.groups.get(*at));
        let group = select(candidates, labels).matching.first().copied()?;
        Some(Chosen { group, metadata: self.metadata.get(&group.stem).unwrap_or(&Value::Null) })
    }

    /// Returns a profile by its stem.
    pub fn profile(&self, stem: &str) -> Option<Read> {
        self.profiles.get(stem).and_then(|bytes| profile::parse(bytes))
    }

    /// Returns the digest of a file that okdboot wrote.
    pub fn digest(&self, path: &str) -> Option<Sha256> {
        self.digests.get(&path.parse::<RelPath>().ok()?).copied()
    }

    /// Returns the Ignition files that okdboot wrote, below the root.
    pub fn ignition_files(&self) -> impl Iterator<Item = &RelPath> {
        let is_ignition = |path: &&RelPath| Stage::of_file(path.as_str()) == Some(Stage::Ignition);
        self.digests.keys().filter(is_ignition)
    }

    /// Returns the digest of the Ignition file that a machine is installed with.
    pub fn role_digest(&self, machine: &ServedMachine) -> Option<Sha256> {
        let (cluster, pool) = (machine.cluster.as_ref()?, machine.pool.as_ref()?);
        self.digest(&self.layout.data(&format!("assets/ignition/{cluster}/{pool}.ign")))
    }

    /// Returns the folders below the TFTP root that have files of GRUB for machines.
    pub(super) fn grub_folders(&self) -> impl Iterator<Item = &str> {
        self.grub_folders.iter().map(String::as_str)
    }

    /// Returns how many groups there are.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }
}

fn metadata(bytes: &[u8]) -> Value {
    let members: Option<serde_json::Map<String, Value>> = serde_json::from_slice(bytes).ok();
    let found =
        members.and_then(|all| all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("metadata")));
    found.map(|(_, value)| value).unwrap_or_default()
}
