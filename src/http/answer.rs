//! An answer of a server, with the lane that it comes on.

use std::io::{self, ErrorKind};
use std::ops::Deref;
use std::time::Duration;

use bytes::Bytes;

use super::lane::Held;

/// How many pieces are looked for of an answer that nobody reads to its end.
const REST: usize = 3;

/// An answer under way.
#[derive(Debug)]
pub(super) struct OpenResponse {
    response: reqwest::Response,
    /// Given back when all has come.
    lane: Option<Held>,
    /// The longest wait for the next bytes.
    patience: Duration,
}

impl OpenResponse {
    pub(super) fn new(response: reqwest::Response, lane: Held, patience: Duration) -> Self {
        Self { response, lane: Some(lane), patience }
    }

    /// Returns the next bytes of the body, as many as there are at once; none at the end.
    pub(super) fn piece(&mut self) -> io::Result<Bytes> {
        self.piece_within(self.patience)
    }

    fn piece_within(&mut self, patience: Duration) -> io::Result<Bytes> {
        while let Some(lane) = &self.lane {
            let came = lane.wait(patience, self.response.chunk());
            let came = came.map_err(|late| io::Error::new(ErrorKind::TimedOut, late))?;
            match came.map_err(io::Error::other)? {
                // Not the end, though it looks like it to whoever reads.
                Some(piece) if piece.is_empty() => {}
                Some(piece) => return Ok(piece),
                None => self.lane.take().map_or((), Held::give_back),
            }
        }
        Ok(Bytes::new())
    }
}

impl Deref for OpenResponse {
    type Target = reqwest::Response;

    fn deref(&self) -> &reqwest::Response {
        &self.response
    }
}

impl Drop for OpenResponse {
    /// Reads what has come already. If that is all, the connection serves again; else it is closed.
    fn drop(&mut self) {
        for _ in 0..REST {
            if self.lane.is_none() || self.piece_within(Duration::ZERO).is_err() {
                break;
            }
        }
    }
}
