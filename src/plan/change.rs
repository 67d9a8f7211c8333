//! What a run would do to the output tree: what a plan expects, compared with what stands there.
//!
//! Nothing is decided after this. Dry run, diff, check and `verify` read [`Changes`]; writing carries
//! them out. A file that okdboot did not write, or that was edited since, is never touched unless
//! forced; anything that is not a regular file is never touched at all.

mod blocked;
mod diff;

use std::collections::{BTreeSet, HashSet};

use super::manifest::{Entry, Manifest};
use super::tree::{Found, Standing, Tree};
use super::{ExpectedFile, ExpectedTree, FileKind, Owner, Plan, PlannedFile, Sensitivity};
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::pool;

pub use blocked::Blocked;
pub use diff::{diff, unified};

/// What a run covers and insists on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The kinds of files that are compared; every other file is left alone.
    pub kinds: BTreeSet<FileKind>,
    /// The only paths that are compared, where not all of these kinds are.
    pub paths: Option<BTreeSet<RelPath>>,
    /// The clusters whose Ignition files were given: only their copies can be orphans.
    pub ignition: BTreeSet<Label>,
    /// The kinds whose files of all clusters can be orphans, too.
    pub shared: BTreeSet<FileKind>,
    /// The number of the group that Ignition files shall have.
    pub group: Option<u32>,
    /// What to do about files edited by hand.
    pub force: Force,
}

/// What to do about files that okdboot did not write or that were edited since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Force {
    /// Refuse the run.
    #[default]
    No,
    /// Replace files of the plan; leave orphans where they are and forget them.
    Yes,
}

/// What is to be done at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Below the output root.
    pub path: RelPath,
    /// What is to be done.
    pub kind: ChangeKind,
    /// Whose file it is: by the plan, or for an orphan by the manifest.
    pub owner: Owner,
    /// Whether its contents may be shown.
    pub sensitivity: Sensitivity,
}

/// What can be done at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Nothing stands there yet.
    Create,
    /// Other bytes stand there.
    Update {
        /// Their digest.
        before: Sha256,
    },
    /// The bytes are right, the mode is not.
    Chmod {
        /// The mode on the disk.
        from: u32,
        /// The planned mode.
        to: u32,
    },
    /// Bytes and mode are right, the group is not the one asked for.
    Regroup {
        /// The group on the disk.
        from: u32,
        /// The group asked for.
        to: u32,
    },
    /// Nothing is to be done.
    Same,
    /// okdboot wrote it for a node or a format that is gone: it is removed.
    Orphan {
        /// The digest that it must still have when it is removed.
        before: Sha256,
    },
    /// An orphan that is not as okdboot wrote it and that force leaves on the disk.
    Kept,
    /// Nothing is written as long as one path is blocked.
    Blocked(Blocked),
}

/// The whole difference between a plan and a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Every path of the run, sorted; those that need nothing included.
    pub list: Vec<Change>,
    /// The manifest that is true once the changes are made; absent if the old one still is.
    pub next: Option<Manifest>,
}

/// How many paths need what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// To be created.
    pub create: usize,
    /// To be replaced.
    pub update: usize,
    /// To be given another mode or group.
    pub chmod: usize,
    /// As they should be.
    pub same: usize,
    /// To be removed.
    pub orphan: usize,
    /// Orphans that stay.
    pub kept: usize,
    /// In the way of the whole run.
    pub blocked: usize,
}

impl Scope {
    /// Covers every kind, no Ignition files given, nothing forced.
    pub fn all() -> Self {
        let kinds = FileKind::all().collect();
        Self {
            kinds,
            paths: None,
            ignition: BTreeSet::new(),
            shared: BTreeSet::new(),
            group: None,
            force: Force::No,
        }
    }

    /// Covers some kinds (`--only`), and what stands beside them.
    pub fn only(kinds: impl IntoIterator<Item = FileKind>) -> Self {
        let kinds = kinds.into_iter().flat_map(|kind| std::iter::once(kind).chain(kind.beside())).collect();
        Self { kinds, ..Self::all() }
    }

    /// Leaves one of the paths alone.
    pub fn leave(&mut self, path: &RelPath) {
        if let Some(paths) = &mut self.paths {
            paths.remove(path);
        }
    }

    /// Says whether a planned file is compared.
    fn covers(&self, file: &ExpectedFile) -> bool {
        self.kinds.contains(&file.owner.kind) && self.has(&file.path)
    }

    fn has(&self, path: &RelPath) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.contains(path))
    }

    /// Says whether a file that is no longer planned is an orphan of this run.
    fn judges(&self, owner: &Owner, run: &Run) -> bool {
        let Some(cluster) = &owner.cluster else { return self.shared.contains(&owner.kind) };
        let beside_ignition = matches!(owner.kind, FileKind::Ignition | FileKind::Index);
        run.contains(cluster)
            && self.kinds.contains(&owner.kind)
            && (!beside_ignition || self.ignition.contains(cluster))
    }
}

impl Changes {
    /// Says whether the tree is as planned.
    pub fn is_clean(&self) -> bool {
        self.list.iter().all(|change| change.kind == ChangeKind::Same)
    }

    /// Returns the paths that stop the run, each with the reason.
    pub fn blocked(&self) -> impl Iterator<Item = (&RelPath, &Blocked)> {
        self.list.iter().filter_map(|change| match &change.kind {
            ChangeKind::Blocked(reason) => Some((&change.path, reason)),
            _ => None,
        })
    }

    /// Returns what is to be done at a path.
    pub fn at(&self, path: &RelPath) -> Option<&Change> {
        let at = self.list.binary_search_by(|change| change.path.cmp(path)).ok()?;
        self.list.get(at)
    }

    /// Counts what is to be done.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.list {
            *match change.kind {
                ChangeKind::Create => &mut counts.create,
                ChangeKind::Update { .. } => &mut counts.update,
                ChangeKind::Chmod { .. } | ChangeKind::Regroup { .. } => &mut counts.chmod,
                ChangeKind::Same => &mut counts.same,
                ChangeKind::Orphan { .. } => &mut counts.orphan,
                ChangeKind::Kept => &mut counts.kept,
                ChangeKind::Blocked(_) => &mut counts.blocked,
            } += 1;
        }
        counts
    }
}

impl ChangeKind {
    /// Says whether bytes are written.
    pub fn is_write(&self) -> bool {
        matches!(self, Self::Create | Self::Update { .. })
    }

    /// Returns the word of the change table and of JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update { .. } => "update",
            Self::Chmod { .. } => "chmod",
            Self::Regroup { .. } => "regroup",
            Self::Same => "same",
            Self::Orphan { .. } => "remove",
            Self::Kept => "keep",
            Self::Blocked(_) => "blocked",
        }
    }
}

/// Returns the paths that two plans do not have in common, or whose contents differ.
pub fn between<'a>(one: &'a Plan, other: &'a Plan) -> impl Iterator<Item = &'a RelPath> {
    let lacks = |plan: &'a Plan, file: &PlannedFile| {
        plan.file(&file.path).is_none_or(|found| found.contents != file.contents)
    };
    let changed = one.files.iter().filter(move |file| lacks(other, file));
    let new = other.files.iter().filter(|file| one.file(&file.path).is_none());
    changed.chain(new).map(|file| &file.path)
}

/// The clusters of a run: each of hundreds of thousands of files asks for its own.
type Run<'a> = HashSet<&'a Label>;

/// How many files are compared at once: what is found is in memory twice only for so many.
const BLOCK: usize = 1 << 14;

/// Compares a plan with a tree. Every file is read once and none is kept in memory; reading and hashing
/// are most of the time, so that every core has its share.
pub fn compare(plan: &ExpectedTree, tree: &dyn Tree, manifest: &Manifest, scope: &Scope) -> Changes {
    let run: Run = plan.clusters.iter().collect();
    let covered: Vec<&ExpectedFile> = plan.files.iter().filter(|file| scope.covers(file)).collect();
    let covered = known(covered, manifest);
    let judge = |(file, entry): &Known| judge_planned(file, *entry, &run, tree, scope);
    let mut list = Vec::with_capacity(covered.len());
    covered.chunks(BLOCK).for_each(|block| list.extend(pool::each(block, pool::cores(), judge)));
    let orphans = gone(plan, manifest, (scope, &run));
    let next = next(manifest, &covered, &orphans);
    list.extend(orphans.iter().filter_map(|(path, entry)| judge_orphan(path, entry, tree, scope.force)));
    list.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Changes { list, next }
}

/// A file of the plan, and what the manifest has of it.
type Known<'a> = (&'a ExpectedFile, Option<&'a Entry>);

/// Finds the entries of files. Both are sorted, so that one pass finds all.
fn known<'a>(covered: Vec<&'a ExpectedFile>, manifest: &'a Manifest) -> Vec<Known<'a>> {
    let mut entries = manifest.entries.iter().peekable();
    let find = |file: &'a ExpectedFile| {
        while entries.next_if(|(path, _)| **path < file.path).is_some() {}
        (file, entries.next_if(|(path, _)| **path == file.path).map(|(_, entry)| entry))
    };
    covered.into_iter().map(find).collect()
}

/// Returns the manifest as it is to be, if it is to be another.
fn next(manifest: &Manifest, covered: &[Known], orphans: &[(&RelPath, &Entry)]) -> Option<Manifest> {
    let is_known = |(file, before): &Known| {
        before.is_some_and(|before| before.owner == file.owner && before.sha256 == file.sha256)
    };
    let mut new = covered.iter().filter(|known| !is_known(known)).map(|(file, _)| file).peekable();
    if new.peek().is_none() && orphans.is_empty() {
        return None;
    }
    let entry = |file: &ExpectedFile| Entry { owner: file.owner.clone(), sha256: file.sha256 };
    let new = new.map(|file| (file.path.clone(), entry(file)));
    if manifest.entries.is_empty() {
        // A map that is made of all of them at once takes half the room of one that grows.
        return Some(new.collect());
    }
    let mut next = manifest.clone();
    next.entries.extend(new);
    for (path, _) in orphans {
        next.entries.remove(*path);
    }
    Some(next)
}

fn judge_planned(
    file: &ExpectedFile,
    entry: Option<&Entry>,
    run: &Run,
    tree: &dyn Tree,
    scope: &Scope,
) -> Change {
    let kind = match tree.look(&file.path) {
        Standing::Absent => ChangeKind::Create,
        Standing::Other(obstacle) => ChangeKind::Blocked(Blocked::Obstacle(obstacle)),
        Standing::Unreadable(cause) => ChangeKind::Blocked(Blocked::Unreadable(cause)),
        Standing::File(found) => judge_found(file, &found, entry, run, scope),
    };
    Change { path: file.path.clone(), kind, owner: file.owner.clone(), sensitivity: file.sensitivity }
}

fn judge_found(
    file: &ExpectedFile,
    found: &Found,
    entry: Option<&Entry>,
    run: &Run,
    scope: &Scope,
) -> ChangeKind {
    let taken = entry.and_then(|entry| entry.owner.cluster.as_ref()).filter(|owner| !run.contains(owner));
    let before = Sha256::of(&found.bytes);
    let (kind, objection) = if before == file.sha256 {
        (judge_access(file, found, scope), None)
    } else {
        let objection = match entry {
            None => Some(Blocked::Foreign),
            Some(entry) => (entry.sha256 != before).then_some(Blocked::Edited),
        };
        (ChangeKind::Update { before }, objection)
    };
    match (taken.cloned().map(Blocked::Taken).or(objection), scope.force) {
        (Some(objection), Force::No) => ChangeKind::Blocked(objection),
        _ => kind,
    }
}

fn judge_access(file: &ExpectedFile, found: &Found, scope: &Scope) -> ChangeKind {
    let to = file.mode.bits();
    if found.mode != to {
        return ChangeKind::Chmod { from: found.mode, to };
    }
    match scope.group {
        Some(to) if file.owner.kind == FileKind::Ignition && found.group != to => {
            ChangeKind::Regroup { from: found.group, to }
        }
        _ => ChangeKind::Same,
    }
}

/// Returns the manifest's entries that this run judges and no longer plans.
fn gone<'a>(
    plan: &'a ExpectedTree,
    manifest: &'a Manifest,
    (scope, run): (&Scope, &Run),
) -> Vec<(&'a RelPath, &'a Entry)> {
    let mut files = plan.files.iter().map(|file| &file.path).peekable();
    let mut is_planned = |path: &RelPath| {
        while files.next_if(|planned| *planned < path).is_some() {}
        files.peek() == Some(&path) || plan.artifacts.contains(path)
    };
    let mut is_gone = |path: &RelPath, entry: &Entry| {
        let is_dropped = plan.dropped.contains(path) && scope.kinds.contains(&entry.owner.kind);
        !is_planned(path) && (is_dropped || scope.judges(&entry.owner, run)) && scope.has(path)
    };
    manifest.entries.iter().filter(|(path, entry)| is_gone(path, entry)).collect()
}

/// Judges a file that is no longer planned; there is nothing to say where none stands.
fn judge_orphan(path: &RelPath, entry: &Entry, tree: &dyn Tree, force: Force) -> Option<Change> {
    let objection = match tree.look(path) {
        Standing::Absent => return None,
        Standing::File(found) if Sha256::of(&found.bytes) == entry.sha256 => None,
        Standing::File(_) => Some(Blocked::EditedOrphan),
        Standing::Other(obstacle) => Some(Blocked::Obstacle(obstacle)),
        Standing::Unreadable(cause) => Some(Blocked::Unreadable(cause)),
    };
    let kind = match (objection, force) {
        (None, _) => ChangeKind::Orphan { before: entry.sha256 },
        (Some(objection), Force::No) => ChangeKind::Blocked(objection),
        (Some(_), Force::Yes) => ChangeKind::Kept,
    };
    let sensitivity = entry.owner.kind.output().sensitivity;
    Some(Change { path: path.clone(), kind, owner: entry.owner.clone(), sensitivity })
}

#[cfg(test)]
mod tests;
