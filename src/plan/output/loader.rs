//! What loaders are: which machines boot by them, what they can express, the files by which they are told.

use serde::Serialize;

use super::FileKind;
use crate::diag::Diagnostic;
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactName;
use crate::model::boot::CommandLine;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::plan::release::NetBootSet;
use crate::plan::{Owner, PlannedFile, Refusal};
use crate::template::{TemplateError, Templates};

/// What machines boot by.
pub(in crate::plan) trait Loader {
    /// Says whether it can boot a node.
    fn boots(&self, cluster: &Cluster, node: &Node) -> bool;

    /// Says whether it takes kernel and initramfs of an architecture over TFTP.
    fn is_over_tftp(&self, _cluster: &Cluster, _arch: Arch) -> bool {
        false
    }

    /// Returns the length of what the kernel is given, with the closing NUL. Every loader adds words of its
    /// own, as tests/boot sees.
    fn length(&self, start: &Start) -> usize;

    /// Refuses what it cannot pass on where no file of the machine shows it.
    fn refuse(&self, _node: &Node, _line: &CommandLine) -> Result<(), Refusal> {
        Ok(())
    }

    /// Makes the files by which a machine is started by hand.
    fn of_machine(&self, _start: &Start) -> Vec<PlannedFile> {
        Vec::new()
    }

    /// Makes the files of one interface that a machine may boot from.
    fn of_interface(&self, _start: &Start, _mac: MacAddr) -> Result<Vec<PlannedFile>, LoaderError> {
        Ok(Vec::new())
    }

    /// Makes the files by which an interface goes on to the machine's own disk, where the loader has such a
    /// form.
    fn of_disk(&self, _machine: &Machine, _mac: MacAddr) -> Result<Vec<PlannedFile>, TemplateError> {
        Ok(Vec::new())
    }

    /// Says which machines of a cluster it cannot boot that somebody may count on.
    fn beyond(&self, _cluster: &Cluster) -> Option<Diagnostic> {
        None
    }
}

/// A machine, and what its files are made from.
#[derive(Clone, Copy)]
pub(in crate::plan) struct Machine<'a> {
    pub(in crate::plan) cluster: &'a Cluster,
    pub(in crate::plan) node: &'a Node,
    pub(in crate::plan) templates: &'a Templates,
}

/// A machine that boots from the network.
#[derive(Clone, Copy)]
pub(in crate::plan) struct Start<'a> {
    pub(in crate::plan) machine: Machine<'a>,
    pub(in crate::plan) boot: NetBootSet<'a>,
    pub(in crate::plan) line: &'a CommandLine,
}

/// A file that could not be made.
#[derive(Debug)]
pub(in crate::plan) enum LoaderError {
    Refused(Refusal),
    Template(TemplateError),
}

impl From<TemplateError> for LoaderError {
    fn from(error: TemplateError) -> Self {
        Self::Template(error)
    }
}

/// The context of the templates of a network boot (docs/templates.md).
#[derive(Serialize)]
pub(super) struct Context {
    node: NodeContext,
    kernel: String,
    initramfs: String,
    args: String,
}

/// The context of the templates of a boot from the disk (docs/templates.md).
#[derive(Serialize)]
struct DiskContext {
    node: NodeContext,
}

/// What every template knows of its node.
#[derive(Serialize)]
struct NodeContext {
    cluster: String,
    name: String,
    fqdn: String,
    role: String,
    arch: String,
    address: String,
    mac: String,
    disk: String,
}

impl NodeContext {
    fn of(Machine { cluster, node, .. }: &Machine, mac: MacAddr) -> Self {
        Self {
            cluster: cluster.id.to_string(),
            name: node.name.to_string(),
            fqdn: cluster.fqdn(node).to_string(),
            role: node.role.to_string(),
            arch: node.arch.to_string(),
            address: node.address.to_string(),
            mac: mac.to_string(),
            disk: node.disk.to_string(),
        }
    }
}

impl Machine<'_> {
    /// Makes a file that goes on to the disk for each of these paths.
    pub(super) fn disk_files(
        &self,
        (kind, name): (FileKind, &'static str),
        mac: MacAddr,
        paths: Vec<RelPath>,
    ) -> Result<Vec<PlannedFile>, TemplateError> {
        let text = self.templates.render(name, &DiskContext { node: NodeContext::of(self, mac) })?;
        Ok(paths.into_iter().map(|path| self.file((kind, name), path, text.clone())).collect())
    }

    fn file(&self, (kind, name): (FileKind, &'static str), path: RelPath, text: String) -> PlannedFile {
        let file = PlannedFile::new(path, Owner::of(&self.cluster.id, kind), text.into_bytes());
        file.of_node(&self.node.name).rendered_from(name, self.templates)
    }
}

impl Start<'_> {
    /// Returns the context of a file: `source` says how the loader names an artifact.
    pub(super) fn context(
        &self,
        mac: MacAddr,
        source: impl Fn(&ArtifactName) -> String,
        args: String,
    ) -> Context {
        Context {
            node: NodeContext::of(&self.machine, mac),
            kernel: source(&self.boot.kernel.name),
            initramfs: source(&self.boot.initramfs.name),
            args,
        }
    }

    /// Makes a file from a template.
    pub(super) fn file(
        &self,
        (kind, name): (FileKind, &'static str),
        path: RelPath,
        context: &Context,
    ) -> Result<PlannedFile, TemplateError> {
        Ok(self.machine.file((kind, name), path, self.machine.templates.render(name, context)?))
    }

    /// Returns the length of the line behind what a loader adds, with the closing NUL.
    pub(super) fn length_behind(&self, added: &str) -> usize {
        added.len() + self.line.len() + 1
    }
}
