//! `okdboot render`: every boot file of every cluster; and its three ways of only looking.

pub(super) mod document;

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::args::{Cli, Only, Picture, Render};
use super::output::Voice;
use super::{boots, example, many, opened, output, picture};
use crate::lock;
use crate::plan::change::{self, Change, ChangeKind, Changes, Force, Scope};
use crate::plan::{FileKind, Graph};
use crate::run::locks::Locks;
use crate::run::render::{self, RenderRequest, Rendering, Writing};
use crate::run::resolver::Freshness;
use crate::run::verify::consistency;
use crate::run::workspace::embedded_ignition;
use crate::run::{Exit, Failure, Workspace};
use crate::text::Count;
pub(super) use document::Document;
use document::RenderedNode;
pub use document::{ChangedFile, changed_files};

/// Plans, compares, and writes unless only looking was asked for.
pub fn run(cli: &Cli, args: &Render, output: &mut Voice) -> Result<Exit, Failure> {
    let files = cli.global.vars.len();
    output.step(files, &format!("reading {}", Count(files, "file")));
    let mut workspace = if args.example { embedded(cli, output)? } else { read(cli, args, output)? };
    output.of_inventory(&workspace.report);
    let clusters = workspace.members.len();
    if let (0, Some(revision)) = (clusters, &args.changed_since) {
        output.say(&format!("no cluster differs from {revision}"));
        output.document(&Document { changes: Some(Vec::new()), ..Document::default() });
        return Ok(Exit::Done);
    }
    let prepared = render::prepare(&mut workspace, request(args), args.templates.templates.as_deref())?;
    output.step(clusters, &format!("planning {}", Count(clusters, "cluster")));
    if args.graph.is_none() && !args.look.only() {
        return write(cli, args, &mut prepared.lean()?, output);
    }
    let rendering = prepared.plan()?;
    output.report(&rendering.plan.report, output::notices_of(clusters));
    match args.graph {
        Some(form) => draw(form, &rendering, output),
        None => look(args, &rendering, output),
    }
}

fn request(args: &Render) -> RenderRequest {
    RenderRequest {
        kinds: kinds(&args.only),
        phase: args.phase,
        group: args.group.clone(),
        force: if args.force { Force::Yes } else { Force::No },
        is_example: args.example,
    }
}

fn write(cli: &Cli, args: &Render, writing: &mut Writing, output: &mut Voice) -> Result<Exit, Failure> {
    let (files, clusters) = (writing.expected.files.len(), writing.expected.clusters.clone());
    output.report(&writing.report, output::notices_of(clusters.len()));
    if !args.no_native {
        output.told(|news| writing.try_services(news))?;
    }
    output.step(clusters.len(), &format!("comparing and writing {}", Count(files, "file")));
    let changes = output.told(|news| writing.publish(news))?;
    summary(cli, &changes, output);
    output.document_of(|| Document { changes: Some(changed_files(&changes)), ..Document::default() });
    if let Some(clusters) = many::clusters(&changes, &clusters) {
        output.say(&clusters);
    }
    if let Some(boots) = &writing.boots {
        boots::say(boots, output);
    }
    Ok(Exit::Done)
}

/// Prints who fetches what from where.
fn draw(form: Picture, rendering: &Rendering, output: &mut Voice) -> Result<Exit, Failure> {
    let (workspace, plan) = (rendering.prepared.workspace(), &rendering.plan);
    let members = workspace.members.iter();
    let graphs: Vec<Graph> =
        members.map(|member| Graph::of(plan, member.cluster(), workspace.locked(member))).collect();
    let text = match form {
        Picture::Svg => picture::svg(&graphs),
        Picture::Mermaid => picture::mermaid(&graphs),
    };
    output.document(&Document { graph: Some(&text), ..Document::default() });
    output.data(&text)?;
    Ok(Exit::Done)
}

fn read(cli: &Cli, args: &Render, output: &mut Voice) -> Result<Workspace, Failure> {
    let mut workspace = opened::unsaid(cli, output)?;
    if let Some(revision) = &args.changed_since {
        workspace.keep_changed(revision)?;
    }
    // Who installs a cluster anew would wait for a machine that nothing boots.
    for id in workspace.enter(args.phase)? {
        output.say(&format!(
            "`{id}` is past its bootstrap, which is in no file: `--phase install` takes it back"
        ));
    }
    let choice = args.stream.choice()?;
    workspace.read_ignition(args.ignition.ignition.as_deref())?;
    if !args.force {
        consistency::refuse_strangers(&workspace)?;
    }
    let is_service = |only: &Only| only.0.is_service();
    // Nothing around the boot depends on the release that is booted: no server has to be asked.
    if args.only.is_empty() || !args.only.iter().all(is_service) {
        output.told(|news| workspace.resolve(&choice, Freshness::Locked, news))?;
    }
    Ok(workspace)
}

fn embedded(cli: &Cli, output: &Voice) -> Result<Workspace, Failure> {
    let inventory = (example::NAME, example::VARS);
    let mut workspace =
        Workspace::embedded(&cli.global.inventories(), inventory, output.context().process())?;
    let lock = lock::parse(example::LOCK).map_err(|error| Failure::of(Exit::Bug, &error))?;
    let path = Utf8PathBuf::from("example/okdboot.lock");
    workspace.locks = Locks::embedded(&path, lock);
    for member in &mut workspace.members {
        member.ignition = embedded_ignition(&example::IGNITION)?;
        member.lock.clone_from(&path);
    }
    Ok(workspace)
}

fn kinds(only: &[Only]) -> BTreeSet<FileKind> {
    if only.is_empty() {
        FileKind::usual().collect()
    } else {
        Scope::only(only.iter().map(|only| only.0)).kinds
    }
}

/// Compares and says; writes nothing, the lock included. What would be refused is a difference too.
fn look(args: &Render, rendering: &Rendering, output: &mut Voice) -> Result<Exit, Failure> {
    let (plan, changes) = (&rendering.plan, rendering.compare()?);
    let tree = rendering.prepared.reader().tree();
    if args.look.diff {
        for change in changes.list.iter().filter(|change| change.kind != ChangeKind::Same) {
            output.data(&change::diff(change, plan, tree).unwrap_or_default())?;
        }
    } else {
        list(&changes, output)?;
    }
    let diff = |change: &Change| args.look.diff.then(|| change::diff(change, plan, tree)).flatten();
    let member = |change| ChangedFile::of(change).with(diff(change));
    output.document(&Document {
        changes: Some(changes.list.iter().map(member).collect()),
        nodes: Some(plan.nodes.iter().map(RenderedNode::of).collect()),
        ..Document::default()
    });
    if let Some(boots) = &rendering.boots {
        boots::say(boots, output);
    }
    for (path, reason) in changes.blocked() {
        output.say(&format!("blocked: `{path}` {reason}; writing would be refused"));
    }
    Ok(if args.look.check && !changes.is_clean() { Exit::Differs } else { Exit::Done })
}

/// Lists what would change, a line each.
pub fn list(changes: &Changes, output: &mut Voice) -> Result<(), Failure> {
    for change in changes.list.iter().filter(|change| change.kind != ChangeKind::Same) {
        output.data(&format!("{:8} {}\n", change.kind.as_str(), change.path))?;
    }
    Ok(())
}

/// Says how many were touched, and how.
pub fn counted(changes: &Changes, what: &'static str) -> String {
    let counts = changes.counts();
    let touched = [
        (counts.create, "created"),
        (counts.update, "updated"),
        (counts.chmod, "mode changed"),
        (counts.orphan, "removed"),
    ];
    let mut parts: Vec<String> = touched
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    parts.push(format!("{} unchanged", counts.same));
    format!("{} ({})", Count(changes.list.len(), what), parts.join(", "))
}

pub fn summary(cli: &Cli, changes: &Changes, output: &mut Voice) {
    output.say(&format!("{}: {}", cli.global.out, counted(changes, "file")));
    for kept in changes.list.iter().filter(|change| change.kind == ChangeKind::Kept) {
        output.say(&format!("kept {}: edited by hand and no longer planned; remove it yourself", kept.path));
    }
}
