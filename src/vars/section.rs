//! Reading one mapping of the file: known keys by name, everything else reported once.

mod home;
mod shape;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::expand::Expander;
use super::yaml::{Key, Node, NodeKind};
use crate::diag::{Code, Diagnostic, Place, Report, SourceText, Span};
use crate::text::{Count, did_you_mean};

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

/// What an unknown key means.
#[derive(Clone, Copy)]
pub enum Unknown<'a> {
    /// A warning; also offer the keys of the settings.
    Warn,
    /// An error: the mapping is okdboot's own, under this name.
    Refuse(&'a str),
}

impl Reader {
    /// Takes a parsed file.
    pub fn new(source: SourceText, root: Node) -> Self {
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

    /// Returns the top-level mapping.
    pub fn root(&self) -> Option<Section<'_>> {
        match &self.expander.root().kind {
            NodeKind::Map(entries) => Some(self.section(entries, String::new(), self.expander.root().span)),
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
        report.extend(unknown.into_values().map(counted).collect());
        Findings {
            report,
            hidden: self.hidden.into_inner(),
            spans: self.spans.into_inner(),
            faulty: self.faulty.into_inner(),
        }
    }

    fn section<'a>(&'a self, entries: &'a [(Key, Node)], path: String, span: Span) -> Section<'a> {
        Section { reader: self, entries, path, span, known: Vec::new() }
    }

    fn push(&self, diagnostic: Diagnostic) {
        self.faults.borrow_mut().push(diagnostic);
    }

    fn place(&self, span: Span) -> Place {
        Place { source: self.source.clone(), span }
    }

    fn scalar(&self, path: &str, node: &Node) -> Option<Scalar> {
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
    fn hide(&self, node: &Node) {
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
    fn misshapen(&self, path: &str, node: &Node, due: &str) {
        self.faulty.borrow_mut().insert(path.to_owned());
        let diagnostic = shape::wrong(&self.source, path, node, due);
        if diagnostic.code != Code::V014 {
            self.hide(node);
        }
        self.push(diagnostic);
    }
}

/// Says of a key that stands unread in many places, such as every node, how many they are.
fn counted((diagnostic, count): (Diagnostic, usize)) -> Diagnostic {
    match count {
        0 => diagnostic,
        more => diagnostic.help(format!("the same key stands in {}", Count(more, "further place"))),
    }
}

/// One mapping of the file.
pub struct Section<'a> {
    reader: &'a Reader,
    entries: &'a [(Key, Node)],
    path: String,
    span: Span,
    known: Vec<&'static str>,
}

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
        self.submap(path, node)
    }

    /// Returns the mappings of a list, or nothing where the key is absent. An empty value is an empty
    /// list: helpernode's compact clusters write `workers: []`, others leave it blank.
    pub fn maps(&mut self, key: &'static str) -> Option<Vec<Section<'a>>> {
        let path = self.below(key);
        let node = self.node(key)?;
        self.remember(key);
        match &node.kind {
            NodeKind::Null => Some(Vec::new()),
            NodeKind::Scalar(text) if text.is_empty() => Some(Vec::new()),
            NodeKind::List(items) => Some(
                items
                    .iter()
                    .enumerate()
                    .filter_map(|(at, item)| self.submap(format!("{path}[{at}]"), item))
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
        let entry = |(key, node): &(Key, Node)| {
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

    /// Marks keys as known whose values are of no use here. They are not shown either: what is under
    /// `setup_registry` or `chronyconfig` is not okdboot's to print.
    pub fn ignore(&mut self, keys: &[&'static str]) {
        self.known.extend(keys);
        let ignored = self.entries.iter().filter(|(key, _)| keys.contains(&key.text.as_str()));
        ignored.for_each(|(_, node)| self.reader.hide(node));
    }

    /// Reports every key that was not asked for, and hides its value.
    pub fn finish(self, unknown: Unknown) {
        for (key, node) in self.entries {
            if !self.known.contains(&key.text.as_str()) {
                self.reader.hide(node);
                self.unknown(key, unknown);
            }
        }
    }

    /// One message a key, even where every node of a list has it.
    fn unknown(&self, key: &Key, unknown: Unknown) {
        let list = self.path.split('[').next().unwrap_or_default().to_owned();
        let mut reported = self.reader.unknown.borrow_mut();
        match reported.get_mut(&(list.clone(), key.text.clone())) {
            Some((_, count)) => *count += 1,
            None => {
                reported.insert((list, key.text.clone()), (self.unknown_key(key, unknown), 0));
            }
        }
    }

    fn unknown_key(&self, key: &Key, unknown: Unknown) -> Diagnostic {
        let place = self.place(key.span);
        let within = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
        let diagnostic = match unknown {
            Unknown::Warn => {
                Diagnostic::new(Code::V008, format!("nothing reads the key `{}`{within}", key.text))
                    .at(&place, "")
            }
            Unknown::Refuse(owner) => {
                Diagnostic::new(Code::V009, format!("`{owner}` has no key `{}`", key.text))
                    .at(&place, "not a key")
            }
        };
        if let Some(advice) = home::advice(&self.path, &key.text) {
            return diagnostic.help(advice);
        }
        // A key that is there already is not the one that was meant.
        let absent = self.known.iter().copied().filter(|known| self.key_span(known).is_none());
        match did_you_mean(&key.text, absent) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => match unknown {
                Unknown::Warn => diagnostic.help("okdboot ignores it; docs/vars.md lists every key"),
                Unknown::Refuse(_) => {
                    let mut known = self.known.clone();
                    known.sort_unstable();
                    diagnostic.help(format!("known keys: {}", crate::text::List::and(&known)))
                }
            },
        }
    }

    fn submap(&self, path: String, node: &'a Node) -> Option<Section<'a>> {
        match &node.kind {
            NodeKind::Map(entries) if !self.reader.source.slice(node.span).starts_with("{{") => {
                Some(self.reader.section(entries, path, node.span))
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

    fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}
