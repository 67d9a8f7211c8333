//! One change made ready, without anybody seeing it: a temp file beside its target, or a last look at what is to go.

use camino::Utf8PathBuf;

use super::error::ApplyError;
use crate::disk::{DiskError, Lock};
use crate::model::digest::Sha256;
use crate::model::path::RelPath;
use crate::plan::change::{Change, ChangeKind};
use crate::plan::intent::Step;
use crate::plan::tree::{Standing, Tree as _};
use crate::plan::{FileKind, FileMode, PlannedFile};

/// One of okdboot's own files, with its text; nothing where it has to go.
pub type OwnFile = (RelPath, Option<String>);

/// Prepares one file.
pub(super) fn file(
    lock: &Lock<'_>,
    change: &Change,
    file: &PlannedFile,
    group: Option<u32>,
) -> Result<Step, ApplyError> {
    let mode = (file.mode.bits(), wanted(file.owner.kind, group));
    let temp = write(lock, &file.path, &file.contents, mode)?;
    let before = if let ChangeKind::Update { before } = change.kind { Some(before) } else { None };
    let (owner, after) = (Some(change.owner.clone()), Some(Sha256::of(&file.contents)));
    Ok(Step { path: change.path.clone(), owner, before, after, temp: Some(temp) })
}

/// Prepares one removal; nothing where nothing is to go.
pub(super) fn orphan(lock: &Lock<'_>, change: &Change) -> Result<Option<Step>, ApplyError> {
    let ChangeKind::Orphan { before } = change.kind else { return Ok(None) };
    check_orphan(lock, &change.path, before)?;
    let owner = Some(change.owner.clone());
    Ok(Some(Step { path: change.path.clone(), owner, before: Some(before), after: None, temp: None }))
}

/// Prepares one of okdboot's own files.
pub(super) fn own(lock: &Lock<'_>, path: &RelPath, text: Option<&str>) -> Result<Step, ApplyError> {
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

/// Returns the group that a file of a kind gets.
pub(super) fn wanted(kind: FileKind, group: Option<u32>) -> Option<u32> {
    group.filter(|_| kind == FileKind::Ignition)
}

/// Says whether an own file is as it should be already.
pub(super) fn stands(lock: &Lock<'_>, (path, text): &OwnFile) -> bool {
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
