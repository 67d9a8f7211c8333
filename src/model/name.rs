//! Host and domain names (RFC 1123, section 2.1).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// One DNS label: 1 to 63 letters, digits and hyphens, no hyphen at either end. Kept in lower case. Each file of
/// a cluster has its name, so that a copy shares its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

/// A domain of at least one label, 253 bytes at most. Kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

/// Why a text is not a name.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// An empty name or label.
    #[error("the name is empty or has an empty label")]
    Empty,
    /// A character that no host name has.
    #[error("`{1}` holds `{0}`; only letters, digits and hyphens are allowed")]
    Character(char, String),
    /// A hyphen at an end.
    #[error("`{0}` begins or ends with a hyphen")]
    Hyphen(String),
    /// Too long.
    #[error("`{0}` is longer than {1} characters")]
    Long(String, usize),
}

fn check_label(text: &str) -> Result<(), NameError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if let Some(bad) = text.chars().find(|c| !allowed(*c)) {
        return Err(NameError::Character(bad, text.to_owned()));
    }
    match text.len() {
        0 => Err(NameError::Empty),
        64.. => Err(NameError::Long(text.to_owned(), 63)),
        _ if text.starts_with('-') || text.ends_with('-') => Err(NameError::Hyphen(text.to_owned())),
        _ => Ok(()),
    }
}

impl Label {
    /// Returns the label.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the label below a domain.
    pub fn below(&self, domain: &Domain) -> Domain {
        Domain(format!("{}.{}", self.0, domain.0))
    }
}

impl FromStr for Label {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        check_label(text)?;
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Domain {
    /// Returns the domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        text.split('.').try_for_each(check_label)?;
        if text.len() > 253 {
            return Err(NameError::Long(text.to_owned(), 253));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_lower_case_and_strict() {
        assert_eq!("Master-0".parse::<Label>().unwrap().as_str(), "master-0");
        assert_eq!("0a".parse::<Label>().unwrap().as_str(), "0a");
        for bad in ["", "a.b", "ocp_4", "-a", "a-", "a b", "ä"] {
            assert!(bad.parse::<Label>().is_err(), "{bad}");
        }
        assert!("a".repeat(63).parse::<Label>().is_ok());
        assert!("a".repeat(64).parse::<Label>().is_err());
    }

    #[test]
    fn domains_are_labels_with_dots() {
        let domain: Domain = "Example.COM".parse().unwrap();
        assert_eq!("ocp4".parse::<Label>().unwrap().below(&domain).as_str(), "ocp4.example.com");
        assert_eq!("a..b".parse::<Domain>(), Err(NameError::Empty));
        assert!("example.com.".parse::<Domain>().is_err());
    }
}
