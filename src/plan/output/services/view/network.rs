//! The networks that the machines of a cluster are in.

use ipnet::IpNet;
use serde::Serialize;

use crate::model::cluster::Cluster;
use crate::model::net::Netmask;
use crate::model::network::{Ipv4, Ipv6, Link};
use crate::model::node::Node;

/// The IPv4 network of the machines; empty words where the file does not tell.
#[derive(Clone, Default, Serialize)]
pub(in crate::plan::output::services) struct NetworkView {
    pub(in crate::plan::output::services) net: String,
    pub(in crate::plan::output::services) id: String,
    pub(in crate::plan::output::services) mask: String,
    pub(in crate::plan::output::services) prefix: u8,
    pub(in crate::plan::output::services) broadcast: String,
    pub(in crate::plan::output::services) router: String,
    /// First and last address for machines that have none of their own.
    pub(in crate::plan::output::services) pool: Vec<String>,
    /// In seconds; 4294967295 is for ever (RFC 2131, 3.3).
    pub(in crate::plan::output::services) lease: u32,
}

/// Returns what templates see of it.
pub(super) fn network(cluster: &Cluster) -> NetworkView {
    let Some(network) = cluster.dhcp_network() else { return NetworkView::default() };
    let net = network.net;
    NetworkView {
        net: net.to_string(),
        id: net.network().to_string(),
        mask: net.netmask().to_string(),
        prefix: net.prefix_len(),
        broadcast: net.broadcast().to_string(),
        router: network.router.map(|router| router.to_string()).unwrap_or_default(),
        pool: network.pool.iter().flat_map(|(first, last)| [first.to_string(), last.to_string()]).collect(),
        lease: network.seconds(),
    }
}

/// Returns every network that the machines are in, each once, IPv4 first.
pub(in crate::plan::output::services) fn networks(cluster: &Cluster) -> Vec<IpNet> {
    let mut nets: Vec<IpNet> = cluster.dhcp_network().map(|network| network.net.into()).into_iter().collect();
    let own = cluster.nodes.iter().flat_map(|node| node.network.links.first().into_iter().flat_map(nets_of));
    let known = own.chain(cluster.nodes.iter().filter_map(|node| net6(node, node.network.links.first()?)));
    for net in known {
        if !nets.iter().any(|one| one.contains(&net)) {
            nets.push(net);
        }
    }
    nets.sort();
    nets
}

fn nets_of(link: &Link) -> Vec<IpNet> {
    let ipv4 = link.ipv4.as_ref().and_then(|ipv4| match ipv4 {
        Ipv4::Static(parts) => parts.netmask.map(|mask: Netmask| mask.network_of(parts.address).into()),
        Ipv4::Dhcp => None,
    });
    let ipv6 = link.ipv6.as_ref().and_then(|ipv6| match ipv6 {
        Ipv6::Static(parts) => IpNet::new(parts.address.into(), parts.prefix).ok().map(|net| net.trunc()),
        Ipv6::Auto | Ipv6::Dhcp => None,
    });
    ipv4.into_iter().chain(ipv6).collect()
}

/// A machine that is known by an IPv6 address which DHCP gives it is in that /64 (RFC 4291, 2.5.4).
fn net6(node: &Node, link: &Link) -> Option<IpNet> {
    let is_told = matches!(link.ipv6, Some(Ipv6::Dhcp | Ipv6::Auto));
    let address = node.address;
    (address.is_ipv6() && is_told).then(|| IpNet::new(address, 64).ok().map(|net| net.trunc())).flatten()
}
