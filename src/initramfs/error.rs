//! What can be wrong with an initramfs.

use thiserror::Error;

/// Why an initramfs cannot be looked into.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InitramfsError {
    /// A file without a byte, or of zeros only.
    #[error("it is empty")]
    Empty,
    /// Neither an archive nor a compression that is known.
    #[error("at byte {at} there is neither a cpio archive nor one that gzip, xz or zstd compressed")]
    Unknown {
        /// Where.
        at: u64,
    },
    /// It ends in the middle.
    #[error("the archive at byte {at} is cut off")]
    Truncated {
        /// Where the archive begins.
        at: u64,
    },
    /// Not what its first bytes promise.
    #[error("the archive at byte {at} is broken: {cause}")]
    Broken {
        /// Where the archive begins.
        at: u64,
        /// What the reader said.
        cause: String,
    },
    /// More than any initramfs has.
    #[error("it is larger, or unpacks to more, than any initramfs")]
    TooLarge,
    /// The list is none.
    #[error("`/etc/coreos-live-want-rootfs` in it is no list of digests: {0}")]
    List(#[from] DigestListError),
}

/// Why a text is no list of digests.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DigestListError {
    /// Another first line.
    #[error("its first line is not `stream-hash sha256 <bytes>`")]
    Header,
    /// A part size that coreos-installer refuses too.
    #[error("its parts have {0} bytes")]
    Chunk(u64),
    /// A line that is no digest.
    #[error("line {line} is no sha256")]
    Digest {
        /// Which, from 1.
        line: usize,
    },
}
