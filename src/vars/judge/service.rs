//! What stands around the machines: load balancer, name servers, time servers, and who does what.

use std::net::IpAddr;

use super::super::read::file::FileDraft;
use super::super::read::node::OtherDraft;
use super::super::read::service::HelpernodeDraft;
use super::super::read::value::Values;
use super::daemon;
use super::install;
use super::netboot;
use super::node::Candidate;
use super::subnet::Subnet;
use crate::model::cluster::Helper;
use crate::model::service::{DhcpNetwork, Host, Services};
use crate::model::settings::Kind;

/// Fills in what is not said, and compares it with the machines.
pub(super) fn check(
    values: &Values,
    draft: &FileDraft,
    subnet: &Subnet,
    (helper, kind): (Option<&Helper>, Kind),
    nodes: &[Candidate],
) -> Option<Services> {
    let own = &draft.services;
    let helper_address = helper.map(|helper| helper.address);
    let load_balancer = own.load_balancer.as_ref().and_then(|given| given.value).map(IpAddr::from);
    let load_balancer = load_balancer.or(helper_address);
    let around = daemon::Around { subnet, helper: helper_address, load_balancer, kind };
    let daemons = daemon::check(values, draft, &around);
    let netboot = netboot::check(values, own, subnet, nodes, daemons.as_ref().map(|daemons| daemons.dhcp));
    let install = install::check(values, &draft.install);
    let (helper, load_balancer) = (helper?, load_balancer?);
    let ingress = own.ingress.as_ref().or(draft.helper.ingress.as_ref()).and_then(|given| given.value);
    let interface = match &own.interface {
        Some(given) => given.value.clone(),
        None => draft.helper.interface.clone(),
    };
    let name_servers = match subnet.name_servers.as_slice() {
        [] => vec![helper.address],
        named => named.iter().copied().map(IpAddr::from).collect(),
    };
    Some(Services {
        load_balancer,
        ingress: ingress.unwrap_or(load_balancer),
        name_servers,
        time_servers: if own.is_time_told { own.time_servers.clone() } else { Vec::new() },
        forwarders: own.forwarders.clone(),
        others: draft.others.iter().filter_map(host).collect(),
        daemons: daemons?,
        network: network(draft, subnet, helper),
        interface,
        failover: own.failover.iter().filter_map(HelpernodeDraft::finish).collect(),
        registry: own.registry.clone(),
        root: own.root.clone(),
        uplink: own.uplink.clone(),
        netboot,
        install,
    })
}

/// The machines' IPv4 network: of `dhcp`, else of what holds for all nodes.
fn network(draft: &FileDraft, subnet: &Subnet, helper: &Helper) -> Option<DhcpNetwork> {
    let (all, helper_draft) = (&draft.network, &draft.helper);
    let router = match all.gateway.as_ref().or(helper_draft.gateway.as_ref()).and_then(|given| given.value) {
        Some(IpAddr::V4(address)) => Some(address),
        _ => None,
    };
    let mask = all.mask.as_ref().or(helper_draft.mask.as_ref()).and_then(|given| given.value?.netmask);
    let around = match (helper.address, router) {
        (_, Some(router)) => Some(router),
        (IpAddr::V4(address), None) => Some(address),
        (IpAddr::V6(_), None) => None,
    };
    let net = subnet.net.or_else(|| Some(mask?.network_of(around?)))?;
    Some(DhcpNetwork {
        net,
        router: subnet.router.or(router),
        pool: subnet.pool,
        lease: draft.services.lease,
    })
}

/// A host of `other`, if it has a name that DNS allows and an address.
fn host(other: &OtherDraft) -> Option<Host> {
    let macs = other.macs.first.into_iter().chain(other.macs.more.iter().map(|(mac, _)| *mac)).collect();
    Some(Host { name: other.name.clone()?, address: other.address?, macs })
}
