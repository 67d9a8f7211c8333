//! A query as Go reads it (Go `net/url` `ParseQuery`): a part with `;` or with a broken escape is dropped.

/// Returns the pairs of a query in their order.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty() && !part.contains(';'));
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        Some((unescape(key, Plus::Blank)?, unescape(value, Plus::Blank)?))
    };
    parts.filter_map(pair).collect()
}

/// What a `+` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Plus {
    /// In a query.
    Blank,
    /// In a path.
    Plus,
}

/// Undoes percent-encoding; nothing where an escape is broken, or the bytes are no UTF-8.
pub fn unescape(text: &str, plus: Plus) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => 16 * digit(rest.next()?)? + digit(rest.next()?)?,
            b'+' if plus == Plus::Blank => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_broken_part_is_dropped() {
        let read = |query| pairs(query).into_iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
        assert_eq!(read("x=%zz&mac=52%3A54"), ["mac=52:54"]);
        assert_eq!(read("x=1;mac=W&y=a+b&z"), ["y=a b", "z="]);
        assert!(read("").is_empty());
        assert_eq!(unescape("a+b%20c", Plus::Plus).as_deref(), Some("a+b c"));
        assert_eq!(unescape("%ff", Plus::Plus), None);
        assert_eq!(unescape("%4", Plus::Plus), None);
    }
}
