//! Building the plan: the only place where files, artifacts and arguments are decided.

use std::collections::BTreeSet;

use super::command::{self, Printed};
use super::group::{self, Bootable};
use super::inputs::{ClusterInput, Inputs, PlanError};
use super::layout::{self, asset_url, exact_ignition_url, served_ignition_url};
use super::line::{self, Goal};
use super::loader::{Loader, LoaderError, refuse_ipxe_settings};
use super::release::{self, NetBootSet};
use super::services::{Member, Run};
use super::terraform;
use super::{FileKind, Plan, PlannedFile, PlannedNode, artifact, copy, fault, format, local, parm, pin};
use crate::diag::{Code, Diagnostic, Report};
use crate::ignition::{IgnitionConfig, MATCHBOX_READS};
use crate::model::boot::CommandLine;
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::settings::{IgnitionUrl, Mode};
use crate::pool;
use crate::template::TemplateError;

/// Builds all but what is made of a whole plan, or reports everything that stands in its way.
pub(super) fn all(inputs: &Inputs) -> Result<Plan, PlanError> {
    let mut draft = Draft::default();
    draft.services(inputs).map_err(PlanError::Template)?;
    for made in pool::each(&inputs.clusters, pool::cores(), |input| Draft::of(inputs, input)) {
        draft.join(made.map_err(PlanError::Template)?);
    }
    draft.shared(inputs);
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
        draft.cluster(inputs, input)?;
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

    /// Reports what many machines may lack.
    fn once(&mut self, diagnostic: Diagnostic) {
        self.once.insert(diagnostic.message.clone());
        self.report.push_once(diagnostic);
    }

    fn cluster(&mut self, inputs: &Inputs, input: &ClusterInput) -> Result<(), TemplateError> {
        let cluster = input.cluster;
        self.plan.clusters.push(cluster.id.clone());
        let mut bootables = Vec::new();
        let mut nodes = Vec::new();
        for node in &cluster.nodes {
            let (planned, bootable) = self.node(inputs, input, node)?;
            nodes.push(planned);
            bootables.extend(bootable);
        }
        self.matchbox((input, inputs.kinds), &bootables, &mut nodes);
        if inputs.kinds.contains(&FileKind::Ignition) {
            self.files.extend(copy::files(&cluster.id, input.ignition));
            self.files.extend(pin::files(cluster, input.ignition, input.locked));
        }
        if inputs.kinds.contains(&FileKind::Commands) {
            self.commands(inputs, input)?;
        }
        if inputs.kinds.contains(&FileKind::Ignition) {
            let is_needed = inputs.kinds.contains(&FileKind::Kubernetes);
            self.report.extend(fault::missing_ignition(input, inputs.state, is_needed).into_iter().collect());
        }
        self.report.extend(fault::mixed(cluster, input.locked).into_iter().collect());
        if inputs.kinds.contains(&FileKind::Commands) {
            self.report.extend(fault::iscsi_without_network(cluster).into_iter().collect());
        }
        if FileKind::loaders().any(|kind| inputs.kinds.contains(&kind)) {
            self.report.extend(fault::without_boot_file(cluster).into_iter().collect());
            self.report.extend(fault::in_boot(input, inputs.state));
            self.report.extend(fault::in_place(input, inputs.state).into_iter().collect());
        }
        self.report.extend(format::without_pxelinux(cluster, inputs.kinds).into_iter().collect());
        self.plan.nodes.extend(nodes);
        self.artifacts(inputs, input);
        Ok(())
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
    fn node<'a>(
        &mut self,
        inputs: &Inputs,
        input: &ClusterInput<'a>,
        node: &'a Node,
    ) -> Result<(PlannedNode, Option<Bootable<'a>>), TemplateError> {
        let mut planned = PlannedNode {
            cluster: input.cluster.id.clone(),
            name: node.name.clone(),
            role: node.role,
            pool: node.pool.clone(),
            mode: inputs.state.mode(&input.cluster.id, node),
            line: None,
            line_bytes: 0,
            profile: None,
            files: Vec::new(),
        };
        if node.arch.boots_parm() {
            self.parm(inputs, input, node, &mut planned);
            return Ok((planned, None));
        }
        let wanted = format::wanted(input.cluster, node, inputs.kinds);
        let Some(mac) = node.mac.filter(|_| !wanted.is_empty()) else { return Ok((planned, None)) };
        if planned.mode == Mode::Local {
            for (mac, kind) in every(node, &wanted) {
                let files = local::files(input.cluster, node, mac, kind, inputs.templates)?;
                planned.files.extend(files.iter().map(|file| file.path.clone()));
                self.files.extend(files);
            }
            let bootable = wanted.contains(&FileKind::Matchbox).then_some(Bootable {
                node,
                mac,
                mode: planned.mode,
                boot: None,
            });
            return Ok((planned, bootable));
        }
        let Some((set, line)) = self.boot(input, node, planned.mode) else { return Ok((planned, None)) };
        let loader =
            Loader { cluster: input.cluster, node, mac, boot: set, line: &line, templates: inputs.templates };
        let length = wanted.iter().map(|kind| loader.line_length(*kind)).max().unwrap_or_default();
        if let Some(diagnostic) = fault::length(node, length) {
            self.report.push(diagnostic);
        }
        for (mac, kind) in every(node, &wanted) {
            self.loader_file(&Loader { mac, ..loader }, kind, &mut planned)?;
        }
        let bootable = self.bootable(input, node, (mac, planned.mode), set, &line, &wanted);
        planned.line = Some(line);
        planned.line_bytes = length;
        Ok((planned, bootable))
    }

    /// Plans what an s390x machine is started with; one that boots from its disk needs nothing.
    fn parm(&mut self, inputs: &Inputs, input: &ClusterInput, node: &Node, planned: &mut PlannedNode) {
        if planned.mode == Mode::Local || !inputs.kinds.contains(&FileKind::Parm) {
            return;
        }
        let Some((set, line)) = self.boot(input, node, planned.mode) else { return };
        self.report.extend(fault::parm_length(node, line.len()).into_iter().collect());
        let files = parm::files(input.cluster, node, set, &line);
        planned.files.extend(files.iter().map(|file| file.path.clone()));
        self.files.extend(files);
        planned.line_bytes = line.len();
        planned.line = Some(line);
    }

    fn loader_file(
        &mut self,
        loader: &Loader,
        kind: FileKind,
        planned: &mut PlannedNode,
    ) -> Result<(), TemplateError> {
        for made in loader.files(kind) {
            match made {
                Ok(file) => {
                    planned.files.push(file.path.clone());
                    self.files.push(file);
                }
                Err(LoaderError::Refused(diagnostic)) => self.report.push(*diagnostic),
                Err(LoaderError::Template(error)) => return Err(error),
            }
        }
        Ok(())
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
        let goal = self.goal(input, node, mode)?;
        let line = line::netboot(cluster, node, &asset_url(cluster, &set.rootfs.name), &goal);
        let line = line.map_err(|diagnostic| self.once(*diagnostic)).ok()?;
        Some((set, line))
    }

    fn bootable<'a>(
        &mut self,
        input: &ClusterInput<'a>,
        node: &'a Node,
        (mac, mode): (MacAddr, Mode),
        set: NetBootSet<'a>,
        line: &CommandLine,
        wanted: &[FileKind],
    ) -> Option<Bootable<'a>> {
        if !wanted.contains(&FileKind::Matchbox) {
            return None;
        }
        if let Err(LoaderError::Refused(diagnostic)) = refuse_ipxe_settings(node, line) {
            self.once(*diagnostic);
            return None;
        }
        let mut boot = group::net_boot(input.cluster, set, line);
        if input.cluster.settings.ignition_url != IgnitionUrl::Assets {
            group::share_ignition_url(&mut boot.args, mac);
        }
        Some(Bootable { node, mac, mode, boot: Some(boot) })
    }

    fn matchbox(
        &mut self,
        (input, kinds): (&ClusterInput, &BTreeSet<FileKind>),
        bootables: &[Bootable],
        nodes: &mut [PlannedNode],
    ) {
        let made = group::Made::of(input.cluster, bootables);
        if kinds.contains(&FileKind::Terraform) {
            self.files.push(terraform::file(&input.cluster.id, &made));
        }
        if kinds.contains(&FileKind::Matchbox) {
            self.files.extend(made.files(&input.cluster.id));
            for node in nodes {
                node.profile = made.by_node.get(node.name.as_str()).cloned();
            }
        }
    }

    fn commands(&mut self, inputs: &Inputs, input: &ClusterInput) -> Result<(), TemplateError> {
        let mut printed = Vec::new();
        for node in &input.cluster.nodes {
            let sha512 = input.ignition.get(&node.pool).map(IgnitionConfig::sha512);
            let mode = inputs.state.mode(&input.cluster.id, node);
            match Printed::of(input.cluster, node, mode, sha512) {
                Ok(node) => printed.push(node),
                Err(diagnostic) => self.once(*diagnostic),
            }
        }
        self.files.push(command::file(input.cluster, printed, inputs.templates)?);
        Ok(())
    }

    /// What the line of a node leads to: a config that pins the digest, else the role's own file.
    fn goal(&mut self, input: &ClusterInput, node: &Node, mode: Mode) -> Option<Goal> {
        let cluster = input.cluster;
        if let Some(diagnostic) = fault::private_ca(cluster) {
            self.once(diagnostic);
            return None;
        }
        if let Some(goal) = pin::goal(cluster, node, mode) {
            return Some(goal);
        }
        if node.arch.boots_parm() {
            // Not one of matchbox's machines: it has no group of them.
            return Some(Goal::of(mode, exact_ignition_url(cluster, &node.pool)));
        }
        let url = self.ignition_url(input, node, node.mac?)?;
        let two_phase = cluster.settings.ignition_url == IgnitionUrl::TwoPhase && mode == Mode::Install;
        Some(Goal::of(mode, if two_phase { format!("{url}&{}", group::INSTALLED) } else { url }))
    }

    /// The URL on a boot line; matchbox's own only where matchbox can read the file.
    fn ignition_url(&mut self, input: &ClusterInput, node: &Node, mac: MacAddr) -> Option<String> {
        let cluster = input.cluster;
        if cluster.settings.ignition_url == IgnitionUrl::Assets {
            return Some(exact_ignition_url(cluster, &node.pool));
        }
        if let Some(config) = input.ignition.get(&node.pool).filter(|config| config.spec() > MATCHBOX_READS) {
            let message = format!(
                "matchbox reads Ignition up to specification {MATCHBOX_READS}, and {}.ign of `{}` is {}",
                node.pool,
                cluster.id,
                config.spec()
            );
            self.once(
                Diagnostic::new(Code::R007, message)
                    .help("set `okdboot.ignition_url: assets`: it would answer with an empty config"),
            );
            return None;
        }
        Some(served_ignition_url(cluster, mac))
    }

    /// Plans what the helper is set up with.
    fn services(&mut self, inputs: &Inputs) -> Result<(), TemplateError> {
        if !inputs.kinds.iter().any(|kind| kind.is_service()) {
            return Ok(());
        }
        let members = inputs.clusters.iter().map(|it| Member { cluster: it.cluster, secrets: it.secrets });
        let ids = inputs.clusters.iter().map(|input| &input.cluster.id);
        let run = Run::new(ids, members.collect(), inputs.root, (inputs.templates, inputs.standing));
        let made = run.all(inputs.kinds)?;
        self.files.extend(made.files);
        self.plan.dropped.extend(made.dropped);
        self.report.extend(made.report);
        Ok(())
    }

    fn shared(&mut self, inputs: &Inputs) {
        let ids: Vec<&Label> = inputs.clusters.iter().map(|input| &input.cluster.id).collect();
        if inputs.kinds.contains(&FileKind::Index) {
            self.files.extend(copy::index_pages(&ids));
        }
        self.files.extend(inputs.kinds.contains(&FileKind::Terraform).then(terraform::provider));
        if inputs.kinds.contains(&FileKind::Sums) {
            let sums = copy::sums(&self.files, &ids, inputs.standing.text(layout::SUMS));
            self.files.extend(sums);
        }
    }

    fn finish(mut self) -> Result<Plan, PlanError> {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        for pair in self.files.windows(2) {
            if pair[0].path == pair[1].path {
                self.report.push(fault::two_owners(&pair[0], &pair[1]));
            }
        }
        if self.report.has_errors() {
            return Err(PlanError::Refused(self.report));
        }
        let artifacts = artifact::join(std::mem::take(&mut self.plan.artifacts));
        Ok(Plan { files: self.files, artifacts, report: self.report, ..self.plan })
    }
}

/// Each interface that a node may boot from, with each kind of file.
fn every<'a>(node: &'a Node, kinds: &'a [FileKind]) -> impl Iterator<Item = (MacAddr, FileKind)> + 'a {
    node.boot_macs().flat_map(|mac| kinds.iter().map(move |kind| (mac, *kind)))
}
