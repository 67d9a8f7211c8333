//! What a derived schema is made into before it is written.

use serde_json::{Map, Value, json};

/// Closes every object, takes what Rust knows and JSON does not out, and names definitions as files do.
pub(super) fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            plain(members);
            close(members);
            members.iter_mut().filter(|(key, _)| !is_condition(key)).for_each(|(_, below)| tidy(below));
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// What stands in a condition is of the object that the condition is about.
fn is_condition(key: &str) -> bool {
    matches!(key, "if" | "then" | "else")
}

/// A text of several lines is one of one line; the width of a number is nobody's business.
fn plain(members: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = members.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    let is_width = |format: &Value| !matches!(format.as_str(), Some("date-time" | "uri"));
    if members.get("format").is_some_and(|format| format.is_string() && is_width(format)) {
        members.remove("format");
    }
    if let Some(Value::String(to)) = members.get_mut("$ref") {
        *to = kebab(to);
    }
    if let Some(Value::Object(own)) = members.get_mut("$defs") {
        *own = std::mem::take(own).into_iter().map(|(name, below)| (kebab(&name), below)).collect();
    }
}

/// What marks a member that may be absent, and null where it is there.
const OR_NULL: &str = "x-or-null";

/// An object has no other members; one that may be absent is never null, but where it is marked.
fn close(members: &mut Map<String, Value>) {
    let required = members.get("required").cloned().unwrap_or_default();
    let is_required = |name: &str| required.as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let Some(Value::Object(properties)) = members.get_mut("properties") else { return };
    properties.iter_mut().filter(|(name, _)| !is_required(name)).for_each(|(_, below)| never_null(below));
    members.entry("additionalProperties").or_insert(json!(false));
}

fn never_null(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    if members.remove(OR_NULL).is_some() {
        return;
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = members.get_mut("enum") {
        words.retain(|one| !one.is_null());
    }
    if let Some(Value::Array(ways)) = members.get_mut("anyOf") {
        ways.retain(|one| one["type"] != "null");
        if let [Value::Object(only)] = &ways[..] {
            let only = only.clone();
            members.remove("anyOf");
            for (key, value) in only {
                members.entry(key).or_insert(value);
            }
        }
    }
}

/// `GroupMatch` is `group-match`.
fn kebab(name: &str) -> String {
    let (mut text, mut before) = (String::new(), '/');
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
        before = letter;
    }
    text
}
