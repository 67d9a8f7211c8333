//! Looking at what a server answers, whatever that is: no redirect is followed, no proxy is asked, no
//! credentials are sent. That is how firmware asks, and `verify --live` asks in its place.

use std::error::Error as _;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_ENCODING, CONTENT_RANGE, LOCATION, RANGE};
use thiserror::Error;

use super::answer::OpenResponse;
use super::flow::Flow;
use super::lane::{Lanes, Late, Recipe, ServerRoute};
use super::{ContentRange, HttpError, load_roots};

/// A client that looks.
#[derive(Debug)]
pub struct Looker {
    lanes: Arc<Lanes>,
    timeout: Duration,
}

/// What to look at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// `http:` or `https:`
    pub url: &'a str,
    /// How.
    pub method: LookMethod,
}

/// How to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookMethod {
    /// At the headers only.
    Head,
    /// At all of it.
    Get,
    /// From the first byte to the last of a range.
    Range(u64, u64),
}

/// An answer with its body still to be read.
#[derive(Debug)]
pub struct OpenAnswer {
    /// The status.
    pub status: u16,
    /// `Location`, if any.
    pub location: Option<String>,
    /// `Content-Encoding`, if any but `identity`.
    pub encoding: Option<String>,
    /// `Content-Length`, if any.
    pub length: Option<u64>,
    /// `Content-Range`, if any that makes sense.
    pub range: Option<ContentRange>,
    body: Flow,
}

/// Why there is no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LookError {
    /// No connection.
    #[error("{0}")]
    Unreachable(String),
    /// A connection, but no answer in time.
    #[error("no answer came in time")]
    Silent,
    /// The server's certificate does not prove who it is.
    #[error("{0}")]
    Certificate(String),
    /// An answer that is no HTTP, or too much of it.
    #[error("{0}")]
    Garbled(String),
}

impl Looker {
    /// Makes a client that trusts the platform's certificates and those of a PEM file. `timeout` is the
    /// longest wait for a connection, for the answer, and then for each of its bytes.
    pub fn new(ca_cert: Option<&Path>, timeout: Duration) -> Result<Self, HttpError> {
        let roots = ca_cert.map(load_roots).transpose()?.unwrap_or_default();
        let lanes = Lanes::new(Recipe { roots, connect_timeout: timeout, way: ServerRoute::Direct });
        lanes.take()?.give_back();
        Ok(Self { lanes, timeout })
    }

    /// Asks and returns what is answered.
    pub fn look(&self, look: &Look) -> Result<OpenAnswer, LookError> {
        let lane = self.lanes.take().map_err(|error| LookError::Unreachable(error.to_string()))?;
        let request = |client: &Client| match look.method {
            LookMethod::Head => client.head(look.url),
            LookMethod::Get => client.get(look.url),
            LookMethod::Range(first, last) => {
                client.get(look.url).header(RANGE, format!("bytes={first}-{last}"))
            }
        };
        let sent = lane.send(request, self.timeout).map_err(|Late| LookError::Silent)?;
        let response = sent.map_err(|error| LookError::of(&error))?;
        Ok(OpenAnswer::of(OpenResponse::new(response, lane, self.timeout)))
    }
}

impl LookError {
    fn of(error: &reqwest::Error) -> Self {
        match () {
            () if is_refused_by_tls(error) => Self::Certificate(root_cause(error)),
            () if error.is_connect() => Self::Unreachable(root_cause(error)),
            () if error.is_timeout() => Self::Silent,
            () => Self::Garbled(root_cause(error)),
        }
    }
}

/// Looks for rustls among the causes. An `io::Error` hides what it was made from, also from `source`.
fn is_refused_by_tls(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<rustls::Error>() {
            return true;
        }
        let hidden = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = hidden.map_or_else(|| cause.source(), |hidden| Some(hidden as &dyn std::error::Error));
    }
    false
}

/// The last of the causes, which is the one that says something.
fn root_cause(error: &reqwest::Error) -> String {
    let mut last = error.source();
    while let Some(next) = last.and_then(std::error::Error::source) {
        last = Some(next);
    }
    last.map_or_else(|| error.to_string(), ToString::to_string)
}

impl OpenAnswer {
    fn of(response: OpenResponse) -> Self {
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self {
            status: response.status().as_u16(),
            location: header(LOCATION),
            encoding: header(CONTENT_ENCODING).filter(|value| value != "identity"),
            length: header(reqwest::header::CONTENT_LENGTH).and_then(|value| value.parse().ok()),
            range: header(CONTENT_RANGE).and_then(|value| ContentRange::parse(&value)),
            body: Flow::of(response),
        }
    }
}

impl Read for OpenAnswer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.read(buffer)
    }
}
