//! Static addresses: each in its network, and one way out of a node.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::read::value::Values;
use super::super::section::Scalar;
use super::host::{hosts, is_host};
use super::link::Static;
use super::node::Candidate;
use super::subnet::Subnet;
use crate::diag::{Code, Diagnostic};

/// Compares the static addresses of a node with their networks, and its networks with one another.
pub(super) fn check(values: &Values, subnet: &Subnet, node: &Candidate) {
    let statics: Vec<&Static> = node.network.links.iter().flat_map(|link| &link.statics).collect();
    for parts in &statics {
        one(values, subnet, node, parts);
    }
    two_ways_out(values, node, &statics);
    for (at, parts) in statics.iter().enumerate() {
        overlap(values, node, &statics[..at], parts);
    }
}

fn one(values: &Values, subnet: &Subnet, node: &Candidate, parts: &Static) {
    let (Some(address), Some(mask), Some(scalar)) = (parts.address, parts.mask, parts.at) else { return };
    if parts.gateway == Some(address) {
        let message = format!("node `{}` has the gateway's address {address}", node.label());
        let mut diagnostic = Diagnostic::new(Code::V206, message).at(&values.at(scalar), "the node");
        if let Some(defined) = parts.gateway_at {
            diagnostic = diagnostic.also(&values.at(defined), "the gateway");
        }
        values.push(diagnostic.help("give one of the two another address"));
        return;
    }
    // A link-local router says nothing of the network; every interface has that one.
    let gateway = parts.gateway.filter(|gateway| !is_link_local(*gateway));
    let Ok(net) = IpNet::new(gateway.unwrap_or(address), mask.bits).map(|net| net.trunc()) else { return };
    inside(values, &node.label(), net, address, scalar, parts.gateway_at.or(parts.mask_at));
    if let (Some(gateway), Some(at)) = (gateway, parts.gateway_at) {
        self::gateway(values, subnet, net, gateway, at);
    }
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// Reports an address that no host of a network has.
pub(super) fn inside(
    values: &Values,
    label: &str,
    net: IpNet,
    address: IpAddr,
    scalar: &Scalar,
    defined: Option<&Scalar>,
) {
    if net.contains(&address) {
        if !is_host(net, address) {
            let message = format!("no host of {net} can have {address}");
            values.refuse(Code::V107, scalar, message, &format!("its hosts are {}", hosts(net)));
        }
        return;
    }
    let message = format!("node `{label}` has {address}, outside its network {net}");
    let mut diagnostic = Diagnostic::new(Code::V205, message).at(&values.at(scalar), "outside");
    if let Some(defined) = defined {
        diagnostic = diagnostic.also(&values.at(defined), "the network is defined here");
    }
    let help = format!("give the node an address of {}, or correct the network", hosts(net));
    values.push(diagnostic.help(help));
}

/// A gateway must be a host of the network that it defines.
fn gateway(values: &Values, subnet: &Subnet, net: IpNet, gateway: IpAddr, at: &Scalar) {
    let reported = subnet.net.is_some() && at.path == "dhcp.router";
    if !is_host(net, gateway) && !reported {
        let message = format!("the gateway {gateway} is not the address of a host in {net}");
        values.push(
            Diagnostic::new(Code::V206, message)
                .at(&values.at(at), "not a host")
                .help(format!("hosts of {net} are {}", hosts(net))),
        );
    }
}

/// Two default routes of one family: which one is taken is chance.
fn two_ways_out(values: &Values, node: &Candidate, statics: &[&Static]) {
    for is_ipv4 in [true, false] {
        let of_family = |parts: &&&Static| parts.gateway.is_some_and(|gateway| gateway.is_ipv4() == is_ipv4);
        let mut ways = statics.iter().filter(of_family).filter_map(|parts| parts.gateway_at);
        let (Some(first), Some(second)) = (ways.next(), ways.next()) else { continue };
        let message = format!("node `{}` has two default gateways", node.label());
        values.push(
            Diagnostic::new(Code::V237, message)
                .at(&values.at(second), "the second one")
                .also(&values.at(first), "the first one")
                .help("keep one, and write `routes` for what is reached by the other"),
        );
    }
}

/// Two interfaces in one network answer for one another.
fn overlap(values: &Values, node: &Candidate, before: &[&Static], parts: &Static) {
    let (Some(net), Some(at)) = (parts.net(), parts.at) else { return };
    let meets = |other: &&&Static| other.net().is_some_and(|o| o.contains(&net) || net.contains(&o));
    let Some(other) = before.iter().find(meets).and_then(|other| other.at) else { return };
    let message = format!("node `{}` has two interfaces in {net}", node.label());
    values.push(
        Diagnostic::new(Code::V238, message)
            .at(&values.at(at), "the second one")
            .also(&values.at(other), "the first one")
            .help("join them by `bond`, or give the second one a network of its own"),
    );
}
