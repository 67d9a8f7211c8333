//! Installing what is in a bundle: what stands in the way is found before anything is written.

use camino::{Utf8Path, Utf8PathBuf};

use super::contents::{BundleMember, Contents};
use crate::apply::files;
use crate::disk::{self, Folder, Root};
use crate::lock::{self, LockFile};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::plan::change::{self, Changes, Force, Scope};
use crate::plan::manifest::Manifest;
use crate::plan::roster::Roster;
use crate::plan::state::{self, State};
use crate::plan::{self, FileKind, Parts, Plan, layout};
use crate::run::failure::{Exit, Failure};
use crate::run::locks::lock_beside;
use crate::run::states::States;
use crate::run::tree::TreeReader;
use crate::run::{News, publication};
use crate::vars;

/// Inventories and locks are meant for git.
const MODE: u32 = 0o644;

/// Everything that is to be written, compared with what stands there.
pub struct Installation {
    out: Utf8PathBuf,
    /// Inventories and locks with their new text.
    texts: Vec<(Utf8PathBuf, Vec<u8>)>,
    inventories: Vec<Cluster>,
    plan: Plan,
    scope: Scope,
    state: State,
    rosters: Vec<Roster>,
}

/// Where a bundle goes, and what it may replace.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The inventories, in the order of the bundle.
    pub files: &'a [Utf8PathBuf],
    /// The output root.
    pub out: &'a Utf8Path,
    /// The lock, in the place of the one beside vars.yaml.
    pub lock: Option<&'a Utf8Path>,
    /// The group of Ignition files.
    pub group: Option<&'a str>,
    /// Whether what differs is replaced.
    pub is_forced: bool,
}

impl Installation {
    /// Looks at everything that would be written; whatever is in the way is said at once.
    pub fn prepare(destination: &Destination, contents: &Contents) -> Result<Self, Failure> {
        let mut in_the_way = Vec::new();
        let texts = texts(destination, contents, &mut in_the_way)?;
        for (path, _) in &texts {
            Folder::around(path)?;
        }
        let group = publication::group(destination.group, &[])?;
        let force = if destination.is_forced { Force::Yes } else { Force::No };
        let reader = TreeReader::open(destination.out)?;
        let clusters: Vec<&Cluster> = contents.inventories.iter().collect();
        let before = reader.before(&clusters)?;
        let plan = plan(contents, before.around.standing.text(layout::SUMS));
        in_the_way.extend(unlike(before.state(), &contents.state));
        let scope = Scope { group, force, ..scope(&plan) };
        let installation = Self {
            out: destination.out.to_owned(),
            texts,
            inventories: contents.inventories.clone(),
            plan,
            scope,
            state: contents.state.clone(),
            rosters: rosters(contents),
        };
        let manifest = reader.manifest(&installation.plan.clusters)?;
        let expected = installation.plan.expected();
        let plan = (&*expected.clusters, &installation.plan as &dyn Parts);
        publication::refuse_twice(reader.tree(), plan, &manifest, &installation.rosters)?;
        let mut changes = change::compare(&expected, reader.tree(), &manifest, &installation.scope);
        changes.name_owners(reader.tree(), &installation.plan.clusters)?;
        in_the_way.extend(blocked(&changes));
        if in_the_way.is_empty() || (destination.is_forced && changes.blocked().next().is_none()) {
            return Ok(installation);
        }
        let mut failure =
            Failure::new(Exit::Files, "nothing of the bundle has landed, because files stand in the way");
        failure.causes = in_the_way;
        let is_forcible = changes.blocked().all(|(_, reason)| reason.yields_to_force());
        Err(if is_forcible { failure.help("`--force` takes what the bundle has") } else { failure })
    }

    /// Writes: the tree, then locks, then inventories, whose paths it returns. Whatever ends the run in
    /// between, the same import again completes it.
    pub fn install(&self, news: &mut News) -> Result<Vec<&str>, Failure> {
        self.state()?;
        if !self.rosters.is_empty() {
            self.tree(news)?;
        }
        for (path, text) in &self.texts {
            disk::replace(path, text, MODE)?;
        }
        Ok(self.texts.iter().map(|(path, _)| path.as_str()).collect())
    }

    /// Says of the machines what the bundle does, before any boot file is there.
    fn state(&self) -> Result<(), Failure> {
        let clusters: Vec<&Cluster> = self.inventories.iter().collect();
        let states = States::open(TreeReader::open(&self.out)?.tree(), &clusters)?;
        if *states.merged() == self.state { Ok(()) } else { states.write(&self.state, &clusters) }
    }

    fn tree(&self, news: &mut News) -> Result<(), Failure> {
        let root = Root::create(&self.out)?;
        let lock = publication::lock(&root, news)?;
        let manifest = Manifest::load(&root, &self.plan.clusters)?;
        let changes = change::compare(&self.plan.expected(), &root, &manifest, &self.scope);
        let own = publication::own_files(&self.rosters);
        let place = (&lock, self.scope.group);
        let summary = files::apply(&changes, &self.plan, &self.plan.clusters, place, &own)?;
        publication::warn_of_private(&summary.private, news);
        Ok(())
    }
}

/// The machines of a room are installed meanwhile: what was said of them there is not overruled unasked.
fn unlike(here: &State, bundled: &State) -> Option<String> {
    let said = |state: &State| -> Vec<_> { state.iter().map(|it| (it.machine.clone(), it.arming)).collect() };
    let differs = !here.is_empty() && said(here) != said(bundled);
    differs.then(|| format!("`{}` arms or disarms other nodes than the bundle", state::FILE))
}

/// What the tree will do with each machine; nothing where the bundle has no tree.
fn rosters(contents: &Contents) -> Vec<Roster> {
    if contents.tree.is_empty() {
        return Vec::new();
    }
    let both = contents.inventories.iter().zip(&contents.members);
    both.map(|(cluster, member)| Roster::of(cluster, &contents.state, Some(&member.locked))).collect()
}

fn blocked(changes: &Changes) -> Vec<String> {
    changes.blocked().map(|(path, reason)| format!("`{path}` {reason}")).collect()
}

/// Returns the locks, each with the entries of the bundle, and the inventories; what is there already
/// is left out.
fn texts(
    destination: &Destination,
    contents: &Contents,
    in_the_way: &mut Vec<String>,
) -> Result<Vec<(Utf8PathBuf, Vec<u8>)>, Failure> {
    let mut locks: Vec<(Utf8PathBuf, LockFile)> = Vec::new();
    let mut texts = Vec::new();
    for (member, vars) in contents.members.iter().zip(destination.files) {
        let path = destination.lock.map_or_else(|| lock_beside(vars), Utf8Path::to_owned);
        if !locks.iter().any(|(known, _)| *known == path) {
            let lock = lock::load(path.as_std_path())?;
            locks.push((path.clone(), lock));
        }
        let lock = locks.iter_mut().find(|(known, _)| *known == path);
        in_the_way.extend(lock.and_then(|lock| merge(lock, member)));
        let (text, obstacle) = inventory(vars, member);
        in_the_way.extend(obstacle);
        texts.extend(text);
    }
    let mut all = Vec::new();
    for (path, lock) in locks {
        let text = lock::to_json(&lock).map_err(|error| Failure::of(Exit::Bug, &error))?;
        all.push((path, text.into_bytes()));
    }
    all.extend(texts);
    Ok(all)
}

fn merge((path, lock): &mut (Utf8PathBuf, LockFile), member: &BundleMember) -> Option<String> {
    let before = lock.clusters.insert(member.id.clone(), member.locked.clone());
    let differs = before.is_some_and(|before| before != member.locked);
    differs.then(|| format!("`{path}` pins something else for `{}`", member.id))
}

/// Returns what to write of an inventory, and why that is not done.
fn inventory(path: &Utf8Path, member: &BundleMember) -> (Option<(Utf8PathBuf, Vec<u8>)>, Option<String>) {
    let new = || Some((path.to_owned(), member.vars.clone()));
    match vars::load(path.as_std_path(), path.as_str()) {
        Ok(found) if found == member.vars => (None, None),
        Ok(_) => (new(), Some(format!("`{path}` has other contents than the inventory of `{}`", member.id))),
        Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => (new(), None),
        Err(error) => (None, Some(error.to_string())),
    }
}

/// Makes a plan of the rendered files; `SHA512SUMS` keeps the lines of other clusters.
fn plan(contents: &Contents, sums: &str) -> Plan {
    let clusters: Vec<Label> = contents.clusters().cloned().collect();
    let mut files = contents.tree.clone();
    if files.iter().any(|file| file.owner.kind == FileKind::Ignition) {
        files.extend(plan::sums(&files, &clusters.iter().collect::<Vec<_>>(), sums));
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Plan { clusters, files, ..Plan::default() }
}

/// Only what the bundle has is compared; a bundle without Ignition files says nothing about them.
fn scope(plan: &Plan) -> Scope {
    let kinds = plan.files.iter().map(|file| file.owner.kind).collect::<std::collections::BTreeSet<_>>();
    let ignition = if kinds.contains(&FileKind::Ignition) { plan.clusters.clone() } else { Vec::new() };
    Scope { ignition: ignition.into_iter().collect(), ..Scope::only(kinds) }
}
