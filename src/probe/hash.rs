//! Hashing what lies under names.

use std::fs::File;
use std::io;

use camino::Utf8PathBuf;

use crate::disk::hash::{Cut, sha256_of_all};
use crate::model::checkpoint::Checkpoints;
use crate::model::digest::Sha256;

/// A file to hash.
#[derive(Clone, Debug)]
pub struct HashJob {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// Where its hash is said to stand on the way.
    pub checkpoints: Checkpoints,
}

/// Returns the sha256 of each file, in the order of `candidates`. What is not a regular file is an error.
pub fn sha256_of(candidates: &[HashJob]) -> Vec<io::Result<Sha256>> {
    let hashed = sha256_of_all(candidates.iter().map(open).collect(), &|_| {});
    hashed.into_iter().map(|hashed| hashed.map(|(sha256, _)| sha256)).collect()
}

fn open(candidate: &HashJob) -> io::Result<Cut> {
    if !std::fs::symlink_metadata(&candidate.path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    Cut::of(File::open(&candidate.path)?, &candidate.checkpoints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_or_no_file_keeps_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        std::fs::write(root.join("there"), "0").unwrap();
        std::os::unix::fs::symlink("there", root.join("link")).unwrap();
        let candidate = |name| HashJob { path: root.join(name), checkpoints: Checkpoints::default() };
        let found = sha256_of(&["absent", "there", "link", ".", "there"].map(candidate));
        assert_eq!(found[0].as_ref().unwrap_err().kind(), io::ErrorKind::NotFound);
        for there in [1, 4] {
            assert_eq!(*found[there].as_ref().unwrap(), Sha256::of(b"0"));
        }
        for refused in [2, 3] {
            assert_eq!(found[refused].as_ref().unwrap_err().to_string(), "not a regular file");
        }
    }
}
