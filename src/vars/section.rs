//! Reading one mapping of the file: known keys by name, everything else reported once.

mod elsewhere;
mod home;
mod shape;
mod unknown;

pub use elsewhere::{Elsewhere, Stranger};

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::expand::Expander;
use super::key::{Mapping, Shape};
use super::yaml::{NodeKind, YamlKey, YamlNode};
use crate::diag::{Code, Diagnostic, Place, Report, SourceText, Span};

/// A scalar of a known key: its text after Jinja, its place, and the path that leads to it.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The value.
    pub text: String,
    /// Where the value stands.
    pub span: Span,
    /// Whether it stands in quotes.
    pub quoted: bool,
    /// `workers[1].macaddr`.
    pub path: String,
}

/// What reading a file collects beside its values.
pub struct Reader {
    expander: Expander,
    source: SourceText,
    faults: RefCell<Report>,
    hidden: RefCell<Vec<Span>>,
    spans: RefCell<BTreeMap<String, Span>>,
    said: RefCell<BTreeSet<&'static str>>,
    faulty: RefCell<BTreeSet<String>>,
    unknown: RefCell<BTreeMap<(String, String), (Diagnostic, usize)>>,
}

/// What is left when everything was read.
pub struct Findings {
    /// Shape faults and unknown keys.
    pub report: Report,
    /// Values that may not be shown.
    pub hidden: Vec<Span>,
    /// Where each known scalar and the key of each known mapping stands, by path.
    pub spans: BTreeMap<String, Span>,
    /// Paths whose value has been reported: it is not missing as well.
    pub faulty: BTreeSet<String>,
}

impl Reader {
    /// Takes a parsed file.
    pub fn new(source: SourceText, root: YamlNode) -> Self {
        Self {
            expander: Expander::new(source.clone(), root),
            source,
            faults: RefCell::default(),
            hidden: RefCell::default(),
            spans: RefCell::default(),
            said: RefCell::default(),
            faulty: RefCell::default(),
            unknown: RefCell::default(),
        }
    }

    /// Returns the top-level mapping, whose keys are these.
    pub fn root(&self, mapping: &'static Mapping) -> Option<Section<'_>> {
        let root = self.expander.root();
        match &root.kind {
            NodeKind::Map(entries) => Some(self.section(mapping, entries, String::new(), root.span)),
            _ => None,
        }
    }

    /// Gives up what was collected.
    pub fn finish(self) -> Findings {
        let mut report = self.faults.into_inner();
        let mut unknown = self.unknown.into_inner();
        // A key of one's own that an expression names is read.
        for name in self.expander.named() {
            unknown.remove(&(String::new(), name));
        }
        report.extend(unknown.into_values().map(unknown::counted).collect());
        Findings {
            report,
            hidden: self.hidden.into_inner(),
            spans: self.spans.into_inner(),
            faulty: self.faulty.into_inner(),
        }
    }

    fn section<'a>(
        &'a self,
        mapping: &'static Mapping,
        entries: &'a [(YamlKey, YamlNode)],
        path: String,
        span: Span,
    ) -> Section<'a> {
        Section { reader: self, mapping, entries, path, span, asked: Vec::new(), others: Vec::new() }
    }

    fn push(&self, diagnostic: Diagnostic) {
        self.faults.borrow_mut().push(diagnostic);
    }

    fn place(&self, span: Span) -> Place {
        Place { source: self.source.clone(), span }
    }

    fn scalar(&self, path: &str, node: &YamlNode) -> Option<Scalar> {
        match &node.kind {
            NodeKind::Null => None,
            NodeKind::Scalar(text) => self.expanded(path, text, node.span),
            NodeKind::List(_) | NodeKind::Map(_) => {
                self.misshapen(path, node, "a value");
                None
            }
        }
    }

    fn expanded(&self, path: &str, text: &str, span: Span) -> Option<Scalar> {
        let quoted = self.source.slice(span).starts_with(['"', '\'']);
        match self.expander.expand(text, span) {
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) => {
                // An empty value is none: nothing may say that it comes from there.
                self.spans.borrow_mut().insert(path.to_owned(), span);
                Some(Scalar { text, span, quoted, path: path.to_owned() })
            }
            Err(diagnostic) => {
                self.faulty.borrow_mut().insert(path.to_owned());
                self.push(*diagnostic);
                None
            }
        }
    }

    /// Keeps a value out of every frame, with everything in it: keys too, since `{token}` is a mapping.
    fn hide(&self, node: &YamlNode) {
        self.hidden.borrow_mut().push(node.span);
        match &node.kind {
            NodeKind::Null | NodeKind::Scalar(_) => {}
            NodeKind::List(items) => items.iter().for_each(|item| self.hide(item)),
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    self.hidden.borrow_mut().push(key.span);
                    self.hide(value);
                }
            }
        }
    }

    /// Reports a value of the wrong shape. What is in it may be anything, so it is not shown.
    fn misshapen(&self, path: &str, node: &YamlNode, due: &str) {
        self.faulty.borrow_mut().insert(path.to_owned());
        let diagnostic = shape::wrong(&self.source, path, node, due);
        if diagnostic.code != Code::V014 {
            self.hide(node);
        }
        self.push(diagnostic);
    }
}

/// One mapping of the file.
pub struct Section<'a> {
    reader: &'a Reader,
    entries: &'a [(YamlKey, YamlNode)],
    mapping: &'static Mapping,
    path: String,
    span: Span,
    /// What was asked for, so that no key of the list is forgotten by the reader.
    asked: Vec<&'static str>,
    /// Keys that are nobody's and hold machines: others say what is to be said of them.
    others: Vec<String>,
}

/// A mapping whose keys are names that a person chooses.
static NAMES: Mapping = Mapping { name: "names", is_own: false, parts: &[] };

impl<'a> Section<'a> {
    /// Returns the path of the mapping; empty at the top.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the place of the mapping itself.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Reports a fault that is not about one value's shape.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.reader.push(diagnostic);
    }

    /// Says once a file that a key was understood, at its first occurrence.
    pub fn understood(&self, key: &'static str, meaning: &str) {
        let Some(span) = self.key_span(key) else { return };
        if self.reader.said.borrow_mut().insert(key) {
            let message = format!("`{key}` is read as {meaning}");
            self.report(Diagnostic::new(Code::V016, message).at(&self.place(span), "understood"));
        }
    }

    /// Makes a place of a range.
    pub fn place(&self, span: Span) -> Place {
        self.reader.place(span)
    }

    /// Returns a scalar; nothing where the key is absent, null or empty.
    pub fn scalar(&mut self, key: &'static str) -> Option<Scalar> {
        let node = self.node(key)?;
        self.reader.scalar(&self.below(key), node)
    }

    /// Returns the scalars of a list; one scalar alone is a list of one.
    pub fn scalars(&mut self, key: &'static str) -> Vec<Scalar> {
        let path = self.below(key);
        let Some(node) = self.node(key) else { return Vec::new() };
        let NodeKind::List(items) = &node.kind else {
            return self.reader.scalar(&path, node).into_iter().collect();
        };
        let scalar = |(at, item)| self.reader.scalar(&format!("{path}[{at}]"), item);
        items.iter().enumerate().filter_map(scalar).collect()
    }

    /// Returns a mapping.
    pub fn map(&mut self, key: &'static str) -> Option<Section<'a>> {
        let path = self.below(key);
        let node = self.node(key)?;
        self.remember(key);
        let mapping = match self.mapping.key(key)?.shape {
            Shape::Map(mapping) | Shape::ValueOrMap(_, mapping) | Shape::MapsOrMap(_, mapping) => mapping,
            _ => &NAMES,
        };
        self.submap(mapping, path, node)
    }

    /// Returns the mappings of a list, or nothing where the key is absent. An empty value is an empty
    /// list: helpernode's compact clusters write `workers: []`, others leave it blank.
    pub fn maps(&mut self, key: &'static str) -> Option<Vec<Section<'a>>> {
        let path = self.below(key);
        let node = self.node(key)?;
        self.remember(key);
        let mapping = match self.mapping.key(key)?.shape {
            Shape::Maps(mapping) | Shape::MapsOrMap(mapping, _) => mapping,
            _ => &NAMES,
        };
        match &node.kind {
            NodeKind::Null => Some(Vec::new()),
            NodeKind::Scalar(text) if text.is_empty() => Some(Vec::new()),
            NodeKind::List(items) => Some(
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(at, item)| self.submap(mapping, format!("{path}[{at}]"), item))
                    .collect(),
            ),
            _ => {
                self.reader.misshapen(&path, node, "a list");
                None
            }
        }
    }

    /// Returns how many entries a list has, whatever they are; 0 where there is no list.
    pub fn length(&self, key: &str) -> usize {
        let node = self.entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| &node.kind);
        if let Some(NodeKind::List(items)) = node { items.len() } else { 0 }
    }

    /// Returns every entry of a mapping whose keys are free, keys as scalars too.
    pub fn free(&mut self, key: &'static str) -> Vec<(Scalar, Scalar)> {
        let Some(section) = self.map(key) else { return Vec::new() };
        let entry = |(key, node): &(YamlKey, YamlNode)| {
            let path = format!("{}.{}", section.path, key.text);
            let value = section.reader.scalar(&path, node)?;
            let name = section.path.clone();
            Some((Scalar { text: key.text.clone(), span: key.span, quoted: false, path: name }, value))
        };
        section.entries.iter().filter_map(entry).collect()
    }

    /// Returns where a key stands, for saying that it was understood.
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.entries.iter().find(|(k, _)| k.text == key).map(|(k, _)| k.span)
    }

    /// Says whether a key holds a mapping.
    pub fn is_map(&self, key: &str) -> bool {
        self.entries.iter().any(|(k, node)| k.text == key && matches!(node.kind, NodeKind::Map(_)))
    }

    /// Reports every key that is not of this mapping. Its value is hidden, and so is that of a key which is
    /// known and of no use here: what is under `setup_registry` is not okdboot's to print.
    pub fn finish(self) {
        debug_assert_eq!(self.forgotten(), None, "nothing reads it in {}", self.mapping.name);
        for (key, node) in self.entries {
            match self.mapping.key(&key.text).map(|known| known.shape) {
                Some(Shape::Unused) => self.reader.hide(node),
                Some(_) => {}
                None if self.others.contains(&key.text) => self.hide_but_addresses(node),
                None => {
                    self.reader.hide(node);
                    if self.mapping.is_own || !shape::is_anchor(&self.reader.source, key) {
                        self.unknown(key);
                    }
                }
            }
        }
    }

    /// Returns a key of the list that the reader does not ask for.
    fn forgotten(&self) -> Option<&'static str> {
        let used = self.mapping.keys().filter(|key| !matches!(key.shape, Shape::Unused));
        used.flat_map(|key| key.names.iter().copied()).find(|name| !self.asked.contains(name))
    }

    fn submap(&self, mapping: &'static Mapping, path: String, node: &'a YamlNode) -> Option<Section<'a>> {
        match &node.kind {
            NodeKind::Map(entries) if !self.reader.source.slice(node.span).starts_with("{{") => {
                Some(self.reader.section(mapping, entries, path, node.span))
            }
            NodeKind::Null => None,
            NodeKind::Scalar(text) if text.is_empty() => None,
            _ => {
                self.reader.misshapen(&path, node, "a mapping");
                None
            }
        }
    }

    /// Remembers where the key of a mapping or list stands, for what is missing in it.
    fn remember(&self, key: &str) {
        if let Some(span) = self.key_span(key) {
            self.reader.spans.borrow_mut().insert(self.below(key), span);
        }
    }

    fn node(&mut self, key: &'static str) -> Option<&'a YamlNode> {
        debug_assert!(self.mapping.key(key).is_some(), "`{key}` is no key of {}", self.mapping.name);
        self.asked.push(key);
        self.entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}
