//! Text with a name, byte ranges in it, and what of it may be shown.

use std::fmt;
use std::sync::Arc;

/// A byte range in a source text, `start` inclusive, `end` exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A named text whose secret parts never reach a frame.
///
/// Cheap to clone. Two texts are kept: the one that was read, and one of the same length in which
/// every hidden range is blanked. Only the second is ever rendered.
#[derive(Clone, Debug)]
pub struct SourceText {
    name: Arc<str>,
    text: Arc<str>,
    shown: Arc<str>,
    /// Where each line begins: places are asked for once a node.
    lines: Arc<[usize]>,
}

impl SourceText {
    /// Wraps a text of which everything may be shown.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), shown: Arc::clone(&text), text, lines }
    }

    /// Returns the same source with `ranges` blanked in everything that is printed of it.
    #[must_use]
    pub fn hiding(&self, ranges: &[Span]) -> Self {
        let mut shown = self.shown.as_bytes().to_vec();
        for range in ranges {
            blank(&mut shown, *range);
        }
        let shown = String::from_utf8(shown).unwrap_or_else(|_| " ".repeat(self.text.len()));
        Self { shown: shown.into(), ..self.clone() }
    }

    /// Returns the file name as the person gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text as it may be shown: same length, same lines.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns the text of a range, or nothing where the range does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }
}

/// Writes up to three stars and then blanks over a range, keeping line ends and the length.
fn blank(shown: &mut [u8], range: Span) {
    let end = range.end.min(shown.len());
    for (at, byte) in shown[range.start.min(end)..end].iter_mut().enumerate() {
        if !matches!(*byte, b'\n' | b'\r') {
            *byte = if at < 3 { b'*' } else { b' ' };
        }
    }
}

/// A range in a particular source.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text.
    pub source: SourceText,
    /// The range in it.
    pub span: Span,
}

impl Place {
    /// Returns line and column, both from 1, the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let (text, lines) = (self.source.text(), &self.source.lines);
        let line = lines.partition_point(|start| *start <= self.span.start);
        let start = lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = text.get(start..self.span.start).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_from_one() {
        let source = SourceText::new("v.yaml", "a: ü\nné: x\n");
        let place = Place { source, span: Span { start: 11, end: 12 } };
        assert_eq!(place.to_string(), "v.yaml:2:5");
    }

    #[test]
    fn hidden_ranges_keep_length_and_lines() {
        let source =
            SourceText::new("v", "k: geheimnis\nnächste: ok\n").hiding(&[Span { start: 3, end: 12 }]);
        assert_eq!(source.shown(), "k: ***      \nnächste: ok\n");
        assert_eq!(source.text().len(), source.shown().len());
    }

    #[test]
    fn a_range_that_cuts_a_character_hides_everything_rather_than_panic() {
        let source = SourceText::new("v", "ü").hiding(&[Span { start: 0, end: 1 }]);
        assert_eq!(source.shown(), "  ");
    }
}
