//! A moment, to the second, as people and files write it (RFC 3339).

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use thiserror::Error;

use super::time::UnixTime;

/// A [`UnixTime`] with an exact form that parses back; printed in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub UnixTime);

/// Not a moment.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a time such as `2030-01-31T18:00:00Z` or `2030-01-31T18:00:00+02:00`")]
pub struct MomentError(String);

/// Parses seconds in the form of RFC 3339 that is written here: no fraction, and a `T`, which others leave out.
fn parse(text: &str) -> Option<i64> {
    let is_plain = matches!(text.len(), 20 | 25) && text.get(10..11) == Some("T");
    // Nobody means a leap second, nor an offset of more than a day.
    let is_plain = is_plain && text.get(17..19) != Some("60") && text.get(20..22).is_none_or(|it| it < "24");
    text.parse::<Timestamp>().ok().filter(|_| is_plain).map(Timestamp::as_second)
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        parse(text).map(|seconds| Self(UnixTime(seconds))).ok_or_else(|| MomentError(text.to_owned()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0.civil().strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_round_trip_in_utc() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:01Z", 951_825_601),
            ("2030-12-31T23:59:59Z", 1_924_991_999),
        ] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!((moment, moment.to_string().as_str()), (Moment(UnixTime(seconds)), text));
        }
        let east: Moment = "2000-02-29T14:00:01+02:00".parse().unwrap();
        assert_eq!(east.to_string(), "2000-02-29T12:00:01Z");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for bad in [
            "",
            "tomorrow",
            "2030-02-30T00:00:00Z",
            "2030-01-01",
            "2030-01-01T24:00:00Z",
            "2030-01-01T00:00:00",
            "2030-01-01T00:00:00+2",
            "2030-13-01T00:00:00Z",
            "2030-01-01 00:00:00Z",
            "2030-01-01T00:00:00Zz",
            "2030-01-01T00:00:00.5Z",
            "2030-01-01T23:59:60Z",
            "2030-01-01T00:00:00+25:00",
        ] {
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
    }
}
