//! A file on its way: written under a temp name in its own folder, then renamed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::AsRawFd as _;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use super::DownloadError;
use super::folder::{Folder, TEMP_PREFIX, TEMP_SUFFIX};
use crate::disk::fault;

/// Bytes that one call copies at most.
const COPY_CHUNK: usize = 64 << 20;

/// Readable for web and TFTP servers, whatever the umask.
const MODE: Mode = Mode::from_raw_mode(0o644);

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A temp file; gone when it is dropped before [`Part::publish`].
#[derive(Debug)]
pub(super) struct Part<'f> {
    folder: &'f Folder,
    name: String,
    file: File,
}

impl<'f> Part<'f> {
    /// Makes an empty temp file in a folder.
    pub(super) fn create(folder: &'f Folder) -> Result<Self, DownloadError> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{TEMP_PREFIX}{}-{number}{TEMP_SUFFIX}", process::id());
        let failed = |error: Errno| DownloadError::io("create", &folder.path_of(&name), error);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        fault().map_err(failed)?;
        let fd = rustix::fs::openat(&folder.fd, &*name, flags, MODE).map_err(failed)?;
        rustix::fs::fchmod(&fd, MODE).map_err(failed)?;
        Ok(Self { folder, name, file: fd.into() })
    }

    /// Makes the temp file a second name of another file, where that is possible.
    pub(super) fn link_of(folder: &'f Folder, source: &File) -> Result<Option<Self>, DownloadError> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{TEMP_PREFIX}{}-{number}{TEMP_SUFFIX}", process::id());
        let failed = |error: Errno| DownloadError::io("link", &folder.path_of(&name), error);
        fault().map_err(failed)?;
        // The open file itself is linked, not whatever has its name by now (proc(5), linkat(2)).
        let open = format!("/proc/self/fd/{}", source.as_raw_fd());
        match rustix::fs::linkat(CWD, &*open, &folder.fd, &*name, AtFlags::SYMLINK_FOLLOW) {
            Ok(()) => {
                let file = source
                    .try_clone()
                    .map_err(|error| DownloadError::io("link", &folder.path_of(&name), error))?;
                Ok(Some(Self { folder, name, file }))
            }
            Err(Errno::XDEV | Errno::PERM | Errno::MLINK | Errno::NOTSUP | Errno::NOENT | Errno::ACCESS) => {
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes bytes at the end.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        let written = fault().map_err(Into::into).and_then(|()| self.file.write_all(bytes));
        written.map_err(|source| self.failed("write", source))
    }

    /// Gives the file its name without waiting for the disk: for what can be made again.
    pub(super) fn publish_lightly(self, name: &str) -> Result<(), DownloadError> {
        self.folder.has_file(name)?;
        self.folder.rename(&self.name, name)
    }

    /// Fills the file with another's contents: shared blocks where the file system can, else a copy
    /// inside the kernel, else one through memory.
    pub(super) fn copy_of(&mut self, source: &mut File) -> Result<(), DownloadError> {
        fault().map_err(|error| self.failed("write", error.into()))?;
        if rustix::fs::ioctl_ficlone(&self.file, &*source).is_ok() {
            return Ok(());
        }
        let copied = copy_in_kernel(source, &self.file).or_else(|_| copy_through(source, &mut self.file));
        copied.map_err(|error| self.failed("write", error))
    }

    /// Gives the file its name, durably. What stands there by then is replaced only if it is a
    /// regular file.
    pub(super) fn publish(self, name: &str) -> Result<(), DownloadError> {
        let synced = fault().map_err(Into::into).and_then(|()| self.file.sync_all());
        synced.map_err(|source| self.failed("sync", source))?;
        self.folder.adopt(&self.file, name)?;
        self.folder.rename(&self.name, name)?;
        self.folder.sync()
    }

    fn failed(&self, action: &'static str, source: io::Error) -> DownloadError {
        DownloadError::io(action, &self.folder.path_of(&self.name), source)
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        // After a rename there is nothing of that name, which is what is wanted.
        let _ = rustix::fs::unlinkat(&self.folder.fd, &*self.name, AtFlags::empty());
    }
}

fn copy_in_kernel(from: &File, to: &File) -> io::Result<()> {
    let (mut read_at, mut write_at) = (0, 0);
    loop {
        let copied =
            rustix::fs::copy_file_range(from, Some(&mut read_at), to, Some(&mut write_at), COPY_CHUNK)?;
        // Some file systems report an end at once instead of an error.
        match (copied, write_at == from.metadata()?.len()) {
            (0, true) => return Ok(()),
            (0, false) => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => {}
        }
    }
}

fn copy_through(from: &mut File, to: &mut File) -> io::Result<()> {
    from.seek(SeekFrom::Start(0))?;
    to.set_len(0)?;
    to.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; super::BUFFER];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => to.write_all(&buffer[..read])?,
        }
    }
}
