//! What `okdboot render` says, and what others say of files in the same words.

use serde::Serialize;

use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::plan::change::{self, ChangeKind, Changes};
use crate::plan::{FileKind, PlannedNode};

/// What `okdboot render` says.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend(
    "if" = {"properties": {"exit": {"maximum": 1}}},
    "then" = {"required": ["diagnostics"], "oneOf": [{"required": ["changes"]}, {"required": ["graph"]}]}
)))]
#[serde(rename_all = "kebab-case")]
pub struct Document<'a> {
    /// Every file of the tree, by path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangedFile<'a>>>,
    /// What each node boots; with `--dry-run`, `--diff` and `--check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Vec<RenderedNode<'a>>>,
    /// The machines that are installed at their next network boot; where boot files are in scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installs: Option<Vec<RenderedMachine<'a>>>,
    /// Those of them that booted from their disks after the last render.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newly_installs: Option<Vec<RenderedMachine<'a>>>,
    /// The picture; with `--graph`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph: Option<&'a str>,
}

/// A machine that is installed at its next network boot.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Machine"))]
pub struct RenderedMachine<'a> {
    pub cluster: &'a Label,
    pub name: &'a Label,
}

/// What becomes of a file of the output tree.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "change", extend(
    "if" = {"properties": {"change": {"const": "blocked"}}},
    "then" = {"required": ["reason"]},
    "else" = {"properties": {"reason": false}}
)))]
pub struct ChangedFile<'a> {
    path: &'a RelPath,
    /// What is done, or with `--dry-run`, `--diff` and `--check` would be: `same` is left as it is, `chmod` and
    /// `regroup` change mode or group alone, `remove` takes away what belongs to no node any more, `keep` leaves
    /// such a file because it was edited by hand, `blocked` is refused.
    #[cfg_attr(test, schemars(extend(
        "enum" = ["create", "update", "chmod", "regroup", "same", "remove", "keep", "blocked"]
    )))]
    change: &'static str,
    kind: FileKind,
    /// Whose file it is; null where clusters share it.
    cluster: Option<&'a Label>,
    /// Why it is refused; only with `blocked`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// A unified diff, with `--diff` and where contents change; secrets are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
}

/// A node of the plan.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Node"))]
pub struct RenderedNode<'a> {
    cluster: &'a Label,
    name: &'a Label,
    role: Role,
    mode: Mode,
    /// Its matchbox profile; null where it has none.
    profile: Option<&'a str>,
    /// Its kernel arguments; null where it boots no kernel over the network.
    args: Option<Vec<String>>,
    /// The files that its firmware or loader reads.
    files: &'a [RelPath],
}

impl<'a> ChangedFile<'a> {
    /// Says what becomes of a file.
    pub fn of(change: &'a change::Change) -> Self {
        let reason = if let ChangeKind::Blocked(reason) = &change.kind { Some(reason) } else { None };
        Self {
            path: &change.path,
            change: change.kind.as_str(),
            kind: change.owner.kind,
            cluster: change.owner.cluster.as_ref(),
            reason: reason.map(ToString::to_string),
            diff: None,
        }
    }

    /// Adds the difference of contents.
    pub fn with(self, diff: Option<String>) -> Self {
        Self { diff, ..self }
    }
}

impl<'a> RenderedNode<'a> {
    /// Says what a node boots.
    pub fn of(node: &'a PlannedNode) -> Self {
        Self {
            cluster: &node.cluster,
            name: &node.name,
            role: node.role,
            mode: node.mode,
            profile: node.profile.as_deref(),
            args: node.line.as_ref().map(|line| line.args().iter().map(ToString::to_string).collect()),
            files: &node.files,
        }
    }
}

/// Returns what would change or has changed.
pub fn changed_files(changes: &Changes) -> Vec<ChangedFile<'_>> {
    changes.list.iter().map(ChangedFile::of).collect()
}
