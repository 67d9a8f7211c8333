//! Another place that has the same file names.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::Url;

use crate::model::url::without_secrets;

/// A mirror. It may hold credentials, so it is never printed as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The host whose files it has, under their own paths; absent where it has files of any host,
    /// all in one folder.
    host: Option<String>,
    base: String,
}

/// Not such a URL.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{url}` is not a mirror: {why}")]
pub struct MirrorError {
    url: String,
    why: &'static str,
}

impl Mirror {
    /// Returns where the mirror has what is at a location; nothing where it is another host's mirror.
    pub(super) fn url_of(&self, location: &str) -> Option<String> {
        let url = Url::parse(location).ok()?;
        let below = match &self.host {
            None => url.path().rsplit('/').next()?,
            Some(host) if url.host_str() == Some(host) => url.path().trim_start_matches('/'),
            Some(_) => return None,
        };
        Some(format!("{}/{below}", self.base))
    }
}

impl Mirror {
    /// Returns where a folder would have a file by the name that mirror.openshift.com gives it: without the
    /// release, such as `rhcos-live-kernel.x86_64` (seen there for 4.20).
    pub(super) fn published_url_of(&self, location: &str) -> Option<String> {
        let url = Url::parse(location).ok().filter(|_| self.host.is_none())?;
        let (_, rest) = url.path().rsplit('/').next()?.strip_prefix("rhcos-")?.split_once("-live-")?;
        Some(format!("{}/rhcos-live-{rest}", self.base))
    }
}

/// Parses `URL` or `HOST=URL`.
impl FromStr for Mirror {
    type Err = MirrorError;

    fn from_str(text: &str) -> Result<Self, MirrorError> {
        let is_host = |host: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
            !host.is_empty() && host.chars().all(allowed)
        };
        match text.split_once('=') {
            Some((host, base)) if is_host(host) => {
                Ok(Self { host: Some(host.to_ascii_lowercase()), base: parse_base(base)? })
            }
            _ => Ok(Self { host: None, base: parse_base(text)? }),
        }
    }
}

fn parse_base(text: &str) -> Result<String, MirrorError> {
    let refuse = |why| Err(MirrorError { url: without_secrets(text), why });
    match Url::parse(text) {
        Err(_) => refuse("it is not a URL"),
        Ok(url) if !matches!(url.scheme(), "https" | "http" | "file") => {
            refuse("only `https`, `http` and `file` can be fetched from")
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => {
            refuse("no file name can be appended to a query or a fragment")
        }
        Ok(url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
    }
}

impl fmt::Display for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_ref().map(|host| format!("{host}=")).unwrap_or_default();
        write!(f, "{host}{}", without_secrets(&self.base))
    }
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mirror({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_appended_and_credentials_hidden() {
        let mirror: Mirror = "http://u:secret@h/boot/".parse().unwrap();
        assert_eq!(mirror.url_of("https://o/a/b/k?x").as_deref(), Some("http://u:secret@h/boot/k"));
        assert_eq!(format!("{mirror} {mirror:?}"), "http://h/boot Mirror(http://h/boot)");
        let error = "http://u:secret@h/?token=secret".parse::<Mirror>().unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        assert!("ftp://h".parse::<Mirror>().is_err() && "./here".parse::<Mirror>().is_err());
    }

    #[test]
    fn a_folder_may_have_the_published_name() {
        let of = |mirror: &str, file: &str| {
            let mirror: Mirror = mirror.parse().unwrap();
            mirror.published_url_of(&format!("https://o.example.com/a/{file}"))
        };
        let file = "rhcos-9.6.20260112-0-live-rootfs.x86_64.img";
        assert_eq!(of("http://h/4.20", file).as_deref(), Some("http://h/4.20/rhcos-live-rootfs.x86_64.img"));
        assert_eq!(of("o.example.com=http://h/4.20", file), None);
        assert_eq!(of("http://h/4.20", "scos-10.0.20250628-0-live-rootfs.x86_64.img"), None);
        assert_eq!(of("http://h/4.20", "rhcos-9.6.20260112-0-metal.x86_64.raw.gz"), None);
    }

    #[test]
    fn a_mirror_of_one_host_keeps_its_paths() {
        let mirror: Mirror = "O.example.com=https://u:secret@h/proxy/".parse().unwrap();
        let url = mirror.url_of("https://o.example.com/a/b/k");
        assert_eq!(url.as_deref(), Some("https://u:secret@h/proxy/a/b/k"));
        assert_eq!(mirror.url_of("https://p.example.com/a/b/k"), None);
        assert_eq!(mirror.to_string(), "o.example.com=https://h/proxy");
    }
}
