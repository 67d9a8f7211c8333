//! Which artifacts a node boots: kernel, initramfs and rootfs, always of one release.

use crate::diag::{Code, Diagnostic};
use crate::lock::{LockedArtifact, LockedCluster, Os};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;

/// The three artifacts of one network boot.
#[derive(Clone, Copy, Debug)]
pub(super) struct NetBootSet<'a> {
    pub(super) kernel: &'a LockedArtifact,
    pub(super) initramfs: &'a LockedArtifact,
    pub(super) rootfs: &'a LockedArtifact,
}

/// Finds the three in the lock, or says which of them is not there and what to do.
pub(super) fn netboot<'a>(
    cluster: &Cluster,
    locked: Option<&'a LockedCluster>,
    arch: Arch,
) -> Result<NetBootSet<'a>, Box<Diagnostic>> {
    let find = |kind| artifact(cluster, locked, arch, kind);
    Ok(NetBootSet {
        kernel: find(ArtifactKind::Kernel)?,
        initramfs: find(ArtifactKind::Initramfs)?,
        rootfs: find(ArtifactKind::Rootfs)?,
    })
}

/// Finds one artifact in the lock.
pub(super) fn artifact<'a>(
    cluster: &Cluster,
    locked: Option<&'a LockedCluster>,
    arch: Arch,
    kind: ArtifactKind,
) -> Result<&'a LockedArtifact, Box<Diagnostic>> {
    let Some(locked) = locked else { return Err(nothing_locked(cluster).into()) };
    locked.artifact(arch, kind).ok_or_else(|| missing(cluster, locked, (arch, kind)).into())
}

/// Says that nothing names what a cluster boots.
pub fn nothing_locked(cluster: &Cluster) -> Diagnostic {
    Diagnostic::new(Code::R003, format!("nothing says which release the nodes of `{}` boot", cluster.id))
        .help("set `okdboot.stream` in vars.yaml or give `--stream`, such as `rhcos-4.20` or `okd-4.20`")
}

fn missing(cluster: &Cluster, locked: &LockedCluster, (arch, kind): (Arch, ArtifactKind)) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::R002, format!("there is no {kind} of `{arch}` for `{}`", cluster.id));
    let key = match kind {
        ArtifactKind::Kernel => "ocp_install_kernel",
        ArtifactKind::Initramfs => "ocp_initramfs",
        ArtifactKind::Rootfs => "ocp_bios",
        ArtifactKind::Client | ArtifactKind::Installer => {
            return diagnostic.help(format!(
                "it is found for streams such as `rhcos-4.20`: for any other name it as `ocp_{kind}`, with a `sha256sum.txt` beside it"
            ));
        }
        _ => return diagnostic.help("the stream has none: name another release, or set `okdboot.stream`"),
    };
    let newer = match locked.os() {
        Some(Os::Fcos) => "a newer build of Fedora CoreOS",
        Some(Os::Scos | Os::Rhcos) | None => "a release from 4.6 on",
    };
    diagnostic.help(format!("take {newer}, which has all three, or name it as `{key}`"))
}
