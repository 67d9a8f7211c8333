//! What is wrong with a plan as a whole: lines that are too long, paths with two owners.

use std::collections::BTreeMap;

use super::inputs::ClusterInput;
use super::state::State;
use super::{Owner, kept, loaders, pin};
use crate::diag::{Code, Diagnostic, Report};
use crate::ignition::{IgnitionConfig, Inside};
use crate::lock::LockedCluster;
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::text::List;

/// What the loaders carry of a command line with its closing NUL, in bytes; what is longer is cut off
/// without a word. `x86_64` and `aarch64` have room for 2048 (`COMMAND_LINE_SIZE`), but the boot header
/// says 2047 without the NUL, and PXELINUX counts the NUL in.
pub const MAX_LINE: usize = 2047;
/// From here on a line is worth a warning: what comes before the loader may add words too.
const LONG_LINE: usize = 1900;

/// What a parm file of s390x may hold (IBM documentation, for RHEL 9.2 and later).
pub const MAX_PARM: usize = 4096;
/// What the kernels of RHEL 7 and 8 read of it.
const OLD_PARM: usize = 895;

/// Returns how long the kernel command line of a machine may be.
pub fn max_line(arch: Arch) -> usize {
    if arch.boots_parm() { MAX_PARM } else { MAX_LINE }
}

/// Says that the live system cannot fetch the Ignition files of a cluster.
pub(super) fn private_ca(cluster: &Cluster) -> Option<Diagnostic> {
    cluster.settings.private_ca()?;
    let message =
        format!("the live system does not know the authority behind `{}`", cluster.settings.ignition_base);
    let help = "install with media that carry everything: `okdboot commands --method iso` or `--method pxe`";
    Some(Diagnostic::new(Code::R012, message).help(help))
}

/// Says which machines a network boot cannot tell everything, and whose installed system is told more than
/// vars.yaml says. Those of s390x are started without a MAC address.
pub(super) fn in_boot(input: &ClusterInput, state: &State) -> Report {
    let ClusterInput { cluster, locked, ignition, .. } = *input;
    let booted = || {
        let nodes = cluster.nodes.iter().filter(|node| node.boots_by_file());
        nodes.map(|node| (node, state.mode(&cluster.id, node)))
    };
    let by_file = booted().filter(|(_, mode)| pin::is_by_file(cluster, *mode));
    let kept = kept::notice(cluster, locked, by_file.map(|(node, _)| node));
    let newer = newer_ignition(cluster, locked, ignition);
    let scripts = unrun_scripts(cluster, booted());
    lost(cluster, booted()).into_iter().chain(scripts).chain(kept).chain(newer).collect()
}

/// Says which nodes nothing boots over the network.
pub(super) fn without_boot_file(cluster: &Cluster) -> Option<Diagnostic> {
    let boots = |node: &&Node| node.boots_by_file() && loaders::boots(cluster, node);
    let names: Vec<&Label> =
        cluster.nodes.iter().filter(|node| !boots(node)).map(|node| &node.name).collect();
    // Who lists the ISO knows it.
    let who = match names.len() {
        0 => return None,
        _ if cluster.settings.in_use.lists(BootLoader::Iso) => return None,
        all if all == cluster.nodes.len() => "every node".to_owned(),
        _ => List::and(&names).to_string(),
    };
    let message = format!("no network boot file is written for {who} of `{}`", cluster.id);
    let help =
        "without `macaddr` nothing can find one: boot the ISO, `okdboot commands` prints what to do there";
    Some(Diagnostic::new(Code::R011, message).help(help))
}

/// A machine that is installed with a bootstrap-in-place config would bootstrap from its disk, and never become
/// a node: it runs the file live, which installs it.
pub(super) fn in_place(input: &ClusterInput, state: &State) -> Option<Diagnostic> {
    let cluster = input.cluster;
    let config =
        input.ignition.get(&Pool::Role(Role::ControlPlane)).filter(|_| cluster.may_bootstrap_in_place())?;
    let is_installed = |node: &&Node| state.mode(&cluster.id, node) == Mode::Install;
    let node = cluster.of_role(Role::ControlPlane).find(is_installed)?;
    let is_in_place = Inside::read(config.bytes()).is_ok_and(|inside| inside.run.is_in_place);
    let message = format!(
        "node `{}` would be installed with a bootstrap-in-place file, which installs it itself",
        node.name
    );
    let help = "set `mode: live` for it; once it has installed itself, `okdboot disarm`";
    is_in_place.then(|| Diagnostic::new(Code::R038, message).help(help))
}

/// Files of several systems: who boots over the network runs another one than who boots the ISO.
pub(super) fn mixed(cluster: &Cluster, locked: Option<&LockedCluster>) -> Option<Diagnostic> {
    let of_each = locked?.mixed()?.into_iter().map(|(os, kinds)| {
        let kinds: Vec<&str> = kinds.into_iter().map(ArtifactKind::as_str).collect();
        format!("{} of {os}", List::and(&kinds))
    });
    let of_each: Vec<String> = of_each.collect();
    let message = format!("the files of `{}` are of several systems: {}", cluster.id, of_each.join("; "));
    let help = "take `ocp_install_kernel`, `ocp_initramfs` and `ocp_bios` out of vars.yaml, or name a stream of the same system";
    Some(Diagnostic::new(Code::R037, message).help(help))
}

/// Files of a specification that the machines of a release do not read: they stop at their first boot.
fn newer_ignition<'a>(
    cluster: &'a Cluster,
    locked: Option<&LockedCluster>,
    ignition: &'a BTreeMap<Pool, IgnitionConfig>,
) -> impl Iterator<Item = Diagnostic> + 'a {
    let reads = locked.and_then(LockedCluster::reads_ignition);
    let newer = move |(pool, config): (&Pool, &IgnitionConfig)| {
        let (version, minor) = reads?;
        let spec = config.spec();
        if spec.major != 3 || spec.minor <= minor {
            return None;
        }
        let message = format!(
            "{pool}.ign of `{}` is of specification {spec}, and machines of {version} read 3.{minor} at most",
            cluster.id
        );
        let help = format!(
            "write it for 3.{minor}.0 (in Butane `variant: openshift`, `version: {version}.0`), or take a newer release"
        );
        Some(Diagnostic::new(Code::R036, message).help(help))
    };
    ignition.iter().filter_map(newer)
}

/// Says which nodes lose what is asked for their installed system: of the installer's options the kernel
/// command line carries only the disk, the Ignition file, the image and the partitions that stay.
pub fn lost<'a>(cluster: &Cluster, nodes: impl IntoIterator<Item = (&'a Node, Mode)>) -> Option<Diagnostic> {
    let loses = |node: &Node, mode| {
        mode == Mode::Install
            && !pin::is_by_file(cluster, mode)
            && node.installed.needs_more_than_kernel_args()
    };
    let names: Vec<&Label> =
        nodes.into_iter().filter(|(node, mode)| loses(node, *mode)).map(|(node, _)| &node.name).collect();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "consoles or kernel arguments of the installed system of {} are lost where only kernel arguments reach the installer",
        List::and(&names)
    );
    let help = "set `okdboot.ignition_pin: installer`, whose file holds them, or install with `okdboot commands`: no kernel argument of coreos-installer carries them";
    Some(Diagnostic::new(Code::R013, message).help(help))
}

/// Scripts stand in media: nothing else tells the installer of them (coreos-installer `iso customize`).
fn unrun_scripts<'a>(
    cluster: &Cluster,
    nodes: impl IntoIterator<Item = (&'a Node, Mode)>,
) -> Option<Diagnostic> {
    let has = |(node, mode): &(&Node, Mode)| *mode == Mode::Install && node.installed.has_scripts();
    let names: Vec<&Label> = nodes.into_iter().filter(has).map(|(node, _)| &node.name).collect();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "no network boot of `{}` runs the scripts before or after the installation of {}",
        cluster.id,
        List::and(&names)
    );
    let help = "install with media: `okdboot commands --method iso` or `--method pxe`";
    Some(Diagnostic::new(Code::R041, message).help(help))
}

/// Says whether the longest of what the loaders of a node give to its kernel is too long or nearly so.
pub(super) fn length(node: &Node, length: usize) -> Option<Diagnostic> {
    if node.arch.boots_parm() {
        return parm_length(node, length);
    }
    let message = format!("the kernel command line of node `{}` has {length} bytes of {MAX_LINE}", node.name);
    if length > MAX_LINE {
        let help = "the kernel cuts off what is longer: remove arguments, or shorten `okdboot.url`";
        return Some(Diagnostic::new(Code::R008, message).help(help));
    }
    let near = length >= LONG_LINE;
    near.then(|| Diagnostic::new(Code::R009, message).help("firmware may add words of its own"))
}

/// Says whether a parm file is too long, or longer than old kernels read it.
fn parm_length(node: &Node, length: usize) -> Option<Diagnostic> {
    let message = |limit| format!("the parm file of node `{}` has {length} characters of {limit}", node.name);
    if length > MAX_PARM {
        let help = "the kernel cuts off what is longer: remove arguments, or shorten `okdboot.url`";
        return Some(Diagnostic::new(Code::R018, message(MAX_PARM)).help(help));
    }
    let help = "kernels before that of RHEL 9.2 cut off what is longer, without a word";
    (length > OLD_PARM).then(|| Diagnostic::new(Code::R019, message(OLD_PARM)).help(help))
}

/// Reports each path that two files have; they are sorted by path.
pub(super) fn twice<'a>(files: impl Iterator<Item = (&'a RelPath, &'a Owner)> + Clone) -> Report {
    let pairs = files.clone().zip(files.skip(1)).filter(|(one, other)| one.0 == other.0);
    pairs.map(|((path, one), (_, other))| two_owners(path, one, other)).collect()
}

fn two_owners(path: &RelPath, a: &Owner, b: &Owner) -> Diagnostic {
    let name =
        |owner: &Owner| owner.cluster.as_ref().map_or("all clusters".to_owned(), |id| format!("`{id}`"));
    Diagnostic::new(Code::R005, format!("two files of {} and {} have one path, `{path}`", name(a), name(b)))
        .help("rename a node or a cluster: file names are made of both")
}
