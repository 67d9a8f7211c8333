//! What is to be done, and with what.

use std::time::Duration;

use camino::Utf8PathBuf;

use super::cache::Cache;
use super::known::Known;
use super::signed::Signed;
use super::source::Source;
use super::{FetchOutcome, Fetched, Options, Wanted};
use crate::apply::progress::Progress;
use crate::disk::Lock;
use crate::http::Client;
use crate::model::origin::LockedDigest;
use crate::model::path::RelPath;

/// What all files of one run share.
pub(super) struct Job<'a> {
    pub(super) client: &'a Client,
    /// Of the output root: nobody else writes below it meanwhile.
    pub(super) lock: &'a Lock<'a>,
    pub(super) options: &'a Options,
    pub(super) progress: &'a dyn Progress,
    pub(super) cache: Option<&'a Cache>,
    pub(super) known: Known,
}

impl Job<'_> {
    /// Returns a path below the output root as messages name it.
    pub(super) fn full(&self, path: &RelPath) -> Utf8PathBuf {
        self.lock.root().path().join(path.as_str())
    }
}

/// One artifact with where it comes from this time.
pub(super) struct Task<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) sources: Vec<Source>,
    /// What is known before the first byte.
    pub(super) known: Option<LockedDigest>,
}

impl Task<'_> {
    /// Says what became of it, where no server was asked.
    pub(super) fn done(&self, outcome: FetchOutcome, digest: LockedDigest, bytes: u64) -> Fetched {
        Fetched {
            name: self.wanted.name.clone(),
            outcome,
            bytes,
            resumed: 0,
            digest,
            is_learnt: self.wanted.digest.is_none(),
            url: self.sources.first().map(Source::shown).unwrap_or_default(),
            redirected_to: Vec::new(),
            took: Duration::ZERO,
            signed: Signed::Unnamed,
        }
    }
}
