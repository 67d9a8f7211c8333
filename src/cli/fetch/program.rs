//! `oc` and openshift-install that were asked for by `--kind`, and that vars.yaml does not name.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::apply::download::Mirror;
use crate::cli::args::Fetch;
use crate::cli::failure::{Exit, Failure};
use crate::cli::locks::{Locks, client, failed};
use crate::cli::output::Output;
use crate::http::{Client, HttpError};
use crate::lock::{LockedArtifact, LockedCluster, LockedDigest, Origin};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;
use crate::model::stream_ref::{StreamRef, Version};
use crate::stream::program::{self, Program};

/// The most of a list that is read, in bytes; a real one has 5 KB.
const MAX_BYTES: u64 = 1 << 20;

/// Writes the programs into the locks that do not have them yet. What no channel is known for is left
/// out: the plan says what is missing, and what to do.
pub(super) fn find(
    clusters: &[(&Cluster, Utf8PathBuf)],
    locks: &mut Locks,
    (args, mirrors): (&Fetch, &[Mirror]),
    kinds: &BTreeSet<ArtifactKind>,
    output: &mut Output,
) -> Result<(), Failure> {
    let client = client(&args.stream, output.context())?;
    for (cluster, path) in clusters {
        let Some(locked) = locks.of(path, cluster) else { continue };
        let arch = cluster.program_arch();
        let missing: Vec<ArtifactKind> = ArtifactKind::PROGRAMS
            .into_iter()
            .filter(|kind| kinds.contains(kind) && is_missing(cluster, locked, *kind, args))
            .collect();
        let Some(version) = version(locked).filter(|_| !missing.is_empty()) else { continue };
        if args.stream.locked {
            return Err(refuse(path, missing[0]));
        }
        let list = list(&client, mirrors, version, arch)?;
        let Some(entry) = locks.learn(path, cluster).and_then(|entry| entry.arches.get_mut(&arch)) else {
            continue;
        };
        for kind in missing {
            if let Some(found) = program::find(&list, kind, version, arch) {
                output.say(&format!("{}: {kind} is {}", cluster.id, found.name));
                entry.artifacts.insert(kind, locked_program(found));
            }
        }
    }
    Ok(())
}

/// Says whether a program has to be looked for. What vars.yaml names never is; what is locked, only
/// for `--update`.
fn is_missing(cluster: &Cluster, locked: &LockedCluster, kind: ArtifactKind, args: &Fetch) -> bool {
    let overrides = &cluster.settings.overrides;
    let named = if kind == ArtifactKind::Client { &overrides.client } else { &overrides.installer };
    named.is_none() && (args.update || locked.artifact(cluster.program_arch(), kind).is_none())
}

/// The release that `rhcos-4.N` names; the name inside the metadata is not one.
fn version(locked: &LockedCluster) -> Option<Version> {
    match locked.stream.as_ref()?.source.parse().ok()? {
        StreamRef::Rhcos(version, _) => Some(version),
        _ => None,
    }
}

/// Reads the list where the mirrors have it, else where Red Hat publishes it. Over https or from a
/// file only: what it says is trusted.
fn list(client: &Client, mirrors: &[Mirror], version: Version, arch: Arch) -> Result<String, Failure> {
    let Some(url) = program::list_url(version, arch) else { return Ok(String::new()) };
    let mut urls: Vec<String> = mirrors.iter().filter_map(|mirror| mirror.url_of(url.as_str())).collect();
    if urls.is_empty() {
        urls.push(url.as_str().to_owned());
    }
    let mut last = None;
    for url in urls {
        match client.get_text(&url, MAX_BYTES) {
            Ok(text) => return Ok(text),
            Err(error) => last = Some(error),
        }
    }
    last.map_or_else(|| Ok(String::new()), |error| Err(unlisted(&error)))
}

fn unlisted(error: &HttpError) -> Failure {
    failed(error.fault(), error)
        .context("cannot read the list of clients")
        .help("name the files as `ocp_client` and `ocp_installer` in vars.yaml where no mirror has the list")
}

fn refuse(path: &Utf8PathBuf, kind: ArtifactKind) -> Failure {
    let message = format!("`{path}` has no {kind}, and `--locked` refuses to add one");
    Failure::new(Exit::Invalid, message)
        .help("run once without `--locked`, look at the change, and commit the lock")
}

fn locked_program(found: Program) -> LockedArtifact {
    LockedArtifact {
        location: found.location,
        name: found.name,
        digest: Some(LockedDigest { sha256: found.sha256, origin: Origin::Sums }),
        signature: None,
        signed_by: None,
    }
}
