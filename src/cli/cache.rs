//! What is in the cache of artifacts, whether it is right, and making room.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::args::{CacheAction, CachePrune, Cli};
use super::output::Voice;
use crate::apply::download::DownloadError;
use crate::apply::download::cache::{Cache, CacheEntry, Prune};
use crate::lock;
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::run::cache;
use crate::run::failure::{Exit, Failure};
use crate::run::locks::lock_beside;
use crate::text::{Bytes, Count};

const DAY: u64 = 24 * 60 * 60;

/// What an artifact is called, by its digest.
type Names = BTreeMap<Sha256, ArtifactName>;

/// What `okdboot cache list` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ListDocument<'a> {
    /// What is in the cache, by digest.
    artifacts: Vec<Cached<'a>>,
}

/// What `okdboot cache verify` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("if" = {"properties": {"exit": {"enum": [0, 5]}}})))]
pub(super) struct VerifyDocument<'a> {
    /// What is in the cache, by digest.
    artifacts: Vec<Cached<'a>>,
    /// Those whose bytes have another digest than their name says.
    wrong: &'a [Sha256],
}

/// What `okdboot cache prune` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct PruneDocument<'a> {
    /// What was removed, or would be with `--dry-run`.
    artifacts: Vec<Cached<'a>>,
    /// What unfinished transfers had taken and was freed too, in bytes; 0 with `--dry-run`.
    unfinished_bytes: Bytes,
}

/// An artifact of the cache.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct Cached<'a> {
    sha256: Sha256,
    bytes: Bytes,
    /// The file name, where a lock at hand has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    name: Option<&'a ArtifactName>,
    /// When it was last used, in seconds since 1970-01-01T00:00:00Z.
    used_unix: u64,
}

/// Runs one of the three.
pub fn run(cli: &Cli, action: &CacheAction, output: &mut Voice) -> Result<Exit, Failure> {
    let cache = cache::open(&output.context().process())?;
    match action {
        CacheAction::List => list(&cache, &names(cli), output),
        CacheAction::Verify => verify(&cache, output),
        CacheAction::Prune(args) => prune(&cache, args, output),
    }
}

/// Reads the names of artifacts from the locks at hand. The cache serves every lock of a user, so there may be
/// none, and that is no fault.
fn names(cli: &Cli) -> Names {
    let locks = cli.global.vars.iter().filter_map(|file| lock::load(lock_beside(file).as_std_path()).ok());
    let clusters = locks.flat_map(|lock| lock.clusters.into_values());
    let artifacts = clusters
        .flat_map(|cluster| cluster.arches.into_values())
        .flat_map(|arch| arch.artifacts.into_values());
    artifacts.filter_map(|artifact| Some((artifact.digest?.sha256, artifact.name))).collect()
}

fn list(cache: &Cache, names: &Names, output: &mut Voice) -> Result<Exit, Failure> {
    let entries = cache.list().map_err(|error| failure(&error))?;
    let now = SystemTime::now();
    for entry in &entries {
        let age = now.duration_since(entry.used).unwrap_or_default().as_secs() / DAY;
        let age = Count(usize::try_from(age).unwrap_or_default(), "day").to_string();
        let name = names.get(&entry.sha256).map_or(String::new(), |name| format!("  {name}"));
        let size = Bytes(entry.bytes).to_string();
        output.data(&format!("{} {size:>10} used {age} ago{name}\n", entry.sha256))?;
    }
    output.document(&ListDocument { artifacts: cached(&entries, names) });
    output.say(&total(&entries, cache));
    if entries.is_empty() {
        output.say("`okdboot fetch` keeps what it fetches there: images and programs by their sha256, and stream metadata");
    }
    Ok(Exit::Done)
}

fn verify(cache: &Cache, output: &mut Voice) -> Result<Exit, Failure> {
    let entries = cache.list().map_err(|error| failure(&error))?;
    let mut wrong = Vec::new();
    for entry in &entries {
        let is_right = cache.verify(entry).map_err(|error| failure(&error))?;
        output.data(&format!("{} {}\n", entry.sha256, if is_right { "ok" } else { "WRONG" }))?;
        if !is_right {
            wrong.push(entry.sha256);
        }
    }
    output.document(&VerifyDocument { artifacts: cached(&entries, &Names::new()), wrong: &wrong });
    if wrong.is_empty() {
        output.say(&total(&entries, cache));
        return Ok(Exit::Done);
    }
    let message =
        format!("{} of the cache does not have the bytes of its name", Count(wrong.len(), "artifact"));
    Err(Failure::new(Exit::Digest, message)
        .help("`okdboot cache prune --all` empties the cache; no fetch trusts such a file"))
}

fn prune(cache: &Cache, args: &CachePrune, output: &mut Voice) -> Result<Exit, Failure> {
    let days = Duration::from_secs(u64::from(args.older_than) * DAY);
    let what = if args.all { Prune::All } else { Prune::Unused(days) };
    let entries = cache.prunable(what, SystemTime::now()).map_err(|error| failure(&error))?;
    let (mut word, mut unfinished) = ("would be freed", 0);
    if !args.dry_run {
        word = "freed";
        entries.iter().try_for_each(|entry| cache.remove(entry.sha256)).map_err(|error| failure(&error))?;
        unfinished = cache.remove_unfinished().map_err(|error| failure(&error))?;
    }
    for entry in &entries {
        output.data(&format!("{} {}\n", entry.sha256, Bytes(entry.bytes)))?;
    }
    output.document(&PruneDocument {
        artifacts: cached(&entries, &Names::new()),
        unfinished_bytes: Bytes(unfinished),
    });
    let bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
    output.say(&format!("{}; {} {word}", Count(entries.len(), "artifact"), Bytes(bytes + unfinished)));
    Ok(Exit::Done)
}

fn cached<'a>(entries: &[CacheEntry], names: &'a Names) -> Vec<Cached<'a>> {
    let used =
        |entry: &CacheEntry| entry.used.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let one = |entry: &CacheEntry| Cached {
        sha256: entry.sha256,
        bytes: Bytes(entry.bytes),
        name: names.get(&entry.sha256),
        used_unix: used(entry),
    };
    entries.iter().map(one).collect()
}

fn total(entries: &[CacheEntry], cache: &Cache) -> String {
    let bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
    format!("{}, {} in {}", Count(entries.len(), "artifact"), Bytes(bytes), cache.path())
}

fn failure(error: &DownloadError) -> Failure {
    Failure::by(error)
}
