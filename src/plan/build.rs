//! Building the plan: the only place where files, artifacts and arguments are decided. What each output
//! makes, refuses and says is in its own file; here they are all asked alike.

use std::collections::BTreeSet;

use super::inputs::{ClusterInput, Inputs, PlanError};
use super::layout::asset_url;
use super::output::Made;
use super::output::loader::{Loader, LoaderError, Machine, Start};
use super::output::services::{Member, Run};
use super::release::{self, NetBootSet};
use super::{
    ExpectedFile, ExpectedTree, FileKind, LeanPlan, Plan, PlannedFile, PlannedNode, artifact, goal, line,
    loaders, objection,
};
use crate::diag::{Diagnostic, Report};
use crate::model::boot::CommandLine;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::settings::Mode;
use crate::pool;
use crate::template::TemplateError;

/// Builds the plan of a run, or reports everything that stands in its way. What an output is made of is
/// planned for it, and let go where nobody asked for it.
pub(super) fn all(inputs: &Inputs) -> Result<Plan, PlanError> {
    let needed = inputs.kinds.iter().flat_map(|kind| kind.make().needs());
    let kinds = inputs.kinds.iter().copied().chain(needed).collect();
    let mut plan = draft(&Inputs { clusters: inputs.clusters.clone(), kinds: &kinds, ..*inputs })?;
    let mut files = Vec::new();
    for kind in inputs.kinds {
        let made = kind.make().of_plan(inputs, &plan).map_err(PlanError::Refused)?;
        files.extend(made.files);
        plan.dropped.extend(made.dropped);
    }
    if kinds != *inputs.kinds {
        keep(&mut plan, inputs.kinds);
    }
    if !files.is_empty() {
        plan.files.extend(files);
        plan.files.sort_by(|one, other| one.path.cmp(&other.path));
    }
    Ok(plan)
}

fn keep(plan: &mut Plan, kinds: &BTreeSet<FileKind>) {
    plan.files.retain(|file| kinds.contains(&file.owner.kind));
    let kept: BTreeSet<&RelPath> = plan.files.iter().map(|file| &file.path).collect();
    for node in &mut plan.nodes {
        node.files.retain(|path| kept.contains(path));
    }
}

/// Builds the plan of a run without contents.
pub(super) fn lean(inputs: &Inputs) -> Result<LeanPlan, PlanError> {
    let mut draft = Draft::default();
    draft.services(inputs).map_err(PlanError::Template)?;
    let read: BTreeSet<FileKind> =
        inputs.kinds.iter().flat_map(|kind| kind.make().reads()).copied().collect();
    let light = |input: &ClusterInput| Draft::of(inputs, input).map(|draft| draft.light(&read));
    let drafts = pool::each(&inputs.clusters, pool::cores(), light);
    let drafts: Vec<_> = drafts.into_iter().collect::<Result<_, _>>().map_err(PlanError::Template)?;
    let (mut files, mut kept) = (Vec::new(), Vec::new());
    // Hundreds of thousands of files: a list that grows as it is filled would stand in memory twice.
    files.reserve_exact(drafts.iter().map(|(files, _)| files.len()).sum());
    for (own, mut rest) in drafts {
        files.extend(own);
        kept.append(&mut rest.files);
        draft.join(rest);
    }
    draft.run(inputs, &kept);
    files.extend(draft.files.iter().map(ExpectedFile::of));
    draft.lean(files)
}

/// Makes the files of clusters, without those that they share.
pub(super) fn files(inputs: &Inputs) -> Result<Vec<PlannedFile>, TemplateError> {
    let drafts = pool::each(&inputs.clusters, pool::cores(), |input| Draft::of(inputs, input));
    let drafts: Vec<Draft> = drafts.into_iter().collect::<Result<_, _>>()?;
    let mut files: Vec<PlannedFile> = drafts.into_iter().flat_map(|draft| draft.files).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// Plans all but what is made of a whole plan.
fn draft(inputs: &Inputs) -> Result<Plan, PlanError> {
    let mut draft = Draft::default();
    draft.services(inputs).map_err(PlanError::Template)?;
    let drafts = pool::each(&inputs.clusters, pool::cores(), |input| Draft::of(inputs, input));
    let drafts: Vec<Draft> = drafts.into_iter().collect::<Result<_, _>>().map_err(PlanError::Template)?;
    draft.files.reserve_exact(drafts.iter().map(|one| one.files.len()).sum());
    for one in drafts {
        draft.join(one);
    }
    let files = std::mem::take(&mut draft.files);
    draft.run(inputs, &files);
    draft.files.extend(files);
    draft.finish()
}

#[derive(Default)]
struct Draft {
    plan: Plan,
    files: Vec<PlannedFile>,
    report: Report,
    /// The messages that are said once a run, however many clusters have them.
    once: BTreeSet<String>,
}

impl Draft {
    /// Plans one cluster by itself.
    fn of(inputs: &Inputs, input: &ClusterInput) -> Result<Self, TemplateError> {
        let mut draft = Self::default();
        draft.plan.clusters.push(input.cluster.id.clone());
        let mut nodes = Vec::new();
        for node in &input.cluster.nodes {
            nodes.push(draft.node(inputs, input, node)?);
        }
        for kind in inputs.kinds {
            draft.take(kind.make().of_cluster(inputs, input, &mut nodes)?);
        }
        draft.plan.nodes.extend(nodes);
        draft.faults(inputs, input);
        draft.artifacts(inputs, input);
        Ok(draft)
    }

    /// Adds what was planned by itself. What several clusters lack alike is said once.
    fn join(&mut self, other: Self) {
        self.plan.clusters.extend(other.plan.clusters);
        self.plan.nodes.extend(other.plan.nodes);
        self.plan.artifacts.extend(other.plan.artifacts);
        self.files.extend(other.files);
        self.report.join(other.report, |diagnostic| other.once.contains(&diagnostic.message));
    }

    /// Lets go of everything that can be made again, but for files that are still read: of contents, digests stay.
    fn light(mut self, read: &BTreeSet<FileKind>) -> (Vec<ExpectedFile>, Self) {
        let mut files: Vec<ExpectedFile> = self.files.iter().map(ExpectedFile::of).collect();
        // Lists that are sorted are soon sorted together, and here every core has its share.
        files.sort_by(|one, other| one.path.cmp(&other.path));
        self.files.retain(|file| read.contains(&file.owner.kind));
        self.plan.nodes = Vec::new();
        (files, self)
    }

    /// Adds what all clusters share; `files` are those of each.
    fn run(&mut self, inputs: &Inputs, files: &[PlannedFile]) {
        let shared = inputs.kinds.iter().flat_map(|kind| kind.make().of_run(inputs, files));
        self.files.extend(shared);
    }

    /// Adds what an output came to.
    fn take(&mut self, made: Made) {
        self.files.extend(made.files);
        self.plan.dropped.extend(made.dropped);
        self.report.extend(made.report);
        for diagnostic in made.once {
            self.once(diagnostic);
        }
    }

    /// Reports what many machines may lack.
    fn once(&mut self, diagnostic: Diagnostic) {
        self.once.insert(diagnostic.message.clone());
        self.report.push_once(diagnostic);
    }

    /// Says what a cluster lacks, and what people should know of it.
    fn faults(&mut self, inputs: &Inputs, input: &ClusterInput) {
        let (cluster, outputs) = (input.cluster, || inputs.kinds.iter().map(|kind| kind.make()));
        self.report.extend(outputs().filter_map(|output| output.lacks(inputs, input)).collect());
        self.report.extend(objection::mixed(cluster, input.locked).into_iter().collect());
        self.report.extend(outputs().filter_map(|output| output.warns(cluster)).collect());
        if FileKind::loaders().any(|kind| inputs.kinds.contains(&kind)) {
            self.report.extend(objection::without_boot_file(cluster).into_iter().collect());
            self.report.extend(objection::in_boot(input, inputs.state));
            self.report.extend(objection::in_place(input, inputs.state).into_iter().collect());
        }
        self.report.extend(loaders::of(inputs.kinds).filter_map(|loader| loader.beyond(cluster)).collect());
    }

    /// Plans artifacts. What is missing is a fault only where artifacts are what is wanted: boot files
    /// have reported what they need.
    fn artifacts(&mut self, inputs: &Inputs, input: &ClusterInput) {
        let (artifacts, missing) = artifact::needed(input.cluster, input.locked, inputs.artifacts);
        self.plan.artifacts.extend(artifacts);
        if inputs.kinds.is_empty() {
            for diagnostic in missing {
                self.once(diagnostic);
            }
        }
    }

    /// Plans the boot files of one node; what cannot be planned is reported and left out.
    fn node(
        &mut self,
        inputs: &Inputs,
        input: &ClusterInput,
        node: &Node,
    ) -> Result<PlannedNode, TemplateError> {
        let mut planned = unplanned(input.cluster, node, inputs.state.mode(&input.cluster.id, node));
        let wanted = loaders::wanted(input.cluster, node, inputs.kinds);
        let is_found = node.mac.is_some() || node.arch.boots_parm();
        if wanted.is_empty() || !is_found {
            return Ok(planned);
        }
        let machine = Machine { cluster: input.cluster, node, templates: inputs.templates };
        if planned.mode == Mode::Local {
            self.disk(&machine, &wanted, &mut planned)?;
        } else if let Some((boot, line)) = self.boot(input, node, planned.mode) {
            self.start(&Start { machine, boot, line: &line }, &wanted, &mut planned)?;
            planned.line = Some(line);
        }
        Ok(planned)
    }

    /// Plans the files of a node that boots from its disk.
    fn disk(
        &mut self,
        machine: &Machine,
        wanted: &[&dyn Loader],
        planned: &mut PlannedNode,
    ) -> Result<(), TemplateError> {
        for mac in machine.node.boot_macs() {
            for loader in wanted {
                self.add(loader.of_disk(machine, mac)?, planned);
            }
        }
        Ok(())
    }

    /// Plans the files of a node that boots from the network.
    fn start(
        &mut self,
        start: &Start,
        wanted: &[&dyn Loader],
        planned: &mut PlannedNode,
    ) -> Result<(), TemplateError> {
        let node = start.machine.node;
        planned.line_bytes = wanted.iter().map(|loader| loader.length(start)).max().unwrap_or_default();
        self.report.extend(objection::length(node, planned.line_bytes).into_iter().collect());
        for loader in wanted {
            self.add(loader.of_machine(start), planned);
        }
        for mac in node.boot_macs() {
            for loader in wanted {
                match loader.of_interface(start, mac) {
                    Ok(files) => self.add(files, planned),
                    Err(LoaderError::Refused(diagnostic)) => self.report.push(*diagnostic),
                    Err(LoaderError::Template(error)) => return Err(error),
                }
            }
        }
        for refusal in wanted.iter().filter_map(|loader| loader.refuse(node, start.line).err()) {
            self.once(*refusal);
        }
        Ok(())
    }

    /// Adds files of a node.
    fn add(&mut self, files: Vec<PlannedFile>, planned: &mut PlannedNode) {
        planned.files.extend(files.iter().map(|file| file.path.clone()));
        self.files.extend(files);
    }

    /// Finds the artifacts and writes the command line of a node.
    fn boot<'a>(
        &mut self,
        input: &ClusterInput<'a>,
        node: &Node,
        mode: Mode,
    ) -> Option<(NetBootSet<'a>, CommandLine)> {
        let cluster = input.cluster;
        let set = release::netboot(cluster, input.locked, node.arch);
        let set = set.map_err(|diagnostic| self.once(*diagnostic)).ok()?;
        let goal = goal::of(input, node, mode).map_err(|diagnostic| self.once(*diagnostic)).ok()??;
        let line = line::netboot(cluster, node, &asset_url(cluster, &set.rootfs.name), &goal);
        let line = line.map_err(|diagnostic| self.once(*diagnostic)).ok()?;
        Some((set, line))
    }

    /// Plans what the helper is set up with.
    fn services(&mut self, inputs: &Inputs) -> Result<(), TemplateError> {
        if !inputs.kinds.iter().any(|kind| kind.is_service()) {
            return Ok(());
        }
        let members = inputs.clusters.iter().map(|it| Member { cluster: it.cluster, secrets: it.secrets });
        let shared = (inputs.templates, inputs.standing);
        let run = Run::new(inputs.ids().into_iter(), members.collect(), inputs.root, shared);
        for kind in inputs.kinds {
            self.take(kind.make().of_helper(&run)?);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Plan, PlanError> {
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        self.report.extend(objection::twice(self.files.iter().map(|file| (&file.path, &file.owner))));
        if self.report.has_errors() {
            return Err(PlanError::Refused(self.report));
        }
        let artifacts = artifact::join(std::mem::take(&mut self.plan.artifacts));
        Ok(Plan { files: self.files, artifacts, report: self.report, ..self.plan })
    }

    /// Finishes what has no contents any more, but for those of files that clusters share.
    fn lean(mut self, mut files: Vec<ExpectedFile>) -> Result<LeanPlan, PlanError> {
        files.sort_by(|one, other| one.path.cmp(&other.path));
        self.report.extend(objection::twice(files.iter().map(|file| (&file.path, &file.owner))));
        if self.report.has_errors() {
            return Err(PlanError::Refused(self.report));
        }
        let Plan { clusters, artifacts, dropped, .. } = self.plan;
        let artifacts = artifacts.into_iter().flat_map(|artifact| artifact.paths).collect();
        let expected = ExpectedTree { clusters, files, artifacts, dropped };
        Ok(LeanPlan { expected, report: self.report, shared: self.files })
    }
}

/// A node before anything is planned for it.
fn unplanned(cluster: &Cluster, node: &Node, mode: Mode) -> PlannedNode {
    PlannedNode {
        cluster: cluster.id.clone(),
        name: node.name.clone(),
        role: node.role,
        pool: node.pool.clone(),
        mode,
        line: None,
        line_bytes: 0,
        profile: None,
        files: Vec::new(),
    }
}
