//! `okdboot render`: every boot file of every cluster; and its three ways of only looking.

mod document;

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::args::{Cli, Only, Picture, Render};
use super::output::Output;
use super::{boots, example, many, opened, output, picture};
use crate::lock;
use crate::model::cluster::Cluster;
use crate::plan::change::{self, Change, ChangeKind, Changes, Force, Scope};
use crate::plan::state::State;
use crate::plan::{FileKind, Graph, Plan};
use crate::run::boots::Boots;
use crate::run::locks::Locks;
use crate::run::publication::{self, Publication};
use crate::run::resolver::Freshness;
use crate::run::tree::{Before, Reader};
use crate::run::verify::consistency;
use crate::run::workspace::{Planning, embedded_ignition, templates};
use crate::run::{Exit, Failure, Workspace, native};
use crate::text::Count;
use document::Node;
pub use document::{ChangedFile, changed_files};
pub(super) use document::{Document, Machine};

/// Plans, compares, and writes unless only looking was asked for.
pub fn run(cli: &Cli, args: &Render, output: &mut Output) -> Result<Exit, Failure> {
    let files = cli.global.vars.len();
    output.step(files, &format!("reading {}", Count(files, "file")));
    let mut workspace = if args.example { embedded(cli, output)? } else { read(cli, args, output)? };
    output.of_inventory(&workspace.report);
    if let (true, Some(revision)) = (workspace.members.is_empty(), &args.changed_since) {
        output.say(&format!("no cluster differs from {revision}"));
        output.document(&Document { changes: Some(Vec::new()), ..Document::default() });
        return Ok(Exit::Done);
    }
    let kinds = kinds(&args.only);
    let reader = workspace.reader()?;
    let before = before(args, &workspace, &reader)?;
    if kinds.contains(&FileKind::InstallConfig) {
        workspace.read_secrets()?;
    }
    let clusters = workspace.clusters();
    output.step(clusters.len(), &format!("planning {}", Count(clusters.len(), "cluster")));
    let plan = plan(&workspace, args, &kinds, &before)?;
    output.report(&plan.report, output::notices_of(clusters.len()));
    if let Some(form) = args.graph {
        return draw(form, &workspace, &plan, output);
    }
    let boots = boots(&workspace, &before, &kinds);
    let scope = scope(args, kinds, &workspace)?;
    if args.look.only() {
        return look(args, (&plan, &boots), &scope, &reader, output);
    }
    if !args.no_native {
        output.told(|news| native::judge(&plan, &workspace, &before.around.root, news))?;
    }
    let publication = Publication {
        clusters: &clusters,
        plan: &plan,
        before: &before,
        state: &state(args, &before, &clusters),
        rosters: boots.as_ref().map_or(&[], Boots::rosters),
        scope: &scope,
        locks: &workspace.locks,
    };
    output.step(clusters.len(), &format!("comparing and writing {}", Count(plan.files.len(), "file")));
    let changes = output.told(|news| publication.write(&workspace.out, news))?;
    summary(cli, &changes, output);
    output.document(&Document { changes: Some(changed_files(&changes)), ..Document::default() });
    if let Some(clusters) = many::clusters(&changes, &plan.clusters) {
        output.say(&clusters);
    }
    if let Some(boots) = &boots {
        boots::say(boots, output);
    }
    Ok(Exit::Done)
}

/// Returns what stood there before.
fn before(args: &Render, workspace: &Workspace, reader: &Reader) -> Result<Before, Failure> {
    let clusters = workspace.clusters();
    if args.example { embedded_before(reader, &clusters) } else { reader.before(&clusters) }
}

/// What is true of the machines from now on: `--phase` is kept.
fn state(args: &Render, before: &Before, clusters: &[&Cluster]) -> State {
    let mut state = before.state().clone();
    if let Some(phase) = args.phase {
        for cluster in clusters {
            state.enter(&cluster.id, phase);
        }
    }
    state
}

/// What machines boot by is only said where files are in scope that they boot by.
fn boots(workspace: &Workspace, before: &Before, kinds: &BTreeSet<FileKind>) -> Option<Boots> {
    let boot_files = FileKind::loaders().any(|kind| kinds.contains(&kind));
    boot_files.then(|| Boots::of(workspace, before, before.state()))
}

/// A served tree must not get the machines of the example into it.
fn embedded_before(reader: &Reader, clusters: &[&Cluster]) -> Result<Before, Failure> {
    let Some(example) = clusters.first() else { return reader.before(clusters) };
    match reader.clusters()?.into_iter().find(|owner| *owner != example.id) {
        None => reader.before_example(&example.id),
        Some(other) => {
            let out = reader.tree().root().map_or_else(String::new, |root| root.path().to_string());
            let message = format!("`{out}` holds cluster `{other}`: the example is not rendered beside it");
            Err(Failure::new(Exit::Files, message).help("give the example a folder of its own: `-o demo`"))
        }
    }
}

/// Prints who fetches what from where.
fn draw(form: Picture, workspace: &Workspace, plan: &Plan, output: &mut Output) -> Result<Exit, Failure> {
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

fn read(cli: &Cli, args: &Render, output: &mut Output) -> Result<Workspace, Failure> {
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

fn embedded(cli: &Cli, output: &Output) -> Result<Workspace, Failure> {
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

fn plan(
    workspace: &Workspace,
    args: &Render,
    kinds: &BTreeSet<FileKind>,
    before: &Before,
) -> Result<Plan, Failure> {
    workspace.plan(&Planning {
        templates: &templates(args.templates.templates.as_deref())?,
        kinds,
        further: &BTreeSet::new(),
        state: before.state(),
        around: &before.around,
    })
}

fn scope(args: &Render, kinds: BTreeSet<FileKind>, workspace: &Workspace) -> Result<Scope, Failure> {
    Ok(Scope {
        kinds,
        ignition: workspace.with_given_ignition(),
        group: publication::group(args.group.as_deref(), &workspace.clusters())?,
        force: if args.force { Force::Yes } else { Force::No },
        ..Scope::all()
    })
}

/// Compares and says; writes nothing, the lock included. What would be refused is a difference too.
fn look(
    args: &Render,
    (plan, boots): (&Plan, &Option<Boots>),
    scope: &Scope,
    reader: &Reader,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let manifest = reader.manifest(&plan.clusters)?;
    publication::refuse_twice(reader.tree(), plan, &manifest, boots.as_ref().map_or(&[], Boots::rosters))?;
    let mut changes = change::compare(plan, reader.tree(), &manifest, scope);
    changes.name_owners(reader.tree(), &plan.clusters)?;
    if args.look.diff {
        for change in changes.list.iter().filter(|change| change.kind != ChangeKind::Same) {
            output.data(&change::diff(change, plan, reader.tree()).unwrap_or_default())?;
        }
    } else {
        list(&changes, output)?;
    }
    let diff = |change: &Change| args.look.diff.then(|| change::diff(change, plan, reader.tree())).flatten();
    let member = |change| ChangedFile::of(change).with(diff(change));
    output.document(&Document {
        changes: Some(changes.list.iter().map(member).collect()),
        nodes: Some(plan.nodes.iter().map(Node::of).collect()),
        ..Document::default()
    });
    if let Some(boots) = boots {
        boots::say(boots, output);
    }
    for (path, reason) in changes.blocked() {
        output.say(&format!("blocked: `{path}` {reason}; writing would be refused"));
    }
    Ok(if args.look.check && !changes.is_clean() { Exit::Differs } else { Exit::Done })
}

/// Lists what would change, a line each.
pub fn list(changes: &Changes, output: &mut Output) -> Result<(), Failure> {
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

pub fn summary(cli: &Cli, changes: &Changes, output: &mut Output) {
    output.say(&format!("{}: {}", cli.global.out, counted(changes, "file")));
    for kept in changes.list.iter().filter(|change| change.kind == ChangeKind::Kept) {
        output.say(&format!("kept {}: edited by hand and no longer planned; remove it yourself", kept.path));
    }
}
