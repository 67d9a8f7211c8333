//! The cluster's network: the DHCP section as a whole, and who is inside it.

use std::net::{IpAddr, Ipv4Addr};
use std::slice;

use ipnet::{IpNet, Ipv4Net};

use super::super::raw::{RawDhcp, RawVars};
use super::super::read::address::{hosts, is_host};
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::missing::names;
use super::node::{Draft, Other};
use super::static_address;
use super::subnet::Subnet;
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Helper;
use crate::model::net::Netmask;

/// Reads the `dhcp` section and compares its values with one another.
pub(super) fn check(values: &Values, raw: &RawVars) -> Subnet {
    let Some(dhcp) = &raw.dhcp else { return Subnet::default() };
    let mask_id = dhcp.netmaskid.as_ref().and_then(|s| values.netmask(s));
    let netmask = dhcp.netmask.as_ref().and_then(|s| values.netmask(s));
    let broadcast = dhcp.bcast.as_ref().and_then(|s| values.address(s));
    let network = Subnet {
        net: subnet(values, dhcp, if dhcp.netmaskid.is_some() { mask_id } else { netmask }),
        router: dhcp.router.as_ref().and_then(|s| values.address(s)),
        netmask,
        name_servers: dhcp.dns.as_ref().map(|s| values.addresses(slice::from_ref(s))).unwrap_or_default(),
        pool: None,
    };
    agree(values, dhcp, &network, broadcast);
    Subnet { pool: pool(values, dhcp, network.net), ..network }
}

fn subnet(values: &Values, dhcp: &RawDhcp, mask: Option<Netmask>) -> Option<Ipv4Net> {
    let scalar = dhcp.ipid.as_ref()?;
    let address = values.address(scalar)?;
    let net = mask?.network_of(address);
    if net.network() != address {
        let message = format!("`{}` is {address}, but {net} is the network of that mask", scalar.path);
        values.push(
            Diagnostic::new(Code::V208, message)
                .at(&values.at(scalar), "not a network id")
                .help(format!("write {}", net.network())),
        );
        return None;
    }
    Some(net)
}

/// The netmask handed out and the broadcast address must be those of the subnet.
fn agree(values: &Values, dhcp: &RawDhcp, network: &Subnet, broadcast: Option<Ipv4Addr>) {
    let Some(subnet) = network.net else { return };
    if let (Some(scalar), Some(mask)) = (&dhcp.netmask, network.netmask)
        && mask.prefix() != subnet.prefix_len()
    {
        disagree(values, dhcp, scalar, subnet, subnet.netmask());
    }
    if let (Some(scalar), Some(address)) = (&dhcp.bcast, broadcast)
        && address != subnet.broadcast()
    {
        disagree(values, dhcp, scalar, subnet, subnet.broadcast());
    }
}

fn disagree(values: &Values, dhcp: &RawDhcp, scalar: &Scalar, subnet: Ipv4Net, due: Ipv4Addr) {
    let message = format!("`{}` is {}, which does not belong to {subnet}", scalar.path, scalar.text);
    let mut diagnostic = Diagnostic::new(Code::V208, message)
        .at(&values.at(scalar), "does not agree")
        .help(format!("write {due}, or correct `dhcp.ipid` and `dhcp.netmaskid`"));
    if let Some(mask) = &dhcp.netmaskid {
        diagnostic = diagnostic.also(&values.at(mask), "with this mask");
    }
    values.push(diagnostic);
}

fn pool(values: &Values, dhcp: &RawDhcp, subnet: Option<Ipv4Net>) -> Option<(Ipv4Addr, Ipv4Addr)> {
    // Each is looked at, whatever the other one is.
    let first = dhcp.poolstart.as_ref().map(|scalar| (scalar, values.address(scalar)));
    let last = dhcp.poolend.as_ref().map(|scalar| (scalar, values.address(scalar)));
    let ((start, Some(first)), (end, Some(last))) = (first?, last?) else { return None };
    let warn = |scalar: &Scalar, message: String, help: &str| {
        values.push(Diagnostic::new(Code::V210, message).at(&values.at(scalar), "").help(help));
    };
    if first > last {
        let message = format!("the pool ends at {last}, before it begins at {first}");
        warn(end, message, "swap `poolstart` and `poolend`, or correct one of them");
        return None;
    }
    let Some(subnet) = subnet else { return Some((first, last)) };
    for (scalar, address) in [(start, first), (end, last)] {
        if !is_host(subnet.into(), address.into()) {
            let message = format!("`{}` {address} is not the address of a host in {subnet}", scalar.path);
            warn(scalar, message, &format!("hosts of {subnet} are {}", hosts(subnet.into())));
        }
    }
    Some((first, last))
}

/// Compares every machine with the network that it is in.
pub(super) fn check_members(
    values: &Values,
    raw: &RawVars,
    network: &Subnet,
    helper: Option<&Helper>,
    nodes: &[Draft],
    others: &[Other],
) {
    for node in nodes {
        static_address::check(values, network, node);
        check_dhcp_node(values, raw, network, node);
    }
    if let Some(subnet) = network.net {
        check_router(values, raw, network, subnet, nodes);
    }
    if let Some(subnet) = network.net.or_else(|| told(raw)) {
        check_helper(values, raw, subnet, helper);
        for other in others {
            check_other(values, subnet, other);
        }
    }
    check_pool(values, raw, network, helper, nodes);
}

/// The network of static nodes, where no `dhcp.ipid` says it. What cannot be read was reported.
fn told(raw: &RawVars) -> Option<Ipv4Net> {
    let own = &raw.okdboot.network;
    let gateway: Ipv4Addr = own.gateway.as_ref()?.text.trim().parse().ok()?;
    let netmask: Netmask = own.netmask.as_ref()?.text.trim().parse().ok()?;
    Some(netmask.network_of(gateway))
}

/// A node whose address the DHCP server reserves must be in that server's network.
fn check_dhcp_node(values: &Values, raw: &RawVars, network: &Subnet, node: &Draft) {
    let (Some(IpAddr::V4(address)), Some(scalar)) = (node.address, &node.raw.ipaddr) else { return };
    let Some(subnet) = network.net.filter(|_| !node.is_static()) else { return };
    static_address::inside(
        values,
        &node.label(),
        subnet.into(),
        address.into(),
        scalar,
        node.network_scalar(raw),
    );
}

fn check_router(values: &Values, raw: &RawVars, network: &Subnet, subnet: Ipv4Net, nodes: &[Draft]) {
    let (Some(router), Some(scalar)) = (network.router, raw.dhcp.as_ref().and_then(|d| d.router.as_ref()))
    else {
        return;
    };
    if !is_host(subnet.into(), router.into()) {
        let message = format!("the gateway {router} is not the address of a host in {subnet}");
        values.push(
            Diagnostic::new(Code::V206, message)
                .at(&values.at(scalar), "outside")
                .help(format!("nodes reach a gateway of their own network only: {}", hosts(subnet.into()))),
        );
    }
    let taken = nodes.iter().find(|n| n.address == Some(router.into()) && !n.is_static());
    if let Some((node, own)) = taken.and_then(|n| Some((n, n.raw.ipaddr.as_ref()?))) {
        let message = format!("the gateway {router} is node `{}`", node.label());
        values.push(
            Diagnostic::new(Code::V206, message)
                .at(&values.at(own), "the node")
                .also(&values.at(scalar), "the gateway")
                .help("give one of the two another address"),
        );
    }
}

fn check_helper(values: &Values, raw: &RawVars, subnet: Ipv4Net, helper: Option<&Helper>) {
    let (Some(helper), Some(scalar)) = (helper, &raw.helper.ipaddr) else { return };
    if !IpNet::from(subnet).contains(&helper.address) {
        let message = format!("the helper {} is outside the nodes' network {subnet}", helper.address);
        values.push(
            Diagnostic::new(Code::V207, message)
                .at(&values.at(scalar), "outside")
                .help("nodes then need a route to the helper, and DHCP a relay"),
        );
    }
}

fn check_other(values: &Values, subnet: Ipv4Net, other: &Other) {
    let (Some(address), Some(scalar)) = (other.address, &other.raw.ipaddr) else { return };
    if !IpNet::from(subnet).contains(&address) {
        let message = format!("host `{}` has {address}, outside the network {subnet}", other.label());
        let help = "correct the address, unless the host is meant to be in another network";
        values.push(Diagnostic::new(Code::V207, message).at(&values.at(scalar), "outside").help(help));
    }
}

/// A pool over reservations works with dhcpd as helpernode sets it up, and hands out a node's address
/// to a stranger with most other servers.
fn check_pool(values: &Values, raw: &RawVars, network: &Subnet, helper: Option<&Helper>, nodes: &[Draft]) {
    let (Some((first, last)), Some(dhcp)) = (network.pool, &raw.dhcp) else { return };
    let inside = |address: IpAddr| (IpAddr::from(first)..=IpAddr::from(last)).contains(&address);
    let mut covered: Vec<String> =
        nodes.iter().filter(|n| n.address.is_some_and(inside)).map(Draft::label).collect();
    covered.extend(helper.filter(|h| inside(h.address)).map(|h| h.name.to_string()));
    let router = network.router.map(IpAddr::from).filter(|router| inside(*router));
    // The helper may be the router.
    let router = router.filter(|router| helper.is_none_or(|helper| helper.address != *router));
    covered.extend(router.map(|router| router.to_string()));
    let Some(start) = dhcp.poolstart.as_ref().filter(|_| !covered.is_empty()) else { return };
    let message = format!("the pool {first} to {last} covers {}", names(&covered));
    values.push(Diagnostic::new(Code::V209, message).at(&values.at(start), "begins here").help(
        "harmless where the server hands out reservations only, as helpernode's does; else move the pool",
    ));
}
