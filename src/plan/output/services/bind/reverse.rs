//! Reverse zones: of any network, shared by the clusters that have machines in it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::zone::{Zone, ns, server};
use super::{View, ZONES};
use crate::model::name::Label;
use crate::plan::FileKind;
use crate::plan::output::services::shared::Shared;
use crate::plan::output::services::view::networks;
use crate::plan::output::services::{Made, Run};

/// The clusters of each reverse zone.
pub(super) type Owners = BTreeMap<String, BTreeSet<Label>>;

/// The records of each zone by cluster.
type Records = BTreeMap<String, BTreeMap<Label, String>>;

/// Plans the zones, and returns whose records each of them holds.
pub(super) fn files(run: &Run, views: &[&View], made: &mut Made) -> Owners {
    let mut zones = standing(run);
    for view in views {
        for (address, name) in pointers(view) {
            let (origin, record) = place(view, address);
            let line = format!("{record} IN PTR {name}.\n");
            let section = zones.entry(origin).or_default().entry(view.cluster.id.clone());
            section.or_insert_with(|| ns(&view.context.helper.fqdn)).push_str(&line);
        }
    }
    for (origin, sections) in &zones {
        file(run, origin, sections, made);
    }
    let owners =
        |(origin, sections): (String, BTreeMap<Label, String>)| (origin, sections.into_keys().collect());
    zones.into_iter().map(owners).collect()
}

/// What other clusters have in the zones that stand there.
fn standing(run: &Run) -> Records {
    let mut zones = Records::new();
    for path in run.standing.below(ZONES) {
        let name = path.split().1.strip_suffix(".zone");
        let Some(origin) = name.filter(|name| name.rsplit('.').next() == Some("arpa")) else {
            continue;
        };
        let path = path.to_string();
        zones.insert(origin.to_owned(), shared(&path).sections(run, Vec::new()));
    }
    zones
}

fn shared(path: &str) -> Shared<'_> {
    Shared { kind: FileKind::Bind, path, comment: ";", origin: crate::plan::ContentOrigin::Generated }
}

fn file(run: &Run, origin: &str, sections: &BTreeMap<Label, String>, made: &mut Made) {
    let path = format!("{ZONES}/{origin}.zone");
    // The first cluster's helper is the source of the zone, whoever was rendered first.
    let Some(name) = sections.values().find_map(|records| server(records)) else {
        made.dropped.extend(path.parse().ok());
        return;
    };
    let records = shared(&path).bodies(sections);
    made.push(Zone { origin, server: name, owner: None }.file(run, &records));
}

/// Each address with the name that it leads to. A machine that has the balancer's address keeps its own.
fn pointers(view: &View) -> Vec<(IpAddr, String)> {
    let context = &view.context;
    let hosts = view.context.hosts.iter().flat_map(|host| {
        host.addresses.iter().filter_map(move |at| Some((at.parse().ok()?, host.fqdn.clone())))
    });
    let mut all: Vec<(IpAddr, String)> = hosts.collect();
    let services = &view.cluster.services;
    if context.is_openshift && !context.api_is_a_host {
        all.extend(
            ["api", "api-int"].map(|name| (services.load_balancer, format!("{name}.{}", context.base))),
        );
    }
    all.push((view.cluster.helper.address, context.helper.fqdn.clone()));
    all
}

/// Returns the zone of an address, and its name in there. A zone is never larger than the network that the
/// machines are in, or it would hide names of others: up to /24 it is that /24, and below that an address
/// has a zone of its own. IPv6 zones end at a nibble (RFC 3596, 2.5).
fn place(view: &View, address: IpAddr) -> (String, String) {
    let net = networks(view.cluster).into_iter().find(|net| net.contains(&address));
    let name = arpa(address);
    let labels = match (address, net) {
        (IpAddr::V4(_), Some(IpNet::V4(net))) if net.prefix_len() <= 24 => 1,
        (IpAddr::V6(_), Some(IpNet::V6(net))) => 32 - usize::from(net.prefix_len().div_ceil(4)),
        _ => 0,
    };
    let dots: Vec<&str> = name.split('.').collect();
    let (own, origin) = dots.split_at(labels.min(dots.len()));
    (origin.join("."), if own.is_empty() { "@".to_owned() } else { own.join(".") })
}

/// RFC 1035, 3.5; RFC 3596, 2.5.
fn arpa(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let digits = format!("{:032x}", address.to_bits());
            let nibbles: Vec<String> = digits.chars().rev().map(String::from).collect();
            format!("{}.ip6.arpa", nibbles.join("."))
        }
    }
}
