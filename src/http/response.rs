//! An answer, with what its headers say of the bytes that follow.

use std::fs::File;
use std::io::{self, Read};
use std::time::SystemTime;

use bytes::Bytes;

use reqwest::header::{
    CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, HeaderName, LAST_MODIFIED, RETRY_AFTER,
    TRANSFER_ENCODING,
};
use url::Url;

use super::answer::OpenResponse;
use super::flow::Flow;
use super::range::{ContentRange, Validator, unsatisfied_total};
use super::{HttpError, wait};
use crate::model::url::without_secrets;

/// An answer with its body still to be read. Dropping it closes the transfer.
#[derive(Debug)]
pub struct Response {
    /// What the body is.
    pub kind: BodyKind,
    /// The length of the body, if the server says so.
    pub content_length: Option<u64>,
    /// Whether the end of the body is marked, so that a cut is noticed.
    pub is_delimited: bool,
    /// `Content-Encoding`, if any; the body is as it was sent.
    pub content_encoding: Option<String>,
    /// `Content-Type`, if any.
    pub content_type: Option<String>,
    /// What later requests can prove the object with, if anything.
    pub validator: Option<Validator>,
    /// The hosts that redirects led to, in order.
    pub redirected_to: Vec<String>,
    body: Flow,
}

/// What the body of an answer is. All but the first come only where a range was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// The whole object (200).
    Whole,
    /// A part of it (206); which one, if that is said and makes sense.
    Part(Option<ContentRange>),
    /// Nothing: the object does not reach that far (416); its size, if that is said.
    Beyond(Option<u64>),
    /// Nothing: a condition failed or a cache was in the way (304, 412).
    Nothing,
}

impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.read(buffer)
    }
}

impl Response {
    /// Returns the next bytes of the body as they came, without copying them; none at the end.
    pub fn piece(&mut self) -> io::Result<Bytes> {
        self.body.piece()
    }

    /// Takes an answer whose status is one that the request allows.
    pub(super) fn of(
        url: &Url,
        response: OpenResponse,
        ranged: bool,
        redirected_to: Vec<String>,
    ) -> Result<Self, HttpError> {
        let header = |name| header(&response, &name);
        let kind = kind(&response, ranged).ok_or_else(|| refusal(url, &response))?;
        let content_length = response.content_length();
        Ok(Self {
            kind,
            content_length,
            is_delimited: content_length.is_some() || header(TRANSFER_ENCODING).is_some(),
            content_type: header(CONTENT_TYPE).map(str::to_owned),
            content_encoding: header(CONTENT_ENCODING).map(str::to_owned),
            validator: Validator::of(header(ETAG), header(LAST_MODIFIED), header(DATE)),
            redirected_to,
            body: Flow::of(response),
        })
    }

    /// Takes a local file, which is always there as a whole.
    pub(super) fn of_file(file: File, length: u64) -> Self {
        Self {
            kind: BodyKind::Whole,
            content_length: Some(length),
            is_delimited: true,
            content_type: None,
            content_encoding: None,
            validator: None,
            redirected_to: Vec::new(),
            body: Flow::of_file(file),
        }
    }
}

fn header<'r>(response: &'r reqwest::Response, name: &HeaderName) -> Option<&'r str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

fn kind(response: &reqwest::Response, ranged: bool) -> Option<BodyKind> {
    let range = || header(response, &CONTENT_RANGE);
    match response.status().as_u16() {
        200 => Some(BodyKind::Whole),
        206 if ranged => Some(BodyKind::Part(range().and_then(ContentRange::parse))),
        304 | 412 if ranged => Some(BodyKind::Nothing),
        416 if ranged => Some(BodyKind::Beyond(range().and_then(unsatisfied_total))),
        _ => None,
    }
}

pub(super) fn refusal(url: &Url, response: &reqwest::Response) -> HttpError {
    let now = header(response, &DATE)
        .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
        .unwrap_or_else(SystemTime::now);
    let retry_after = header(response, &RETRY_AFTER).and_then(|text| wait::retry_after(text, now));
    HttpError::Status { url: without_secrets(url.as_str()), status: response.status(), retry_after }
}
