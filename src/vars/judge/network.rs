//! The cluster's network: the DHCP section as a whole, and who is inside it.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::super::raw::RawVars;
use super::super::read::dhcp::DhcpDraft;
use super::super::read::file::FileDraft;
use super::super::read::given::Given;
use super::super::read::node::{OtherDraft, label};
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::host::{hosts, is_host};
use super::missing::names;
use super::node::Candidate;
use super::static_address;
use super::subnet::Subnet;
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Helper;

/// Compares the values of the `dhcp` section with one another.
pub(super) fn check(values: &Values, draft: Option<&DhcpDraft>) -> Subnet {
    let Some(dhcp) = draft else { return Subnet::default() };
    let network = Subnet {
        net: subnet(values, dhcp),
        router: value(dhcp.router.as_ref()),
        netmask: value(dhcp.netmask.as_ref()),
        name_servers: dhcp.name_servers.clone(),
        pool: None,
    };
    agree(values, dhcp, &network);
    Subnet { pool: pool(values, dhcp, network.net), ..network }
}

fn value<T: Copy>(given: Option<&Given<T>>) -> Option<T> {
    given.and_then(|given| given.value)
}

fn subnet(values: &Values, dhcp: &DhcpDraft) -> Option<Ipv4Net> {
    let scalar = dhcp.id.as_ref()?.at;
    let address = value(dhcp.id.as_ref())?;
    let mask = value(dhcp.id_mask.as_ref().or(dhcp.netmask.as_ref()));
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
fn agree(values: &Values, dhcp: &DhcpDraft, network: &Subnet) {
    let Some(subnet) = network.net else { return };
    if let (Some(given), Some(mask)) = (&dhcp.netmask, network.netmask)
        && mask.prefix() != subnet.prefix_len()
    {
        disagree(values, dhcp, given.at, subnet, subnet.netmask());
    }
    if let (Some(given), Some(address)) = (&dhcp.broadcast, value(dhcp.broadcast.as_ref()))
        && address != subnet.broadcast()
    {
        disagree(values, dhcp, given.at, subnet, subnet.broadcast());
    }
}

fn disagree(values: &Values, dhcp: &DhcpDraft, scalar: &Scalar, subnet: Ipv4Net, due: Ipv4Addr) {
    let message = format!("`{}` is {}, which does not belong to {subnet}", scalar.path, scalar.text);
    let mut diagnostic = Diagnostic::new(Code::V208, message)
        .at(&values.at(scalar), "does not agree")
        .help(format!("write {due}, or correct `dhcp.ipid` and `dhcp.netmaskid`"));
    if let Some(mask) = &dhcp.id_mask {
        diagnostic = diagnostic.also(&values.at(mask.at), "with this mask");
    }
    values.push(diagnostic);
}

fn pool(values: &Values, dhcp: &DhcpDraft, subnet: Option<Ipv4Net>) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let (start, end) = (dhcp.first.as_ref()?, dhcp.last.as_ref()?);
    let (first, last) = (start.value?, end.value?);
    let warn = |scalar: &Scalar, message: String, help: &str| {
        values.push(Diagnostic::new(Code::V210, message).at(&values.at(scalar), "").help(help));
    };
    if first > last {
        let message = format!("the pool ends at {last}, before it begins at {first}");
        warn(end.at, message, "swap `poolstart` and `poolend`, or correct one of them");
        return None;
    }
    let Some(subnet) = subnet else { return Some((first, last)) };
    for (scalar, address) in [(start.at, first), (end.at, last)] {
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
    draft: &FileDraft,
    network: &Subnet,
    helper: Option<&Helper>,
    nodes: &[Candidate],
) {
    for node in nodes {
        static_address::check(values, network, node);
        check_dhcp_node(values, raw, network, node);
    }
    if let Some(subnet) = network.net {
        check_router(values, raw, network, subnet, nodes);
    }
    if let Some(subnet) = network.net.or_else(|| told(draft)) {
        check_helper(values, raw, subnet, draft.helper.address);
        for other in &draft.others {
            check_other(values, subnet, other);
        }
    }
    check_pool(values, raw, network, helper, nodes);
}

/// The network of static nodes, where no `dhcp.ipid` says it.
fn told(draft: &FileDraft) -> Option<Ipv4Net> {
    let (gateway, mask) = (draft.network.gateway.as_ref()?.value?, draft.network.mask.as_ref()?.value?);
    let IpAddr::V4(gateway) = gateway else { return None };
    Some(mask.netmask?.network_of(gateway))
}

/// A node whose address the DHCP server reserves must be in that server's network.
fn check_dhcp_node(values: &Values, raw: &RawVars, network: &Subnet, node: &Candidate) {
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

fn check_router(values: &Values, raw: &RawVars, network: &Subnet, subnet: Ipv4Net, nodes: &[Candidate]) {
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

fn check_helper(values: &Values, raw: &RawVars, subnet: Ipv4Net, helper: Option<IpAddr>) {
    let (Some(helper), Some(scalar)) = (helper, &raw.helper.ipaddr) else { return };
    if !IpNet::from(subnet).contains(&helper) {
        let message = format!("the helper {helper} is outside the nodes' network {subnet}");
        values.push(
            Diagnostic::new(Code::V207, message)
                .at(&values.at(scalar), "outside")
                .help("nodes then need a route to the helper, and DHCP a relay"),
        );
    }
}

fn check_other(values: &Values, subnet: Ipv4Net, other: &OtherDraft) {
    let (Some(address), Some(scalar)) = (other.address, &other.raw.ipaddr) else { return };
    if !IpNet::from(subnet).contains(&address) {
        let message = format!("host `{}` has {address}, outside the network {subnet}", label(other.raw));
        let help = "correct the address, unless the host is meant to be in another network";
        values.push(Diagnostic::new(Code::V207, message).at(&values.at(scalar), "outside").help(help));
    }
}

/// A pool over reservations works with dhcpd as helpernode sets it up, and hands out a node's address
/// to a stranger with most other servers.
fn check_pool(
    values: &Values,
    raw: &RawVars,
    network: &Subnet,
    helper: Option<&Helper>,
    nodes: &[Candidate],
) {
    let (Some((first, last)), Some(dhcp)) = (network.pool, &raw.dhcp) else { return };
    let inside = |address: IpAddr| (IpAddr::from(first)..=IpAddr::from(last)).contains(&address);
    let mut covered: Vec<String> =
        nodes.iter().filter(|n| n.address.is_some_and(inside)).map(Candidate::label).collect();
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
