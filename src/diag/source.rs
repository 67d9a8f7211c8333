//! Text with a name, byte ranges in it, and what of it may be shown.

mod mask;

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
    /// What is blanked of it, in order.
    hidden: Arc<[Span]>,
    /// Where each line begins: places are asked for once a node.
    lines: Arc<[usize]>,
    /// Where what was set by flags begins, behind the file's own text; its end where nothing was.
    flags: usize,
}

/// What stands behind a text, set by flags.
const FLAGS: &str = "--set";

impl SourceText {
    /// Wraps a text of which everything may be shown.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            name: name.into(),
            shown: Arc::clone(&text),
            hidden: Arc::default(),
            flags: text.len(),
            text,
            lines,
        }
    }

    /// Returns the source with a line a flag behind the file's text, and where each begins. Places in the
    /// file stay what they are; places behind it are those of the flags, the first in line 1.
    pub fn with_flags<'a>(&self, flags: impl Iterator<Item = &'a str>) -> (Self, Vec<usize>) {
        // One line more, so that the end of the file is not yet a flag.
        let mut text = format!("{}\n", self.text);
        let (begin, mut starts) = (text.len(), Vec::new());
        for flag in flags {
            starts.push(text.len());
            text += flag;
            text.push('\n');
        }
        (Self { flags: begin, ..Self::new(Arc::clone(&self.name), text) }, starts)
    }

    /// Returns the same source with `ranges` blanked in everything that is printed of it.
    #[must_use]
    pub fn hiding(&self, ranges: &[Span]) -> Self {
        if ranges.is_empty() {
            return self.clone();
        }
        let hidden = mask::joined(&self.text, self.hidden.iter().chain(ranges).copied());
        Self { shown: mask::shown(&self.text, &hidden).into(), hidden: hidden.into(), ..self.clone() }
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

/// A range in a particular source.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text.
    pub source: SourceText,
    /// The range in it.
    pub span: Span,
}

impl Place {
    /// Returns the file, or the flag, that it is in.
    pub fn name(&self) -> &str {
        if self.is_in_flags() { FLAGS } else { self.source.name() }
    }

    /// Returns what of its file, or of the flags, may be shown, and where that begins in the source.
    pub fn part(&self) -> (&str, usize) {
        let (shown, flags) = (self.source.shown(), self.source.flags);
        let part = if self.is_in_flags() { (shown.get(flags..), flags) } else { (shown.get(..flags), 0) };
        (part.0.unwrap_or_default(), part.1)
    }

    /// Returns line and column, both from 1, the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let (text, lines) = (self.source.text(), &self.source.lines);
        let line = lines.partition_point(|start| *start <= self.span.start);
        let start = lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = text.get(start..self.span.start).unwrap_or_default();
        let in_file =
            if self.is_in_flags() { lines.partition_point(|at| *at < self.source.flags) } else { 0 };
        (line - in_file, before.chars().count() + 1)
    }

    fn is_in_flags(&self) -> bool {
        self.span.start >= self.source.flags && self.source.flags < self.source.text.len()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.name())
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
    fn what_flags_set_is_in_a_place_of_its_own() {
        let (source, starts) =
            SourceText::new("v.yaml", "a: b\nc: d").with_flags(["x=1", "yy=2"].into_iter());
        let at = |start: usize| Place { source: source.clone(), span: Span { start, end: start + 1 } };
        assert_eq!(at(5).to_string(), "v.yaml:2:1");
        assert_eq!(at(5).part(), ("a: b\nc: d\n", 0));
        assert_eq!(at(starts[0]).to_string(), "--set:1:1");
        assert_eq!(at(starts[1] + 3).to_string(), "--set:2:4");
        assert_eq!(at(starts[1]).part(), ("x=1\nyy=2\n", 10));
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
