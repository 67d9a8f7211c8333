//! A moment, and how it is said.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Seconds since 1970-01-01 00:00 UTC; negative before. The clock is read in `cli` only, everything
/// below gets the moment as a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// Returns its date and time in UTC; for one beyond the years of the calendar (9999), the nearest end.
    pub(super) fn civil(self) -> DateTime {
        let seconds = self.0.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        // It is between the two.
        TimeZone::UTC.to_datetime(Timestamp::from_second(seconds).unwrap_or_default())
    }

    /// Returns how long it is until `later`; nothing if that has passed.
    pub fn until(self, later: Self) -> Option<Duration> {
        u64::try_from(later.0.saturating_sub(self.0)).ok().filter(|secs| *secs > 0).map(Duration::from_secs)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} UTC", self.civil().strftime("%Y-%m-%d %H:%M"))
    }
}

/// A duration as people say it: `25 d`, `11 h 5 min`, `42 s`.
#[derive(Clone, Copy, Debug)]
pub struct TimeSpan(pub Duration);

impl fmt::Display for TimeSpan {
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
            (i64::MAX, "9999-12-30 22:00 UTC"),
        ] {
            assert_eq!(UnixTime(secs).to_string(), said);
        }
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        let said = |secs| TimeSpan(Duration::from_secs(secs)).to_string();
        assert_eq!(
            [said(42), said(61), said(39_900), said(864_000)],
            ["42 s", "1 min", "11 h 5 min", "10 d"]
        );
        assert_eq!(UnixTime(5).until(UnixTime(5)), None);
        assert_eq!(UnixTime(i64::MIN).until(UnixTime(i64::MAX)), Some(Duration::from_secs(i64::MAX as u64)));
    }
}
