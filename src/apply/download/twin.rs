//! The file at its place, written from the same pieces as the one in the cache.
//!
//! Where cache and tree share blocks, or one file has both names, there is nothing to write twice. Elsewhere a
//! copy afterwards would read a gigabyte again that has just been in memory.

use std::fs::File;

use super::DownloadError;
use super::partial::Partial;
use crate::disk::{Folder, shares_blocks};

/// The second file, as long as it follows the first.
#[derive(Debug)]
pub(super) struct Twin<'f> {
    second: Option<Partial<'f>>,
}

impl<'f> Twin<'f> {
    /// Returns none.
    pub(super) fn none() -> Self {
        Self { second: None }
    }

    /// Begins one in a folder, unless it could share the blocks of the first.
    pub(super) fn beside(first: &Partial<'_>, folder: &'f Folder) -> Result<Self, DownloadError> {
        // What cannot be made now is tried again, and told, when the first file is whole.
        let Ok(second) = Partial::fresh(folder) else { return Ok(Self::none()) };
        if shares_blocks(first.file(), second.file()) {
            second.remove()?;
            return Ok(Self::none());
        }
        Ok(Self { second: Some(second) })
    }

    /// Begins again with nothing.
    pub(super) fn restart(&mut self) {
        self.second.take_if(|second| second.truncate(0).is_err());
    }

    /// Writes bytes at a place. A failure ends it: there is a copy at the end then, as without it.
    pub(super) fn write_at(&mut self, piece: &[u8], at: u64) {
        if let Some(failed) = self.second.take_if(|second| second.write_at(piece, at).is_err()) {
            // The first file may need the room, and whoever writes out still has this one open.
            let _ = failed.truncate(0);
        }
    }

    /// Returns the file, to be written out meanwhile.
    pub(super) fn file(&self) -> Option<&File> {
        self.second.as_ref().map(Partial::file)
    }

    /// Returns the second file if it has so many bytes.
    pub(super) fn whole(self, length: u64) -> Option<Partial<'f>> {
        self.second.filter(|second| second.len().is_ok_and(|found| found == length))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use camino::Utf8Path;
    use rustix::io::Errno;

    use super::*;
    use crate::disk::fail_at;
    use crate::model::digest::Sha256;

    fn folder(place: &Path, path: &str) -> Folder {
        let path = place.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        Folder::around(Utf8Path::from_path(&path).unwrap()).unwrap()
    }

    /// Begins a second file as if the file system could not share blocks.
    fn begin(folder: &Folder) -> Twin<'_> {
        Twin { second: Some(Partial::fresh(folder).unwrap()) }
    }

    #[test]
    fn what_is_written_is_there_however_often_it_begins() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), "tree/f");
        let mut twin = begin(&folder);
        twin.write_at(b"of another server", 0);
        twin.restart();
        twin.write_at(b"he", 0);
        twin.write_at(b"llo", 2);
        twin.whole(5).unwrap().publish("f").unwrap();
        assert_eq!(std::fs::read(place.path().join("tree/f")).unwrap(), b"hello");
    }

    #[test]
    fn one_that_failed_or_is_short_is_none_and_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), "tree/f");
        let mut failed = begin(&folder);
        failed.write_at(b"he", 0);
        let still_open = failed.file().unwrap().try_clone().unwrap();
        fail_at(Some(1), Errno::NOSPC);
        failed.write_at(b"llo", 2);
        assert!(!fail_at(None, Errno::NOSPC));
        failed.write_at(b"!", 5);
        assert!(failed.file().is_none() && failed.whole(6).is_none());
        assert_eq!(still_open.metadata().unwrap().len(), 0, "the first file may need the room");
        let mut short = begin(&folder);
        short.write_at(b"he", 0);
        assert!(short.whole(5).is_none());
        assert_eq!(std::fs::read_dir(place.path().join("tree")).unwrap().count(), 0);
    }

    #[test]
    fn blocks_are_shared_where_the_file_system_can() {
        let place = tempfile::tempdir().unwrap();
        let (cache, tree) = (folder(place.path(), "cache/f"), folder(place.path(), "tree/f"));
        let first = Partial::open(&cache, Sha256::of(b"hello"), &|| ()).unwrap();
        first.write_at(b"hello", 0).unwrap();
        let can = shares_blocks(first.file(), Partial::fresh(&tree).unwrap().file());
        assert_eq!(Twin::beside(&first, &tree).unwrap().file().is_some(), !can);
    }
}
