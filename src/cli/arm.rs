//! `okdboot arm` and `okdboot disarm`: what nodes do when they boot from the network, in every format.

use std::collections::BTreeSet;

use serde_json::json;

use super::args::{Arm, Cli, Disarm, Flip};
use super::failure::{Exit, Failure};
use super::locks::{Freshness, Resolver};
use super::output::{Notices, Output};
use super::session::{self, Made, Session};
use super::write::{self, Reader};
use super::{pick, render};
use crate::model::cluster::Cluster;
use crate::model::moment::Moment;
use crate::model::node::{Node, Role};
use crate::model::settings::Mode;
use crate::model::time::UnixTime;
use crate::plan::FileKind;
use crate::plan::change::Scope;
use crate::plan::state::State;

/// Arms nodes: their next network boot installs them.
pub fn arm(cli: &Cli, args: &Arm, output: &mut Output) -> Result<Exit, Failure> {
    let until = args.until.as_deref().map(|text| until(text, output.context().now())).transpose()?;
    let (nodes, role) = (&args.selection.nodes, role(args.selection.role.as_deref())?);
    let pick = |cluster: &Cluster, node: &Node, _: &State| picked(cluster, node, nodes, role);
    flip(cli, &args.made, nodes, &pick, &|state, cluster, node| state.arm(&cluster.id, node, until), output)
}

/// Disarms nodes: they boot from their disks.
pub fn disarm(cli: &Cli, args: &Disarm, output: &mut Output) -> Result<Exit, Failure> {
    let (role, now) = (role(args.role.as_deref())?, output.context().now());
    let pick = |cluster: &Cluster, node: &Node, state: &State| {
        let expired = || state.expired(&cluster.id, &node.name, now).is_some();
        if args.expired { expired() } else { picked(cluster, node, &args.nodes, role) }
    };
    flip(cli, &args.made, &args.nodes, &pick, &|state, cluster, node| state.disarm(&cluster.id, node), output)
}

fn until(text: &str, now: UnixTime) -> Result<Moment, Failure> {
    let moment: Moment = text.parse().map_err(|error| Failure::of(Exit::Usage, &error))?;
    if moment.0 <= now {
        return Err(Failure::new(Exit::Usage, format!("`--until {text}` is over: it is {now}")));
    }
    Ok(moment)
}

fn role(text: Option<&str>) -> Result<Option<Role>, Failure> {
    text.map(str::parse).transpose().map_err(|error| Failure::of(Exit::Usage, &error))
}

fn picked(cluster: &Cluster, node: &Node, names: &[String], role: Option<Role>) -> bool {
    role.is_none_or(|role| node.role == role) && pick::wanted(cluster, node, names)
}

type Pick<'a> = &'a dyn Fn(&Cluster, &Node, &State) -> bool;
type Turn<'a> = &'a dyn Fn(&mut State, &Cluster, &Node);

/// Changes the state of the nodes that were picked, and writes it with every boot file that follows.
fn flip(
    cli: &Cli,
    made: &Flip,
    names: &[String],
    pick: Pick,
    turn: Turn,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let session = session::open(cli)?;
    output.report(&session.report, Notices::IfVerbose);
    pick::refuse_unknown(&session.clusters(), names)?;
    let reader = Reader::open(cli)?;
    let before = reader.before()?;
    let (after, turned) = turned(&session, &before.state, pick, turn);
    let resolver = Resolver::new(&made.stream, Freshness::Locked)?;
    let paths: Vec<_> = session.clusters().iter().map(|cluster| resolver.path(cluster)).collect();
    let ignition = session.ignition(cli, &made.ignition)?;
    let locks = resolver.resolve(&session.clusters(), output)?;
    let scope = Scope { kinds: kinds(), ..Scope::all() };
    let plan = session.plan(&Made {
        locks: &locks,
        paths: &paths,
        ignition: &ignition,
        templates: &session::templates(&made.templates)?,
        kinds: &scope.kinds,
        further: &BTreeSet::new(),
        state: &after,
        sums: &before.sums,
    })?;
    output.report(&plan.report, Notices::IfVerbose);
    let changes = write::tree(cli, &plan, (&before, Some(&after)), &scope, &locks, output)?;
    say(&turned, output)?;
    render::summary(cli, &changes, output);
    Ok(Exit::Done)
}

/// What a node does when it boots from the network; copies of Ignition files stay as they are.
fn kinds() -> BTreeSet<FileKind> {
    [
        FileKind::Matchbox,
        FileKind::Pxelinux,
        FileKind::Ipxe,
        FileKind::Grub,
        FileKind::Parm,
        FileKind::Commands,
    ]
    .into()
}

type Turned = (String, String, Mode);

fn turned(session: &Session, before: &State, pick: Pick, turn: Turn) -> (State, Vec<Turned>) {
    let (mut after, mut turned) = (before.clone(), Vec::new());
    for cluster in session.clusters() {
        for node in cluster.nodes.iter().filter(|node| pick(cluster, node, before)) {
            turn(&mut after, cluster, node);
            turned.push((cluster.id.to_string(), node.name.to_string(), after.mode(&cluster.id, node)));
        }
        after.forget_others(&cluster.id, &cluster.nodes);
    }
    (after, turned)
}

fn say(turned: &[Turned], output: &mut Output) -> Result<(), Failure> {
    for (cluster, node, mode) in turned {
        output.data(&format!("{mode} {cluster}/{node}\n"))?;
    }
    let node =
        |(cluster, node, mode): &Turned| json!({"cluster": cluster, "name": node, "mode": mode.as_str()});
    output.member("nodes", json!(turned.iter().map(node).collect::<Vec<_>>()));
    Ok(())
}
