//! A stream whose bytes are hashed as they pass.

use std::io::{self, Read, Write};

use sha2::Digest as _;

use crate::model::digest::Sha256;

/// A reader or writer with the digest and the number of what has passed.
pub(super) struct Tally<T> {
    inner: T,
    hasher: sha2::Sha256,
    pub(super) bytes: u64,
}

impl<T> Tally<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hasher: sha2::Sha256::new(), bytes: 0 }
    }

    /// Returns the stream and the digest.
    pub(super) fn finish(self) -> (T, Sha256) {
        (self.inner, Sha256::finish(self.hasher))
    }

    fn pass(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
        self.bytes += piece.len() as u64;
    }
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.pass(&buffer[..read]);
        Ok(read)
    }
}

impl<W: Write> Write for Tally<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.pass(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
