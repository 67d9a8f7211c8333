//! `okdboot fetch`: the artifacts that the nodes boot from, each verified before it has its name.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::args::{Cli, Fetch};
use super::bars::{Bars, Watcher};
use super::failure::{Exit, Failure};
use super::locks::{Freshness, Locks, Resolver, client, failed};
use super::output::{Notices, Output};
use super::session::{self, Session};
use super::write;
use crate::apply::download::{self, DownloadError, Fetched, Mirror, Options, Outcome, Standing, Wanted};
use crate::disk::Root;
use crate::lock::LockedCluster;
use crate::model::artifact::ArtifactKind;
use crate::plan::Plan;
use crate::text::Bytes;

/// Resolves, fetches, and writes what was learnt into the lock.
pub fn run(cli: &Cli, args: &Fetch, output: &mut Output) -> Result<Exit, Failure> {
    let session = session::open(cli)?;
    output.report(&session.report, Notices::IfVerbose);
    let clusters = session.clusters();
    let freshness = if args.update { Freshness::Updated } else { Freshness::Locked };
    let resolver = Resolver::new(&args.stream, freshness)?;
    let paths: Vec<_> = clusters.iter().map(|cluster| resolver.path(cluster)).collect();
    let mut locks = resolver.resolve(&clusters, output)?;
    let further = kinds(&args.kinds)?;
    let plan = session.artifacts(&locks, &paths, &further)?;
    output.report(&plan.report, Notices::IfVerbose);
    let wanted = wanted(&session, &locks, &paths, &plan);
    if args.dry_run {
        return dry_run(cli, &wanted, output);
    }
    let root = Root::create(&cli.global.out)?;
    let lock = root.lock()?;
    write::locks(&locks)?;
    let options = Options { jobs: usize::from(args.jobs), mirror: mirror(args)?, ..Options::default() };
    let bars = Bars::new(watcher(cli, output));
    let client = client(&args.stream)?;
    let results = download::download(&client, lock.root().path().as_std_path(), &wanted, &options, &bars)
        .map_err(|error| failed(error.fault(), &error))?;
    learn(&session, &mut locks, &paths, &results);
    write::locks(&locks)?;
    say(&results, output)
}

fn kinds(words: &[String]) -> Result<BTreeSet<ArtifactKind>, Failure> {
    let parse = |word: &String| word.parse::<ArtifactKind>();
    words.iter().map(parse).collect::<Result<_, _>>().map_err(|error| {
        let known = crate::text::List::or(&ArtifactKind::ALL).to_string();
        Failure::new(Exit::Usage, format!("`--kind`: {error}")).help(format!("kinds are {known}"))
    })
}

fn mirror(args: &Fetch) -> Result<Option<Mirror>, Failure> {
    let parsed = args.mirror.as_deref().map(str::parse::<Mirror>).transpose();
    parsed.map_err(|error| Failure::new(Exit::Usage, format!("`--mirror`: {error}")))
}

/// Joins plan and locks: every artifact once, with its location and digest.
fn wanted(session: &Session, locks: &Locks, paths: &[camino::Utf8PathBuf], plan: &Plan) -> Vec<Wanted> {
    let locked: Vec<&LockedCluster> =
        session.clusters().iter().zip(paths).filter_map(|(cluster, path)| locks.of(path, cluster)).collect();
    let find = |artifact: &crate::plan::PlannedArtifact| {
        let entries = locked.iter().filter_map(|entry| entry.artifact(artifact.arch, artifact.kind));
        let entry = entries.into_iter().find(|entry| entry.name == artifact.name)?;
        Wanted::planned(artifact, &entry.location, entry.digest)
    };
    plan.artifacts.iter().filter_map(find).collect()
}

fn watcher(cli: &Cli, output: &Output) -> Watcher {
    match () {
        () if cli.global.quiet || output.is_json() => Watcher::Nobody,
        () if output.context().is_terminal() && !cli.global.no_progress => Watcher::Terminal,
        () => Watcher::Log,
    }
}

/// Says what stands and what would be fetched; asks no server.
fn dry_run(cli: &Cli, wanted: &[Wanted], output: &mut Output) -> Result<Exit, Failure> {
    let mut members = Vec::new();
    for item in wanted {
        let standing = download::inspect(cli.global.out.as_std_path(), item)
            .map_err(|error| failed(error.fault(), &error))?;
        let word = match standing {
            Standing::Present => "present",
            Standing::Absent => "fetch",
            Standing::Differs => "fetch again",
            Standing::Unknown => "present, unknown digest",
        };
        output.data(&format!("{word:11} {} from {}\n", item.name, item.location))?;
        members.push(
            json!({"name": item.name.to_string(), "standing": word, "location": item.location.to_string()}),
        );
    }
    output.member("artifacts", json!(members));
    Ok(Exit::Done)
}

/// Writes into the locks what the first fetch of an artifact has taught.
fn learn(
    session: &Session,
    locks: &mut Locks,
    paths: &[camino::Utf8PathBuf],
    results: &[Result<Fetched, DownloadError>],
) {
    for fetched in results.iter().flatten().filter(|fetched| fetched.is_learnt) {
        for (cluster, path) in session.clusters().iter().zip(paths) {
            if let Some(entry) = locks.learn(path, cluster) {
                entry.learn(&fetched.name, fetched.digest);
            }
        }
    }
}

/// Says what became of each file. The worst failure ends the run; the others are said before it.
fn say(results: &[Result<Fetched, DownloadError>], output: &mut Output) -> Result<Exit, Failure> {
    let mut members: Vec<Value> = Vec::new();
    for fetched in results.iter().flatten() {
        output.data(&line(fetched))?;
        members.push(member(fetched));
    }
    output.member("artifacts", json!(members));
    let errors = results.iter().filter_map(|result| result.as_ref().err());
    let mut failures: Vec<Failure> = errors.map(|error| failed(error.fault(), error)).collect();
    failures.sort_by_key(|failure| rank(failure.exit));
    let Some(worst) = failures.pop() else { return Ok(Exit::Done) };
    for other in &failures {
        output.also_failed(other);
    }
    Err(worst)
}

/// A wrong digest is worse than a full disk, and that is worse than a network that is away.
fn rank(exit: Exit) -> u8 {
    match exit {
        Exit::Digest => 3,
        Exit::Files => 2,
        Exit::Network => 1,
        _ => 0,
    }
}

fn line(fetched: &Fetched) -> String {
    let how = match fetched.outcome {
        Outcome::Present => "present",
        Outcome::Fetched => "fetched",
    };
    let learnt = if fetched.is_learnt { ", pinned now" } else { "" };
    format!("{how} {} {} sha256 from {}{learnt}\n", fetched.name, Bytes(fetched.bytes), fetched.digest.origin)
}

fn member(fetched: &Fetched) -> Value {
    json!({
        "name": fetched.name.to_string(),
        "outcome": match fetched.outcome { Outcome::Present => "present", Outcome::Fetched => "fetched" },
        "bytes": fetched.bytes,
        "sha256": fetched.digest.sha256.to_string(),
        "origin": fetched.digest.origin.as_str(),
        "learnt": fetched.is_learnt,
        "url": fetched.url,
        "redirected-to": fetched.redirected_to,
    })
}
