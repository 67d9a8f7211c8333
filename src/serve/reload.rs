//! A tree that is rendered while it is served: what is served is swapped when all of it is there.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::signal::unix::{SignalKind, signal};

use super::index::{Layout, TreeIndex, TreeParts};
use super::machine::ServedMachine;
use super::shared::Shared;
use crate::disk::DiskTree;

/// How often the tree is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// How often a tree that is being written is looked at before it is read all the same: a run that was
/// killed leaves its intent behind.
const MOST_WAITS: u32 = 30;

/// What is looked at in a tree that `render` wrote: each run that changes anything changes these.
const RENDERED: [&str; 2] = [".okdboot/manifest", ".okdboot/machines"];

/// What is looked at in a data folder of matchbox.
const MATCHBOX: [&str; 2] = ["groups", "profiles"];

/// What a run of okdboot is about to do; it is there while files are renamed.
const INTENT: &str = ".okdboot/intent.json";

/// A tree on disk.
#[derive(Clone, Debug)]
pub struct TreeSource {
    /// Its root.
    pub root: Utf8PathBuf,
    /// How it is laid out.
    pub layout: Layout,
    /// Machines of vars.yaml that it has no file for, as they were when the server was started.
    pub without_files: Vec<ServedMachine>,
}

impl TreeSource {
    /// Reads the tree.
    pub fn read(&self) -> Result<TreeIndex, String> {
        self.index(self.parts()?)
    }

    /// Reads what of the tree asks for no machines of vars.yaml.
    pub fn parts(&self) -> Result<TreeParts, String> {
        let tree = DiskTree::open(&self.root).map_err(|error| error.to_string())?;
        TreeIndex::read(&tree, self.layout).map_err(|error| error.to_string())
    }

    /// Adds the machines to it.
    pub fn index(&self, parts: TreeParts) -> Result<TreeIndex, String> {
        parts.index(self.root.as_str(), &self.without_files).map_err(|error| error.to_string())
    }

    /// Returns a number that changes when the tree does.
    pub fn stamp(&self) -> u64 {
        let folders = match self.layout {
            Layout::Rendered => RENDERED,
            Layout::Matchbox => MATCHBOX,
        };
        let mut hasher = DefaultHasher::new();
        for folder in folders {
            stamp(&self.root.join(folder), &mut hasher);
        }
        hasher.finish()
    }

    fn is_being_written(&self) -> bool {
        self.layout == Layout::Rendered && self.root.join(INTENT).exists()
    }
}

/// Name, size, number and time of each file; the order of a folder is no matter.
fn stamp(folder: &Utf8Path, hasher: &mut DefaultHasher) {
    let Ok(entries) = folder.read_dir_utf8() else { return };
    let mut files: Vec<(String, u64, u64, i64, i64)> = entries
        .flatten()
        .filter_map(|entry| {
            let meta = entry.metadata().ok()?;
            let name = entry.file_name().to_owned();
            Some((name, meta.len(), meta.ino(), meta.mtime(), meta.mtime_nsec()))
        })
        .collect();
    files.sort();
    files.hash(hasher);
}

/// Reads the tree anew whenever it has changed, or a person says so with SIGHUP.
pub async fn follow(source: TreeSource, shared: Arc<Shared>, mut known: u64) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    let mut waits = 0;
    loop {
        let asked = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(PERIOD) => false,
        };
        let stamp = blocking(&source, TreeSource::stamp).await;
        if stamp == known && !asked {
            continue;
        }
        if source.is_being_written() && waits < MOST_WAITS {
            waits += 1;
            continue;
        }
        (known, waits) = (stamp, 0);
        let read = blocking(&source, TreeSource::read).await;
        take(read, &shared);
    }
}

fn take(read: Result<TreeIndex, String>, shared: &Shared) {
    let went = read.map(|index| {
        let machines = index.machines.len();
        shared.watch.learn(&index.machines);
        shared.site.swap(index);
        machines
    });
    shared.watch.reloaded(went);
}

/// A folder of 100,000 files takes its time: the runtime's threads have bytes to send meanwhile.
async fn blocking<T: Send + 'static>(source: &TreeSource, work: fn(&TreeSource) -> T) -> T {
    let owned = source.clone();
    match tokio::task::spawn_blocking(move || work(&owned)).await {
        Ok(done) => done,
        Err(_) => work(source),
    }
}
