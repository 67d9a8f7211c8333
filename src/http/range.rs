//! Ranges: what is asked for, and what `Content-Range` says came (RFC 9110, section 14).

/// A range to ask for, of an object that must still be the one that was seen before.
#[derive(Clone, Copy, Debug)]
pub struct RangeAsk<'a> {
    /// The first byte.
    pub first: u64,
    /// The last byte; the end of the object where absent.
    pub last: Option<u64>,
    /// What the object was known by.
    pub same: &'a Validator,
}

/// What proves that an object is the same one: fit for `If-Range` (RFC 9110, section 13.1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validator {
    /// A strong entity tag, with its quotes.
    Tag(String),
    /// A modification date that is old enough to be strong (RFC 9110, section 8.8.2.2).
    Date(String),
}

impl Validator {
    /// Returns the text for `If-Range`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Tag(text) | Self::Date(text) => text,
        }
    }

    /// Takes the strongest proof that an answer offers. A weak tag proves nothing about bytes.
    pub(super) fn of(tag: Option<&str>, modified: Option<&str>, answered: Option<&str>) -> Option<Self> {
        if let Some(tag) = tag.filter(|tag| is_strong(tag)) {
            return Some(Self::Tag(tag.to_owned()));
        }
        let (at, now) = (
            httpdate::parse_http_date(modified?.trim()).ok()?,
            httpdate::parse_http_date(answered?.trim()).ok()?,
        );
        let age = now.duration_since(at).ok()?;
        (age.as_secs() >= 1).then(|| Self::Date(modified.unwrap_or_default().to_owned()))
    }
}

/// Says whether a tag is one in quotes, without the `W/` of a weak one.
fn is_strong(tag: &str) -> bool {
    tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"')
}

/// The range that a 206 carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
    /// The size of the whole object, where the server tells it.
    pub total: Option<u64>,
}

impl ContentRange {
    /// Parses `bytes 0-99/1000` or `bytes 0-99/*`; nothing where it makes no sense, as
    /// `bytes 9-8/9` does.
    pub fn parse(text: &str) -> Option<Self> {
        let (range, total) = halves(text)?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let total = if total == "*" { None } else { Some(number(total)?) };
        let makes_sense = first <= last && total.is_none_or(|total| last < total);
        makes_sense.then_some(Self { first, last, total })
    }
}

/// Parses the `bytes */1000` of a 416: the size of the whole object.
pub fn unsatisfied_total(text: &str) -> Option<u64> {
    let (range, total) = halves(text)?;
    if range == "*" { number(total) } else { None }
}

fn halves(text: &str) -> Option<(&str, &str)> {
    let (unit, rest) = text.trim().split_once(' ')?;
    if unit.eq_ignore_ascii_case("bytes") { rest.trim().split_once('/') } else { None }
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn ranges_are_read() {
        let range = |first, last, total| Some(ContentRange { first, last, total });
        assert_eq!(ContentRange::parse("bytes 0-99/1000"), range(0, 99, Some(1000)));
        assert_eq!(ContentRange::parse("Bytes 5-5/*"), range(5, 5, None));
        // What crates.io's CDN once sent.
        assert_eq!(ContentRange::parse("bytes 278076-278075/278076"), None);
        for bad in [
            "",
            "bytes",
            "bytes 1-2",
            "bytes */9",
            "items 0-1/2",
            "bytes 0-9/9",
            "bytes +0-1/2",
            "bytes -1/2",
        ] {
            assert_eq!(ContentRange::parse(bad), None, "{bad}");
        }
        assert_eq!(ContentRange::parse("bytes 0-99999999999999999999/*"), None);
        assert_eq!(unsatisfied_total("bytes */1000"), Some(1000));
        assert_eq!(unsatisfied_total("bytes 0-1/1000"), None);
    }

    #[test]
    fn proofs_are_strong_or_absent() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:49:39 GMT";
        let of = Validator::of;
        assert_eq!(of(Some("\"a\""), Some(date), Some(later)), Some(Validator::Tag("\"a\"".into())));
        assert_eq!(of(Some("W/\"a\""), Some(date), Some(later)), Some(Validator::Date(date.into())));
        for (tag, modified, answered) in [
            (Some("W/\"a\""), None, Some(later)),
            (Some("bare"), None, None),
            (None, Some(date), None),
            (None, Some(date), Some(date)),
            (None, Some("yesterday"), Some(later)),
        ] {
            assert_eq!(of(tag, modified, answered), None, "{tag:?} {modified:?} {answered:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,64}") {
            if let Some(range) = ContentRange::parse(&text) {
                assert!(range.first <= range.last && range.total.is_none_or(|total| range.last < total));
            }
            let _ = unsatisfied_total(&text);
        }

        #[test]
        fn what_was_meant_is_what_is_read(first in any::<u32>(), more in any::<u32>(), rest in 1..u32::MAX) {
            let (first, last) = (u64::from(first), u64::from(first) + u64::from(more));
            let total = last + u64::from(rest);
            let read = ContentRange::parse(&format!("bytes {first}-{last}/{total}"));
            assert_eq!(read, Some(ContentRange { first, last, total: Some(total) }));
        }
    }
}
