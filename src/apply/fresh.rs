//! Folders that are new. Their files are made under their own names, in a folder that gets its name at the end: one
//! rename for hundreds of thousands of files.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::disk::{DiskError, Lock};
use crate::model::path::RelPath;
use crate::plan::change::{ChangeKind, Changes};
use crate::plan::intent::NewFolder;

/// The topmost folders that are not there yet, by their paths, each with the name that it has beside its place.
#[derive(Debug, Default)]
pub(super) struct FreshFolders(BTreeMap<RelPath, String>);

/// Finds the topmost folders that changes need and that are not there.
pub(super) fn missing(changes: &Changes, lock: &Lock<'_>) -> BTreeSet<RelPath> {
    let created = changes.list.iter().filter(|change| change.kind == ChangeKind::Create);
    let folders: BTreeSet<&str> = created.map(|change| change.path.split().0).collect();
    folders.into_iter().filter_map(|folder| topmost(folder, lock)).collect()
}

fn topmost(folder: &str, lock: &Lock<'_>) -> Option<RelPath> {
    let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
    let mut parents = ends.filter_map(|end| folder[..end].parse::<RelPath>().ok());
    parents.find(|parent| lock.root().lacks(parent))
}

impl FreshFolders {
    /// Takes what a killed run has left.
    pub(super) fn of(folders: &[NewFolder]) -> Self {
        Self(folders.iter().map(|new| (new.path.clone(), new.temp.clone())).collect())
    }

    /// Makes one more.
    pub(super) fn make(&mut self, path: RelPath, lock: &Lock<'_>) -> Result<(), DiskError> {
        let name = lock.folder_of(&path)?.fresh_folder()?;
        self.0.insert(path, name);
        Ok(())
    }

    /// Returns the paths of the folders.
    pub(super) fn paths(&self) -> impl Iterator<Item = &RelPath> {
        self.0.keys()
    }

    /// Returns the folders for the intent.
    pub(super) fn announced(&self) -> Vec<NewFolder> {
        self.0.iter().map(|(path, temp)| NewFolder { path: path.clone(), temp: temp.clone() }).collect()
    }

    /// Returns where a file of a new folder stands until then; nothing where its folder is there.
    pub(super) fn staged(&self, path: &RelPath) -> Option<RelPath> {
        let text = path.as_str();
        let mut ends = text.match_indices('/').map(|(at, _)| at);
        let (end, temp) = ends.find_map(|end| Some((end, self.temp(&text[..end])?)))?;
        let parent =
            text[..end].rsplit_once('/').map_or(Cow::Borrowed(""), |(parent, _)| format!("{parent}/").into());
        format!("{parent}{temp}{}", &text[end..]).parse().ok()
    }

    fn temp(&self, folder: &str) -> Option<&str> {
        // There are a few of them at most.
        self.0.iter().find(|(path, _)| path.as_str() == folder).map(|(_, temp)| temp.as_str())
    }

    /// Gives the folders their names, the last path first.
    pub(super) fn publish(&self, lock: &Lock<'_>) -> Result<(), DiskError> {
        self.0.iter().rev().try_for_each(|(path, temp)| publish(path, temp, lock))
    }

    /// The same after a run that was killed, for those that are whole. One that is there already, whoever made it,
    /// keeps what it has.
    pub(super) fn publish_left(
        &self,
        lock: &Lock<'_>,
        is_whole: impl Fn(&RelPath) -> bool,
    ) -> Result<(), DiskError> {
        let is_left = |path: &RelPath, temp: &str| {
            let is_there = |folder: RelPath| !lock.root().lacks(&folder);
            lock.root().lacks(path) && beside(path, temp).is_some_and(is_there) && is_whole(path)
        };
        let mut left = self.0.iter().rev().filter(|(path, temp)| is_left(path, temp));
        left.try_for_each(|(path, temp)| publish(path, temp, lock))
    }

    /// Removes them with everything in them, as far as that is possible.
    pub(super) fn discard(&self, lock: &Lock<'_>) {
        for (path, temp) in &self.0 {
            if let Ok(parent) = lock.root().folder_of(path) {
                parent.discard_tree(temp);
            }
        }
    }
}

fn publish(path: &RelPath, temp: &str, lock: &Lock<'_>) -> Result<(), DiskError> {
    lock.root().folder_of(path)?.rename(temp, path.split().1)
}

fn beside(path: &RelPath, name: &str) -> Option<RelPath> {
    let folder = path.split().0;
    if folder.is_empty() { name.parse().ok() } else { format!("{folder}/{name}").parse().ok() }
}
