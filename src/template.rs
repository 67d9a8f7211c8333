//! Text formats: embedded templates, each of which a folder of one's own may replace.
//!
//! Rendering is strict: an undefined name is an error, and so is printing anything but text and
//! numbers. JSON and YAML are never templated. docs/templates.md lists each template's context.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use thiserror::Error;

use crate::model::fault::{Fault, Faulty};
use crate::text::did_you_mean;

/// Every embedded template by name, sorted: build.rs writes the list, which is the folder `templates`.
const EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Instructions that one rendering may use; a cluster of 10,000 nodes needs a hundredth of it.
const FUEL: u64 = 50_000_000;
/// Larger files of an override folder are refused.
const MAX_BYTES: u64 = 1 << 20;

/// A template that cannot be used or rendered.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// The override folder or a file of it cannot be read.
    #[error("could not read `{path}`")]
    Read {
        /// The path as given.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file that replaces nothing.
    #[error("`{path}` replaces no template{}", suggestion(.near.as_ref()))]
    Unknown {
        /// The path as given.
        path: String,
        /// The nearest name.
        near: Option<String>,
    },
    /// Not a template, or one that fails.
    #[error("{name}:{line}: {reason}")]
    Render {
        /// The template's name, or the file that replaces it.
        name: String,
        /// From 1; 0 where unknown.
        line: usize,
        /// In minijinja's words.
        reason: String,
    },
}

impl Faulty for TemplateError {
    fn fault(&self) -> Fault {
        if matches!(self, Self::Read { .. }) { Fault::FileSystem } else { Fault::Input }
    }
}

fn suggestion(near: Option<&String>) -> String {
    near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// The templates of one run.
pub struct Templates {
    environment: Environment<'static>,
    overridden: BTreeMap<String, String>,
}

/// A context as templates read it.
#[derive(Clone, Debug)]
pub struct Fields(Value);

impl Fields {
    /// Takes the fields of a value.
    pub fn of(context: &impl Serialize) -> Self {
        Self(Value::from(Serde(context)))
    }
}

impl Templates {
    /// Takes the embedded set.
    pub fn embedded() -> Result<Self, TemplateError> {
        Self::with(Vec::new())
    }

    /// Takes the embedded set with replacements, each as name, path shown to people, and text.
    pub fn with(replacements: Vec<(String, String, String)>) -> Result<Self, TemplateError> {
        let mut templates = Self { environment: environment(), overridden: BTreeMap::new() };
        for (name, text) in EMBEDDED {
            templates.add(name, (*text).to_owned())?;
        }
        for (name, path, text) in replacements {
            if !EMBEDDED.iter().any(|(known, _)| *known == name) {
                let near = did_you_mean(&name, EMBEDDED.iter().map(|(known, _)| *known)).map(str::to_owned);
                return Err(TemplateError::Unknown { path, near });
            }
            templates.overridden.insert(name.clone(), path);
            templates.add(&name, text)?;
        }
        Ok(templates)
    }

    fn add(&mut self, name: &str, text: String) -> Result<(), TemplateError> {
        let added = self.environment.add_template_owned(name.to_owned(), text);
        added.map_err(|error| self.fault(name, &error))
    }

    /// Returns the file that replaces a template, if one does.
    pub fn overridden_by(&self, name: &str) -> Option<&str> {
        self.overridden.get(name).map(String::as_str)
    }

    /// Renders a template in its documented context.
    pub fn render(&self, name: &str, context: &impl Serialize) -> Result<String, TemplateError> {
        self.render_in(name, &Fields::of(context))
    }

    /// Renders a template in a context that several templates share: what costs most is done once.
    pub fn render_in(&self, name: &str, fields: &Fields) -> Result<String, TemplateError> {
        let template = self.environment.get_template(name).map_err(|error| self.fault(name, &error))?;
        template.render(fields.0.clone()).map_err(|error| self.fault(name, &error))
    }

    fn fault(&self, name: &str, error: &Error) -> TemplateError {
        let reason = match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        };
        let name = self.overridden_by(name).unwrap_or(name).to_owned();
        TemplateError::Render { name, line: error.line().unwrap_or_default(), reason }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    if let Ok(syntax) =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()
    {
        environment.set_syntax(syntax);
    }
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(|out, state, value| match value.kind() {
        ValueKind::String | ValueKind::Number => minijinja::escape_formatter(out, state, value),
        kind => Err(Error::new(ErrorKind::InvalidOperation, format!("cannot print a {kind} value"))),
    });
    environment
}

/// Reads an override folder: every file in it must replace an embedded template.
pub fn load(folder: &Path, shown: &str) -> Result<Vec<(String, String, String)>, TemplateError> {
    let mut replacements = Vec::new();
    for name in
        files_below(folder, "").map_err(|source| TemplateError::Read { path: shown.to_owned(), source })?
    {
        let path = format!("{}/{name}", shown.trim_end_matches('/'));
        let text = read_text(&folder.join(&name))
            .map_err(|source| TemplateError::Read { path: path.clone(), source })?;
        replacements.push((name, path, text));
    }
    replacements.sort();
    Ok(replacements)
}

fn files_below(folder: &Path, prefix: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.join(prefix))? {
        let entry = entry?;
        let name =
            entry.file_name().into_string().map_err(|_| io::Error::other("a file name is not UTF-8"))?;
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if name.starts_with('.') {
            continue;
        }
        // `services/<daemon>/` is as deep as it gets.
        if entry.file_type()?.is_dir() && !prefix.contains('/') {
            names.extend(files_below(folder, &path)?);
        } else {
            names.push(path);
        }
    }
    Ok(names)
}

fn read_text(path: &Path) -> io::Result<String> {
    if std::fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::Error::other("a template is at most 1 MiB"));
    }
    std::fs::read_to_string(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        #[derive(Serialize)]
        struct Context {
            yes: bool,
            word: &'static str,
        }
        let name = "pxelinux/node.j2";
        let replacement = (name.to_owned(), "mine/node.j2".to_owned(), text.to_owned());
        let rendered = Templates::with(vec![replacement])
            .and_then(|templates| templates.render(name, &Context { yes: true, word: "w" }));
        rendered.unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn the_list_is_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut names = files_below(&folder, "").unwrap();
        names.sort();
        assert_eq!(names, EMBEDDED.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (name, text) in EMBEDDED {
            assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), *text, "{name}");
        }
    }

    #[test]
    fn a_replacement_is_strict_and_named_in_its_faults() {
        assert_eq!(fault("{{ word }}\n"), "w\n");
        assert_eq!(fault("\n{{ wrod }}"), "mine/node.j2:2: undefined value: `wrod` is undefined");
        assert_eq!(fault("{{ yes }}"), "mine/node.j2:1: invalid operation: cannot print a bool value");
        assert!(fault("{% for %}").starts_with("mine/node.j2:1: syntax error"));
    }

    #[test]
    fn a_replacement_of_nothing_is_refused() {
        let error = Templates::with(vec![("ipxe/nod.j2".into(), "mine/ipxe/nod.j2".into(), String::new())]);
        let text = error.err().map(|e| e.to_string());
        assert_eq!(
            text.as_deref(),
            Some("`mine/ipxe/nod.j2` replaces no template; did you mean `ipxe/node.j2`?")
        );
    }
}
