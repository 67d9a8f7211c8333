//! An open folder, and what stands in it.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::fs::{fchmod, fchown, fstat, fsync, mkdirat, openat, renameat, statat, syncfs, unlinkat};
use rustix::io::Errno;
use rustix::process::Gid;

use super::{DiskError, fault};
use crate::model::temp;
use crate::plan::tree::{Found, ObstacleKind};

/// The permission bits of folders, whatever the umask: TFTP and web servers run as other users.
const FOLDER_MODE: u32 = 0o755;

/// Folders that are made below one with this bit inherit its group.
const SET_GROUP_ID: u32 = 0o2000;

const FLAGS: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A folder that was opened once; everything in it is reached relative to it.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: Utf8PathBuf,
    stat: Stat,
}

/// What stands under a name, and what was read of it.
pub(super) enum Seen {
    Absent,
    File(Found),
    Other(ObstacleKind),
    Failed(Errno),
}

/// What stands under a name. Only a regular file is opened at all.
pub(super) enum Entry {
    Absent,
    File(File, Stat),
    Other(ObstacleKind),
}

impl Folder {
    /// Opens a folder by its path; links on the way and at its end are followed.
    pub fn open(path: &Utf8Path) -> Result<Self, DiskError> {
        Self::at(path).map_err(DiskError::system("open", path))
    }

    /// Opens the folder that a file is in, or will be.
    pub fn around(file: &Utf8Path) -> Result<Self, DiskError> {
        Self::open(parent(file))
    }

    pub(super) fn at(path: &Utf8Path) -> Result<Self, Errno> {
        openat(CWD, path.as_str(), FLAGS, Mode::empty()).and_then(|fd| Self::of(fd, path))
    }

    /// Opens a folder whose last segment must not be a link.
    pub(super) fn open_no_follow(path: &Utf8Path) -> Result<Self, Errno> {
        let flags = FLAGS | OFlags::NOFOLLOW;
        openat(CWD, path.as_str(), flags, Mode::empty()).and_then(|fd| Self::of(fd, path))
    }

    /// Opens a folder in this one.
    pub(super) fn child(&self, name: &str) -> Result<Self, Errno> {
        let fd = openat(&self.fd, name, FLAGS | OFlags::NOFOLLOW, Mode::empty())?;
        Self::of(fd, &self.path_of(name))
    }

    /// Makes a folder in this one and opens it; one that another process made meanwhile will do.
    pub(super) fn make_child(&self, name: &str) -> Result<Self, Errno> {
        fault()?;
        match mkdirat(&self.fd, name, Mode::RWXU) {
            Err(Errno::EXIST) => return self.child(name),
            made => made?,
        }
        let mut child = self.child(name)?;
        child.inherit(self)?;
        Ok(child)
    }

    /// Gives a folder that was just made its mode and the group of the folder it is in.
    pub(super) fn inherit(&mut self, parent: &Self) -> Result<(), Errno> {
        fault()?;
        if self.stat.st_gid != parent.stat.st_gid {
            ignore_refusal(fchown(&self.fd, None, Some(Gid::from_raw(parent.stat.st_gid))))?;
        }
        let kept = self.stat.st_mode & SET_GROUP_ID;
        fchmod(&self.fd, Mode::from_raw_mode(FOLDER_MODE | kept))?;
        self.stat = fstat(&self.fd)?;
        Ok(())
    }

    fn of(fd: OwnedFd, path: &Utf8Path) -> Result<Self, Errno> {
        let stat = fstat(&fd)?;
        Ok(Self { fd, path: path.to_owned(), stat })
    }

    /// Returns the folder's path as messages name it.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Returns the path of what stands in the folder, or will.
    pub(crate) fn path_of(&self, name: &str) -> Utf8PathBuf {
        self.path.join(name)
    }

    /// Returns the number of the folder's owner.
    pub(super) fn owner(&self) -> u32 {
        self.stat.st_uid
    }

    /// Returns the number of the folder's group.
    pub(super) fn group(&self) -> u32 {
        self.stat.st_gid
    }

    /// Returns the folder's permission bits.
    pub(super) fn mode(&self) -> u32 {
        self.stat.st_mode & 0o7777
    }

    /// Returns the number of the device that the folder is on.
    pub(crate) fn device(&self) -> u64 {
        self.stat.st_dev
    }

    /// Returns owner and group of a regular file in the folder.
    pub(crate) fn owner_of(&self, name: &str) -> Option<(u32, u32)> {
        let stat = statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        obstacle(&stat).is_none().then_some((stat.st_uid, stat.st_gid))
    }

    /// Says what stands under a name without opening it; nothing if it is a regular file or absent.
    pub(super) fn obstacle(&self, name: &str) -> Option<ObstacleKind> {
        obstacle(&statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?)
    }

    /// Refuses what stands under a name and is no regular file.
    pub(super) fn refuse_obstacle(&self, name: &str) -> Result<(), DiskError> {
        self.obstacle(name).map_or(Ok(()), |what| Err(self.refusal(name, what)))
    }

    pub(super) fn refusal(&self, name: &str, what: ObstacleKind) -> DiskError {
        let path = self.path_of(name);
        DiskError::Obstacle { at: path.clone(), path, what }
    }

    /// Opens what stands under a name, if that is a regular file.
    pub(super) fn entry(&self, name: &str) -> Result<Entry, Errno> {
        match statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| obstacle(&stat)) {
            Err(Errno::NOENT) => return Ok(Entry::Absent),
            Ok(Some(what)) => return Ok(Entry::Other(what)),
            Ok(None) => {}
            Err(errno) => return Err(errno),
        }
        // NONBLOCK, so that a pipe put there since cannot hold the run.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(openat(&self.fd, name, flags, Mode::empty())?);
        let stat = fstat(&file)?;
        Ok(obstacle(&stat).map_or(Entry::File(file, stat), Entry::Other))
    }

    /// Opens a regular file for reading; nothing where there is none. One that may not be read counts as
    /// none: it will be replaced.
    pub(crate) fn open_file(&self, name: &str) -> Result<Option<File>, DiskError> {
        match self.entry(name) {
            Ok(Entry::File(file, _)) => Ok(Some(file)),
            Ok(Entry::Other(what)) => Err(self.refusal(name, what)),
            Ok(Entry::Absent) | Err(Errno::NOENT | Errno::ACCESS) => Ok(None),
            Err(errno) => Err(DiskError::system("open", &self.path_of(name))(errno)),
        }
    }

    /// Reads what stands under a name.
    pub(super) fn see(&self, name: &str, most: u64) -> Seen {
        match self.entry(name) {
            Ok(Entry::Absent) => Seen::Absent,
            Ok(Entry::Other(what)) => Seen::Other(what),
            Ok(Entry::File(file, stat)) => read(file, &stat, most).unwrap_or_else(Seen::Failed),
            Err(errno) => Seen::Failed(errno),
        }
    }

    /// Puts a file under its final name in place of what stood there.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let renamed = fault().and_then(|()| renameat(&self.fd, from, &self.fd, to));
        renamed.map_err(DiskError::system("rename a file to", &self.path_of(to)))
    }

    /// Removes a file; one that is gone already will do.
    pub(crate) fn remove(&self, name: &str) -> Result<(), DiskError> {
        match fault().and_then(|()| unlinkat(&self.fd, name, AtFlags::empty())) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(DiskError::system("remove", &self.path_of(name))(errno)),
        }
    }

    /// Removes a temp file as far as that is possible.
    pub(crate) fn discard(&self, name: &str) {
        let _ = fault().and_then(|()| unlinkat(&self.fd, name, AtFlags::empty()));
    }

    /// Returns the names of temp files, of this run and others, that are regular files.
    pub(crate) fn parts(&self) -> Result<Vec<String>, DiskError> {
        let mut parts = self.names(|name| temp::stem(name).is_some())?;
        parts.retain(|name| self.obstacle(name).is_none());
        Ok(parts)
    }

    /// Returns the names in the folder that are UTF-8 and wanted; there may be a hundred thousand others.
    pub(crate) fn names(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, DiskError> {
        let failed = DiskError::system("list", &self.path);
        let is_due = |name: &&str| !matches!(*name, "." | "..") && is_wanted(name);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            let name = entry.file_name().to_str().ok().filter(is_due);
            names.extend(name.map(str::to_owned));
        }
        Ok(names)
    }

    /// Makes the names in the folder durable.
    pub(crate) fn sync(&self) -> Result<(), DiskError> {
        fault().and_then(|()| fsync(&self.fd)).map_err(DiskError::system("sync", &self.path))
    }

    /// Makes everything on the folder's file system durable.
    pub(crate) fn sync_device(&self) -> Result<(), DiskError> {
        fault().and_then(|()| syncfs(&self.fd)).map_err(DiskError::system("sync", &self.path))
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn read(file: File, stat: &Stat, most: u64) -> Result<Seen, Errno> {
    let size = usize::try_from(stat.st_size).unwrap_or_default();
    if size as u64 > most {
        return Ok(Seen::Other(ObstacleKind::Large));
    }
    // It ends where the system says: nobody has to ask once more, but where it says nothing.
    let length = if size == 0 { most + 1 } else { size as u64 };
    let mut bytes = Vec::with_capacity(size);
    let read = file.take(length).read_to_end(&mut bytes);
    read.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    if bytes.len() as u64 > most {
        return Ok(Seen::Other(ObstacleKind::Large));
    }
    Ok(Seen::File(Found { bytes, mode: stat.st_mode & 0o7777, group: stat.st_gid }))
}

/// Returns the path of the folder that a file is in.
pub(super) fn parent(file: &Utf8Path) -> &Utf8Path {
    file.parent().filter(|parent| !parent.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

/// Says why something is not a regular file.
pub(super) fn obstacle(stat: &Stat) -> Option<ObstacleKind> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => None,
        FileType::Symlink => Some(ObstacleKind::Symlink),
        FileType::Directory => Some(ObstacleKind::Folder),
        FileType::Fifo => Some(ObstacleKind::Fifo),
        FileType::Socket => Some(ObstacleKind::Socket),
        _ => Some(ObstacleKind::Device),
    }
}

/// Only root may give files away, and some file systems have no owners at all.
pub(super) fn ignore_refusal(result: Result<(), Errno>) -> Result<(), Errno> {
    match result {
        Err(Errno::PERM | Errno::NOTSUP | Errno::INVAL) => Ok(()),
        other => other,
    }
}
