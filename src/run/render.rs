//! Rendering: everything that machines boot from, planned, compared, and written.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::boots::Boots;
use super::failure::{Exit, Failure};
use super::native;
use super::news::News;
use super::publication::{self, Publication};
use super::tree::{Before, TreeReader};
use super::workspace::{Planning, Workspace, templates};
use crate::model::cluster::Cluster;
use crate::plan::change::{self, Changes, Force, Scope};
use crate::plan::roster::Roster;
use crate::plan::state::{Phase, State};
use crate::plan::{FileKind, Plan};

/// What is wanted.
pub struct RenderRequest {
    /// The kinds of files.
    pub kinds: BTreeSet<FileKind>,
    /// The phase that the clusters enter.
    pub phase: Option<Phase>,
    /// The group of Ignition files.
    pub group: Option<String>,
    /// What to do about files that were edited by hand.
    pub force: Force,
    /// Whether the inventory is the embedded one, which stands beside no vars.yaml.
    pub is_example: bool,
}

/// Everything that a plan is made of.
pub struct Prepared<'a> {
    workspace: &'a Workspace,
    reader: TreeReader,
    before: Before,
    request: RenderRequest,
}

/// A plan, with what it was made of.
pub struct Rendering<'a> {
    /// The clusters.
    pub workspace: &'a Workspace,
    /// The output root.
    pub reader: TreeReader,
    /// What the output is to be.
    pub plan: Plan,
    /// Which machines the output installs; where files are in scope that they boot by.
    pub boots: Option<Boots>,
    before: Before,
    request: RenderRequest,
}

/// Reads what a plan is made of besides the clusters.
pub fn prepare(workspace: &mut Workspace, request: RenderRequest) -> Result<Prepared<'_>, Failure> {
    let reader = workspace.reader()?;
    let before = before(&reader, &workspace.clusters(), request.is_example)?;
    if request.kinds.contains(&FileKind::InstallConfig) {
        workspace.read_secrets()?;
    }
    Ok(Prepared { workspace, reader, before, request })
}

impl<'a> Prepared<'a> {
    /// Plans; `folder` has templates in the place of embedded ones.
    pub fn plan(self, folder: Option<&Utf8Path>) -> Result<Rendering<'a>, Failure> {
        let Self { workspace, reader, before, request } = self;
        let plan = workspace.plan(&Planning {
            templates: &templates(folder)?,
            kinds: &request.kinds,
            state: before.state(),
            around: &before.around,
        })?;
        let boot_files = FileKind::loaders().any(|kind| request.kinds.contains(&kind));
        let boots = boot_files.then(|| Boots::of(workspace, &before, before.state()));
        Ok(Rendering { workspace, reader, plan, boots, before, request })
    }
}

impl Rendering<'_> {
    fn scope(&self) -> Result<Scope, Failure> {
        Ok(Scope {
            kinds: self.request.kinds.clone(),
            ignition: self.workspace.with_given_ignition(),
            group: publication::group(self.request.group.as_deref(), &self.workspace.clusters())?,
            force: self.request.force,
            ..Scope::all()
        })
    }

    fn rosters(&self) -> &[Roster] {
        self.boots.as_ref().map_or(&[], Boots::rosters)
    }

    /// Returns what would change; nothing is written.
    pub fn compare(&self) -> Result<Changes, Failure> {
        let (plan, tree, scope) = (&self.plan, self.reader.tree(), self.scope()?);
        let manifest = self.reader.manifest(&plan.clusters)?;
        publication::refuse_twice(tree, plan, &manifest, self.rosters())?;
        let mut changes = change::compare(plan, tree, &manifest, &scope);
        changes.name_owners(tree, &plan.clusters)?;
        Ok(changes)
    }

    /// Has the daemons' own checkers look at the files of services.
    pub fn try_services(&self, news: &mut News) -> Result<(), Failure> {
        native::judge(&self.plan, self.workspace, &self.before.around.root, news)
    }

    /// Writes what differs, and returns what was changed. The plan has no contents afterwards.
    pub fn publish(&mut self, news: &mut News) -> Result<Changes, Failure> {
        let (state, scope) = (self.state(), self.scope()?);
        // A hundred thousand command lines are of no more use: they stand in the files.
        self.plan.nodes = Vec::new();
        let mut publication = Publication {
            clusters: &self.workspace.clusters(),
            plan: &mut self.plan,
            before: &self.before,
            state: &state,
            rosters: self.boots.as_ref().map_or(&[], Boots::rosters),
            scope: &scope,
            locks: &self.workspace.locks,
        };
        publication.write(&self.workspace.out, news)
    }

    /// What is true of the machines from now on: a phase is kept.
    fn state(&self) -> State {
        let mut state = self.before.state().clone();
        if let Some(phase) = self.request.phase {
            self.workspace.clusters().iter().for_each(|cluster| state.enter(&cluster.id, phase));
        }
        state
    }
}

/// Returns what stood there before.
fn before(reader: &TreeReader, clusters: &[&Cluster], is_example: bool) -> Result<Before, Failure> {
    if is_example { embedded_before(reader, clusters) } else { reader.before(clusters) }
}

/// A served tree must not get the machines of the example into it.
fn embedded_before(reader: &TreeReader, clusters: &[&Cluster]) -> Result<Before, Failure> {
    let Some(example) = clusters.first() else { return reader.before(clusters) };
    match reader.clusters()?.into_iter().find(|owner| *owner != example.id) {
        None => reader.before_example(&example.id),
        Some(other) => {
            let out = reader.tree().root().map_or_else(String::new, |root| root.path().to_string());
            let message = format!("`{out}` holds cluster `{other}`: the example is not rendered beside it");
            Err(Failure::new(Exit::Files, message).help("give the example a folder of its own: `-o demo`"))
        }
    }
}
