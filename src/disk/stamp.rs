//! Stamps: proof enough that a file is the one that was hashed before.
//!
//! Any write to a file moves its change time, which no program can set. Size, both times, inode and
//! device together therefore say that the bytes are those that were hashed; `--rehash` asks the bytes
//! themselves.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::{DiskError, DiskTree, Folder, Lock, Root};
use crate::model::checkpoint::Checkpoints;
use crate::model::digest::Sha256;
use crate::model::path::RelPath;

/// The member that has them; called so since the first stamps, which hold as long as their files.
const CHECKPOINTS: &str = "waypoints";

/// Where the stamps of the files below an output root are, in the folder of okdboot's own files.
const FILE: &str = "stamps.json";

/// They are no secret.
const MODE: u32 = 0o644;

/// The most of a book that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The book's format.
const FORMAT: u64 = 1;

/// What a file looked like when it was hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    sha256: Sha256,
    facts: [i64; 7],
    /// Where the hash stood on the way, for `verify`, which hashes again.
    checkpoints: Checkpoints,
}

/// Stamps by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Book(BTreeMap<String, Stamp>);

impl Stamp {
    /// Takes the stamp of a file that has just been hashed.
    pub(crate) fn of(sha256: Sha256, metadata: &Metadata, checkpoints: Checkpoints) -> Self {
        Self { sha256, facts: facts(metadata), checkpoints }
    }

    /// Returns the digest that the file still has.
    pub(crate) fn vouches(&self, metadata: &Metadata) -> Option<Sha256> {
        (self.facts == facts(metadata)).then_some(self.sha256)
    }

    fn to_json(&self) -> Value {
        let mut value = json!({"sha256": self.sha256.to_string(), "facts": self.facts});
        if !self.checkpoints.0.is_empty() {
            value[CHECKPOINTS] = self.checkpoints.to_json();
        }
        value
    }

    fn parse(value: &Value) -> Option<Self> {
        let sha256 = value.get("sha256")?.as_str()?.parse().ok()?;
        let facts: Vec<i64> = value.get("facts")?.as_array()?.iter().filter_map(Value::as_i64).collect();
        let checkpoints = Checkpoints::of_json(&value[CHECKPOINTS]);
        Some(Self { sha256, facts: facts.try_into().ok()?, checkpoints })
    }
}

/// Size, modification and change time with their nanoseconds, inode, device.
fn facts(metadata: &Metadata) -> [i64; 7] {
    let (inode, device) = (metadata.ino().cast_signed(), metadata.dev().cast_signed());
    let size = metadata.len().cast_signed();
    let (mtime, mtime_nsec) = (metadata.mtime(), metadata.mtime_nsec());
    [size, mtime, mtime_nsec, metadata.ctime(), metadata.ctime_nsec(), inode, device]
}

/// Returns the checkpoints of each file below an output root, by its path there. What is missing or damaged has
/// none, which costs time and nothing else.
pub fn checkpoints(out: &Utf8Path) -> BTreeMap<String, Checkpoints> {
    let tree = DiskTree::open(out).ok();
    let book = tree.as_ref().and_then(DiskTree::root).map(Book::of).unwrap_or_default();
    book.0.into_iter().map(|(path, stamp)| (path, stamp.checkpoints)).collect()
}

impl Book {
    /// Reads the stamps of an output root.
    pub(crate) fn of(root: &Root) -> Self {
        let path = RelPath::made(format!(".okdboot/{FILE}"));
        Self::read(root.open_file(&path).ok().flatten())
    }

    /// Writes the stamps of an output root.
    pub(crate) fn save_of(&self, lock: &Lock<'_>) -> Result<(), DiskError> {
        self.save(lock.own(), FILE)
    }

    /// Reads a book; one that is missing or damaged has no entries.
    pub(crate) fn load(folder: &Folder, name: &str) -> Self {
        Self::read(folder.open_file(name).ok().flatten())
    }

    fn read(file: Option<File>) -> Self {
        let mut text = String::new();
        let read = file.and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text).ok());
        read.and_then(|_| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        if value.get("format-version")?.as_u64() != Some(FORMAT) {
            return None;
        }
        let files = value.get("files")?.as_object()?.iter();
        Some(Self(files.filter_map(|(name, stamp)| Some((name.clone(), Stamp::parse(stamp)?))).collect()))
    }

    /// Writes the book. It holds nothing that could not be found out again, so it is not synced.
    pub(crate) fn save(&self, folder: &Folder, name: &str) -> Result<(), DiskError> {
        let files: BTreeMap<&String, Value> =
            self.0.iter().map(|(name, stamp)| (name, stamp.to_json())).collect();
        let mut temp = folder.temp()?;
        temp.append(json!({"format-version": FORMAT, "files": files}).to_string().as_bytes())?;
        temp.publish_lightly(name, MODE)
    }

    /// Returns the digest that a file is known to have.
    pub(crate) fn vouches(&self, name: &str, metadata: &Metadata) -> Option<Sha256> {
        self.0.get(name)?.vouches(metadata)
    }

    /// Returns the checkpoints of every digest that is known.
    pub(crate) fn checkpoints(&self) -> impl Iterator<Item = (Sha256, &Checkpoints)> {
        self.0.values().map(|stamp| (stamp.sha256, &stamp.checkpoints))
    }

    /// Returns the checkpoints of a digest.
    pub(crate) fn checkpoints_of(&self, sha256: Sha256) -> Checkpoints {
        let found = self.checkpoints().find(|(known, _)| *known == sha256);
        found.map(|(_, checkpoints)| checkpoints.clone()).unwrap_or_default()
    }

    /// Writes down what a file that was just hashed looks like.
    pub(crate) fn stamp(&mut self, name: &str, stamp: Stamp) {
        self.0.insert(name.to_owned(), stamp);
    }

    /// Forgets a file.
    pub(crate) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_round_trips_and_any_write_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::private(&Utf8Path::from_path(place.path()).unwrap().join("own")).unwrap();
        let path = place.path().join("file");
        std::fs::write(&path, "bytes").unwrap();
        let metadata = || std::fs::metadata(&path).unwrap();
        let mut book = Book::default();
        book.stamp("file", Stamp::of(Sha256::of(b"bytes"), &metadata(), Checkpoints::default()));
        book.save(&folder, "book").unwrap();
        let book = Book::load(&folder, "book");
        assert_eq!(book.vouches("file", &metadata()), Some(Sha256::of(b"bytes")));
        assert_eq!(book.vouches("other", &metadata()), None);
        let before = metadata().modified().unwrap();
        // The kernel's clock for files moves on in steps of up to 10 ms.
        std::thread::sleep(std::time::Duration::from_millis(50));
        std::fs::write(&path, "other").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
        // Same size, and the modification time put back: the change time is the witness.
        assert_eq!(metadata().modified().unwrap(), before);
        assert_eq!(book.vouches("file", &metadata()), None);
    }

    #[test]
    fn a_damaged_book_is_empty() {
        for text in
            ["", "[]", "{", "{}", r#"{"format-version":2,"files":{}}"#, r#"{"format-version":1,"files":[]}"#]
        {
            assert_eq!(Book::parse(text), None, "{text}");
        }
        let odd = r#"{"format-version":1,"files":{"a":{"sha256":"00","facts":[1]}}}"#;
        assert_eq!(Book::parse(odd), Some(Book::default()));
        for checkpoints in [r#"["00"]"#, "{}", "1"] {
            let stamp = format!(
                r#"{{"sha256":"{}","facts":[1,2,3,4,5,6,7],"waypoints":{checkpoints}}}"#,
                Sha256::of(b"")
            );
            let book =
                Book::parse(&format!(r#"{{"format-version":1,"files":{{"a":1,"b":{stamp}}}}}"#)).unwrap();
            assert!(book.0.len() == 1 && book.0["b"].checkpoints.0.is_empty(), "{checkpoints}");
        }
    }
}
