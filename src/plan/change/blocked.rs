//! Why a path is not touched, and who knows of it.

use std::fmt;

use super::{Change, ChangeKind, Changes};
use crate::model::name::Label;
use crate::plan::manifest::{self, Manifest, ManifestError};
use crate::plan::tree::{Obstacle, Tree};

/// Why a path is not touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The file was edited since okdboot wrote it.
    Edited,
    /// The file is not one that okdboot wrote.
    Foreign,
    /// okdboot wrote the file for a cluster that is not in this run.
    Taken(Label),
    /// The file's node or format is gone, but the file was edited since okdboot wrote it.
    EditedOrphan,
    /// Something other than a regular file; force does not help.
    Obstacle(Obstacle),
    /// The file cannot be read, with the system's reason; force does not help.
    Unreadable(String),
}

impl Blocked {
    /// Says whether [`Force::Yes`](super::Force::Yes) lets a planned file be written all the same.
    pub fn yields_to_force(&self) -> bool {
        !matches!(self, Self::Obstacle(_) | Self::Unreadable(_))
    }
}

/// Prints what is to be said of the path: `was not written by okdboot`.
impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited => f.write_str("was edited since okdboot wrote it"),
            Self::Foreign => f.write_str("was not written by okdboot"),
            Self::Taken(cluster) => write!(f, "belongs to cluster `{cluster}`, which is not in this run"),
            Self::EditedOrphan => f.write_str("is no longer planned, but was edited since okdboot wrote it"),
            Self::Obstacle(obstacle) => write!(f, "cannot be written, {obstacle}"),
            Self::Unreadable(cause) => write!(f, "cannot be read: {}", crate::text::Escaped(cause)),
        }
    }
}

impl Changes {
    /// Finds out whose the files are that stand in the way, if they are of a cluster that is not in this
    /// run: only its own manifest knows, which is not read otherwise.
    pub fn name_owners(&mut self, tree: &dyn Tree, run: &[Label]) -> Result<(), ManifestError> {
        let is_foreign = |change: &&mut Change| change.kind == ChangeKind::Blocked(Blocked::Foreign);
        let mut foreign = self.list.iter_mut().filter(is_foreign).peekable();
        if foreign.peek().is_none() {
            return Ok(());
        }
        let others = manifest::clusters(tree)?.into_iter().filter(|id| !run.contains(id)).collect::<Vec<_>>();
        let known = Manifest::load(tree, &others)?;
        for change in foreign {
            let owner = known.entries.get(&change.path).and_then(|entry| entry.owner.cluster.clone());
            if let Some(owner) = owner {
                change.kind = ChangeKind::Blocked(Blocked::Taken(owner));
            }
        }
        Ok(())
    }
}
