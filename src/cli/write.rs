//! Reading and writing the output root for the commands; what is written was decided in the plan.

use super::args::Cli;
use super::failure::{Exit, Failure};
use super::locks::Locks;
use super::output::Output;
use super::session::Around;
use super::states::{self, States};
use super::twice;
use camino::Utf8PathBuf;

use crate::apply::files::{self, OwnFile};
use crate::apply::recover;
use crate::disk::account::{Accounts, PrivateFile};
use crate::disk::{self, DiskTree, Root};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::change::{self, Blocked, Changes, Scope};
use crate::plan::manifest::{self, Manifest};
use crate::plan::roster::{self, Roster};
use crate::plan::state::{self, State};
use crate::plan::tree::Tree;
use crate::plan::{Plan, Standing};

/// The mode of okdboot.lock, which is meant for git.
const LOCK_MODE: u32 = 0o644;

/// What a plan was made of besides its inputs: what stood in the tree and beside vars.yaml before.
pub struct Before {
    /// Files that several clusters share, and what else services are made of.
    pub around: Around,
    /// Which machines were armed or disarmed.
    pub states: States,
    /// What the tree does with the machines of each cluster.
    pub rosters: Vec<Option<Roster>>,
}

impl Before {
    /// Returns which machines were armed or disarmed.
    pub fn state(&self) -> &State {
        self.states.merged()
    }

    /// Returns what a tree does with the machines of a cluster; nothing where none of it was rendered.
    pub fn roster(&self, cluster: &Label) -> Option<&Roster> {
        self.rosters.iter().flatten().find(|roster| roster.cluster == *cluster)
    }
}

/// The output root as it stands, for commands that only look.
pub struct Reader {
    tree: DiskTree,
    out: Utf8PathBuf,
}

impl Reader {
    /// Opens the root; one that is missing is an empty tree.
    pub fn open(cli: &Cli) -> Result<Self, Failure> {
        Ok(Self { tree: DiskTree::open(&cli.global.out)?, out: cli.global.out.clone() })
    }

    /// Returns the tree.
    pub fn tree(&self) -> &DiskTree {
        &self.tree
    }

    /// Returns what okdboot wrote before, for some clusters and for all.
    pub fn manifest(&self, clusters: &[Label]) -> Result<Manifest, Failure> {
        Ok(Manifest::load(&self.tree, clusters)?)
    }

    /// Returns the ids of the clusters of the tree.
    pub fn clusters(&self) -> Result<Vec<Label>, Failure> {
        Ok(manifest::clusters(&self.tree)?)
    }

    /// Returns what services are made of besides the clusters.
    pub fn around(&self) -> Around {
        let root = std::path::absolute(&self.out).unwrap_or_default();
        Around {
            standing: Standing::read(&self.tree),
            root: root.to_string_lossy().into_owned(),
            secrets: Vec::new(),
        }
    }

    /// Returns what else a plan of some clusters is made of.
    pub fn before(&self, clusters: &[&Cluster]) -> Result<Before, Failure> {
        let rosters = clusters.iter().map(|cluster| Roster::load(&self.tree, &cluster.id));
        Ok(Before {
            around: self.around(),
            states: States::open(&self.tree, clusters)?,
            rosters: rosters.collect::<Result<_, _>>()?,
        })
    }

    /// The same for the embedded example, which stands beside no vars.yaml.
    pub fn before_example(&self, cluster: &Label) -> Result<Before, Failure> {
        Ok(Before {
            around: self.around(),
            states: States::none(),
            rosters: vec![Roster::load(&self.tree, cluster)?],
        })
    }
}

/// The plan keeps what shared files said of other clusters before the lock was taken; if another run has
/// written meanwhile, that would be lost.
fn refuse_stale_files(plan: &Plan, scope: &Scope, root: &Root, before: &Standing) -> Result<(), Failure> {
    let planned = plan.files.iter().filter(|file| scope.kinds.contains(&file.owner.kind));
    let paths = planned.map(|file| &file.path).chain(&plan.dropped);
    let Some(path) = before.differs(&Standing::read(root), paths) else { return Ok(()) };
    let message = format!("another run changed `{path}` while this one was planning; nothing was written");
    Err(Failure::new(Exit::Files, message).help("run it again"))
}

/// The state decides what is installed: what was planned with another one is not written.
fn refuse_stale_state(root: &Root, before: &States, clusters: &[&Cluster]) -> Result<(), Failure> {
    let is_as_before = before.is_none() || States::open(root, clusters)? == *before;
    if is_as_before { Ok(()) } else { Err(states::changed_meanwhile()) }
}

/// Writes the lock files whose text has changed.
pub fn locks(locks: &Locks) -> Result<(), Failure> {
    for (path, text) in locks.changed()? {
        disk::replace(&path, text.as_bytes(), LOCK_MODE)?;
    }
    Ok(())
}

/// What is to be written, and what it was decided with.
pub struct Publication<'a> {
    /// Of these clusters.
    pub clusters: &'a [&'a Cluster],
    /// The files.
    pub plan: &'a Plan,
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
    pub fn write(&self, cli: &Cli, output: &mut Output) -> Result<Changes, Failure> {
        let root = Root::create(&cli.global.out)?;
        let lock = lock(&root, output)?;
        let manifest = Manifest::load(&root, &self.plan.clusters)?;
        refuse_stale_files(self.plan, self.scope, &root, &self.before.around.standing)?;
        refuse_stale_state(&root, &self.before.states, self.clusters)?;
        refuse_twice(&root, self.plan, &manifest, self.rosters)?;
        let mut changes = change::compare(self.plan, &root, &manifest, self.scope);
        changes.name_owners(&root, &self.plan.clusters)?;
        refuse_blocked(&changes, self.plan)?;
        locks(self.locks)?;
        self.state(cli, output)?;
        let own = self.own_files();
        let summary = files::apply(&changes, self.plan, &lock, self.scope.group, own)?;
        self.before.states.remove_old(&lock, self.clusters)?;
        warn_of_private(&summary.private, output);
        Ok(changes)
    }

    /// What the tree does with the machines. A cluster that is taken out has none in this tree any more.
    fn own_files(&self) -> Vec<OwnFile> {
        let gone = self.plan.clusters.iter().filter(|id| self.clusters.iter().all(|it| it.id != **id));
        let gone = gone.filter_map(|id| Some((roster::path(id)?, None)));
        gone.chain(own_files(self.rosters)).collect()
    }

    /// Writes the state where it says something new, or where it has to move out of the tree.
    fn state(&self, cli: &Cli, output: &mut Output) -> Result<(), Failure> {
        let states = &self.before.states;
        states.tidy();
        let moves = states.has_old(self.clusters);
        if moves || *self.state != *states.merged() {
            states.write(self.state, self.clusters)?;
        }
        if moves {
            output.say(&format!(
                "moved which machines are armed from `{}` to `{}` beside vars.yaml: keep it in git",
                cli.global.out.join(state::OLD_FILE),
                state::FILE
            ));
        }
        states.warn_of_lost(output);
        Ok(())
    }
}

/// Returns the files that say what the tree does with each machine.
pub fn own_files(rosters: &[Roster]) -> Vec<OwnFile> {
    let file = |roster: &Roster| Some((roster::path(&roster.cluster)?, Some(roster.to_text())));
    rosters.iter().filter_map(file).collect()
}

/// Takes the lock of the output root; what a killed run has begun is done first.
pub fn lock<'a>(root: &'a Root, output: &mut Output) -> Result<disk::Lock<'a>, Failure> {
    let (lock, found) = recover::lock(root)?;
    if found == recover::Found::Ended {
        output
            .say(&format!("completed what a run had begun to write to `{}` when it was killed", root.path()));
    }
    Ok(lock)
}

/// Refuses a tree that would answer one machine in two ways, whoever wrote the other.
pub fn refuse_twice(
    tree: &dyn Tree,
    plan: &Plan,
    manifest: &Manifest,
    rosters: &[Roster],
) -> Result<(), Failure> {
    let own: Vec<&Roster> = rosters.iter().collect();
    let report = twice::report(tree, plan, manifest, &own)?;
    if report.is_empty() { Ok(()) } else { Err(Failure { exit: Exit::Files, ..Failure::invalid(report) }) }
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
fn refuse_blocked(changes: &Changes, plan: &Plan) -> Result<(), Failure> {
    let blocked: Vec<(&RelPath, &Blocked)> = changes.blocked().collect();
    if blocked.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::new(Exit::Files, "nothing was written, because files stand in the way");
    failure.causes = blocked.iter().map(|(path, reason)| format!("`{path}` {reason}")).collect();
    let forcible = |reason: &Blocked| !matches!(reason, Blocked::Obstacle(_) | Blocked::Unreadable(_));
    if blocked.iter().all(|(_, reason)| forcible(reason)) {
        let is_planned = |path: &RelPath| plan.files.iter().any(|file| file.path == *path);
        failure = failure.help(if blocked.iter().any(|(path, _)| is_planned(path)) {
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
