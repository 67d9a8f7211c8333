//! Small pieces of prose: lists, counts, suggestions, and text that is safe to print.
//!
//! Knows nothing of the domain. Everything that okdboot prints and that came from a file passes
//! through [`Escaped`], so that no control character of a YAML value reaches a terminal.

mod words;

use std::fmt;

pub(crate) use words::{read_words, words};

/// Prints items as `` `a`, `b` and `c` ``: the form of every list in a message.
pub struct List<'a, T> {
    items: &'a [T],
    word: &'a str,
}

impl<'a, T: fmt::Display> List<'a, T> {
    /// Joins the last two items with `and`.
    pub fn and(items: &'a [T]) -> Self {
        Self { items, word: "and" }
    }

    /// Joins the last two items with `or`.
    pub fn or(items: &'a [T]) -> Self {
        Self { items, word: "or" }
    }
}

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.items.len().saturating_sub(1);
        for (at, item) in self.items.iter().enumerate() {
            match at {
                0 => {}
                _ if at == last => write!(f, " {} ", self.word)?,
                _ => f.write_str(", ")?,
            }
            write!(f, "`{item}`")?;
        }
        Ok(())
    }
}

/// Prints `1 file`, `2 files`.
pub struct Count(pub usize, pub &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1.strip_suffix('y')) {
            (1, _) => write!(f, "1 {}", self.1),
            (count, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => write!(f, "{count} {stem}ies"),
            (count, _) => write!(f, "{count} {}s", self.1),
        }
    }
}

/// Cuts a text in the middle, so that it has so many characters at most: names of files begin alike, and end
/// in what tells them apart.
pub fn middle(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (kept / 2, kept - kept / 2);
    let skip = count - tail;
    format!("{}…{}", text.chars().take(head).collect::<String>(), text.chars().skip(skip).collect::<String>())
}

/// Prints text with control and bidirectional formatting characters written as `\u{..}`.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_unprintable(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

/// Returns the printable form of `text` as an owned string.
pub fn escape(text: &str) -> String {
    Escaped(text).to_string()
}

/// Says whether printing `c` could move the cursor, recolour or reorder the line.
///
/// Besides the control characters these are the bidirectional overrides and isolates, which can
/// make a line read differently from what it says (CVE-2021-42574).
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the candidate that the person most likely meant by `word`, if any is near enough.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    // A long word that begins like a short one is no slip of the fingers.
    let is_alike = |candidate: &&str| candidate.len().abs_diff(word.len()) <= 3.max(word.len() / 3);
    candidates
        .into_iter()
        .filter(is_alike)
        .map(|candidate| (strsim::jaro_winkler(&word, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.84)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Returns the candidate that the fewest edits make of `word`, if at most two do.
///
/// For addresses, in which a prefix that many share says nothing.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(edits, _)| *edits <= 2)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Quotes one word for a POSIX shell: plain words stay as they are, others are single-quoted.
pub fn shell_quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Prints a number of bytes with one decimal and a binary unit (`1.2 GiB`).
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is printed")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        let mut value = self.0 as f64 / 1024.0;
        let mut unit = UNITS[0];
        for next in &UNITS[1..] {
            if value < 1024.0 {
                break;
            }
            value /= 1024.0;
            unit = next;
        }
        write!(f, "{value:.1} {unit}")
    }
}

/// Prints an error with its causes, leaving out those that repeat what was said.
pub fn cause_chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        next = cause.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(middle("rootfs.img", 10), "rootfs.img");
        assert_eq!(middle("scos-10.0-live-rootfs.img", 11), "scos-…s.img");
        assert_eq!([middle("ab", 1), middle("ab", 0), middle("größe", 4)], ["…", "…", "g…ße"]);
    }

    #[test]
    fn lists_read_as_prose() {
        assert_eq!(List::and(&["a"]).to_string(), "`a`");
        assert_eq!(List::and(&["a", "b"]).to_string(), "`a` and `b`");
        assert_eq!(List::or(&["a", "b", "c"]).to_string(), "`a`, `b` or `c`");
    }

    #[test]
    fn counts_agree_in_number() {
        assert_eq!(Count(1, "file").to_string(), "1 file");
        assert_eq!(Count(0, "file").to_string(), "0 files");
        assert_eq!(Count(2, "copy").to_string(), "2 copies");
        assert_eq!(Count(2, "key").to_string(), "2 keys");
    }

    #[test]
    fn control_and_bidi_characters_are_spelt_out() {
        assert_eq!(escape("a\x1b[31m\nb"), "a\\u{1b}[31m\\nb");
        assert_eq!(escape("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(escape("grün"), "grün");
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        let keys = ["workers", "masters", "bootstrap"];
        assert_eq!(did_you_mean("worker", keys), Some("workers"));
        assert_eq!(did_you_mean("Bootstrp", keys), Some("bootstrap"));
        assert_eq!(did_you_mean("pullSecret", keys), None);
        assert_eq!(did_you_mean("otherdomains", ["other"]), None);
        assert_eq!(did_you_mean("installdir", ["install_filetranspiler"]), None);
        assert_eq!(did_you_mean("masterz", ["masters"]), Some("masters"));
        assert_eq!(did_you_mean("uefi_x64", ["uefi_aarch64", "uefi_x86_64"]), Some("uefi_x86_64"));
    }

    #[test]
    fn shell_words_survive_a_shell() {
        assert_eq!(shell_quote("a-b/c:1"), "a-b/c:1");
        assert_eq!(shell_quote("http://h/i?mac=a&b"), "'http://h/i?mac=a&b'");
        assert_eq!(shell_quote("it's"), r"'it'\''s'");
        assert_eq!(shell_quote(""), "''");
    }

    #[test]
    fn bytes_are_short() {
        assert_eq!(Bytes(900).to_string(), "900 B");
        assert_eq!(Bytes(1 << 20).to_string(), "1.0 MiB");
        assert_eq!(Bytes(3 << 29).to_string(), "1.5 GiB");
    }
}
