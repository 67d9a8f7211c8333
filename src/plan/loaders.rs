//! What is asked of all loaders at once.

use std::collections::BTreeSet;

use super::FileKind;
use super::output::loader::Loader;
use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::node::Node;

/// Says whether any of them can boot a node.
pub(super) fn boots(cluster: &Cluster, node: &Node) -> bool {
    every().any(|loader| loader.boots(cluster, node))
}

/// Returns those that are wanted and can boot a node.
pub(super) fn wanted(cluster: &Cluster, node: &Node, kinds: &BTreeSet<FileKind>) -> Vec<&'static dyn Loader> {
    of(kinds).filter(|loader| loader.boots(cluster, node)).collect()
}

/// Returns those of some kinds, in the order of the list.
pub(super) fn of(kinds: &BTreeSet<FileKind>) -> impl Iterator<Item = &'static dyn Loader> {
    kinds.iter().filter_map(|kind| kind.make().loader())
}

/// Says whether any loader of an architecture takes kernel and initramfs over TFTP.
pub(super) fn over_tftp(cluster: &Cluster, arch: Arch) -> bool {
    every().any(|loader| loader.is_over_tftp(cluster, arch))
}

fn every() -> impl Iterator<Item = &'static dyn Loader> {
    FileKind::all().filter_map(|kind| kind.make().loader())
}
