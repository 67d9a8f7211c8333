//! Whether each initramfs accepts the rootfs that its machines are sent to.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::finding::Finding;
use crate::diag::{Code, Diagnostic};
use crate::initramfs::RootfsVerdict;
use crate::lock::LockedCluster;
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::path::RelPath;
use crate::plan::layout;
use crate::probe::rootfs::{self, RootfsMatch};
use crate::run::workspace::Workspace;

/// An initramfs and a rootfs, by path below the output root.
type Pair = (RelPath, RelPath);

/// Judges every pair that is there. What is not was reported as missing.
pub fn findings(workspace: &Workspace) -> Vec<Finding> {
    let mut pairs = BTreeSet::new();
    for member in &workspace.members {
        let Some(locked) = workspace.locked(member) else { continue };
        pairs.extend(member.cluster().arches().into_iter().filter_map(|arch| pair(locked, arch)));
    }
    pairs.iter().filter_map(|pair| judge(&workspace.out, pair)).map(Finding::general).collect()
}

fn pair(locked: &LockedCluster, arch: Arch) -> Option<Pair> {
    let path = |kind| Some(layout::asset(&locked.artifact(arch, kind)?.name));
    Some((path(ArtifactKind::Initramfs)?, path(ArtifactKind::Rootfs)?))
}

fn judge(out: &Utf8Path, (initramfs, rootfs): &Pair) -> Option<Diagnostic> {
    let one_release = "take kernel, initramfs and rootfs of one release: `okdboot fetch` does";
    match rootfs::accepts(&out.join(initramfs.as_str()), &out.join(rootfs.as_str())) {
        // What is absent or unreadable is an artifact's own finding.
        Err(_) | Ok(RootfsMatch::Judged(RootfsVerdict::Accepted)) => None,
        Ok(RootfsMatch::Judged(verdict)) => {
            let message = format!("`{initramfs}` refuses `{rootfs}`: {}", because(verdict));
            Some(Diagnostic::new(Code::P025, message).help(one_release))
        }
        Ok(RootfsMatch::Invalid(error)) => {
            let message = format!("`{initramfs}` cannot be looked into: {error}");
            Some(Diagnostic::new(Code::P026, message).help("remove it and fetch it with `okdboot fetch`"))
        }
        Ok(RootfsMatch::Unsaid) => {
            let message = format!("`{initramfs}` does not say which rootfs it accepts");
            Some(Diagnostic::new(Code::P027, message).help(one_release))
        }
    }
}

fn because(verdict: RootfsVerdict) -> String {
    match verdict {
        RootfsVerdict::Accepted => "it is the one".to_owned(),
        RootfsVerdict::Differs { at } => format!("from byte {at} on it is another one"),
        RootfsVerdict::TooShort { size } => format!("it ends after {size} bytes, where more should come"),
        RootfsVerdict::TooLong { at } => format!("it goes on after {at} bytes, where it should end"),
    }
}
