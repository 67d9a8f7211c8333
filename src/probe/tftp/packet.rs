//! The packets that a server sends.

use thiserror::Error;

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TftpPacket<'a> {
    /// A block of the file.
    Data {
        /// From 1; it wraps around.
        block: u16,
        /// Fewer than a block's size end the file.
        bytes: &'a [u8],
    },
    /// The server gives up.
    Error {
        /// RFC 1350, appendix; 8 is from RFC 2347.
        code: u16,
        /// For people, cut short.
        message: String,
    },
    /// The options that the server takes.
    Options {
        /// `tsize`
        size: Option<u64>,
        /// `blksize`
        block: Option<usize>,
    },
}

/// Why bytes are no packet that a server may send.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PacketError {
    /// Another kind, or none.
    #[error("a packet of an unknown kind")]
    Kind,
    /// An option whose value is no number.
    #[error("an option without a number")]
    Option,
    /// A block size that was not asked for.
    #[error("a block size that was not asked for")]
    Block,
    /// A block longer than agreed.
    #[error("a block that is longer than agreed")]
    Long,
}

impl<'a> TftpPacket<'a> {
    /// Parses a packet.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        match bytes {
            [0, 3, high, low, data @ ..] => {
                Ok(Self::Data { block: u16::from_be_bytes([*high, *low]), bytes: data })
            }
            [0, 5, high, low, text @ ..] => {
                let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
                let message = String::from_utf8_lossy(text).chars().take(120).collect();
                Ok(Self::Error { code: u16::from_be_bytes([*high, *low]), message })
            }
            [0, 6, options @ ..] => Self::options(options),
            _ => Err(PacketError::Kind),
        }
    }

    /// Names and values, each with a NUL at its end; names in any case.
    fn options(bytes: &'a [u8]) -> Result<Self, PacketError> {
        let text = std::str::from_utf8(bytes).map_err(|_| PacketError::Option)?;
        let words: Vec<&str> = text.split('\0').collect();
        let value = |name: &str| {
            let pair = words.chunks_exact(2).find(|pair| pair[0].eq_ignore_ascii_case(name))?;
            Some(pair[1].parse::<u64>().map_err(|_| PacketError::Option))
        };
        let block = value("blksize").transpose()?.map(|block| usize::try_from(block).unwrap_or(usize::MAX));
        Ok(Self::Options { size: value("tsize").transpose()?, block })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read() {
        let parse = TftpPacket::parse;
        assert_eq!(parse(b"\0\x03\x01\x02ab"), Ok(TftpPacket::Data { block: 258, bytes: b"ab" }));
        assert_eq!(parse(b"\0\x03\0\x01"), Ok(TftpPacket::Data { block: 1, bytes: b"" }));
        let error = TftpPacket::Error { code: 1, message: "no".into() };
        assert_eq!(parse(b"\0\x05\0\x01no\0"), Ok(error));
        let options = |size, block| Ok(TftpPacket::Options { size, block });
        assert_eq!(parse(b"\0\x06TSIZE\x009\0blksize\x00512\0"), options(Some(9), Some(512)));
        assert_eq!(parse(b"\0\x06"), options(None, None));
        assert_eq!(parse(b"\0\x06tsize\0"), Err(PacketError::Option));
        assert_eq!(parse(b"\0\x06tsize\0-1\0"), Err(PacketError::Option));
        for bad in [&b""[..], b"\0", b"\0\x03\0", b"\0\x04\0\0", b"\x01\x03\0\0", b"\0\x07"] {
            assert_eq!(parse(bad), Err(PacketError::Kind), "{bad:?}");
        }
    }
}
