//! Reading and writing the output root for the commands; what is written was decided in the plan.

use super::args::Cli;
use super::failure::{Exit, Failure};
use super::locks::{Locks, failed};
use super::output::Output;
use crate::apply::files::{self, ApplyError};
use crate::disk::account::{Accounts, PrivateFile};
use crate::disk::{self, DiskError, DiskTree, Root};
use crate::model::cluster::Cluster;
use crate::model::fault::Fault;
use crate::model::path::RelPath;
use crate::plan::change::{self, Blocked, Changes, Scope};
use crate::plan::manifest::{Manifest, ManifestError};
use crate::plan::state::{self, State, StateError};
use crate::plan::tree::{Standing, Tree};
use crate::plan::{FileKind, Plan};

/// The mode of okdboot.lock, which is meant for git.
const LOCK_MODE: u32 = 0o644;

/// The mode of `.okdboot/state.json`, in which nothing is secret.
const STATE_MODE: u32 = 0o644;

/// What a plan was made of besides its inputs: what stood in the tree before.
pub struct Before {
    /// The text of `SHA512SUMS`, or nothing where there is none that can be read.
    pub sums: String,
    /// Which nodes were armed or disarmed.
    pub state: State,
}

/// The output root as it stands, for commands that only look.
pub struct Reader {
    tree: DiskTree,
}

impl Reader {
    /// Opens the root; one that is missing is an empty tree.
    pub fn open(cli: &Cli) -> Result<Self, Failure> {
        Ok(Self { tree: DiskTree::open(&cli.global.out)? })
    }

    /// Returns the tree.
    pub fn tree(&self) -> &DiskTree {
        &self.tree
    }

    /// Returns what okdboot wrote before.
    pub fn manifest(&self) -> Result<Manifest, Failure> {
        Ok(Manifest::load(&self.tree)?)
    }

    /// Returns what else of the tree a plan is made of.
    pub fn before(&self) -> Result<Before, Failure> {
        Ok(Before { sums: sums(&self.tree), state: State::load(&self.tree)? })
    }
}

fn sums(tree: &dyn Tree) -> String {
    let Ok(path) = "SHA512SUMS".parse::<RelPath>() else { return String::new() };
    match tree.look(&path) {
        Standing::File(found) => String::from_utf8(found.bytes).unwrap_or_default(),
        _ => String::new(),
    }
}

/// The plan keeps the lines of other clusters as they stood before the lock was taken; if another run
/// has written meanwhile, they would be lost.
fn refuse_stale_sums(plan: &Plan, scope: &Scope, root: &Root, before: &str) -> Result<(), Failure> {
    let planned = plan.files.iter().any(|file| file.owner.kind == FileKind::Sums)
        && scope.kinds.contains(&FileKind::Sums);
    if planned && sums(root) != before {
        let message = "another run changed `SHA512SUMS` while this one was planning; nothing was written";
        return Err(Failure::new(Exit::Files, message).help("run it again"));
    }
    Ok(())
}

/// A machine that another run disarmed meanwhile would be installed again.
fn refuse_stale_state(root: &Root, before: &State) -> Result<(), Failure> {
    if State::load(root)? == *before {
        return Ok(());
    }
    let message = "another run armed or disarmed nodes while this one was planning; nothing was written";
    Err(Failure::new(Exit::Files, message).help("run it again"))
}

/// Writes the lock files whose text has changed.
pub fn locks(locks: &Locks) -> Result<(), Failure> {
    for (path, text) in locks.changed()? {
        disk::replace(&path, text.as_bytes(), LOCK_MODE)?;
    }
    Ok(())
}

/// Carries a plan out: the output root is locked, compared again, and written.
/// `before` is what the plan was made with; where it was made with a `state` of its own, that is
/// written first: a run that is killed in between has said what the next one shall do.
pub fn tree(
    cli: &Cli,
    plan: &Plan,
    (before, state): (&Before, Option<&State>),
    scope: &Scope,
    run: &Locks,
    output: &mut Output,
) -> Result<Changes, Failure> {
    let root = Root::create(&cli.global.out)?;
    let lock = root.lock()?;
    let manifest = Manifest::load(&root)?;
    refuse_stale_sums(plan, scope, &root, &before.sums)?;
    refuse_stale_state(&root, &before.state)?;
    let changes = change::compare(plan, &root, &manifest, scope);
    refuse_blocked(&changes)?;
    locks(run)?;
    if let Some(state) = state {
        self::state(&lock, state)?;
    }
    let summary = files::apply(&changes, plan, &lock, scope.group)?;
    warn_of_private(&summary.private, output);
    Ok(changes)
}

/// Writes what was said of nodes.
pub fn state(lock: &disk::Lock, state: &State) -> Result<(), Failure> {
    let Ok(path) = state::FILE.parse::<RelPath>() else { return Ok(()) };
    lock.replace(&path, state.to_text().as_bytes(), STATE_MODE)?;
    Ok(())
}

/// A web server of another user cannot read these; nothing says so until a machine boots.
pub fn warn_of_private(private: &[PrivateFile], output: &mut Output) {
    let Some(first) = private.first() else { return };
    output.say(&format!(
        "warning: only user {} and group {} can read `{}`{}",
        first.user,
        first.group,
        first.path,
        if private.len() > 1 { format!(" and {} more", private.len() - 1) } else { String::new() }
    ));
    output.say(
        "  help: if the web server runs as another user, give its group with `--group` or `okdboot.group`",
    );
}

/// Refuses a run that would overwrite what okdboot did not write; nothing is touched then.
fn refuse_blocked(changes: &Changes) -> Result<(), Failure> {
    let blocked: Vec<(&RelPath, &Blocked)> = changes.blocked().collect();
    if blocked.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::new(Exit::Files, "nothing was written, because files stand in the way");
    failure.causes = blocked.iter().map(|(path, reason)| format!("`{path}` {reason}")).collect();
    let forcible = |reason: &Blocked| !matches!(reason, Blocked::Obstacle(_) | Blocked::Unreadable(_));
    if blocked.iter().all(|(_, reason)| forcible(reason)) {
        failure = failure.help("`render --diff` shows the difference; `--force` replaces them");
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

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Self {
        Self::of(Exit::Files, &error)
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        Self::of(Exit::Files, &error)
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        failed(Fault::Input, &error)
    }
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        failed(Fault::Input, &error)
    }
}
