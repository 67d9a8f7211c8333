//! Whether what a partition of s390x is told of its initramfs is still true.

use camino::Utf8Path;

use crate::diag::{Code, Diagnostic, Report};
use crate::model::artifact::ArtifactKind;
use crate::plan::{self, Plan};

/// Compares each file with the initramfs beside it; one that is missing is reported by itself.
pub(super) fn check(plan: &Plan, out: &Utf8Path) -> Report {
    let initramfs = plan.artifacts.iter().filter(|artifact| artifact.kind == ArtifactKind::Initramfs);
    let said = initramfs.flat_map(|artifact| &artifact.paths).filter_map(|path| {
        let size = std::fs::metadata(out.join(path.as_str())).ok()?.len();
        let (beside, due) = plan::addrsize(path, size)?;
        let help = "`okdboot fetch` writes it, without a network where everything is there";
        match std::fs::read(out.join(beside.as_str())) {
            Ok(found) if found == due => None,
            Ok(_) => {
                let message = format!("`{beside}` says another address or size than `{path}` has");
                Some(Diagnostic::new(Code::P002, message).help(help))
            }
            Err(error) => {
                let message = format!("`{beside}` cannot be read: {error}");
                Some(Diagnostic::new(Code::P001, message).help(help))
            }
        }
    });
    said.collect()
}
