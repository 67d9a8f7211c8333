//! Requests that carry something: what a store is sent.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, ETAG};

use super::answer::OpenResponse;
use super::flow::Flow;
use super::response::refusal;
use super::{Client, HttpError, parse_url};

/// The most of an answer that is read, in bytes.
const MOST: u64 = 8 << 20;

/// The slowest link that a body is sent over, in bytes a second.
const SLOWEST: u64 = 64 << 10;

/// A request that somebody has signed.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// `GET`, `PUT` and the like.
    pub method: &'a str,
    /// Where to.
    pub url: &'a str,
    /// What belongs to it.
    pub headers: &'a [(String, String)],
    /// What is sent.
    pub body: &'a [u8],
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The status.
    pub status: u16,
    /// `ETag`, without quotes.
    pub etag: Option<String>,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// Headers that belong to the owner of an object (`x-amz-meta-...`), by their names in lower case.
    pub metadata: Vec<(String, String)>,
    /// The body, as text.
    pub text: String,
}

impl Sent {
    /// Says whether it went well.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Client {
    /// Sends a request. A status that passes by waiting is an error; every other one is an answer.
    pub fn send_signed(&self, send: &SignedRequest<'_>) -> Result<Sent, HttpError> {
        let url = parse_url(send.url)?;
        let method = Method::from_bytes(send.method.as_bytes()).unwrap_or_default();
        let patience = Duration::from_secs(send.body.len() as u64 / SLOWEST);
        let response = self.answer(&url, self.settings.stall_timeout + patience, |client| {
            let request = client.request(method, url.clone()).body(send.body.to_vec());
            send.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
        })?;
        let refusal = refusal(&url, &response);
        if refusal.is_transient() {
            return Err(refusal);
        }
        read(send.url, response)
    }
}

fn read(url: &str, response: OpenResponse) -> Result<Sent, HttpError> {
    use std::io::Read as _;
    let header = |name: reqwest::header::HeaderName| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let own = response.headers().iter().filter(|(name, _)| name.as_str().starts_with("x-amz-meta-"));
    let own = own.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let mut sent = Sent {
        status: response.status().as_u16(),
        etag: header(ETAG).map(|etag| etag.trim_matches('"').to_owned()),
        length: header(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        metadata: own.collect(),
        text: String::new(),
    };
    let mut bytes = Vec::new();
    Flow::of(response).take(MOST).read_to_end(&mut bytes).map_err(|error| HttpError::body(url, &error))?;
    sent.text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(sent)
}
