//! A transfer's file while it grows: it outlives a failure of the network, and only that.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::DownloadError;
use super::folder::{Folder, TEMP_PREFIX, TEMP_SUFFIX};
use super::part::Part;
use super::proof::{MAX_BYTES, Proof};
use crate::disk::fault;
use crate::model::digest::Sha256;

/// Readable for web and TFTP servers, whatever the umask.
const MODE: Mode = Mode::from_raw_mode(0o644);

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A part file, locked. It is removed when it is dropped, unless [`Partial::keep`] or
/// [`Partial::publish`] came before.
#[derive(Debug)]
pub(super) struct Partial<'f> {
    folder: &'f Folder,
    name: String,
    file: File,
    /// What a later run may continue it with. Only a file that is named by its digest has one.
    is_named: bool,
    is_kept: bool,
}

/// Returns the name of the part file of a digest.
pub(super) fn part_name(sha256: Sha256) -> String {
    format!("{TEMP_PREFIX}{sha256}{TEMP_SUFFIX}")
}

/// Returns the name of the proof beside it; it is a temp name too, so that it is cleaned up alike.
pub(super) fn proof_name(sha256: Sha256) -> String {
    format!("{TEMP_PREFIX}{sha256}.proof{TEMP_SUFFIX}")
}

impl<'f> Partial<'f> {
    /// Opens the part file of a digest, or makes it, and takes its lock. `wait` is called when
    /// another run has it, and then the lock is waited for.
    pub(super) fn open(folder: &'f Folder, sha256: Sha256, wait: &dyn Fn()) -> Result<Self, DownloadError> {
        let name = part_name(sha256);
        loop {
            let file = match open(folder, &name, OFlags::empty()) {
                // A link there is nobody's work: it goes, not what it leads to.
                Err(Errno::LOOP | Errno::ACCESS | Errno::NXIO) => {
                    remove(folder, &name)?;
                    continue;
                }
                opened => opened.map_err(|error| DownloadError::io("open", &folder.path_of(&name), error))?,
            };
            if let Err(error) = lock(&file, wait) {
                // Where the lock cannot be had, only an empty file is surely nobody else's.
                if file.metadata().is_ok_and(|metadata| metadata.len() == 0) {
                    remove(folder, &name)?;
                }
                return Err(DownloadError::io("lock", &folder.path_of(&name), error));
            }
            match standing(folder, &name, &file) {
                Standing::Ours => return Ok(Self { folder, name, file, is_named: true, is_kept: false }),
                Standing::Gone => {}
                Standing::Foreign => remove(folder, &name)?,
            }
        }
    }

    /// Opens a part file that is there and that no other run has.
    pub(super) fn try_open(folder: &'f Folder, sha256: Sha256) -> Result<Option<Self>, DownloadError> {
        let name = part_name(sha256);
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(fd) = rustix::fs::openat(&folder.fd, &name, flags, Mode::empty()) else { return Ok(None) };
        let file = File::from(fd);
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { folder, name, file, is_named: true, is_kept: false })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(DownloadError::io("lock", &folder.path_of(&name), error)),
        }
    }

    /// Makes a part file that no later run can continue.
    pub(super) fn fresh(folder: &'f Folder) -> Result<Self, DownloadError> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{TEMP_PREFIX}{}-f{number}{TEMP_SUFFIX}", process::id());
        let file = open(folder, &name, OFlags::EXCL)
            .map_err(|error| DownloadError::io("create", &folder.path_of(&name), error))?;
        Ok(Self { folder, name, file, is_named: false, is_kept: false })
    }

    /// Returns the file, for reading what is there already.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Returns the length of the file.
    pub(super) fn len(&self) -> Result<u64, DownloadError> {
        self.file.metadata().map(|it| it.len()).map_err(|source| self.failed("look at", source))
    }

    /// Writes bytes at a place.
    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> Result<(), DownloadError> {
        let written = fault().map_err(Into::into).and_then(|()| self.file.write_all_at(bytes, at));
        written.map_err(|source| self.failed("write", source))
    }

    /// Drops every byte from a place on.
    pub(super) fn truncate(&self, length: u64) -> Result<(), DownloadError> {
        let cut = fault().map_err(Into::into).and_then(|()| self.file.set_len(length));
        cut.map_err(|source| self.failed("truncate", source))
    }

    /// Reads what the bytes that are there were known by.
    pub(super) fn proof(&self) -> Option<Proof> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.folder.fd, self.proof_name()?, flags, Mode::empty()).ok()?;
        let mut text = String::new();
        File::from(fd).take(MAX_BYTES).read_to_string(&mut text).ok()?;
        Proof::parse(&text)
    }

    /// Writes down, or forgets, what the bytes are known by.
    pub(super) fn set_proof(&self, proof: Option<&Proof>) -> Result<(), DownloadError> {
        let Some(name) = self.proof_name() else { return Ok(()) };
        let Some(proof) = proof else { return remove(self.folder, &name) };
        let mut part = Part::create(self.folder)?;
        part.write(proof.to_json().as_bytes())?;
        part.publish_lightly(&name)
    }

    /// Leaves the file for a later run.
    pub(super) fn keep(mut self) {
        self.is_kept = self.is_named;
    }

    /// Makes the bytes durable and gives them their name. What stands there by then is replaced only
    /// if it is a regular file, whose owner and group are kept.
    pub(super) fn publish(mut self, name: &str) -> Result<(), DownloadError> {
        let synced = fault().map_err(Into::into).and_then(|()| self.file.sync_all());
        synced.map_err(|source| self.failed("sync", source))?;
        self.folder.adopt(&self.file, name)?;
        self.folder.rename(&self.name, name)?;
        self.is_kept = true;
        if let Some(proof) = self.proof_name() {
            remove(self.folder, &proof)?;
        }
        self.folder.sync()
    }

    fn proof_name(&self) -> Option<String> {
        let stem = self.name.strip_suffix(TEMP_SUFFIX).filter(|_| self.is_named)?;
        Some(format!("{stem}.proof{TEMP_SUFFIX}"))
    }

    pub(super) fn failed(&self, action: &'static str, source: std::io::Error) -> DownloadError {
        DownloadError::io(action, &self.folder.path_of(&self.name), source)
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = remove(self.folder, &self.name);
            let _ = self.proof_name().map(|name| remove(self.folder, &name));
        }
        // Closing is not enough where another thread forks at this moment (flock(2)).
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

fn open(folder: &Folder, name: &str, more: OFlags) -> Result<File, Errno> {
    fault()?;
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | more;
    let fd = rustix::fs::openat(&folder.fd, name, flags, MODE)?;
    rustix::fs::fchmod(&fd, MODE)?;
    Ok(fd.into())
}

/// Takes the lock that keeps a second run from writing to the same file.
fn lock(file: &File, wait: &dyn Fn()) -> Result<(), Errno> {
    fault()?;
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => {
            wait();
            rustix::fs::flock(file, FlockOperation::LockExclusive)
        }
        // Some network file systems have no locks; one run at a time works there as anywhere.
        Err(Errno::NOTSUP | Errno::NOLCK) => Ok(()),
        other => other,
    }
}

/// What a file is that was opened and locked.
enum Standing {
    /// The one under the name, and under no other.
    Ours,
    /// Another run has finished it or thrown it away meanwhile.
    Gone,
    /// A pipe, or a file with a second name, through which somebody else's bytes would change.
    Foreign,
}

fn standing(folder: &Folder, name: &str, file: &File) -> Standing {
    let Ok(opened) = file.metadata() else { return Standing::Gone };
    match rustix::fs::statat(&folder.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(named) if named.st_ino != opened.ino() || named.st_dev != opened.dev() => Standing::Gone,
        Ok(_) if opened.is_file() && opened.nlink() == 1 => Standing::Ours,
        Ok(_) => Standing::Foreign,
        Err(_) => Standing::Gone,
    }
}

/// Removes a name, if it is there.
pub(super) fn remove(folder: &Folder, name: &str) -> Result<(), DownloadError> {
    match rustix::fs::unlinkat(&folder.fd, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(DownloadError::io("remove", &folder.path_of(name), error)),
    }
}
