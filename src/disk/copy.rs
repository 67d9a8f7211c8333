//! Copies of large files: shared blocks where the file system can, else inside the kernel.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};

use rustix::fs::{copy_file_range, ioctl_ficlone};

use super::{DiskError, Temp};

/// Bytes that one call copies at most.
const CHUNK: usize = 64 << 20;

/// Bytes that are read at once where the kernel does not copy.
const BUFFER: usize = 256 << 10;

impl Temp<'_> {
    /// Fills the file with another's contents.
    pub(crate) fn copy_of(&mut self, source: &File) -> Result<(), DiskError> {
        self.change("write", |file| {
            if shares_blocks(source, file) {
                return Ok(());
            }
            copy_in_kernel(source, file).or_else(|_| copy_through(source, file))
        })
    }
}

/// Lets a file that is empty share the blocks of another; says whether it can (`FICLONE` of
/// `ioctl_ficlonerange`(2)).
pub(crate) fn shares_blocks(first: &File, second: &File) -> bool {
    ioctl_ficlone(second, first).is_ok()
}

fn copy_in_kernel(from: &File, to: &File) -> io::Result<()> {
    let (mut read_at, mut write_at) = (0, 0);
    loop {
        let copied = copy_file_range(from, Some(&mut read_at), to, Some(&mut write_at), CHUNK)?;
        // Some file systems report an end at once instead of an error.
        match (copied, write_at == from.metadata()?.len()) {
            (0, true) => return Ok(()),
            (0, false) => return Err(ErrorKind::UnexpectedEof.into()),
            _ => {}
        }
    }
}

fn copy_through(mut from: &File, mut to: &File) -> io::Result<()> {
    from.seek(SeekFrom::Start(0))?;
    to.set_len(0)?;
    to.seek(SeekFrom::Start(0))?;
    // Not `io::copy`, which would try the kernel again.
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => to.write_all(&buffer[..read])?,
        }
    }
}
