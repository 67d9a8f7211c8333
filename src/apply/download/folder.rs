//! Folders below the output root, held open so that no link can slip in on the way.

use std::fs::{DirBuilder, File};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Gid, Uid, geteuid};

use super::DownloadError;
use crate::disk::fault;
use crate::model::path::RelPath;

const FOLDER_FLAGS: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// What all temp files of okdboot are called.
pub(super) const TEMP_PREFIX: &str = ".okdboot-";
pub(super) const TEMP_SUFFIX: &str = ".part";

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) fd: OwnedFd,
    path: PathBuf,
}

/// Whether folders that are absent are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    Make,
    Leave,
}

impl Folder {
    /// Opens the folder of a path and returns it with the file's name; nothing where it is absent and
    /// shall stay so. The root itself may be a link, since a person named it; nothing below it may.
    pub(super) fn of<'p>(
        root: &Path,
        path: &'p RelPath,
        absent: Absent,
    ) -> Result<Option<(Self, &'p str)>, DownloadError> {
        let (folders, name) = path.split();
        let Some(mut folder) = Self::root(root, absent)? else { return Ok(None) };
        for segment in folders.split('/').filter(|segment| !segment.is_empty()) {
            match folder.descend(segment, absent)? {
                Some(next) => folder = next,
                None => return Ok(None),
            }
        }
        Ok(Some((folder, name)))
    }

    fn root(path: &Path, absent: Absent) -> Result<Option<Self>, DownloadError> {
        if absent == Absent::Make {
            let made = DirBuilder::new().recursive(true).mode(0o755).create(path);
            made.map_err(|source| DownloadError::io("make folder", path, source))?;
        }
        match rustix::fs::openat(CWD, path, FOLDER_FLAGS, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, path: path.to_owned() })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(DownloadError::io("open folder", path, error)),
        }
    }

    fn descend(&self, name: &str, absent: Absent) -> Result<Option<Self>, DownloadError> {
        let path = self.path.join(name);
        let open = || rustix::fs::openat(&self.fd, name, FOLDER_FLAGS | OFlags::NOFOLLOW, Mode::empty());
        let opened = match open() {
            Err(Errno::NOENT) if absent == Absent::Make => self.make(name).and_then(|()| open()),
            other => other,
        };
        match opened {
            Ok(fd) => Ok(Some(Self { fd, path })),
            Err(Errno::NOENT) if absent == Absent::Leave => Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => Err(DownloadError::NotAFolder { path }),
            Err(error) => Err(DownloadError::io("open folder", &path, error)),
        }
    }

    /// Makes a folder, durably, that web and TFTP servers can read, whatever the umask. It takes the group of
    /// the one it is in, as those of `render` do: what is rendered below takes its own from there. Another
    /// thread may have made it meanwhile.
    fn make(&self, name: &str) -> Result<(), Errno> {
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o755)) {
            Ok(()) => {
                let group = rustix::fs::fstat(&self.fd)?.st_gid;
                let flags = AtFlags::SYMLINK_NOFOLLOW;
                // Only a member of the group, or root, may give it away.
                let _ = rustix::fs::chownat(&self.fd, name, None, Some(Gid::from_raw(group)), flags);
                rustix::fs::chmodat(&self.fd, name, Mode::from_raw_mode(0o755), AtFlags::empty())?;
                rustix::fs::fsync(&self.fd)
            }
            Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Returns the path of an entry, for messages.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Opens a regular file for reading; nothing where there is none, an error where something else
    /// stands there. A file that may not be read counts as none: it will be replaced.
    pub(super) fn open_file(&self, name: &str) -> Result<Option<File>, DownloadError> {
        if !self.has_file(name)? {
            return Ok(None);
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(fd.into())),
            Err(Errno::NOENT | Errno::ACCESS) => Ok(None),
            Err(error) => Err(DownloadError::io("open", &self.path_of(name), error)),
        }
    }

    /// Says whether a regular file stands there; anything else but nothing is refused.
    pub(super) fn has_file(&self, name: &str) -> Result<bool, DownloadError> {
        let found = match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(false),
            Err(error) => return Err(DownloadError::io("look at", &self.path_of(name), error)),
            Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => return Ok(true),
                FileType::Symlink => "a symbolic link",
                FileType::Directory => "a folder",
                _ => "a device, pipe or socket",
            },
        };
        Err(DownloadError::NotAFile { path: self.path_of(name), found })
    }

    /// Gives a file that will have this name the owner and group of the regular file that stands
    /// there, as far as we may; anything but a regular file is refused.
    pub(super) fn adopt(&self, file: &File, name: &str) -> Result<(), DownloadError> {
        if !self.has_file(name)? {
            return Ok(());
        }
        let (Ok(old), Ok(new)) =
            (rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW), rustix::fs::fstat(file))
        else {
            return Ok(());
        };
        // Only root may give files away; whoever else replaces a file becomes its owner.
        if old.st_gid != new.st_gid {
            let _ = rustix::fs::fchown(file, None, Some(Gid::from_raw(old.st_gid)));
        }
        if old.st_uid != new.st_uid {
            let _ = rustix::fs::fchown(file, Some(Uid::from_raw(old.st_uid)), None);
        }
        Ok(())
    }

    /// Gives a file another name in the folder, in place of what has it.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), DownloadError> {
        fault()
            .and_then(|()| rustix::fs::renameat(&self.fd, from, &self.fd, to))
            .map_err(|error| DownloadError::io("write", &self.path_of(to), error))
    }

    /// Makes renames and removals in the folder durable.
    pub(super) fn sync(&self) -> Result<(), DownloadError> {
        fault()
            .and_then(|()| rustix::fs::fsync(&self.fd))
            .map_err(|error| DownloadError::io("sync folder", &self.path, error))
    }

    /// Opens a folder of our own outside the output root, made with its parents where it is absent;
    /// nobody else can look into one that is made. One that others could write to is refused.
    pub(super) fn private(path: &Path) -> Result<Self, DownloadError> {
        let failed = |error: std::io::Error| DownloadError::io("make folder", path, error);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        let fd = rustix::fs::openat(CWD, path, FOLDER_FLAGS, Mode::empty())
            .map_err(|error| DownloadError::io("open folder", path, error))?;
        let stat = rustix::fs::fstat(&fd).map_err(|error| DownloadError::io("look at", path, error))?;
        if stat.st_uid != geteuid().as_raw() || stat.st_mode & 0o022 != 0 {
            return Err(DownloadError::Shared { path: path.to_owned() });
        }
        Ok(Self { fd, path: path.to_owned() })
    }

    /// Returns the names of everything in the folder.
    pub(super) fn names(&self) -> Result<Vec<String>, DownloadError> {
        let failed = |error| DownloadError::io("list", &self.path, error);
        let mut names = Vec::new();
        let mut entries = Dir::read_from(&self.fd).map_err(failed)?;
        while let Some(entry) = entries.read() {
            names.extend(entry.map_err(failed)?.file_name().to_str().ok().map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// Removes temp files that a killed run left, but those that `spared` says may be continued. The
    /// caller holds the lock of the output root, so none of them belongs to a run that is still alive.
    pub(super) fn remove_stale(&self, spared: &dyn Fn(&str) -> bool) -> Result<(), DownloadError> {
        let failed = |error| DownloadError::io("clean up in", &self.path, error);
        let mut entries = Dir::read_from(&self.fd).map_err(failed)?;
        while let Some(entry) = entries.read() {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy();
            let is_temp = name.starts_with(TEMP_PREFIX) && name.ends_with(TEMP_SUFFIX);
            if is_temp && !spared(&name) && entry.file_type() != FileType::Directory {
                rustix::fs::unlinkat(&self.fd, entry.file_name(), AtFlags::empty()).map_err(failed)?;
            }
        }
        Ok(())
    }
}
