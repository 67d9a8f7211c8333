//! Dates of HTTP headers, in all three forms (RFC 9110, section 5.6.7).

use std::time::{Duration, SystemTime};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Parses a date between 1970 and 9999. The name of the day is not compared with the date.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    let (_, rest) = text.split_once(", ").unwrap_or(("", text));
    let words: Vec<&str> = rest.split([' ', '-']).filter(|word| !word.is_empty()).collect();
    let &[one, two, three, four, five] = words.as_slice() else { return None };
    // `06 Nov 1994 08:49:37 GMT`, with hyphens and two digits of year `06-Nov-94 ...`; else
    // `Sun Nov  6 08:49:37 1994`.
    let is_fixed = five == "GMT";
    let (day, month, year) = if is_fixed { (one, two, three) } else { (three, two, five) };
    let time = four;
    let month = MONTHS.iter().position(|name| *name == month)?;
    seconds(year_of(year)?, month as u64, number(day, 1..=31)?, time)
}

fn year_of(text: &str) -> Option<u64> {
    match (text.len(), number(text, 0..=9999)?) {
        (4, year) if year >= 1970 => Some(year),
        (2, year) if year >= 70 => Some(1900 + year),
        (2, year) => Some(2000 + year),
        _ => None,
    }
}

fn seconds(year: u64, month: u64, day: u64, time: &str) -> Option<SystemTime> {
    let mut parts = time.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let time = number(hour, 0..=23)? * 3600 + number(minute, 0..=59)? * 60 + number(second, 0..=60)?;
    let total = days(year, month, day) * 86_400 + time;
    if parts.next().is_some() { None } else { SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(total)) }
}

/// Counts the days since 1970-01-01; `month` is counted from 0.
fn days(year: u64, month: u64, day: u64) -> u64 {
    const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    let before_year = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    let leap_day = u64::from(is_leap && month > 1);
    before_year + BEFORE[usize::try_from(month).unwrap_or_default()] + leap_day + day - 1
}

fn number(text: &str, allowed: std::ops::RangeInclusive<u64>) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && allowed.contains(number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    fn unix(text: &str) -> Option<u64> {
        Some(parse(text)?.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn the_three_forms_of_the_rfc_are_one_moment() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(unix(text), Some(784_111_777), "{text}");
        }
        assert_eq!(unix("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(unix("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        assert_eq!(unix("Fri, 01 Mar 2024 00:00:00 GMT"), Some(1_709_251_200));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "7",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "06 Nov 1994 25:00:00 GMT",
        ] {
            assert_eq!(unix(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[A-Za-z0-9:, -]{0,40}|.{0,40}") {
            let _ = parse(&text);
        }
    }
}
