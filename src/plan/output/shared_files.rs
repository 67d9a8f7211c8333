//! The shared files of a tree as they stand: a run keeps what they say of clusters that it does not have.

use std::collections::BTreeMap;

use super::OUTPUTS;
use crate::model::path::RelPath;
use crate::plan::tree::{Standing, Tree};

/// Where an output keeps what it says of clusters that are not in a run.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) enum Keeps {
    /// In a file.
    File(&'static str),
    /// In the files of a folder, whose names nobody knows beforehand.
    Folder(&'static str),
    /// In a file of this name in each folder of a folder.
    Below(&'static str, &'static str),
}

impl Keeps {
    /// Returns the files.
    fn paths(self, tree: &dyn Tree) -> Vec<String> {
        let below = |folder: &str| {
            let names = folder.parse().map(|folder| tree.names(&folder)).unwrap_or_default();
            names.into_iter().map(|name| format!("{folder}/{name}")).collect::<Vec<_>>()
        };
        match self {
            Self::File(path) => vec![path.to_owned()],
            Self::Folder(folder) => below(folder),
            Self::Below(folder, name) => below(folder).iter().map(|it| format!("{it}/{name}")).collect(),
        }
    }
}

/// The texts of shared files by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedFiles(BTreeMap<RelPath, String>);

impl SharedFiles {
    /// Reads them; what is not there, or is not text, says nothing.
    pub fn read(tree: &dyn Tree) -> Self {
        let paths = OUTPUTS.iter().flat_map(|output| output.make.keeps()).flat_map(|keeps| keeps.paths(tree));
        let text = |path: String| {
            let path: RelPath = path.parse().ok()?;
            match tree.look(&path) {
                Standing::File(found) => Some((path, String::from_utf8(found.bytes).ok()?)),
                _ => None,
            }
        };
        Self(paths.filter_map(text).collect())
    }

    /// Returns a file's text; nothing where there is none.
    pub fn text(&self, path: &str) -> &str {
        let found = path.parse::<RelPath>().ok().and_then(|path| self.0.get(&path));
        found.map(String::as_str).unwrap_or_default()
    }

    /// Returns the paths below a folder.
    pub(super) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a RelPath> {
        self.0.keys().filter(move |path| path.split().0 == folder)
    }

    /// Returns the texts of a name in the folders of a folder, by these.
    pub(super) fn below_each<'a>(
        &'a self,
        folder: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(path, text)| {
            let (above, last) = path.split();
            let each = above.strip_prefix(folder)?.strip_prefix('/')?;
            (last == name).then_some((each, text.as_str()))
        })
    }

    /// Says whether another look at the same tree found something else at one of these paths.
    pub fn differs<'a>(&self, other: &Self, mut paths: impl Iterator<Item = &'a RelPath>) -> Option<RelPath> {
        paths.find(|path| self.0.get(path) != other.0.get(path)).cloned()
    }

    /// Takes a text, for tests and for trees in memory.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.0.extend(path.parse().ok().map(|path: RelPath| (path, text.to_owned())));
        self
    }
}
