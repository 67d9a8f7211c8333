//! Everything that okdboot intends, decided before anything is touched.
//!
//! Pure: no file, no network, no clock, no environment, no printing. Dry run, diff, check, JSON,
//! writing and `verify` read the one [`Plan`] that is built here and decide nothing themselves.

mod artifact;
mod bootstrap;
mod build;
pub mod change;
mod channel;
mod command;
mod customize;
mod expected;
mod goal;
mod graph;
mod inputs;
pub mod intent;
mod kept;
pub mod layout;
mod lean;
pub mod lease;
mod line;
mod loaders;
pub mod manifest;
mod network;
mod node_view;
mod objection;
mod output;
mod pin;
pub mod place;
pub mod power;
mod release;
mod removal;
pub mod report;
pub mod roster;
pub mod state;
pub mod tree;

pub use bootstrap::misfits;
pub use command::{Method, NETWORK_UP, argv, network_argv, not_copied, nothing_to_do, sudo};
pub use customize::{Customized, Medium, Places, customize};
pub use expected::{ExpectedFile, ExpectedTree};
pub use graph::{Graph, NodeGroup, Server};
pub use inputs::{ClusterInput, Inputs, PlanError};
pub use kept::notice as network_kept;
pub use lean::{LeanPlan, Parts, PartsOf, RemakeError};
pub use node_view::{NodeView, Request};
pub use objection::{MAX_LINE, MAX_PARM, lost, max_line};
pub use output::{
    FileKind, KindError, OUTPUTS, Output, Part, Secrets, SharedFiles, addrsize, kubernetes, sums,
};
pub use release::nothing_locked;
pub use removal::without;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::{Diagnostic, Report};
use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::boot::CommandLine;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::template::Templates;

/// A fault found while writing a line or a file.
type Refusal = Box<Diagnostic>;

/// What a run intends for all its clusters.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The clusters of the run.
    pub clusters: Vec<Label>,
    /// Files below the output root, sorted by path, each path once.
    pub files: Vec<PlannedFile>,
    /// Artifacts that these nodes boot from, each once.
    pub artifacts: Vec<PlannedArtifact>,
    /// The nodes of all clusters, in the order of the files.
    pub nodes: Vec<PlannedNode>,
    /// Shared files that hold nothing of any cluster any more.
    pub dropped: BTreeSet<RelPath>,
    /// Warnings and notices about the plan itself.
    pub report: Report,
}

/// Builds the plan of a run, or reports everything that stands in its way.
pub fn build(inputs: &Inputs) -> Result<Plan, PlanError> {
    build::all(inputs)
}

/// Builds the same without contents, which are let go cluster by cluster. Not for kinds that are made of a whole
/// plan: [`needs_whole`] says which those are.
pub fn lean(inputs: &Inputs) -> Result<LeanPlan, PlanError> {
    build::lean(inputs)
}

/// Makes the files of clusters that were planned before, sorted by path, without those that clusters share.
pub fn remake(inputs: &Inputs) -> Result<Vec<PlannedFile>, RemakeError> {
    Ok(build::files(inputs)?)
}

/// Says whether something is made of a whole plan, with all its contents.
pub fn needs_whole(kinds: &BTreeSet<FileKind>) -> bool {
    kinds.iter().any(|kind| !kind.make().needs().is_empty())
}

/// What one node boots with.
#[derive(Clone, Debug)]
pub struct PlannedNode {
    /// The cluster's id.
    pub cluster: Label,
    /// The node's short name.
    pub name: Label,
    /// What it is.
    pub role: Role,
    /// Whose Ignition file it takes.
    pub pool: Pool,
    /// What it does when it boots from the network.
    pub mode: Mode,
    /// The arguments of a network boot, the same in every format; absent for a node without a MAC and
    /// for one that boots from its disk.
    pub line: Option<CommandLine>,
    /// The longest of what its loaders give to the kernel, in bytes, with the closing NUL; on s390x the
    /// length of its parm file.
    pub line_bytes: usize,
    /// The stem of its matchbox profile, if it has one.
    pub profile: Option<String>,
    /// Its boot files.
    pub files: Vec<RelPath>,
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Below the output root.
    pub path: RelPath,
    /// Its mode, whatever the umask.
    pub mode: FileMode,
    /// Its bytes.
    pub contents: Arc<[u8]>,
    /// Whose it is; orphans are judged by it.
    pub owner: Owner,
    /// The one node that it is for; absent where several or none read it.
    pub node: Option<Label>,
    /// Whether its contents may be shown.
    pub sensitivity: Sensitivity,
    /// What its contents were made from.
    pub origin: ContentOrigin,
}

impl Plan {
    /// Returns what is intended at a path.
    pub fn file(&self, path: &RelPath) -> Option<&PlannedFile> {
        let at = self.files.binary_search_by(|file| file.path.cmp(path)).ok()?;
        self.files.get(at)
    }
}

impl PlannedFile {
    /// A file that may be shown, of no node in particular, serialised from typed values: what most are.
    pub fn new(path: RelPath, owner: Owner, contents: impl Into<Arc<[u8]>>) -> Self {
        Self {
            path,
            mode: FileMode::Config,
            contents: contents.into(),
            owner,
            node: None,
            sensitivity: Sensitivity::Public,
            origin: ContentOrigin::Generated,
        }
    }

    /// The same for one node.
    fn of_node(self, node: &Label) -> Self {
        Self { node: Some(node.clone()), ..self }
    }

    /// The same, rendered from a template.
    fn rendered_from(self, name: &'static str, templates: &Templates) -> Self {
        let overridden_by = templates.overridden_by(name).map(str::to_owned);
        Self { origin: ContentOrigin::Template { name, overridden_by }, ..self }
    }
}

impl Owner {
    /// What belongs to a cluster.
    pub fn of(cluster: &Label, kind: FileKind) -> Self {
        Self { cluster: Some(cluster.clone()), kind }
    }

    /// What all clusters share.
    fn shared(kind: FileKind) -> Self {
        Self { cluster: None, kind }
    }
}

/// An artifact that must be present below the output root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedArtifact {
    /// The file name, which is also where it is served: `<url>/assets/<name>`.
    pub name: ArtifactName,
    /// Its architecture.
    pub arch: Arch,
    /// What it is.
    pub kind: ArtifactKind,
    /// Every place below the output root where it has to be: the assets folder, and the TFTP root
    /// where a format loads it from there.
    pub paths: Vec<RelPath>,
}

/// A file's permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileMode {
    /// 0644
    Config,
    /// 0640
    Ignition,
    /// 0600
    Secret,
}

impl FileMode {
    /// Returns the permission bits.
    pub fn bits(self) -> u32 {
        match self {
            Self::Config => 0o644,
            Self::Ignition => 0o640,
            Self::Secret => 0o600,
        }
    }
}

/// The cluster and the format that a file belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The cluster; absent for files that all clusters share.
    pub cluster: Option<Label>,
    /// The kind.
    pub kind: FileKind,
}

/// Whether contents may appear in a diff or in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// May be shown.
    Public,
    /// Only its digest may be shown.
    Secret,
}

/// What a file's contents were made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentOrigin {
    /// Serialised from typed values.
    Generated,
    /// Rendered from a template.
    Template {
        /// The template's name.
        name: &'static str,
        /// The file that took the embedded one's place, if any.
        overridden_by: Option<String>,
    },
    /// A copy of the Ignition file of a pool.
    Ignition(Pool),
}
