//! The names of profiles.

use std::collections::BTreeMap;

use super::Bootable;
use crate::matchbox::NetBoot;
use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::{IgnitionPin, Mode};

/// Names a profile for each node. Nodes of a role that boot alike share `<cluster>-<role>`; where a
/// role has several architectures, `-<arch>` is appended; a node that differs from the rest of its
/// kind has `-<node>`, and so has every node with a static address and every live or pinned one, so that a new neighbour never
/// renames it. There is one bootstrap, so its profile needs no more than the role. Nodes that boot
/// from their disk share `<cluster>-local`.
pub(super) fn profiles(cluster: &Cluster, nodes: &[Bootable]) -> Vec<String> {
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
