//! A moment, and how it is said.

use std::fmt;
use std::time::Duration;

/// Seconds since 1970-01-01 00:00 UTC; negative before. The clock is read in `cli` only, everything
/// below gets the moment as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// Returns how long it is until `later`; nothing if that has passed.
    pub fn until(self, later: Self) -> Option<Duration> {
        u64::try_from(later.0.saturating_sub(self.0)).ok().filter(|secs| *secs > 0).map(Duration::from_secs)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        let (year, month, day) = date(days);
        write!(f, "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", second / 3600, second / 60 % 60)
    }
}

/// The Gregorian date of a number of days since 1970-01-01. Years are counted from March, so that the
/// leap day is a year's last, in eras of 400 years, which are all 146 097 days long.
pub(super) fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// A duration as people say it: `25 d`, `11 h 5 min`, `42 s`.
#[derive(Clone, Copy, Debug)]
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.as_secs();
        match secs {
            0..60 => write!(f, "{secs} s"),
            60..3600 => write!(f, "{} min", secs / 60),
            3600..172_800 => write!(f, "{} h {} min", secs / 3600, secs / 60 % 60),
            _ => write!(f, "{} d", secs / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_in_utc() {
        for (secs, said) in [
            (0, "1970-01-01 00:00 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_795_232_385, "2026-11-21 03:39 UTC"),
            (4_107_542_399, "2100-02-28 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(UnixTime(secs).to_string(), said);
        }
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        let said = |secs| Span(Duration::from_secs(secs)).to_string();
        assert_eq!(
            [said(42), said(61), said(39_900), said(864_000)],
            ["42 s", "1 min", "11 h 5 min", "10 d"]
        );
        assert_eq!(UnixTime(5).until(UnixTime(5)), None);
        assert_eq!(UnixTime(i64::MIN).until(UnixTime(i64::MAX)), Some(Duration::from_secs(i64::MAX as u64)));
    }
}
