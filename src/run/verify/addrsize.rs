//! Whether what a partition of s390x is told of its initramfs is still true.

use camino::Utf8Path;

use crate::diag::{Code, Diagnostic, Report};
use crate::model::artifact::ArtifactKind;
use crate::model::path::RelPath;
use crate::plan::tree::{Standing, Tree};
use crate::plan::{self, Plan};

/// Compares each file with the initramfs beside it; one that is missing is reported by itself.
pub fn check(plan: &Plan, tree: &dyn Tree, out: &Utf8Path) -> Report {
    let initramfs = plan.artifacts.iter().filter(|artifact| artifact.kind == ArtifactKind::Initramfs);
    let said = initramfs.flat_map(|artifact| &artifact.paths).filter_map(|path| {
        // Only its size is wanted, and it is larger than what a tree gives to read.
        let size = std::fs::symlink_metadata(out.join(path.as_str())).ok()?.len();
        let (beside, due) = plan::addrsize(path, size)?;
        judge(path, &beside, &due, tree.look(&beside))
    });
    said.collect()
}

fn judge(initramfs: &RelPath, beside: &RelPath, due: &[u8], found: Standing) -> Option<Diagnostic> {
    let unreadable = |why: String| Diagnostic::new(Code::P001, format!("`{beside}` cannot be read: {why}"));
    let diagnostic = match found {
        Standing::File(found) if found.bytes == due => return None,
        Standing::File(_) => {
            let message = format!("`{beside}` says another address or size than `{initramfs}` has");
            Diagnostic::new(Code::P002, message)
        }
        Standing::Absent => unreadable("it is not there".to_owned()),
        Standing::Other(obstacle) => unreadable(obstacle.to_string()),
        Standing::Unreadable(why) => unreadable(why),
    };
    Some(diagnostic.help("`okdboot fetch` writes it, without a network where everything is there"))
}
