//! The keys as a JSON Schema, by which editors complete, explain and underline.
//!
//! It is one of draft-07, which the language server of YAML knows best. It is milder than `check`: whatever
//! `check` accepts has to pass, an expression may stand for every value, and a file is read by others too.

use serde_json::{Map, Value, json};

use super::key::{Form, Key, Mapping, Shape, TOP, ValueKind};

/// By which a schema that okdboot wrote is known again.
pub const TITLE: &str = "vars.yaml of okdboot";

/// Returns the schema of vars.yaml.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    define(&TOP, &mut definitions);
    let mut schema = json!({"$schema": "http://json-schema.org/draft-07/schema#", "title": TITLE});
    let top = definitions.remove(TOP.name).unwrap_or_default();
    if let (Some(schema), Value::Object(top)) = (schema.as_object_mut(), top) {
        schema.extend(top);
        schema.insert("definitions".to_owned(), definitions.into());
    }
    schema
}

/// Returns the schema as it is published and printed.
pub fn text() -> String {
    // Strings, numbers, lists and mappings with text for keys: serialising cannot fail.
    serde_json::to_string_pretty(&schema()).unwrap_or_default() + "\n"
}

/// Writes down a mapping, and whatever it leads to, once.
fn define(mapping: &'static Mapping, definitions: &mut Map<String, Value>) {
    if definitions.contains_key(mapping.name) {
        return;
    }
    // What leads back to it finds it here.
    definitions.insert(mapping.name.to_owned(), Value::Null);
    for key in mapping.keys() {
        for below in key.shape.mappings() {
            define(below, definitions);
        }
    }
    definitions.insert(mapping.name.to_owned(), object(mapping));
}

fn object(mapping: &'static Mapping) -> Value {
    let properties: Map<String, Value> = mapping
        .keys()
        .flat_map(|key| key.names.iter().map(move |name| ((*name).to_owned(), property(key, name))))
        .collect();
    let required: Vec<&str> =
        mapping.keys().filter(|key| key.is_required()).flat_map(|key| key.names).copied().collect();
    let mut object = json!({"type": ["object", "null"], "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    if mapping.is_own {
        object["additionalProperties"] = json!(false);
    }
    object
}

fn property(key: &Key, name: &str) -> Value {
    let mut property = shape(key.shape);
    property["description"] = json!(description(key, name));
    property
}

fn description(key: &Key, name: &str) -> String {
    let alias = key.names.first().filter(|first| **first != name && !matches!(key.shape, Shape::Unused));
    let alias = alias.map(|first| format!("The same as `{first}`: ")).unwrap_or_default();
    let default = match key.default {
        "" => String::new(),
        _ if key.is_required() => " (required)".to_owned(),
        default => format!(" (default: {default})"),
    };
    format!("{alias}{}{default}", key.about)
}

fn shape(shape: Shape) -> Value {
    let reference = |mapping: &Mapping| json!({"$ref": format!("#/definitions/{}", mapping.name)});
    // Beside `$ref` draft-07 reads nothing, so that a description needs `allOf`.
    match shape {
        Shape::Value(kind) => value(kind),
        Shape::Values(kind) => json!({"anyOf": [value(kind), {"type": "array", "items": value(kind)}]}),
        Shape::Map(mapping) => json!({"allOf": [reference(mapping)]}),
        Shape::Maps(mapping) => json!({"type": ["array", "null"], "items": reference(mapping)}),
        Shape::ValueOrMap(kind, mapping) => json!({"anyOf": [value(kind), reference(mapping)]}),
        Shape::MapsOrMap(item, mapping) => {
            json!({"anyOf": [{"type": "array", "items": reference(item)}, reference(mapping)]})
        }
        Shape::Free(kind) => json!({"type": ["object", "null"], "additionalProperties": value(kind)}),
        Shape::Unused => json!({}),
    }
}

/// A value, an expression in its place, or nothing, which is no value.
fn value(kind: ValueKind) -> Value {
    match kind.form {
        Form::Text => json!({"type": ["string", "number", "boolean", "null"]}),
        Form::Boolean => json!({"type": ["boolean", "integer", "string", "null"], "pattern": or(BOOLEANS)}),
        Form::Number(least, most) => json!({
            "type": ["integer", "string", "null"], "minimum": least, "maximum": most, "pattern": or("[0-9]+"),
        }),
        Form::Choice(words) => {
            json!({"anyOf": [{"enum": words}, {"type": ["string", "null"], "pattern": NONE}]})
        }
        Form::Pattern(pattern) => json!({"type": ["string", "number", "null"], "pattern": or(pattern)}),
    }
}

/// The booleans of YAML 1.1, which YAML 1.2 reads as text.
const BOOLEANS: &str = "[Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF|[YyNn01]";

/// A text that is empty or holds an expression.
const NONE: &str = r"^\s*$|\{\{";

/// The pattern of a whole text, which may be empty or hold an expression.
fn or(pattern: &str) -> String {
    format!(r"{NONE}|^\s*(?:{pattern})\s*$")
}

impl Shape {
    /// Returns the mappings that a key of this shape leads to.
    fn mappings(self) -> Vec<&'static Mapping> {
        match self {
            Self::Map(mapping) | Self::Maps(mapping) | Self::ValueOrMap(_, mapping) => vec![mapping],
            Self::MapsOrMap(item, mapping) => vec![item, mapping],
            Self::Value(_) | Self::Values(_) | Self::Free(_) | Self::Unused => Vec::new(),
        }
    }
}
