//! `okdboot arm` and `okdboot disarm`: what nodes do when they boot from the network, in every format.
//!
//! Only the files of these nodes are touched: a flip must go through at two in the morning, whatever
//! was edited elsewhere, without a network and without an Ignition file.

use std::collections::BTreeSet;

use serde::Serialize;

use super::args::{Arm, Cli, Disarm, Flip};
use super::output::Output;
use super::{opened, pick, render};
use crate::model::cluster::Cluster;
use crate::model::lifetime::Lifetime;
use crate::model::moment::Moment;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::model::time::UnixTime;
use crate::plan::change::{self, Blocked, Changes, Scope};
use crate::plan::manifest::Manifest;
use crate::plan::roster::Roster;
use crate::plan::state::State;
use crate::plan::{FileKind, Plan, PlannedNode};
use crate::run::Notices;
use crate::run::Workspace;
use crate::run::boots::Boots;
use crate::run::failure::{Exit, Failure};
use crate::run::publication::Publication;
use crate::run::resolver::Freshness;
use crate::run::tree::{Before, Reader};
use crate::run::workspace::{Planning, templates};

/// What `okdboot arm` and `okdboot disarm` say.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["diagnostics"]})))]
pub(super) struct Document<'a> {
    /// The nodes that were picked, in the order of vars.yaml.
    nodes: &'a [TurnedNode],
    /// What became of each boot file, by path.
    changes: Vec<render::ChangedFile<'a>>,
}

/// Arms nodes: their next network boot installs them.
pub fn arm(cli: &Cli, args: &Arm, output: &mut Output) -> Result<Exit, Failure> {
    let now = Moment(output.context().now());
    let until = args.until.as_deref().map(|text| until(text, now.0)).transpose()?;
    let (nodes, role) = (&args.selection.nodes, pick::role(args.selection.role.as_deref())?);
    let pick = |cluster: &Cluster, node: &Node, _: &State| picked(cluster, node, nodes, role);
    let turn = |state: &mut State, cluster: &Cluster, node: &Node| state.arm(&cluster.id, node, until, now);
    flip_and_say(cli, &args.made, nodes, &Wish { pick: &pick, turn: &turn }, output)
}

/// Disarms nodes: they boot from their disks.
pub fn disarm(cli: &Cli, args: &Disarm, output: &mut Output) -> Result<Exit, Failure> {
    let (role, now) = (pick::role(args.role.as_deref())?, Moment(output.context().now()));
    let pick = |cluster: &Cluster, node: &Node, state: &State| {
        let expired = || state.expired(&cluster.id, node, now.0).is_some();
        if args.expired { expired() } else { picked(cluster, node, &args.nodes, role) }
    };
    let turn = |state: &mut State, cluster: &Cluster, node: &Node| state.disarm(&cluster.id, node, now);
    flip_and_say(cli, &args.made, &args.nodes, &Wish { pick: &pick, turn: &turn }, output)
}

/// Disarms the nodes that are meant, by cluster and name, and says nothing of it.
pub fn disarm_these(
    cli: &Cli,
    made: &Flip,
    is_meant: &dyn Fn(&str, &str) -> bool,
    output: &mut Output,
) -> Result<(), Failure> {
    let now = Moment(output.context().now());
    let pick = |cluster: &Cluster, node: &Node, _: &State| is_meant(cluster.id.as_str(), node.name.as_str());
    let turn = |state: &mut State, cluster: &Cluster, node: &Node| state.disarm(&cluster.id, node, now);
    flip(cli, made, &[], &Wish { pick: &pick, turn: &turn }, output).map(drop)
}

/// Parses a time, or how long from now: `6h`, `90m`, `2d`.
fn until(text: &str, now: UnixTime) -> Result<Moment, Failure> {
    let usage = |error: &dyn std::error::Error| {
        Failure::of(Exit::Usage, error).help("or say how long from now: `--until 6h`, `90m`, `2d`")
    };
    let moment = match text.parse::<Lifetime>() {
        Ok(lifetime) => Moment(lifetime.after(now)),
        Err(_) => text.parse().map_err(|error: crate::model::moment::MomentError| usage(&error))?,
    };
    if moment.0 <= now {
        return Err(Failure::new(Exit::Usage, format!("`--until {text}` is over: it is {now}")));
    }
    Ok(moment)
}

fn picked(cluster: &Cluster, node: &Node, names: &[String], role: Option<Role>) -> bool {
    role.is_none_or(|role| node.role == role) && pick::wanted(cluster, node, names)
}

/// Which nodes, and what becomes of them.
struct Wish<'a> {
    pick: &'a dyn Fn(&Cluster, &Node, &State) -> bool,
    turn: &'a dyn Fn(&mut State, &Cluster, &Node),
}

fn flip_and_say(
    cli: &Cli,
    made: &Flip,
    names: &[String],
    wish: &Wish,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let (turned, changes) = flip(cli, made, names, wish, output)?;
    turned.say(output)?;
    if let Some(changes) = &changes {
        render::summary(cli, changes, output);
    }
    let changes = changes.as_ref().map(render::changed_files).unwrap_or_default();
    output.document(&Document { nodes: &turned.nodes, changes });
    Ok(Exit::Done)
}

/// Changes the state of the nodes that were picked, and writes it with every boot file that follows;
/// returns the changes of the tree, if any node was picked.
fn flip(
    cli: &Cli,
    made: &Flip,
    names: &[String],
    wish: &Wish,
    output: &mut Output,
) -> Result<(Turned, Option<Changes>), Failure> {
    let mut workspace = opened::entered(cli, output)?;
    pick::refuse_unknown(&workspace.clusters(), names)?;
    let reader = workspace.reader()?;
    let before = reader.before(&workspace.clusters())?;
    let manifest = reader.manifest(&workspace.ids())?;
    let turned = turned(&workspace, before.state(), wish);
    if turned.nodes.is_empty() {
        // A timer that has nothing to take back needs neither a lock nor a tree.
        return Ok((turned, None));
    }
    refuse_unrendered(cli, &turned, &manifest)?;
    read(made, &mut workspace, output)?;
    let after = plan(made, &workspace, &before, &turned.after)?;
    output.report(&after.report, Notices::IfVerbose);
    let as_it_was = plan(made, &workspace, &before, before.state())?;
    let mut scope =
        Scope { kinds: kinds(), paths: Some(touched(&turned, &as_it_was, &after)), ..Scope::all() };
    leave_edited_commands(&mut scope, &after, &reader, &manifest, output);
    let boots = Boots::of(&workspace, &before, &turned.after);
    let rosters = only_turned(boots.rosters(), &before, &turned);
    let publication = Publication {
        clusters: &workspace.clusters(),
        plan: &after,
        before: &before,
        state: &turned.after,
        rosters: &rosters,
        scope: &scope,
        locks: &workspace.locks,
    };
    let changes = output.told(|news| publication.write(&workspace.out, news))?;
    Ok((turned, Some(changes)))
}

/// Reads what is at hand: no server is asked, and an Ignition file that is gone is no fault.
fn read(made: &Flip, workspace: &mut Workspace, output: &mut Output) -> Result<(), Failure> {
    let choice = made.stream.choice()?;
    match &made.ignition.ignition {
        Some(folder) => workspace.read_ignition(Some(folder))?,
        None => workspace.read_rendered_ignition()?,
    }
    output.told(|news| workspace.resolve(&choice, Freshness::Offline, news))
}

fn plan(made: &Flip, workspace: &Workspace, before: &Before, state: &State) -> Result<Plan, Failure> {
    workspace.plan(&Planning {
        templates: &templates(made.templates.templates.as_deref())?,
        kinds: &kinds(),
        further: &BTreeSet::new(),
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
fn refuse_unrendered(cli: &Cli, turned: &Turned, manifest: &Manifest) -> Result<(), Failure> {
    let known: BTreeSet<&Label> =
        manifest.entries.values().filter_map(|it| it.owner.cluster.as_ref()).collect();
    let Some(cluster) = turned.nodes.iter().map(|node| &node.cluster).find(|id| !known.contains(id)) else {
        return Ok(());
    };
    let message = format!("nothing of cluster `{cluster}` is rendered in `{}`", cli.global.out);
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
    reader: &Reader,
    manifest: &Manifest,
    output: &mut Output,
) {
    let changes = change::compare(plan, reader.tree(), manifest, scope);
    let edited = changes.blocked().filter(|(_, reason)| matches!(reason, Blocked::Edited));
    let is_commands =
        |path: &&RelPath| plan.file(path).is_some_and(|file| file.owner.kind == FileKind::Commands);
    let left: Vec<RelPath> = edited.map(|(path, _)| path).filter(is_commands).cloned().collect();
    for path in left {
        output.say(&format!("warning: `{path}` was edited by hand and is left as it is"));
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

/// A node whose next network boot was decided.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TurnedNode {
    cluster: Label,
    name: Label,
    mode: Mode,
}

fn turned(workspace: &Workspace, before: &State, wish: &Wish) -> Turned {
    let mut turned = Turned { after: before.clone(), nodes: Vec::new() };
    for cluster in workspace.clusters() {
        for node in cluster.nodes.iter().filter(|node| (wish.pick)(cluster, node, before)) {
            (wish.turn)(&mut turned.after, cluster, node);
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

    fn say(&self, output: &mut Output) -> Result<(), Failure> {
        for TurnedNode { cluster, name, mode } in &self.nodes {
            output.listing(&format!("{mode} {cluster}/{name}\n"))?;
        }
        Ok(())
    }
}
