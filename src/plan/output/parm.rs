//! s390x: the parm file of a machine, the load map of a partition, the command for a guest of KVM.

use super::FileKind;
use super::loader::{Loader, Start};
use super::make::Make;
use crate::model::boot::CommandLine;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::plan::layout::{self, asset_url};
use crate::plan::release::NetBootSet;
use crate::plan::{Owner, PlannedFile};
use crate::text::shell_quote;

/// Where a partition loads the initramfs to; the file of its size says it too.
const INITRAMFS_ADDRESS: u64 = 0x0200_0000;

/// What comes behind the name of an initramfs whose address and size a file holds.
const ADDRSIZE: &str = ".addrsize";

/// What a machine is started with by hand; one that boots from its disk needs nothing.
#[derive(Debug)]
pub(super) struct Parm;

impl Make for Parm {
    fn loader(&self) -> Option<&dyn Loader> {
        Some(self)
    }
}

impl Loader for Parm {
    fn boots(&self, _cluster: &Cluster, node: &Node) -> bool {
        node.arch.boots_parm()
    }

    /// The file is what the kernel is given: nobody adds anything.
    fn length(&self, start: &Start) -> usize {
        start.line.len()
    }

    fn of_machine(&self, start: &Start) -> Vec<PlannedFile> {
        files(start.machine.cluster, start.machine.node, start.boot, start.line)
    }
}

/// Returns the file that tells a partition where its initramfs is, where a load map names one: two numbers
/// of 64 bits, the larger bytes first, as the kernel reads them at 0x10408 and 0x10410. Nobody but the
/// initramfs itself knows its size: no stream and no lock has it.
pub fn addrsize(initramfs: &RelPath, size: u64) -> Option<(RelPath, Vec<u8>)> {
    let path = layout::beside_parm_asset(initramfs, ADDRSIZE)?;
    Some((path, [INITRAMFS_ADDRESS.to_be_bytes(), size.to_be_bytes()].concat()))
}

/// What a machine is started with: a parm file, and with it the load map where it is on a channel, or the
/// command where it is a guest of KVM.
fn files(cluster: &Cluster, node: &Node, set: NetBootSet, line: &CommandLine) -> Vec<PlannedFile> {
    // Not even a newline at the end: the kernel reads the file as it lies in memory.
    let parm = file(cluster, node, "parm", line.to_string());
    let beside = if node.is_on_channel() {
        file(cluster, node, "ins", load_map(cluster, node, set))
    } else {
        file(cluster, node, "virt-install", virt_install(cluster, node, set, line))
    };
    vec![parm, beside]
}

fn file(cluster: &Cluster, node: &Node, suffix: &str, text: String) -> PlannedFile {
    let path = layout::parm(&cluster.id, &node.name, suffix);
    PlannedFile::new(path, Owner::of(&cluster.id, FileKind::Parm), text.into_bytes()).of_node(&node.name)
}

/// What the Hardware Management Console loads, with the addresses. Names are those of its own folder.
fn load_map(cluster: &Cluster, node: &Node, set: NetBootSet) -> String {
    let (kernel, initramfs) = (&set.kernel.name, &set.initramfs.name);
    let title = format!("* {}: {} of {}", cluster.fqdn(node), node.role, cluster.base());
    let lines = [
        title,
        format!("{kernel} 0x00000000"),
        format!("{initramfs} 0x{INITRAMFS_ADDRESS:08x}"),
        format!("{}.parm 0x00010480", node.name),
        format!("{initramfs}{ADDRSIZE} 0x00010408"),
    ];
    lines.map(|line| line + "\n").concat()
}

/// The command that makes and installs a guest, with the smallest sizes that the OpenShift documentation
/// allows.
fn virt_install(cluster: &Cluster, node: &Node, set: NetBootSet, line: &CommandLine) -> String {
    let (memory, vcpus) =
        if matches!(node.role, Role::Worker | Role::Arbiter | Role::Node) { (8192, 2) } else { (16384, 4) };
    let mac = node.mac.map(|mac| format!(",mac={mac}")).unwrap_or_default();
    let (kernel, initramfs) = (&set.kernel.name, &set.initramfs.name);
    let kernel_url = asset_url(cluster, kernel);
    let assets = kernel_url.strip_suffix(kernel.as_str()).unwrap_or_default();
    let words = [
        "virt-install".to_owned(),
        format!("--name={}", cluster.fqdn(node)),
        format!("--memory={memory}"),
        format!("--vcpus={vcpus}"),
        "--cpu=host".to_owned(),
        "--osinfo=detect=on,require=off".to_owned(),
        "--disk=size=100".to_owned(),
        format!("--network=network=default{mac}"),
        "--graphics=none".to_owned(),
        "--noautoconsole".to_owned(),
        "--wait=-1".to_owned(),
        format!("--location={assets},kernel={kernel},initrd={initramfs}"),
        format!("--extra-args={line}"),
    ];
    words.map(|word| shell_quote(&word)).join(" ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::addrsize;

    #[test]
    fn address_and_size_stand_as_the_kernel_reads_them() {
        let of = |path: &str| addrsize(&path.parse().unwrap(), 0x0512_3456);
        let (path, bytes) = of("s390x/ocp4/initramfs.img").unwrap();
        assert_eq!(path.as_str(), "s390x/ocp4/initramfs.img.addrsize");
        assert_eq!(bytes, [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 0x12, 0x34, 0x56]);
        assert_eq!(of("matchbox/assets/initramfs.img"), None);
    }
}
