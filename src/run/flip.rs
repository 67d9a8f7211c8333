//! Arming and disarming: what nodes do when they boot from the network, in every format.
//!
//! Only the files of these nodes are touched: a flip must go through at two in the morning, whatever
//! was edited elsewhere, without a network and without an Ignition file.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::boots::Boots;
use super::choice::StreamChoice;
use super::failure::{Exit, Failure};
use super::news::{News, Notices};
use super::publication::Publication;
use super::resolver::Freshness;
use super::tree::{Before, TreeReader};
use super::workspace::{Planning, Workspace, templates};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::settings::Mode;
use crate::plan::change::{self, Blocked, Changes, Scope};
use crate::plan::manifest::Manifest;
use crate::plan::roster::Roster;
use crate::plan::state::State;
use crate::plan::{FileKind, Plan, PlannedNode};

/// Which nodes, and what becomes of them.
pub struct FlipRequest<'a> {
    /// Says whether a node is meant.
    pub pick: &'a dyn Fn(&Cluster, &Node, &State) -> bool,
    /// Says what is true of it from now on.
    pub turn: &'a dyn Fn(&mut State, &Cluster, &Node),
}

/// What boot files are made of.
pub struct BootInputs<'a> {
    /// Which release.
    pub stream: StreamChoice,
    /// The folder of Ignition files; without one, the copies that were rendered before.
    pub ignition: Option<&'a Utf8Path>,
    /// The folder of templates in the place of embedded ones.
    pub templates: Option<&'a Utf8Path>,
}

/// What was done.
pub struct Flipped {
    /// The nodes that were picked, in the order of vars.yaml.
    pub nodes: Vec<TurnedNode>,
    /// What became of the tree; nothing where no node was picked.
    pub changes: Option<Changes>,
}

/// A node whose next network boot was decided.
pub struct TurnedNode {
    /// Its cluster.
    pub cluster: Label,
    /// Its name.
    pub name: Label,
    /// What it does at its next network boot.
    pub mode: Mode,
}

/// Changes the state of the nodes that were picked, and writes it with every boot file that follows;
/// returns the changes of the tree, if any node was picked.
pub fn flip(
    workspace: &mut Workspace,
    request: &FlipRequest,
    inputs: &BootInputs,
    news: &mut News,
) -> Result<Flipped, Failure> {
    let reader = workspace.reader()?;
    let before = reader.before(&workspace.clusters())?;
    let manifest = reader.manifest(&workspace.ids())?;
    let turned = turned(workspace, before.state(), request);
    if turned.nodes.is_empty() {
        // A timer that has nothing to take back needs neither a lock nor a tree.
        return Ok(Flipped { nodes: turned.nodes, changes: None });
    }
    refuse_unrendered(&workspace.out, &turned, &manifest)?;
    read(inputs, workspace, news)?;
    let after = plan(inputs, workspace, &before, &turned.after)?;
    news.report(after.report.clone(), Notices::IfVerbose);
    let as_it_was = plan(inputs, workspace, &before, before.state())?;
    let mut scope =
        Scope { kinds: kinds(), paths: Some(touched(&turned, &as_it_was, &after)), ..Scope::all() };
    leave_edited_commands(&mut scope, &after, (&reader, &manifest), news);
    let boots = Boots::of(workspace, &before, &turned.after);
    let publication = Publication {
        clusters: &workspace.clusters(),
        expected: after.expected(),
        parts: &after,
        before: &before,
        state: &turned.after,
        rosters: &only_turned(boots.rosters(), &before, &turned),
        scope: &scope,
        locks: &workspace.locks,
    };
    let changes = publication.write(&workspace.out, news)?;
    Ok(Flipped { nodes: turned.nodes, changes: Some(changes) })
}

/// Reads what is at hand: no server is asked, and an Ignition file that is gone is no fault.
fn read(inputs: &BootInputs, workspace: &mut Workspace, news: &mut News) -> Result<(), Failure> {
    match inputs.ignition {
        Some(folder) => workspace.read_ignition(Some(folder))?,
        None => workspace.read_rendered_ignition()?,
    }
    workspace.resolve(&inputs.stream, Freshness::Offline, news)
}

fn plan(inputs: &BootInputs, workspace: &Workspace, before: &Before, state: &State) -> Result<Plan, Failure> {
    workspace.plan(&Planning {
        templates: &templates(inputs.templates)?,
        kinds: &kinds(),
        state,
        around: &before.around,
    })
}

/// What a node does when it boots from the network, and what people run; copies of Ignition files stay as
/// they are.
fn kinds() -> BTreeSet<FileKind> {
    FileKind::loaders().chain([FileKind::Commands]).collect()
}

/// Where nothing of a cluster was rendered, nothing would be disarmed: the served tree is another one.
fn refuse_unrendered(out: &Utf8Path, turned: &Turned, manifest: &Manifest) -> Result<(), Failure> {
    let known: BTreeSet<&Label> =
        manifest.entries.values().filter_map(|it| it.owner.cluster.as_ref()).collect();
    let Some(cluster) = turned.nodes.iter().map(|node| &node.cluster).find(|id| !known.contains(id)) else {
        return Ok(());
    };
    let message = format!("nothing of cluster `{cluster}` is rendered in `{out}`");
    Err(Failure::new(Exit::Files, message)
        .help("name the folder that is served with `-o DIR`, or run `okdboot render` first"))
}

/// The files of the nodes that were turned, and whatever else changes because they were: profiles that
/// come or go. A profile that other machines boot by as well is left as it stands.
fn touched(turned: &Turned, before: &Plan, after: &Plan) -> BTreeSet<RelPath> {
    let is_turned = |node: &&PlannedNode| turned.has(&node.cluster, &node.name);
    let own = |plan: &Plan| -> Vec<RelPath> {
        plan.nodes.iter().filter(is_turned).flat_map(|node| node.files.clone()).collect()
    };
    let mut paths: BTreeSet<RelPath> = own(before).into_iter().chain(own(after)).collect();
    paths.extend(change::between(before, after).cloned());
    paths
}

/// The commands of a cluster stand in one file and boot nothing: where a person edited it, that is no
/// reason to leave a machine armed.
fn leave_edited_commands(
    scope: &mut Scope,
    plan: &Plan,
    (reader, manifest): (&TreeReader, &Manifest),
    news: &mut News,
) {
    let changes = change::compare(&plan.expected(), reader.tree(), manifest, scope);
    let edited = changes.blocked().filter(|(_, reason)| matches!(reason, Blocked::Edited));
    let is_commands =
        |path: &&RelPath| plan.file(path).is_some_and(|file| file.owner.kind == FileKind::Commands);
    let left: Vec<RelPath> = edited.map(|(path, _)| path).filter(is_commands).cloned().collect();
    for path in left {
        news.say(format!("warning: `{path}` was edited by hand and is left as it is"));
        scope.leave(&path);
    }
}

/// The tree goes on doing with the others what it did.
fn only_turned(rosters: &[Roster], before: &Before, turned: &Turned) -> Vec<Roster> {
    let only = |roster: &Roster| match before.roster(&roster.cluster) {
        Some(known) => roster.clone().only(known, &turned.names(&roster.cluster)),
        None => roster.clone(),
    };
    rosters.iter().map(only).collect()
}

/// The nodes that were picked, with what is true afterwards.
struct Turned {
    after: State,
    nodes: Vec<TurnedNode>,
}

fn turned(workspace: &Workspace, before: &State, request: &FlipRequest) -> Turned {
    let mut turned = Turned { after: before.clone(), nodes: Vec::new() };
    for cluster in workspace.clusters() {
        for node in cluster.nodes.iter().filter(|node| (request.pick)(cluster, node, before)) {
            (request.turn)(&mut turned.after, cluster, node);
            let mode = turned.after.mode(&cluster.id, node);
            turned.nodes.push(TurnedNode { cluster: cluster.id.clone(), name: node.name.clone(), mode });
        }
    }
    turned
}

impl Turned {
    fn has(&self, cluster: &Label, name: &Label) -> bool {
        self.nodes.iter().any(|node| node.cluster == *cluster && node.name == *name)
    }

    fn names(&self, cluster: &Label) -> BTreeSet<Label> {
        self.nodes.iter().filter(|node| node.cluster == *cluster).map(|node| node.name.clone()).collect()
    }
}
