//! GET over https, and over http where a digest that is known beforehand makes the way harmless.
//!
//! A thin layer over reqwest. What differs from its defaults is on purpose:
//!
//! * who asks receives, on a runtime for one thread (`lane`);
//! * redirects are followed here, five at most, never from https to http, and the hosts are reported;
//! * no content decoding: digests are over bytes as served;
//! * each wait for bytes is bounded, by 30 s where nobody says otherwise, and not the whole transfer;
//! * ring is installed explicitly as TLS provider (no C toolchain is needed to build for musl).

mod answer;
mod error;
mod flow;
mod lane;
mod look;
mod netrc;
mod range;
mod response;
mod send;
mod wait;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::{ACCEPT_ENCODING, IF_RANGE, LOCATION, RANGE};
use url::Url;

use crate::model::url::without_secrets;
use crate::text::cause_chain;

use answer::OpenResponse;
use lane::{Lanes, Late, Recipe, ServerRoute};

pub use error::HttpError;
pub use look::{Look, LookError, LookMethod, Looker, OpenAnswer};
pub use netrc::Netrc;
pub use range::{ContentRange, RangeAsk, Validator};
pub use response::{BodyKind, Response};
pub use send::{Sent, SignedRequest};
pub use wait::retry_after;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// Whether a URL may be plain http.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// No: what arrives is trusted.
    Refused,
    /// Yes: a digest that is known before the first byte decides.
    DigestKnown,
}

/// How to reach servers.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest wait for the next byte.
    pub stall_timeout: Duration,
    /// A PEM file with further certificate authorities (`--ca-cert`).
    pub ca_cert: Option<PathBuf>,
    /// Credentials by host.
    pub netrc: Netrc,
}

impl Default for HttpSettings {
    fn default() -> Self {
        let (connect_timeout, stall_timeout) = (Duration::from_secs(15), Duration::from_secs(30));
        Self { connect_timeout, stall_timeout, ca_cert: None, netrc: Netrc::default() }
    }
}

/// A client; connections are kept alive and shared between threads.
#[derive(Debug)]
pub struct Client {
    settings: HttpSettings,
    lanes: Arc<Lanes>,
}

/// What to get.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// From where.
    pub url: &'a str,
    /// Whether that may be plain http.
    pub plain: PlainHttp,
    /// Which part of it; the whole where absent.
    pub range: Option<RangeAsk<'a>>,
}

impl Client {
    /// Makes a client. The `--ca-cert` file is read at once, so that its faults show before any
    /// transfer; the system's certificates are read when the first server is asked.
    pub fn new(settings: HttpSettings) -> Result<Self, HttpError> {
        let own = settings.ca_cert.as_deref().map(load_roots).transpose()?;
        let has_own_roots = own.is_some();
        let (roots, connect_timeout) = (own.unwrap_or_default(), settings.connect_timeout);
        let lanes = Lanes::new(Recipe { roots, connect_timeout, way: ServerRoute::AsUsual });
        if has_own_roots {
            lanes.take()?.give_back();
        }
        Ok(Self { settings, lanes })
    }

    /// Gets a text of at most `cap` bytes, over https or from a `file:` URL.
    pub fn get_text(&self, url: &str, cap: u64) -> Result<String, HttpError> {
        let bytes = self.get_bytes(url, cap, PlainHttp::Refused)?;
        String::from_utf8(bytes).map_err(|_| HttpError::NotText { url: without_secrets(url) })
    }

    /// Gets at most `cap` bytes.
    pub fn get_bytes(&self, url: &str, cap: u64, plain: PlainHttp) -> Result<Vec<u8>, HttpError> {
        let response = self.get_stream(url, plain)?;
        let too_large = || HttpError::TooLarge { url: without_secrets(url), cap };
        if response.content_length.is_some_and(|length| length > cap) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let read = response.take(cap + 1).read_to_end(&mut bytes);
        let read = read.map_err(|error| HttpError::body(url, &error))?;
        if read as u64 > cap {
            return Err(too_large());
        }
        Ok(bytes)
    }

    /// Gets a whole body to be read piece by piece. Only status 200 is an answer.
    pub fn get_stream(&self, url: &str, plain: PlainHttp) -> Result<Response, HttpError> {
        self.get(&Ask { url, plain, range: None })
    }

    /// Gets a body, or a part of it. What a server says to a range is told by [`Response::kind`];
    /// every other status than 200 is an error. A local file is always given as a whole.
    pub fn get(&self, ask: &Ask<'_>) -> Result<Response, HttpError> {
        let mut current = parse_url(ask.url)?;
        if current.scheme() == "file" {
            return open_file(&current);
        }
        let mut redirected_to = Vec::new();
        for _ in 0..=MAX_REDIRECTS {
            check_scheme(&current, ask.plain)?;
            let response = self.send(&current, ask.range.as_ref())?;
            let Some(next) = redirect_target(&current, &response)? else {
                return Response::of(&current, response, ask.range.is_some(), redirected_to);
            };
            redirected_to.extend(next.host_str().map(str::to_owned));
            current = next;
        }
        Err(HttpError::Redirects { url: without_secrets(ask.url), limit: MAX_REDIRECTS })
    }

    fn send(&self, url: &Url, range: Option<&RangeAsk<'_>>) -> Result<OpenResponse, HttpError> {
        let request = |client: &reqwest::Client| self.request(client, url, range);
        self.answer(url, self.settings.stall_timeout, request)
    }

    /// Sends a request, and waits so long for the head of its answer.
    fn answer(
        &self,
        url: &Url,
        patience: Duration,
        request: impl FnOnce(&reqwest::Client) -> RequestBuilder,
    ) -> Result<OpenResponse, HttpError> {
        let lane = self.lanes.take()?;
        let sent = lane.send(request, patience).map_err(|Late| HttpError::late(url))?;
        let response = sent.map_err(|error| HttpError::transport(url, error))?;
        Ok(OpenResponse::new(response, lane, self.settings.stall_timeout))
    }

    fn request(&self, client: &reqwest::Client, url: &Url, range: Option<&RangeAsk<'_>>) -> RequestBuilder {
        let mut request = client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        // Credentials of the URL itself are the client library's business, and win.
        let login = Some(url).filter(|url| url.username().is_empty() && url.password().is_none());
        if let Some(login) = login.and_then(|url| self.settings.netrc.login(url.host_str()?)) {
            request = request.basic_auth(&login.user, Some(&login.password));
        }
        if let Some(range) = range {
            let last = range.last.map_or_else(String::new, |last| last.to_string());
            request = request.header(RANGE, format!("bytes={}-{last}", range.first));
            request = request.header(IF_RANGE, range.same.as_str());
        }
        request
    }
}

fn load_roots(path: &Path) -> Result<Vec<reqwest::Certificate>, HttpError> {
    let pem = std::fs::read(path)
        .map_err(|source| HttpError::File { path: path.to_owned(), why: source.to_string() })?;
    let bad = |why: String| HttpError::CaCert { path: path.to_owned(), why };
    let roots = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| bad(cause_chain(&error)))?;
    if roots.is_empty() { Err(bad("it holds no certificate".to_owned())) } else { Ok(roots) }
}

fn parse_url(text: &str) -> Result<Url, HttpError> {
    Url::parse(text).map_err(|error| HttpError::Url { url: without_secrets(text), why: error.to_string() })
}

fn check_scheme(url: &Url, plain: PlainHttp) -> Result<(), HttpError> {
    match (url.scheme(), plain) {
        ("https", _) | ("http", PlainHttp::DigestKnown) => Ok(()),
        ("http", PlainHttp::Refused) => Err(HttpError::PlainHttp { url: without_secrets(url.as_str()) }),
        (scheme, _) => Err(HttpError::Url {
            url: without_secrets(url.as_str()),
            why: format!("the scheme `{scheme}` is not `https`, `http` or `file`"),
        }),
    }
}

/// Says whether a status sends the client elsewhere (RFC 9110, 15.4).
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Returns where a redirect leads; nothing when the answer is none.
fn redirect_target(from: &Url, response: &reqwest::Response) -> Result<Option<Url>, HttpError> {
    if !is_redirect(response.status().as_u16()) {
        return Ok(None);
    }
    let bad = |why: &str| HttpError::BadRedirect { url: without_secrets(from.as_str()), why: why.to_owned() };
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| bad("it does not say where to"))?;
    let to = from.join(location).map_err(|_| bad("its target is not a URL"))?;
    if !matches!(to.scheme(), "http" | "https") {
        return Err(bad("its target is neither http nor https"));
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        let [from, to] = [from, &to].map(|url| without_secrets(url.as_str()));
        return Err(HttpError::Downgrade { from, to });
    }
    Ok(Some(to))
}

fn open_file(url: &Url) -> Result<Response, HttpError> {
    let path = url.to_file_path().map_err(|()| HttpError::Url {
        url: without_secrets(url.as_str()),
        why: "a `file:` URL has three slashes and no host".to_owned(),
    })?;
    let unreadable = |why: String| HttpError::File { path: path.clone(), why };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("it is not a regular file".to_owned()));
    }
    let file = File::open(&path).map_err(|error| unreadable(error.to_string()))?;
    Ok(Response::of_file(file, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fault::{Fault, Faulty as _};

    fn client() -> Client {
        Client::new(HttpSettings::default()).unwrap()
    }

    #[test]
    fn schemes_are_kept_to() {
        let refused = |url: &str, plain| client().get_stream(url, plain).unwrap_err();
        assert!(matches!(
            refused("http://u:secret@h/k?token=secret", PlainHttp::Refused),
            HttpError::PlainHttp { url } if url == "http://h/k"
        ));
        assert!(matches!(refused("ftp://h/k", PlainHttp::DigestKnown), HttpError::Url { .. }));
        assert!(matches!(refused("no url", PlainHttp::DigestKnown), HttpError::Url { .. }));
    }

    #[test]
    fn files_are_read_within_the_cap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.json");
        std::fs::write(&path, "{}").unwrap();
        let url = Url::from_file_path(&path).unwrap();
        assert_eq!(client().get_text(url.as_str(), 2).unwrap(), "{}");
        let error = client().get_text(url.as_str(), 1).unwrap_err();
        assert_eq!(error.fault(), Fault::Input);
        std::fs::write(&path, b"\xff").unwrap();
        assert!(matches!(client().get_text(url.as_str(), 2), Err(HttpError::NotText { .. })));
        for absent in ["file:///proc/no-such-file", "file:///", "file:///dev/zero"] {
            let error = client().get_text(absent, 2).unwrap_err();
            assert_eq!(error.fault(), Fault::FileSystem, "{absent}");
        }
    }

    #[test]
    fn a_ca_file_without_certificates_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let made = |path: &Path| {
            Client::new(HttpSettings { ca_cert: Some(path.to_owned()), ..HttpSettings::default() })
                .unwrap_err()
        };
        assert_eq!(made(&path).fault(), Fault::FileSystem);
        std::fs::write(&path, "no certificate").unwrap();
        let error = made(&path);
        assert_eq!(error.fault(), Fault::Input);
        assert!(error.to_string().contains("it holds no certificate"), "{error}");
    }

    #[test]
    fn a_server_that_is_not_there_is_a_network_fault() {
        let error = client().get_stream("http://u:secret@127.0.0.1:1/k", PlainHttp::DigestKnown).unwrap_err();
        assert_eq!(error.fault(), Fault::Network);
        let said = error.to_string();
        assert!(said.contains("onnection refused"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
