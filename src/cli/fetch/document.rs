//! What `okdboot fetch` says.

use serde::Serialize;

use crate::apply::download::{ArtifactStanding, FetchOutcome, Fetched, Signed, Wanted};
use crate::cli::document::word::Seconds;
use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::digest::Sha256;
use crate::model::origin::DigestOrigin;
use crate::plan::PlannedArtifact;
use crate::text::Bytes;

/// What `okdboot fetch` says.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend(
    "then" = {"required": ["artifacts", "diagnostics"]},
    "dependentRequired" = {"fetched-bytes": ["artifacts", "seconds"], "seconds": ["fetched-bytes"]}
)))]
#[serde(rename_all = "kebab-case")]
pub struct Document<'a> {
    /// The files, each once. With `--dry-run` what would become of them; else those that are verified and in their
    /// places, also where others failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<Vec<FetchedArtifact<'a>>>,
    /// What came over the network, in bytes; absent with `--dry-run`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched_bytes: Option<Bytes>,
    /// How long all of it took, in seconds; absent with `--dry-run`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rootfs_load: Option<RootfsLoad>,
}

/// A file, before or after.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Artifact"))]
#[serde(untagged)]
pub enum FetchedArtifact<'a> {
    Wanted(Awaited<'a>),
    Verified(Verified<'a>),
}

/// A file as `--dry-run` sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "wanted"))]
pub struct Awaited<'a> {
    name: &'a ArtifactName,
    architecture: Arch,
    kind: ArtifactKind,
    /// The release in the lock; absent where vars.yaml names the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    /// Its digest in the lock; absent where none is known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<Sha256>,
    /// Its size in bytes, where it is there and would not be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<Bytes>,
    /// Whether it is there with the digest of the lock, has to be fetched, is there with another digest, or is
    /// there while no digest is known.
    #[cfg_attr(test, schemars(extend("enum" = [
        "present", "fetch", "fetch again", "present, unknown digest"
    ])))]
    standing: &'static str,
    /// Where the lock says that it is.
    #[cfg_attr(test, schemars(url))]
    location: String,
}

/// A file that is in its place and has the right digest.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Verified<'a> {
    name: &'a ArtifactName,
    /// It was there, came from the cache, or came over the network.
    #[cfg_attr(test, schemars(extend("enum" = ["present", "cached", "fetched"])))]
    outcome: &'static str,
    bytes: Bytes,
    /// Bytes of it that an earlier run had fetched.
    resumed_bytes: u64,
    seconds: Seconds,
    sha256: Sha256,
    origin: DigestOrigin,
    /// Whether the digest was pinned in the lock by this run.
    learnt: bool,
    signature: Signature<'a>,
    /// Where it was asked for, without credentials.
    #[cfg_attr(test, schemars(url))]
    url: &'a str,
    /// Where the server sent okdboot, in order.
    redirected_to: &'a [String],
}

/// What is known of its PGP signature.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "outcome")]
enum Signature<'a> {
    /// None is published.
    None,
    /// Nothing was checked for want of keys.
    Unchecked,
    /// It could not be judged.
    Unjudged {
        /// Why not.
        why: &'a str,
    },
    /// It is good.
    Good {
        /// The key that made it.
        #[cfg_attr(test, schemars(length(min = 1)))]
        key: String,
    },
    /// It was found good by an earlier run.
    CheckedBefore {
        /// The key that made it.
        #[cfg_attr(test, schemars(length(min = 1)))]
        key: String,
    },
}

/// An estimate of how long the nodes load their root file systems over the server's one link; absent where none is
/// loaded.
#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct RootfsLoad {
    /// How many nodes load one.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub nodes: usize,
    /// All that they load together, in bytes.
    pub bytes: u64,
    /// Seconds over 1 gigabit Ethernet.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub seconds_1gbe: f64,
    /// Seconds over 10 gigabit Ethernet.
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub seconds_10gbe: f64,
}

impl<'a> Awaited<'a> {
    /// Says how a file stands; `size` is that of the file in its place.
    pub fn of(
        (planned, wanted): (&'a PlannedArtifact, &'a Wanted),
        release: Option<&'a str>,
        (standing, size): (ArtifactStanding, Option<u64>),
    ) -> Self {
        let is_there = matches!(standing, ArtifactStanding::Present | ArtifactStanding::Unknown);
        Self {
            name: &wanted.name,
            architecture: planned.arch,
            kind: planned.kind,
            release,
            sha256: wanted.digest.map(|digest| digest.sha256),
            size: size.filter(|_| is_there).map(Bytes),
            standing: word(standing),
            location: wanted.location.to_string(),
        }
    }
}

/// Returns the word for how a file stands.
pub fn word(standing: ArtifactStanding) -> &'static str {
    match standing {
        ArtifactStanding::Present => "present",
        ArtifactStanding::Absent => "fetch",
        ArtifactStanding::Differs => "fetch again",
        ArtifactStanding::Unknown => "present, unknown digest",
    }
}

impl<'a> Verified<'a> {
    /// Says what became of a file.
    pub fn of(fetched: &'a Fetched) -> Self {
        Self {
            name: &fetched.name,
            outcome: became(fetched.outcome),
            bytes: Bytes(fetched.bytes),
            resumed_bytes: fetched.resumed,
            seconds: Seconds(fetched.took),
            sha256: fetched.digest.sha256,
            origin: fetched.digest.origin,
            learnt: fetched.is_learnt,
            signature: Signature::of(&fetched.signed),
            url: &fetched.url,
            redirected_to: &fetched.redirected_to,
        }
    }
}

/// Returns the word for how a file came to its place.
pub fn became(outcome: FetchOutcome) -> &'static str {
    match outcome {
        FetchOutcome::Present => "present",
        FetchOutcome::Cached => "cached",
        FetchOutcome::Fetched => "fetched",
    }
}

impl<'a> Signature<'a> {
    fn of(signed: &'a Signed) -> Self {
        match signed {
            Signed::Unnamed => Self::None,
            Signed::Unchecked => Self::Unchecked,
            Signed::Unjudged(why) => Self::Unjudged { why },
            Signed::Good(key) => Self::Good { key: key.to_string() },
            Signed::Pinned(key) => Self::CheckedBefore { key: key.to_string() },
        }
    }
}
