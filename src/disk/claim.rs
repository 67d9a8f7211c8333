//! A temp file that a later run may continue: called by what it will hold, and locked as long as a run has it.

use std::fmt::Display;
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{AtFlags, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use super::temp::{FLAGS, MODE};
use super::{DiskError, Folder, Temp, fault, flock};
use crate::model::temp;

/// What a file is that was opened and locked.
enum Standing {
    /// The one under the name, and under no other.
    Ours,
    /// Another run has finished it or thrown it away meanwhile.
    Gone,
    /// A pipe, or a file with a second name, through which somebody else's bytes would change.
    Foreign,
}

impl Folder {
    /// Opens a temp file, or makes it, and takes its lock. `wait` is called when another run has it, and
    /// then the lock is waited for.
    pub(crate) fn claim(&self, stem: impl Display, wait: &dyn Fn()) -> Result<Temp<'_>, DiskError> {
        let name = temp::name(stem);
        loop {
            let Some(file) = self.open_claim(&name)? else { continue };
            if let Err(errno) = lock(&file, wait) {
                // Where the lock cannot be had, only an empty file is surely nobody else's.
                if file.metadata().is_ok_and(|metadata| metadata.len() == 0) {
                    self.remove(&name)?;
                }
                return Err(DiskError::system("lock", &self.path_of(&name))(errno));
            }
            match self.standing(&name, &file) {
                Standing::Ours => return Ok(Temp::claimed(self, name, file)),
                Standing::Gone => {}
                Standing::Foreign => self.remove(&name)?,
            }
        }
    }

    /// Opens a temp file that is there and that no other run has.
    pub(crate) fn try_claim(&self, stem: impl Display) -> Result<Option<Temp<'_>>, DiskError> {
        let name = temp::name(stem);
        let Ok(fd) = openat(self, &name, FLAGS | OFlags::NONBLOCK, Mode::empty()) else { return Ok(None) };
        let file = File::from(fd);
        let taken = flock::try_lock(&file).map_err(DiskError::system("lock", &self.path_of(&name)))?;
        Ok(taken.then(|| Temp::claimed(self, name, file)))
    }

    /// Opens or makes the file; nothing where what stood there was none, and is gone now.
    fn open_claim(&self, name: &str) -> Result<Option<File>, DiskError> {
        let flags = FLAGS | OFlags::CREATE | OFlags::NONBLOCK;
        match fault().and_then(|()| openat(self, name, flags, MODE)) {
            Ok(fd) => Ok(Some(fd.into())),
            // A link there is nobody's work: it goes, not what it leads to.
            Err(Errno::LOOP | Errno::ACCESS | Errno::NXIO) => self.remove(name).map(|()| None),
            Err(errno) => Err(DiskError::system("open", &self.path_of(name))(errno)),
        }
    }

    fn standing(&self, name: &str, file: &File) -> Standing {
        let Ok(opened) = file.metadata() else { return Standing::Gone };
        match statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(named) if named.st_ino != opened.ino() || named.st_dev != opened.dev() => Standing::Gone,
            Ok(_) if opened.is_file() && opened.nlink() == 1 => Standing::Ours,
            Ok(_) => Standing::Foreign,
            Err(_) => Standing::Gone,
        }
    }
}

/// Takes the lock that keeps a second run from writing to the same file.
fn lock(file: &File, wait: &dyn Fn()) -> Result<(), Errno> {
    fault()?;
    match flock::try_lock(file) {
        Ok(false) => {
            wait();
            flock::lock(file)
        }
        // Some network file systems have no locks; one run at a time works there as anywhere.
        Ok(true) | Err(Errno::NOTSUP | Errno::NOLCK) => Ok(()),
        Err(errno) => Err(errno),
    }
}
