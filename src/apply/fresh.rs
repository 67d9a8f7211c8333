//! Folders that are new. Their files are made under their own names, in a folder that gets its name at the end: one
//! rename for hundreds of thousands of files.

use std::collections::BTreeSet;

use crate::disk::{DiskError, Lock};
use crate::model::path::RelPath;
use crate::plan::change::{ChangeKind, Changes};
use crate::plan::intent::NewFolder;

/// The topmost folders that are not there yet, by their paths, each with the name that it has beside its place.
#[derive(Debug, Default)]
pub(super) struct FreshFolders(Vec<NewFolder>);

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
        Self(folders.to_vec())
    }

    /// Makes one more.
    pub(super) fn make(&mut self, path: RelPath, lock: &Lock<'_>) -> Result<(), DiskError> {
        let temp = lock.folder_of(&path)?.fresh_folder()?;
        self.0.push(NewFolder { path, temp });
        Ok(())
    }

    /// Returns the paths of the folders.
    pub(super) fn paths(&self) -> impl Iterator<Item = &RelPath> {
        self.0.iter().map(|new| &new.path)
    }

    /// Returns the folders for the intent.
    pub(super) fn announced(&self) -> &[NewFolder] {
        &self.0
    }

    /// Returns where a file of a new folder stands until then; nothing where its folder is there.
    pub(super) fn staged(&self, path: &RelPath) -> Option<RelPath> {
        // There are a few of them at most.
        let new = self.0.iter().find(|new| path.is_below(&new.path))?;
        let rest = &path.as_str()[new.path.as_str().len()..];
        format!("{}{rest}", beside(new)?).parse().ok()
    }

    /// Gives the folders their names, the last path first.
    pub(super) fn publish(&self, lock: &Lock<'_>) -> Result<(), DiskError> {
        self.0.iter().rev().try_for_each(|new| publish(new, lock))
    }

    /// The same after a run that was killed, for those that are whole. One that is there already, whoever made it,
    /// keeps what it has.
    pub(super) fn publish_left(
        &self,
        lock: &Lock<'_>,
        is_whole: impl Fn(&RelPath) -> bool,
    ) -> Result<(), DiskError> {
        let is_left = |new: &&NewFolder| {
            let is_there = |folder: RelPath| !lock.root().lacks(&folder);
            lock.root().lacks(&new.path) && beside(new).is_some_and(is_there) && is_whole(&new.path)
        };
        self.0.iter().rev().filter(is_left).try_for_each(|new| publish(new, lock))
    }

    /// Removes them with everything in them, as far as that is possible.
    pub(super) fn discard(&self, lock: &Lock<'_>) {
        for new in &self.0 {
            if let Ok(parent) = lock.root().folder_of(&new.path) {
                parent.discard_tree(&new.temp);
            }
        }
    }
}

fn publish(new: &NewFolder, lock: &Lock<'_>) -> Result<(), DiskError> {
    lock.root().folder_of(&new.path)?.rename(&new.temp, new.path.split().1)
}

/// Returns where a folder stands until it has its name.
fn beside(new: &NewFolder) -> Option<RelPath> {
    new.path.sibling(&new.temp)
}
