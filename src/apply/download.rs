//! Artifacts: from a server, through a hasher, to their places below the output root.
//!
//! Bytes are hashed as they arrive, land under a temp name in their own folder, and get their name
//! only when the digest is right. An old good file is there until that moment. Memory is one buffer
//! a file, whatever the size.

mod bring;
pub mod cache;
mod cause;
mod error;
mod hashers;
mod job;
mod known;
mod mirror;
mod partial;
mod proof;
mod signed;
mod signing;
mod source;
mod sums;
mod transfer;
mod twin;
mod writeout;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use self::cache::{Cache, Trust};
use self::job::Job;
use self::known::Known;
use super::progress::Progress;
use crate::disk::hash::sha256_of;
use crate::disk::{DiskError, DiskTree, Lock, Root};
use crate::http::Client;
use crate::model::artifact::ArtifactName;
use crate::model::fingerprint::Fingerprint;
use crate::model::origin::LockedDigest;
use crate::model::path::RelPath;
use crate::model::url::{ArtifactUrl, without_secrets};
use crate::plan::PlannedArtifact;
use crate::pool;

pub use super::retry::Retry;
pub use error::DownloadError;
pub use mirror::{Mirror, MirrorError};
pub use signed::{Need, Pins, Signatures, Signed};
pub use source::places;

/// Bytes that are read and hashed at once.
const BUFFER: usize = 256 << 10;

/// An artifact that has to be present.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its file name.
    pub name: ArtifactName,
    /// Where it is.
    pub location: ArtifactUrl,
    /// Its digest, where the lock has one.
    pub digest: Option<LockedDigest>,
    /// Where its detached signature is, if the metadata names one.
    pub signature: Option<ArtifactUrl>,
    /// The key that the lock says signed these bytes.
    pub signed_by: Option<Fingerprint>,
    /// Where it is fetched to, below the output root.
    pub path: RelPath,
    /// Further places below the output root where it has to be.
    pub copies: Vec<RelPath>,
}

impl Wanted {
    /// Joins what the plan and the lock say of an artifact; nothing where the plan has no place for it.
    pub fn planned(
        planned: &PlannedArtifact,
        location: &ArtifactUrl,
        digest: Option<LockedDigest>,
    ) -> Option<Self> {
        let (path, copies) = planned.paths.split_first()?;
        let (name, location) = (planned.name.clone(), location.clone());
        let (path, copies) = (path.clone(), copies.to_vec());
        Some(Self { name, location, digest, signature: None, signed_by: None, path, copies })
    }

    /// Returns every place, the first one first.
    pub fn paths(&self) -> impl Iterator<Item = &RelPath> {
        std::iter::once(&self.path).chain(&self.copies)
    }
}

/// How to fetch.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many files at once.
    pub jobs: usize,
    /// How many connections one large file may have.
    pub connections: u8,
    /// The least bytes that are worth a connection of their own.
    pub split_from: u64,
    /// The most bytes of one file.
    pub cap: u64,
    /// Where to fetch from instead of the locations, in this order.
    pub mirrors: Vec<Mirror>,
    /// When a passing failure is tried again.
    pub retry: Retry,
    /// When to give up whatever happens.
    pub deadline: Option<Instant>,
    /// Whether files that were hashed before are hashed again.
    pub trust: Trust,
    /// How a file gets from the cache to its place.
    pub publish: Publish,
    /// Which signatures are checked.
    pub signatures: Signatures,
}

/// How a file gets from the cache to its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publish {
    /// As a file of its own: shared blocks where the file system can, else a copy.
    #[default]
    Copy,
    /// As a second name of the cache's file, where both are on one file system. It keeps the security
    /// label of the cache, and whoever writes to one writes to both.
    Link,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: 3,
            connections: 1,
            split_from: 16 << 20,
            cap: 8 << 30,
            mirrors: Vec::new(),
            retry: Retry::default(),
            deadline: None,
            trust: Trust::Stamp,
            publish: Publish::Copy,
            signatures: Signatures::default(),
        }
    }
}

/// How an artifact came to be where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// It was there with the right digest.
    Present,
    /// The cache had it.
    Cached,
    /// It was fetched.
    Fetched,
}

/// An artifact that is where it should be, with the right digest.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its file name.
    pub name: ArtifactName,
    /// How it came to be there.
    pub outcome: FetchOutcome,
    /// Its size.
    pub bytes: u64,
    /// How many of its bytes an earlier run had fetched.
    pub resumed: u64,
    /// Its digest, and what vouches for it.
    pub digest: LockedDigest,
    /// Whether the lock did not have that digest; it has to be written there.
    pub is_learnt: bool,
    /// Where it came from, or would have; without credentials.
    pub url: String,
    /// The hosts that redirects led to.
    pub redirected_to: Vec<String>,
    /// What is known of its signature.
    pub signed: Signed,
    /// How long it took.
    pub took: Duration,
}

/// How an artifact stands before anything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtifactStanding {
    /// Everywhere with the right digest.
    Present,
    /// Missing at one of its places at least.
    Absent,
    /// With another digest at one of its places at least.
    Differs,
    /// There, but no digest to compare with is known.
    Unknown,
}

/// Brings artifacts to their places, several at once, and returns what became of each, in the order
/// of `wanted`. A failure of one does not stop the others; the outer error means that nothing was
/// begun.
pub fn download(
    client: &Client,
    lock: &Lock,
    wanted: &[Wanted],
    cache: Option<&Cache>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Vec<Result<Fetched, DownloadError>>, DownloadError> {
    find_clash(wanted)?;
    let job = Job { client, lock, options, progress, cache, known: Known::load(lock.root()) };
    job.remove_stale(wanted)?;
    let results = pool::each(wanted, options.jobs, |item| job.bring(item));
    job.known.save(lock);
    Ok(results)
}

/// What a look at an artifact found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// How it stands.
    pub standing: ArtifactStanding,
    /// The size of the file at its first place, in bytes; nothing where none is there.
    pub bytes: Option<u64>,
}

/// Looks how each artifact stands; changes nothing and asks no server.
pub fn inspect(tree: &DiskTree, wanted: &[Wanted]) -> Result<Vec<Inspected>, DownloadError> {
    let nothing = Inspected { standing: ArtifactStanding::Absent, bytes: None };
    let Some(root) = tree.root() else { return Ok(vec![nothing; wanted.len()]) };
    let known = Known::load(root);
    wanted.iter().map(|item| inspected(root, item, &known)).collect()
}

fn inspected(root: &Root, wanted: &Wanted, known: &Known) -> Result<Inspected, DownloadError> {
    let standing =
        if wanted.digest.is_some() { ArtifactStanding::Present } else { ArtifactStanding::Unknown };
    let mut found = Inspected { standing, bytes: None };
    for path in wanted.paths() {
        let Some(file) = root.open_file(path)? else {
            return Ok(Inspected { standing: ArtifactStanding::Absent, ..found });
        };
        found.bytes = found.bytes.or_else(|| Some(file.metadata().ok()?.len()));
        if let Some(digest) = wanted.digest {
            let (sha256, _) = sha256_of(&file, &known.checkpoints_of(digest.sha256), &|_| {})
                .map_err(DiskError::system("read", &root.path().join(path.as_str())))?;
            if sha256 != digest.sha256 {
                found.standing = ArtifactStanding::Differs;
            }
        }
    }
    Ok(found)
}

/// Two files that differ must not be written to one place; which one won would be chance.
fn find_clash(wanted: &[Wanted]) -> Result<(), DownloadError> {
    let mut owners = BTreeMap::new();
    for item in wanted {
        for path in item.paths() {
            let first = owners.insert(path, item).filter(|first| !is_same_file(first, item));
            let Some(first) = first else { continue };
            return Err(DownloadError::Clash {
                path: path.to_string(),
                first: without_secrets(first.location.as_str()),
                second: without_secrets(item.location.as_str()),
            });
        }
    }
    Ok(())
}

fn is_same_file(one: &Wanted, other: &Wanted) -> bool {
    let sha256 = |wanted: &Wanted| wanted.digest.map(|digest| digest.sha256);
    sha256(one) == sha256(other) && (one.digest.is_some() || one.location == other.location)
}
