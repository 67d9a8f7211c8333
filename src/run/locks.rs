//! The locks of a run: what each cluster boots.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::{Exit, Failure};
use super::ignition_files::beside;
use crate::diag::{Diagnostic, Report};
use crate::disk;
use crate::lock::{self, LockError, LockFile, LockedCluster};
use crate::model::cluster::Cluster;
use crate::model::digest::Sha256;
use crate::model::name::Label;

/// The lock's name beside vars.yaml.
const NAME: &str = "okdboot.lock";

/// Returns where the lock of a file is, if nobody says otherwise.
pub fn lock_beside(file: &Utf8Path) -> Utf8PathBuf {
    beside(file.as_str(), NAME)
}

/// The locks of a run.
#[derive(Default)]
pub struct Locks {
    files: BTreeMap<Utf8PathBuf, LockFile>,
    changed: Vec<Utf8PathBuf>,
    report: Report,
    streams: BTreeMap<Sha256, String>,
}

/// The mode of okdboot.lock, which is meant for git.
const MODE: u32 = 0o644;

impl Locks {
    /// Returns what there is to say about locks that do not fit.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Returns the metadata that was read, as it was read.
    pub fn streams(&self) -> &BTreeMap<Sha256, String> {
        &self.streams
    }

    /// Takes the lock of the embedded example, which no file holds.
    pub fn embedded(path: &Utf8Path, lock: LockFile) -> Self {
        Self { files: BTreeMap::from([(path.to_owned(), lock)]), ..Self::default() }
    }

    /// Reads a lock; one that is not there yet is empty.
    pub(super) fn open(&mut self, path: &Utf8Path) -> Result<(), Failure> {
        if self.files.contains_key(path) {
            return Ok(());
        }
        let lock = match lock::load(path.as_std_path()) {
            Ok(lock) => lock,
            Err(LockError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                LockFile::default()
            }
            Err(error) => return Err(Failure::by(&error)),
        };
        self.files.insert(path.to_owned(), lock);
        Ok(())
    }

    /// Adds what there is to say of a lock.
    pub(super) fn find(&mut self, finding: Diagnostic) {
        self.report.push(finding);
    }

    /// Keeps metadata as it was read.
    pub(super) fn keep(&mut self, sha256: Sha256, text: String) {
        self.streams.insert(sha256, text);
    }

    /// Says what a cluster boots from now on.
    pub(super) fn pin(&mut self, path: &Utf8Path, cluster: &Label, locked: LockedCluster) {
        self.mark(path);
        if let Some(lock) = self.files.get_mut(path) {
            lock.clusters.insert(cluster.clone(), locked);
        }
    }

    /// Returns what a cluster boots, if that is known.
    pub fn of(&self, path: &Utf8Path, cluster: &Cluster) -> Option<&LockedCluster> {
        self.files.get(path)?.clusters.get(&cluster.id)
    }

    /// Returns an entry for writing what a fetch has learnt.
    pub fn learn(&mut self, path: &Utf8Path, cluster: &Cluster) -> Option<&mut LockedCluster> {
        self.mark(path);
        self.files.get_mut(path)?.clusters.get_mut(&cluster.id)
    }

    /// Returns the files whose text has changed, with the new text.
    fn changed(&self) -> Result<Vec<(Utf8PathBuf, String)>, Failure> {
        let text = |path: &Utf8PathBuf| {
            let text = lock::to_json(&self.files[path]).map_err(|error| Failure::of(Exit::Bug, &error))?;
            Ok((path.clone(), text))
        };
        self.changed.iter().map(text).collect()
    }

    /// Writes the files whose text has changed.
    pub fn write(&self) -> Result<(), Failure> {
        for (path, text) in self.changed()? {
            disk::replace(&path, text.as_bytes(), MODE)?;
        }
        Ok(())
    }

    fn mark(&mut self, path: &Utf8Path) {
        if !self.changed.iter().any(|known| known == path) {
            self.changed.push(path.to_owned());
        }
    }
}
