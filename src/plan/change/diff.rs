//! Differences as text: unified diffs of what may be shown, digests of what may not.

use std::fmt::Write as _;

use similar::TextDiff;

use super::{Blocked, Change, ChangeKind, Standing, Tree};
use crate::model::digest::Sha512;
use crate::plan::{Plan, Sensitivity};
use crate::text::is_unprintable;

/// How many unchanged lines stand around a change, as in `diff -u`.
const CONTEXT: usize = 3;

/// Returns what changes at a path, or nothing if no byte and no permission does.
///
/// A file edited by hand is shown as force would change it. The file is read again, since
/// [`super::compare`] keeps none. A secret file gives one line with its sha512 before and after.
/// Control characters of what stands on the disk are spelt out.
pub fn diff(change: &Change, plan: &Plan, tree: &dyn Tree) -> Option<String> {
    let path = &change.path;
    let after = plan.file(path).map(|file| file.contents.as_ref());
    match &change.kind {
        ChangeKind::Create => describe(change, None, after),
        ChangeKind::Update { .. } => describe(change, on_disk(change, tree).as_deref(), after),
        ChangeKind::Orphan { .. } => describe(change, on_disk(change, tree).as_deref(), None),
        ChangeKind::Blocked(Blocked::Edited | Blocked::Foreign | Blocked::Taken(_)) => {
            describe(change, on_disk(change, tree).as_deref(), after)
        }
        ChangeKind::Chmod { from, to } => Some(format!("{path}\nold mode {from:04o}\nnew mode {to:04o}\n")),
        ChangeKind::Regroup { from, to } => Some(format!("{path}\nold group {from}\nnew group {to}\n")),
        ChangeKind::Same | ChangeKind::Kept | ChangeKind::Blocked(_) => None,
    }
}

fn on_disk(change: &Change, tree: &dyn Tree) -> Option<Vec<u8>> {
    match tree.look(&change.path) {
        Standing::File(found) => Some(found.bytes),
        _ => None,
    }
}

fn describe(change: &Change, before: Option<&[u8]>, after: Option<&[u8]>) -> Option<String> {
    let text = match change.sensitivity {
        Sensitivity::Public => unified,
        Sensitivity::Secret => digests,
    };
    (before != after).then(|| text(change.path.as_str(), before, after))
}

fn digests(path: &str, before: Option<&[u8]>, after: Option<&[u8]>) -> String {
    let digest = |bytes: Option<&[u8]>| bytes.map_or("absent".to_owned(), |b| Sha512::of(b).to_string());
    format!("{path}\nsha512 {} -> {}\n", digest(before), digest(after))
}

/// Returns a unified diff of two texts, as `diff -u` writes it; control characters are spelt out.
pub fn unified(path: &str, before: Option<&[u8]>, after: Option<&[u8]>) -> String {
    let name =
        |side: &str, bytes: Option<&[u8]>| bytes.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"));
    let (old, new) = (printable(before), printable(after));
    let mut text = format!("--- {}\n+++ {}\n", name("a", before), name("b", after));
    let hunks = TextDiff::from_lines(&old, &new);
    for hunk in hunks.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = write!(text, "{hunk}");
    }
    text
}

fn printable(bytes: Option<&[u8]>) -> String {
    let text = String::from_utf8_lossy(bytes.unwrap_or_default());
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) && !matches!(c, '\n' | '\t') {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::super::tree::Found;
    use super::super::{Scope, compare};
    use super::*;
    use crate::model::digest::Sha256;
    use crate::model::path::RelPath;
    use crate::plan::manifest::{Entry, Manifest};
    use crate::plan::{FileKind, Owner, PlannedFile};

    const PATH: &str = "commands/lab.txt";

    /// Returns the diff of a run that finds `before` and plans `after`.
    fn diff_of(before: Option<&str>, after: Option<&str>, kind: FileKind) -> Option<String> {
        diff_over(before.unwrap_or_default(), before, after, kind)
    }

    /// Returns the diff of a run that plans `after` where okdboot wrote `before` and `stands` stands.
    fn diff_over(stands: &str, before: Option<&str>, after: Option<&str>, kind: FileKind) -> Option<String> {
        let path: RelPath = PATH.parse().unwrap();
        let owner = Owner { cluster: Some("lab".parse().unwrap()), kind };
        let sensitivity = if kind == FileKind::Ignition { Sensitivity::Secret } else { Sensitivity::Public };
        let files = after.map(|text| PlannedFile {
            sensitivity,
            ..PlannedFile::new(path.clone(), owner.clone(), text.as_bytes())
        });
        let clusters = vec!["lab".parse().unwrap()];
        let plan = Plan { clusters: clusters.clone(), files: files.into_iter().collect(), ..Plan::default() };
        let mut tree = BTreeMap::new();
        let mut manifest = Manifest::default();
        if let Some(text) = before {
            let bytes = stands.as_bytes().to_vec();
            manifest.entries.insert(path.clone(), Entry { owner, sha256: Sha256::of(text.as_bytes()) });
            tree.insert(path, Standing::File(Found { bytes, mode: 0o644, group: 0 }));
        }
        let scope = Scope { ignition: clusters.into_iter().collect(), ..Scope::all() };
        diff(&compare(&plan.expected(), &tree, &manifest, &scope).list[0], &plan, &tree)
    }

    #[test]
    fn public_files_give_unified_diffs() {
        let text = diff_of(Some("a\nb\nc\n"), Some("a\nB\nc\n"), FileKind::Commands).unwrap();
        let head = "--- a/commands/lab.txt\n+++ b/commands/lab.txt\n";
        assert_eq!(text, format!("{head}@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"));
        let text = diff_of(None, Some("a\n"), FileKind::Commands).unwrap();
        assert_eq!(text, "--- /dev/null\n+++ b/commands/lab.txt\n@@ -0,0 +1 @@\n+a\n");
        let text = diff_of(Some("a\n"), None, FileKind::Commands).unwrap();
        assert_eq!(text, "--- a/commands/lab.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
        assert_eq!(diff_of(Some("a\n"), Some("a\n"), FileKind::Commands), None);
    }

    #[test]
    fn a_file_edited_by_hand_is_shown() {
        let text = diff_over("mine\n", Some("a\n"), Some("b\n"), FileKind::Commands).unwrap();
        let head = "--- a/commands/lab.txt\n+++ b/commands/lab.txt\n";
        assert_eq!(text, format!("{head}@@ -1 +1 @@\n-mine\n+b\n"));
        assert_eq!(diff_over("mine\n", Some("a\n"), None, FileKind::Commands), None);
    }

    #[test]
    fn secret_files_give_digests() {
        let (old, new) = (Sha512::of(b"key"), Sha512::of(b"other"));
        let both = diff_of(Some("key"), Some("other"), FileKind::Ignition).unwrap();
        assert_eq!(both, format!("commands/lab.txt\nsha512 {old} -> {new}\n"));
        let gone = diff_of(Some("key"), None, FileKind::Ignition).unwrap();
        assert_eq!(gone, format!("commands/lab.txt\nsha512 {old} -> absent\n"));
    }

    #[test]
    fn control_characters_are_spelt_out() {
        let text = diff_of(Some("\x1b[2J\n"), Some("a\n"), FileKind::Commands).unwrap();
        assert!(text.contains("-\\u{1b}[2J\n"), "{text}");
    }
}
