//! What is known of the object that a part file is the beginning of.

use serde_json::{Value, json};

use crate::http::{ContentRange, Response, Validator};

/// The most of a proof that is read, in bytes.
pub(super) const MAX_BYTES: u64 = 64 << 10;

/// What an object was known by when its first bytes came. Only with one of these is a transfer ever
/// continued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// Where it came from, without credentials.
    pub(super) url: String,
    /// The size of the whole object.
    pub(super) total: u64,
    /// What the server will be asked to compare.
    pub(super) validator: Validator,
    /// How many bytes from the beginning are there without a gap, where several connections write;
    /// absent where the file's length says it.
    pub(super) whole_to: Option<u64>,
}

impl Proof {
    /// Takes what an answer of the whole object says; nothing where it proves nothing.
    pub(super) fn of(url: &str, response: &Response) -> Option<Self> {
        let validator = response.validator.clone().filter(|_| response.content_encoding.is_none())?;
        Some(Self { url: url.to_owned(), total: response.content_length?, validator, whole_to: None })
    }

    /// Says whether a 206 continues the object at a byte.
    pub(super) fn is_continued(&self, at: u64, range: Option<ContentRange>, response: &Response) -> bool {
        let is_same = response.validator.as_ref().is_none_or(|now| match (&self.validator, now) {
            // A server may answer with a tag to a date; If-Range has compared it.
            (Validator::Tag(before), Validator::Tag(now)) => before == now,
            _ => true,
        });
        is_same
            && response.content_encoding.is_none()
            && range.is_some_and(|range| range.first == at && range.total.is_none_or(|it| it == self.total))
    }

    /// Returns the text that stands beside the part file.
    pub(super) fn to_json(&self) -> String {
        let (key, validator) = match &self.validator {
            Validator::Tag(text) => ("etag", text),
            Validator::Date(text) => ("last-modified", text),
        };
        let mut value = json!({"url": self.url, "total": self.total, key: validator});
        if let Some(whole_to) = self.whole_to {
            value["whole-to"] = json!(whole_to);
        }
        value.to_string()
    }

    /// Reads that text; nothing where it is not one, as after a crash.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let is_header = |text: &String| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        let validator = match (text("etag"), text("last-modified")) {
            (Some(tag), None) => Validator::Tag(Some(tag).filter(is_header)?),
            (None, Some(date)) => Validator::Date(Some(date).filter(is_header)?),
            _ => return None,
        };
        let total = value.get("total")?.as_u64()?;
        Some(Self {
            url: text("url")?,
            total,
            validator,
            whole_to: value.get("whole-to").and_then(Value::as_u64),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::*;

    #[test]
    fn the_text_round_trips() {
        for (validator, whole_to) in
            [(Validator::Tag("\"a\"".into()), None), (Validator::Date("x".into()), Some(5))]
        {
            let proof = Proof { url: "http://h/k".into(), total: 9, validator, whole_to };
            assert_eq!(Proof::parse(&proof.to_json()), Some(proof));
        }
        for bad in [
            "",
            "{}",
            "null",
            r#"{"url":"u","total":-1,"etag":"\"a\""}"#,
            r#"{"url":"u","total":1,"etag":"a\nb"}"#,
        ] {
            assert_eq!(Proof::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,80}") {
            let _ = Proof::parse(&text);
        }
    }
}
