//! A file in the making: it stands under a temp name in its own folder until it is whole.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::Utf8PathBuf;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};
use rustix::io::Errno;

use super::folder::Seen;
use super::grant::{GIVE, Grant, give};
use super::{DiskError, Folder, fault, flock};
use crate::model::temp;
use crate::plan::tree::MOST_OWN_BYTES;

/// How often another name is tried for a temp file whose name is taken.
const ATTEMPTS: u32 = 1000;

/// Nobody else looks into a file that is not whole.
pub(super) const MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// How temp files are opened: for reading too, by whoever hashes what is there already.
pub(super) const FLAGS: OFlags = OFlags::RDWR.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A file in the making. It is removed when dropped before it has its name or is left to another run.
#[derive(Debug)]
pub struct Temp<'a> {
    folder: &'a Folder,
    name: Option<String>,
    file: File,
    /// Whether it is locked, since it could be another run's too.
    is_claimed: bool,
}

/// What [`Folder::replace`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The file held these bytes already; nothing was touched.
    Same,
    /// The file was written.
    Written,
}

impl Folder {
    /// Starts a file that has no name yet that anybody looks for.
    pub fn temp(&self) -> Result<Temp<'_>, DiskError> {
        let flags = FLAGS | OFlags::CREATE | OFlags::EXCL;
        let (name, fd) = Self::unused(|name| openat(self, name, flags, MODE))
            .map_err(DiskError::system("create a file in", self.path()))?;
        Ok(Temp { folder: self, name: Some(name), file: fd.into(), is_claimed: false })
    }

    /// Starts one as a second name of another file; nothing where the file system has no such names.
    pub(crate) fn temp_of(&self, file: &File) -> Result<Option<Temp<'_>>, DiskError> {
        let (name, ()) = match Self::unused(|name| link(file, self, name)) {
            Ok(linked) => linked,
            Err(Errno::XDEV | Errno::PERM | Errno::MLINK | Errno::NOTSUP | Errno::NOENT | Errno::ACCESS) => {
                return Ok(None);
            }
            Err(errno) => return Err(DiskError::system("link a file in", self.path())(errno)),
        };
        match file.try_clone() {
            Ok(file) => Ok(Some(Temp { folder: self, name: Some(name), file, is_claimed: false })),
            Err(error) => {
                self.discard(&name);
                Err(DiskError::system("link a file in", self.path())(error))
            }
        }
    }

    /// Makes something under a temp name that is not taken.
    pub(super) fn unused<T>(make: impl Fn(&str) -> Result<T, Errno>) -> Result<(String, T), Errno> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        fault()?;
        for _ in 0..ATTEMPTS {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = temp::name(format_args!("{}-{number}", process::id()));
            match make(&name) {
                Ok(new) => return Ok((name, new)),
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
        Err(Errno::EXIST)
    }

    /// Writes a whole file, durably, unless it holds these bytes with this mode already.
    pub fn replace(&self, name: &str, bytes: &[u8], mode: u32) -> Result<Replaced, DiskError> {
        if let Seen::File(found) = self.see(name, MOST_OWN_BYTES)
            && found.bytes == bytes
            && found.mode == mode
        {
            return Ok(Replaced::Same);
        }
        self.refuse_obstacle(name)?;
        let mut temp = self.temp()?;
        temp.append(bytes)?;
        temp.publish(name, mode)?;
        Ok(Replaced::Written)
    }
}

/// Returns the process that a temp file is named by.
pub(super) fn process_of(name: &str) -> Option<u32> {
    let (pid, number) = temp::stem(name)?.split_once('-')?;
    number.parse::<u64>().ok().and(pid.parse().ok())
}

/// Gives a file that is open a name more: that file, not whatever has its name by now (proc(5), linkat(2)).
pub(super) fn link(file: &File, folder: &Folder, name: &str) -> Result<(), Errno> {
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(CWD, &*open, folder, name, AtFlags::SYMLINK_FOLLOW)
}

impl<'a> Temp<'a> {
    /// Takes a file that stands under its own name, in a folder that has none.
    pub(super) fn named(folder: &'a Folder, name: String, file: File) -> Self {
        Self { folder, name: Some(name), file, is_claimed: false }
    }

    /// Takes a file that was opened under a temp name and locked.
    pub(super) fn claimed(folder: &'a Folder, name: String, file: File) -> Self {
        Self { folder, name: Some(name), file, is_claimed: true }
    }

    /// Returns the folder that the file is in.
    pub(crate) fn folder(&self) -> &'a Folder {
        self.folder
    }

    /// Returns the file, for reading what is there already.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Returns the path of the temp file as messages name it.
    pub fn path(&self) -> Utf8PathBuf {
        self.folder.path_of(self.name.as_deref().unwrap_or_default())
    }

    /// Returns the length of the file.
    pub(crate) fn len(&self) -> Result<u64, DiskError> {
        self.file.metadata().map(|it| it.len()).map_err(DiskError::system("look at", &self.path()))
    }

    /// Writes bytes at the end.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        self.change("write", |mut file| file.write_all(bytes))
    }

    /// Writes bytes at a place.
    pub(crate) fn write_at(&self, bytes: &[u8], at: u64) -> Result<(), DiskError> {
        self.change("write", |file| file.write_all_at(bytes, at))
    }

    /// Drops every byte from a place on.
    pub(crate) fn truncate(&self, length: u64) -> Result<(), DiskError> {
        self.change("truncate", |file| file.set_len(length))
    }

    /// Makes the contents durable.
    pub fn sync(&self) -> Result<(), DiskError> {
        self.change("sync", File::sync_all)
    }

    pub(super) fn change(
        &self,
        action: &'static str,
        change: impl FnOnce(&File) -> std::io::Result<()>,
    ) -> Result<(), DiskError> {
        let changed = fault().map_err(Into::into).and_then(|()| change(&self.file));
        changed.map_err(|error| DiskError::system(action, &self.path())(error))
    }

    /// Gives the file its mode, owner and group.
    pub(crate) fn give(&mut self, grant: Grant) -> Result<(), DiskError> {
        give(&self.file, grant).map_err(|errno| DiskError::system(GIVE, &self.path())(errno))
    }

    /// Puts the file under its final name in the same folder.
    pub fn rename(&mut self, name: &str) -> Result<(), DiskError> {
        let Some(from) = &self.name else { return Ok(()) };
        self.folder.rename(from, name)?;
        self.name = None;
        Ok(())
    }

    /// Gives the file its name, durably: with this mode, and with owner and group of the regular file that it
    /// replaces. Anything else that stands there by then is refused.
    pub(crate) fn publish(&mut self, name: &str, mode: u32) -> Result<(), DiskError> {
        self.give(self.folder.grant(name, mode, None)?)?;
        self.sync()?;
        self.rename(name)?;
        self.folder.sync()
    }

    /// The same without waiting for the disk: for what can be made again.
    pub(crate) fn publish_lightly(&mut self, name: &str, mode: u32) -> Result<(), DiskError> {
        self.give(self.folder.grant(name, mode, None)?)?;
        self.rename(name)
    }

    /// Removes the file.
    pub(crate) fn remove(&mut self) -> Result<(), DiskError> {
        let Some(name) = &self.name else { return Ok(()) };
        self.folder.remove(name)?;
        self.name = None;
        Ok(())
    }

    /// Returns the file's temporary name, and leaves it there: whoever has the name renames or discards it.
    pub(crate) fn leave(&mut self) -> String {
        self.name.take().unwrap_or_default()
    }
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            self.folder.discard(name);
        }
        if self.is_claimed {
            flock::unlock(&self.file);
        }
    }
}
