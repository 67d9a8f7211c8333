//! `okdboot fetch`: the artifacts that the nodes boot from, each verified before it has its name.

pub(super) mod document;
mod keyring;
mod program;
pub(super) mod summary;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::args::{Cli, Fetch};
use super::bars::{Bars, Watcher};
use super::opened;
use super::output::Voice;
use crate::apply::addrsize;
use crate::apply::download::cache::Trust;
use crate::apply::download::{
    self, DownloadError, Fetched, Inspected, Mirror, Need, Options, Pins, Publish, Retry, Signatures, Signed,
    Wanted,
};
use crate::disk::{DiskTree, Root};
use crate::lock::LockedCluster;
use crate::model::artifact::{ArtifactKind, ArtifactKindError, ArtifactName};
use crate::plan::{Plan, PlannedArtifact};
use crate::run::Notices;
use crate::run::cache;
use crate::run::failure::{Exit, Failure};
use crate::run::network::client;
use crate::run::resolver::Freshness;
use crate::run::{Workspace, publication, wanted};
use crate::text::{List, did_you_mean};
use document::{Awaited, Document, FetchedArtifact, word};
use summary::FetchSummary;

/// Resolves, fetches, and writes what was learnt into the lock.
pub fn run(cli: &Cli, args: &Fetch, output: &mut Voice) -> Result<Exit, Failure> {
    let mut workspace = opened::whole(cli, output)?;
    let freshness = if args.update { Freshness::Updated } else { Freshness::Watched };
    let (choice, further) = (args.stream.choice()?, kinds(&args.kinds)?);
    output.told(|news| workspace.resolve(&choice, freshness, news))?;
    if further.iter().any(|kind| ArtifactKind::PROGRAMS.contains(kind)) {
        program::find(&mut workspace, (args, &mirrors(args)?), &further, output)?;
    }
    let plan = workspace.artifacts(&further)?;
    output.report(&plan.report, Notices::IfVerbose);
    let wanted = wanted::of(&workspace, &plan);
    if args.dry_run {
        return dry_run((&plan, &wanted), &workspace, output);
    }
    let begun = Instant::now();
    let results = bring(cli, args, (&plan, &wanted), &mut workspace, output)?;
    let summary = FetchSummary::of(&results, begun.elapsed(), &nodes(&workspace, &plan));
    output.document(&Document {
        artifacts: Some(summary.verified().map(FetchedArtifact::Verified).collect()),
        fetched_bytes: Some(summary.bytes()),
        seconds: Some(summary.seconds()),
        rootfs_load: summary.load,
    });
    summary.say(output)
}

/// What became of an artifact.
type Brought = Result<Fetched, DownloadError>;

/// Fetches, under the lock of the output root, and writes what was learnt into the locks.
fn bring(
    cli: &Cli,
    args: &Fetch,
    (plan, wanted): (&Plan, &[Wanted]),
    workspace: &mut Workspace,
    output: &mut Voice,
) -> Result<Vec<Brought>, Failure> {
    let root = Root::create(&cli.global.out)?;
    let lock = output.told(|news| publication::lock(&root, news))?;
    workspace.locks.write()?;
    let options = options(args)?;
    let bars = Bars::new(watcher(cli, output));
    let client = client(args.stream.ca_cert.as_deref(), &workspace.process)?;
    let cache =
        if args.no_cache { None } else { output.told(|news| cache::open_or_warn(&workspace.process, news)) };
    if let Some(cache) = &cache {
        cache::keep_streams(cache, &workspace.locks);
    }
    let results = download::download(&client, &lock, wanted, cache.as_ref(), &options, &bars)?;
    bars.end();
    addrsize::write(&lock, &plan.artifacts)?;
    learn(workspace, &results);
    workspace.locks.write()?;
    Ok(results)
}

fn options(args: &Fetch) -> Result<Options, Failure> {
    let retry = Retry { times: args.retries, ..Retry::default() };
    Ok(Options {
        jobs: usize::from(args.jobs),
        connections: args.connections,
        mirrors: mirrors(args)?,
        retry,
        deadline: args.deadline.map(|seconds| Instant::now() + Duration::from_secs(seconds.into())),
        trust: if args.rehash { Trust::Bytes } else { Trust::Stamp },
        publish: if args.hard_link { Publish::Link } else { Publish::Copy },
        signatures: Signatures {
            keyring: keyring::load(&args.keyrings)?,
            need: if args.require_signature { Need::Always } else { Need::IfPossible },
            pins: if args.update { Pins::Renewed } else { Pins::Held },
        },
        ..Options::default()
    })
}

/// Returns each rootfs with the number of nodes that load it.
fn nodes(workspace: &Workspace, plan: &Plan) -> Vec<(ArtifactName, usize)> {
    let count = |artifact: &PlannedArtifact| {
        let nodes = workspace.clusters().into_iter().flat_map(|cluster| &cluster.nodes);
        nodes.filter(|node| node.boots_by_file() && node.arch == artifact.arch).count()
    };
    let rootfs = plan.artifacts.iter().filter(|artifact| artifact.kind == ArtifactKind::Rootfs);
    rootfs.map(|artifact| (artifact.name.clone(), count(artifact))).collect()
}

/// Parses what `--kind` names.
pub fn kinds(words: &[String]) -> Result<BTreeSet<ArtifactKind>, Failure> {
    words.iter().map(|word| word.parse().map_err(|error| unknown(word, &error))).collect()
}

fn unknown(word: &str, error: &ArtifactKindError) -> Failure {
    let failure = Failure::new(Exit::Usage, format!("`--kind`: {error}"));
    let failure = match did_you_mean(word, ArtifactKind::ALL.map(ArtifactKind::as_str)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure,
    };
    failure.help(format!("kinds are {}", List::or(&ArtifactKind::ALL)))
}

fn mirrors(args: &Fetch) -> Result<Vec<Mirror>, Failure> {
    let parsed = args.mirrors.iter().map(|text| text.parse::<Mirror>()).collect::<Result<_, _>>();
    parsed.map_err(|error| Failure::new(Exit::Usage, format!("`--mirror`: {error}")))
}

/// Returns who watches.
pub(super) fn watcher(cli: &Cli, output: &Voice) -> Watcher {
    match () {
        () if cli.global.quiet || output.is_json() => Watcher::Nobody,
        () if output.context().is_terminal() && !cli.global.no_progress => Watcher::Terminal,
        () => Watcher::Log,
    }
}

/// Says what stands and what would be fetched; asks no server.
fn dry_run(
    (plan, wanted): (&Plan, &[Wanted]),
    workspace: &Workspace,
    output: &mut Voice,
) -> Result<Exit, Failure> {
    let found = download::inspect(&DiskTree::open(&workspace.out)?, wanted)?;
    let mut artifacts = Vec::new();
    for (item, Inspected { standing, bytes }) in wanted.iter().zip(found) {
        output.listing(&format!("{:11} {} from {}\n", word(standing), item.name, item.location))?;
        // Each is wanted because it is planned.
        let planned = plan.artifacts.iter().find(|planned| planned.paths.first() == Some(&item.path));
        artifacts.extend(planned.map(|planned| {
            let release = release(planned, workspace);
            FetchedArtifact::Wanted(Awaited::of((planned, item), release, (standing, bytes)))
        }));
    }
    output.document(&Document { artifacts: Some(artifacts), ..Document::default() });
    Ok(Exit::Done)
}

/// Returns the release that an artifact is of, where a lock says it.
fn release<'a>(planned: &PlannedArtifact, workspace: &'a Workspace) -> Option<&'a str> {
    let is_of = |entry: &&LockedCluster| {
        let found = entry.artifact(planned.arch, planned.kind);
        found.is_some_and(|artifact| artifact.name == planned.name)
    };
    workspace.all_locked().find(is_of)?.arches.get(&planned.arch)?.release.as_deref()
}

/// Writes into the locks what the first fetch of an artifact has taught.
fn learn(workspace: &mut Workspace, results: &[Brought]) {
    for fetched in results.iter().flatten() {
        let signer = if let Signed::Good(signer) = &fetched.signed { Some(signer) } else { None };
        if !fetched.is_learnt && signer.is_none() {
            continue;
        }
        for member in &workspace.members {
            let Some(entry) = workspace.locks.learn(&member.lock, member.cluster()) else { continue };
            if fetched.is_learnt {
                entry.learn(&fetched.name, fetched.digest);
            }
            if let Some(signer) = signer {
                entry.learn_signer(&fetched.name, signer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_mistypes_a_kind_is_told_which_one_was_meant() {
        let help = |word: &str| kinds(&["iso".to_owned(), word.to_owned()]).unwrap_err().help;
        let known = format!("kinds are {}", List::or(&ArtifactKind::ALL));
        assert_eq!(help("kernl"), ["did you mean `kernel`?", known.as_str()]);
        assert_eq!(help("Metal4K"), ["did you mean `metal4k`?", known.as_str()]);
        assert_eq!(help("vmlinuz"), [known.as_str()]);
    }
}
