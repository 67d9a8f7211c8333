//! Changing a file in a person's folder, one program at a time.

use camino::{Utf8Path, Utf8PathBuf};

use super::folder::parent;
use super::{DiskError, Folder, Replaced, flock, replace};

/// The right to read and change one file outside of an output root, until it is dropped.
///
/// The file's folder is locked (flock(2)), so that no lock file stays beside a person's own files.
#[derive(Debug)]
pub struct Turn {
    folder: Folder,
    file: Utf8PathBuf,
}

impl Turn {
    /// Takes the turn, or says that another run has it.
    pub fn at(file: &Utf8Path) -> Result<Self, DiskError> {
        let path = parent(file);
        let failed = DiskError::system("lock", path);
        let folder = Folder::at(path).map_err(&failed)?;
        if !flock::try_lock(&folder).map_err(failed)? {
            return Err(DiskError::Locked { path: path.to_owned(), pid: None });
        }
        Ok(Self { folder, file: file.to_owned() })
    }

    /// Writes the whole file, durably, unless it holds these bytes already.
    pub fn replace(&self, bytes: &[u8], mode: u32) -> Result<Replaced, DiskError> {
        replace(&self.file, bytes, mode)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        flock::unlock(&self.folder);
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
