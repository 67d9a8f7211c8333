//! The list of digests, and a rootfs held against it: what `rdcore stream-hash` does in the live system
//! while it loads the rootfs.

use std::io::{self, Read};

use sha2::Digest as _;

use super::error::{DigestListError, InitramfsError};
use crate::model::digest::Sha256;

/// The most of a list that is read: 40 times that of a real one, which has a line for each 2 MiB.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// The largest part that `rdcore stream-hash` takes.
const MAX_CHUNK: u64 = 64 << 20;

/// Bytes that are hashed at once.
const BUFFER: usize = 256 << 10;

/// The digests of a rootfs's parts, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRootfs {
    chunk: u64,
    digests: Vec<Sha256>,
}

/// What came of holding a rootfs against a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootfsVerdict {
    /// It is the one.
    Accepted,
    /// The part at a byte has another digest.
    Differs {
        /// Where the part begins.
        at: u64,
    },
    /// It ends where the list goes on.
    TooShort {
        /// Its size.
        size: u64,
    },
    /// It goes on where the list ends.
    TooLong {
        /// Where the list ends.
        at: u64,
    },
}

/// Parses a list: `stream-hash sha256 <bytes>`, then a digest a line.
pub(super) fn parse(text: &[u8]) -> Result<WantedRootfs, InitramfsError> {
    let text = std::str::from_utf8(text).map_err(|_| DigestListError::Header)?;
    let (header, digests) = text.split_once('\n').ok_or(DigestListError::Header)?;
    let chunk = header.strip_prefix("stream-hash sha256 ").ok_or(DigestListError::Header)?;
    let is_number = !chunk.is_empty() && chunk.bytes().all(|byte| byte.is_ascii_digit());
    let chunk: u64 = chunk.parse().ok().filter(|_| is_number).ok_or(DigestListError::Header)?;
    if chunk == 0 || chunk > MAX_CHUNK {
        return Err(DigestListError::Chunk(chunk).into());
    }
    let digest =
        |(at, line): (usize, &str)| line.parse().map_err(|_| DigestListError::Digest { line: at + 2 });
    let digests = digests.lines().enumerate().map(digest).collect::<Result<_, _>>()?;
    Ok(WantedRootfs { chunk, digests })
}

impl WantedRootfs {
    /// Holds a rootfs against the list; reads no further than to the first difference.
    pub fn judge(&self, mut rootfs: impl Read) -> io::Result<RootfsVerdict> {
        let (mut at, mut buffer) = (0, vec![0; BUFFER]);
        for wanted in &self.digests {
            let (size, digest) = hash(rootfs.by_ref().take(self.chunk), &mut buffer)?;
            if size == 0 {
                return Ok(RootfsVerdict::TooShort { size: at });
            }
            if digest != *wanted {
                return Ok(RootfsVerdict::Differs { at });
            }
            at += size;
        }
        let (rest, _) = hash(rootfs.take(1), &mut buffer)?;
        Ok(if rest == 0 { RootfsVerdict::Accepted } else { RootfsVerdict::TooLong { at } })
    }
}

fn hash(mut part: impl Read, buffer: &mut [u8]) -> io::Result<(u64, Sha256)> {
    let (mut size, mut hasher) = (0, sha2::Sha256::new());
    loop {
        match part.read(buffer) {
            Ok(0) => return Ok((size, Sha256::finish(hasher))),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
