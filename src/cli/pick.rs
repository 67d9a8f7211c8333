//! Nodes that a person names.

use std::net::IpAddr;

use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::model::role::Role;
use crate::run::failure::{Exit, Failure};
use crate::text::did_you_mean;

/// Says whether a node is among those named: by short or full name, MAC address or IP address. No name
/// means every node.
pub fn wanted(cluster: &Cluster, node: &Node, names: &[String]) -> bool {
    names.is_empty() || names.iter().any(|name| is(cluster, node, name))
}

fn is(cluster: &Cluster, node: &Node, name: &str) -> bool {
    let by_mac = || name.parse::<MacAddr>().is_ok_and(|mac| node.macs().contains(&mac));
    let by_address = || name.parse::<IpAddr>().is_ok_and(|address| node.addresses().contains(&address));
    name == node.name.as_str() || name == cluster.fqdn(node).as_str() || by_mac() || by_address()
}

/// Reads the word of `--role`.
pub fn role(text: Option<&str>) -> Result<Option<Role>, Failure> {
    text.map(str::parse).transpose().map_err(|error| Failure::of(Exit::Usage, &error))
}

/// Refuses a name that no cluster has.
pub fn refuse_unknown(clusters: &[&Cluster], names: &[String]) -> Result<(), Failure> {
    let nodes = || clusters.iter().flat_map(|cluster| cluster.nodes.iter().map(move |node| (*cluster, node)));
    for name in names {
        if !nodes().any(|(cluster, node)| is(cluster, node, name)) {
            let failure = Failure::new(Exit::Usage, format!("no cluster has a node `{name}`"));
            return Err(match did_you_mean(name, nodes().map(|(_, node)| node.name.as_str())) {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None => failure,
            });
        }
    }
    Ok(())
}
