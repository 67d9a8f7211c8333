//! What stands around the machines: load balancer, name servers, time servers, and who does what.

use std::net::IpAddr;

use super::super::raw::{RawHelpernode, RawVars};
use super::super::read::address::Whose;
use super::super::read::chrony;
use super::super::read::part::interface;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::daemon;
use super::install;
use super::netboot;
use super::node::{Draft, Other};
use super::subnet::Subnet;
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Helper;
use crate::model::name::Label;
use crate::model::net::Netmask;
use crate::model::service::{DhcpNetwork, Helpernode, Host, Registry, Services};
use crate::model::settings::Kind;

pub(super) fn check(
    values: &Values,
    raw: &RawVars,
    subnet: &Subnet,
    (helper, kind): (&Helper, Kind),
    (nodes, others): (&[Draft], &[Other]),
) -> Option<Services> {
    let own = &raw.okdboot.services;
    // A wrong address is reported where the load balancer is compared with the nodes.
    let load_balancer = raw.dns.lb_ipaddr.as_ref().and_then(|scalar| scalar.text.trim().parse().ok());
    let load_balancer = load_balancer.unwrap_or(helper.address);
    let ingress = own.ingress.as_ref().or(raw.helper.ingress.as_ref());
    let name_servers = match subnet.name_servers.as_slice() {
        [] => vec![helper.address],
        named => named.iter().copied().map(IpAddr::from).collect(),
    };
    let is_enabled = values.boolean(raw.chrony.enabled.as_ref()).unwrap_or_default();
    let time_servers = chrony::servers(values, raw);
    let interfaces = [own.interface.as_ref().or(raw.helper.interface.as_ref()), own.uplink.as_ref()];
    let [interface, uplink] = interfaces.map(|at| at.and_then(|at| interface(values, at)));
    let around = daemon::Around { subnet, helper, load_balancer, is_enabled, kind };
    let daemons = daemon::check(values, raw, &around);
    let netboot = netboot::check(values, raw, subnet, nodes, daemons.as_ref().map(|daemons| daemons.dhcp));
    Some(Services {
        load_balancer,
        ingress: ingress.and_then(|at| values.ip(at, Whose::Machine)).unwrap_or(load_balancer),
        name_servers,
        time_servers: if is_enabled { time_servers } else { Vec::new() },
        forwarders: forwarders(values, raw),
        others: others.iter().filter_map(|other| host(values, other)).collect(),
        daemons: daemons?,
        network: network(values, raw, subnet, helper),
        interface,
        failover: raw.helpernodes.iter().filter_map(|node| helpernode(values, node)).collect(),
        registry: registry(values, raw),
        root: own.root.as_ref().and_then(|at| root(values, at)),
        uplink,
        netboot,
        install: install::check(values, raw),
    })
}

/// People write them as named.conf has them, with a semicolon.
fn forwarders(values: &Values, raw: &RawVars) -> Vec<IpAddr> {
    let plain = |at: &Scalar| Scalar { text: at.text.trim().trim_end_matches(';').to_owned(), ..at.clone() };
    let scalars: Vec<Scalar> = raw.dns.forwarders.iter().map(plain).collect();
    values.ips(&scalars)
}

/// The machines' IPv4 network: of `dhcp`, else of what holds for all nodes.
fn network(values: &Values, raw: &RawVars, subnet: &Subnet, helper: &Helper) -> Option<DhcpNetwork> {
    let lease = raw.okdboot.services.lease.as_ref().and_then(|at| lease(values, at));
    let own = &raw.okdboot.network;
    let said = |at: Option<&Scalar>| at.and_then(|at| at.text.trim().parse::<IpAddr>().ok());
    let router = match said(own.gateway.as_ref().or(raw.helper.gateway.as_ref())) {
        Some(IpAddr::V4(address)) => Some(address),
        _ => None,
    };
    let mask = own.netmask.as_ref().or(raw.helper.netmask.as_ref());
    let mask = mask.and_then(|at| at.text.trim().parse::<Netmask>().ok());
    let around = match (helper.address, router) {
        (_, Some(router)) => Some(router),
        (IpAddr::V4(address), None) => Some(address),
        (IpAddr::V6(_), None) => None,
    };
    let net = subnet.net.or_else(|| Some(mask?.network_of(around?)))?;
    Some(DhcpNetwork { net, router: subnet.router.or(router), pool: subnet.pool, lease })
}

/// Seconds, or minutes, hours and days by their letter.
fn lease(values: &Values, at: &Scalar) -> Option<u32> {
    let text = at.text.trim();
    if text == "infinite" {
        return None;
    }
    let (number, unit) = match text.char_indices().next_back()? {
        (end, 's') => (&text[..end], 1),
        (end, 'm') => (&text[..end], 60),
        (end, 'h') => (&text[..end], 3600),
        (end, 'd') => (&text[..end], 86_400),
        _ => (text, 1),
    };
    // dnsmasq(8): at least two minutes.
    let seconds = number.parse::<u32>().ok().and_then(|n| n.checked_mul(unit)).filter(|s| *s >= 120);
    if seconds.is_none() {
        let help = "write `infinite`, or a time of at least two minutes such as `12h`";
        values.refuse(Code::V242, at, format!("`{text}` is no time of a lease"), help);
    }
    seconds
}

/// A path that starts at the root: daemons resolve no other.
fn root(values: &Values, at: &Scalar) -> Option<String> {
    let text = at.text.trim().trim_end_matches('/');
    let printable = |c: char| c.is_ascii_graphic() && !"\"'`$\\;#{}()<>|&*?,".contains(c);
    if text.starts_with('/') && text.chars().all(printable) && !text.split('/').any(|part| part == "..") {
        return Some(text.to_owned());
    }
    let help = "write where the tree stands on the helper, such as `/srv/okdboot`, without blanks and quotes";
    values.refuse(Code::V242, at, format!("`{text}` is no path that every daemon can take"), help);
    None
}

/// A host of `other`, if it has a name that DNS allows and an address.
fn host(values: &Values, other: &Other) -> Option<Host> {
    let (name, address) = (other.raw.name.as_ref()?, other.address?);
    if let Ok(label) = name.text.trim().to_ascii_lowercase().parse::<Label>() {
        let macs = other.mac.iter().chain(&other.more_macs).copied().collect();
        return Some(Host { name: label, address, macs });
    }
    let message = format!("the host `{}` of `other` gets no record: DNS has no such name", name.text);
    let help = "write one label of letters, digits and `-`; the cluster's domain is added";
    values.push(Diagnostic::new(Code::V243, message).at(&values.at(name), "").help(help));
    None
}

fn helpernode(values: &Values, raw: &RawHelpernode) -> Option<Helpernode> {
    let name = values.host_name(raw.name.as_ref()?);
    let address = values.ip(raw.ipaddr.as_ref()?, Whose::Machine);
    let state = raw.state.as_ref().map_or("BACKUP", |at| at.text.trim()).to_ascii_uppercase();
    let priority = match &raw.priority {
        None => Some(if state == "MASTER" { 100 } else { 90 }),
        Some(at) => priority(values, at),
    };
    Some(Helpernode { name: name?, address: address?, is_master: state == "MASTER", priority: priority? })
}

/// 255 belongs to the owner of the address and 0 ends it (RFC 9568, 5.2.4).
fn priority(values: &Values, at: &Scalar) -> Option<u8> {
    let found = at.text.trim().parse::<u8>().ok().filter(|n| (1..=254).contains(n));
    if found.is_none() {
        values.refuse(
            Code::V242,
            at,
            format!("`{}` is no priority", at.text),
            "write a number from 1 to 254",
        );
    }
    found
}

fn registry(values: &Values, raw: &RawVars) -> Option<Registry> {
    values.boolean(raw.registry.deploy.as_ref()).filter(|deploy| *deploy)?;
    let repository = match &raw.registry.repository {
        Some(at) => repository(values, at)?,
        None => "ocp4/openshift4".to_owned(),
    };
    Some(Registry { repository })
}

/// Path components of a name as the OCI distribution specification has them.
fn repository(values: &Values, at: &Scalar) -> Option<String> {
    let text = at.text.trim();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
    if !text.is_empty() && text.chars().all(allowed) && !text.starts_with('/') && !text.ends_with('/') {
        return Some(text.to_owned());
    }
    values.refuse(Code::V242, at, format!("`{text}` is no repository"), "write it as `ocp4/openshift4`");
    None
}
