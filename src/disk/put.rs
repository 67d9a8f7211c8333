//! Files of other programs: replaced where they stand, with a copy of what they were.

use rustix::io::Errno;

use super::{DiskError, Replaced, Root};
use crate::model::path::RelPath;
use crate::plan::tree::{Found, Standing, Tree as _};

/// The mode of a file that was not there; daemons read theirs as users of their own.
const MODE: u32 = 0o644;

/// How many copies of one file are kept.
const COPIES: u32 = 9999;

impl Root {
    /// Writes a whole file, durably; one that is there keeps its mode, its owner and its group. Folders
    /// that are missing are made.
    pub fn put(&self, path: &RelPath, bytes: &[u8]) -> Result<Replaced, DiskError> {
        let mode = match self.look(path) {
            Standing::File(found) => found.mode,
            _ => MODE,
        };
        self.replace(path, bytes, mode)
    }

    /// Writes a whole file, durably, unless it holds these bytes with this mode already.
    pub(super) fn replace(&self, path: &RelPath, bytes: &[u8], mode: u32) -> Result<Replaced, DiskError> {
        self.make_folder_of(path)?.replace(path.split().1, bytes, mode)
    }

    /// Removes a file; one that is gone already will do.
    pub fn take_away(&self, path: &RelPath) -> Result<(), DiskError> {
        let folder = self.folder_of(path)?;
        folder.remove(path.split().1)?;
        folder.sync()
    }

    /// Copies a file below a folder, under its own path and the next number, with its mode and owner;
    /// returns where. What was copied before is not copied again.
    pub fn set_aside(&self, path: &RelPath, below: &str) -> Result<Option<RelPath>, DiskError> {
        let Standing::File(Found { bytes, mode, .. }) = self.look(path) else { return Ok(None) };
        for number in 1..=COPIES {
            let Ok(copy) = format!("{below}/{path}.{number}").parse::<RelPath>() else { break };
            match self.look(&copy) {
                Standing::Absent => {}
                Standing::File(found) if found.bytes == bytes => return Ok(Some(copy)),
                _ => continue,
            }
            // Nobody else may read in a copy what they may not read in the file.
            self.replace(&copy, &bytes, mode & 0o600)?;
            return Ok(Some(copy));
        }
        // Without a copy nothing is replaced.
        Err(DiskError::system("keep another copy of", self.path())(Errno::EXIST))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use camino::Utf8Path;

    use super::*;

    #[test]
    fn a_file_keeps_its_mode_and_its_copies_their_numbers() {
        let place = tempfile::tempdir().unwrap();
        let root = Root::create(Utf8Path::from_path(place.path()).unwrap()).unwrap();
        let path: RelPath = "etc/haproxy/haproxy.cfg".parse().unwrap();
        let (file, mode) = (place.path().join(path.as_str()), |path: &std::path::Path| {
            fs::metadata(path).unwrap().permissions().mode() & 0o7777
        });
        assert_eq!(root.set_aside(&path, "copies").unwrap(), None);
        root.put(&path, b"one").unwrap();
        assert_eq!(mode(&file), 0o644);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let copy = root.set_aside(&path, "copies").unwrap().unwrap();
        assert_eq!(copy.as_str(), "copies/etc/haproxy/haproxy.cfg.1");
        assert_eq!(mode(&place.path().join(copy.as_str())), 0o600);
        assert_eq!(root.set_aside(&path, "copies").unwrap().unwrap(), copy);
        root.put(&path, b"two").unwrap();
        assert_eq!((fs::read(&file).unwrap(), mode(&file)), (b"two".to_vec(), 0o640));
        assert_eq!(
            root.set_aside(&path, "copies").unwrap().unwrap().as_str(),
            "copies/etc/haproxy/haproxy.cfg.2"
        );
        root.take_away(&path).unwrap();
        assert!(!file.exists());
        root.take_away(&path).unwrap();
    }
}
