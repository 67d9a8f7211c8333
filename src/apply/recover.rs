//! What a run does first once it has the lock: it ends what a killed one has begun, and tidies up.
//!
//! A run that was killed before its intent was durable has changed nothing: its temp files go. One that
//! was killed after it has its renames and removals done. A file that a person edited in between is left,
//! as it always is. The manifests of okdboot 0.1 are put into one a cluster on the way.

use std::collections::BTreeSet;

use super::error::ApplyError;
use super::fresh::FreshFolders;
use crate::disk::{DiskError, Lock, Root};
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::intent::{self, Intent, Step};
use crate::plan::manifest::{self, Manifest, OLD_FILE, OLD_NEXT_FILE};
use crate::plan::tree::{Standing, Tree as _};
use crate::plan::{FileMode, layout};

/// Names the folders in which temp files may stand, below `.okdboot`. It is durable before the first of them is
/// made: so only a run after one that was killed, or that lost its power, has to look for them.
const MARK: &str = "folders";

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// The last run ended as it should.
    Nothing,
    /// It was killed while it published; what it had begun is done now.
    Ended,
}

/// Takes the lock of an output root, and ends what a killed run has begun.
pub fn lock(root: &Root) -> Result<(Lock<'_>, Recovered), ApplyError> {
    let lock = root.lock()?;
    let found = end(&lock)?;
    tidy(&lock)?;
    migrate(&lock)?;
    Ok((lock, found))
}

/// Leaves word of the folders in which temp files will stand.
pub(super) fn mark(lock: &Lock<'_>, folders: &BTreeSet<&str>) -> Result<(), DiskError> {
    let text: String = folders.iter().map(|folder| format!("{folder}\n")).collect();
    let mut temp = lock.own().temp()?;
    temp.append(text.as_bytes())?;
    temp.publish(MARK, FileMode::Config.bits())
}

/// Says that everything is done.
pub(super) fn conclude(lock: &Lock<'_>) -> Result<(), DiskError> {
    let own = lock.own();
    own.remove(name(intent::FILE))?;
    own.remove(MARK)?;
    own.sync()
}

/// Does what an intent says, as far as the files are what it says of them.
fn end(lock: &Lock<'_>) -> Result<Recovered, ApplyError> {
    let Some(intent) = Intent::load(lock.root()).map_err(ApplyError::Intent)? else {
        return Ok(Recovered::Nothing);
    };
    let fresh = FreshFolders::of(&intent.folders);
    let is_whole = |folder: &RelPath| {
        let mut own =
            intent.steps.iter().filter(|step| step.comes_with_folder() && step.path.is_below(folder));
        own.all(|step| fresh.staged(&step.path).and_then(|staged| digest(lock, &staged)) == step.after)
    };
    fresh.publish_left(lock, is_whole)?;
    let mut folders: BTreeSet<&str> = fresh.paths().map(|path| path.split().0).collect();
    for step in &intent.steps {
        publish(lock, &fresh, step)?;
        folders.insert(step.path.split().0);
    }
    folders.iter().try_for_each(|folder| clear(lock, folder, Clear::Durably))?;
    let clusters = intent.clusters();
    let settled = Manifest::load(lock.root(), &clusters)?;
    write_manifests(lock, &settled, &clusters)?;
    lock.own().remove(name(intent::FILE))?;
    lock.own().sync()?;
    Ok(Recovered::Ended)
}

/// Removes temp files of a run that had not announced anything.
fn tidy(lock: &Lock<'_>) -> Result<(), ApplyError> {
    lock.own().remove_stale(lock, |_| false)?;
    let Ok(mark) = format!("{}/{MARK}", layout::OWN_FOLDER).parse::<RelPath>() else { return Ok(()) };
    let Standing::File(found) = lock.root().look(&mark) else { return Ok(()) };
    for folder in String::from_utf8_lossy(&found.bytes).lines() {
        clear(lock, folder, Clear::Only)?;
    }
    Ok(lock.own().remove(MARK)?)
}

/// Whether the names of a folder are made durable once its temp files are gone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clear {
    Durably,
    Only,
}

/// Removes the temp files of a folder; one that is gone, or is no path of the tree, has none.
fn clear(lock: &Lock<'_>, folder: &str, how: Clear) -> Result<(), DiskError> {
    // Any name in it will do to open the folder.
    let inside = if folder.is_empty() { "x".to_owned() } else { format!("{folder}/x") };
    let Ok(path) = inside.parse::<RelPath>() else { return Ok(()) };
    let Ok(folder) = lock.root().folder_of(&path) else { return Ok(()) };
    folder.remove_stale(lock, |_| false)?;
    if how == Clear::Durably { folder.sync() } else { Ok(()) }
}

/// Does one step where the files have the digests that it names: else a person was here.
fn publish(lock: &Lock<'_>, fresh: &FreshFolders, step: &Step) -> Result<(), DiskError> {
    let stands = digest(lock, &step.path);
    let is_as_before = match (&step.owner, stands) {
        (None, Some(_)) => true,
        (_, stands) => stands == step.before,
    };
    if step.comes_with_folder() {
        return if is_as_before { take_out(lock, fresh, step) } else { Ok(()) };
    }
    let Ok(folder) = lock.root().folder_of(&step.path) else { return Ok(()) };
    match (&step.temp, step.after) {
        (Some(temp), Some(after)) if is_as_before && stands != Some(after) => {
            if step.path.sibling(temp).is_some_and(|beside| digest(lock, &beside) == Some(after)) {
                folder.rename(temp, step.path.split().1)?;
            }
            Ok(())
        }
        (None, None) if stands.is_some() && is_as_before => folder.remove(step.path.split().1),
        _ => Ok(()),
    }
}

/// Takes a file out of a folder that did not get its name, since somebody made one there meanwhile.
fn take_out(lock: &Lock<'_>, fresh: &FreshFolders, step: &Step) -> Result<(), DiskError> {
    let Some(staged) = fresh.staged(&step.path) else { return Ok(()) };
    if digest(lock, &staged) != step.after {
        return Ok(());
    }
    match (lock.root().folder_of(&staged), lock.folder_of(&step.path)) {
        (Ok(from), Ok(to)) => from.move_to(&to, step.path.split().1),
        _ => Ok(()),
    }
}

fn digest(lock: &Lock<'_>, path: &RelPath) -> Option<Sha256> {
    match lock.root().look(path) {
        Standing::File(found) => Some(Sha256::of(&found.bytes)),
        _ => None,
    }
}

fn write_manifests(lock: &Lock<'_>, manifest: &Manifest, clusters: &[Label]) -> Result<(), DiskError> {
    for (path, text) in manifest.files(clusters) {
        match text {
            Some(text) => drop(lock.replace(&path, text.as_bytes(), FileMode::Config.bits())?),
            None if digest(lock, &path).is_some() => lock.remove(&path)?,
            None => {}
        }
    }
    Ok(())
}

/// Puts the one manifest of okdboot 0.1 into one a cluster. A run that is killed on the way leaves the old
/// one in place, which counts as long as it is there.
fn migrate(lock: &Lock<'_>) -> Result<(), ApplyError> {
    let olds = [OLD_NEXT_FILE, OLD_FILE].map(str::parse::<RelPath>);
    let olds: Vec<RelPath> = olds.into_iter().flatten().filter(|path| digest(lock, path).is_some()).collect();
    if olds.is_empty() {
        return Ok(());
    }
    let clusters = manifest::clusters(lock.root())?;
    let all = Manifest::load(lock.root(), &clusters)?;
    write_manifests(lock, &all, &clusters)?;
    olds.iter().try_for_each(|path| lock.remove(path))?;
    Ok(())
}

/// Returns the file name at the end of one of okdboot's own paths.
fn name(path: &'static str) -> &'static str {
    path.rsplit('/').next().unwrap_or(path)
}
