//! Jinja expressions in values, as Ansible evaluates them: lazily, against the whole file.
//!
//! Only expressions: a statement has no place in a value, and no public inventory has one. Every
//! evaluation has fuel, a chain has an end, and no value is ever part of an error: it may be a secret.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use super::yaml::{NodeKind, YamlNode};
use crate::diag::{Code, Diagnostic, Place, SourceText, Span};
use crate::text::did_you_mean;

/// Instructions that one expression may use.
const FUEL: u64 = 20_000;
/// Expressions that may lead to one another.
const MAX_CHAIN: usize = 32;
/// Bytes that one value with an expression may have: the parser descends once an operator.
const MAX_SOURCE: usize = 2 << 10;
/// Bytes that one value may become.
const MAX_BYTES: usize = 64 << 10;

/// Evaluates the expressions of one file.
#[derive(Clone)]
pub struct Expander {
    file: Arc<File>,
}

struct File {
    source: SourceText,
    root: YamlNode,
    environment: Environment<'static>,
    /// The values that are being evaluated, outermost first.
    active: Mutex<Vec<Span>>,
    /// The top-level keys that expressions named.
    named: Mutex<BTreeSet<String>>,
}

impl Expander {
    /// Takes the file whose values refer to one another.
    pub fn new(source: SourceText, root: YamlNode) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        let (active, named) = (Mutex::default(), Mutex::default());
        Self { file: Arc::new(File { source, root, environment, active, named }) }
    }

    /// Returns the file as a tree.
    pub fn root(&self) -> &YamlNode {
        &self.file.root
    }

    /// Returns the top-level keys that the expressions expanded so far have named.
    pub fn named(&self) -> BTreeSet<String> {
        self.file.named.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the value of a scalar: itself, or what its expressions come to.
    pub fn expand(&self, text: &str, span: Span) -> Result<String, Box<Diagnostic>> {
        self.file.evaluate(text, span).map_err(|error| Box::new(self.file.diagnostic(&error, text, span)))
    }
}

/// Says whether a scalar holds anything that Jinja would look at.
fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

impl File {
    fn evaluate(self: &Arc<Self>, text: &str, span: Span) -> Result<String, Error> {
        if !is_template(text) {
            return Ok(text.to_owned());
        }
        if text.contains("{%") || text.contains("{#") {
            return Err(Error::new(ErrorKind::BadInclude, "statement"));
        }
        if text.len() > MAX_SOURCE {
            return Err(too_large());
        }
        self.enter(span)?;
        let context = Value::from_object(View { file: Arc::clone(self), path: Vec::new() });
        let result = self.environment.render_str(text, context);
        self.leave();
        result.and_then(|value| if value.len() > MAX_BYTES { Err(too_large()) } else { Ok(value) })
    }

    fn enter(&self, span: Span) -> Result<(), Error> {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if active.contains(&span) || active.len() >= MAX_CHAIN {
            return Err(Error::new(ErrorKind::EvalBlock, "cycle"));
        }
        active.push(span);
        Ok(())
    }

    fn leave(&self) {
        self.active.lock().unwrap_or_else(PoisonError::into_inner).pop();
    }

    fn node(&self, path: &[usize]) -> &YamlNode {
        path.iter().fold(&self.root, |node, at| match &node.kind {
            NodeKind::List(items) => &items[*at],
            NodeKind::Map(entries) => &entries[*at].1,
            _ => node,
        })
    }

    fn diagnostic(&self, error: &Error, text: &str, span: Span) -> Diagnostic {
        let place = Place { source: self.source.clone(), span };
        match root_kind(error) {
            ErrorKind::BadInclude => Diagnostic::new(
                Code::V010,
                "a Jinja statement or comment stands in a value; okdboot evaluates expressions only",
            )
            .at(&place, "only `{{ ... }}` is evaluated")
            .help("write the value itself, or an expression such as `{{ helper.ipaddr }}`"),
            ErrorKind::EvalBlock => Diagnostic::new(
                Code::V012,
                "this expression leads back to itself, or through too many others",
            )
            .at(&place, "cannot be evaluated")
            .help("write the value itself in one of the places of the circle"),
            ErrorKind::UndefinedError => self.undefined(text, &place),
            kind => Diagnostic::new(
                Code::V013,
                format!("cannot evaluate this expression: {}", reason(error, kind)),
            )
            .at(&place, "here")
            .help("okdboot knows minijinja's filters; Ansible's own filters and lookups are not among them"),
        }
    }

    fn undefined(&self, text: &str, place: &Place) -> Diagnostic {
        let missing = self.missing_name(text);
        let name = missing.as_deref().unwrap_or("a name");
        let diagnostic = Diagnostic::new(Code::V011, format!("`{name}` is not defined in this file"))
            .at(place, "names it");
        // What is named is not the value that names it, nor a mapping around that.
        let names = self.names_but(place.span);
        match did_you_mean(name, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic
                .help("facts and variables of Ansible are not known to okdboot: write the value itself"),
        }
    }

    /// Returns the first dotted name in an expression that the file does not have.
    fn missing_name(&self, text: &str) -> Option<String> {
        let template = self.environment.template_from_str(text).ok()?;
        let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
        names.sort();
        names.into_iter().find(|name| !self.has(name))
    }

    fn has(&self, name: &str) -> bool {
        let mut node = &self.root;
        for part in name.split('.') {
            let NodeKind::Map(entries) = &node.kind else { return false };
            let Some((_, child)) = entries.iter().find(|(key, _)| key.text == part) else { return false };
            node = child;
        }
        true
    }

    /// Returns every name of the first two levels whose value a place is not in: what expressions refer to.
    fn names_but(&self, place: Span) -> Vec<String> {
        let NodeKind::Map(entries) = &self.root.kind else { return Vec::new() };
        let is_other = |value: &YamlNode| !(value.span.start..value.span.end).contains(&place.start);
        let mut names = Vec::new();
        for (key, value) in entries {
            names.extend(Some(key.text.clone()).filter(|_| is_other(value)));
            if let NodeKind::Map(inner) = &value.kind {
                let others = inner.iter().filter(|(_, value)| is_other(value));
                names.extend(others.map(|(k, _)| format!("{}.{}", key.text, k.text)));
            }
        }
        names
    }
}

fn too_large() -> Error {
    Error::new(ErrorKind::OutOfFuel, "too large")
}

/// The innermost cause: an error inside a value that this expression refers to.
fn root_kind(error: &Error) -> ErrorKind {
    let mut kind = error.kind();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(inner) = cause.downcast_ref::<Error>() {
            kind = inner.kind();
        }
        source = cause.source();
    }
    kind
}

/// Only names and syntax are repeated; any other detail may hold a value.
fn reason(error: &Error, kind: ErrorKind) -> String {
    match (kind, error.detail()) {
        (
            ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
            | ErrorKind::SyntaxError,
            Some(detail),
        ) => detail.to_owned(),
        (kind, _) => kind.to_string(),
    }
}

/// A part of the file as Jinja sees it; scalars in it are evaluated when they are looked at.
struct View {
    file: Arc<File>,
    path: Vec<usize>,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<part of vars.yaml>")
    }
}

impl View {
    fn child(&self, at: usize) -> Value {
        let mut path = self.path.clone();
        path.push(at);
        let node = self.file.node(&path);
        match &node.kind {
            NodeKind::Null => Value::from(()),
            NodeKind::Scalar(text) => match self.file.evaluate(text, node.span) {
                Ok(value) => self.typed(&value, node.span),
                Err(error) => Value::from(error),
            },
            NodeKind::List(_) | NodeKind::Map(_) => {
                Value::from_object(View { file: Arc::clone(&self.file), path })
            }
        }
    }

    /// Gives an unquoted value the type that YAML 1.1 gives it, so that `if` and `int` mean the same.
    fn typed(&self, value: &str, span: Span) -> Value {
        let quoted = self.file.source.slice(span).starts_with(['"', '\'', '|', '>']);
        match value {
            _ if quoted => Value::from(value),
            "true" | "True" | "TRUE" | "yes" | "Yes" | "on" | "On" => Value::from(true),
            "false" | "False" | "FALSE" | "no" | "No" | "off" | "Off" => Value::from(false),
            _ => value.parse::<i64>().map_or_else(|_| Value::from(value), Value::from),
        }
    }
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.file.node(&self.path).kind {
            NodeKind::List(_) => ObjectRepr::Seq,
            _ => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match &self.file.node(&self.path).kind {
            NodeKind::List(items) => key.as_usize().filter(|at| *at < items.len()).map(|at| self.child(at)),
            NodeKind::Map(entries) => {
                let name = key.as_str()?;
                if self.path.is_empty() {
                    let mut named = self.file.named.lock().unwrap_or_else(PoisonError::into_inner);
                    named.insert(name.to_owned());
                }
                entries.iter().position(|(k, _)| k.text == name).map(|at| self.child(at))
            }
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.file.node(&self.path).kind {
            NodeKind::List(items) => Enumerator::Seq(items.len()),
            NodeKind::Map(entries) => {
                Enumerator::Values(entries.iter().map(|(key, _)| Value::from(key.text.as_str())).collect())
            }
            _ => Enumerator::Empty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    /// Expands the value of the top-level key `x`.
    fn expand(text: &str) -> Result<String, Box<Diagnostic>> {
        let source = SourceText::new("vars.yaml", text);
        let expander = Expander::new(source.clone(), yaml::parse(&source).unwrap().root);
        let NodeKind::Map(entries) = &expander.root().kind else { panic!("not a map") };
        let (_, node) = entries.iter().find(|(key, _)| key.text == "x").unwrap();
        let NodeKind::Scalar(text) = &node.kind else { panic!("not a scalar") };
        expander.expand(text, node.span)
    }

    #[test]
    fn names_chains_filters_and_types() {
        for (text, expected) in [
            ("x: \"{{ helper.ipaddr }}\"\nhelper: {ipaddr: 10.0.0.1}\n", "10.0.0.1"),
            ("x: \"http://{{ a }}:8080\"\na: \"{{ b.c }}\"\nb: {c: h}\n", "http://h:8080"),
            ("x: \"{{ m[0].mac | lower }}\"\nm: [{mac: \"AA:BB\"}]\n", "aa:bb"),
            ("x: \"{{ y | default('z') }}\"\n", "z"),
            ("x: \"{{ 'a' if s else 'b' }}\"\ns: no\n", "b"),
            ("x: \"{{ 'a' if s else 'b' }}\"\ns: \"no\"\n", "a"),
            ("x: \"{{ n + 1 }}\"\nn: 41\n", "42"),
            ("x: plain\n", "plain"),
        ] {
            assert_eq!(expand(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_says_why() {
        for (text, code, words) in [
            ("x: \"{% if a %}b{% endif %}\"\n", Code::V010, "statement"),
            ("x: \"{{ helper.ipadr }}\"\nhelper: {ipaddr: 1}\n", Code::V011, "`helper.ipadr`"),
            ("x: \"{{ a }}\"\na: \"{{ nope }}\"\n", Code::V011, "not defined"),
            ("x: \"{{ a }}\"\na: \"{{ x }}\"\n", Code::V012, "itself"),
            ("x: \"{{ a | ipaddr }}\"\na: 1\n", Code::V013, "ipaddr"),
            ("x: \"{{ a \"\na: 1\n", Code::V013, "unexpected"),
        ] {
            let diagnostic = expand(text).unwrap_err();
            assert_eq!(diagnostic.code, code, "{text}");
            assert!(diagnostic.message.contains(words), "{text}: {}", diagnostic.message);
        }
    }

    #[test]
    fn work_and_size_are_bounded() {
        let long = format!("x: \"{{{{ {}1 }}}}\"\n", "1 + ".repeat(30_000));
        assert!(expand(&long).is_err_and(|d| d.code == Code::V013), "source");
        let just = format!("x: \"{{{{ {}1 }}}}\"\n", "1+".repeat(1_000));
        assert_eq!(expand(&just).unwrap(), "1001");
        let chain: Vec<String> = (0..200).map(|at| format!("k{at}: \"{{{{ k{} }}}}\"\n", at + 1)).collect();
        let chain = chain.concat();
        assert!(
            expand(&format!("x: \"{{{{ k0 }}}}\"\n{chain}")).is_err_and(|d| d.code == Code::V012),
            "chain"
        );
        let wide = "x: \"{{ range(90000) | join('xxxx') }}\"\n";
        assert!(expand(wide).is_err_and(|d| d.code == Code::V013), "size");
        let repeated = "x: \"{{ 'x' * 100000000000 }}\"\n";
        assert!(expand(repeated).is_err_and(|d| d.code == Code::V013), "repeat");
    }

    #[test]
    fn no_value_is_part_of_an_error() {
        let diagnostic = expand("x: \"{{ secret | int }}\"\nsecret: hunter2\n").unwrap_err();
        assert!(!diagnostic.message.contains("hunter2"), "{}", diagnostic.message);
    }
}
