//! What a message about text that is not YAML may show, and where it points.

use crate::diag::{Code, Diagnostic, Place, Span};

pub(super) fn duplicate(place: &Place, key: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::V004, format!("key `{key}` stands twice in one mapping"))
        .at(place, "again here")
        .help("delete one of the two; YAML readers disagree about which one counts");
    match first_spelling(place) {
        Some(first) => diagnostic.also(&first, "first here"),
        None => diagnostic,
    }
}

/// Finds the nearest earlier line that begins exactly as the line of a duplicate key does.
fn first_spelling(place: &Place) -> Option<Place> {
    let text = place.source.text();
    let line_start = text[..place.span.start].rfind('\n').map_or(0, |at| at + 1);
    let length = place.span.end - line_start;
    let head = &text[line_start..place.span.end];
    let mut start = 0;
    let mut found = None;
    for line in text[..line_start].split_inclusive('\n') {
        if line.starts_with(head) && line[length..].trim_start().starts_with(':') {
            found = Some(start);
        }
        start += line.len();
    }
    let indent = place.span.start - line_start;
    found
        .map(|at| Place { source: place.source.clone(), span: Span { start: at + indent, end: at + length } })
}

/// The parts of a text that may hold values: of each line what follows its first colon, or all of it.
pub(super) fn values(text: &str) -> Vec<Span> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = line.find(':').map_or(0, |colon| colon + 1);
        let indent = line[from..].len() - line[from..].trim_start().len();
        ranges.push(Span { start: start + from + indent, end: start + line.len() });
        start += line.len();
    }
    ranges
}

pub(super) fn at_least_one(span: Span, text: &str) -> Span {
    let next = text[span.start..].chars().next().map_or(0, char::len_utf8);
    Span { start: span.start, end: span.end.max(span.start + next).min(text.len()) }
}

/// What to do about a second document: mostly somebody wrote below the `...` that ends the first one.
pub(super) fn second_document(place: &Place) -> String {
    let before = place.source.text().get(..place.span.start).unwrap_or_default();
    let ended = before.lines().enumerate().filter(|(_, line)| line.trim_end() == "...").last();
    match ended {
        Some((at, _)) => {
            format!("line {}, `...`, ends the document: delete it, or move what follows above it", at + 1)
        }
        None => "give each cluster a file of its own and repeat `-f`".to_owned(),
    }
}

/// What is most often behind a syntax error on a line. A tab is pointed at itself: the scanner names what
/// follows it.
pub(super) fn syntax_help(place: Place) -> (Place, &'static str) {
    let text = place.source.text();
    let start = text[..place.span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    if let Some(tab) = indent.find('\t') {
        let span = Span { start: start + tab, end: start + tab + 1 };
        return (Place { span, ..place }, "indent with blanks: YAML allows no tab there");
    }
    (
        place,
        "look here and in the line before: the indentation, an open quote or bracket, a value with `: ` or `{`",
    )
}
