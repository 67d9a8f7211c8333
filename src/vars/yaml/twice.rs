//! Keys that stand twice in one mapping: each of them is reported, and hides nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::shown::{duplicate, values};
use super::{NodeKind, YamlKey, YamlNode};
use crate::diag::{Diagnostic, Place, SourceText};

/// Reports every key of a tree that stands again, in the order of the file. An alias repeats what it stands
/// for, which is said once.
pub(super) fn reported(source: &SourceText, root: &YamlNode) -> Vec<Diagnostic> {
    let mut found = BTreeMap::new();
    find(root, &mut found);
    let shown = source.hiding(&values(source.text()));
    let report = |key: &&YamlKey| {
        let place = Place { source: shown.clone(), span: key.span };
        duplicate(&place, &key.text)
    };
    found.values().map(report).collect()
}

/// A key that is no scalar has no text, and is like no other.
fn find<'a>(node: &'a YamlNode, found: &mut BTreeMap<usize, &'a YamlKey>) {
    match &node.kind {
        NodeKind::Null | NodeKind::Scalar(_) => {}
        NodeKind::List(items) => items.iter().for_each(|item| find(item, found)),
        NodeKind::Map(entries) => {
            let mut seen = BTreeSet::new();
            for (key, value) in entries {
                if !key.text.is_empty() && !seen.insert(&key.text) {
                    found.insert(key.span.start, key);
                }
                find(value, found);
            }
        }
    }
}
