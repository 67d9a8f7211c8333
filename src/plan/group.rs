//! matchbox: a group a node, and as few profiles as the nodes differ in what they boot.

use std::collections::BTreeMap;

use super::layout::{self, asset_url};
use super::release::NetBootSet;
use super::{FileKind, Owner, PlannedFile};
use crate::matchbox::{self, Group, NetBoot, Profile};
use crate::model::arch::Arch;
use crate::model::boot::CommandLine;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::{IgnitionPin, IgnitionUrl, Mode};

/// What a request says that is for the system to be installed.
pub(super) const INSTALLED: &str = "os=installed";

/// A node with what matchbox tells it to boot.
pub(super) struct Bootable<'a> {
    pub(super) node: &'a Node,
    pub(super) mac: MacAddr,
    pub(super) mode: Mode,
    /// Absent where the node boots from its disk.
    pub(super) boot: Option<NetBoot>,
}

/// What `/ipxe` prints for a node.
pub(super) fn net_boot(cluster: &Cluster, set: NetBootSet, line: &CommandLine) -> NetBoot {
    let mut args = vec!["initrd=main".to_owned()];
    args.extend(line.args().iter().map(ToString::to_string));
    NetBoot {
        kernel: asset_url(cluster, &set.kernel.name),
        initrd: vec![format!("--name main {}", asset_url(cluster, &set.initramfs.name))],
        args,
    }
}

/// In a shared profile only iPXE knows the MAC address, so it fills it in.
pub(super) fn share_ignition_url(args: &mut [String], mac: MacAddr) {
    let own = format!("mac={}", mac.hexhyp());
    let url = |arg: &&mut String| {
        arg.starts_with("coreos.inst.ignition_url=") || arg.starts_with("ignition.config.url=")
    };
    for arg in args.iter_mut().filter(url) {
        *arg = arg.replace(&own, "mac=${mac:hexhyp}");
    }
}

/// What matchbox is told of the machines of a cluster.
pub(super) struct Made<'a> {
    /// Groups, each with its node. Two of one id stay two, so that the plan refuses them.
    pub(super) groups: Vec<(Group, &'a Label)>,
    /// Profiles by id.
    pub(super) profiles: BTreeMap<String, Profile>,
    /// The id of each node's profile, by the node's name.
    pub(super) by_node: BTreeMap<String, String>,
}

impl<'a> Made<'a> {
    pub(super) fn of(cluster: &Cluster, nodes: &[Bootable<'a>]) -> Self {
        let names = profile_names(cluster, nodes);
        let mut made = Self { groups: Vec::new(), profiles: BTreeMap::new(), by_node: BTreeMap::new() };
        for (bootable, stem) in nodes.iter().zip(&names) {
            made.profiles.insert(stem.clone(), profile(cluster, bootable, stem));
            made.groups.extend(of_each(bootable, &group(cluster, bootable, stem)));
            made.by_node.insert(bootable.node.name.to_string(), stem.clone());
            if has_second_phase(cluster, bootable) {
                let pool = &bootable.node.pool;
                let stem = format!("{}-installed{}{pool}", cluster.id, pool.separator());
                made.groups.extend(of_each(bootable, &installed_group(cluster, bootable, &stem)));
                made.profiles.insert(stem.clone(), installed_profile(cluster, pool, stem));
            }
        }
        made
    }

    /// Returns them as files of matchbox.
    pub(super) fn files(&self, cluster: &Label) -> Vec<PlannedFile> {
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

/// Names a profile for each node. Nodes of a role that boot alike share `<cluster>-<role>`; where a
/// role has several architectures, `-<arch>` is appended; a node that differs from the rest of its
/// kind has `-<node>`, and so has every node with a static address and every live or pinned one, so that a new neighbour never
/// renames it. There is one bootstrap, so its profile needs no more than the role. Nodes that boot
/// from their disk share `<cluster>-local`.
fn profile_names(cluster: &Cluster, nodes: &[Bootable]) -> Vec<String> {
    let alike = Alike { commonest: commonest_boots(nodes), first: first_boots(nodes) };
    nodes.iter().map(|bootable| profile_name(cluster, &alike, bootable)).collect()
}

/// Which nodes boot alike.
struct Alike<'a> {
    /// What most nodes of a kind boot.
    commonest: BTreeMap<Kind<'a>, &'a NetBoot>,
    /// The first node of a role that boots so.
    first: BTreeMap<(&'a Pool, &'a NetBoot), &'a Label>,
}

fn first_boots<'a>(nodes: &'a [Bootable]) -> BTreeMap<(&'a Pool, &'a NetBoot), &'a Label> {
    let mut first = BTreeMap::new();
    for Bootable { node, boot, .. } in nodes {
        if let Some(boot) = boot {
            first.entry((&node.pool, boot)).or_insert(&node.name);
        }
    }
    first
}

type Kind<'a> = (&'a Pool, Arch);

/// Finds, for each role and architecture, what most of its nodes boot; the first in the file wins a tie.
fn commonest_boots<'a>(nodes: &'a [Bootable]) -> BTreeMap<Kind<'a>, &'a NetBoot> {
    let mut counts: BTreeMap<Kind<'a>, BTreeMap<&'a NetBoot, (usize, usize)>> = BTreeMap::new();
    for (at, bootable) in nodes.iter().enumerate() {
        let Some(boot) = bootable.boot.as_ref().filter(|_| bootable.mode == Mode::Install) else { continue };
        let kind = (&bootable.node.pool, bootable.node.arch);
        let count = counts.entry(kind).or_default().entry(boot).or_insert((0, usize::MAX - at));
        count.0 += 1;
    }
    let most =
        |boots: BTreeMap<&'a NetBoot, (usize, usize)>| boots.into_iter().max_by_key(|(_, count)| *count);
    counts.into_iter().filter_map(|(kind, boots)| Some((kind, most(boots)?.0))).collect()
}

fn profile_name(cluster: &Cluster, Alike { commonest, first }: &Alike, bootable: &Bootable) -> String {
    let node = bootable.node;
    let Some(boot) = &bootable.boot else { return format!("{}-local", cluster.id) };
    let (pool_name, separator) = (node.pool.below(&cluster.id), node.pool.separator());
    if node.pool == Pool::Role(Role::Bootstrap) {
        return pool_name;
    }
    let several_arches = commonest.keys().filter(|(pool, _)| **pool == node.pool).count() > 1;
    let kind_name =
        if several_arches { format!("{pool_name}{separator}{}", node.arch) } else { pool_name.clone() };
    let stands_alone = node.network.is_static() || bootable.mode == Mode::Live;
    let stands_alone = stands_alone || cluster.settings.ignition_pin != IgnitionPin::None;
    if !stands_alone && commonest.get(&(&node.pool, node.arch)) == Some(&boot) {
        return kind_name;
    }
    let first = first.get(&(&node.pool, boot)).copied().unwrap_or(&node.name);
    format!("{pool_name}{separator}{first}")
}
