//! A folder for files that somebody else shall look at before they are published.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::model::path::RelPath;

/// How many names are tried: what killed runs of the same process id have left stands in the way.
const NAMES: u32 = 1000;

/// A folder of one's own, mode 0700, that goes when it is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes it in a folder for temporary files.
    pub fn new(base: &Path) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        for n in 0..NAMES {
            let dir = base.join(format!("okdboot-{}-{n}", std::process::id()));
            match builder.create(&dir) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(dir)),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, path: &RelPath, text: &str) -> io::Result<()> {
        let path = self.0.join(path.as_str());
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is nobody's secret, and its name is not taken again.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_of_its_own_and_goes() {
        let base = tempfile::tempdir().unwrap();
        let (one, other) = (Scratch::new(base.path()).unwrap(), Scratch::new(base.path()).unwrap());
        one.write(&"a/b".parse().unwrap(), "x").unwrap();
        assert_eq!(fs::read_to_string(one.path().join("a/b")).unwrap(), "x");
        assert_ne!(one.path(), other.path());
        drop((one, other));
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
        assert!(Scratch::new(&base.path().join("gone")).is_err());
    }
}
