//! The form of a manifest in a file.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Entry, EntryError, Manifest, ManifestError, Owner};
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::layout::OWN_FOLDER;

/// The version of the format that is read and written.
pub const FORMAT_VERSION: u64 = 1;

#[derive(Deserialize)]
struct WireVersion {
    #[serde(rename = "format-version")]
    format_version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    // Read by itself before.
    #[serde(rename = "format-version")]
    _format_version: IgnoredAny,
    files: BTreeMap<String, WireEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEntry {
    cluster: Option<String>,
    kind: String,
    sha256: String,
}

/// The same on its way out: a tree has hundreds of thousands of entries, so nothing of them is copied.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Written<'a> {
    format_version: u64,
    files: BTreeMap<&'a str, WrittenEntry<'a>>,
}

#[derive(Serialize)]
struct WrittenEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    kind: &'static str,
    sha256: &'a Sha256,
}

/// Parses a manifest; `file` is its name in messages.
pub(super) fn parse(text: &[u8], file: &str) -> Result<Manifest, ManifestError> {
    let json = |cause| ManifestError::Json { file: file.to_owned(), cause };
    let version: WireVersion = serde_json::from_slice(text).map_err(json)?;
    if version.format_version != FORMAT_VERSION {
        return Err(ManifestError::Version { file: file.to_owned(), found: version.format_version });
    }
    let wire: Wire = serde_json::from_slice(text).map_err(json)?;
    wire.files.into_iter().map(|(path, entry)| checked(&path, entry, file)).collect()
}

pub(super) fn to_text<'a>(entries: impl IntoIterator<Item = (&'a RelPath, &'a Entry)>) -> String {
    let files = entries.into_iter().map(|(path, entry)| (path.as_str(), written(entry))).collect();
    let wire = Written { format_version: FORMAT_VERSION, files };
    // Strings and numbers only: serialising cannot fail.
    serde_json::to_string_pretty(&wire).unwrap_or_default() + "\n"
}

fn written(entry: &Entry) -> WrittenEntry<'_> {
    WrittenEntry {
        cluster: entry.owner.cluster.as_ref().map(Label::as_str),
        kind: entry.owner.kind.as_str(),
        sha256: &entry.sha256,
    }
}

fn checked(path: &str, wire: WireEntry, file: &str) -> Result<(RelPath, Entry), ManifestError> {
    let entry = |cause| ManifestError::Entry { file: file.to_owned(), entry: path.to_owned(), cause };
    let at: RelPath = path.parse().map_err(|error| entry(EntryError::Path(error)))?;
    if at.as_str().split('/').next() == Some(OWN_FOLDER) {
        return Err(entry(EntryError::Own));
    }
    Ok((at, from_wire(wire).map_err(entry)?))
}

fn from_wire(wire: WireEntry) -> Result<Entry, EntryError> {
    let cluster = wire.cluster.map(|name| name.parse::<Label>()).transpose().map_err(EntryError::Cluster)?;
    let kind = wire.kind.parse().map_err(EntryError::Kind)?;
    let sha256 = wire.sha256.parse().map_err(EntryError::Digest)?;
    Ok(Entry { owner: Owner { cluster, kind }, sha256 })
}
