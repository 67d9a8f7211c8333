//! A folder of a user's own, such as a cache.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;

use camino::Utf8Path;

use super::{DiskError, Folder, account, fault};

/// Nobody else can look into one that is made.
const MODE: u32 = 0o700;

impl Folder {
    /// Opens a folder of our own, made with its parents where it is missing. One that others could write to
    /// is refused.
    pub(crate) fn private(path: &Utf8Path) -> Result<Self, DiskError> {
        let made = fault().map_err(Into::into);
        made.and_then(|()| DirBuilder::new().recursive(true).mode(MODE).create(path))
            .map_err(DiskError::system("make folder", path))?;
        let folder = Self::open(path)?;
        if folder.owner() != account::me() || folder.mode() & 0o022 != 0 {
            return Err(DiskError::Shared { path: path.to_owned() });
        }
        Ok(folder)
    }
}
