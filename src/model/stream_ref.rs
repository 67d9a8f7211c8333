//! Where stream metadata comes from, as a person names it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::text::words;

/// A stream by name, address or file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamRef {
    /// Fedora CoreOS: `stable`, `testing` or `next`.
    Fcos(StreamChannel),
    /// RHCOS of OpenShift 4.N: `rhcos-4.N`, with `/rhel-9` or `/rhel-10` where a release has both.
    Rhcos(Version, Option<Rhel>),
    /// The CoreOS that OKD 4.N boots: `okd-4.N`.
    Okd(Version),
    /// Stream metadata at an https address.
    Url(String),
    /// Stream metadata, or a `coreos-bootimages` ConfigMap, in a file; `FILE.json/rhel-10` where it has
    /// several.
    File(String, Option<Rhel>),
    /// The same on standard input: `-`, or `-/rhel-10`.
    Stdin(Option<Rhel>),
}

words! {
    /// A channel of Fedora CoreOS.
    StreamChannel {
        /// `stable`
        Stable = "stable",
        /// `testing`
        Testing = "testing",
        /// `next`
        Next = "next",
    }
}

/// A release of OpenShift or OKD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 4 or 5.
    pub major: u32,
    /// The number after the dot.
    pub minor: u32,
}

words! {
    /// The RHEL generation of an RHCOS.
    Rhel {
        /// `rhel-9`
        Nine = "rhel-9",
        /// `rhel-10`
        Ten = "rhel-10",
    }
}

/// Not a stream.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StreamRefError {
    /// Neither a known name nor something that looks like a path or a URL.
    #[error("`{0}` is not a stream")]
    Unknown(String),
    /// A release from before stream metadata existed.
    #[error("`{0}` has no stream metadata: OpenShift has it from 4.8 on, OKD from 4.9 on")]
    TooOld(String),
    /// A release that carries one stream only.
    #[error("`{0}`: only RHCOS of 4.22 and later carries `rhel-9` and `rhel-10`")]
    OneStream(String),
    /// An address that is not https.
    #[error("`{0}` is not https; stream metadata is trusted, so it must come over https or from a file")]
    NotHttps(String),
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.split_once('.').ok_or(())?;
        let number = |s: &str| s.parse().map_err(|_| ());
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

const RHCOS_FROM: Version = Version { major: 4, minor: 8 };
const OKD_FROM: Version = Version { major: 4, minor: 9 };

/// The first OKD that boots SCOS, the CoreOS of `CentOS` Stream.
pub const SCOS_FROM: Version = Version { major: 4, minor: 19 };

/// The first release whose metadata is split by RHEL generation.
pub const TWO_STREAMS_FROM: Version = Version { major: 4, minor: 22 };

impl StreamRef {
    /// Returns the release of OpenShift or OKD, where the reference names it.
    pub fn version(&self) -> Option<Version> {
        match self {
            Self::Okd(version) | Self::Rhcos(version, _) => Some(*version),
            _ => None,
        }
    }

    /// Returns the names that there are, the newest release first, to the newest one that is known here.
    pub fn known() -> Vec<String> {
        let fcos = ["stable", "testing", "next"].map(str::to_owned);
        let minors = |from: Version| (from.minor..=NEWEST.minor).rev();
        let okd = minors(OKD_FROM).map(|minor| format!("okd-4.{minor}"));
        let rhcos = minors(RHCOS_FROM).map(|minor| format!("rhcos-4.{minor}"));
        okd.chain(rhcos).chain(fcos).collect()
    }
}

/// The newest release whose metadata has been seen.
const NEWEST: Version = TWO_STREAMS_FROM;

impl FromStr for StreamRef {
    type Err = StreamRefError;

    fn from_str(text: &str) -> Result<Self, StreamRefError> {
        match text {
            "stable" => return Ok(Self::Fcos(StreamChannel::Stable)),
            "testing" => return Ok(Self::Fcos(StreamChannel::Testing)),
            "next" => return Ok(Self::Fcos(StreamChannel::Next)),
            "-" => return Ok(Self::Stdin(None)),
            _ => {}
        }
        if let Some((place, rhel)) = chosen(text) {
            return match parse_place(place) {
                _ if place == "-" => Ok(Self::Stdin(Some(rhel))),
                Ok(Self::File(path, _)) => Ok(Self::File(path, Some(rhel))),
                _ => parse_place(text),
            };
        }
        if let Some(rest) = text.strip_prefix("rhcos-") {
            return parse_rhcos(text, rest);
        }
        if let Some(version) = text.strip_prefix("okd-").and_then(|v| v.parse::<Version>().ok()) {
            return if version < OKD_FROM {
                Err(StreamRefError::TooOld(text.to_owned()))
            } else {
                Ok(Self::Okd(version))
            };
        }
        parse_place(text)
    }
}

/// Parts `-/rhel-10` and `FILE.json/rhel-10`; a folder of that name may hold files of its own.
fn chosen(text: &str) -> Option<(&str, Rhel)> {
    let (place, rhel) = text.rsplit_once('/')?;
    let rhel = [Rhel::Nine, Rhel::Ten].into_iter().find(|known| known.as_str() == rhel)?;
    (place == "-" || is_document(place)).then_some((place, rhel))
}

fn is_document(name: &str) -> bool {
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    matches!(suffix, "json" | "yaml" | "yml")
}

fn parse_rhcos(text: &str, rest: &str) -> Result<StreamRef, StreamRefError> {
    let (version, rhel) = match rest.split_once('/') {
        Some((version, "rhel-9")) => (version, Some(Rhel::Nine)),
        Some((version, "rhel-10")) => (version, Some(Rhel::Ten)),
        Some(_) => return parse_place(text),
        None => (rest, None),
    };
    let Ok(version) = version.parse::<Version>() else { return parse_place(text) };
    if version < RHCOS_FROM {
        return Err(StreamRefError::TooOld(text.to_owned()));
    }
    if rhel.is_some() && version < TWO_STREAMS_FROM {
        return Err(StreamRefError::OneStream(text.to_owned()));
    }
    Ok(StreamRef::Rhcos(version, rhel))
}

fn parse_place(text: &str) -> Result<StreamRef, StreamRefError> {
    let looks_like_file = text.contains('/') || is_document(text);
    match text.split_once("://") {
        Some(("https", rest)) if !rest.is_empty() => Ok(StreamRef::Url(text.to_owned())),
        Some(("file", rest)) if rest.starts_with('/') => Ok(StreamRef::File(rest.to_owned(), None)),
        Some(_) => Err(StreamRefError::NotHttps(text.to_owned())),
        None if looks_like_file => Ok(StreamRef::File(text.to_owned(), None)),
        None => Err(StreamRefError::Unknown(text.to_owned())),
    }
}

impl fmt::Display for StreamRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fcos(channel) => f.write_str(channel.as_str()),
            Self::Rhcos(version, None) => write!(f, "rhcos-{version}"),
            Self::Rhcos(version, Some(rhel)) => write!(f, "rhcos-{version}/{}", rhel.as_str()),
            Self::Okd(version) => write!(f, "okd-{version}"),
            Self::Url(text) | Self::File(text, None) => f.write_str(text),
            Self::File(text, Some(rhel)) => write!(f, "{text}/{}", rhel.as_str()),
            Self::Stdin(None) => f.write_str("-"),
            Self::Stdin(Some(rhel)) => write!(f, "-/{}", rhel.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for text in [
            "stable",
            "testing",
            "next",
            "rhcos-4.20",
            "rhcos-4.22/rhel-10",
            "okd-4.20",
            "-",
            "-/rhel-10",
            "./s.json",
            "s.yaml/rhel-9",
            "https://h/s.json",
        ] {
            assert_eq!(text.parse::<StreamRef>().unwrap().to_string(), text);
        }
        assert_eq!("file:///srv/s.json".parse(), Ok(StreamRef::File("/srv/s.json".into(), None)));
        let ten = |path: &str| Ok(StreamRef::File(path.into(), Some(Rhel::Ten)));
        assert_eq!("file:///srv/s.json/rhel-10".parse(), ten("/srv/s.json"));
        assert_eq!("rhel-9/s.json".parse(), Ok(StreamRef::File("rhel-9/s.json".into(), None)));
        assert_eq!("./rhel-10".parse(), Ok(StreamRef::File("./rhel-10".into(), None)));
    }

    #[test]
    fn what_has_no_stream_metadata_says_so() {
        let error = |text: &str| text.parse::<StreamRef>().unwrap_err();
        assert!(matches!(error("rhcos-4.7"), StreamRefError::TooOld(_)));
        assert!(matches!(error("okd-4.8"), StreamRefError::TooOld(_)));
        assert!(matches!(error("rhcos-4.20/rhel-9"), StreamRefError::OneStream(_)));
        assert!(matches!(error("http://h/s.json"), StreamRefError::NotHttps(_)));
        assert!(matches!(error("stabel"), StreamRefError::Unknown(_)));
        assert!(matches!(error("rhcos-latest"), StreamRefError::Unknown(_)));
    }
}
