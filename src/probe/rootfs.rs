//! Holding a rootfs against the initramfs that is to load it, as both lie on the disk.

use std::fs::File;
use std::io;

use camino::Utf8Path;

use crate::initramfs::{self, InitramfsError, RootfsVerdict};

/// What came of it.
#[derive(Debug)]
pub enum RootfsMatch {
    /// The initramfs names a rootfs, and this is what it makes of the one there.
    Judged(RootfsVerdict),
    /// The initramfs names none.
    Unsaid,
    /// The initramfs cannot be looked into.
    Invalid(InitramfsError),
}

/// Says whether an initramfs accepts a rootfs. Only regular files are opened.
pub fn accepts(initramfs: &Utf8Path, rootfs: &Utf8Path) -> io::Result<RootfsMatch> {
    let (initramfs, rootfs) = (open(initramfs)?, open(rootfs)?);
    Ok(match initramfs::wanted_rootfs(initramfs) {
        Ok(Some(wanted)) => RootfsMatch::Judged(wanted.judge(rootfs)?),
        Ok(None) => RootfsMatch::Unsaid,
        Err(error) => RootfsMatch::Invalid(error),
    })
}

fn open(path: &Utf8Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    File::open(path)
}
