//! From what a file says to what is true, with every fault at once.
//!
//! Each leaf is parsed by the model's own `FromStr`; then leaves are compared with one another. A
//! leaf that cannot be parsed is reported once and left out of the comparisons, so that one mistake
//! gives one message.

mod accept;
mod across;
mod address;
pub mod answers;
mod artifact;
mod channel;
mod chrony;
mod claim;
mod daemon;
mod defaults;
mod device;
mod draft;
mod duplicate;
mod elsewhere;
mod family;
mod in_use;
mod install;
mod installed;
mod kind;
mod leaf;
mod link;
mod loaders;
mod member;
mod missing;
mod mtu;
mod netboot;
mod network;
mod node;
mod part;
mod pool;
mod route;
mod service;
mod settings;
mod subnet;
mod topology;
mod whole_name;

pub use across::check_across;

use std::collections::BTreeMap;

use crate::diag::{Place, Report, SourceText, Span};
use crate::model::cluster::{Cluster, Helper};
use crate::model::node::Node;
use crate::model::settings::Kind;
use leaf::Leaves;

use super::raw::{RawNode, RawVars};
use super::section::Findings;

/// A cluster that passed every check, with the places of its values for messages about them.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What is true.
    pub cluster: Cluster,
    /// The file, with its secrets hidden.
    pub source: SourceText,
    /// Where each value stands, by path such as `workers[1].macaddr`.
    pub spans: BTreeMap<String, Span>,
}

impl Checked {
    /// Returns the place of a value.
    pub fn place(&self, path: &str) -> Option<Place> {
        self.spans.get(path).map(|span| Place { source: self.source.clone(), span: *span })
    }
}

/// Checks one file, of whose shape `found` tells. A cluster comes back only if the report has no error.
pub fn check(source: &SourceText, raw: &RawVars, found: Findings) -> (Option<Checked>, Report) {
    let leaves = Leaves::new(source.hiding(&found.hidden), &found);
    let cluster = build(&leaves, raw);
    let accepted = accept::codes(&leaves, &raw.okdboot.accept);
    let (leaf_faults, hidden) = leaves.finish();
    let shown = source.hiding(&found.hidden).hiding(&hidden);
    let mut report = found.report;
    report.extend(leaf_faults);
    report.accept(&accepted);
    report.sort();
    report.hide(&shown);
    let cluster = cluster.filter(|_| !report.has_errors());
    (cluster.map(|cluster| Checked { cluster, source: shown, spans: found.spans }), report)
}

fn build(leaves: &Leaves, raw: &RawVars) -> Option<Cluster> {
    let identity = identity(leaves, raw);
    let helper = helper(leaves, raw);
    let subnet = network::check(leaves, raw);
    let arch = node::cluster_arch(leaves, raw);
    let kind = kind::check(leaves, raw);
    let either = kind.unwrap_or(Kind::Cluster);
    let settings = settings::check(leaves, raw, helper.as_ref(), (either, arch));
    let scheme = node::Scheme::new(leaves, raw, &subnet, identity.as_ref(), helper.as_ref(), arch);
    let nodes = scheme.nodes();
    let others = scheme.others();
    let services = helper
        .as_ref()
        .and_then(|helper| service::check(leaves, raw, &subnet, (helper, either), (&nodes, &others)));
    network::check_members(leaves, raw, &subnet, helper.as_ref(), &nodes, &others);
    duplicate::check(leaves, helper.as_ref(), raw, &nodes, &others);
    elsewhere::check(leaves, raw);
    if kind == Some(Kind::Cluster) {
        topology::check(leaves, raw, &nodes);
    }
    missing::check(leaves, raw, &nodes);
    family::check(leaves, settings.as_ref(), &nodes);
    whole_name::check(leaves, identity.as_ref(), &nodes);
    let (id, domain) = identity?;
    let is_iso_only = settings.as_ref().is_some_and(|settings| settings.in_use.is_iso_alone());
    let finished = nodes.into_iter().filter_map(node::Draft::finish);
    let nodes = finished.map(|node| Node { is_iso_only, ..node }).collect();
    Some(Cluster {
        id,
        domain,
        helper: helper?,
        nodes,
        services: services?,
        settings: settings?,
        file: leaves.source().name().to_owned(),
    })
}

type Identity = (crate::model::name::Label, crate::model::name::Domain);

fn identity(leaves: &Leaves, raw: &RawVars) -> Option<Identity> {
    let dns = &raw.dns;
    let id = leaves.required(
        dns.clusterid.as_ref(),
        "dns.clusterid",
        "the cluster's name (`metadata.name` of install-config)",
    );
    let domain = leaves.required(
        dns.domain.as_ref(),
        "dns.domain",
        "the base domain (`baseDomain` of install-config)",
    );
    let id = id.and_then(|scalar| leaves.cluster_id(scalar));
    let domain = domain.and_then(|scalar| leaves.domain(scalar));
    Some((id?, domain?))
}

fn helper(leaves: &Leaves, raw: &RawVars) -> Option<Helper> {
    let address =
        leaves.required(raw.helper.ipaddr.as_ref(), "helper.ipaddr", "the address that nodes fetch from");
    let address = address.and_then(|scalar| leaves.ip(scalar, address::Whose::Machine));
    let name = match &raw.helper.name {
        Some(scalar) => leaves.host_name(scalar),
        None => "helper".parse().ok(),
    };
    Some(Helper { name: name?, address: address? })
}

/// A node's scalar with its own place, for messages about nodes that lack a value.
fn node_place(leaves: &Leaves, raw: &RawNode) -> Place {
    leaves.place(raw.head())
}
