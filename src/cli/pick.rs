//! Nodes that a person names.

use super::failure::{Exit, Failure};
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::text::did_you_mean;

/// Says whether a node is among those named, by short or full name; no name means every node.
pub fn wanted(cluster: &Cluster, node: &Node, names: &[String]) -> bool {
    let is = |name: &String| *name == node.name.as_str() || *name == cluster.fqdn(node).as_str();
    names.is_empty() || names.iter().any(is)
}

/// Refuses a name that no cluster has.
pub fn refuse_unknown(clusters: &[&Cluster], names: &[String]) -> Result<(), Failure> {
    let nodes = || clusters.iter().flat_map(|cluster| cluster.nodes.iter().map(move |node| (*cluster, node)));
    for name in names {
        if !nodes().any(|(cluster, node)| wanted(cluster, node, std::slice::from_ref(name))) {
            let failure = Failure::new(Exit::Usage, format!("no cluster has a node `{name}`"));
            return Err(match did_you_mean(name, nodes().map(|(_, node)| node.name.as_str())) {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None => failure,
            });
        }
    }
    Ok(())
}
