//! Rendering: everything that machines boot from, planned, compared, and written.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::boots::Boots;
use super::failure::{Exit, Failure};
use super::native;
use super::news::News;
use super::publication::{self, Publication};
use super::remade::Remade;
use super::tree::{Before, TreeReader};
use super::workspace::{Planning, Workspace, templates};
use crate::diag::Report;
use crate::model::cluster::Cluster;
use crate::plan::change::{self, Changes, Force, Scope};
use crate::plan::roster::Roster;
use crate::plan::state::{Phase, State};
use crate::plan::{self, ExpectedTree, FileKind, LeanPlan, Parts, Plan, PlannedFile};
use crate::template::Templates;

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
    templates: Templates,
    request: RenderRequest,
}

/// A plan with all its contents, for those who look at it.
pub struct Rendering<'a> {
    /// What it was made of.
    pub prepared: Prepared<'a>,
    /// What the output is to be.
    pub plan: Plan,
    /// Which machines the output installs; where files are in scope that they boot by.
    pub boots: Option<Boots>,
}

/// A plan that is to be written.
pub struct Writing<'a> {
    prepared: Prepared<'a>,
    /// What the output is to be.
    pub expected: ExpectedTree,
    /// Warnings and notices about the plan itself.
    pub report: Report,
    /// Which machines the output installs; where files are in scope that they boot by.
    pub boots: Option<Boots>,
    contents: Contents,
}

/// Where contents come from.
enum Contents {
    /// All are in memory.
    Whole(Plan),
    /// Those of files that are not made of one cluster alone are in memory; the others are made again.
    Shared(Vec<PlannedFile>),
}

/// Reads what a plan is made of besides the clusters; `folder` has templates in the place of embedded ones.
pub fn prepare<'a>(
    workspace: &'a mut Workspace,
    request: RenderRequest,
    folder: Option<&Utf8Path>,
) -> Result<Prepared<'a>, Failure> {
    let reader = workspace.reader()?;
    let before = before(&reader, &workspace.clusters(), request.is_example)?;
    if request.kinds.contains(&FileKind::InstallConfig) {
        workspace.read_secrets()?;
    }
    Ok(Prepared { workspace, reader, before, templates: templates(folder)?, request })
}

impl<'a> Prepared<'a> {
    /// Plans, for those who look.
    pub fn plan(self) -> Result<Rendering<'a>, Failure> {
        let plan = self.workspace.plan(&self.planning())?;
        Ok(Rendering { plan, boots: self.boots(), prepared: self })
    }

    /// Plans what is to be written. Contents are kept only where something is made of all of them.
    pub fn lean(self) -> Result<Writing<'a>, Failure> {
        let (expected, report, contents) = if plan::needs_whole(&self.request.kinds) {
            let mut plan = self.workspace.plan(&self.planning())?;
            (plan.expected(), std::mem::take(&mut plan.report), Contents::Whole(plan))
        } else {
            let LeanPlan { expected, report, shared } = self.workspace.lean(&self.planning())?;
            (expected, report, Contents::Shared(shared))
        };
        Ok(Writing { expected, report, boots: self.boots(), contents, prepared: self })
    }

    /// Returns the clusters.
    pub fn workspace(&self) -> &Workspace {
        self.workspace
    }

    /// Returns the output root.
    pub fn reader(&self) -> &TreeReader {
        &self.reader
    }

    fn planning(&self) -> Planning<'_> {
        Planning {
            templates: &self.templates,
            kinds: &self.request.kinds,
            state: self.before.state(),
            around: &self.before.around,
        }
    }

    fn boots(&self) -> Option<Boots> {
        let boot_files = FileKind::loaders().any(|kind| self.request.kinds.contains(&kind));
        boot_files.then(|| Boots::of(self.workspace, &self.before, self.before.state()))
    }

    fn scope(&self) -> Result<Scope, Failure> {
        Ok(Scope {
            kinds: self.request.kinds.clone(),
            ignition: self.workspace.with_given_ignition(),
            group: publication::group(self.request.group.as_deref(), &self.workspace.clusters())?,
            force: self.request.force,
            ..Scope::all()
        })
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

impl Rendering<'_> {
    /// Returns what would change; nothing is written.
    pub fn compare(&self) -> Result<Changes, Failure> {
        let (expected, tree, scope) =
            (self.plan.expected(), self.prepared.reader.tree(), self.prepared.scope()?);
        let manifest = self.prepared.reader.manifest(&expected.clusters)?;
        publication::refuse_twice(
            tree,
            (&expected.clusters, &self.plan),
            &manifest,
            rosters(self.boots.as_ref()),
        )?;
        let mut changes = change::compare(&expected, tree, &manifest, &scope);
        changes.name_owners(tree, &expected.clusters)?;
        Ok(changes)
    }
}

impl Writing<'_> {
    /// Has the daemons' own checkers look at the files of services.
    pub fn try_services(&self, news: &mut News) -> Result<(), Failure> {
        let files = match &self.contents {
            Contents::Whole(plan) => &plan.files,
            Contents::Shared(files) => files,
        };
        native::judge(files, self.prepared.workspace, &self.prepared.before.around.root, news)
    }

    /// Writes what differs, and returns what was changed. What was expected is let go.
    pub fn publish(&mut self, news: &mut News) -> Result<Changes, Failure> {
        let expected = std::mem::take(&mut self.expected);
        let prepared = &self.prepared;
        match &self.contents {
            Contents::Whole(plan) => self.publish_parts(expected, plan, news),
            Contents::Shared(shared) => {
                let (workspace, planning) = (prepared.workspace, prepared.planning());
                self.publish_parts(expected, &Remade { workspace, planning, shared }, news)
            }
        }
    }

    fn publish_parts(
        &self,
        expected: ExpectedTree,
        parts: &dyn Parts,
        news: &mut News,
    ) -> Result<Changes, Failure> {
        let Prepared { workspace, before, .. } = &self.prepared;
        let publication = Publication {
            clusters: &workspace.clusters(),
            expected,
            parts,
            before,
            state: &self.prepared.state(),
            rosters: rosters(self.boots.as_ref()),
            scope: &self.prepared.scope()?,
            locks: &workspace.locks,
        };
        publication.write(&workspace.out, news)
    }
}

fn rosters(boots: Option<&Boots>) -> &[Roster] {
    boots.map_or(&[], Boots::rosters)
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
