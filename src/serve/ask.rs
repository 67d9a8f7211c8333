//! The head of a request, read (RFC 9112; the limits are those of docs/serve.md).

use std::fmt;

use crate::matchbox::form::{Plus, unescape};
use crate::model::mac::MacAddr;

/// The most that a head may have, in bytes.
pub const MOST_HEAD: usize = 16 * 1024;

/// The most header fields of a head.
const MOST_FIELDS: usize = 64;

/// What is wanted of a file or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestMethod {
    /// Its bytes.
    Get,
    /// Its size.
    Head,
    /// To be told something.
    Post,
    /// Anything else, which has no meaning here.
    Other,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// What is wanted.
    pub method: RequestMethod,
    /// The names of its path, unescaped. Empty ones and `.` are left out, so that `//` leads to the file.
    pub names: Vec<String>,
    /// Whether the path ends in `/`.
    pub is_folder: bool,
    /// What follows `?`, as it came.
    pub query: String,
    /// Path and query as they came.
    pub target: String,
    /// Whether the connection stays open.
    pub keeps: bool,
    /// Whether a body follows, which nothing here reads.
    pub has_body: bool,
    /// `Range`.
    pub range: Option<String>,
    /// `If-Range`.
    pub if_range: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<String>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<String>,
    /// `Last-Event-ID`.
    pub last_event: Option<u64>,
    /// The machine that lpxelinux names in its cookie.
    pub cookie_mac: Option<MacAddr>,
    /// `User-Agent`.
    pub agent: Option<String>,
}

/// A head that cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// No request at all.
    Malformed,
    /// HTTP/1.1 demands a `Host`.
    NoHost,
    /// Another version than 1.0 and 1.1.
    Version,
    /// More than [`MOST_HEAD`].
    Large,
    /// A path that leads up.
    Up,
}

impl Bad {
    /// Returns the status code.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::NoHost | Self::Up => 400,
            Self::Version => 505,
            Self::Large => 431,
        }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a request of HTTP/1",
            Self::NoHost => "the request has no Host",
            Self::Version => "HTTP/1.0 and HTTP/1.1 are spoken here",
            Self::Large => "the head of the request is larger than 16 KiB",
            Self::Up => "a path must not lead up",
        })
    }
}

impl HttpRequest {
    /// Reads a head; nothing while more of it has to come. Returns how many bytes it has, too.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Bad> {
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let mut head = httparse::Request::new(&mut fields);
        let length = match head.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if bytes.len() >= MOST_HEAD => return Err(Bad::Large),
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(Bad::Large),
            Err(httparse::Error::Version) => return Err(version_or_not(bytes)),
            Err(_) => return Err(Bad::Malformed),
        };
        Self::of(&head).map(|ask| Some((ask, length)))
    }

    fn of(head: &httparse::Request) -> Result<Self, Bad> {
        let field = |name: &str| {
            let found = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
            std::str::from_utf8(found.value).ok().map(|text| text.trim().to_owned())
        };
        let is_new = head.version == Some(1);
        if is_new && field("host").is_none() {
            return Err(Bad::NoHost);
        }
        let target = head.path.unwrap_or_default().to_owned();
        let (path, query) = split(&target);
        let connection = field("connection").unwrap_or_default().to_ascii_lowercase();
        let keeps = if is_new { !connection.contains("close") } else { connection.contains("keep-alive") };
        let length = field("content-length").is_some_and(|length| length != "0");
        let has_body = length || field("transfer-encoding").is_some();
        Ok(Self {
            method: method(head.method.unwrap_or_default()),
            names: names(path)?,
            is_folder: path.len() > 1 && path.ends_with('/'),
            query: query.to_owned(),
            // The body of a request is not read: what follows it on the connection cannot be found.
            keeps: keeps && !has_body,
            has_body,
            range: field("range"),
            if_range: field("if-range"),
            if_none_match: field("if-none-match"),
            if_match: field("if-match"),
            if_modified_since: field("if-modified-since"),
            if_unmodified_since: field("if-unmodified-since"),
            last_event: field("last-event-id").and_then(|id| id.parse().ok()),
            cookie_mac: field("cookie").as_deref().and_then(cookie_mac),
            agent: field("user-agent"),
            target,
        })
    }

    /// Says whether `okdboot verify --live` asks for a machine: the machine itself is where it was.
    pub fn is_rehearsal(&self) -> bool {
        self.agent.as_deref().is_some_and(|agent| agent.starts_with("okdboot/"))
    }

    /// Returns the names of the path as text.
    pub fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }
}

/// Tells HTTP/2 from noise.
fn version_or_not(bytes: &[u8]) -> Bad {
    let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    if line.windows(6).any(|part| part == b" HTTP/") { Bad::Version } else { Bad::Malformed }
}

fn method(word: &str) -> RequestMethod {
    match word {
        "GET" => RequestMethod::Get,
        "HEAD" => RequestMethod::Head,
        "POST" => RequestMethod::Post,
        _ => RequestMethod::Other,
    }
}

/// Splits a target into path and query; of the absolute form the host does not count (RFC 9112, 3.2.2).
fn split(target: &str) -> (&str, &str) {
    let local = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => rest.find('/').map_or("/", |at| &rest[at..]),
        _ => target,
    };
    local.split_once('?').unwrap_or((local, ""))
}

/// Splits a path before it is unescaped: an escaped `/` is part of a name, and no file has such a name.
fn names(path: &str) -> Result<Vec<String>, Bad> {
    let mut names = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            return Err(Bad::Up);
        }
        // What cannot be unescaped is the name of nothing.
        names.push(unescape(part, Plus::Plus).unwrap_or_else(|| "\0".to_owned()));
    }
    Ok(names)
}

/// lpxelinux sends `_Syslinux_BOOTIF=01-52-54-00-00-00-01` with each request (syslinux 6.04, `http.c`).
fn cookie_mac(cookie: &str) -> Option<MacAddr> {
    let pair = cookie.split(';').find_map(|pair| pair.trim().strip_prefix("_Syslinux_BOOTIF="))?;
    pair.strip_prefix("01-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<HttpRequest, Bad> {
        let (ask, length) = HttpRequest::parse(head.as_bytes())?.expect("a whole head");
        assert_eq!(length, head.len());
        Ok(ask)
    }

    #[test]
    fn a_head_is_read() {
        let ask = read("GET /ipxe?mac=a%3Ab HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\n\r\n").unwrap();
        assert_eq!(
            (ask.method, ask.names(), ask.query.as_str()),
            (RequestMethod::Get, vec!["ipxe"], "mac=a%3Ab")
        );
        assert!(ask.keeps && !ask.is_folder && ask.range.as_deref() == Some("bytes=0-1"));
        let old = read("HEAD http://other/a//./b%20c+d/ HTTP/1.0\r\n\r\n").unwrap();
        assert_eq!((old.method, old.names(), old.keeps), (RequestMethod::Head, vec!["a", "b c+d"], false));
        assert!(old.is_folder);
        let cookie = "GET / HTTP/1.0\r\nCookie: a=b; _Syslinux_BOOTIF=01-52-54-00-00-00-01\r\n\r\n";
        assert_eq!(read(cookie).unwrap().cookie_mac.unwrap().to_string(), "52:54:00:00:00:01");
        let body = read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n").unwrap();
        assert!(body.has_body && !body.keeps && body.method == RequestMethod::Post);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        assert_eq!(read("GET / HTTP/1.1\r\n\r\n"), Err(Bad::NoHost));
        assert_eq!(read("GET / HTTP/2.0\r\n\r\n"), Err(Bad::Version));
        assert_eq!(read("GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n"), Err(Bad::Up));
        assert_eq!(HttpRequest::parse(b"\x16\x03\x01\x02"), Err(Bad::Malformed));
        assert_eq!(HttpRequest::parse(b"GET / HTTP/1.1\r\nHo"), Ok(None));
        let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(MOST_HEAD));
        assert_eq!(HttpRequest::parse(long.as_bytes()), Err(Bad::Large));
        for escaped in ["%2e%2e", "..%2f", "a%00", "%zz"] {
            let ask = read(&format!("GET /assets/{escaped} HTTP/1.1\r\nHost: h\r\n\r\n")).unwrap();
            assert_eq!(ask.names.len(), 2, "{escaped}");
        }
    }
}
