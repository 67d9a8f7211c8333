//! `--set KEY=VALUE`: values of one run that stand in the place of those in the file.
//!
//! What is set is text behind the text of the file, so that a fault in it points at the flag, and what was
//! taken from it is said to come from there.

use std::str::FromStr;

use thiserror::Error;

use super::yaml::{self, NodeKind, YamlKey, YamlNode};
use crate::diag::{Code, Diagnostic, Place, SourceText, Span};
use crate::text::Count;

/// A key with a value, as a person gave them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    text: String,
    steps: Vec<Step>,
    /// Where the value begins.
    value: usize,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Into a mapping, by the key in this range of the text.
    YamlKey(Span),
    /// Into a list, by a number from 0, or by the `name` of an entry.
    Entry(String),
}

/// Not an assignment.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("write it as KEY=VALUE, such as okdboot.mode=live or workers[worker0].disk=/dev/sdb")]
pub struct AssignmentError;

impl Assignment {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Assignment {
    type Err = AssignmentError;

    fn from_str(text: &str) -> Result<Self, AssignmentError> {
        let (path, _) = text.split_once('=').ok_or(AssignmentError)?;
        let mut steps = Vec::new();
        let mut start = 0;
        for segment in path.split('.') {
            segment_steps(segment, start, &mut steps)?;
            start += segment.len() + 1;
        }
        Ok(Self { text: text.to_owned(), steps, value: path.len() + 1 })
    }
}

/// Reads `workers[0]`: a key, and entries of the list that it holds.
fn segment_steps(segment: &str, start: usize, steps: &mut Vec<Step>) -> Result<(), AssignmentError> {
    let is_word =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let mut parts = segment.split('[');
    let key = parts.next().filter(|key| is_word(key)).ok_or(AssignmentError)?;
    steps.push(Step::YamlKey(Span { start, end: start + key.len() }));
    for part in parts {
        let entry = part.strip_suffix(']').filter(|entry| is_word(entry)).ok_or(AssignmentError)?;
        steps.push(Step::Entry(entry.to_owned()));
    }
    Ok(())
}

/// Writes the assignments into a document, the last one wins. Returns the source that has them, too, and
/// what could not be set.
pub(super) fn apply(
    root: &mut YamlNode,
    source: &SourceText,
    assignments: &[Assignment],
) -> (SourceText, Vec<Diagnostic>) {
    let (source, starts) = source.with_flags(assignments.iter().map(Assignment::as_str));
    let set = |(assignment, start): (&Assignment, usize)| {
        Set { assignment, source: &source, start }.apply(root).err().map(|fault| *fault)
    };
    let faults = assignments.iter().zip(starts).filter_map(set).collect();
    (source, faults)
}

/// Why something could not be set.
type Fault = Box<Diagnostic>;

/// One assignment on its way into the document.
struct Set<'a> {
    assignment: &'a Assignment,
    source: &'a SourceText,
    /// Where its text begins in the source.
    start: usize,
}

impl Set<'_> {
    fn apply(&self, root: &mut YamlNode) -> Result<(), Fault> {
        let value = self.value()?;
        let mut node = root;
        for (at, step) in self.assignment.steps.iter().enumerate() {
            node = match step {
                Step::YamlKey(span) => self.member(node, *span, at)?,
                Step::Entry(entry) => self.entry(node, entry, at)?,
            };
        }
        *node = value;
        Ok(())
    }

    fn value(&self) -> Result<YamlNode, Fault> {
        let text = &self.assignment.text[self.assignment.value..];
        let start = self.start + self.assignment.value;
        let span = Span { start, end: start + text.len() };
        if text.trim().is_empty() {
            return Ok(YamlNode { span, kind: NodeKind::Null });
        }
        // An expression: YAML would read two mappings in it.
        if text.trim_start().starts_with("{{") {
            return Ok(YamlNode { span, kind: NodeKind::Scalar(text.to_owned()) });
        }
        let mut node = yaml::parse(&SourceText::new("--set", text))
            .map_err(|fault| Fault::from(self.not_yaml(span, &fault)))?;
        shift(&mut node.root, start);
        Ok(node.root)
    }

    fn not_yaml(&self, span: Span, fault: &Diagnostic) -> Diagnostic {
        Diagnostic::new(
            Code::V003,
            format!("the value of `{}` is not YAML", self.path(self.assignment.steps.len())),
        )
        .at(&self.place(span), fault.primary.as_ref().map_or("", |it| &it.label))
        .help("put quotes around it, and others around the whole for the shell: --set 'KEY=\"a: b\"'")
    }

    /// Finds a key, or makes room for it.
    fn member<'n>(&self, node: &'n mut YamlNode, span: Span, at: usize) -> Result<&'n mut YamlNode, Fault> {
        let span = Span { start: span.start + self.start, end: span.end + self.start };
        if matches!(&node.kind, NodeKind::Null) {
            node.kind = NodeKind::Map(Vec::new());
        }
        let found = kind(node);
        let NodeKind::Map(entries) = &mut node.kind else {
            let help = match found {
                "a list" => format!("name one entry: `{0}[0]`, or `{0}[NAME]`", self.path(at)),
                _ => format!("`{}` has no keys below it", self.path(at)),
            };
            return Err(self.misfit(span, format!("`{}` is {found}", self.path(at))).help(help).into());
        };
        let key = self.source.slice(span);
        let known = entries.iter().position(|(known, _)| known.text == key);
        let index = known.unwrap_or_else(|| {
            let key = YamlKey { text: key.to_owned(), span };
            entries.push((key, YamlNode { span, kind: NodeKind::Null }));
            entries.len() - 1
        });
        Ok(&mut entries[index].1)
    }

    fn entry<'n>(&self, node: &'n mut YamlNode, entry: &str, at: usize) -> Result<&'n mut YamlNode, Fault> {
        let found = kind(node);
        let path = self.path(at);
        let span = Span { start: self.start, end: self.start + self.assignment.value.saturating_sub(1) };
        let NodeKind::List(items) = &mut node.kind else {
            return Err(self
                .misfit(span, format!("`{path}` is {found}, and `[{entry}]` an entry of a list"))
                .into());
        };
        let (count, named) = (items.len(), items.iter().position(|item| is_named(item, entry)));
        let Some(item) = named.or_else(|| entry.parse().ok()).and_then(|index: usize| items.get_mut(index))
        else {
            let help = "name one by its number from 0, or by its `name`";
            let fault = self.misfit(span, format!("`{path}` has no entry `{entry}`"));
            return Err(fault.help(format!("it has {}: {help}", Count(count, "entry"))).into());
        };
        Ok(item)
    }

    fn misfit(&self, span: Span, message: String) -> Diagnostic {
        Diagnostic::new(Code::V007, message).at(&self.place(span), "set here")
    }

    fn place(&self, span: Span) -> Place {
        Place { source: self.source.clone(), span }
    }

    /// Returns the path to so many steps.
    fn path(&self, steps: usize) -> String {
        let mut path = String::new();
        for step in self.assignment.steps.iter().take(steps) {
            match step {
                Step::YamlKey(span) if path.is_empty() => path += &self.assignment.text[span.start..span.end],
                Step::YamlKey(span) => path = path + "." + &self.assignment.text[span.start..span.end],
                Step::Entry(entry) => path = format!("{path}[{entry}]"),
            }
        }
        path
    }
}

fn kind(node: &YamlNode) -> &'static str {
    match node.kind {
        NodeKind::Null => "empty",
        NodeKind::Scalar(_) => "a value",
        NodeKind::List(_) => "a list",
        NodeKind::Map(_) => "a mapping",
    }
}

fn is_named(item: &YamlNode, name: &str) -> bool {
    let NodeKind::Map(entries) = &item.kind else { return false };
    let is_name = |(key, value): &(YamlKey, YamlNode)| {
        key.text == "name" && matches!(&value.kind, NodeKind::Scalar(text) if text == name)
    };
    entries.iter().any(is_name)
}

/// Moves a value to where its text stands in the source.
fn shift(node: &mut YamlNode, by: usize) {
    let moved = |span: Span| Span { start: span.start + by, end: span.end + by };
    node.span = moved(node.span);
    match &mut node.kind {
        NodeKind::Null | NodeKind::Scalar(_) => {}
        NodeKind::List(items) => items.iter_mut().for_each(|item| shift(item, by)),
        NodeKind::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
            key.span = moved(key.span);
            shift(value, by);
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_entries_are_told_apart() {
        let steps = |text: &str| text.parse::<Assignment>().map(|it| it.steps.len());
        assert_eq!(steps("disk=/dev/sda"), Ok(1));
        assert_eq!(steps("okdboot.network.mtu=9000"), Ok(3));
        assert_eq!(steps("workers[worker-0].bond.ports[1]=ens4"), Ok(5));
        assert_eq!(steps("okdboot.url=http://h/?a=b"), Ok(2));
        for wrong in ["disk", "=x", "a..b=c", ".a=b", "a[=b", "a[]=b", "a[0=b", "a b=c", "a.[0]=b"] {
            assert_eq!(steps(wrong), Err(AssignmentError), "{wrong}");
        }
    }
}
