//! Another place that has the same file names.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::Url;

use crate::model::artifact::ArtifactName;
use crate::model::url::without_secrets;

/// The base URL of a mirror. It may hold credentials, so it is never printed as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Mirror(String);

/// Not such a URL.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{url}` is not a mirror: {why}")]
pub struct MirrorError {
    url: String,
    why: &'static str,
}

impl Mirror {
    /// Returns where the mirror has a file.
    pub(super) fn url_of(&self, name: &ArtifactName) -> String {
        format!("{}/{name}", self.0)
    }
}

impl FromStr for Mirror {
    type Err = MirrorError;

    fn from_str(text: &str) -> Result<Self, MirrorError> {
        let refuse = |why| Err(MirrorError { url: without_secrets(text), why });
        match Url::parse(text) {
            Err(_) => refuse("it is not a URL"),
            Ok(url) if !matches!(url.scheme(), "https" | "http" | "file") => {
                refuse("only `https`, `http` and `file` can be fetched from")
            }
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                refuse("no file name can be appended to a query or a fragment")
            }
            Ok(url) => Ok(Self(url.as_str().trim_end_matches('/').to_owned())),
        }
    }
}

impl fmt::Display for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(&self.0))
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
        assert_eq!(mirror.url_of(&"k".parse().unwrap()), "http://u:secret@h/boot/k");
        assert_eq!(format!("{mirror} {mirror:?}"), "http://h/boot Mirror(http://h/boot)");
        let error = "http://u:secret@h/?token=secret".parse::<Mirror>().unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        assert!("ftp://h".parse::<Mirror>().is_err() && "./here".parse::<Mirror>().is_err());
    }
}
