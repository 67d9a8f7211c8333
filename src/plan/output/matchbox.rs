//! matchbox: a group a node, and as few profiles as the nodes differ in what they boot.

mod name;

use std::collections::BTreeMap;

use super::loader::{Loader, Start};
use super::made::Made;
use super::make::Make;
use super::{FileKind, ipxe};
use crate::matchbox::{self, Group, NetBoot, Profile};
use crate::model::boot::CommandLine;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::pool::Pool;
use crate::model::settings::{IgnitionUrl, Mode};
use crate::plan::goal::INSTALLED;
use crate::plan::inputs::{ClusterInput, Inputs};
use crate::plan::layout::{self, asset_url};
use crate::plan::release::{self, NetBootSet};
use crate::plan::{Owner, PlannedFile, PlannedNode, Refusal};
use crate::template::TemplateError;

/// Groups and profiles.
#[derive(Debug)]
pub(super) struct Matchbox;

impl Make for Matchbox {
    fn loader(&self) -> Option<&dyn Loader> {
        Some(self)
    }

    fn of_cluster(
        &self,
        _inputs: &Inputs,
        input: &ClusterInput,
        nodes: &mut [PlannedNode],
    ) -> Result<Made, TemplateError> {
        let told = Told::of(input, nodes);
        for node in nodes {
            node.profile = told.by_node.get(node.name.as_str()).cloned();
        }
        Ok(Made::of(told.files(&input.cluster.id)))
    }
}

/// iPXE runs what matchbox prints.
impl Loader for Matchbox {
    fn boots(&self, cluster: &Cluster, node: &Node) -> bool {
        node.arch.boots_ipxe() && cluster.settings.in_use.has(BootLoader::Matchbox)
    }

    fn length(&self, start: &Start) -> usize {
        ipxe::length(start)
    }

    fn refuse(&self, node: &Node, line: &CommandLine) -> Result<(), Refusal> {
        ipxe::refuse(node, line)
    }
}

/// Returns what each machine boots that matchbox can boot, and that was planned.
fn bootables<'a>(input: &ClusterInput<'a>, nodes: &[PlannedNode]) -> Vec<Bootable<'a>> {
    let of = |(node, planned): (&'a Node, &PlannedNode)| {
        let mac = node.mac.filter(|_| Matchbox.boots(input.cluster, node))?;
        let boot = match &planned.line {
            None if planned.mode == Mode::Local => None,
            line => Some(booted(input, (node, mac), line.as_ref()?)?),
        };
        Some(Bootable { node, mac, mode: planned.mode, boot })
    };
    input.cluster.nodes.iter().zip(nodes).filter_map(of).collect()
}

fn booted(input: &ClusterInput, (node, mac): (&Node, MacAddr), line: &CommandLine) -> Option<NetBoot> {
    // Where either is refused, the plan of the machine has said so.
    ipxe::refuse(node, line).ok()?;
    let set = release::netboot(input.cluster, input.locked, node.arch).ok()?;
    let mut boot = net_boot(input.cluster, set, line);
    if input.cluster.settings.ignition_url != IgnitionUrl::Assets {
        share_ignition_url(&mut boot.args, mac);
    }
    Some(boot)
}

/// A node with what matchbox tells it to boot.
struct Bootable<'a> {
    node: &'a Node,
    mac: MacAddr,
    mode: Mode,
    /// Absent where the node boots from its disk.
    boot: Option<NetBoot>,
}

/// What `/ipxe` prints for a node.
fn net_boot(cluster: &Cluster, set: NetBootSet, line: &CommandLine) -> NetBoot {
    let mut args = vec!["initrd=main".to_owned()];
    args.extend(line.args().iter().map(ToString::to_string));
    NetBoot {
        kernel: asset_url(cluster, &set.kernel.name),
        initrd: vec![format!("--name main {}", asset_url(cluster, &set.initramfs.name))],
        args,
    }
}

/// In a shared profile only iPXE knows the MAC address, so it fills it in.
fn share_ignition_url(args: &mut [String], mac: MacAddr) {
    let own = format!("mac={}", mac.hexhyp());
    let url = |arg: &&mut String| {
        arg.starts_with("coreos.inst.ignition_url=") || arg.starts_with("ignition.config.url=")
    };
    for arg in args.iter_mut().filter(url) {
        *arg = arg.replace(&own, "mac=${mac:hexhyp}");
    }
}

/// What matchbox is told of the machines of a cluster.
pub(super) struct Told<'a> {
    /// Groups, each with its node. Two of one id stay two, so that the plan refuses them.
    pub(super) groups: Vec<(Group, &'a Label)>,
    /// Profiles by id.
    pub(super) profiles: BTreeMap<String, Profile>,
    /// The id of each node's profile, by the node's name.
    by_node: BTreeMap<String, String>,
}

impl<'a> Told<'a> {
    /// Takes the machines of a cluster as they are planned.
    pub(super) fn of(input: &ClusterInput<'a>, nodes: &[PlannedNode]) -> Self {
        let (cluster, nodes) = (input.cluster, bootables(input, nodes));
        let names = name::profiles(cluster, &nodes);
        let mut told = Self { groups: Vec::new(), profiles: BTreeMap::new(), by_node: BTreeMap::new() };
        for (bootable, stem) in nodes.iter().zip(&names) {
            told.profiles.insert(stem.clone(), profile(cluster, bootable, stem));
            told.groups.extend(of_each(bootable, &group(cluster, bootable, stem)));
            told.by_node.insert(bootable.node.name.to_string(), stem.clone());
            if has_second_phase(cluster, bootable) {
                let pool = &bootable.node.pool;
                let stem = format!("{}-installed{}{pool}", cluster.id, pool.separator());
                told.groups.extend(of_each(bootable, &installed_group(cluster, bootable, &stem)));
                told.profiles.insert(stem.clone(), installed_profile(cluster, pool, stem));
            }
        }
        told
    }

    /// Returns them as files of matchbox.
    fn files(&self, cluster: &Label) -> Vec<PlannedFile> {
        let owner = || Owner::of(cluster, FileKind::Matchbox);
        let groups = self.groups.iter().map(|(it, node)| {
            PlannedFile::new(layout::group_file(&it.id), owner(), matchbox::to_json(it)).of_node(node)
        });
        let profiles = self
            .profiles
            .values()
            .map(|it| PlannedFile::new(layout::profile(&it.id), owner(), matchbox::to_json(it)));
        groups.chain(profiles).collect()
    }
}

/// A group for each interface that the machine may boot from; the first has the plain name.
fn of_each<'a>(bootable: &Bootable<'a>, first: &Group) -> Vec<(Group, &'a Label)> {
    let (name, stem) = (&bootable.node.name, &first.id);
    let of = |(at, mac): (usize, MacAddr)| {
        let mut group = first.clone();
        if at > 0 {
            group.id = layout::further_stem(stem, at + 1);
            group.selector.insert("mac".to_owned(), mac.to_string());
        }
        (group, name)
    };
    bootable.node.boot_macs().enumerate().map(of).collect()
}

/// Says whether a machine is installed by a group of its own. That stays when it is disarmed, so that it
/// may be disarmed as soon as its live system runs.
fn has_second_phase(cluster: &Cluster, bootable: &Bootable) -> bool {
    let installs = [bootable.node.mode, bootable.mode].contains(&Mode::Install);
    installs && cluster.settings.ignition_url == IgnitionUrl::TwoPhase
}

/// Serves the Ignition file of a role and boots nothing: whoever says that it is installed gets no
/// installer.
fn installed_profile(cluster: &Cluster, pool: &Pool, stem: String) -> Profile {
    let ignition_id = Some(layout::ignition_id(&cluster.id, pool));
    Profile { id: stem, name: format!("installed as {pool} of {}", cluster.base()), ignition_id, boot: None }
}

/// Both pairs: a group of the one pair `os` would outrank every group of a MAC address.
fn installed_group(cluster: &Cluster, bootable: &Bootable, stem: &str) -> Group {
    let mut group = group(cluster, bootable, stem);
    group.id = layout::installed_stem(&cluster.id, &bootable.node.name);
    group.selector.extend(INSTALLED.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())));
    group
}

fn profile(cluster: &Cluster, bootable: &Bootable, stem: &str) -> Profile {
    let pool = &bootable.node.pool;
    let name = match bootable.boot {
        Some(_) => format!("{pool} of {}", cluster.base()),
        None => format!("boots from its disk, of {}", cluster.base()),
    };
    Profile {
        id: stem.to_owned(),
        name,
        ignition_id: serves_ignition(cluster, bootable).then(|| layout::ignition_id(&cluster.id, pool)),
        boot: bootable.boot.clone(),
    }
}

/// An installer has no Ignition file of its own where there are two phases.
fn serves_ignition(cluster: &Cluster, bootable: &Bootable) -> bool {
    let two_phase = cluster.settings.ignition_url == IgnitionUrl::TwoPhase;
    bootable.boot.is_some() && !(two_phase && bootable.mode == Mode::Install)
}

fn group(cluster: &Cluster, bootable: &Bootable, stem: &str) -> Group {
    Group {
        id: layout::group_stem(&cluster.id, &bootable.node.name),
        name: cluster.fqdn(bootable.node).to_string(),
        profile: stem.to_owned(),
        selector: BTreeMap::from([("mac".to_owned(), bootable.mac.to_string())]),
    }
}
