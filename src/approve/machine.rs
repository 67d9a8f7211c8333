//! The machines that may join.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::role::Role;

/// A machine of vars.yaml, as a kubelet speaks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredMachine {
    /// Its short name.
    pub name: Label,
    /// Its names in DNS: the whole one, and the short one, under which it comes up where nothing tells it
    /// the whole one.
    pub names: BTreeSet<String>,
    /// Its addresses.
    pub addresses: BTreeSet<IpAddr>,
}

impl DeclaredMachine {
    /// Returns the machines that become nodes: the bootstrap machine never does.
    pub fn all(cluster: &Cluster) -> Vec<Self> {
        let nodes = cluster.nodes.iter().filter(|node| node.role != Role::Bootstrap);
        nodes.map(|node| Self::of(cluster, node)).collect()
    }

    fn of(cluster: &Cluster, node: &Node) -> Self {
        let names = [cluster.fqdn(node).to_string(), node.name.to_string()];
        Self {
            name: node.name.clone(),
            names: names.into(),
            addresses: node.addresses().into_iter().collect(),
        }
    }
}
