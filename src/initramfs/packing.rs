//! How a part of an initramfs is compressed.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::archive::{UnpackBudget, Unpacked};

/// The largest window that the kernel's own zstd takes (`ZSTD_WINDOWSIZE_MAX`).
const MAX_WINDOW: u64 = 128 << 20;

/// The same for xz, in KiB: more than the 64 MiB dictionary of `xz -9`.
const MAX_DICTIONARY_KIB: u32 = 128 << 10;

/// What the first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// An archive as it is.
    None,
    /// gzip
    Gzip,
    /// xz
    Xz,
    /// Zstandard
    Zstd,
}

impl Packing {
    /// Knows a part by its first bytes. The kernel also knows bzip2, LZMA, LZO and LZ4, in which no
    /// CoreOS ever was.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'0', b'7', b'0', b'7', b'0', b'1' | b'2'] => Some(Self::None),
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Opens a part. It is read to its own end and not a byte further, so that the next can follow.
    pub(super) fn open<'a>(
        self,
        part: impl BufRead + 'a,
        budget: &'a UnpackBudget,
    ) -> io::Result<Unpacked<'a>> {
        let reader: Box<dyn Read + 'a> = match self {
            Self::None => Box::new(part),
            Self::Gzip => Box::new(GzDecoder::new(part)),
            Self::Xz => Box::new(XzReader::new_mem_limit(part, false, MAX_DICTIONARY_KIB)),
            Self::Zstd => Box::new(
                StreamingDecoder::new_with_max_window_size(part, MAX_WINDOW).map_err(io::Error::other)?,
            ),
        };
        Ok(Unpacked::new(reader, budget, self != Self::None))
    }
}
