//! A plan as one node sees it: its files, what it asks for, the images it boots.

use super::layout::{self, asset_url, exact_ignition_url};
use super::{ContentOrigin, Plan, PlannedFile, PlannedNode, loaders, pin, release};
use crate::lock::{Image, LockedArtifact, LockedCluster};
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::settings::{IgnitionPin, Mode};

/// Something that a node asks a server for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it is: a loader's file, `kernel`, `initramfs`, `rootfs`, `ignition`.
    pub what: &'static str,
    /// An URL, or `tftp:` with the path below the TFTP root.
    pub url: String,
}

/// A plan as a node sees it.
#[derive(Clone, Debug)]
pub struct NodeView<'a> {
    /// Files below the output root.
    pub files: Vec<&'a PlannedFile>,
    /// What it asks for, in the order in which it does.
    pub requests: Vec<Request>,
    /// What it boots, of one release.
    pub artifacts: Vec<(ArtifactKind, &'a LockedArtifact)>,
    /// Which CoreOS that is, and why.
    pub image: Option<Image>,
    /// Who checks its Ignition file, and what stays open; nothing for a node that boots from its disk.
    pub enforcement: Option<String>,
}

impl<'a> NodeView<'a> {
    /// Finds what concerns a node.
    pub fn of(
        plan: &'a Plan,
        cluster: &Cluster,
        node: &Node,
        planned: &PlannedNode,
        locked: Option<&'a LockedCluster>,
    ) -> Self {
        let files: Vec<&PlannedFile> =
            plan.files.iter().filter(|file| concerns(file, cluster, planned)).collect();
        let artifacts = artifacts(cluster, node, planned, locked);
        let requests = requests(plan, cluster, node, planned, &artifacts);
        let image = locked.filter(|_| !artifacts.is_empty()).map(LockedCluster::image);
        let enforcement = planned.line.as_ref().and_then(|_| pin::enforcement(cluster, planned.mode));
        Self { files, requests, artifacts, image, enforcement }
    }
}

fn concerns(file: &PlannedFile, cluster: &Cluster, planned: &PlannedNode) -> bool {
    if file.owner.cluster.as_ref() != Some(&cluster.id) {
        return false;
    }
    let of_its_pool = file.origin == ContentOrigin::Ignition(planned.pool.clone())
        || file.owner.kind.make().is_for_every_node();
    of_its_pool
        || file.node.as_ref() == Some(&planned.name)
        || planned.profile.as_ref().is_some_and(|stem| file.path == layout::profile(stem))
}

/// Kernel, initramfs and rootfs of a node that boots over the network; the ISO of one that cannot.
fn artifacts<'a>(
    cluster: &Cluster,
    node: &Node,
    planned: &PlannedNode,
    locked: Option<&'a LockedCluster>,
) -> Vec<(ArtifactKind, &'a LockedArtifact)> {
    let kinds: &[ArtifactKind] = match &planned.line {
        Some(_) => &ArtifactKind::NETBOOT,
        None if node.boots_by_file() => &[],
        None => &[ArtifactKind::Iso],
    };
    let find = |kind: &ArtifactKind| {
        release::artifact(cluster, locked, node.arch, *kind).ok().map(|artifact| (*kind, artifact))
    };
    kinds.iter().filter_map(find).collect()
}

fn requests(
    plan: &Plan,
    cluster: &Cluster,
    node: &Node,
    planned: &PlannedNode,
    artifacts: &[(ArtifactKind, &LockedArtifact)],
) -> Vec<Request> {
    let files = planned.files.iter().filter_map(|path| plan.file(path));
    let mut requests: Vec<Request> = files.filter_map(|file| boot_file(cluster, file)).collect();
    if let (Some(mac), Some(_)) = (node.mac, &planned.profile) {
        let url = layout::served_ipxe_url(cluster, mac);
        requests.insert(0, Request { what: "matchbox", url });
    }
    let exact = || Request { what: "ignition", url: exact_ignition_url(cluster, &node.pool) };
    let Some(line) = &planned.line else {
        // Whoever is installed by hand names the file itself; who boots from the disk needs none.
        requests.extend((planned.mode != Mode::Local).then(exact));
        return requests;
    };
    for (kind, artifact) in artifacts {
        let what = match kind {
            ArtifactKind::Kernel => "kernel",
            ArtifactKind::Initramfs => "initramfs",
            _ => continue,
        };
        if node.is_on_channel() {
            // Somebody puts it into the reader, or the console loads it from its folder.
            continue;
        }
        requests.push(Request { what, url: asset_url(cluster, &artifact.name) });
        if loaders::over_tftp(cluster, node.arch) {
            requests.push(Request { what, url: format!("tftp:{}", artifact.name) });
        }
    }
    let arguments = ["coreos.live.rootfs_url=", "coreos.inst.ignition_url=", "ignition.config.url="];
    for (argument, what) in arguments.into_iter().zip(["rootfs", "ignition", "ignition"]) {
        let value = line.args().iter().find_map(|arg| arg.as_str().strip_prefix(argument).map(str::to_owned));
        requests.extend(value.map(|url| Request { what, url }));
    }
    // A config that pins a digest leads to the file of the pool.
    requests.extend((cluster.settings.ignition_pin != IgnitionPin::None).then(exact));
    requests
}

/// What a loader asks for to get the file of its machine. No machine asks for what it is started with by hand.
fn boot_file(cluster: &Cluster, file: &PlannedFile) -> Option<Request> {
    let over_tftp = layout::tftp_request(&file.path).map(|path| format!("tftp:{path}"));
    let url = over_tftp.or_else(|| layout::http_url(cluster, &file.path))?;
    Some(Request { what: file.owner.kind.as_str(), url })
}
