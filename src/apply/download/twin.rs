//! The file at its place, written from the same pieces as the one in the cache.
//!
//! Where cache and tree share blocks, or one file has both names, there is nothing to write twice. Elsewhere a
//! copy afterwards would read a gigabyte again that has just been in memory.

use super::folder::Folder;
use super::part::Part;
use super::partial::Partial;

/// The second file, as long as it follows the first.
#[derive(Debug)]
pub(super) struct Twin<'f> {
    part: Option<Part<'f>>,
    at: u64,
}

impl<'f> Twin<'f> {
    /// Returns none.
    pub(super) fn none() -> Self {
        Self { part: None, at: 0 }
    }

    /// Begins one in a folder, unless it could share the blocks of the first.
    pub(super) fn beside(first: &Partial<'_>, folder: &'f Folder) -> Self {
        // What cannot be made now is tried again, and told, when the first file is whole.
        let part = Part::create(folder).ok().filter(|part| !part.shares_blocks_with(first.file()));
        Self { part, at: 0 }
    }

    /// Begins again with nothing.
    pub(super) fn restart(&mut self) {
        self.at = 0;
        self.part = self.part.take().filter(|part| part.clear().is_ok());
    }

    /// Writes the next bytes. A failure ends it: there is a copy at the end then, as without it.
    pub(super) fn write(&mut self, piece: &[u8]) {
        if let Some(part) = self.part.take_if(|part| part.write_at(piece, self.at).is_err()) {
            // The first file may need the room, and whoever writes out still has this one open.
            let _ = part.clear();
        }
        self.at += piece.len() as u64;
    }

    /// Returns its file, to be written out meanwhile.
    pub(super) fn part(&self) -> Option<&Part<'f>> {
        self.part.as_ref()
    }

    /// Returns the file if it has so many bytes.
    pub(super) fn whole(self, length: u64) -> Option<Part<'f>> {
        self.part.filter(|_| self.at == length)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rustix::io::Errno;

    use super::super::folder::Absent;
    use super::*;
    use crate::disk::fail_at;
    use crate::model::digest::Sha256;

    fn folder(place: &Path, path: &str) -> Folder {
        Folder::of(place, &path.parse().unwrap(), Absent::Make).unwrap().unwrap().0
    }

    /// Begins a second file as if the file system could not share blocks.
    fn begin(folder: &Folder) -> Twin<'_> {
        Twin { part: Some(Part::create(folder).unwrap()), at: 0 }
    }

    #[test]
    fn what_is_written_is_there_however_often_it_begins() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), "tree/f");
        let mut twin = begin(&folder);
        twin.write(b"of another server");
        twin.restart();
        twin.write(b"he");
        twin.write(b"llo");
        twin.whole(5).unwrap().publish("f").unwrap();
        assert_eq!(std::fs::read(place.path().join("tree/f")).unwrap(), b"hello");
    }

    #[test]
    fn one_that_failed_or_is_short_is_none_and_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), "tree/f");
        let mut failed = begin(&folder);
        failed.write(b"he");
        let still_open = failed.part().unwrap().file().try_clone().unwrap();
        fail_at(Some(1), Errno::NOSPC);
        failed.write(b"llo");
        assert!(!fail_at(None, Errno::NOSPC));
        failed.write(b"!");
        assert!(failed.part().is_none() && failed.whole(6).is_none());
        assert_eq!(still_open.metadata().unwrap().len(), 0, "the first file may need the room");
        let mut short = begin(&folder);
        short.write(b"he");
        assert!(short.whole(5).is_none());
        assert_eq!(std::fs::read_dir(place.path().join("tree")).unwrap().count(), 0);
    }

    #[test]
    fn blocks_are_shared_where_the_file_system_can() {
        let place = tempfile::tempdir().unwrap();
        let (cache, tree) = (folder(place.path(), "cache/f"), folder(place.path(), "tree/f"));
        let first = Partial::open(&cache, Sha256::of(b"hello"), &|| ()).unwrap();
        first.write_at(b"hello", 0).unwrap();
        let can = Part::create(&tree).unwrap().shares_blocks_with(first.file());
        assert_eq!(Twin::beside(&first, &tree).part().is_some(), !can);
    }
}
