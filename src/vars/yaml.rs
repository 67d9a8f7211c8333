//! YAML text as a tree of spanned nodes; the only file that names the YAML crate.
//!
//! Typed structs would stop at the first null or list and lose unknown keys, and generic values turn
//! `4.20` into 4.2. Here every scalar keeps the text that stands in the file: whether it is a boolean,
//! a MAC address or a version is decided by whoever reads it.

mod shown;
mod twice;
mod unrendered;

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Location, Spanned};

use crate::diag::{Code, Diagnostic, Place, SourceText, Span};
use shown::{at_least_one, duplicate, second_document, syntax_help, values};

/// A value with its place.
#[derive(Clone, Debug)]
pub struct YamlNode {
    /// Where it stands; for an alias, where it is used.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// `null`, `~` or nothing.
    Null,
    /// Any scalar, as text.
    Scalar(String),
    /// A list.
    List(Vec<YamlNode>),
    /// A mapping, in the order of the file.
    Map(Vec<(YamlKey, YamlNode)>),
}

/// The key of a mapping.
#[derive(Clone, Debug)]
pub struct YamlKey {
    /// The key's text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Larger inputs are refused: a cluster of 10,000 nodes is 1.3 MiB.
pub const MAX_BYTES: usize = 8 << 20;

/// Bounds on what aliases may expand to.
const MAX_NODES: usize = 2_000_000;
const MAX_REPLAYED: usize = 100_000;
const MAX_DEPTH: usize = 64;

/// A document, and those of its keys that stand twice in one mapping: what stands first counts meanwhile.
#[derive(Debug)]
pub struct Document {
    /// Its one value.
    pub root: YamlNode,
    /// What is wrong with keys.
    pub twice: Vec<Diagnostic>,
}

/// Reads one YAML document.
pub fn parse(source: &SourceText) -> Result<Document, Box<Diagnostic>> {
    let read = |policy| -> Result<YamlNode, serde_saphyr::Error> {
        let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(source.text(), options(policy))?;
        Ok(node(source.text(), raw))
    };
    let refused = |error: &serde_saphyr::Error| Box::new(refusal(source, error.without_snippet()));
    match read(DuplicateKeyPolicy::Error) {
        Ok(root) => Ok(Document { root, twice: Vec::new() }),
        Err(error) if is_duplicate(error.without_snippet()) => {
            let root = read(DuplicateKeyPolicy::FirstWins).map_err(|error| refused(&error))?;
            let all = read(DuplicateKeyPolicy::LastWins).map(|all| twice::reported(source, &all));
            let all = all.ok().filter(|all| !all.is_empty());
            Ok(Document { root, twice: all.unwrap_or_else(|| vec![*refused(&error)]) })
        }
        Err(error) => Err(refused(&error)),
    }
}

fn is_duplicate(error: &serde_saphyr::Error) -> bool {
    use serde_saphyr::Error;
    match error {
        Error::AliasError { error, .. } => is_duplicate(error.without_snippet()),
        other => matches!(other, Error::DuplicateMappingKey { .. }),
    }
}

fn options(duplicate_keys: DuplicateKeyPolicy) -> serde_saphyr::Options {
    serde_saphyr::options! {
        duplicate_keys: duplicate_keys,
        budget: serde_saphyr::budget! {
            max_nodes: MAX_NODES,
            max_events: 3 * MAX_NODES,
            max_depth: MAX_DEPTH,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_REPLAYED,
        },
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    }
}

/// What the deserializer hands over. A number or boolean loses its spelling on the way, so its text is
/// taken from the source afterwards.
enum Raw {
    Null,
    Text(String),
    Literal,
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Literal)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

fn node(text: &str, raw: Spanned<Raw>) -> YamlNode {
    let span = trimmed(text, span(raw.referenced));
    let kind = match raw.value {
        Raw::Null => NodeKind::Null,
        Raw::Text(scalar) => NodeKind::Scalar(scalar),
        Raw::Literal => NodeKind::Scalar(spelling(text, raw.defined)),
        Raw::List(items) => NodeKind::List(items.into_iter().map(|item| node(text, item)).collect()),
        Raw::Map(entries) => NodeKind::Map(
            entries.into_iter().map(|(key, value)| (key_of(text, key), node(text, value))).collect(),
        ),
    };
    YamlNode { span, kind }
}

/// A key that is not a scalar keeps its place and has no text; no known key is spelt so.
fn key_of(text: &str, raw: Spanned<Raw>) -> YamlKey {
    let node = node(text, raw);
    let text = match node.kind {
        NodeKind::Scalar(text) => text,
        _ => String::new(),
    };
    YamlKey { text, span: node.span }
}

/// Where a value ends: a block scalar is said to reach to the next key.
fn trimmed(text: &str, span: Span) -> Span {
    let length = text.get(span.start..span.end).map_or(span.end - span.start, |value| value.trim_end().len());
    Span { end: span.start + length, ..span }
}

fn spelling(text: &str, defined: Location) -> String {
    let span = span(defined);
    text.get(span.start..span.end).unwrap_or_default().trim_end().to_owned()
}

fn span(location: Location) -> Span {
    let span = location.span();
    let start = span.byte_offset().unwrap_or_default();
    let length = span.byte_len().unwrap_or_default();
    Span { start: to_usize(start), end: to_usize(start + length) }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Turns the crate's error into a diagnostic. The frame shows keys only: which value is a secret is
/// not known before the text could be read.
fn refusal(source: &SourceText, error: &serde_saphyr::Error) -> Diagnostic {
    use serde_saphyr::Error;
    let shown = source.hiding(&values(source.text()));
    let span = error.location().map_or_else(Span::default, |location| error_span(source.text(), location));
    let place = Place { source: shown, span: at_least_one(span, source.text()) };
    let error = match error {
        Error::AliasError { error, .. } => error.without_snippet(),
        other => other,
    };
    match error {
        Error::DuplicateMappingKey { key, .. } => duplicate(&place, key.as_deref().unwrap_or("?")),
        Error::MultipleDocuments { .. } => {
            Diagnostic::new(Code::V005, format!("`{}` holds more than one YAML document", source.name()))
                .at(&place, "the second document begins here")
                .help(second_document(&place))
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasExpansionLimitExceeded { .. } => {
            Diagnostic::new(Code::V006, format!("`{}` expands to more than okdboot reads", source.name()))
                .at(&place, "here")
                .help(format!(
                    "the limits are {MAX_NODES} values, {MAX_DEPTH} levels and {MAX_REPLAYED} values that aliases repeat"
                ))
        }
        _ => unrendered::find(source).unwrap_or_else(|| {
            let (place, help) = syntax_help(place);
            Diagnostic::new(Code::V003, format!("`{}` is not YAML: {}", source.name(), reason(error)))
                .at(&place, "here")
                .help(help)
        }),
    }
}

/// The first line of the crate's message, without the position that the frame already gives.
fn reason(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.split(" at line ").next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// The range of an error. The scanner's own errors carry line and column only.
fn error_span(text: &str, location: Location) -> Span {
    if location.span().byte_offset().is_some_and(|offset| to_usize(offset) < text.len()) {
        return span(location);
    }
    let before: usize =
        text.split_inclusive('\n').take(to_usize(location.line()).saturating_sub(1)).map(str::len).sum();
    let column = text[before..].chars().take(to_usize(location.column()).saturating_sub(1));
    let start = (before + column.map(char::len_utf8).sum::<usize>()).min(text.len());
    Span { start, end: start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Palette, render};

    fn read(text: &str) -> Result<YamlNode, Box<Diagnostic>> {
        let document = parse(&SourceText::new("vars.yaml", text))?;
        document.twice.into_iter().next().map_or(Ok(document.root), |twice| Err(Box::new(twice)))
    }

    /// Prints a tree in one line, scalars in angle brackets.
    fn show(node: &YamlNode) -> String {
        match &node.kind {
            NodeKind::Null => "null".into(),
            NodeKind::Scalar(text) => format!("<{text}>"),
            NodeKind::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
            NodeKind::Map(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(k, v)| format!("{}={}", k.text, show(v))).collect();
                format!("{{{}}}", entries.join(" "))
            }
        }
    }

    #[test]
    fn scalars_keep_the_text_of_the_file() {
        let text = "a: 4.20\nb: 52:54:00:10:34:11\nc: yes\nd: 010\ne: 0x10\nf: ~\ng: ''\nh: \"x\"\ni: .inf\nj: 1e3\nk:\n";
        assert_eq!(
            show(&read(text).unwrap()),
            "{a=<4.20> b=<52:54:00:10:34:11> c=<yes> d=<010> e=<0x10> f=null g=<> h=<x> i=<.inf> j=<1e3> k=null}"
        );
    }

    #[test]
    fn aliases_merges_folds_and_markers_are_read() {
        let text =
            "# comment\n---\nbase: &b {x: 4.20, y: 1}\nuse:\n  <<: *b\n  z: *b\nlong: >-\n  a\n  b\n...\n";
        assert_eq!(
            show(&read(text).unwrap()),
            "{base={x=<4.20> y=<1>} use={z={x=<4.20> y=<1>} x=<4.20> y=<1>} long=<a b>}"
        );
    }

    #[test]
    fn spans_are_byte_ranges() {
        let text = "ä: ü\nb:\n  - c: 52:54:00:10:34:11 # x\n";
        let NodeKind::Map(entries) = read(text).unwrap().kind else { panic!("not a map") };
        assert_eq!(&text[entries[0].1.span.start..entries[0].1.span.end], "ü");
        let NodeKind::List(items) = &entries[1].1.kind else { panic!("not a list") };
        let NodeKind::Map(inner) = &items[0].kind else { panic!("not a map") };
        assert_eq!(&text[inner[0].0.span.start..inner[0].0.span.end], "c");
        assert_eq!(&text[inner[0].1.span.start..inner[0].1.span.end], "52:54:00:10:34:11");
    }

    fn refused(text: &str) -> String {
        render(&(*read(text).unwrap_err()).into(), Palette::Plain)
    }

    #[test]
    fn duplicate_keys_name_both_places() {
        insta::assert_snapshot!(refused("a:\n  name: x\n  ipaddr: 1\n  name: y\n"), @r"
        error[V004]: key `name` stands twice in one mapping
         --> vars.yaml:4:3
          |
        2 |   name: *
          |   ---- first here
        3 |   ipaddr: *
        4 |   name: *
          |   ^^^^ again here
          |
          = help: delete one of the two; YAML readers disagree about which one counts
        ");
    }

    #[test]
    fn syntax_errors_show_no_value() {
        let text = refused("disk: vda\npullSecret: '{\"auths\"\nb: [1, 2\n");
        assert!(text.starts_with("error[V003]"), "{text}");
        assert!(!text.contains("auths"), "{text}");
        insta::assert_snapshot!(refused("a: b\nmasters: [1, 2\nc: d\n"), @r"
        error[V003]: `vars.yaml` is not YAML: illegal placement of ':' indicator
         --> vars.yaml:3:2
          |
        3 | c: *
          |  ^ here
          |
          = help: look here and in the line before: the indentation, an open quote or bracket, a value with `: ` or `{`
        ");
    }

    #[test]
    fn bombs_and_second_documents_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let previous = format!("*a{}, ", level - 1).repeat(10);
            bomb.extend([format!("a{level}: &a{level} [{previous}]\n")]);
        }
        assert_eq!(read(&bomb).unwrap_err().code, Code::V006);
        assert_eq!(read(&"[".repeat(5000)).unwrap_err().code, Code::V003);
        assert_eq!(read("a: 1\n---\nb: 2\n").unwrap_err().code, Code::V005);
    }

    #[test]
    fn an_unquoted_expression_is_a_mapping_at_its_place() {
        let text = "dns: {{ helper.ipaddr }}\n";
        let NodeKind::Map(entries) = read(text).unwrap().kind else { panic!("not a map") };
        assert!(text[entries[0].1.span.start..].starts_with("{{"));
        assert!(matches!(entries[0].1.kind, NodeKind::Map(_)));
    }
}
