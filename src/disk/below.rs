//! Files of a folder that is served: opened anew for each request, never through a link.

use std::fs::File;
use std::io::{self, Write as _};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;

use super::Folder;
use super::folder::Entry;

/// A folder whose files are given away. It may be removed and made again meanwhile.
#[derive(Clone, Debug)]
pub struct Below {
    top: Utf8PathBuf,
}

/// A regular file that is open: what it holds stays the same if another one takes its name.
#[derive(Debug)]
pub struct Opened {
    /// For reading.
    pub file: File,
    /// In bytes, when it was opened.
    pub size: u64,
    /// When it was changed.
    pub modified: SystemTime,
}

impl Opened {
    /// Takes a file that is open.
    pub fn of(file: File) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self { size: meta.len(), modified: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), file })
    }

    /// Makes a file in memory, for those who can send nothing but files (`memfd_create`(2)).
    pub fn in_memory(bytes: &[u8]) -> io::Result<Self> {
        let mut file: File = memfd_create(c"served", MemfdFlags::CLOEXEC)?.into();
        file.write_all(bytes)?;
        Self::of(file)
    }
}

impl Below {
    /// Names the folder; it need not be there.
    pub fn new(top: &Utf8Path) -> Self {
        Self { top: top.to_owned() }
    }

    /// Opens a regular file by the segments of its path; links in it count as absent.
    ///
    /// A segment is a name: whoever calls has refused `..` and `/` in it.
    pub fn open(&self, segments: &[&str]) -> Result<Opened, Errno> {
        let (name, folders) = segments.split_last().ok_or(Errno::NOENT)?;
        let mut folder = Folder::at(&self.top)?;
        for segment in folders {
            folder = folder.child(segment)?;
        }
        let Entry::File(file, _) = folder.entry(name)? else { return Err(Errno::NOENT) };
        Opened::of(file).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_files_that_no_link_leads_to() {
        let place = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(place.path()).unwrap().join("assets");
        std::fs::create_dir_all(top.join("dir")).unwrap();
        std::fs::write(top.join("dir/f"), "hello").unwrap();
        std::fs::write(place.path().join("secret"), "no").unwrap();
        symlink("../secret", top.join("link")).unwrap();
        symlink("dir", top.join("linked")).unwrap();
        let below = Below::new(&top);
        assert_eq!(below.open(&["dir", "f"]).unwrap().size, 5);
        for path in [&["link"][..], &["linked", "f"], &["dir"], &["none"], &["dir", "f", "x"], &[]] {
            assert!(below.open(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn an_open_file_stays_what_it_was() {
        let place = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(place.path()).unwrap();
        std::fs::write(top.join("f"), "old").unwrap();
        let opened = Below::new(top).open(&["f"]).unwrap();
        std::fs::write(top.join("g"), "newer").unwrap();
        std::fs::rename(top.join("g"), top.join("f")).unwrap();
        assert_eq!(std::io::read_to_string(opened.file).unwrap(), "old");
    }
}
