//! Writing the output tree: every file whole, all of them or none.
//!
//! All temp files are written first, each in its target's own folder, and made durable by one syncfs.
//! A failure up to there has changed no file. Then an intent is made durable, which names every rename and
//! every removal; then they are done, okdboot's own files as the last; one sync a folder; and the intent
//! goes. A run that is killed in between has its changes made by whichever run comes next
//! ([`recover`]).

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::error::ApplyError;
use super::recover;
use crate::disk::account::{Accounts, PrivateFile};
use crate::disk::{DiskError, Lock};
use crate::model::digest::Sha256;
use crate::model::path::RelPath;
use crate::plan::change::{Change, ChangeKind, Changes};
use crate::plan::intent::{self, Intent, Step};
use crate::plan::manifest;
use crate::plan::tree::{Standing, Tree};
use crate::plan::{FileKind, FileMode, Plan};
use crate::pool;

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

/// Carries out changes. They must have been compared under this lock; `group` is the number of the
/// group that Ignition files get.
///
/// If nothing is to be done, nothing is touched, not even the manifest.
///
/// `own` are okdboot's own files that belong to the plan, with their text; nothing where one has to go. What is
/// on the disk leaves the memory: the files of the plan have no contents afterwards.
pub fn apply(
    changes: &Changes,
    plan: &mut Plan,
    lock: &Lock<'_>,
    group: Option<u32>,
    own: &[OwnFile],
) -> Result<Summary, ApplyError> {
    refuse_blocked(changes, lock)?;
    remove_stale(changes, lock)?;
    let mut batch = Batch { lock, steps: Vec::new(), is_announced: false };
    batch.mark(changes, own)?;
    batch.stage_planned(changes, plan, group)?;
    batch.stage_own(own.iter().cloned())?;
    if let Some(next) = &changes.next {
        batch.stage_own(next.files(&plan.clusters))?;
    }
    batch.commit(changes, group)?;
    Ok(summary(changes, lock))
}

/// One of okdboot's own files, with its text; nothing where it has to go.
pub type OwnFile = (RelPath, Option<String>);

/// Says whether an own file is as it should be already.
fn stands(lock: &Lock<'_>, (path, text): &OwnFile) -> bool {
    match (lock.root().look(path), text) {
        (Standing::Absent, None) => true,
        (Standing::File(found), Some(text)) => found.bytes == text.as_bytes(),
        _ => false,
    }
}

fn refuse_blocked(changes: &Changes, lock: &Lock<'_>) -> Result<(), ApplyError> {
    let mut blocked = changes.blocked();
    let Some((path, reason)) = blocked.next() else { return Ok(()) };
    let path = full(lock, path);
    Err(ApplyError::Blocked { path, reason: reason.clone(), others: blocked.count() })
}

/// Removes what killed runs left in the folders of this one.
fn remove_stale(changes: &Changes, lock: &Lock<'_>) -> Result<(), DiskError> {
    lock.own().remove_stale(lock, |_| false)?;
    let mut seen = BTreeSet::new();
    for change in &changes.list {
        if seen.insert(change.path.split().0)
            && let Ok(folder) = lock.root().folder_of(&change.path)
        {
            folder.remove_stale(lock, |_| false)?;
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

/// Changes that wait to be made; temp files that still have no name when it is dropped are removed.
struct Batch<'a> {
    lock: &'a Lock<'a>,
    steps: Vec<Step>,
    /// Whether the intent is durable: from then on nothing is taken back.
    is_announced: bool,
}

impl Batch<'_> {
    /// Leaves word of the folders in which temp files will stand, for a run that finds them there.
    fn mark(&self, changes: &Changes, own: &[OwnFile]) -> Result<(), DiskError> {
        let written =
            |change: &&Change| matches!(change.kind, ChangeKind::Create | ChangeKind::Update { .. });
        let paths = changes.list.iter().filter(written).map(|change| &change.path);
        let own = own.iter().filter(|file| !stands(self.lock, file)).map(|(path, _)| path);
        let folders = paths.chain(own).map(|path| path.split().0);
        let folders: BTreeSet<&str> =
            folders.chain(changes.next.is_some().then_some(manifest::FOLDER)).collect();
        if folders.is_empty() { Ok(()) } else { recover::mark(self.lock, &folders) }
    }

    /// Prepares the files of a plan, whose contents are on the disk then and leave the memory.
    fn stage_planned(
        &mut self,
        changes: &Changes,
        plan: &mut Plan,
        group: Option<u32>,
    ) -> Result<(), ApplyError> {
        let lock = self.lock;
        for part in apart(&changes.list).chunks(PART) {
            self.stage(part, |change| prepared(lock, change, plan, group))?;
            for change in part {
                plan.forget(&change.path);
            }
        }
        Ok(())
    }

    /// Prepares those of okdboot's own files that are not as they should be already.
    fn stage_own(&mut self, files: impl Iterator<Item = OwnFile>) -> Result<(), ApplyError> {
        let (lock, mut files) = (self.lock, files.peekable());
        while files.peek().is_some() {
            let part: Vec<OwnFile> = files.by_ref().take(FEW).collect();
            let prepare = |file: &OwnFile| {
                (!stands(lock, file)).then(|| prepared_own(lock, &file.0, file.1.as_deref())).transpose()
            };
            self.stage(&part.iter().collect::<Vec<_>>(), |file| prepare(file))?;
        }
        Ok(())
    }

    /// Prepares what is listed as far as that is possible without anybody seeing it. Where one of them fails,
    /// those that were prepared are known all the same, so that they are taken back.
    fn stage<T: Sync>(
        &mut self,
        part: &[&T],
        prepare: impl Fn(&T) -> Result<Option<Step>, ApplyError> + Sync,
    ) -> Result<(), ApplyError> {
        // A few files are written before a thread has begun.
        if part.len() < FEW {
            return part.iter().try_for_each(|item| {
                self.steps.extend(prepare(item)?);
                Ok(())
            });
        }
        let prepared = pool::each(part, pool::cores(), |item| prepare(item));
        let (prepared, failed): (Vec<_>, Vec<_>) = prepared.into_iter().partition(Result::is_ok);
        self.steps.extend(prepared.into_iter().flatten().flatten());
        failed.into_iter().find_map(Result::err).map_or(Ok(()), Err)
    }

    /// Makes the changes seen. Names appear from the last path to the first, which puts matchbox's
    /// profiles before the groups that name them, and okdboot's own files as the last.
    fn commit(mut self, changes: &Changes, group: Option<u32>) -> Result<(), ApplyError> {
        self.steps.sort_by(|one, other| order(other).cmp(&order(one)));
        self.announce()?;
        self.publish(changes, group).map_err(ApplyError::Begun)
    }

    fn publish(&self, changes: &Changes, group: Option<u32>) -> Result<(), DiskError> {
        for step in &self.steps {
            publish(self.lock, step)?;
        }
        for change in &changes.list {
            self.regrant(change, group)?;
        }
        if self.steps.is_empty() {
            return Ok(());
        }
        self.sync_folders()?;
        recover::conclude(self.lock)
    }

    /// Makes all temp files durable, then what is going to become of them.
    fn announce(&mut self) -> Result<(), DiskError> {
        if self.steps.is_empty() {
            return Ok(());
        }
        self.sync_devices()?;
        let (own, name) = (self.lock.own(), name(intent::FILE));
        let mut temp = own.temp()?;
        Intent::pieces(&self.steps).try_for_each(|piece| temp.append(piece.as_bytes()))?;
        temp.publish(name, FileMode::Config.bits())?;
        self.is_announced = true;
        Ok(())
    }

    /// Sets modes and groups, for which there is no temp file.
    fn regrant(&self, change: &Change, group: Option<u32>) -> Result<(), DiskError> {
        let (mode, group) = match change.kind {
            ChangeKind::Chmod { to, .. } => (to, wanted(change.owner.kind, group)),
            ChangeKind::Regroup { to, .. } => (FileMode::Ignition.bits(), Some(to)),
            _ => return Ok(()),
        };
        self.lock.root().folder_of(&change.path)?.regrant(change.path.split().1, mode, group)
    }

    /// Syncs each file system that temp files are on: nearly always one.
    fn sync_devices(&self) -> Result<(), DiskError> {
        let mut devices = BTreeMap::new();
        for folder in self.folders() {
            let folder = self.lock.root().folder_of(folder)?;
            devices.insert(folder.device(), folder);
        }
        devices.values().try_for_each(|folder| folder.sync_device())
    }

    fn sync_folders(&self) -> Result<(), DiskError> {
        self.folders().into_iter().try_for_each(|path| self.lock.root().folder_of(path)?.sync())
    }

    /// Returns one path of each folder.
    fn folders(&self) -> Vec<&RelPath> {
        let by_folder: BTreeMap<&str, &RelPath> =
            self.steps.iter().map(|step| (step.path.split().0, &step.path)).collect();
        by_folder.into_values().collect()
    }
}

/// Mixes both halves of a sorted list, so that two threads are seldom in one folder: one would wait for the
/// other there.
fn apart<T>(list: &[T]) -> Vec<&T> {
    let (front, back) = list.split_at(list.len() / 2);
    let mut back = back.iter();
    let mut mixed: Vec<&T> = front.iter().flat_map(|item| std::iter::once(item).chain(back.next())).collect();
    mixed.extend(back);
    mixed
}

/// How many files are prepared before anybody looks whether one has failed.
const PART: usize = 1024;

/// How many manifests are in memory at once, each with the files of one cluster; fewer files than these are
/// not worth a thread.
const FEW: usize = 32;

/// Prepares one change; nothing where nothing is to be written.
fn prepared(
    lock: &Lock<'_>,
    change: &Change,
    plan: &Plan,
    group: Option<u32>,
) -> Result<Option<Step>, ApplyError> {
    let (before, after, temp) = match change.kind {
        ChangeKind::Create | ChangeKind::Update { .. } => {
            let unplanned = || ApplyError::Unplanned { path: full(lock, &change.path) };
            let file = plan.file(&change.path).ok_or_else(unplanned)?;
            let mode = (file.mode.bits(), wanted(file.owner.kind, group));
            let temp = write(lock, &file.path, &file.contents, mode)?;
            let before = if let ChangeKind::Update { before } = change.kind { Some(before) } else { None };
            (before, Some(Sha256::of(&file.contents)), Some(temp))
        }
        ChangeKind::Orphan { before } => {
            check_orphan(lock, &change.path, before)?;
            (Some(before), None, None)
        }
        _ => return Ok(None),
    };
    let owner = Some(change.owner.clone());
    Ok(Some(Step { path: change.path.clone(), owner, before, after, temp }))
}

/// Prepares one of okdboot's own files.
fn prepared_own(lock: &Lock<'_>, path: &RelPath, text: Option<&str>) -> Result<Step, ApplyError> {
    let write = |text: &str| write(lock, path, text.as_bytes(), (FileMode::Config.bits(), None));
    let temp = text.map(write).transpose()?;
    let after = text.map(|text| Sha256::of(text.as_bytes()));
    Ok(Step { path: path.clone(), owner: None, before: None, after, temp })
}

fn write(
    lock: &Lock<'_>,
    path: &RelPath,
    bytes: &[u8],
    (mode, group): (u32, Option<u32>),
) -> Result<String, DiskError> {
    let folder = lock.folder_of(path)?;
    let grant = folder.grant(path.split().1, mode, group)?;
    let mut temp = folder.temp()?;
    temp.append(bytes)?;
    temp.give(grant)?;
    Ok(temp.leave())
}

/// A file goes only if it still is the one that was compared.
fn check_orphan(lock: &Lock<'_>, path: &RelPath, before: Sha256) -> Result<(), ApplyError> {
    match lock.root().look(path) {
        Standing::File(found) if Sha256::of(&found.bytes) == before => Ok(()),
        _ => Err(ApplyError::Changed { path: full(lock, path) }),
    }
}

/// Own files come after all others; a manifest says what stands there.
fn order(step: &Step) -> (bool, &RelPath) {
    (step.owner.is_some(), &step.path)
}

/// Gives a temp file its name, or removes a file.
fn publish(lock: &Lock<'_>, step: &Step) -> Result<(), DiskError> {
    let (folder, name) = (lock.root().folder_of(&step.path)?, step.path.split().1);
    match &step.temp {
        Some(temp) => folder.rename(temp, name),
        None => folder.remove(name),
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        // Once announced, they are the next run's: it has to find them.
        for step in self.steps.iter().filter(|_| !self.is_announced) {
            if let (Ok(folder), Some(temp)) = (self.lock.root().folder_of(&step.path), &step.temp) {
                folder.discard(temp);
            }
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
