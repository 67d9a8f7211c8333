//! Changes in the making: staged under temp names, announced, then made.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::error::ApplyError;
use super::fresh::{self, FreshFolders};
use super::prepare::{self, OwnFile, Place, Shown};
use super::recover;
use crate::disk::{DiskError, Lock};
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::change::{Change, ChangeKind, Changes};
use crate::plan::intent::{self, Intent, Step};
use crate::plan::manifest;
use crate::plan::{FileMode, Parts, PlannedFile};
use crate::pool;

/// Changes that wait to be made; temp files that still have no name when it is dropped are removed.
pub(super) struct Batch<'a> {
    lock: &'a Lock<'a>,
    fresh: FreshFolders,
    steps: Vec<Step>,
    /// Whether the intent is durable: from then on nothing is taken back.
    is_announced: bool,
}

impl<'a> Batch<'a> {
    /// Starts with nothing; there will be as many steps as `most`, or fewer.
    pub(super) fn new(lock: &'a Lock<'a>, most: usize) -> Self {
        let steps = Vec::with_capacity(most);
        Self { lock, fresh: FreshFolders::default(), steps, is_announced: false }
    }

    /// Leaves word of the folders in which temp files will stand, for a run that finds them there; then makes those
    /// folders that are new.
    pub(super) fn begin(&mut self, changes: &Changes, own: &[OwnFile]) -> Result<(), DiskError> {
        let missing = fresh::missing(changes, self.lock);
        let is_below = |path: &RelPath| missing.iter().any(|new| path.is_below(new));
        let written = changes.list.iter().filter(|change| change.kind.is_write());
        let paths = written.map(|change| &change.path).filter(|path| !is_below(path));
        let own = own.iter().map(|(path, _)| path);
        let folders = paths.chain(&missing).chain(own).map(|path| path.split().0);
        let folders: BTreeSet<&str> =
            folders.chain(changes.next.is_some().then_some(manifest::FOLDER)).collect();
        if folders.is_empty() {
            return Ok(());
        }
        recover::mark(self.lock, &folders)?;
        missing.into_iter().try_for_each(|path| self.fresh.make(path, self.lock))
    }

    /// Prepares the files of a plan, part by part: what they hold is on the disk then.
    pub(super) fn stage_planned(
        &mut self,
        changes: &Changes,
        parts: &dyn Parts,
        group: Option<u32>,
    ) -> Result<(), ApplyError> {
        let writes = || changes.list.iter().filter(|change| change.kind.is_write());
        let due_ids: HashSet<&Label> = writes().filter_map(|change| change.owner.cluster.as_ref()).collect();
        let (before, due) = (self.steps.len(), writes().count());
        for part in parts.parts(&|id| due_ids.contains(id)) {
            self.stage_part(changes, &part?, group)?;
        }
        let staged = &self.steps[before..];
        if staged.len() == due {
            return Ok(());
        }
        let known: HashSet<&RelPath> = staged.iter().map(|step| &step.path).collect();
        let lacks = writes().find(|change| !known.contains(&change.path));
        let refuse =
            |change: &Change| Err(ApplyError::Unplanned { path: prepare::full(self.lock, &change.path) });
        lacks.map_or(Ok(()), refuse)
    }

    fn stage_part(
        &mut self,
        changes: &Changes,
        part: &[PlannedFile],
        group: Option<u32>,
    ) -> Result<(), ApplyError> {
        let change = |file: &PlannedFile| changes.at(&file.path).filter(|change| change.kind.is_write());
        let due: Vec<_> = part.iter().filter_map(|file| Some((change(file)?, file))).collect();
        let place = Place { lock: self.lock, fresh: &self.fresh, group };
        stage(&mut self.steps, &due, |(change, file)| place.file(change, file).map(Some))
    }

    /// Looks once more at what is to go.
    pub(super) fn stage_orphans(&mut self, changes: &Changes) -> Result<(), ApplyError> {
        let lock = self.lock;
        let is_orphan = |change: &&Change| matches!(change.kind, ChangeKind::Orphan { .. });
        let orphans: Vec<&Change> = changes.list.iter().filter(is_orphan).collect();
        stage(&mut self.steps, &orphans, |change| prepare::orphan(lock, change))
    }

    /// Prepares okdboot's own files.
    pub(super) fn stage_own(&mut self, files: &[OwnFile]) -> Result<(), ApplyError> {
        let lock = self.lock;
        stage(&mut self.steps, files, |file| prepare::own(lock, file).map(Some))
    }

    /// Prepares manifests that are not as they should be, a few at a time: each has the files of a cluster.
    pub(super) fn stage_manifests(
        &mut self,
        mut files: impl Iterator<Item = (RelPath, Option<String>)>,
    ) -> Result<(), ApplyError> {
        loop {
            let few: Vec<_> = files.by_ref().take(FEW).collect();
            if few.is_empty() {
                return Ok(());
            }
            let few: Vec<OwnFile> = few
                .iter()
                .map(|(path, own)| (path.clone(), own.as_ref().map(|text| text as Shown)))
                .collect();
            self.stage_own(&prepare::due(self.lock, &few))?;
        }
    }

    /// Makes the changes seen. Names appear from the last path to the first, which puts matchbox's
    /// profiles before the groups that name them, and okdboot's own files as the last.
    pub(super) fn commit(mut self, changes: &Changes, group: Option<u32>) -> Result<(), ApplyError> {
        self.steps.sort_unstable_by(|one, other| order(other).cmp(&order(one)));
        self.announce()?;
        self.publish(changes, group).map_err(ApplyError::Begun)
    }

    fn publish(&self, changes: &Changes, group: Option<u32>) -> Result<(), DiskError> {
        self.fresh.publish(self.lock)?;
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
        Intent::pieces(self.fresh.announced(), &self.steps)
            .try_for_each(|piece| temp.append(piece.as_bytes()))?;
        temp.publish(name, FileMode::Config.bits())?;
        self.is_announced = true;
        Ok(())
    }

    /// Sets modes and groups, for which there is no temp file.
    fn regrant(&self, change: &Change, group: Option<u32>) -> Result<(), DiskError> {
        let (mode, group) = match change.kind {
            ChangeKind::Chmod { to, .. } => (to, prepare::wanted(change.owner.kind, group)),
            ChangeKind::Regroup { to, .. } => (FileMode::Ignition.bits(), Some(to)),
            _ => return Ok(()),
        };
        self.lock.root().folder_of(&change.path)?.regrant(change.path.split().1, mode, group)
    }

    /// Syncs each file system that temp files are on: nearly always one.
    fn sync_devices(&self) -> Result<(), DiskError> {
        let mut devices = BTreeMap::new();
        for path in self.folders() {
            let folder = self.lock.root().folder_of(path)?;
            devices.insert(folder.device(), folder);
        }
        devices.values().try_for_each(|folder| folder.sync_device())
    }

    fn sync_folders(&self) -> Result<(), DiskError> {
        self.folders().into_iter().try_for_each(|path| self.lock.root().folder_of(path)?.sync())
    }

    /// Returns one path of each folder that was there before.
    fn folders(&self) -> Vec<&RelPath> {
        let paths = self.steps.iter().filter(|step| !step.comes_with_folder()).map(|step| &step.path);
        let paths = paths.chain(self.fresh.paths());
        let by_folder: BTreeMap<&str, &RelPath> = paths.map(|path| (path.split().0, path)).collect();
        by_folder.into_values().collect()
    }
}

/// Prepares what is listed as far as that is possible without anybody seeing it. Where one of them fails,
/// those that were prepared are known all the same, so that they are taken back.
fn stage<T: Sync>(
    steps: &mut Vec<Step>,
    list: &[T],
    prepare: impl Fn(&T) -> Result<Option<Step>, ApplyError> + Sync,
) -> Result<(), ApplyError> {
    // A few files are written before a thread has begun.
    if list.len() < FEW {
        return list.iter().try_for_each(|item| {
            steps.extend(prepare(item)?);
            Ok(())
        });
    }
    for part in apart(list).chunks(PART) {
        let all = |block: &&[T]| block.iter().map(&prepare).collect::<Vec<_>>();
        let prepared = pool::each(part, pool::cores(), all).into_iter().flatten();
        let (prepared, failed): (Vec<_>, Vec<_>) = prepared.partition(Result::is_ok);
        steps.extend(prepared.into_iter().flatten().flatten());
        failed.into_iter().find_map(Result::err).map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// Mixes blocks of both halves of a sorted list, so that two threads are seldom in one folder: one would wait for
/// the other there.
fn apart<T>(list: &[T]) -> Vec<&[T]> {
    let (front, back) = list.split_at(list.len() / 2);
    let mut back = back.chunks(FEW);
    let mut mixed: Vec<&[T]> =
        front.chunks(FEW).flat_map(|block| std::iter::once(block).chain(back.next())).collect();
    mixed.extend(back);
    mixed
}

/// How many blocks are prepared before anybody looks whether one has failed.
const PART: usize = 32;

/// How many files a thread takes at once; fewer are not worth one. So many manifests are in memory at once, each
/// with the files of one cluster.
const FEW: usize = 32;

/// Own files come after all others; a manifest says what stands there.
fn order(step: &Step) -> (bool, &RelPath) {
    (step.owner.is_some(), &step.path)
}

/// Gives a temp file its name, or removes a file.
fn publish(lock: &Lock<'_>, step: &Step) -> Result<(), DiskError> {
    if step.comes_with_folder() {
        return Ok(());
    }
    let (folder, name) = (lock.root().folder_of(&step.path)?, step.path.split().1);
    match &step.temp {
        Some(temp) => folder.rename(temp, name),
        None => folder.remove(name),
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        // Once announced, they are the next run's: it has to find them.
        if self.is_announced {
            return;
        }
        self.fresh.discard(self.lock);
        for step in &self.steps {
            if let (Ok(folder), Some(temp)) = (self.lock.root().folder_of(&step.path), &step.temp) {
                folder.discard(temp);
            }
        }
    }
}

/// Returns the file name at the end of one of the manifest's paths.
fn name(path: &'static str) -> &'static str {
    path.rsplit('/').next().unwrap_or(path)
}
