//! Who fetches what from where, drawn together: nodes of a role that fetch alike are one group.

use std::collections::BTreeMap;

use super::node_view::NodeView;
use super::{Plan, Request};
use crate::lock::LockedCluster;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::role::Role;
use crate::model::settings::Mode;

/// A cluster as a picture shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Its domain.
    pub title: String,
    /// What is fetched from, in the order in which it is first met.
    pub servers: Vec<Server>,
    /// Who fetches.
    pub groups: Vec<NodeGroup>,
}

/// Something that nodes fetch from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The base URL, or the TFTP root.
    pub name: String,
    /// What is fetched there, without what differs from node to node.
    pub files: Vec<String>,
}

/// Nodes of one role that fetch the same things from the same places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeGroup {
    /// What they are.
    pub role: Role,
    /// The machines.
    pub nodes: Vec<Cell>,
    /// What they fetch, by server.
    pub fetches: Vec<(usize, Vec<String>)>,
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its short name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its MAC address, or what it does instead of booting over the network.
    pub boots: String,
}

impl Graph {
    /// Draws one cluster of a plan.
    pub fn of(plan: &Plan, cluster: &Cluster, locked: Option<&LockedCluster>) -> Self {
        let mut graph = Self { title: cluster.base().to_string(), ..Self::default() };
        for node in &cluster.nodes {
            let is_it =
                |planned: &&super::PlannedNode| planned.cluster == cluster.id && planned.name == node.name;
            let Some(planned) = plan.nodes.iter().find(is_it) else { continue };
            let view = NodeView::of(plan, cluster, node, planned, locked);
            let fetches = graph.fetches(cluster, &view.requests);
            graph.add(node.role, cell(node, planned.mode), fetches);
        }
        graph
    }

    fn add(&mut self, role: Role, cell: Cell, fetches: Vec<(usize, Vec<String>)>) {
        let alike = |group: &&mut NodeGroup| group.role == role && group.fetches == fetches;
        match self.groups.iter_mut().find(alike) {
            Some(group) => group.nodes.push(cell),
            None => self.groups.push(NodeGroup { role, nodes: vec![cell], fetches }),
        }
    }

    fn fetches(&mut self, cluster: &Cluster, requests: &[Request]) -> Vec<(usize, Vec<String>)> {
        let mut fetches: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for request in requests {
            let (server, file) = split(cluster, &request.url);
            let at = self.server(server);
            let files = &mut self.servers[at].files;
            // A loader's own file is named for each machine.
            let is_shared = !["matchbox", "pxelinux", "ipxe", "grub"].contains(&request.what);
            if is_shared && !files.contains(&file) {
                files.push(file);
            }
            let whats = fetches.entry(at).or_default();
            if !whats.iter().any(|what| what == request.what) {
                whats.push(request.what.to_owned());
            }
        }
        fetches.into_iter().collect()
    }

    fn server(&mut self, name: String) -> usize {
        let known = self.servers.iter().position(|server| server.name == name);
        known.unwrap_or_else(|| {
            self.servers.push(Server { name, files: Vec::new() });
            self.servers.len() - 1
        })
    }
}

/// Takes what is fetched from apart from what is fetched there.
fn split(cluster: &Cluster, url: &str) -> (String, String) {
    if let Some(path) = url.strip_prefix("tftp:") {
        return ("TFTP root".to_owned(), path.to_owned());
    }
    let bases = [cluster.settings.url.to_string(), cluster.settings.ignition_base.to_string()];
    let below = |base: &String| {
        Some((base.clone(), url.strip_prefix(base.as_str())?.trim_start_matches('/').to_owned()))
    };
    bases.iter().find_map(below).unwrap_or_else(|| (url.to_owned(), String::new()))
}

fn cell(node: &Node, mode: Mode) -> Cell {
    let boots = match (mode, node.mac) {
        (Mode::Local, _) => "boots from its disk".to_owned(),
        (_, Some(mac)) => mac.to_string(),
        (_, None) if node.arch.boots_parm() => "boots by a parm file".to_owned(),
        (_, None) => "boots from the ISO".to_owned(),
    };
    Cell { name: node.name.to_string(), address: node.address.to_string(), boots }
}
