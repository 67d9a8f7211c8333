//! Where a partition of s390x has its initramfs: the file that load maps name beside it.

use crate::disk::{DiskError, Lock};
use crate::model::artifact::ArtifactKind;
use crate::plan::{self, PlannedArtifact};

/// Everybody may read it, as the initramfs itself.
const MODE: u32 = 0o644;

/// Writes the file for every initramfs that a load map names and that is there.
pub fn write(lock: &Lock, artifacts: &[PlannedArtifact]) -> Result<(), DiskError> {
    let initramfs = artifacts.iter().filter(|artifact| artifact.kind == ArtifactKind::Initramfs);
    for path in initramfs.flat_map(|artifact| &artifact.paths) {
        let Ok(found) = std::fs::metadata(lock.root().path().join(path.as_str())) else { continue };
        if let Some((beside, bytes)) = plan::addrsize(path, found.len()) {
            lock.replace(&beside, &bytes, MODE)?;
        }
    }
    Ok(())
}
