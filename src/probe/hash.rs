//! Hashing files, several at once, with one buffer a thread.

use std::fs::File;
use std::io::{self, Read};
use std::thread;

use camino::Utf8PathBuf;
use sha2::Digest as _;

use super::pool;
use crate::model::digest::Sha256;

/// Bytes that are read at once; from 64 KiB on the hash is the limit, not the system call.
const BUFFER: usize = 256 << 10;

/// Returns the sha256 of each file, in the order of `paths`. As many files are read at once as there
/// are processors.
pub fn sha256_of(paths: &[Utf8PathBuf]) -> Vec<io::Result<Sha256>> {
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    pool::each(paths, jobs, sha256)
}

fn sha256(path: &Utf8PathBuf) -> io::Result<Sha256> {
    let meta = std::fs::symlink_metadata(path)?;
    if !meta.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut file = File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Sha256::finish(hasher)),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_paths() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let mut paths = Vec::new();
        for at in 0..20 {
            let path = root.join(format!("f{at}"));
            std::fs::write(&path, format!("{at}")).unwrap();
            paths.push(path);
        }
        paths.push(root.join("absent"));
        paths.push(root.clone());
        let found = sha256_of(&paths);
        for (at, result) in found[..20].iter().enumerate() {
            assert_eq!(*result.as_ref().unwrap(), Sha256::of(at.to_string().as_bytes()));
        }
        assert!(found[20].is_err() && found[21].is_err());
    }
}
