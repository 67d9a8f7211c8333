//! `okdboot schema`: what an editor knows of vars.yaml.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::output::Voice;
use crate::disk;
use crate::run::failure::{Exit, Failure};
use crate::vars::schema;

/// The name by which the first line of a scaffolded vars.yaml refers to it.
const NAME: &str = "vars.schema.json";
/// Nothing of it is secret.
const MODE: u32 = 0o644;

/// What `okdboot schema` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The JSON Schema of vars.yaml, draft-07.
    #[cfg_attr(test, schemars(length(min = 1)))]
    text: &'a str,
}

/// Prints the schema.
pub fn run(output: &mut Voice) -> Result<Exit, Failure> {
    let text = schema::text();
    output.data(&text)?;
    output.document(&Document { text: &text });
    Ok(Exit::Done)
}

/// Writes the schema beside a vars.yaml. What stands there and is none of okdboot's is left alone.
pub fn beside(vars: &Utf8Path) -> Result<Option<Utf8PathBuf>, Failure> {
    let path = vars.parent().unwrap_or(Utf8Path::new("")).join(NAME);
    if path.symlink_metadata().is_ok() && !is_ours(&path) {
        return Ok(None);
    }
    disk::replace(&path, schema::text().as_bytes(), MODE)?;
    Ok(Some(path))
}

fn is_ours(path: &Utf8Path) -> bool {
    let text = std::fs::read(path).unwrap_or_default();
    let found: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
    found.is_some_and(|schema| schema["title"] == schema::TITLE)
}
