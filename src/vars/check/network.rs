//! The cluster's network: the DHCP section as a whole, and who is inside it.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::slice;

use ipnet::Ipv4Net;

use super::super::raw::{RawDhcp, RawVars};
use super::super::section::Scalar;
use super::leaf::Leaves;
use super::missing::names;
use super::node::{Draft, Other};
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Helper;
use crate::model::net::Netmask;
use crate::model::node::Addressing;

/// What is known of the network once the `dhcp` section was read.
#[derive(Default)]
pub(super) struct Network {
    /// `dhcp.ipid` with `dhcp.netmaskid`.
    pub(super) subnet: Option<Ipv4Net>,
    /// `dhcp.router`
    pub(super) router: Option<Ipv4Addr>,
    /// `dhcp.netmask`
    pub(super) netmask: Option<Netmask>,
    /// `dhcp.dns`
    pub(super) name_servers: Vec<Ipv4Addr>,
    /// `dhcp.poolstart` to `dhcp.poolend`
    pool: Option<(Ipv4Addr, Ipv4Addr)>,
}

/// Reads the `dhcp` section and compares its values with one another.
pub(super) fn check(leaves: &Leaves, raw: &RawVars) -> Network {
    let Some(dhcp) = &raw.dhcp else { return Network::default() };
    let mask_id = dhcp.netmaskid.as_ref().and_then(|s| leaves.netmask(s));
    let netmask = dhcp.netmask.as_ref().and_then(|s| leaves.netmask(s));
    let network = Network {
        subnet: subnet(leaves, dhcp, if dhcp.netmaskid.is_some() { mask_id } else { netmask }),
        router: dhcp.router.as_ref().and_then(|s| leaves.address(s)),
        netmask,
        name_servers: dhcp.dns.as_ref().map(|s| leaves.addresses(slice::from_ref(s))).unwrap_or_default(),
        pool: None,
    };
    agree(leaves, dhcp, &network);
    Network { pool: pool(leaves, dhcp, network.subnet), ..network }
}

fn subnet(leaves: &Leaves, dhcp: &RawDhcp, mask: Option<Netmask>) -> Option<Ipv4Net> {
    let scalar = dhcp.ipid.as_ref()?;
    let address = leaves.address(scalar)?;
    let net = mask?.network_of(address);
    if net.network() != address {
        let message = format!("`{}` is {address}, but {net} is the network of that mask", scalar.path);
        leaves.push(
            Diagnostic::new(Code::V208, message)
                .at(&leaves.at(scalar), "not a network id")
                .help(format!("write {}", net.network())),
        );
        return None;
    }
    Some(net)
}

/// The netmask handed out and the broadcast address must be those of the subnet.
fn agree(leaves: &Leaves, dhcp: &RawDhcp, network: &Network) {
    let Some(subnet) = network.subnet else { return };
    if let (Some(scalar), Some(mask)) = (&dhcp.netmask, network.netmask)
        && mask.prefix() != subnet.prefix_len()
    {
        disagree(leaves, dhcp, scalar, subnet, subnet.netmask());
    }
    if let Some(scalar) = &dhcp.bcast {
        match scalar.text.trim().parse::<Ipv4Addr>() {
            Ok(address) if address != subnet.broadcast() => {
                disagree(leaves, dhcp, scalar, subnet, subnet.broadcast());
            }
            Ok(_) => {}
            Err(_) => leaves.not_an_address(scalar),
        }
    }
}

fn disagree(leaves: &Leaves, dhcp: &RawDhcp, scalar: &Scalar, subnet: Ipv4Net, due: Ipv4Addr) {
    let message = format!("`{}` is {}, which does not belong to {subnet}", scalar.path, scalar.text);
    let mut diagnostic = Diagnostic::new(Code::V208, message)
        .at(&leaves.at(scalar), "does not agree")
        .help(format!("write {due}, or correct `dhcp.ipid` and `dhcp.netmaskid`"));
    if let Some(mask) = &dhcp.netmaskid {
        diagnostic = diagnostic.also(&leaves.at(mask), "with this mask");
    }
    leaves.push(diagnostic);
}

fn pool(leaves: &Leaves, dhcp: &RawDhcp, subnet: Option<Ipv4Net>) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let (start, end) = (dhcp.poolstart.as_ref()?, dhcp.poolend.as_ref()?);
    let first = leaves.address(start)?;
    let last = leaves.address(end)?;
    let warn = |scalar: &Scalar, message: String, help: &str| {
        leaves.push(Diagnostic::new(Code::V210, message).at(&leaves.at(scalar), "").help(help));
    };
    if first > last {
        let message = format!("the pool ends at {last}, before it begins at {first}");
        warn(end, message, "swap `poolstart` and `poolend`, or correct one of them");
        return None;
    }
    let Some(subnet) = subnet else { return Some((first, last)) };
    for (scalar, address) in [(start, first), (end, last)] {
        if !is_host(subnet, address) {
            let message = format!("`{}` {address} is not the address of a host in {subnet}", scalar.path);
            warn(scalar, message, &format!("hosts of {subnet} are {}", hosts(subnet)));
        }
    }
    Some((first, last))
}

/// Says whether a host can have an address: inside, and neither the network's own nor broadcast.
fn is_host(net: Ipv4Net, address: Ipv4Addr) -> bool {
    let own = address == net.network() || address == net.broadcast();
    net.contains(&address) && (net.prefix_len() >= 31 || !own)
}

/// Names the first and the last host of a network.
fn hosts(net: Ipv4Net) -> String {
    let edge = u32::from(net.prefix_len() < 31);
    let first = Ipv4Addr::from_bits(net.network().to_bits() + edge);
    format!("{first} to {}", Ipv4Addr::from_bits(net.broadcast().to_bits() - edge))
}

/// Compares every machine with the network that it is in.
pub(super) fn check_members(
    leaves: &Leaves,
    raw: &RawVars,
    network: &Network,
    helper: Option<&Helper>,
    nodes: &[Draft],
    others: &[Other],
) {
    for node in nodes {
        check_node(leaves, raw, network, node);
    }
    check_static_gateways(leaves, raw, network, nodes);
    if let Some(subnet) = network.subnet {
        check_router(leaves, raw, network, subnet, nodes);
        check_helper(leaves, raw, subnet, helper);
        for other in others {
            check_other(leaves, subnet, other);
        }
    }
    check_pool(leaves, raw, network, helper, nodes);
}

fn check_node(leaves: &Leaves, raw: &RawVars, network: &Network, node: &Draft) {
    let (Some(address), Some(scalar)) = (node.address, &node.raw.ipaddr) else { return };
    let (net, gateway) = match &node.addressing {
        Some(Addressing::Static(parts)) => {
            (parts.netmask.map(|mask| mask.network_of(parts.gateway.unwrap_or(address))), parts.gateway)
        }
        _ => (network.subnet, None),
    };
    let Some(net) = net else { return };
    if gateway == Some(address) {
        let message = format!("node `{}` has the gateway's address {address}", node.label());
        let mut diagnostic = Diagnostic::new(Code::V206, message).at(&leaves.at(scalar), "the node");
        if let Some(defined) = node.network_scalar(raw) {
            diagnostic = diagnostic.also(&leaves.at(defined), "the gateway");
        }
        leaves.push(diagnostic.help("give one of the two another address"));
        return;
    }
    if net.contains(&address) {
        if !is_host(net, address) {
            let message = format!("no host of {net} can have {address}");
            leaves.refuse(Code::V107, scalar, message, &format!("its hosts are {}", hosts(net)));
        }
        return;
    }
    let message = format!("node `{}` has {address}, outside its network {net}", node.label());
    let mut diagnostic = Diagnostic::new(Code::V205, message).at(&leaves.at(scalar), "outside");
    if let Some(defined) = node.network_scalar(raw) {
        diagnostic = diagnostic.also(&leaves.at(defined), "the network is defined here");
    }
    let help = format!("give the node an address of {}, or correct the network", hosts(net));
    leaves.push(diagnostic.help(help));
}

/// A gateway of static nodes must be a host of the network that it defines; once a gateway.
fn check_static_gateways(leaves: &Leaves, raw: &RawVars, network: &Network, nodes: &[Draft]) {
    let mut seen = BTreeSet::new();
    for node in nodes {
        let Some(Addressing::Static(parts)) = &node.addressing else { continue };
        let (Some(gateway), Some(mask)) = (parts.gateway, parts.netmask) else { continue };
        let net = mask.network_of(gateway);
        let Some(scalar) = node.network_scalar(raw).filter(|s| seen.insert(s.span)) else { continue };
        let reported = network.subnet.is_some() && scalar.path == "dhcp.router";
        if !is_host(net, gateway) && !reported {
            let message = format!("the gateway {gateway} is not the address of a host in {net}");
            leaves.push(
                Diagnostic::new(Code::V206, message)
                    .at(&leaves.at(scalar), "not a host")
                    .help(format!("hosts of {net} are {}", hosts(net))),
            );
        }
    }
}

fn check_router(leaves: &Leaves, raw: &RawVars, network: &Network, subnet: Ipv4Net, nodes: &[Draft]) {
    let (Some(router), Some(scalar)) = (network.router, raw.dhcp.as_ref().and_then(|d| d.router.as_ref()))
    else {
        return;
    };
    if !is_host(subnet, router) {
        let message = format!("the gateway {router} is not the address of a host in {subnet}");
        leaves.push(
            Diagnostic::new(Code::V206, message)
                .at(&leaves.at(scalar), "outside")
                .help(format!("nodes reach a gateway of their own network only: {}", hosts(subnet))),
        );
    }
    let taken = nodes.iter().find(|n| n.address == Some(router) && !n.is_static());
    if let Some((node, own)) = taken.and_then(|n| Some((n, n.raw.ipaddr.as_ref()?))) {
        let message = format!("the gateway {router} is node `{}`", node.label());
        leaves.push(
            Diagnostic::new(Code::V206, message)
                .at(&leaves.at(own), "the node")
                .also(&leaves.at(scalar), "the gateway")
                .help("give one of the two another address"),
        );
    }
}

fn check_helper(leaves: &Leaves, raw: &RawVars, subnet: Ipv4Net, helper: Option<&Helper>) {
    let (Some(helper), Some(scalar)) = (helper, &raw.helper.ipaddr) else { return };
    if !subnet.contains(&helper.address) {
        let message = format!("the helper {} is outside the nodes' network {subnet}", helper.address);
        leaves.push(
            Diagnostic::new(Code::V207, message)
                .at(&leaves.at(scalar), "outside")
                .help("then DHCP needs a relay, and nodes need a route to the helper"),
        );
    }
}

fn check_other(leaves: &Leaves, subnet: Ipv4Net, other: &Other) {
    let (Some(address), Some(scalar)) = (other.address, &other.raw.ipaddr) else { return };
    if !subnet.contains(&address) {
        let message = format!("host `{}` has {address}, outside the network {subnet}", other.label());
        let help = "correct the address, unless the host is meant to be in another network";
        leaves.push(Diagnostic::new(Code::V207, message).at(&leaves.at(scalar), "outside").help(help));
    }
}

/// A pool over reservations works with dhcpd as helpernode sets it up, and hands out a node's address
/// to a stranger with most other servers.
fn check_pool(leaves: &Leaves, raw: &RawVars, network: &Network, helper: Option<&Helper>, nodes: &[Draft]) {
    let (Some((first, last)), Some(dhcp)) = (network.pool, &raw.dhcp) else { return };
    let inside = |address: Ipv4Addr| (first..=last).contains(&address);
    let mut covered: Vec<String> =
        nodes.iter().filter(|n| n.address.is_some_and(inside)).map(Draft::label).collect();
    covered.extend(helper.filter(|h| inside(h.address)).map(|h| h.name.to_string()));
    covered.extend(network.router.filter(|r| inside(*r)).map(|r| r.to_string()));
    let Some(start) = dhcp.poolstart.as_ref().filter(|_| !covered.is_empty()) else { return };
    let message = format!("the pool {first} to {last} covers {}", names(&covered));
    leaves.push(Diagnostic::new(Code::V209, message).at(&leaves.at(start), "begins here").help(
        "harmless where the server hands out reservations only, as helpernode's does; else move the pool",
    ));
}
