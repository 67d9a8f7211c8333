//! `okdboot fetch`: the artifacts that the nodes boot from, each verified before it has its name.

pub(super) mod document;
mod keyring;
mod program;
pub(super) mod summary;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::args::{Cli, Fetch};
use super::bars::{Bars, Watcher};
use super::cache;
use super::failure::{Exit, Failure};
use super::locks::{Freshness, Locks, Resolver, client};
use super::output::{Notices, Output};
use super::session::{self, Session};
use super::write;
use crate::apply::addrsize;
use crate::apply::download::cache::Trust;
use crate::apply::download::{
    self, DownloadError, Fetched, Mirror, Need, Options, Pins, Publish, Retry, Signatures, Signed, Wanted,
};
use crate::disk::{DiskTree, Root};
use crate::lock::LockedCluster;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::plan::{Plan, PlannedArtifact};
use document::{Artifact, Awaited, Document, word};
use summary::Summary;

/// Resolves, fetches, and writes what was learnt into the lock.
pub fn run(cli: &Cli, args: &Fetch, output: &mut Output) -> Result<Exit, Failure> {
    let session = session::open(cli)?;
    output.of_inventory(&session.report);
    let clusters = session.clusters();
    let freshness = if args.update { Freshness::Updated } else { Freshness::Watched };
    let resolver = Resolver::new(&args.stream, freshness)?;
    let paths: Vec<_> = clusters.iter().map(|cluster| resolver.path(cluster)).collect();
    let mut locks = resolver.resolve(&clusters, output)?;
    let further = kinds(&args.kinds)?;
    if further.iter().any(|kind| ArtifactKind::PROGRAMS.contains(kind)) {
        let places: Vec<_> = clusters.iter().copied().zip(paths.iter().cloned()).collect();
        program::find(&places, &mut locks, (args, &mirrors(args)?), &further, output)?;
    }
    let plan = session.artifacts(&locks, &paths, &further)?;
    output.report(&plan.report, Notices::IfVerbose);
    let wanted = wanted(&session, &locks, &paths, &plan);
    if args.dry_run {
        return dry_run(cli, (&plan, &wanted), &locked(&session, &locks, &paths), output);
    }
    let root = Root::create(&cli.global.out)?;
    let lock = write::lock(&root, output)?;
    write::locks(&locks)?;
    let options = options(args)?;
    let bars = Bars::new(watcher(cli, output));
    let client = client(&args.stream, output.context())?;
    let cache = if args.no_cache { None } else { cache::open_or_warn(output) };
    if let Some(cache) = &cache {
        cache::keep_streams(cache, &locks);
    }
    let begun = Instant::now();
    let results = download::download(&client, &lock, &wanted, cache.as_ref(), &options, &bars)?;
    bars.end();
    addrsize::write(&lock, &plan.artifacts)?;
    learn(&session, &mut locks, &paths, &results);
    write::locks(&locks)?;
    let summary = Summary::of(&results, begun.elapsed(), &nodes(&session, &plan));
    output.document(&Document {
        artifacts: Some(summary.verified().map(Artifact::Verified).collect()),
        fetched_bytes: Some(summary.bytes()),
        seconds: Some(summary.seconds()),
        rootfs_load: summary.load,
    });
    summary.say(output)
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
fn nodes(session: &Session, plan: &Plan) -> Vec<(ArtifactName, usize)> {
    let count = |artifact: &PlannedArtifact| {
        let nodes = session.clusters().into_iter().flat_map(|cluster| &cluster.nodes);
        nodes.filter(|node| node.boots_by_file() && node.arch == artifact.arch).count()
    };
    let rootfs = plan.artifacts.iter().filter(|artifact| artifact.kind == ArtifactKind::Rootfs);
    rootfs.map(|artifact| (artifact.name.clone(), count(artifact))).collect()
}

/// Parses what `--kind` names.
pub fn kinds(words: &[String]) -> Result<BTreeSet<ArtifactKind>, Failure> {
    let parse = |word: &String| word.parse::<ArtifactKind>();
    words.iter().map(parse).collect::<Result<_, _>>().map_err(|error| {
        let known = crate::text::List::or(&ArtifactKind::ALL).to_string();
        Failure::new(Exit::Usage, format!("`--kind`: {error}")).help(format!("kinds are {known}"))
    })
}

fn mirrors(args: &Fetch) -> Result<Vec<Mirror>, Failure> {
    let parsed = args.mirrors.iter().map(|text| text.parse::<Mirror>()).collect::<Result<_, _>>();
    parsed.map_err(|error| Failure::new(Exit::Usage, format!("`--mirror`: {error}")))
}

/// Returns what each cluster of the run boots.
fn locked<'a>(session: &Session, locks: &'a Locks, paths: &[camino::Utf8PathBuf]) -> Vec<&'a LockedCluster> {
    session.clusters().iter().zip(paths).filter_map(|(cluster, path)| locks.of(path, cluster)).collect()
}

/// Joins plan and locks: every artifact once, with its location and digest.
pub fn wanted(session: &Session, locks: &Locks, paths: &[camino::Utf8PathBuf], plan: &Plan) -> Vec<Wanted> {
    let locked = locked(session, locks, paths);
    let find = |artifact: &PlannedArtifact| {
        let entries = locked.iter().filter_map(|entry| entry.artifact(artifact.arch, artifact.kind));
        let entry = entries.into_iter().find(|entry| entry.name == artifact.name)?;
        let wanted = Wanted::planned(artifact, &entry.location, entry.digest)?;
        Some(Wanted { signature: entry.signature.clone(), signed_by: entry.signed_by.clone(), ..wanted })
    };
    plan.artifacts.iter().filter_map(find).collect()
}

/// Returns who watches.
pub(super) fn watcher(cli: &Cli, output: &Output) -> Watcher {
    match () {
        () if cli.global.quiet || output.is_json() => Watcher::Nobody,
        () if output.context().is_terminal() && !cli.global.no_progress => Watcher::Terminal,
        () => Watcher::Log,
    }
}

/// Says what stands and what would be fetched; asks no server.
fn dry_run(
    cli: &Cli,
    (plan, wanted): (&Plan, &[Wanted]),
    locked: &[&LockedCluster],
    output: &mut Output,
) -> Result<Exit, Failure> {
    let out = &cli.global.out;
    let standings = download::inspect(&DiskTree::open(out)?, wanted)?;
    let mut artifacts = Vec::new();
    for (item, standing) in wanted.iter().zip(standings) {
        output.listing(&format!("{:11} {} from {}\n", word(standing), item.name, item.location))?;
        // Each is wanted because it is planned.
        let planned = plan.artifacts.iter().find(|planned| planned.paths.first() == Some(&item.path));
        let size = out.join(item.path.as_str()).metadata().ok().map(|found| found.len());
        artifacts.extend(planned.map(|planned| {
            let release = release(planned, locked);
            Artifact::Wanted(Awaited::of((planned, item), release, (standing, size)))
        }));
    }
    output.document(&Document { artifacts: Some(artifacts), ..Document::default() });
    Ok(Exit::Done)
}

/// Returns the release that an artifact is of, where a lock says it.
fn release<'a>(planned: &PlannedArtifact, locked: &[&'a LockedCluster]) -> Option<&'a str> {
    let is_of = |entry: &&&LockedCluster| {
        let found = entry.artifact(planned.arch, planned.kind);
        found.is_some_and(|artifact| artifact.name == planned.name)
    };
    locked.iter().find(is_of)?.arches.get(&planned.arch)?.release.as_deref()
}

/// Writes into the locks what the first fetch of an artifact has taught.
fn learn(
    session: &Session,
    locks: &mut Locks,
    paths: &[camino::Utf8PathBuf],
    results: &[Result<Fetched, DownloadError>],
) {
    let clusters = session.clusters();
    for fetched in results.iter().flatten() {
        let signer = if let Signed::Good(signer) = &fetched.signed { Some(signer) } else { None };
        if !fetched.is_learnt && signer.is_none() {
            continue;
        }
        for (cluster, path) in clusters.iter().zip(paths) {
            let Some(entry) = locks.learn(path, cluster) else { continue };
            if fetched.is_learnt {
                entry.learn(&fetched.name, fetched.digest);
            }
            if let Some(signer) = signer {
                entry.learn_signer(&fetched.name, signer);
            }
        }
    }
}
