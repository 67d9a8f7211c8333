//! The body of an answer, piece by piece as it comes.

use std::fs::File;
use std::io::{self, Read};

use bytes::{Buf as _, Bytes};

use super::answer::OpenResponse;

/// Bytes of a file that are read at once.
const PIECE: usize = 256 << 10;

/// A body.
#[derive(Debug)]
pub(super) struct Flow {
    source: FlowSource,
    /// What has come and was not read yet.
    left: Bytes,
}

#[derive(Debug)]
enum FlowSource {
    Server(Box<OpenResponse>),
    File(File),
}

impl Flow {
    /// Takes the body of an answer.
    pub(super) fn of(answer: OpenResponse) -> Self {
        Self { source: FlowSource::Server(Box::new(answer)), left: Bytes::new() }
    }

    /// Takes a local file.
    pub(super) fn of_file(file: File) -> Self {
        Self { source: FlowSource::File(file), left: Bytes::new() }
    }

    /// Returns the next bytes, as many as there are at once; none at the end.
    pub(super) fn piece(&mut self) -> io::Result<Bytes> {
        if self.left.has_remaining() {
            return Ok(std::mem::take(&mut self.left));
        }
        match &mut self.source {
            FlowSource::Server(answer) => answer.piece(),
            FlowSource::File(file) => {
                let mut piece = vec![0; PIECE];
                let read = file.read(&mut piece)?;
                piece.truncate(read);
                Ok(piece.into())
            }
        }
    }
}

impl Read for Flow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let FlowSource::File(file) = &mut self.source {
            return file.read(buffer);
        }
        self.left = self.piece()?;
        let read = self.left.len().min(buffer.len());
        self.left.copy_to_slice(&mut buffer[..read]);
        Ok(read)
    }
}
