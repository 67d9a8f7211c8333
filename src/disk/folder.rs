//! An open folder: what stands in it, and files that appear in it whole or not at all.

use std::fs::File;
use std::io::{Read as _, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::fs::{fchmod, fchown, fstat, fsync, mkdirat, openat, renameat, statat, syncfs, unlinkat};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};

use super::{DiskError, fault};
use crate::plan::tree::{Found, MOST_OWN_BYTES, ObstacleKind};

/// The permission bits of folders, whatever the umask: TFTP and web servers run as other users.
const FOLDER_MODE: u32 = 0o755;

/// Folders that are made below one with this bit inherit its group.
const SET_GROUP_ID: u32 = 0o2000;

/// How often another name is tried for a temp file whose name is taken.
const ATTEMPTS: u32 = 1000;

/// A folder that was opened once; everything in it is reached relative to it.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: Utf8PathBuf,
    stat: Stat,
}

/// A file in the making. It is removed when dropped before [`Temp::rename`] or `Temp::seal`.
#[derive(Debug)]
pub struct Temp<'a> {
    folder: &'a Folder,
    name: Option<String>,
    file: File,
}

/// What a new file is given before anybody can see it under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    mode: u32,
    user: Option<u32>,
    group: u32,
    /// Whether the group was asked for by name: then it is an error not to get it.
    asked: bool,
}

/// What [`Folder::replace`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The file held these bytes already; nothing was touched.
    Same,
    /// The file was written.
    Written,
}

/// What stands under a name.
pub(super) enum Seen {
    Absent,
    File(Found),
    Other(ObstacleKind),
    Failed(Errno),
}

impl Folder {
    /// Opens a folder by its path; links on the way and at its end are followed.
    pub fn open(path: &Utf8Path) -> Result<Self, DiskError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = openat(CWD, path.as_str(), flags, Mode::empty());
        open.and_then(|fd| Self::of(fd, path)).map_err(DiskError::system("open", path))
    }

    /// Opens a folder whose last segment must not be a link.
    pub(super) fn open_no_follow(path: &Utf8Path) -> Result<Self, Errno> {
        openat(CWD, path.as_str(), folder_flags(), Mode::empty()).and_then(|fd| Self::of(fd, path))
    }

    /// Opens a folder in this one.
    pub(super) fn child(&self, name: &str) -> Result<Self, Errno> {
        let fd = openat(&self.fd, name, folder_flags(), Mode::empty())?;
        Self::of(fd, &self.path.join(name))
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

    /// Returns the number of the folder's owner.
    pub(super) fn owner(&self) -> u32 {
        self.stat.st_uid
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

    /// Reads what stands under a name. Only a regular file is opened at all.
    pub(super) fn see(&self, name: &str, most: u64) -> Seen {
        match statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Seen::Absent,
            Err(errno) => Seen::Failed(errno),
            Ok(stat) => match obstacle(&stat) {
                Some(what) => Seen::Other(what),
                None => self.read(name, most).unwrap_or_else(Seen::Failed),
            },
        }
    }

    fn read(&self, name: &str, most: u64) -> Result<Seen, Errno> {
        // NONBLOCK, so that a pipe put there since cannot hold the run.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = openat(&self.fd, name, flags, Mode::empty())?;
        let stat = fstat(&fd)?;
        if let Some(what) = obstacle(&stat) {
            return Ok(Seen::Other(what));
        }
        let size = usize::try_from(stat.st_size).unwrap_or_default();
        let mut bytes = Vec::with_capacity(size + 1);
        let read = File::from(fd).take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        if bytes.len() as u64 > most {
            return Ok(Seen::Other(ObstacleKind::Large));
        }
        Ok(Seen::File(Found { bytes, mode: stat.st_mode & 0o7777, group: stat.st_gid }))
    }

    /// Starts a file that has no name yet that anybody looks for.
    pub fn temp(&self) -> Result<Temp<'_>, DiskError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let failed = DiskError::system("create a file in", &self.path);
        fault().map_err(&failed)?;
        for _ in 0..ATTEMPTS {
            let name =
                format!(".okdboot-{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            match openat(&self.fd, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(fd) => return Ok(Temp { folder: self, name: Some(name), file: fd.into() }),
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        Err(failed(Errno::EXIST))
    }

    /// Returns what a file under a name is to be given: the owner and group of the one it replaces,
    /// else the folder's group; `group` before either.
    pub(crate) fn grant(&self, name: &str, mode: u32, group: Option<u32>) -> Result<Grant, DiskError> {
        let asked = group.is_some();
        let path = self.path.join(name);
        match statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => {
                Ok(Grant { mode, user: None, group: group.unwrap_or(self.stat.st_gid), asked })
            }
            Err(errno) => Err(DiskError::system("write", &path)(errno)),
            Ok(stat) => match obstacle(&stat) {
                Some(what) => Err(DiskError::Obstacle { at: path.clone(), path, what }),
                None => {
                    Ok(Grant { mode, user: Some(stat.st_uid), group: group.unwrap_or(stat.st_gid), asked })
                }
            },
        }
    }

    /// Gives a regular file that stands under a name its mode and, if one is asked for, its group.
    pub(crate) fn regrant(&self, name: &str, mode: u32, group: Option<u32>) -> Result<(), DiskError> {
        let grant = self.grant(name, mode, group)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = self.path.join(name);
        let fd = openat(&self.fd, name, flags, Mode::empty()).map_err(DiskError::system("open", &path))?;
        give(&fd, grant).map_err(DiskError::system("set the mode or group of", &path))
    }

    /// Puts a file under its final name in place of what stood there.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let renamed = fault().and_then(|()| renameat(&self.fd, from, &self.fd, to));
        renamed.map_err(DiskError::system("rename a file to", &self.path.join(to)))
    }

    /// Removes a file; one that is gone already will do.
    pub(crate) fn remove(&self, name: &str) -> Result<(), DiskError> {
        match fault().and_then(|()| unlinkat(&self.fd, name, AtFlags::empty())) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(DiskError::system("remove", &self.path.join(name))(errno)),
        }
    }

    /// Removes a temp file as far as that is possible.
    pub(crate) fn discard(&self, name: &str) {
        let _ = fault().and_then(|()| unlinkat(&self.fd, name, AtFlags::empty()));
    }

    /// Removes what a killed run left behind: regular files named `.okdboot-*.part`. Only under the
    /// lock, since a running one has such files too.
    pub fn remove_stale(&self) -> Result<usize, DiskError> {
        let mut stale = self.parts()?;
        stale.retain(|name| self.obstacle(name).is_none());
        stale.iter().try_for_each(|name| self.remove(name))?;
        Ok(stale.len())
    }

    /// Returns the names of temp files, of this run and others.
    pub(super) fn parts(&self) -> Result<Vec<String>, DiskError> {
        self.names(is_part)
    }

    /// Returns the names in the folder that are UTF-8 and wanted; there may be a hundred thousand others.
    pub(super) fn names(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, DiskError> {
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

    /// Writes a whole file, durably, unless it holds these bytes with this mode already.
    pub fn replace(&self, name: &str, bytes: &[u8], mode: u32) -> Result<Replaced, DiskError> {
        if let Seen::File(found) = self.see(name, MOST_OWN_BYTES)
            && found.bytes == bytes
            && found.mode == mode
        {
            return Ok(Replaced::Same);
        }
        let grant = self.grant(name, mode, None)?;
        let mut temp = self.temp()?;
        temp.append(bytes)?;
        temp.give(grant)?;
        temp.sync()?;
        temp.rename(name)?;
        self.sync()?;
        Ok(Replaced::Written)
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Temp<'_> {
    /// Returns the path of the temp file as messages name it.
    pub fn path(&self) -> Utf8PathBuf {
        self.folder.path.join(self.name.as_deref().unwrap_or_default())
    }

    /// Writes bytes at the end.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        let written = fault().map_err(Into::into).and_then(|()| self.file.write_all(bytes));
        written.map_err(|cause| DiskError::System { action: "write", path: self.path(), cause })
    }

    /// Gives the file its mode; owner and group as [`Folder::replace`] does for this final name.
    pub fn finish(&mut self, name: &str, mode: u32) -> Result<(), DiskError> {
        self.give(self.folder.grant(name, mode, None)?)?;
        self.sync()
    }

    /// Gives the file its mode, owner and group.
    pub(crate) fn give(&mut self, grant: Grant) -> Result<(), DiskError> {
        give(&self.file, grant).map_err(DiskError::system("set the mode or group of", &self.path()))
    }

    /// Makes the contents durable.
    pub fn sync(&self) -> Result<(), DiskError> {
        fault().and_then(|()| fsync(&self.file)).map_err(DiskError::system("sync", &self.path()))
    }

    /// Puts the file under its final name in the same folder.
    pub fn rename(mut self, name: &str) -> Result<(), DiskError> {
        let Some(from) = self.name.take() else { return Ok(()) };
        let renamed = self.folder.rename(&from, name);
        if renamed.is_err() {
            self.name = Some(from);
        }
        renamed
    }

    /// Closes the file and returns its temporary name: whoever has it renames or discards it.
    pub(crate) fn seal(mut self) -> String {
        self.name.take().unwrap_or_default()
    }
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            self.folder.discard(name);
        }
    }
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

fn is_part(name: &str) -> bool {
    name.starts_with(".okdboot-") && name.strip_suffix(".part").is_some()
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

/// Sets owner and group as far as we may, then the mode: changing the owner can clear mode bits.
fn give(fd: impl AsFd, grant: Grant) -> Result<(), Errno> {
    fault()?;
    let stat = fstat(&fd)?;
    let user = grant.user.filter(|user| *user != stat.st_uid).map(Uid::from_raw);
    let group = (grant.group != stat.st_gid).then(|| Gid::from_raw(grant.group));
    if user.is_some() {
        ignore_refusal(fchown(&fd, user, None))?;
    }
    if group.is_some() {
        let given = fchown(&fd, None, group);
        if grant.asked { given? } else { ignore_refusal(given)? }
    }
    fchmod(&fd, Mode::from_raw_mode(grant.mode))
}

/// Only root may give files away, and some file systems have no owners at all.
fn ignore_refusal(result: Result<(), Errno>) -> Result<(), Errno> {
    match result {
        Err(Errno::PERM | Errno::NOTSUP | Errno::INVAL) => Ok(()),
        other => other,
    }
}
