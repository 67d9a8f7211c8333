//! One writer at a time.

use std::io::{Read as _, Seek as _, Write as _};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, fchmod, openat};
use rustix::io::Errno;

use super::root::Missing;
use super::{DiskError, Folder, Replaced, Root, flock};
use crate::model::path::RelPath;
use crate::model::temp;
use crate::plan::tree::ObstacleKind;

/// The lock file below the output root. It stays: removing it would let two runs lock two files.
const FILE: &str = ".okdboot/lock";

/// How much of the lock file is read for the other run's process id, in bytes.
const PID_BYTES: u64 = 16;

/// The right to write to an output root, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock<'a> {
    root: &'a Root,
    own: Arc<Folder>,
    file: std::fs::File,
}

impl Root {
    /// Takes the lock, or says which process has it.
    pub fn lock(&self) -> Result<Lock<'_>, DiskError> {
        let path = self.path().join(FILE);
        let failed = DiskError::system("lock", &path);
        let rel: RelPath = FILE.parse().map_err(|_| failed(Errno::INVAL))?;
        let folder = self.make_folder_of(&rel)?;
        let name = rel.split().1;
        folder.refuse_obstacle(name)?;
        let mut file = open(&folder, name).map_err(&failed)?;
        if !flock::try_lock(&file).map_err(failed)? {
            return Err(DiskError::Locked { path, pid: holder(file) });
        }
        sign(&mut file).map_err(DiskError::system("write", &path))?;
        Ok(Lock { root: self, own: folder, file })
    }
}

impl Lock<'_> {
    /// Returns the root that is locked.
    pub fn root(&self) -> &Root {
        self.root
    }

    /// Returns the folder of okdboot's own files, `.okdboot`.
    pub(crate) fn own(&self) -> &Folder {
        &self.own
    }

    /// Returns the folder of a path, made with its parents if it is missing, for whoever makes it durable
    /// with everything else.
    pub(crate) fn folder_of(&self, path: &RelPath) -> Result<Arc<Folder>, DiskError> {
        self.root.enter_folder_of(path, Missing::Make)
    }

    /// Returns the folder of a path, made with its parents if it is missing, durably.
    pub(crate) fn durable_folder_of(&self, path: &RelPath) -> Result<Arc<Folder>, DiskError> {
        self.root.make_folder_of(path)
    }

    /// Writes one whole file of the tree, durably, unless it holds these bytes already: for files
    /// that are no part of a plan.
    pub fn replace(&self, path: &RelPath, bytes: &[u8], mode: u32) -> Result<Replaced, DiskError> {
        self.root.replace(path, bytes, mode)
    }

    /// Removes one file that is no part of a plan, durably.
    pub fn remove(&self, path: &RelPath) -> Result<(), DiskError> {
        self.root.take_away(path)
    }
}

impl Folder {
    /// Removes the temp files and folders that killed runs have left in a folder of a root that is locked, but for
    /// those that `is_spared`. None of them is a running one's, which would have the lock.
    pub(crate) fn remove_stale(
        &self,
        _: &Lock<'_>,
        is_spared: impl Fn(&str) -> bool,
    ) -> Result<(), DiskError> {
        let stale = self.names(|name| temp::stem(name).is_some() && !is_spared(name))?;
        stale.iter().try_for_each(|name| match self.obstacle(name) {
            None => self.remove(name),
            Some(ObstacleKind::Folder) => self.remove_tree(name),
            Some(_) => Ok(()),
        })
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        flock::unlock(&self.file);
    }
}

fn open(folder: &Folder, name: &str) -> Result<std::fs::File, Errno> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    // Nobody else may open it: whoever can, can hold the lock for ever.
    let mode = Mode::RUSR | Mode::WUSR;
    let fd = openat(folder, name, flags, mode)?;
    fchmod(&fd, mode)?;
    Ok(fd.into())
}

fn sign(file: &mut std::fs::File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: std::fs::File) -> Option<u32> {
    let mut text = String::new();
    file.take(PID_BYTES).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    #[test]
    fn a_child_that_holds_the_file_still_does_not_hold_the_lock() {
        let place = tempfile::tempdir().unwrap();
        let root = Root::create(&Utf8Path::from_path(place.path()).unwrap().join("out")).unwrap();
        let lock = root.lock().unwrap();
        assert!(matches!(root.lock(), Err(DiskError::Locked { .. })));
        // As a fork has it: another descriptor of the same open file.
        let child = lock.file.try_clone().unwrap();
        drop(lock);
        root.lock().unwrap();
        drop(child);
    }
}
