//! The file as it is read: peeked at, counted, bounded.

use std::io::{self, BufRead, BufReader, Read, Take};

use super::archive::UnpackBudget;
use super::error::InitramfsError;

/// Bytes that are read at once.
const BUFFER: usize = 256 << 10;

/// How many bytes tell what follows.
const HEAD: usize = 6;

/// A reader that knows where it is.
pub(super) struct ArchiveReader<R> {
    inner: BufReader<Take<R>>,
    at: u64,
    max: u64,
}

impl<R: Read> ArchiveReader<R> {
    pub(super) fn new(inner: R, max: u64) -> Self {
        Self { inner: BufReader::with_capacity(BUFFER, inner.take(max)), at: 0, max }
    }

    /// Skips the zeros between two archives, and returns where the next begins.
    pub(super) fn skip_zeros(&mut self) -> io::Result<u64> {
        loop {
            let buffer = self.fill_buf()?;
            let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
            let is_over = buffer.is_empty() || zeros < buffer.len();
            self.consume(zeros);
            if is_over {
                return Ok(self.at);
            }
        }
    }

    /// Takes the first bytes of what follows; fewer at the end of the file.
    pub(super) fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Says whether as much was read as ever is.
    pub(super) fn is_used_up(&self) -> bool {
        self.at >= self.max
    }

    /// Says what a fault of the part at `at` means.
    pub(super) fn fault(&self, at: u64, budget: &UnpackBudget, cause: &io::Error) -> InitramfsError {
        if budget.is_spent() || self.is_used_up() {
            InitramfsError::TooLarge
        } else if cause.kind() == io::ErrorKind::UnexpectedEof {
            InitramfsError::Truncated { at }
        } else {
            InitramfsError::Broken { at, cause: cause.to_string() }
        }
    }
}

impl<R: Read> Read for ArchiveReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl<R: Read> BufRead for ArchiveReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.at += count as u64;
        self.inner.consume(count);
    }
}
