//! A value of another shape than the key takes: what is said of it, and where.

use crate::diag::{Code, Diagnostic, Place, SourceText, Span};
use crate::vars::yaml::{NodeKind, YamlKey, YamlNode};

/// Reports a list, mapping or value where `due` should stand.
pub(super) fn wrong(source: &SourceText, path: &str, node: &YamlNode, due: &str) -> Diagnostic {
    let place = Place { source: source.clone(), span: head(node, source) };
    if source.text()[node.span.start..].starts_with("{{") {
        return Diagnostic::new(Code::V014, format!("the expression of `{path}` is not quoted"))
            .at(&place, "YAML reads this as a mapping")
            .help(format!("quote it: `{}: \"{{{{ ... }}}}\"`", last(path)));
    }
    let found = match node.kind {
        NodeKind::List(_) => "a list",
        NodeKind::Map(_) => "a mapping",
        _ => "a value",
    };
    Diagnostic::new(Code::V007, format!("`{path}` is {found} where {due} is due"))
        .at(&place, found)
        .help(shape_help(due))
}

/// Says whether a key holds an anchor: `x-disk: &disk /dev/vda` is there for its aliases.
pub(super) fn is_anchor(source: &SourceText, key: &YamlKey) -> bool {
    let rest = source.text().get(key.span.end..).unwrap_or_default();
    let value = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':');
    value.is_some_and(|value| value.trim_start().starts_with('&'))
}

fn shape_help(due: &str) -> &'static str {
    match due {
        "a list" => "begin each entry with `- `",
        "a mapping" => "write its keys below it, each as `key: value`",
        _ => "write one value after the colon",
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The first line of a node, so that a frame does not show the whole of a mapping.
fn head(node: &YamlNode, source: &SourceText) -> Span {
    let text = source.slice(node.span);
    let end = text.find('\n').unwrap_or(text.len()).max(1);
    Span { start: node.span.start, end: (node.span.start + end).min(source.text().len()) }
}
