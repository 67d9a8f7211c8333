//! Which rootfs a live initramfs accepts: it carries the digests in `/etc/coreos-live-want-rootfs`.
//!
//! An initramfs is a run of cpio archives, each as it is or compressed by itself, with zeros between
//! them; of several files of one path the last counts. Everything here reads what nobody vouches for:
//! sizes are bounded before anything is stored, and what is broken is an error, never a panic.

mod archive;
mod error;
mod packing;
mod source;
mod want;

use std::io::{BufRead, Cursor, Read};

use archive::{ArchiveStep, UnpackBudget};
use packing::Packing;
use source::ArchiveReader;

pub use error::{DigestListError, InitramfsError};
pub use want::{RootfsVerdict, WantedRootfs};

/// The most that is read of a file; those of real releases have about 100 MB.
const MAX_PACKED: u64 = 1 << 30;

/// The most that is unpacked of a file; those of real releases have about 300 MB.
const MAX_UNPACKED: u64 = 2 << 30;

/// Finds the list of an initramfs; there is none in one that was not made for network boots, or that
/// carries its rootfs itself.
pub fn wanted_rootfs(initramfs: impl Read) -> Result<Option<WantedRootfs>, InitramfsError> {
    within(initramfs, MAX_PACKED, MAX_UNPACKED)
}

fn within(
    initramfs: impl Read,
    max_packed: u64,
    max_unpacked: u64,
) -> Result<Option<WantedRootfs>, InitramfsError> {
    let mut source = ArchiveReader::new(initramfs, max_packed);
    let budget = UnpackBudget::of(max_unpacked);
    let mut found: Option<Vec<u8>> = None;
    let mut is_empty = true;
    loop {
        let at = source.skip_zeros().map_err(|cause| source.fault(0, &budget, &cause))?;
        let head = source.head().map_err(|cause| source.fault(at, &budget, &cause))?;
        if head.is_empty() {
            return match (source.is_used_up(), is_empty) {
                (true, _) => Err(InitramfsError::TooLarge),
                (_, true) => Err(InitramfsError::Empty),
                _ => found.map(|list| want::parse(&list)).transpose(),
            };
        }
        is_empty = false;
        let packing = Packing::of(&head).ok_or(InitramfsError::Unknown { at })?;
        let part = InitramfsPart { packing, budget: &budget, found: &mut found };
        let result = part.read(head, &mut source);
        result.map_err(|cause| source.fault(at, &budget, &cause))?;
    }
}

/// One archive with its compression, or several archives compressed together.
struct InitramfsPart<'a> {
    packing: Packing,
    budget: &'a UnpackBudget,
    found: &'a mut Option<Vec<u8>>,
}

impl InitramfsPart<'_> {
    fn read(self, head: Vec<u8>, source: &mut dyn BufRead) -> std::io::Result<()> {
        let whole = Cursor::new(head).chain(source);
        let mut unpacked = self.packing.open(whole, self.budget)?;
        loop {
            let step = archive::read(&mut unpacked, &mut |list| *self.found = list)?;
            if step == ArchiveStep::End || self.packing == Packing::None {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests;
