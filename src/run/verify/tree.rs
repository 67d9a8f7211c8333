//! The rendered files against the plan.

use std::collections::BTreeMap;

use super::finding::Finding;
use super::{Scene, consistency, general};
use crate::diag::{Code, Diagnostic, Report};
use crate::disk::account::Accounts;
use crate::model::moment::Moment;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::model::time::UnixTime;
use crate::plan::change::{self, Change, ChangeKind, Changes, Force, Scope};
use crate::plan::roster::Roster;
use crate::plan::state::State;
use crate::plan::{FileKind, Plan};
use crate::run::failure::Failure;
use crate::run::tree::{Before, TreeReader};
use crate::run::twice;
use crate::run::workspace::Workspace;
use crate::text::{Count, List};

/// Compares the rendered tree with the plan.
pub fn findings(scene: &Scene) -> Result<Vec<Finding>, Failure> {
    let Scene { workspace, reader, manifest, plan, left_out } = *scene;
    let clusters = workspace.clusters();
    let is_rendered = |kind: FileKind| manifest.entries.values().any(|entry| entry.owner.kind == kind);
    // A helper may be set up by other means: services are judged where they were rendered.
    let kinds = FileKind::usual()
        .filter(|kind| Some(*kind) != left_out && (!kind.is_service() || is_rendered(*kind)));
    let scope = Scope {
        kinds: kinds.collect(),
        ignition: workspace.with_given_ignition(),
        force: Force::No,
        ..Scope::all()
    };
    let mut changes = change::compare(&plan.expected(), reader.tree(), manifest, &scope);
    if let Some(nothing) = nothing_rendered(plan, &changes) {
        return Ok(vec![Finding::general(nothing)]);
    }
    changes.name_owners(reader.tree(), &plan.clusters)?;
    let without: Vec<_> =
        clusters.iter().filter(|cluster| !cluster.roles().contains(&Role::Bootstrap)).collect();
    let left_over: Vec<RelPath> =
        without.iter().flat_map(|cluster| consistency::bootstrap_copies(&cluster.id)).collect();
    let others = changes.list.iter().filter(|change| !left_over.contains(&change.path));
    Ok(others.filter_map(|change| Some(Finding::file(change.path.as_str(), finding(change)?))).collect())
}

/// Where nothing at all is there, the reason is one.
fn nothing_rendered(plan: &Plan, changes: &Changes) -> Option<Diagnostic> {
    let count = changes.list.len();
    if count < 2 || changes.list.iter().any(|change| change.kind != ChangeKind::Create) {
        return None;
    }
    let message =
        format!("nothing of {} is rendered here: {count} files are missing", List::and(&plan.clusters));
    Some(
        Diagnostic::new(Code::P001, message)
            .help("write them with `okdboot render`; `-o` names another folder"),
    )
}

/// A web server of another user cannot read these, and nothing says so until a machine boots.
pub fn unreadable(plan: &Plan, reader: &TreeReader) -> Report {
    let Some(root) = reader.tree().root() else { return Report::default() };
    let copies =
        plan.files.iter().filter(|file| file.owner.kind == FileKind::Ignition).map(|file| &file.path);
    let private = root.private_files(copies, &Accounts::load());
    let Some(first) = private.first() else { return Report::default() };
    let message = format!(
        "{} can be read by user {} and group {} only",
        Count(private.len(), "Ignition copy"),
        first.user,
        first.group
    );
    Diagnostic::new(Code::P012, message)
        .help("if the web server runs as another user, render with its group: `--group` or `okdboot.group`")
        .into()
}

/// Reports machines that the tree would answer in two ways.
pub fn twice(scene: &Scene, before: &Before) -> Result<Vec<Finding>, Failure> {
    let rosters: Vec<&Roster> = before.rosters.values().collect();
    Ok(general(&twice::report(
        scene.reader.tree(),
        (&scene.plan.clusters, scene.plan),
        scene.manifest,
        &rosters,
    )?))
}

/// A node whose time is over is still installed again by its next network boot.
pub fn expired(plan: &Plan, workspace: &Workspace, state: &State, now: UnixTime) -> Vec<Finding> {
    let clusters = workspace.clusters();
    let nodes = clusters.iter().flat_map(|cluster| cluster.nodes.iter().map(move |node| (*cluster, node)));
    let over: BTreeMap<(&Label, &Label), Moment> = nodes
        .filter_map(|(cluster, node)| {
            Some(((&cluster.id, &node.name), state.expired(&cluster.id, node, now)?))
        })
        .collect();
    let finding = |planned: &crate::plan::PlannedNode| {
        let until = over.get(&(&planned.cluster, &planned.name))?;
        let message =
            format!("node `{}` of `{}` was armed until {until}, and still is", planned.name, planned.cluster);
        let diagnostic =
            Diagnostic::new(Code::P024, message).help("`okdboot disarm --expired` takes it back");
        Some(Finding::node(planned, diagnostic))
    };
    plan.nodes.iter().filter_map(finding).collect()
}

fn finding(change: &Change) -> Option<Diagnostic> {
    let path = &change.path;
    let again = "render again with `okdboot render`";
    let diagnostic = match (&change.kind, change.owner.kind) {
        (ChangeKind::Same | ChangeKind::Kept | ChangeKind::Regroup { .. }, _) => return None,
        (ChangeKind::Create, _) => Diagnostic::new(Code::P001, format!("`{path}` is missing")).help(again),
        (ChangeKind::Chmod { from, to }, _) => {
            Diagnostic::new(Code::P003, format!("`{path}` has mode {from:04o}, due is {to:04o}")).help(again)
        }
        (ChangeKind::Orphan { .. }, _) => {
            Diagnostic::new(Code::P004, format!("`{path}` belongs to nothing in vars.yaml any more"))
                .help(again)
        }
        (ChangeKind::Blocked(change::Blocked::Obstacle(obstacle)), _) => {
            Diagnostic::new(Code::P005, format!("`{path}` cannot be read: {obstacle}"))
                .help("remove what stands there, then render again")
        }
        (ChangeKind::Blocked(change::Blocked::Unreadable(cause)), _) => {
            Diagnostic::new(Code::P005, format!("`{path}` cannot be read: {cause}"))
        }
        (ChangeKind::Blocked(change::Blocked::EditedOrphan), _) => Diagnostic::new(
            Code::P004,
            format!("`{path}` belongs to nothing in vars.yaml any more, and was edited"),
        )
        .help("remove it yourself"),
        (_, FileKind::Ignition) => Diagnostic::new(
            Code::P006,
            format!("`{path}` is not a copy of the Ignition file it was made from"),
        )
        .help(
            "render again, or find out who changed it: machines would install other bytes than you checked",
        ),
        (_, FileKind::Sums) => {
            Diagnostic::new(Code::P007, format!("`{path}` has other digests than the Ignition files"))
                .help("find out which of the two was changed; `okdboot render` writes both again")
        }
        (ChangeKind::Blocked(reason), _) => {
            Diagnostic::new(Code::P002, format!("`{path}` is not as planned: it {reason}"))
                .help("`okdboot render --diff` shows the difference")
        }
        _ => Diagnostic::new(Code::P002, format!("`{path}` is not as planned"))
            .help("`okdboot render --diff` shows the difference"),
    };
    Some(diagnostic)
}
