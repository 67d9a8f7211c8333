//! `okdboot explain`: everything about one node, and where each of it comes from.

pub(super) mod document;
mod group;
mod network;
mod page;
mod target;
mod value;

use super::args::{Cli, Explain};
use super::opened;
use super::output::Voice;
use crate::plan::{FileKind, NodeView, Plan, PlannedNode};
use crate::run::resolver::Freshness;
use crate::run::tree::Before;
use crate::run::workspace::{Planning, templates};
use crate::run::{Exit, Failure, Workspace};
use document::{Document, ExplainedBoot, ExplainedNode};
use target::ExplainTarget;

/// Says what a node's values are first: they are known even where a plan cannot be made.
pub fn run(cli: &Cli, args: &Explain, output: &mut Voice) -> Result<Exit, Failure> {
    let labels = group::labels(&args.labels)?;
    let mut workspace = opened::entered(cli, output)?;
    let found = found(args, &workspace)?;
    let before = workspace.before()?;
    for found in &found {
        output.data(&page::values(found, &value::rows(found, before.state(), args)))?;
    }
    output.document(&Document { nodes: &nodes(&found, &before, args), group_matches: None });
    let choice = args.stream.choice()?;
    output.told(|news| workspace.resolve(&choice, Freshness::Offline, news))?;
    workspace.read_ignition(args.ignition.ignition.as_deref())?;
    let plan = plan(args, &workspace, &before)?;
    boots(cli, args, (&workspace, &before, &plan), &labels, output)?;
    Ok(Exit::Done)
}

fn found<'a>(args: &Explain, workspace: &'a Workspace) -> Result<Vec<ExplainTarget<'a>>, Failure> {
    args.target.as_ref().map_or_else(|| Ok(Vec::new()), |target| target::find(workspace, target))
}

fn nodes<'a>(found: &'a [ExplainTarget<'a>], before: &Before, args: &Explain) -> Vec<ExplainedNode<'a>> {
    found.iter().map(|found| ExplainedNode::of(found, &value::rows(found, before.state(), args))).collect()
}

/// Says what the nodes boot, and which group matchbox takes.
fn boots(
    cli: &Cli,
    args: &Explain,
    (workspace, before, plan): (&Workspace, &Before, &Plan),
    labels: &group::Given,
    output: &mut Voice,
) -> Result<(), Failure> {
    let found = found(args, workspace)?;
    let mut nodes = nodes(&found, before, args);
    for (found, member) in found.iter().zip(&mut nodes) {
        let Some(planned) = planned(plan, found) else { continue };
        let locked = workspace.locked(found.member);
        let about = NodeView::of(plan, found.cluster(), found.node, planned, locked);
        let release = locked.and_then(|locked| locked.arches.get(&found.node.arch)?.release.as_deref());
        let butane = found.member.ignition.translated.get(&found.node.pool).map(|path| path.as_str());
        output.data(&page::plan(planned, found.node.arch, &about, (release, butane)))?;
        member.boot = Some(ExplainedBoot::of(planned, found.node.arch, about, (release, butane)));
    }
    output.document(&Document { nodes: &nodes, group_matches: None });
    if args.group_match {
        let folder = cli.global.out.join("matchbox");
        let matches = group::matches(&folder, plan, &found, labels, output)?;
        output.document(&Document { nodes: &nodes, group_matches: Some(&matches) });
    }
    Ok(())
}

fn plan(args: &Explain, workspace: &Workspace, before: &Before) -> Result<Plan, Failure> {
    workspace.plan(&Planning {
        templates: &templates(args.templates.templates.as_deref())?,
        kinds: &FileKind::usual().collect(),
        state: before.state(),
        around: &before.around,
    })
}

fn planned<'a>(plan: &'a Plan, found: &ExplainTarget) -> Option<&'a PlannedNode> {
    let (cluster, node) = (&found.cluster().id, &found.node.name);
    plan.nodes.iter().find(|planned| planned.cluster == *cluster && planned.name == *node)
}

/// The release that a node boots, and the Butane file that its Ignition file is made of.
pub(super) type Said<'a> = (Option<&'a str>, Option<&'a str>);
