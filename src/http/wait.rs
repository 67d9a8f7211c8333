//! How long a server asks its clients to stay away: `Retry-After` (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

use httpdate::parse_http_date;

/// Reads `Retry-After`: seconds, or a date, of which `now` is taken. Where the server told its own
/// time, that is `now`: the clock of a machine that is being set up is often wrong.
pub fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    Some(parse_http_date(text.trim()).ok()?.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn both_forms_are_read() {
        let now = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let read = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(read("7"), Some(7));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:27 GMT"), Some(0));
        assert_eq!(read("99999999999999999999999"), Some(u64::MAX));
        assert_eq!((read(""), read("-1"), read("soon")), (None, None, None));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,40}", now in any::<u32>()) {
            let _ = retry_after(&text, SystemTime::UNIX_EPOCH + Duration::from_secs(now.into()));
        }

        #[test]
        fn seconds_are_seconds(seconds in any::<u64>()) {
            let read = retry_after(&seconds.to_string(), SystemTime::UNIX_EPOCH);
            assert_eq!(read, Some(Duration::from_secs(seconds)));
        }
    }
}
