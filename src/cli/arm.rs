//! `okdboot arm` and `okdboot disarm`: which nodes a person means, and what became of them.

use serde::Serialize;

use super::args::{Arm, Cli, Disarm, Flip};
use super::output::Voice;
use super::{opened, pick, render};
use crate::model::cluster::Cluster;
use crate::model::lifetime::Lifetime;
use crate::model::moment::Moment;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::model::time::UnixTime;
use crate::plan::state::State;
use crate::run::flip::{self, BootInputs, FlipRequest, Flipped};
use crate::run::{Exit, Failure};

/// What `okdboot arm` and `okdboot disarm` say.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["diagnostics"]})))]
pub(super) struct Document<'a> {
    /// The nodes that were picked, in the order of vars.yaml.
    nodes: Vec<TurnedNode<'a>>,
    /// What became of each boot file, by path.
    changes: Vec<render::ChangedFile<'a>>,
}

/// Arms nodes: their next network boot installs them.
pub fn arm(cli: &Cli, args: &Arm, output: &mut Voice) -> Result<Exit, Failure> {
    let now = Moment(output.context().now());
    let until = args.until.as_deref().map(|text| until(text, now.0)).transpose()?;
    let (nodes, role) = (&args.selection.nodes, pick::role(args.selection.role.as_deref())?);
    let pick = |cluster: &Cluster, node: &Node, _: &State| picked(cluster, node, nodes, role);
    let turn = |state: &mut State, cluster: &Cluster, node: &Node| state.arm(&cluster.id, node, until, now);
    flip_and_say(cli, &args.made, nodes, &FlipRequest { pick: &pick, turn: &turn }, output)
}

/// Disarms nodes: they boot from their disks.
pub fn disarm(cli: &Cli, args: &Disarm, output: &mut Voice) -> Result<Exit, Failure> {
    let (role, now) = (pick::role(args.role.as_deref())?, Moment(output.context().now()));
    let pick = |cluster: &Cluster, node: &Node, state: &State| {
        let expired = || state.expired(&cluster.id, node, now.0).is_some();
        if args.expired { expired() } else { picked(cluster, node, &args.nodes, role) }
    };
    let turn = |state: &mut State, cluster: &Cluster, node: &Node| state.disarm(&cluster.id, node, now);
    flip_and_say(cli, &args.made, &args.nodes, &FlipRequest { pick: &pick, turn: &turn }, output)
}

/// Disarms the nodes that are meant, by cluster and name, and says nothing of it.
pub fn disarm_these(
    cli: &Cli,
    made: &Flip,
    is_meant: &dyn Fn(&str, &str) -> bool,
    output: &mut Voice,
) -> Result<(), Failure> {
    let now = Moment(output.context().now());
    let pick = |cluster: &Cluster, node: &Node, _: &State| is_meant(cluster.id.as_str(), node.name.as_str());
    let turn = |state: &mut State, cluster: &Cluster, node: &Node| state.disarm(&cluster.id, node, now);
    flip(cli, made, &[], &FlipRequest { pick: &pick, turn: &turn }, output).map(drop)
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

fn flip_and_say(
    cli: &Cli,
    made: &Flip,
    names: &[String],
    request: &FlipRequest,
    output: &mut Voice,
) -> Result<Exit, Failure> {
    let flipped = flip(cli, made, names, request, output)?;
    for flip::TurnedNode { cluster, name, mode } in &flipped.nodes {
        output.listing(&format!("{mode} {cluster}/{name}\n"))?;
    }
    if let Some(changes) = &flipped.changes {
        render::summary(cli, changes, output);
    }
    let changes = flipped.changes.as_ref().map(render::changed_files).unwrap_or_default();
    output.document(&Document { nodes: flipped.nodes.iter().map(TurnedNode::of).collect(), changes });
    Ok(Exit::Done)
}

fn flip(
    cli: &Cli,
    made: &Flip,
    names: &[String],
    request: &FlipRequest,
    output: &mut Voice,
) -> Result<Flipped, Failure> {
    let mut workspace = opened::entered(cli, output)?;
    pick::refuse_unknown(&workspace.clusters(), names)?;
    let inputs = BootInputs {
        stream: made.stream.choice()?,
        ignition: made.ignition.ignition.as_deref(),
        templates: made.templates.templates.as_deref(),
    };
    output.told(|news| flip::flip(&mut workspace, request, &inputs, news))
}

/// A node whose next network boot was decided.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TurnedNode<'a> {
    cluster: &'a Label,
    name: &'a Label,
    mode: Mode,
}

impl<'a> TurnedNode<'a> {
    fn of(turned: &'a flip::TurnedNode) -> Self {
        Self { cluster: &turned.cluster, name: &turned.name, mode: turned.mode }
    }
}
