//! Paths inside the output tree.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// A relative path that cannot leave its root: no empty segment, no `.` or `..`, no leading slash,
/// and only `[A-Za-z0-9._+-]` in each segment. Plan, changes and manifest name the same hundreds of thousands
/// of them, so that a copy shares its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(Arc<str>);

/// Not such a path.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a path inside the output tree")]
pub struct RelPathError(String);

impl RelPath {
    /// Takes a path that is made of a folder's literal and of names that have been checked: a label, an
    /// architecture, a MAC address with hyphens, the name of an artifact.
    pub(crate) fn made(path: String) -> Self {
        debug_assert!(path.parse::<Self>().is_ok(), "{path}");
        Self(path.into())
    }

    /// Returns the path with `/` between its segments.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path of another name in the same folder; nothing where that is no name.
    pub fn sibling(&self, name: &str) -> Option<Self> {
        let folder = self.split().0;
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        path.parse().ok()
    }

    /// Says whether the path is below a folder.
    pub fn is_below(&self, folder: &Self) -> bool {
        self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Returns folder and file name; the folder is empty at the root.
    pub fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RelPath {
    type Err = RelPathError;

    fn from_str(text: &str) -> Result<Self, RelPathError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        let is_name = |s: &str| !matches!(s, "" | "." | "..") && s.len() <= 255 && s.chars().all(allowed);
        if text.split('/').all(is_name) { Ok(Self(text.into())) } else { Err(RelPathError(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        let path: RelPath = "tftpboot/pxelinux.cfg/01-52-54".parse().unwrap();
        assert_eq!(path.split(), ("tftpboot/pxelinux.cfg", "01-52-54"));
        assert_eq!(path.sibling("x").unwrap().as_str(), "tftpboot/pxelinux.cfg/x");
        assert_eq!("SHA512SUMS".parse::<RelPath>().unwrap().sibling("x").unwrap().as_str(), "x");
        assert_eq!(path.sibling(".."), None);
        let is_below = |folder: &str| path.is_below(&folder.parse().unwrap());
        assert!(is_below("tftpboot") && is_below("tftpboot/pxelinux.cfg"));
        assert!(!is_below("tftpboot/pxe") && !is_below("tftpboot/pxelinux.cfg/01-52-54") && !is_below("cfg"));
        assert_eq!("SHA512SUMS".parse::<RelPath>().unwrap().split(), ("", "SHA512SUMS"));
        for bad in ["", "/a", "a//b", "a/../b", "..", "a/", "a\\b", "a\nb", "a b"] {
            assert!(bad.parse::<RelPath>().is_err(), "{bad:?}");
        }
    }
}
