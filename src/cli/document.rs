//! The document of `--format json`: what every one has. Each command has a struct of its own for the rest, in
//! its file; docs/schemas is written from these structs.

#[cfg(test)]
mod schemas;
pub mod word;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::run::failure::Failure;

/// The version of the documents.
const VERSION: u8 = 1;

/// The members that every document has. A command's own schema adds its members and allows no other.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "document", extend(
    "if" = {"properties": {"exit": {"const": 0}}},
    "then" = {"properties": {"error": false}},
    "else" = {"anyOf": [{"required": ["error"]}, {"required": ["diagnostics"]}]}
)))]
#[serde(rename_all = "kebab-case")]
pub struct Head {
    /// The version of these schemas. It grows when a member is removed, renamed or takes another meaning; new
    /// members alone do not change it.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    pub format_version: u8,
    /// The exit code of the process (docs/exit-codes.md).
    #[cfg_attr(test, schemars(extend("enum" = [0, 1, 2, 3, 4, 5, 6, 70, 130])))]
    pub exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Stopped>,
    /// Findings about the input, the plan and the output, notices included, in the order in which they were made.
    #[cfg_attr(test, schemars(with = "Option<Vec<schemas::DiagnosticRef>>"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Vec<Value>>,
}

/// Why the command stopped; absent where the diagnostics say it all.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "error"))]
pub struct Stopped {
    /// What could not be done, without a full stop.
    #[cfg_attr(test, schemars(length(min = 1)))]
    message: String,
    /// Why not, the nearest cause first.
    causes: Vec<String>,
    /// What to do about it, a sentence each.
    help: Vec<String>,
}

impl Head {
    /// Says how a run ended.
    pub fn new(exit: u8) -> Self {
        Self { format_version: VERSION, exit, error: None, diagnostics: None }
    }
}

impl Stopped {
    /// Says why, where the diagnostics do not say it all.
    pub fn of(failure: &Failure) -> Option<Self> {
        let Failure { message, causes, help, .. } = failure;
        let stopped = Self { message: message.clone(), causes: causes.clone(), help: help.clone() };
        (!message.is_empty()).then_some(stopped)
    }
}

/// Returns what a struct has to say, by its names.
pub fn members(said: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(said) {
        Ok(Value::Object(members)) => members,
        // The structs of documents have names, and nothing in them that JSON has not.
        _ => Map::new(),
    }
}
