//! `okdboot explain`: everything about one node, and where each of it comes from.

pub(super) mod document;
mod group;
mod network;
mod page;
mod target;
mod value;

use std::collections::BTreeSet;

use super::args::{Cli, Explain};
use super::failure::{Exit, Failure};
use super::ignition_files::IgnitionFiles;
use super::locks::{Freshness, Locks, Resolver};
use super::output::Output;
use super::session::{self, Around, Made, Session};
use super::write::Reader;
use crate::model::cluster::Cluster;
use crate::plan::state::State;
use crate::plan::{FileKind, NodeView, Plan, PlannedNode};
use camino::Utf8PathBuf;
use document::{Boot, Document, Node};
use target::Found;

/// Says what a node's values are first: they are known even where a plan cannot be made.
pub fn run(cli: &Cli, args: &Explain, output: &mut Output) -> Result<Exit, Failure> {
    let labels = group::labels(&args.labels)?;
    let mut session = session::open(cli)?;
    session.enter(None)?;
    output.of_inventory(&session.report);
    let found = match &args.target {
        Some(target) => target::find(&session, target)?,
        None => Vec::new(),
    };
    let before = Reader::open(cli)?.before(&session.clusters())?;
    let mut nodes = Vec::new();
    for found in &found {
        let rows = value::rows(found, before.state(), args);
        output.data(&page::values(found, &rows))?;
        nodes.push(Node::of(found, &rows));
    }
    output.document(&Document { nodes: &nodes, group_matches: None });
    let (locks, paths) = locks(&session, args, output)?;
    let ignition = session.ignition(cli, &args.ignition)?;
    let plan = plan(args, (&session, &ignition), (&locks, &paths), before.state(), &before.around)?;
    for (found, member) in found.iter().zip(&mut nodes) {
        let Some(planned) = planned(&plan, found) else { continue };
        let locked = paths.get(found.at).and_then(|path| locks.of(path, found.cluster()));
        let about = NodeView::of(&plan, found.cluster(), found.node, planned, locked);
        let release = locked.and_then(|locked| locked.arches.get(&found.node.arch)?.release.as_deref());
        let butane = ignition[found.at].translated.get(&found.node.pool).map(|path| path.as_str());
        output.data(&page::plan(planned, found.node.arch, &about, (release, butane)))?;
        member.boot = Some(Boot::of(planned, found.node.arch, about, (release, butane)));
    }
    output.document(&Document { nodes: &nodes, group_matches: None });
    if args.group_match {
        let folder = cli.global.out.join("matchbox");
        let matches = group::matches(&folder, &plan, &found, &labels, output)?;
        output.document(&Document { nodes: &nodes, group_matches: Some(&matches) });
    }
    Ok(Exit::Done)
}

fn locks(
    session: &Session,
    args: &Explain,
    output: &mut Output,
) -> Result<(Locks, Vec<Utf8PathBuf>), Failure> {
    let resolver = Resolver::new(&args.stream, Freshness::Offline)?;
    let clusters: Vec<&Cluster> = session.clusters();
    let paths = clusters.iter().map(|cluster| resolver.path(cluster)).collect();
    Ok((resolver.resolve(&clusters, output)?, paths))
}

fn plan(
    args: &Explain,
    (session, ignition): (&Session, &[IgnitionFiles]),
    (locks, paths): (&Locks, &[Utf8PathBuf]),
    state: &State,
    around: &Around,
) -> Result<Plan, Failure> {
    let templates = session::templates(&args.templates)?;
    session.plan(&Made {
        locks,
        paths,
        ignition,
        templates: &templates,
        kinds: &FileKind::usual().collect(),
        further: &BTreeSet::new(),
        state,
        around,
    })
}

fn planned<'a>(plan: &'a Plan, found: &Found) -> Option<&'a PlannedNode> {
    let (cluster, node) = (&found.cluster().id, &found.node.name);
    plan.nodes.iter().find(|planned| planned.cluster == *cluster && planned.name == *node)
}

/// The release that a node boots, and the Butane file that its Ignition file is made of.
pub(super) type Said<'a> = (Option<&'a str>, Option<&'a str>);
