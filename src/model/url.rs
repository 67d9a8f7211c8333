//! URLs that machines and okdboot fetch from. None of them carries credentials.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;
use url::{Host, Url};

/// An http or https URL without query, fragment and credentials; printed without a closing slash, so
/// that paths are joined by `{base}/{path}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaseUrl(String);

/// The location of an artifact: http, https or file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtifactUrl(String);

/// Why a text is not such a URL.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    /// Not a URL at all.
    #[error("`{0}` is not a URL")]
    Malformed(String),
    /// Another scheme.
    #[error("a URL with the scheme `{found}` cannot be used here; allowed: {allowed}")]
    Scheme {
        /// What was given.
        found: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// User or password in the URL.
    #[error("the URL holds credentials, which would be written to files that machines fetch")]
    Credentials,
    /// A query or fragment where paths are appended.
    #[error("`{0}` has a query or a fragment, so no path can be appended to it")]
    Query(String),
}

fn parse(text: &str, schemes: &[&str], allowed: &'static str) -> Result<Url, UrlError> {
    let graphic = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\^`{|}$".contains(&b));
    let url =
        Url::parse(text).ok().filter(|_| graphic).ok_or_else(|| UrlError::Malformed(text.to_owned()))?;
    if !schemes.contains(&url.scheme()) {
        return Err(UrlError::Scheme { found: url.scheme().to_owned(), allowed });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    Ok(url)
}

/// Returns a URL in the form that may be shown and kept: without user, password, query and fragment,
/// any of which can be a credential. What is not a URL comes back as it is.
pub fn without_secrets(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else { return text.to_owned() };
    if !url.has_host() && url.scheme() != "file" {
        return text.to_owned();
    }
    // Only a URL that cannot have a user refuses to lose one.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

impl BaseUrl {
    /// Returns the URL without a closing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether the URL is https.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Says whether the host is an IPv6 address.
    pub fn is_ipv6(&self) -> bool {
        self.authority_and_path().0.starts_with('[')
    }

    /// Returns the host as it is written, an IPv6 address in its brackets.
    pub fn host(&self) -> String {
        let url = Url::parse(&self.0).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Returns the host, where it is an address and not a name.
    pub fn address(&self) -> Option<IpAddr> {
        match Url::parse(&self.0).ok()?.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }

    /// Returns the port, which the scheme implies where none is written.
    pub fn port(&self) -> u16 {
        let url = Url::parse(&self.0).ok();
        // Both schemes that are allowed have a port of their own.
        url.and_then(|url| url.port_or_known_default()).unwrap_or_default()
    }

    /// Returns host and port as GRUB's `(http,host:port)` wants them, and the path without slashes
    /// at its ends.
    pub fn authority_and_path(&self) -> (&str, &str) {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.split_once('/').unwrap_or((rest, ""))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url = parse(text, &["http", "https"], "`http` and `https`")?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::Query(text.to_owned()));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl ArtifactUrl {
    /// Returns the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether the URL is plain http.
    pub fn is_http(&self) -> bool {
        self.0.starts_with("http:")
    }
}

impl fmt::Display for ArtifactUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ArtifactUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url = parse(text, &["http", "https", "file"], "`https`, `http` and `file`")?;
        Ok(Self(url.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_take_paths() {
        let base: BaseUrl = "http://192.168.7.77:8080/boot/".parse().unwrap();
        assert_eq!(base.as_str(), "http://192.168.7.77:8080/boot");
        assert_eq!(base.authority_and_path(), ("192.168.7.77:8080", "boot"));
        let root: BaseUrl = "http://h".parse().unwrap();
        assert_eq!((root.as_str(), root.authority_and_path()), ("http://h", ("h", "")));
    }

    #[test]
    fn what_cannot_be_a_base_is_refused() {
        let error = |text: &str| text.parse::<BaseUrl>().unwrap_err();
        assert!(matches!(error("h:8080"), UrlError::Scheme { .. } | UrlError::Malformed(_)));
        assert!(matches!(error("ftp://h"), UrlError::Scheme { .. }));
        assert!(matches!(error("http://h/?a=b"), UrlError::Query(_)));
        assert_eq!(error("http://u:p@h"), UrlError::Credentials);
        assert!(matches!(error("http://h/${mac}"), UrlError::Malformed(_)));
        assert!(matches!(error("http://h/a b"), UrlError::Malformed(_)));
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        assert_eq!(without_secrets("https://u:p@h/s.json?token=x#y"), "https://h/s.json");
        assert_eq!(without_secrets("https://u@h:8443/s"), "https://h:8443/s");
        assert_eq!(without_secrets("file:///srv/s.json"), "file:///srv/s.json");
        assert_eq!(without_secrets("./s.json"), "./s.json");
    }

    #[test]
    fn artifacts_may_be_files() {
        let url: ArtifactUrl = "file:///srv/kernel".parse().unwrap();
        assert_eq!(url.as_str(), "file:///srv/kernel");
        assert!("http://h/k".parse::<ArtifactUrl>().unwrap().is_http());
        assert!("https://u@h/k".parse::<ArtifactUrl>().is_err());
    }
}
