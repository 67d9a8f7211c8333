//! Changing a file in a person's folder, one program at a time.

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fd::OwnedFd;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;

use super::{DiskError, Replaced, replace};

/// The right to read and change one file outside of an output root, until it is dropped.
///
/// The file's folder is locked (flock(2)), so that no lock file stays beside a person's own files.
#[derive(Debug)]
pub struct Turn {
    folder: OwnedFd,
    file: Utf8PathBuf,
}

impl Turn {
    /// Takes the turn, or says that another run has it.
    pub fn at(file: &Utf8Path) -> Result<Self, DiskError> {
        let parent = file.parent().filter(|parent| !parent.as_str().is_empty());
        let path = parent.unwrap_or(Utf8Path::new(".")).to_owned();
        let failed = DiskError::system("lock", &path);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = open(path.as_std_path(), flags, Mode::empty()).map_err(&failed)?;
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { folder, file: file.to_owned() }),
            Err(Errno::WOULDBLOCK) => Err(DiskError::Locked { path, pid: None }),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// Writes the whole file, durably, unless it holds these bytes already.
    pub fn replace(&self, bytes: &[u8], mode: u32) -> Result<Replaced, DiskError> {
        replace(&self.file, bytes, mode)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // As for the lock of an output root: a forked child must not hold it on.
        let _ = flock(&self.folder, FlockOperation::Unlock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_the_turn_and_gives_it_back() {
        let place = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(place.path()).unwrap().join("okdboot.state.json");
        let turn = Turn::at(&file).unwrap();
        assert!(matches!(Turn::at(&file), Err(DiskError::Locked { .. })));
        turn.replace(b"{}", 0o644).unwrap();
        drop(turn);
        Turn::at(&file).unwrap();
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "no lock file stays");
    }
}
