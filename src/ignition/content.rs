//! The contents of a part of an Ignition file: `data:` URLs (RFC 2397) and gzip, within a budget.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use thiserror::Error;

/// How much may come out of all parts of one file together, in bytes. A bootstrap.ign holds about
/// 1 MB; a few kilobytes of gzip can hold gigabytes.
pub const MAX_DECODED: u64 = 64 << 20;

/// What the parts of one file may still use.
#[derive(Debug)]
pub struct ContentBudget(u64);

/// Why a part cannot be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ContentError {
    /// Not a `data:` URL as RFC 2397 has it.
    #[error("a `data:` URL that is not one")]
    DataUrl,
    /// Bytes that are not base64.
    #[error("a `data:` URL whose base64 is broken")]
    Base64,
    /// Bytes that are not gzip.
    #[error("a part whose gzip is broken")]
    Gzip,
    /// More than any real file holds.
    #[error("parts of more than {} MiB", MAX_DECODED >> 20)]
    Large,
}

impl Default for ContentBudget {
    fn default() -> Self {
        Self(MAX_DECODED)
    }
}

impl ContentBudget {
    fn spend(&mut self, bytes: usize) -> Result<(), ContentError> {
        self.0 = self.0.checked_sub(bytes as u64).ok_or(ContentError::Large)?;
        Ok(())
    }

    /// Decodes a `data:` URL; what is gzip inside comes out unpacked, whatever the file says of it.
    pub fn decode(&mut self, url: &str) -> Result<Vec<u8>, ContentError> {
        let bytes = data_url(url)?;
        self.spend(bytes.len())?;
        if bytes.starts_with(&[0x1f, 0x8b]) { self.gunzip(&bytes) } else { Ok(bytes) }
    }

    fn gunzip(&mut self, packed: &[u8]) -> Result<Vec<u8>, ContentError> {
        let mut bytes = Vec::new();
        let read = MultiGzDecoder::new(packed).take(self.0 + 1).read_to_end(&mut bytes);
        self.spend(bytes.len())?;
        read.map_err(|_| ContentError::Gzip)?;
        Ok(bytes)
    }
}

fn data_url(url: &str) -> Result<Vec<u8>, ContentError> {
    let rest = url.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:")).and(url.get(5..));
    let (kind, data) = rest.and_then(|rest| rest.split_once(',')).ok_or(ContentError::DataUrl)?;
    let plain = percent_decode(data).ok_or(ContentError::DataUrl)?;
    if !kind.to_ascii_lowercase().ends_with(";base64") {
        return Ok(plain);
    }
    STANDARD.decode(plain).map_err(|_| ContentError::Base64)
}

fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2).filter(|hex| !hex.starts_with('+'))?, 16).ok()?);
        bytes.extend(part.as_bytes().get(2..)?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> String {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).unwrap();
        format!("data:;base64,{}", STANDARD.encode(packer.finish().unwrap()))
    }

    #[test]
    fn parts_are_decoded() {
        let decode = |url: &str| ContentBudget::default().decode(url);
        assert_eq!(decode("data:,a%20b").as_deref(), Ok(&b"a b"[..]));
        assert_eq!(decode("data:text/plain;charset=utf-8;base64,aGk=").as_deref(), Ok(&b"hi"[..]));
        assert_eq!(decode("data:;base64,aGk%3D").as_deref(), Ok(&b"hi"[..]));
        assert_eq!(decode(&gzip(b"packed")).as_deref(), Ok(&b"packed"[..]));
        assert_eq!(decode("https://h/x"), Err(ContentError::DataUrl));
        assert_eq!(decode("data:no comma"), Err(ContentError::DataUrl));
        assert_eq!(decode("data:,%zz"), Err(ContentError::DataUrl));
        assert_eq!(decode("data:,%é"), Err(ContentError::DataUrl));
        assert_eq!(decode("data:;base64,***"), Err(ContentError::Base64));
        assert_eq!(decode("data:;base64,H4sIAAAA"), Err(ContentError::Gzip));
    }

    #[test]
    fn a_bomb_is_not_unpacked_further_than_the_budget() {
        let bomb = gzip(&vec![0; usize::try_from(MAX_DECODED).unwrap() + 1]);
        assert!(bomb.len() < 100_000);
        assert_eq!(ContentBudget::default().decode(&bomb), Err(ContentError::Large));
    }
}
