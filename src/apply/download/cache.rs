//! The cache: every artifact once on a machine, named by its digest.
//!
//! `<root>/sha256/<hex>` is the artifact; `<root>/sha256/<hex>.stamp` is what it looked like when it
//! was hashed last, and its own modification time is when the artifact was last used. What a transfer
//! has left is in the same folder under temp names.

mod stage;

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use super::DownloadError;
use super::partial::Partial;
use crate::disk::hash::{Each, Hashed, sha256_of};
use crate::disk::{Book, DiskError, Folder, Stamp};
use crate::model::checkpoint::Checkpoints;
use crate::model::digest::Sha256;
use crate::model::temp;

pub use stage::Staged;

/// The one entry of a stamp file.
const KEY: &str = "artifact";

/// An open cache.
#[derive(Debug)]
pub struct Cache {
    folder: Folder,
    path: Utf8PathBuf,
}

/// An artifact in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    /// Its digest, by its name.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last used.
    pub used: SystemTime,
}

/// What `prune` removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prune {
    /// Everything.
    All,
    /// What was not used for so long.
    Unused(Duration),
}

/// Whether stamps are believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Yes.
    #[default]
    Stamp,
    /// No: bytes are hashed again (`--rehash`).
    Bytes,
}

impl Cache {
    /// Opens a cache, or makes it. Only its own user may write to it.
    pub fn open(root: &Utf8Path) -> Result<Self, DownloadError> {
        let path = root.join("sha256");
        Ok(Self { folder: Folder::private(&path)?, path })
    }

    /// Returns where the cache is.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Returns an artifact whose bytes are right. One whose bytes are wrong is removed.
    pub(super) fn find(
        &self,
        sha256: Sha256,
        trust: Trust,
        each: Each<'_>,
    ) -> Result<Option<(File, Checkpoints)>, DownloadError> {
        let name = sha256.to_string();
        let Some(file) = self.folder.open_file(&name)? else { return Ok(None) };
        let known = if trust == Trust::Stamp { self.stamped(&name, &file) } else { None };
        let known = known.filter(|(known, _)| *known == sha256);
        let (found, checkpoints) = known.map_or_else(|| self.hash(sha256, &file, each), Ok)?;
        if found != sha256 {
            self.remove(sha256)?;
            return Ok(None);
        }
        self.stamp(sha256, &file, &checkpoints);
        Ok(Some((file, checkpoints)))
    }

    fn stamped(&self, name: &str, file: &File) -> Option<Hashed> {
        let book = Book::load(&self.folder, &stamp_name(name));
        let known = book.vouches(KEY, &file.metadata().ok()?)?;
        Some((known, book.checkpoints_of(known)))
    }

    /// Hashes what stands under a digest.
    fn hash(&self, due: Sha256, file: &File, each: Each<'_>) -> Result<Hashed, DownloadError> {
        let name = due.to_string();
        let said = Book::load(&self.folder, &stamp_name(&name)).checkpoints_of(due);
        Ok(sha256_of(file, &said, each).map_err(DiskError::system("read", &self.folder.path_of(&name)))?)
    }

    /// Takes over a transfer that is complete and whose digest was checked.
    pub(super) fn take(
        &self,
        partial: Partial<'_>,
        sha256: Sha256,
        checkpoints: &Checkpoints,
    ) -> Result<(), DownloadError> {
        partial.publish(&sha256.to_string())?;
        if let Some(file) = self.folder.open_file(&sha256.to_string())? {
            self.stamp(sha256, &file, checkpoints);
        }
        Ok(())
    }

    /// Writes the stamp. A cache that cannot be written to is still good to read, only slower.
    fn stamp(&self, sha256: Sha256, file: &File, checkpoints: &Checkpoints) {
        let Ok(metadata) = file.metadata() else { return };
        let mut book = Book::default();
        book.stamp(KEY, Stamp::of(sha256, &metadata, checkpoints.clone()));
        let _ = book.save(&self.folder, &stamp_name(&sha256.to_string()));
    }

    /// Returns every artifact, by digest.
    pub fn list(&self) -> Result<Vec<CacheEntry>, DownloadError> {
        let mut names = self.folder.names(|_| true)?;
        names.sort();
        Ok(names.iter().filter_map(|name| self.entry(name)).collect())
    }

    fn entry(&self, name: &str) -> Option<CacheEntry> {
        let sha256: Sha256 = name.parse().ok().filter(|sha256: &Sha256| sha256.to_string() == name)?;
        let metadata = self.folder.open_file(name).ok()??.metadata().ok()?;
        let stamp = self.folder.open_file(&stamp_name(name)).ok().flatten();
        let used = stamp.and_then(|file| file.metadata().ok()?.modified().ok());
        let used = used.or_else(|| metadata.modified().ok()).unwrap_or(SystemTime::UNIX_EPOCH);
        Some(CacheEntry { sha256, bytes: metadata.size(), used })
    }

    /// Hashes an artifact, and says whether its bytes are right. Its stamp and its age stay.
    pub fn verify(&self, entry: &CacheEntry) -> Result<bool, DownloadError> {
        let name = entry.sha256.to_string();
        let file = self.folder.open_file(&name)?;
        let file = file.ok_or(ErrorKind::NotFound);
        let file = file.map_err(DiskError::system("open", &self.folder.path_of(&name)))?;
        Ok(self.hash(entry.sha256, &file, &|_| {})?.0 == entry.sha256)
    }

    /// Removes an artifact.
    pub fn remove(&self, sha256: Sha256) -> Result<(), DownloadError> {
        let name = sha256.to_string();
        self.folder.remove(&name)?;
        self.folder.remove(&stamp_name(&name))?;
        self.forget_signature(sha256)
    }

    /// Returns what a prune would remove, as of `now`.
    pub fn prunable(&self, what: Prune, now: SystemTime) -> Result<Vec<CacheEntry>, DownloadError> {
        let is_old = |used: SystemTime, age| now.duration_since(used).is_ok_and(|since| since >= age);
        let mut entries = self.list()?;
        entries.retain(|entry| match what {
            Prune::All => true,
            Prune::Unused(age) => is_old(entry.used, age),
        });
        Ok(entries)
    }

    /// Removes what unfinished transfers have left, but for those that a running okdboot holds;
    /// returns the number of bytes.
    pub fn remove_unfinished(&self) -> Result<u64, DownloadError> {
        let mut freed = 0;
        for name in self.folder.parts()? {
            match temp::stem(&name).map(str::parse) {
                Some(Ok(sha256)) => {
                    let part = Partial::try_open(&self.folder, sha256)?;
                    freed += part.as_ref().map_or(Ok(0), Partial::len)?;
                }
                _ if self.is_old(&name) => self.folder.remove(&name)?,
                _ => {}
            }
        }
        Ok(freed)
    }

    /// Says whether a file is older than any that a running okdboot may be writing at this moment.
    fn is_old(&self, name: &str) -> bool {
        let modified =
            self.folder.open_file(name).ok().flatten().and_then(|file| file.metadata().ok()?.modified().ok());
        modified.is_some_and(|at| at.elapsed().is_ok_and(|age| age > Duration::from_secs(3600)))
    }
}

fn stamp_name(name: &str) -> String {
    format!("{name}.stamp")
}
