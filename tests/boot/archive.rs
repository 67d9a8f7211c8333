//! cpio archives in the form that the kernel unpacks (Linux `driver-api/early-userspace/buffer-format`).

use std::fs;
use std::path::Path;

/// An archive in the making. Entries keep their order, so a folder comes before what is in it.
#[derive(Debug, Default)]
pub struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

const FOLDER: u32 = 0o04_0755;
const LINK: u32 = 0o12_0777;
const FILE: u32 = 0o10_0644;
const PROGRAM: u32 = 0o10_0755;

impl Archive {
    /// Adds empty folders.
    pub fn folders(mut self, paths: &[&str]) -> Self {
        for path in paths {
            self.entry(path, FOLDER, &[]);
        }
        self
    }

    /// Adds a text file.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.entry(path, FILE, text.as_bytes());
        self
    }

    /// Adds a script.
    pub fn script(mut self, path: &str, text: &str) -> Self {
        self.entry(path, PROGRAM, text.as_bytes());
        self
    }

    /// Adds a symlink.
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.entry(path, LINK, target.as_bytes());
        self
    }

    /// Adds a copy of a file of this machine, with the modes of a program.
    pub fn copy(mut self, path: &str, from: &Path) -> Self {
        let bytes = fs::read(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        self.entry(path, PROGRAM, &bytes);
        self
    }

    /// Ends the archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn entry(&mut self, path: &str, mode: u32, contents: &[u8]) {
        self.entries += 1;
        let size = u32::try_from(contents.len()).expect("no file has 4 GiB");
        let name = u32::try_from(path.len() + 1).expect("no path has 4 GiB");
        // ino mode uid gid nlink mtime filesize dev(2) rdev(2) namesize check
        let numbers = [self.entries, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name, 0];
        self.bytes.extend(b"070701");
        for number in numbers {
            self.bytes.extend(format!("{number:08x}").bytes());
        }
        self.bytes.extend(path.bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend(contents);
        self.pad();
    }

    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
    }
}
