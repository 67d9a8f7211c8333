//! `okdboot remove CLUSTER`: a cluster's files leave the output root.
//!
//! It needs no vars.yaml, which may be gone with the cluster. What was armed or disarmed stays where it
//! is: a machine that comes back under another cluster is not installed unasked.

use std::collections::BTreeSet;

use serde::Serialize;

use super::args::{Cli, Remove};
use super::output::Voice;
use super::render;
use crate::model::name::Label;
use crate::plan::change::{self, Changes, Force, Scope};
use crate::plan::{self, FileKind, Plan};
use crate::run::failure::{Exit, Failure};
use crate::run::locks::Locks;
use crate::run::publication::Publication;
use crate::run::tree::{Before, TreeReader};
use crate::template::Templates;
use crate::text::{List, did_you_mean};

/// What `okdboot remove` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// What became of each file of the cluster, by path.
    changes: Vec<render::ChangedFile<'a>>,
}

/// Removes every file that okdboot wrote for a cluster, or says which it would.
pub fn run(cli: &Cli, args: &Remove, output: &mut Voice) -> Result<Exit, Failure> {
    let reader = TreeReader::open(&cli.global.out)?;
    let (id, others) = find(cli, &args.cluster, reader.clusters()?)?;
    let manifest = reader.manifest(std::slice::from_ref(&id))?;
    let before = reader.before(&[])?;
    let plan = plan::without(&id, &before.around.standing, &Templates::embedded()?)?;
    let scope = scope(args, &id, &others, &plan);
    if args.dry_run {
        let changes = change::compare(&plan.expected(), reader.tree(), &manifest, &scope);
        render::list(&changes, output)?;
        output.document(&Document { changes: render::changed_files(&changes) });
        return Ok(Exit::Done);
    }
    let changes = write(cli, (&plan, &before), &scope, output)?;
    render::summary(cli, &changes, output);
    output.document(&Document { changes: render::changed_files(&changes) });
    Ok(Exit::Done)
}

/// Finds the cluster among those of the tree.
fn find(cli: &Cli, name: &str, clusters: Vec<Label>) -> Result<(Label, BTreeSet<Label>), Failure> {
    let mut clusters: BTreeSet<Label> = clusters.into_iter().collect();
    if let Some(id) = clusters.iter().find(|id| id.as_str() == name).cloned() {
        clusters.remove(&id);
        return Ok((id, clusters));
    }
    let failure =
        Failure::new(Exit::Usage, format!("nothing of cluster `{name}` is rendered in `{}`", cli.global.out));
    let known: Vec<&Label> = clusters.iter().collect();
    Err(match did_you_mean(name, clusters.iter().map(Label::as_str)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => failure.help("name the folder that is served with `-o DIR`"),
        None => failure.help(format!("it holds {}", List::and(&known))),
    })
}

/// Files that all clusters share go with the last of them, and the sums with their last line.
fn scope(args: &Remove, id: &Label, others: &BTreeSet<Label>, plan: &Plan) -> Scope {
    let mut shared = BTreeSet::new();
    let has_sums = plan.files.iter().any(|file| file.owner.kind == FileKind::Sums);
    shared.extend((!has_sums).then_some(FileKind::Sums));
    shared.extend(others.is_empty().then_some([FileKind::Index, FileKind::Terraform]).into_iter().flatten());
    let force = if args.force { Force::Yes } else { Force::No };
    Scope { ignition: BTreeSet::from([id.clone()]), shared, force, ..Scope::all() }
}

fn write(
    cli: &Cli,
    (plan, before): (&Plan, &Before),
    scope: &Scope,
    output: &mut Voice,
) -> Result<Changes, Failure> {
    let publication = Publication {
        clusters: &[],
        expected: plan.expected(),
        parts: plan,
        before,
        state: before.state(),
        rosters: &[],
        scope,
        locks: &Locks::default(),
    };
    output.told(|news| publication.write(&cli.global.out, news))
}
