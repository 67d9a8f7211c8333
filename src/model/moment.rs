//! A moment, to the second, as people and files write it (RFC 3339).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::time::{UnixTime, date};

/// A [`UnixTime`] with an exact form that parses back; printed in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub UnixTime);

/// Not a moment.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a time such as `2030-01-31T18:00:00Z` or `2030-01-31T18:00:00+02:00`")]
pub struct MomentError(String);

const DAY: i64 = 86_400;

/// Days since 1970 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level
/// date algorithms", `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Parses digits at a place, with the separator that must stand before them.
fn field(text: &str, at: usize, length: usize, before: &str) -> Option<i64> {
    let start = at.checked_sub(before.len())?;
    let digits = text.get(start..at + length)?.strip_prefix(before)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Parses `Z` or `+02:00`, in seconds east of UTC.
fn offset(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = (field(text, 1, 2, "")?, field(text, 4, 2, ":")?);
    (text.len() == 6 && hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn parse(text: &str) -> Option<i64> {
    let (year, month, day) = (field(text, 0, 4, "")?, field(text, 5, 2, "-")?, field(text, 8, 2, "-")?);
    let (hour, minute, second) =
        (field(text, 11, 2, "T")?, field(text, 14, 2, ":")?, field(text, 17, 2, ":")?);
    let number = days(year, month, day);
    let exists = date(number) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    let seconds = number * DAY + hour * 3600 + minute * 60 + second;
    exists.then_some(seconds - offset(text.get(19..)?)?)
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        parse(text).map(|seconds| Self(UnixTime(seconds))).ok_or_else(|| MomentError(text.to_owned()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0.0.div_euclid(DAY));
        let second = self.0.0.rem_euclid(DAY);
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
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
        ] {
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
    }
}
