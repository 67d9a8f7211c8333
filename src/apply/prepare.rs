//! One change made ready, without anybody seeing it: a temp file beside its target, or a last look at what is to go.

use std::fmt;

use camino::Utf8PathBuf;

use super::error::ApplyError;
use super::fresh::FreshFolders;
use crate::disk::{DiskError, Lock};
use crate::model::digest::Sha256;
use crate::model::path::RelPath;
use crate::plan::change::{Change, ChangeKind};
use crate::plan::intent::Step;
use crate::plan::tree::{Standing, Tree as _};
use crate::plan::{FileKind, FileMode, PlannedFile};
use crate::pool;

/// One of okdboot's own files, with what its text is made of when it is needed; nothing where it has to go.
pub type OwnFile<'a> = (RelPath, Option<Shown<'a>>);

/// What becomes a text when it is needed.
pub type Shown<'a> = &'a (dyn fmt::Display + Sync);

/// Where files are written, and as whose.
pub(super) struct Place<'a> {
    /// The output root.
    pub lock: &'a Lock<'a>,
    /// The folders that are new.
    pub fresh: &'a FreshFolders,
    /// The group of Ignition files.
    pub group: Option<u32>,
}

impl Place<'_> {
    /// Prepares one file: under a temp name, or under its own in a folder that is new.
    pub(super) fn file(&self, change: &Change, file: &PlannedFile) -> Result<Step, ApplyError> {
        let mode = (file.mode.bits(), wanted(file.owner.kind, self.group));
        let temp = match self.fresh.staged(&file.path) {
            Some(staged) => {
                write_fresh(self.lock, &staged, &file.contents, mode)?;
                None
            }
            None => Some(write(self.lock, &file.path, &file.contents, mode)?),
        };
        let before = if let ChangeKind::Update { before } = change.kind { Some(before) } else { None };
        let (owner, after) = (Some(change.owner.clone()), Some(Sha256::of(&file.contents)));
        Ok(Step { path: change.path.clone(), owner, before, after, temp })
    }
}

/// Prepares one removal; nothing where nothing is to go.
pub(super) fn orphan(lock: &Lock<'_>, change: &Change) -> Result<Option<Step>, ApplyError> {
    let ChangeKind::Orphan { before } = change.kind else { return Ok(None) };
    check_orphan(lock, &change.path, before)?;
    let owner = Some(change.owner.clone());
    Ok(Some(Step { path: change.path.clone(), owner, before: Some(before), after: None, temp: None }))
}

/// Prepares one of okdboot's own files.
pub(super) fn own(lock: &Lock<'_>, (path, text): &OwnFile) -> Result<Step, ApplyError> {
    let text = text.map(ToString::to_string);
    let write = |text: &String| write(lock, path, text.as_bytes(), (FileMode::Config.bits(), None));
    let temp = text.as_ref().map(write).transpose()?;
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

fn write_fresh(
    lock: &Lock<'_>,
    staged: &RelPath,
    bytes: &[u8],
    (mode, group): (u32, Option<u32>),
) -> Result<(), DiskError> {
    let folder = lock.folder_of(staged)?;
    let mut file = folder.fresh_file(staged.split().1)?;
    file.append(bytes)?;
    file.give(folder.fresh_grant(mode, group))?;
    file.leave();
    Ok(())
}

/// A file goes only if it still is the one that was compared.
fn check_orphan(lock: &Lock<'_>, path: &RelPath, before: Sha256) -> Result<(), ApplyError> {
    match lock.root().look(path) {
        Standing::File(found) if Sha256::of(&found.bytes) == before => Ok(()),
        _ => Err(ApplyError::Changed { path: full(lock, path) }),
    }
}

/// Returns the group that a file of a kind gets.
pub(super) fn wanted(kind: FileKind, group: Option<u32>) -> Option<u32> {
    group.filter(|_| kind == FileKind::Ignition)
}

/// Returns those of okdboot's own files that are not as they should be already.
pub(super) fn due<'a>(lock: &Lock<'_>, own: &[OwnFile<'a>]) -> Vec<OwnFile<'a>> {
    let is_due = pool::each(own, pool::cores(), |(path, text)| {
        !stands(lock, path, text.map(ToString::to_string).as_deref())
    });
    let due = own.iter().zip(is_due).filter(|(_, is_due)| *is_due);
    due.map(|(file, _)| file.clone()).collect()
}

fn stands(lock: &Lock<'_>, path: &RelPath, text: Option<&str>) -> bool {
    match (lock.root().look(path), text) {
        (Standing::Absent, None) => true,
        (Standing::File(found), Some(text)) => found.bytes == text.as_bytes(),
        _ => false,
    }
}

/// Returns a path as messages name it.
pub(super) fn full(lock: &Lock<'_>, path: &RelPath) -> Utf8PathBuf {
    lock.root().path().join(path.as_str())
}
