//! What is hidden of a text, so that not even its shape is told: how long it is, or what it is made of.

use super::Span;

/// Puts ranges in order, and those together between which nothing but punctuation stands. A range goes on to
/// the end of its line where only closing brackets or a comment follow.
pub(super) fn joined(text: &str, ranges: impl Iterator<Item = Span>) -> Vec<Span> {
    let within = |span: Span| Span { start: span.start.min(text.len()), end: span.end.min(text.len()) };
    let mut ranges: Vec<Span> = ranges.map(within).filter(|span| span.start < span.end).collect();
    ranges.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(ranges.len());
    for span in ranges {
        match joined.last_mut() {
            Some(last) if span.start <= last.end || is_punctuation(text.get(last.end..span.start)) => {
                last.end = last.end.max(span.end);
            }
            _ => joined.push(span),
        }
    }
    for span in &mut joined {
        span.end += closing(text.get(span.end..).unwrap_or_default());
    }
    joined
}

/// Says whether text of one line is made of what stands between the values of a list or a mapping.
fn is_punctuation(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.chars().all(|c| " \t,:{}[]\"'".contains(c)))
}

/// Returns how far closing brackets and a comment reach, where they end the line.
fn closing(rest: &str) -> usize {
    let line = rest.lines().next().unwrap_or_default();
    let after = line.trim_start_matches([' ', '\t', ']', '}', '"', '\'']);
    let ends = after.is_empty() || (after.starts_with('#') && after.len() < line.len());
    if ends { line.len() } else { 0 }
}

/// Returns the text with three stars for each range, as long as before and with the same lines.
pub(super) fn shown(text: &str, hidden: &[Span]) -> String {
    let mut shown = text.as_bytes().to_vec();
    for span in hidden {
        for (at, byte) in shown[span.start..span.end].iter_mut().enumerate() {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = if at < 3 { b'*' } else { b' ' };
            }
        }
    }
    // A range that cuts a character hides everything.
    String::from_utf8(shown).unwrap_or_else(|_| " ".repeat(text.len()))
}

#[cfg(test)]
mod tests {
    use super::super::SourceText;
    use super::*;

    /// Hides some words of a text.
    fn hidden(text: &str, words: &[&str]) -> String {
        let span = |word: &&str| {
            let start = text.find(word).unwrap();
            Span { start, end: start + word.len() }
        };
        let spans: Vec<Span> = words.iter().map(span).collect();
        let shown = SourceText::new("v", text).hiding(&spans).shown().to_owned();
        assert_eq!(shown.len(), text.len());
        shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn neither_brackets_nor_a_comment_are_left_behind() {
        assert_eq!(hidden("k: [aaaa]\nn: ok\n", &["aaaa"]), "k: [***\nn: ok");
        assert_eq!(hidden("k: {a: {b: {c: aaaa}}}\n", &["aaaa"]), "k: {a: {b: {c: ***");
        assert_eq!(hidden("k: aaaa # it was bbbb\nn: ok\n", &["aaaa"]), "k: ***\nn: ok");
        assert_eq!(hidden("k: \"aaaa\" \n", &["aaaa"]), "k: \"***");
    }

    #[test]
    fn the_parts_of_a_value_are_one() {
        assert_eq!(hidden("k: {a: bb, cc: ddd}\n", &["a", "bb", "cc", "ddd"]), "k: {***");
        assert_eq!(hidden("n: {k: aaaa, m: ok}\n", &["aaaa"]), "n: {k: *** , m: ok}");
        assert_eq!(hidden("n: aaaa#bbbb\n", &["aaaa"]), "n: *** #bbbb");
    }

    #[test]
    fn what_follows_in_another_line_stays() {
        assert_eq!(hidden("k: aaaa\n  - ok\n", &["aaaa"]), "k: ***\n  - ok");
    }
}
