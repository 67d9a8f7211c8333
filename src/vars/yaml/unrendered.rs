//! Templates that were not rendered: what people give instead of what comes out of them.

use crate::diag::{Code, Diagnostic, Place, SourceText, Span};

/// Says that a file is one from which YAML is made, where a line of it begins with a statement.
pub(super) fn find(source: &SourceText) -> Option<Diagnostic> {
    let text = source.text();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim_start();
        let (what, how) = match words.get(..2) {
            Some("{%" | "{#") => ("Jinja", "with Ansible's `template` module"),
            Some("%{") => ("Terraform", "with `templatefile` and `local_file`"),
            Some("<%") => ("ERB", "with `erb`"),
            _ => {
                start += line.len();
                continue;
            }
        };
        start += line.len() - words.len();
        let span = Span { start, end: start + words.trim_end().len() };
        let message = format!("`{}` is a template of {what} that was not rendered", source.name());
        let place = Place { source: source.clone(), span };
        let help = format!("render it first, such as {how}, and give okdboot what comes out");
        return Some(Diagnostic::new(Code::V003, message).at(&place, "a statement").help(help));
    }
    None
}
