//! Carrying a plan out: the output root is locked, compared again, and written.

use camino::Utf8Path;

use super::failure::{Exit, Failure};
use super::locks::Locks;
use super::news::News;
use super::states::{self, States};
use super::tree::Before;
use super::twice;
use crate::apply::files::{self, OwnFile, Shown};
use crate::apply::recover;
use crate::disk::account::{Accounts, PrivateFile};
use crate::disk::{self, Root};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::change::{self, Blocked, Changes, Scope};
use crate::plan::manifest::Manifest;
use crate::plan::roster::{self, Roster};
use crate::plan::state::{self, State};
use crate::plan::tree::Tree;
use crate::plan::{ExpectedTree, Parts, SharedFiles};

/// The plan keeps what shared files said of other clusters before the lock was taken; if another run has
/// written meanwhile, that would be lost.
fn refuse_stale_files(
    plan: &ExpectedTree,
    scope: &Scope,
    root: &Root,
    before: &SharedFiles,
) -> Result<(), Failure> {
    let planned = plan.files.iter().filter(|file| scope.kinds.contains(&file.owner.kind));
    let paths = planned.map(|file| &file.path).chain(&plan.dropped);
    let Some(path) = before.differs(&SharedFiles::read(root), paths) else { return Ok(()) };
    let message = format!("another run changed `{path}` while this one was planning; nothing was written");
    Err(Failure::new(Exit::Files, message).help("run it again"))
}

/// The state decides what is installed: what was planned with another one is not written.
fn refuse_stale_state(root: &Root, before: &States, clusters: &[&Cluster]) -> Result<(), Failure> {
    let is_as_before = before.is_none() || States::open(root, clusters)? == *before;
    if is_as_before { Ok(()) } else { Err(states::changed_meanwhile()) }
}

/// What is to be written, and what it was decided with.
pub struct Publication<'a> {
    /// Of these clusters.
    pub clusters: &'a [&'a Cluster],
    /// What the tree is to be.
    pub expected: ExpectedTree,
    /// The files with their contents.
    pub parts: &'a dyn Parts,
    /// What stood there when the plan was made.
    pub before: &'a Before,
    /// What is true of the machines from now on.
    pub state: &'a State,
    /// What the tree does with the machines from now on; none where no boot file is written.
    pub rosters: &'a [Roster],
    /// What is covered.
    pub scope: &'a Scope,
    /// What the clusters boot.
    pub locks: &'a Locks,
}

impl Publication<'_> {
    /// Carries the plan out: the output root is locked, compared again, and written. The state comes
    /// first: a run that is killed in between has said what the next one shall do.
    ///
    /// What was expected leaves the memory once it was compared: a run may have hundreds of thousands of files.
    pub fn write(mut self, out: &Utf8Path, news: &mut News) -> Result<Changes, Failure> {
        let root = Root::create(out)?;
        let lock = lock(&root, news)?;
        let changes = self.compare(&root)?;
        self.locks.write()?;
        self.state(out, news)?;
        let clusters = std::mem::take(&mut self.expected).clusters;
        let (own, place) = (self.own_files(&clusters), (&lock, self.scope.group));
        let summary = files::apply(&changes, self.parts, &clusters, place, &own)?;
        self.before.states.remove_old(&lock, self.clusters)?;
        warn_of_private(&summary.private, news);
        Ok(changes)
    }

    /// Compares under the lock, and refuses what must not be written.
    fn compare(&self, root: &Root) -> Result<Changes, Failure> {
        let expected = &self.expected;
        let manifest = Manifest::load(root, &expected.clusters)?;
        refuse_stale_files(expected, self.scope, root, &self.before.around.standing)?;
        refuse_stale_state(root, &self.before.states, self.clusters)?;
        refuse_twice(root, (&expected.clusters, self.parts), &manifest, self.rosters)?;
        let mut changes = change::compare(expected, root, &manifest, self.scope);
        changes.name_owners(root, &expected.clusters)?;
        refuse_blocked(&changes, expected)?;
        Ok(changes)
    }

    /// What the tree does with the machines. A cluster that is taken out has none in this tree any more.
    fn own_files(&self, clusters: &[Label]) -> Vec<OwnFile<'_>> {
        let gone = clusters.iter().filter(|id| self.clusters.iter().all(|it| it.id != **id));
        let gone = gone.filter_map(|id| Some((roster::path(id)?, None)));
        gone.chain(own_files(self.rosters)).collect()
    }

    /// Writes the state where it says something new, or where it has to move out of the tree.
    fn state(&self, out: &Utf8Path, news: &mut News) -> Result<(), Failure> {
        let states = &self.before.states;
        states.tidy();
        let moves = states.has_old(self.clusters);
        if moves || *self.state != *states.merged() {
            states.write(self.state, self.clusters)?;
        }
        if moves {
            news.say(format!(
                "moved which machines are armed from `{}` to `{}` beside vars.yaml: keep it in git",
                out.join(state::OLD_FILE),
                state::FILE
            ));
        }
        states.warn_of_lost(news);
        Ok(())
    }
}

/// Returns the files that say what the tree does with each machine.
pub fn own_files(rosters: &[Roster]) -> Vec<OwnFile<'_>> {
    let paths = rosters.iter().map(|roster| (roster::path(&roster.cluster), roster));
    paths.filter_map(|(path, roster)| Some((path?, Some(roster as Shown)))).collect()
}

/// Takes the lock of the output root; what a killed run has begun is done first.
pub fn lock<'a>(root: &'a Root, news: &mut News) -> Result<disk::Lock<'a>, Failure> {
    let (lock, found) = recover::lock(root)?;
    if found == recover::Recovered::Ended {
        news.say(format!("completed what a run had begun to write to `{}` when it was killed", root.path()));
    }
    Ok(lock)
}

/// Refuses a tree that would answer one machine in two ways, whoever wrote the other.
pub fn refuse_twice(
    tree: &dyn Tree,
    (clusters, parts): (&[Label], &dyn Parts),
    manifest: &Manifest,
    rosters: &[Roster],
) -> Result<(), Failure> {
    let own: Vec<&Roster> = rosters.iter().collect();
    let report = twice::report(tree, (clusters, parts), manifest, &own)?;
    if report.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Files, ..Failure::invalid(report) }) }
}

/// A web server of another user cannot read these; nothing says so until a machine boots.
pub fn warn_of_private(private: &[PrivateFile], news: &mut News) {
    let Some(first) = private.first() else { return };
    news.say(format!(
        "warning: only user {} and group {} can read `{}`{}",
        first.user,
        first.group,
        first.path,
        if private.len() > 1 { format!(" and {} more", private.len() - 1) } else { String::new() }
    ));
    news.say(
        "  help: if the web server runs as another user, give its group with `--group` or `okdboot.group`",
    );
}

/// Refuses a run that would overwrite what okdboot did not write; nothing is touched then.
fn refuse_blocked(changes: &Changes, plan: &ExpectedTree) -> Result<(), Failure> {
    let blocked: Vec<(&RelPath, &Blocked)> = changes.blocked().collect();
    if blocked.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::new(Exit::Files, "nothing was written, because files stand in the way");
    failure.causes = blocked.iter().map(|(path, reason)| format!("`{path}` {reason}")).collect();
    if blocked.iter().all(|(_, reason)| reason.yields_to_force()) {
        failure = failure.help(if blocked.iter().any(|(path, _)| plan.file(path).is_some()) {
            "`render --diff` shows the difference; `--force` replaces them"
        } else {
            "`--force` leaves them where they are, and forgets them"
        });
    }
    Err(failure)
}

/// Finds the group of Ignition files: the option, else what every cluster of the run says.
pub fn group(option: Option<&str>, clusters: &[&Cluster]) -> Result<Option<u32>, Failure> {
    let mut named = clusters.iter().filter_map(|cluster| cluster.settings.group.as_deref());
    let first = named.next();
    let Some(name) = option.or(first) else { return Ok(None) };
    if let Some(other) = named.find(|other| option.is_none() && *other != name) {
        let message = format!("the clusters of this run name two groups, `{name}` and `{other}`");
        return Err(Failure::new(Exit::Invalid, message).help("decide with `--group`"));
    }
    let exit = if option.is_some() { Exit::Usage } else { Exit::Invalid };
    Accounts::load().group(name).map(Some).map_err(|error| Failure::of(exit, &error))
}
