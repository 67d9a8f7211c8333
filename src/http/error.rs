//! Why nothing came. No message holds credentials, and each holds its whole chain of causes.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;
use thiserror::Error as ThisError;
use url::Url;

use crate::model::fault::{Fault, Faulty};
use crate::model::url::without_secrets;
use crate::pki;
use crate::text::{Bytes, cause_chain};

/// Why nothing came.
#[derive(Debug, ThisError)]
pub enum HttpError {
    /// The TLS machinery cannot be set up.
    #[error("cannot set up https: {why}")]
    Setup {
        /// The causes.
        why: String,
    },
    /// The file of `--ca-cert` is not PEM or holds no certificate.
    #[error("cannot use `{}` as `--ca-cert`: {why}", path.display())]
    CaCert {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A local file cannot be read.
    #[error("cannot read `{}`: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Not a URL, or one of another scheme.
    #[error("cannot fetch `{url}`: {why}")]
    Url {
        /// The text.
        url: String,
        /// Why not.
        why: String,
    },
    /// Plain http where nothing vouches for what arrives.
    #[error("`{url}` is plain http, and what comes from it cannot be checked")]
    PlainHttp {
        /// The URL.
        url: String,
    },
    /// No connection, or one that broke before the answer.
    #[error("cannot fetch `{url}`: {why}")]
    Transport {
        /// The URL.
        url: String,
        /// The causes.
        why: String,
        /// Whether it would fail again at once, as with a certificate that nothing vouches for.
        is_final: bool,
    },
    /// Nobody knows the address of the host.
    #[error("no name server tells the address of `{host}`: {why}")]
    Unresolved {
        /// The host.
        host: String,
        /// What the resolver says.
        why: String,
    },
    /// The body broke off or stalled.
    #[error("the transfer of `{url}` broke off: {why}")]
    Body {
        /// The URL.
        url: String,
        /// The causes.
        why: String,
    },
    /// Any status but 200.
    #[error("`{url}`: the server answers {status}")]
    Status {
        /// The URL.
        url: String,
        /// The status.
        status: StatusCode,
        /// How long the server asks to wait (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// A redirect that cannot be followed.
    #[error("`{url}` is redirected, but {why}")]
    BadRedirect {
        /// The URL.
        url: String,
        /// Why not.
        why: String,
    },
    /// A redirect that gives up encryption.
    #[error("`{from}` is redirected to plain http, which is refused: `{to}`")]
    Downgrade {
        /// The https URL.
        from: String,
        /// The http URL.
        to: String,
    },
    /// A redirect loop, or nearly.
    #[error("`{url}` is redirected more than {limit} times")]
    Redirects {
        /// The first URL.
        url: String,
        /// How many are followed.
        limit: usize,
    },
    /// More than was asked for.
    #[error("`{url}` has more than {}", Bytes(*cap))]
    TooLarge {
        /// The URL.
        url: String,
        /// The limit in bytes.
        cap: u64,
    },
    /// Bytes where text was expected.
    #[error("`{url}` is not UTF-8 text")]
    NotText {
        /// The URL.
        url: String,
    },
}

impl HttpError {
    /// Makes the error of a body that broke off.
    pub(crate) fn body(url: &str, error: &io::Error) -> Self {
        Self::Body { url: without_secrets(url), why: io_chain(error) }
    }

    /// Makes the error of a request that nobody answered in time.
    pub(super) fn late(url: &Url) -> Self {
        let why = "error sending request: operation timed out".to_owned();
        Self::Transport { url: without_secrets(url.as_str()), why, is_final: false }
    }

    /// Makes the error of a request without an answer.
    pub(super) fn transport(url: &Url, error: reqwest::Error) -> Self {
        if let Some(why) = unresolved(&error) {
            return Self::Unresolved { host: url.host_str().unwrap_or_default().to_owned(), why };
        }
        let is_final = pki::is_refused(&error);
        Self::Transport {
            url: without_secrets(url.as_str()),
            why: cause_chain(&error.without_url()),
            is_final,
        }
    }

    /// Says whether the same request may succeed a moment later: no connection, a broken body, or one
    /// of the statuses that curl and coreos-installer take for passing.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport { is_final, .. } => !is_final,
            Self::Body { .. } | Self::Unresolved { .. } => true,
            Self::Status { status, .. } => {
                matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
            }
            _ => false,
        }
    }

    /// Says whether nobody knew the address of the host. Where nothing was fetched yet, the network is away
    /// rather than shaky.
    pub fn is_unresolved(&self) -> bool {
        matches!(self, Self::Unresolved { .. })
    }

    /// Says whether the server answered, and would answer the same a moment later.
    pub fn is_lasting_status(&self) -> bool {
        matches!(self, Self::Status { .. }) && !self.is_transient()
    }

    /// Returns how long the server asks to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Says whether the server has no such file, as opposed to not answering: 403 is what object
    /// stores say of what is not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Status { status, .. } if matches!(status.as_u16(), 403 | 404 | 410))
    }
}

impl Faulty for HttpError {
    fn fault(&self) -> Fault {
        match self {
            Self::File { .. } => Fault::FileSystem,
            Self::CaCert { .. }
            | Self::Url { .. }
            | Self::PlainHttp { .. }
            | Self::TooLarge { .. }
            | Self::NotText { .. } => Fault::Input,
            _ => Fault::Network,
        }
    }
}

/// Returns what the resolver said, where a name has no address: hyper has no type for it, but a word.
fn unresolved(error: &reqwest::Error) -> Option<String> {
    let causes = std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    let mut of_name = causes.skip_while(|cause| !cause.to_string().starts_with("dns error"));
    let first = of_name.next()?;
    Some(of_name.last().unwrap_or(first).to_string())
}

/// As [`cause_chain`] for an error that reqwest put into an `io::Error`, without its URL.
fn io_chain(error: &io::Error) -> String {
    let Some(inner) = error.get_ref() else { return error.to_string() };
    // reqwest's own words for a broken body ("error decoding response body") say less than the
    // cause; it is the last of the chain that tells what happened.
    match inner.downcast_ref::<reqwest::Error>() {
        Some(wrapped) => wrapped.source().map_or_else(|| "unknown cause".to_owned(), cause_chain),
        None => cause_chain(inner),
    }
}
