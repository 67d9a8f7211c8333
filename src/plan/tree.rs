//! What stands on the disk, as far as comparing a plan with it needs to know.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::path::RelPath;

/// The most that is read of one file, in bytes: whatever okdboot publishes is far below it, so a larger
/// file is somebody else's and never has to be held in memory.
pub const MOST_BYTES: u64 = 64 << 20;

/// The most that is read of one of okdboot's own files, in bytes. A manifest grows with its cluster: one
/// of 100,000 nodes has 75 MB, and what was written must be read again.
pub const MOST_OWN_BYTES: u64 = 4 << 30;

/// A read-only view of an output tree.
///
/// `disk` implements it for real folders; a map of paths is one for tests.
pub trait Tree: Sync {
    /// Returns what stands at a path, without following a link at any of its segments.
    fn look(&self, path: &RelPath) -> Standing;

    /// Returns the names in a folder that are wanted, sorted; none where it cannot be listed or there is none.
    /// There may be a hundred thousand others.
    fn names_of(&self, folder: &RelPath, is_wanted: &dyn Fn(&str) -> bool) -> Vec<String>;

    /// Returns all names in a folder, in the same way.
    fn names(&self, folder: &RelPath) -> Vec<String> {
        self.names_of(folder, &|_| true)
    }

    /// Returns the path as messages name it: with the root before it, as the person gave that.
    fn name(&self, path: &RelPath) -> String;
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing, or a parent folder is missing.
    Absent,
    /// A regular file.
    File(Found),
    /// Something that okdboot neither reads nor replaces.
    Other(Obstacle),
    /// A file that could not be read, with the system's reason.
    Unreadable(String),
}

/// A regular file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its contents.
    pub bytes: Vec<u8>,
    /// Its permission bits, set-user-id and the like included.
    pub mode: u32,
    /// The number of its group.
    pub group: u32,
}

/// Something that stands where a file or a folder should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Where it stands: the path that was looked at, or one of its parents.
    pub at: RelPath,
    /// What it is.
    pub what: ObstacleKind,
}

/// What can stand in the way of a file or a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObstacleKind {
    /// A symbolic link; okdboot follows none.
    Symlink,
    /// A folder where a file should be.
    Folder,
    /// A file where a folder should be.
    File,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
    /// A file larger than [`MOST_BYTES`].
    Large,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is {}", self.at, self.what)
    }
}

impl fmt::Display for ObstacleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Symlink => "a symlink",
            Self::Folder => "a folder",
            Self::File => "a file",
            Self::Fifo => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Large => "a file larger than 64 MiB",
        })
    }
}

impl Tree for BTreeMap<RelPath, Standing> {
    fn look(&self, path: &RelPath) -> Standing {
        self.get(path).cloned().unwrap_or(Standing::Absent)
    }

    fn names_of(&self, folder: &RelPath, is_wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
        let below = |path: &RelPath| {
            path.as_str().strip_prefix(folder.as_str())?.strip_prefix('/').map(str::to_owned)
        };
        self.keys().filter_map(below).filter(|name| !name.contains('/') && is_wanted(name)).collect()
    }

    fn name(&self, path: &RelPath) -> String {
        path.to_string()
    }
}
