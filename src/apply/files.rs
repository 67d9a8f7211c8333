//! Writing the output tree: every file whole, all of them or none.
//!
//! All files are written first, each under a temp name in its own folder, or under its own name in a new
//! folder that has a temp name, and made durable by one syncfs. A failure up to there has changed no file. Then
//! an intent is made durable, which names every rename and every removal; then they are done, okdboot's own
//! files as the last; one sync a folder; and the intent goes. A run that is killed in between has its changes
//! made by whichever run comes next ([`recover`](super::recover)).

use super::batch::Batch;
use super::error::ApplyError;
use super::prepare::{self, full};
pub use super::prepare::{OwnFile, Shown};
use crate::disk::Lock;
use crate::disk::account::{Accounts, PrivateFile};
use crate::model::name::Label;
use crate::plan::change::{Change, ChangeKind, Changes};
use crate::plan::{FileKind, Parts};

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
/// `parts` are asked for the files of the clusters that change, some at a time; no more of them are in memory.
/// `own` are okdboot's own files that belong to the plan.
pub fn apply(
    changes: &Changes,
    parts: &dyn Parts,
    clusters: &[Label],
    (lock, group): (&Lock<'_>, Option<u32>),
    own: &[OwnFile],
) -> Result<Summary, ApplyError> {
    refuse_blocked(changes, lock)?;
    // Own files: those that belong to the plan, and manifests.
    let mut batch = Batch::new(lock, changes.list.len() + own.len() + clusters.len() + 1);
    let own = prepare::due(lock, own);
    batch.begin(changes, &own)?;
    batch.stage_orphans(changes)?;
    batch.stage_planned(changes, parts, group)?;
    batch.stage_own(&own)?;
    if let Some(next) = &changes.next {
        batch.stage_manifests(next.files(clusters))?;
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

#[cfg(test)]
mod tests;
