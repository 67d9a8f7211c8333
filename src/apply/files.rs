//! Writing the output tree: every file whole, all of them or none.
//!
//! All temp files are written first, each in its target's own folder, and made durable by one syncfs.
//! A failure up to there has changed no file. Then come the renames and the removal of
//! orphans, one sync a folder, and the manifest as the last. Before the first rename the coming
//! manifest is put beside the old one, so that a run killed in between is understood by the next.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use thiserror::Error;

use crate::disk::account::{Accounts, PrivateFile};
use crate::disk::{DiskError, Lock};
use crate::model::digest::Sha256;
use crate::model::path::RelPath;
use crate::plan::change::{Blocked, Change, ChangeKind, Changes, planned};
use crate::plan::manifest::{self, Manifest};
use crate::plan::tree::{Standing, Tree};
use crate::plan::{FileKind, FileMode, Plan, PlannedFile};
use crate::text::Count;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that were not there before.
    pub created: usize,
    /// Files that were replaced.
    pub updated: usize,
    /// Files that were given another mode or group.
    pub chmod: usize,
    /// Orphans that were removed.
    pub removed: usize,
    /// Orphans that were left and forgotten.
    pub kept: usize,
    /// Files that were right already.
    pub unchanged: usize,
    /// Ignition files that a web server of another user cannot read.
    pub private: Vec<PrivateFile>,
}

/// Why the tree was not written.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The disk said no.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Files are in the way that okdboot does not touch.
    #[error("cannot write the plan: `{path}` {reason}{}", and_others(*.others))]
    Blocked {
        /// The first of them.
        path: Utf8PathBuf,
        /// Why it is not touched.
        reason: Blocked,
        /// How many there are besides.
        others: usize,
    },
    /// Another program changed a file during the run.
    #[error("cannot remove `{path}`: it was changed during the run")]
    Changed {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The changes are not those of the plan.
    #[error("cannot write `{path}`: it is not in the plan")]
    Unplanned {
        /// The file.
        path: Utf8PathBuf,
    },
}

/// Carries out changes. They must have been compared under this lock; `group` is the number of the
/// group that Ignition files get.
///
/// If nothing is to be done, nothing is touched, not even the manifest.
pub fn apply(
    changes: &Changes,
    plan: &Plan,
    lock: &Lock<'_>,
    group: Option<u32>,
) -> Result<Summary, ApplyError> {
    refuse_blocked(changes, lock)?;
    remove_stale(changes, lock)?;
    let mut batch = Batch { lock, staged: Vec::new(), manifest: None };
    for change in &changes.list {
        batch.stage(change, plan, group)?;
    }
    batch.commit(changes, group)?;
    Ok(summary(changes, lock))
}

fn refuse_blocked(changes: &Changes, lock: &Lock<'_>) -> Result<(), ApplyError> {
    let mut blocked = changes.blocked();
    let Some((path, reason)) = blocked.next() else { return Ok(()) };
    let path = full(lock, path);
    Err(ApplyError::Blocked { path, reason: reason.clone(), others: blocked.count() })
}

fn and_others(others: usize) -> String {
    if others == 0 { String::new() } else { format!(" (and {} more)", Count(others, "file")) }
}

/// Removes what killed runs left in the folders of this one.
fn remove_stale(changes: &Changes, lock: &Lock<'_>) -> Result<(), DiskError> {
    lock.own().remove_stale()?;
    let mut seen = BTreeSet::new();
    for change in &changes.list {
        if seen.insert(change.path.split().0)
            && let Ok(folder) = lock.root().folder_of(&change.path)
        {
            folder.remove_stale()?;
        }
    }
    Ok(())
}

fn summary(changes: &Changes, lock: &Lock<'_>) -> Summary {
    let counts = changes.counts();
    let stays = |change: &&Change| !matches!(change.kind, ChangeKind::Orphan { .. } | ChangeKind::Kept);
    let secret = |change: &&Change| change.owner.kind == FileKind::Ignition;
    let paths = changes.list.iter().filter(secret).filter(stays).map(|change| &change.path);
    Summary {
        created: counts.create,
        updated: counts.update,
        chmod: counts.chmod,
        removed: counts.orphan,
        kept: counts.kept,
        unchanged: counts.same,
        private: lock.root().private_files(paths, &Accounts::load()),
    }
}

fn full(lock: &Lock<'_>, path: &RelPath) -> Utf8PathBuf {
    lock.root().path().join(path.as_str())
}

/// Temp files that wait for their names; those that still do when it is dropped are removed.
struct Batch<'a> {
    lock: &'a Lock<'a>,
    staged: Vec<(&'a RelPath, String)>,
    manifest: Option<String>,
}

impl<'a> Batch<'a> {
    /// Prepares one change as far as that is possible without anybody seeing it.
    fn stage(&mut self, change: &'a Change, plan: &Plan, group: Option<u32>) -> Result<(), ApplyError> {
        match change.kind {
            ChangeKind::Create | ChangeKind::Update { .. } => {
                let unplanned = || ApplyError::Unplanned { path: full(self.lock, &change.path) };
                let file = planned(plan, &change.path).ok_or_else(unplanned)?;
                let temp = self.write(file, group)?;
                self.staged.push((&change.path, temp));
            }
            ChangeKind::Orphan { before } => self.check_orphan(&change.path, before)?,
            _ => {}
        }
        Ok(())
    }

    fn write(&self, file: &PlannedFile, group: Option<u32>) -> Result<String, DiskError> {
        let folder = self.lock.folder_of(&file.path)?;
        let grant = folder.grant(file.path.split().1, file.mode.bits(), wanted(file.owner.kind, group))?;
        let mut temp = folder.temp()?;
        temp.append(&file.contents)?;
        temp.give(grant)?;
        Ok(temp.seal())
    }

    /// A file goes only if it still is the one that was compared.
    fn check_orphan(&self, path: &RelPath, before: Sha256) -> Result<(), ApplyError> {
        match self.lock.root().look(path) {
            Standing::File(found) if Sha256::of(&found.bytes) == before => Ok(()),
            _ => Err(ApplyError::Changed { path: full(self.lock, path) }),
        }
    }

    /// Makes the changes seen. Names appear from the last path to the first, which puts matchbox's
    /// profiles before the groups that name them.
    fn commit(mut self, changes: &'a Changes, group: Option<u32>) -> Result<(), DiskError> {
        self.announce(changes.next.as_ref())?;
        let mut touched = BTreeSet::new();
        while let Some((path, temp)) = self.staged.last() {
            self.lock.root().folder_of(path)?.rename(temp, path.split().1)?;
            touched.extend(self.staged.pop().map(|(path, _)| path));
        }
        for change in &changes.list {
            if self.finish(change, group)? {
                touched.insert(&change.path);
            }
        }
        self.sync_folders(touched)?;
        self.conclude(changes.next.as_ref())
    }

    /// Makes all temp files durable and puts the coming manifest beside the old one.
    fn announce(&mut self, next: Option<&Manifest>) -> Result<(), DiskError> {
        let own = self.lock.own();
        if let Some(next) = next {
            let grant = own.grant(name(manifest::FILE), FileMode::Config.bits(), None)?;
            let mut temp = own.temp()?;
            temp.append(next.to_text().as_bytes())?;
            temp.give(grant)?;
            self.manifest = Some(temp.seal());
        }
        self.sync_devices()?;
        if let Some(temp) = &self.manifest {
            own.rename(temp, name(manifest::NEXT_FILE))?;
            self.manifest = None;
            own.sync()?;
        }
        Ok(())
    }

    /// Does what has no temp file; says whether a name changed.
    fn finish(&self, change: &Change, group: Option<u32>) -> Result<bool, DiskError> {
        let (path, root) = (&change.path, self.lock.root());
        match change.kind {
            ChangeKind::Chmod { to, .. } => {
                let group = wanted(change.owner.kind, group);
                root.folder_of(path)?.regrant(path.split().1, to, group)?;
            }
            ChangeKind::Regroup { to, .. } => {
                let mode = FileMode::Ignition.bits();
                root.folder_of(path)?.regrant(path.split().1, mode, Some(to))?;
            }
            ChangeKind::Orphan { .. } => {
                root.folder_of(path)?.remove(path.split().1)?;
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    /// Puts the manifest in the old one's place.
    fn conclude(&self, next: Option<&Manifest>) -> Result<(), DiskError> {
        if next.is_none() {
            return Ok(());
        }
        let own = self.lock.own();
        own.rename(name(manifest::NEXT_FILE), name(manifest::FILE))?;
        own.sync()
    }

    /// Syncs each file system that temp files are on: nearly always one.
    fn sync_devices(&self) -> Result<(), DiskError> {
        let mut devices = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (path, _) in &self.staged {
            if seen.insert(path.split().0) {
                let folder = self.lock.root().folder_of(path)?;
                devices.insert(folder.device(), folder);
            }
        }
        let own = self.lock.own();
        if self.manifest.is_some() && !devices.contains_key(&own.device()) {
            own.sync_device()?;
        }
        devices.values().try_for_each(|folder| folder.sync_device())
    }

    fn sync_folders(&self, touched: BTreeSet<&RelPath>) -> Result<(), DiskError> {
        let mut seen = BTreeSet::new();
        for path in touched {
            if seen.insert(path.split().0) {
                self.lock.root().folder_of(path)?.sync()?;
            }
        }
        Ok(())
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for (path, temp) in &self.staged {
            if let Ok(folder) = self.lock.root().folder_of(path) {
                folder.discard(temp);
            }
        }
        if let Some(temp) = &self.manifest {
            self.lock.own().discard(temp);
        }
    }
}

/// Returns the group that a file of a kind gets.
fn wanted(kind: FileKind, group: Option<u32>) -> Option<u32> {
    group.filter(|_| kind == FileKind::Ignition)
}

/// Returns the file name at the end of one of the manifest's paths.
fn name(path: &'static str) -> &'static str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
