//! Building the plan: the only place where files, artifacts and arguments are decided.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{self, Printed};
use super::group::{self, Bootable};
use super::line;
use super::loader::{Loader, LoaderError, asset_url, refuse_ipxe_settings};
use super::release::{self, NetBootSet};
use super::{FileKind, Plan, PlannedFile, PlannedNode, artifact, copy};
use crate::diag::{Code, Diagnostic, Report};
use crate::ignition::{IgnitionConfig, MATCHBOX_READS};
use crate::lock::LockedCluster;
use crate::model::artifact::ArtifactKind;
use crate::model::boot::CommandLine;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::node::{Node, Role};
use crate::model::settings::IgnitionUrl;
use crate::template::{TemplateError, Templates};
use crate::text::List;

/// What the loaders carry of a command line with its closing NUL, in bytes; what is longer is cut off
/// without a word. `x86_64` and `aarch64` have room for 2048 (`COMMAND_LINE_SIZE`), but the boot header
/// says 2047 without the NUL, and PXELINUX counts the NUL in.
const MAX_LINE: usize = 2047;
/// From here on a line is worth a warning: what comes before the loader may add words too.
const LONG_LINE: usize = 1900;

/// The kinds that a machine boots from over the network.
const LOADERS: [FileKind; 4] = [FileKind::Matchbox, FileKind::Pxelinux, FileKind::Ipxe, FileKind::Grub];

/// One cluster with what its plan is made of.
pub struct ClusterInput<'a> {
    /// What is true.
    pub cluster: &'a Cluster,
    /// Its lock entry, if it has one.
    pub locked: Option<&'a LockedCluster>,
    /// Its Ignition files by role.
    pub ignition: &'a BTreeMap<Role, IgnitionConfig>,
}

/// Everything that a plan is made of.
pub struct Inputs<'a> {
    /// In the order of the command line.
    pub clusters: Vec<ClusterInput<'a>>,
    /// The text formats.
    pub templates: &'a Templates,
    /// The kinds of files that are wanted; none where only artifacts are.
    pub kinds: &'a BTreeSet<FileKind>,
    /// Artifact kinds that are wanted besides those that nodes boot from.
    pub artifacts: &'a BTreeSet<ArtifactKind>,
    /// The text of `SHA512SUMS` as it stands.
    pub sums: &'a str,
}

/// Why there is no plan.
#[derive(Debug)]
pub enum PlanError {
    /// What cannot be expressed or is missing; every finding at once.
    Refused(Report),
    /// A template that fails.
    Template(TemplateError),
}

/// Builds the plan of a run, or reports everything that stands in its way.
pub fn build(inputs: &Inputs) -> Result<Plan, PlanError> {
    let mut draft = Draft::default();
    for input in &inputs.clusters {
        draft.cluster(inputs, input).map_err(PlanError::Template)?;
    }
    draft.shared(inputs);
    draft.finish()
}

#[derive(Default)]
struct Draft {
    plan: Plan,
    files: Vec<PlannedFile>,
    report: Report,
}

impl Draft {
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
        if inputs.kinds.contains(&FileKind::Matchbox) {
            self.matchbox(input, &bootables, &mut nodes);
        }
        if inputs.kinds.contains(&FileKind::Ignition) {
            self.files.extend(copy::files(&cluster.id, input.ignition));
        }
        if inputs.kinds.contains(&FileKind::Commands) {
            self.commands(inputs, input)?;
        }
        if inputs.kinds.contains(&FileKind::Ignition) {
            self.missing_ignition(input);
        }
        self.without_boot_file(inputs, cluster);
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
                self.report.push_once(diagnostic);
            }
        }
    }

    /// Says which nodes nothing boots over the network.
    fn without_boot_file(&mut self, inputs: &Inputs, cluster: &Cluster) {
        let boots = |node: &&Node| node.mac.is_some() && !netboot_kinds(node).is_empty();
        let names: Vec<&Label> =
            cluster.nodes.iter().filter(|node| !boots(node)).map(|node| &node.name).collect();
        if names.is_empty() || !LOADERS.iter().any(|kind| inputs.kinds.contains(kind)) {
            return;
        }
        let who = if names.len() == cluster.nodes.len() {
            "every node".to_owned()
        } else {
            List::and(&names).to_string()
        };
        let message = format!("no network boot file is written for {who} of `{}`", cluster.id);
        let help = "without `macaddr` nothing can find one: boot the ISO, `okdboot commands` prints what to do there";
        self.report.push(Diagnostic::new(Code::R011, message).help(help));
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
            line: None,
            profile: None,
            files: Vec::new(),
        };
        let wanted =
            netboot_kinds(node).into_iter().filter(|kind| inputs.kinds.contains(kind)).collect::<Vec<_>>();
        let Some(mac) = node.mac.filter(|_| !wanted.is_empty()) else { return Ok((planned, None)) };
        let Some((set, line)) = self.boot(input, node) else { return Ok((planned, None)) };
        let loader =
            Loader { cluster: input.cluster, node, mac, boot: set, line: &line, templates: inputs.templates };
        self.check_length(&loader, &wanted);
        for kind in &wanted {
            self.loader_file(&loader, *kind, &mut planned)?;
        }
        let bootable = self.bootable(input, node, mac, set, &line, &wanted);
        planned.line = Some(line);
        Ok((planned, bootable))
    }

    fn loader_file(
        &mut self,
        loader: &Loader,
        kind: FileKind,
        planned: &mut PlannedNode,
    ) -> Result<(), TemplateError> {
        let made = match kind {
            FileKind::Pxelinux => loader.pxelinux(),
            FileKind::Ipxe => loader.ipxe(),
            FileKind::Grub => loader.grub(),
            _ => return Ok(()),
        };
        match made {
            Ok(file) => {
                planned.files.push(file.path.clone());
                self.files.push(file);
            }
            Err(LoaderError::Refused(diagnostic)) => self.report.push(*diagnostic),
            Err(LoaderError::Template(error)) => return Err(error),
        }
        Ok(())
    }

    /// Finds the artifacts and writes the command line of a node.
    fn boot<'a>(&mut self, input: &ClusterInput<'a>, node: &Node) -> Option<(NetBootSet<'a>, CommandLine)> {
        let cluster = input.cluster;
        let set = release::netboot(cluster, input.locked, node.arch);
        let set = set.map_err(|diagnostic| self.report.push_once(*diagnostic)).ok()?;
        let ignition = self.ignition_url(input, node, &node.mac?.hexhyp())?;
        let line = line::netboot(cluster, node, &asset_url(cluster, &set.rootfs.name), &ignition);
        let line = line.map_err(|diagnostic| self.report.push_once(*diagnostic)).ok()?;
        Some((set, line))
    }

    fn bootable<'a>(
        &mut self,
        input: &ClusterInput<'a>,
        node: &'a Node,
        mac: MacAddr,
        set: NetBootSet<'a>,
        line: &CommandLine,
        wanted: &[FileKind],
    ) -> Option<Bootable<'a>> {
        if !wanted.contains(&FileKind::Matchbox) {
            return None;
        }
        if let Err(LoaderError::Refused(diagnostic)) = refuse_ipxe_settings(node, line) {
            self.report.push_once(*diagnostic);
            return None;
        }
        let mut boot = group::net_boot(input.cluster, set, line);
        if input.cluster.settings.ignition_url == IgnitionUrl::Matchbox {
            share_ignition_url(&mut boot.args, mac);
        }
        Some(Bootable { node, mac, boot })
    }

    fn matchbox(&mut self, input: &ClusterInput, bootables: &[Bootable], nodes: &mut [PlannedNode]) {
        let (files, profiles) = group::files(input.cluster, bootables);
        self.files.extend(files);
        for node in nodes {
            node.profile = profiles.get(node.name.as_str()).cloned();
        }
    }

    fn commands(&mut self, inputs: &Inputs, input: &ClusterInput) -> Result<(), TemplateError> {
        let mut printed = Vec::new();
        for node in &input.cluster.nodes {
            let sha512 = input.ignition.get(&node.role).map(IgnitionConfig::sha512);
            match Printed::of(input.cluster, node, &exact_ignition_url(input.cluster, node.role), sha512) {
                Ok(node) => printed.push(node),
                Err(diagnostic) => self.report.push_once(*diagnostic),
            }
        }
        self.files.extend(command::file(input.cluster, printed, inputs.templates)?);
        Ok(())
    }

    /// The URL on a boot line; matchbox's own only where matchbox can read the file.
    fn ignition_url(&mut self, input: &ClusterInput, node: &Node, hexhyp: &str) -> Option<String> {
        let cluster = input.cluster;
        if cluster.settings.ignition_url == IgnitionUrl::Assets {
            return Some(exact_ignition_url(cluster, node.role));
        }
        if let Some(config) = input.ignition.get(&node.role).filter(|config| config.spec() > MATCHBOX_READS) {
            let message = format!(
                "matchbox reads Ignition up to specification {MATCHBOX_READS}, and {}.ign of `{}` is {}",
                node.role,
                cluster.id,
                config.spec()
            );
            self.report.push_once(
                Diagnostic::new(Code::R007, message)
                    .help("set `okdboot.ignition_url: assets`: it would answer with an empty config"),
            );
            return None;
        }
        Some(format!("{}/ignition?mac={hexhyp}", cluster.settings.ignition_base))
    }

    /// Judges the longest of what the loaders of a node give to its kernel.
    fn check_length(&mut self, loader: &Loader, wanted: &[FileKind]) {
        let length = wanted.iter().map(|kind| loader.line_length(*kind)).max().unwrap_or_default();
        let name = &loader.node.name;
        let message = format!("the kernel command line of node `{name}` has {length} bytes of {MAX_LINE}");
        if length > MAX_LINE {
            let help = "the kernel cuts off what is longer: remove arguments, or shorten `okdboot.url`";
            self.report.push(Diagnostic::new(Code::R008, message).help(help));
        } else if length >= LONG_LINE {
            self.report.push(Diagnostic::new(Code::R009, message).help("firmware may add words of its own"));
        }
    }

    fn missing_ignition(&mut self, input: &ClusterInput) {
        let roles = input.cluster.roles();
        let missing: Vec<String> = roles
            .iter()
            .filter(|role| !input.ignition.contains_key(role))
            .map(|role| format!("{role}.ign"))
            .collect();
        if !missing.is_empty() {
            let message = format!("`{}` has no {}", input.cluster.id, List::and(&missing));
            let help = "give the folder of `openshift-install create ignition-configs` with `--ignition DIR`";
            self.report.push(Diagnostic::new(Code::R010, message).help(help));
        }
    }

    fn shared(&mut self, inputs: &Inputs) {
        let ids: Vec<&Label> = inputs.clusters.iter().map(|input| &input.cluster.id).collect();
        if inputs.kinds.contains(&FileKind::Index) {
            self.files.extend(copy::index_pages(&ids));
        }
        if inputs.kinds.contains(&FileKind::Sums) {
            let sums = copy::sums(&self.files, &ids, inputs.sums);
            self.files.extend(sums);
        }
    }

    fn finish(mut self) -> Result<Plan, PlanError> {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        for pair in self.files.windows(2) {
            if pair[0].path == pair[1].path {
                self.report.push(two_owners(&pair[0], &pair[1]));
            }
        }
        if self.report.has_errors() {
            return Err(PlanError::Refused(self.report));
        }
        let artifacts = artifact::join(std::mem::take(&mut self.plan.artifacts));
        Ok(Plan { files: self.files, artifacts, report: self.report, ..self.plan })
    }
}

/// The formats that can boot a node.
fn netboot_kinds(node: &Node) -> Vec<FileKind> {
    let mut kinds = Vec::new();
    if node.arch.boots_pxelinux() {
        kinds.push(FileKind::Pxelinux);
    }
    if node.arch.boots_ipxe() {
        kinds.extend([FileKind::Ipxe, FileKind::Matchbox]);
    }
    if node.arch.boots_grub() {
        kinds.push(FileKind::Grub);
    }
    kinds
}

/// The URL of the byte-exact copy, which digests are about.
pub fn exact_ignition_url(cluster: &Cluster, role: Role) -> String {
    format!("{}/assets/ignition/{}/{role}.ign", cluster.settings.ignition_base, cluster.id)
}

/// In a shared profile only iPXE knows the MAC address, so it fills it in.
fn share_ignition_url(args: &mut [String], mac: MacAddr) {
    let own = format!("mac={}", mac.hexhyp());
    for arg in args.iter_mut().filter(|arg| arg.starts_with("coreos.inst.ignition_url=")) {
        *arg = arg.replace(&own, "mac=${mac:hexhyp}");
    }
}

fn two_owners(a: &PlannedFile, b: &PlannedFile) -> Diagnostic {
    let name = |file: &PlannedFile| {
        file.owner.cluster.as_ref().map_or("all clusters".to_owned(), |id| format!("`{id}`"))
    };
    Diagnostic::new(
        Code::R005,
        format!("two files of {} and {} have one path, `{}`", name(a), name(b), a.path),
    )
    .help("rename a node or a cluster: file names are made of both")
}
