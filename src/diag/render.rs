//! A report as frames on a terminal.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Annotation, Diagnostic, Report, Severity};
use crate::text::escape;

/// Whether frames carry ANSI colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// No escape sequences.
    Plain,
    /// Colours as rustc and cargo use them.
    Colour,
}

/// Renders every finding of a report, one blank line between two.
pub fn render(report: &Report, palette: Palette) -> String {
    let renderer = match palette {
        Palette::Plain => Renderer::plain(),
        Palette::Colour => Renderer::styled(),
    };
    let frames: Vec<String> = report.diagnostics().iter().map(|d| frame(d, &renderer)).collect();
    frames.join("\n")
}

fn frame(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Notice => Level::NOTE.with_name("notice"),
    };
    let title = level.primary_title(escape(&diagnostic.message)).id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    for snippet in snippets(diagnostic) {
        group = group.element(snippet);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(escape(help)));
    }
    let text = renderer.render(&[group]);
    let mut out = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// One element a source, the source of the primary annotation first.
fn snippets(diagnostic: &Diagnostic) -> Vec<Element<'_>> {
    let annotations: Vec<(AnnotationKind, &Annotation)> = diagnostic
        .primary
        .iter()
        .map(|a| (AnnotationKind::Primary, a))
        .chain(diagnostic.related.iter().map(|a| (AnnotationKind::Context, a)))
        .collect();
    let mut names: Vec<&str> = Vec::new();
    for (_, annotation) in &annotations {
        if !names.contains(&annotation.place.name()) {
            names.push(annotation.place.name());
        }
    }
    names.iter().filter_map(|name| snippet(name, &annotations)).collect()
}

fn snippet<'a>(name: &'a str, annotations: &[(AnnotationKind, &'a Annotation)]) -> Option<Element<'a>> {
    let here: Vec<_> = annotations.iter().filter(|(_, a)| a.place.name() == name).collect();
    let (_, first) = here.first()?;
    let (shown, start) = first.place.part();
    if shown.is_empty() {
        return Some(Origin::path(escape(name)).into());
    }
    let mut snippet = Snippet::source(shown).path(escape(name));
    for (kind, annotation) in here {
        let span = annotation.place.span;
        let label = (!annotation.label.is_empty()).then(|| escape(&annotation.label));
        snippet =
            snippet.annotation(kind.span(span.start - start..span.end.max(span.start) - start).label(label));
    }
    Some(snippet.into())
}

#[cfg(test)]
mod tests {
    use super::super::{Code, Place, SourceText, Span};
    use super::*;

    #[test]
    fn a_frame_names_file_line_column_the_other_place_and_the_fix() {
        let source = SourceText::new("vars.yaml", "a: one\nb: two\nc: one\n");
        let at = |start: usize| Place { source: source.clone(), span: Span { start, end: start + 3 } };
        let report: Report = Diagnostic::new(Code::V201, "`c` is already taken by `a`")
            .at(&at(17), "again here")
            .also(&at(3), "first here")
            .help("give `c` another value")
            .into();
        insta::assert_snapshot!(render(&report, Palette::Plain), @r"
        error[V201]: `c` is already taken by `a`
         --> vars.yaml:3:4
          |
        1 | a: one
          |    --- first here
        2 | b: two
        3 | c: one
          |    ^^^ again here
          |
          = help: give `c` another value
        ");
    }

    #[test]
    fn control_characters_of_a_message_are_spelt_out() {
        let report: Report = Diagnostic::new(Code::V201, "bad \x1b[2J name").into();
        assert!(render(&report, Palette::Plain).contains("bad \\u{1b}[2J name"));
    }
}
