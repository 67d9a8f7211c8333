//! `okdboot render`: every boot file of every cluster; and its three ways of only looking.

mod document;

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::args::{Cli, Only, Picture, Render};
use super::boots::Boots;
use super::changed;
use super::example;
use super::failure::{Exit, Failure};
use super::ignition_files::IgnitionFiles;
use super::install_files;
use super::locks::{Freshness, Locks, Resolver};
use super::many;
use super::native;
use super::output::{Notices, Output};
use super::picture;
use super::session::{self, Made, Session};
use super::verify::kin;
use super::write::{self, Before, Publication, Reader};
use crate::lock;
use crate::model::cluster::Cluster;
use crate::plan::change::{self, Change, ChangeKind, Changes, Force, Scope};
use crate::plan::state::State;
use crate::plan::{FileKind, Graph, Plan};
use crate::text::Count;
use document::Node;
pub use document::{ChangedFile, changed_files};
pub(super) use document::{Document, Machine};

/// Plans, compares, and writes unless only looking was asked for.
pub fn run(cli: &Cli, args: &Render, output: &mut Output) -> Result<Exit, Failure> {
    let files = cli.global.vars.len();
    output.step(files, &format!("reading {}", Count(files, "file")));
    let inputs = if args.example { embedded(cli)? } else { read(cli, args, output)? };
    output.of_inventory(&inputs.session.report);
    if let (true, Some(revision)) = (inputs.session.checked.is_empty(), &args.changed_since) {
        output.say(&format!("no cluster differs from {revision}"));
        output.document(&Document { changes: Some(Vec::new()), ..Document::default() });
        return Ok(Exit::Done);
    }
    let kinds = kinds(&args.only);
    let reader = Reader::open(cli)?;
    let clusters = inputs.session.clusters();
    let mut before =
        if args.example { embedded_before(&reader, &clusters)? } else { reader.before(&clusters)? };
    if kinds.contains(&FileKind::InstallConfig) {
        before.around.secrets = install_files::read(&clusters, output.context())?;
    }
    let state = state(args, &before, &clusters);
    output.step(clusters.len(), &format!("planning {}", Count(clusters.len(), "cluster")));
    let plan = plan(&inputs, args, &kinds, &before)?;
    output.report(&plan.report, Notices::of(clusters.len()));
    if let Some(form) = args.graph {
        return draw(form, &inputs, &plan, output);
    }
    let boots = boots(&inputs, &before, &kinds);
    let scope = scope(args, kinds, &inputs)?;
    if args.look.only() {
        return look(args, (&plan, &boots), &scope, &reader, output);
    }
    if !args.no_native {
        native::judge(&plan, &inputs.session, &before.around, output)?;
    }
    let publication = Publication {
        clusters: &clusters,
        plan: &plan,
        before: &before,
        state: &state,
        rosters: boots.as_ref().map_or(&[], Boots::rosters),
        scope: &scope,
        locks: &inputs.locks,
    };
    output.step(clusters.len(), &format!("comparing and writing {}", Count(plan.files.len(), "file")));
    let changes = publication.write(cli, output)?;
    summary(cli, &changes, output);
    output.document(&Document { changes: Some(changed_files(&changes)), ..Document::default() });
    if let Some(clusters) = many::clusters(&changes, &plan.clusters) {
        output.say(&clusters);
    }
    if let Some(boots) = boots {
        boots.say(output);
    }
    Ok(Exit::Done)
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
fn boots(inputs: &Input, before: &Before, kinds: &BTreeSet<FileKind>) -> Option<Boots> {
    let boot_files = FileKind::loaders().any(|kind| kinds.contains(&kind));
    boot_files.then(|| Boots::of(&inputs.session, before, before.state(), (&inputs.locks, &inputs.paths)))
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
fn draw(form: Picture, inputs: &Input, plan: &Plan, output: &mut Output) -> Result<Exit, Failure> {
    let clusters = inputs.session.clusters().into_iter().zip(&inputs.paths);
    let graphs: Vec<Graph> =
        clusters.map(|(cluster, path)| Graph::of(plan, cluster, inputs.locks.of(path, cluster))).collect();
    let text = match form {
        Picture::Svg => picture::svg(&graphs),
        Picture::Mermaid => picture::mermaid(&graphs),
    };
    output.document(&Document { graph: Some(&text), ..Document::default() });
    output.data(&text)?;
    Ok(Exit::Done)
}

/// What a plan is made of.
struct Input {
    session: Session,
    locks: Locks,
    paths: Vec<Utf8PathBuf>,
    ignition: Vec<IgnitionFiles>,
}

fn read(cli: &Cli, args: &Render, output: &mut Output) -> Result<Input, Failure> {
    let mut session = session::open(cli)?;
    if let Some(revision) = &args.changed_since {
        // All of them were checked against one another.
        let changed = changed::since(revision, &session.clusters())?;
        session.checked.retain(|checked| changed.contains(&checked.cluster.file));
    }
    // Who installs a cluster anew would wait for a machine that nothing boots.
    for id in session.enter(args.phase)? {
        output.say(&format!(
            "`{id}` is past its bootstrap, which is in no file: `--phase install` takes it back"
        ));
    }
    let resolver = Resolver::new(&args.stream, Freshness::Locked)?;
    let paths = session.clusters().iter().map(|cluster| resolver.path(cluster)).collect();
    let ignition = session.ignition(cli, &args.ignition)?;
    if !args.force {
        refuse_strangers(&session, &ignition, output)?;
    }
    let is_service = |only: &Only| only.0.is_service();
    // Nothing around the boot depends on the release that is booted: no server has to be asked.
    let locks = if args.only.is_empty() || !args.only.iter().all(is_service) {
        resolver.resolve(&session.clusters(), output)?
    } else {
        Locks::default()
    };
    Ok(Input { session, locks, paths, ignition })
}

/// Machines would join the cluster that the files are of.
pub fn refuse_strangers(
    session: &Session,
    ignition: &[IgnitionFiles],
    output: &Output,
) -> Result<(), Failure> {
    let strangers = kin::strangers(session, ignition, output.context().now());
    if strangers.is_empty() {
        return Ok(());
    }
    let message = "these Ignition files would have machines join another cluster; nothing was written";
    let failure = Failure { report: strangers, ..Failure::new(Exit::Invalid, message) };
    Err(failure
        .help("give the files of this cluster with `--ignition DIR`; `--force` takes them all the same"))
}

fn embedded(cli: &Cli) -> Result<Input, Failure> {
    let session = session::example(cli, example::NAME, example::VARS)?;
    let path = Utf8PathBuf::from("example/okdboot.lock");
    let lock = lock::parse(example::LOCK).map_err(|error| Failure::of(Exit::Bug, &error))?;
    let ignition = vec![session::example_ignition(&example::IGNITION)?];
    Ok(Input { session, locks: Locks::embedded(&path, lock), paths: vec![path], ignition })
}

fn kinds(only: &[Only]) -> BTreeSet<FileKind> {
    if only.is_empty() {
        FileKind::usual().collect()
    } else {
        Scope::only(only.iter().map(|only| only.0)).kinds
    }
}

fn plan(inputs: &Input, args: &Render, kinds: &BTreeSet<FileKind>, before: &Before) -> Result<Plan, Failure> {
    let templates = session::templates(&args.templates)?;
    inputs.session.plan(&Made {
        locks: &inputs.locks,
        paths: &inputs.paths,
        ignition: &inputs.ignition,
        templates: &templates,
        kinds,
        further: &BTreeSet::new(),
        state: before.state(),
        around: &before.around,
    })
}

fn scope(args: &Render, kinds: BTreeSet<FileKind>, inputs: &Input) -> Result<Scope, Failure> {
    let clusters = inputs.session.clusters();
    let given = clusters.iter().zip(&inputs.ignition).filter(|(_, files)| files.given);
    Ok(Scope {
        kinds,
        ignition: given.map(|(cluster, _)| cluster.id.clone()).collect(),
        group: write::group(args.group.as_deref(), &clusters)?,
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
    write::refuse_twice(reader.tree(), plan, &manifest, boots.as_ref().map_or(&[], Boots::rosters))?;
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
        boots.say(output);
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
