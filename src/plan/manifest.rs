//! The manifest: which files okdboot wrote, for whom, and with which digest.
//!
//! It tells a file edited by hand from one that okdboot may replace, and finds the files of a node
//! that is gone. It never lists artifacts. Whoever can write to the output folder can write here, so
//! it is read as untrusted input: an entry is a path inside the tree with a known kind, a cluster
//! name and a digest, or the manifest is refused.
//!
//! A run writes its manifest beside the old one before its first rename and puts it in the old one's
//! place after the last. Where both are found, a run was interrupted in between, and for each file
//! on which they differ its digest says which of them is true.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::tree::{Standing, Tree};
use super::{FileKind, Owner};
use crate::model::digest::{DigestError, Sha256};
use crate::model::name::{Label, NameError};
use crate::model::path::{RelPath, RelPathError};

/// The version of the format that is read and written.
pub const FORMAT_VERSION: u64 = 1;

/// The folder of okdboot's own files below the output root.
pub const FOLDER: &str = ".okdboot";

/// The manifest below the output root.
pub const FILE: &str = ".okdboot/manifest.json";

/// The manifest of a run that has begun to rename its files.
pub const NEXT_FILE: &str = ".okdboot/manifest.next.json";

/// What okdboot wrote into an output tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// By path.
    pub entries: BTreeMap<RelPath, Entry>,
    /// How the run ended that left it.
    pub ending: Ending,
}

/// How the last run that wrote to a tree ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// With its manifest in place.
    #[default]
    Complete,
    /// Between its first and its last rename; the manifest was settled from two.
    Interrupted,
}

/// One file that okdboot wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose it is.
    pub owner: Owner,
    /// The digest of the bytes that okdboot wrote.
    pub sha256: Sha256,
}

/// Why a manifest cannot be used.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// Not a readable regular file.
    #[error("cannot read manifest `{file}`: {cause}")]
    Read {
        /// The manifest.
        file: String,
        /// What is in the way.
        cause: String,
    },
    /// Not JSON of the expected shape.
    #[error("cannot read manifest `{file}`: {cause}")]
    Json {
        /// The manifest.
        file: String,
        /// What and where.
        cause: serde_json::Error,
    },
    /// A version of the format that this okdboot does not know.
    #[error(
        "cannot read manifest `{file}`: its `format-version` is {found}, this okdboot reads {FORMAT_VERSION}"
    )]
    Version {
        /// The manifest.
        file: String,
        /// The version found.
        found: u64,
    },
    /// An entry that okdboot never wrote.
    #[error("manifest `{file}` has an invalid entry `{}`: {cause}", crate::text::escape(entry))]
    Entry {
        /// The manifest.
        file: String,
        /// The path of the entry as it stands there.
        entry: String,
        /// What is wrong with it.
        cause: EntryError,
    },
}

/// What is wrong with an entry of a manifest.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EntryError {
    /// Not a path inside the tree.
    #[error("the path is not inside the output tree")]
    Path(RelPathError),
    /// One of okdboot's own files, which are never listed.
    #[error("files below `{FOLDER}` are never listed")]
    Own,
    /// Not a cluster name.
    #[error("the cluster is not a name, {0}")]
    Cluster(NameError),
    /// Not a kind.
    #[error("the kind `{}` is unknown", crate::text::escape(.0))]
    Kind(String),
    /// Not a digest.
    #[error("the digest is not one, {0}")]
    Digest(DigestError),
}

#[derive(Deserialize)]
struct WireVersion {
    #[serde(rename = "format-version")]
    format_version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Wire {
    format_version: u64,
    files: BTreeMap<String, WireEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    kind: String,
    sha256: String,
}

impl Manifest {
    /// Reads the manifest of a tree; without one, okdboot wrote nothing yet.
    pub fn load(tree: &dyn Tree) -> Result<Self, ManifestError> {
        let current = read(tree, FILE)?.unwrap_or_default();
        Ok(match read(tree, NEXT_FILE)? {
            Some(next) => current.settle(next, tree),
            None => current,
        })
    }

    /// Parses a manifest; `file` is its name in messages.
    pub fn parse(text: &[u8], file: &str) -> Result<Self, ManifestError> {
        let json = |cause| ManifestError::Json { file: file.to_owned(), cause };
        let version: WireVersion = serde_json::from_slice(text).map_err(json)?;
        if version.format_version != FORMAT_VERSION {
            return Err(ManifestError::Version { file: file.to_owned(), found: version.format_version });
        }
        let wire: Wire = serde_json::from_slice(text).map_err(json)?;
        wire.files.into_iter().map(|(path, entry)| checked(&path, entry, file)).collect()
    }

    /// Returns the text of the manifest: sorted by path, two blanks a level, a newline at the end.
    pub fn to_text(&self) -> String {
        let files = self.entries.iter().map(|(path, entry)| (path.to_string(), to_wire(entry))).collect();
        let wire = Wire { format_version: FORMAT_VERSION, files };
        // Strings and numbers only: serialising cannot fail.
        let mut text = serde_json::to_string_pretty(&wire).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Returns what is true after a run was interrupted between its first and its last rename.
    fn settle(mut self, next: Self, tree: &dyn Tree) -> Self {
        for (path, entry) in next.entries {
            let known = self.entries.get(&path);
            if known != Some(&entry) && (known.is_none() || holds(tree, &path, entry.sha256)) {
                self.entries.insert(path, entry);
            }
        }
        self.ending = Ending::Interrupted;
        self
    }
}

impl FromIterator<(RelPath, Entry)> for Manifest {
    fn from_iter<I: IntoIterator<Item = (RelPath, Entry)>>(iter: I) -> Self {
        Self { entries: iter.into_iter().collect(), ending: Ending::Complete }
    }
}

fn read(tree: &dyn Tree, path: &'static str) -> Result<Option<Manifest>, ManifestError> {
    let refuse = |cause: String| ManifestError::Read { file: path.to_owned(), cause };
    let at: RelPath = path.parse().map_err(|error: RelPathError| refuse(error.to_string()))?;
    let refuse = |cause: String| ManifestError::Read { file: tree.name(&at), cause };
    match tree.look(&at) {
        Standing::Absent => Ok(None),
        Standing::File(found) => Manifest::parse(&found.bytes, &tree.name(&at)).map(Some),
        Standing::Other(obstacle) => Err(refuse(obstacle.to_string())),
        Standing::Unreadable(cause) => Err(refuse(cause)),
    }
}

fn holds(tree: &dyn Tree, path: &RelPath, sha256: Sha256) -> bool {
    matches!(tree.look(path), Standing::File(found) if Sha256::of(&found.bytes) == sha256)
}

fn to_wire(entry: &Entry) -> WireEntry {
    WireEntry {
        cluster: entry.owner.cluster.as_ref().map(ToString::to_string),
        kind: entry.owner.kind.to_string(),
        sha256: entry.sha256.to_string(),
    }
}

fn checked(path: &str, wire: WireEntry, file: &str) -> Result<(RelPath, Entry), ManifestError> {
    let entry = |cause| ManifestError::Entry { file: file.to_owned(), entry: path.to_owned(), cause };
    let at: RelPath = path.parse().map_err(|error| entry(EntryError::Path(error)))?;
    if at.as_str().split('/').next() == Some(FOLDER) {
        return Err(entry(EntryError::Own));
    }
    Ok((at, from_wire(wire).map_err(entry)?))
}

fn from_wire(wire: WireEntry) -> Result<Entry, EntryError> {
    let cluster = wire.cluster.map(|name| name.parse::<Label>()).transpose().map_err(EntryError::Cluster)?;
    let kind = FileKind::ALL.into_iter().find(|kind| kind.as_str() == wire.kind);
    let kind = kind.ok_or(EntryError::Kind(wire.kind))?;
    let sha256 = wire.sha256.parse().map_err(EntryError::Digest)?;
    Ok(Entry { owner: Owner { cluster, kind }, sha256 })
}

#[cfg(test)]
mod tests {
    use super::super::tree::Found;
    use super::*;

    fn entry(cluster: Option<&str>, kind: FileKind, bytes: &[u8]) -> Entry {
        let cluster = cluster.map(|name| name.parse().unwrap());
        Entry { owner: Owner { cluster, kind }, sha256: Sha256::of(bytes) }
    }

    fn manifest(entries: &[(&str, Entry)]) -> Manifest {
        entries.iter().map(|(path, entry)| (path.parse().unwrap(), entry.clone())).collect()
    }

    fn file(bytes: &[u8]) -> Standing {
        Standing::File(Found { bytes: bytes.to_vec(), mode: 0o644, group: 0 })
    }

    fn tree(files: &[(&str, &[u8])]) -> BTreeMap<RelPath, Standing> {
        files.iter().map(|(path, bytes)| (path.parse().unwrap(), file(bytes))).collect()
    }

    #[test]
    fn text_is_stable_and_parses_back() {
        let manifest = manifest(&[
            ("b", entry(None, FileKind::Sums, b"")),
            ("a/x.json", entry(Some("lab"), FileKind::Matchbox, b"")),
        ]);
        let digest = Sha256::of(b"");
        let text = format!(
            "{{\n  \"format-version\": 1,\n  \"files\": {{\n    \"a/x.json\": {{\n      \"cluster\": \"lab\",\n      \
             \"kind\": \"matchbox\",\n      \"sha256\": \"{digest}\"\n    }},\n    \"b\": {{\n      \
             \"kind\": \"sums\",\n      \"sha256\": \"{digest}\"\n    }}\n  }}\n}}\n"
        );
        assert_eq!(manifest.to_text(), text);
        assert_eq!(Manifest::parse(text.as_bytes(), "m").unwrap(), manifest);
    }

    #[test]
    fn untrusted_entries_are_refused_by_name() {
        let digest = Sha256::of(b"").to_string();
        let cases = [
            ("../etc/passwd", "lab", "grub", digest.as_str(), "the path is not inside the output tree"),
            ("/etc/passwd", "lab", "grub", &digest, "the path is not inside the output tree"),
            (".okdboot/lock", "lab", "grub", &digest, "files below `.okdboot` are never listed"),
            (
                "a",
                "la/b",
                "grub",
                &digest,
                "the cluster is not a name, `la/b` holds `/`; only letters, digits and hyphens are allowed",
            ),
            ("a", "lab", "exe", &digest, "the kind `exe` is unknown"),
            ("a", "lab", "grub", "00", "the digest is not one, a sha256 has 64 hexadecimal digits, not 2"),
        ];
        for (path, cluster, kind, sha256, cause) in cases {
            let text = serde_json::json!({
                "format-version": 1,
                "files": { path: { "cluster": cluster, "kind": kind, "sha256": sha256 } },
            });
            let error = Manifest::parse(text.to_string().as_bytes(), "out/m").unwrap_err();
            assert_eq!(error.to_string(), format!("manifest `out/m` has an invalid entry `{path}`: {cause}"));
        }
    }

    #[test]
    fn other_shapes_and_versions_are_refused() {
        for text in ["", "[]", "{}", r#"{"format-version": 1, "files": []}"#, "\u{0}"] {
            let error = Manifest::parse(text.as_bytes(), "m").unwrap_err();
            assert!(matches!(error, ManifestError::Json { .. }), "{text:?}");
        }
        let error = Manifest::parse(br#"{"format-version": 2, "nodes": []}"#, "m").unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read manifest `m`: its `format-version` is 2, this okdboot reads 1"
        );
    }

    #[test]
    fn a_tree_without_a_manifest_has_an_empty_one() {
        assert_eq!(Manifest::load(&tree(&[])).unwrap(), Manifest::default());
        let link = Standing::Other(super::super::tree::Obstacle {
            at: FOLDER.parse().unwrap(),
            what: super::super::tree::ObstacleKind::Symlink,
        });
        let error = Manifest::load(&BTreeMap::from([(FILE.parse().unwrap(), link)])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read manifest `.okdboot/manifest.json`: `.okdboot` is a symlink"
        );
    }

    #[test]
    fn an_interrupted_run_is_settled_file_by_file() {
        let was = |bytes| entry(Some("lab"), FileKind::Grub, bytes);
        let old = manifest(&[("done", was(b"old")), ("open", was(b"old")), ("gone", was(b"old"))]);
        let next = manifest(&[("done", was(b"new")), ("open", was(b"new")), ("made", was(b"new"))]);
        let tree = tree(&[
            (FILE, old.to_text().as_bytes()),
            (NEXT_FILE, next.to_text().as_bytes()),
            ("done", b"new"),
            ("open", b"old"),
        ]);
        let mut settled = manifest(&[
            ("done", was(b"new")),
            ("gone", was(b"old")),
            ("made", was(b"new")),
            ("open", was(b"old")),
        ]);
        settled.ending = Ending::Interrupted;
        assert_eq!(Manifest::load(&tree).unwrap(), settled);
    }
}
