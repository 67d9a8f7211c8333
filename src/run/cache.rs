//! Where the cache of artifacts is, and what a run keeps in it besides.

use camino::Utf8PathBuf;

use super::failure::{Exit, Failure};
use super::locks::Locks;
use super::news::News;
use super::process::Process;
use crate::apply::download::cache::{Cache, Staged};

/// Returns where the cache is (XDG Base Directory Specification 0.8): a relative path there counts as
/// none.
fn place(process: &Process) -> Option<Utf8PathBuf> {
    let absolute = |path: &str| Some(Utf8PathBuf::from(path)).filter(|path| path.is_absolute());
    let base = process.env("XDG_CACHE_HOME").and_then(absolute);
    let base = base.or_else(|| Some(absolute(process.env("HOME")?)?.join(".cache")))?;
    Some(base.join("okdboot"))
}

/// Keeps the metadata that was read beside the artifacts, for `okdboot bundle export FILE`. It can be read again, so
/// a failure is no fault.
pub fn keep_streams(cache: &Cache, locks: &Locks) {
    for (sha256, text) in locks.streams() {
        let staged = cache.stage(*sha256, &mut text.as_bytes(), cache.path());
        let _ = staged.and_then(Staged::publish);
    }
}

/// Opens the cache.
pub fn open(process: &Process) -> Result<Cache, Failure> {
    let place = place(process).ok_or_else(|| {
        Failure::new(Exit::Files, "there is no place for a cache: neither XDG_CACHE_HOME nor HOME is set")
    })?;
    Cache::open(&place).map_err(Failure::from)
}

/// Opens the cache for a fetch, which can do without: a home that cannot be written to must not stop
/// it.
pub fn open_or_warn(process: &Process, news: &mut News) -> Option<Cache> {
    match open(process) {
        Ok(cache) => Some(cache),
        Err(failure) => {
            news.say(format!("warning: going on without a cache: {}", failure.message));
            None
        }
    }
}
