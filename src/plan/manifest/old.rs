//! The one manifest of all clusters that okdboot 0.1 wrote, and the one that it wrote beside it while it
//! renamed. The first run that writes puts their entries into one manifest a cluster.

use super::{Manifest, ManifestError, Standing, Tree, read};
use crate::model::digest::Sha256;
use crate::model::path::{RelPath, RelPathError};

/// The manifest of okdboot 0.1 below the output root.
pub const OLD_FILE: &str = ".okdboot/manifest.json";

/// Its manifest of a run that had begun to rename.
pub const OLD_NEXT_FILE: &str = ".okdboot/manifest.next.json";

/// Reads what okdboot 0.1 left; nothing where it left none.
pub(super) fn load(tree: &dyn Tree) -> Result<Option<Manifest>, ManifestError> {
    let refuse = |file: &str, error: RelPathError| ManifestError::Read {
        file: file.to_owned(),
        cause: error.to_string(),
    };
    let at = |file: &'static str| file.parse::<RelPath>().map_err(|error| refuse(file, error));
    let next = read(tree, &at(OLD_NEXT_FILE)?)?;
    match (read(tree, &at(OLD_FILE)?)?, next) {
        (None, None) => Ok(None),
        (current, None) => Ok(current),
        (current, Some(next)) => Ok(Some(settle(current.unwrap_or_default(), next, tree))),
    }
}

/// For each file on which the two differ its digest says which of them is true.
fn settle(mut current: Manifest, next: Manifest, tree: &dyn Tree) -> Manifest {
    for (path, entry) in next.entries {
        let known = current.entries.get(&path);
        if known != Some(&entry) && (known.is_none() || holds(tree, &path, entry.sha256)) {
            current.entries.insert(path, entry);
        }
    }
    current
}

fn holds(tree: &dyn Tree, path: &RelPath, sha256: Sha256) -> bool {
    matches!(tree.look(path), Standing::File(found) if Sha256::of(&found.bytes) == sha256)
}
