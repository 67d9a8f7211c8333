//! Which part of a file an answer has: conditions and ranges (RFC 9110, sections 13 and 14).

use std::time::{SystemTime, UNIX_EPOCH};

use super::ask::HttpRequest;

/// What of a file is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portion {
    /// All of it: 200.
    Whole,
    /// From the first to the last byte: 206.
    Part(u64, u64),
    /// Nothing, it is as the client has it: 304.
    Same,
    /// Nothing, it is not as the client wants it: 412.
    Changed,
    /// Nothing, no byte of it was asked for: 416.
    Outside,
}

/// What a file is known by.
#[derive(Clone, Debug)]
pub struct FileValidators<'a> {
    /// Its size in bytes.
    pub size: u64,
    /// When it was changed.
    pub modified: SystemTime,
    /// A strong entity tag with its quotes.
    pub tag: Option<&'a str>,
}

/// Says what is to be sent, in the order of RFC 9110, section 13.2.2.
pub fn portion(ask: &HttpRequest, known: &FileValidators) -> Portion {
    if let Some(list) = &ask.if_match {
        if !lists(list, known.tag) {
            return Portion::Changed;
        }
    } else if date(ask.if_unmodified_since.as_deref()).is_some_and(|at| seconds(known.modified) > at) {
        return Portion::Changed;
    }
    if let Some(list) = &ask.if_none_match {
        if lists(list, known.tag) {
            return Portion::Same;
        }
    } else if date(ask.if_modified_since.as_deref()).is_some_and(|at| seconds(known.modified) <= at) {
        return Portion::Same;
    }
    let is_same = ask.if_range.as_deref().is_none_or(|validator| matches(validator, known));
    let range = ask.range.as_deref().filter(|_| is_same);
    range.map_or(Portion::Whole, |range| part(range, known.size))
}

/// `*` is any file that is there; a tag counts if it is the file's.
fn lists(list: &str, tag: Option<&str>) -> bool {
    list.trim() == "*" || tag.is_some_and(|tag| list.split(',').any(|one| one.trim() == tag))
}

fn matches(validator: &str, known: &FileValidators) -> bool {
    Some(validator) == known.tag || date(Some(validator)) == Some(seconds(known.modified))
}

fn date(text: Option<&str>) -> Option<u64> {
    httpdate::parse_http_date(text?).ok().map(seconds)
}

/// HTTP has no smaller unit.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Several ranges, and units that nobody knows, get the whole file: a server may ignore `Range` (14.2).
fn part(range: &str, size: u64) -> Portion {
    let Some((first, last)) =
        range.strip_prefix("bytes=").filter(|it| !it.contains(',')).and_then(|it| it.split_once('-'))
    else {
        return Portion::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Ok(0) => Portion::Outside,
            Ok(_) if size == 0 => Portion::Outside,
            Ok(length) => Portion::Part(size.saturating_sub(length), size - 1),
            Err(_) => Portion::Whole,
        },
        (first, last) => match (number(first), last) {
            (Ok(first), _) if first >= size => Portion::Outside,
            (Ok(first), "") => Portion::Part(first, size - 1),
            (Ok(first), last) => match number(last) {
                Ok(last) if last >= first => Portion::Part(first, last.min(size - 1)),
                Ok(_) => Portion::Outside,
                Err(_) => Portion::Whole,
            },
            (Err(_), _) => Portion::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(fields: &str) -> Portion {
        let head = format!("GET /f HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
        let (ask, _) = HttpRequest::parse(head.as_bytes()).unwrap().unwrap();
        let modified = UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
        portion(&ask, &FileValidators { size: 6, modified, tag: Some("\"t\"") })
    }

    #[test]
    fn ranges() {
        for (range, portion) in [
            ("bytes=1-3", Portion::Part(1, 3)),
            ("bytes=0-0", Portion::Part(0, 0)),
            ("bytes=-2", Portion::Part(4, 5)),
            ("bytes=4-", Portion::Part(4, 5)),
            ("bytes=-100", Portion::Part(0, 5)),
            ("bytes=0-100", Portion::Part(0, 5)),
            ("bytes=100-", Portion::Outside),
            ("bytes=-0", Portion::Outside),
            ("bytes=3-1", Portion::Outside),
            ("bytes=0-1,3-4", Portion::Whole),
            ("items=0-1", Portion::Whole),
            ("bytes=x", Portion::Whole),
            ("bytes=a-b", Portion::Whole),
        ] {
            assert_eq!(of(&format!("Range: {range}\r\n")), portion, "{range}");
        }
    }

    #[test]
    fn conditions() {
        let (same, before, after) = (
            "Tue, 14 Nov 2023 22:13:20 GMT",
            "Tue, 14 Nov 2023 22:13:19 GMT",
            "Tue, 14 Nov 2023 22:13:21 GMT",
        );
        for (fields, portion) in [
            (format!("If-Modified-Since: {same}\r\n"), Portion::Same),
            (format!("If-Modified-Since: {after}\r\n"), Portion::Same),
            (format!("If-Modified-Since: {before}\r\n"), Portion::Whole),
            ("If-Modified-Since: yesterday\r\n".to_owned(), Portion::Whole),
            (format!("If-Unmodified-Since: {before}\r\n"), Portion::Changed),
            (format!("If-Unmodified-Since: {same}\r\n"), Portion::Whole),
            ("If-None-Match: \"x\"\r\n".to_owned(), Portion::Whole),
            ("If-None-Match: \"x\", \"t\"\r\n".to_owned(), Portion::Same),
            ("If-None-Match: *\r\n".to_owned(), Portion::Same),
            ("If-Match: *\r\n".to_owned(), Portion::Whole),
            ("If-Match: \"x\"\r\n".to_owned(), Portion::Changed),
            (format!("If-Range: {same}\r\nRange: bytes=0-1\r\n"), Portion::Part(0, 1)),
            (format!("If-Range: {before}\r\nRange: bytes=0-1\r\n"), Portion::Whole),
            ("If-Range: \"t\"\r\nRange: bytes=0-1\r\n".to_owned(), Portion::Part(0, 1)),
            ("If-Range: \"x\"\r\nRange: bytes=0-1\r\n".to_owned(), Portion::Whole),
        ] {
            assert_eq!(of(&fields), portion, "{fields}");
        }
    }
}
