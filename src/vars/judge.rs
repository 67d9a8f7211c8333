//! Values of a file against one another: each alone was read before, and is not read again here.

mod artifact;
mod between_clusters;
mod candidate;
mod channel;
mod daemon;
mod defaults;
mod device;
mod duplicate;
mod elsewhere;
mod family;
mod host;
mod in_use;
mod install;
mod installed;
mod interface_use;
mod kind;
mod link;
mod loaders;
mod missing;
mod mtu;
mod netboot;
mod network;
mod node;
mod route;
mod service;
mod settings;
mod static_address;
mod subnet;
mod topology;
mod whole_name;

pub use between_clusters::check_across;

use super::raw::RawVars;
use super::read::file::FileDraft;
use super::read::value::Values;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::settings::Kind;
use node::{Candidate, Scheme, cluster_arch};

/// Judges a file. Nothing comes back where something that a cluster must have is missing or wrong.
pub fn cluster(values: &Values, raw: &RawVars, draft: &FileDraft) -> Option<Cluster> {
    let helper = draft.helper.finish();
    let subnet = network::check(values, draft.dhcp.as_ref());
    let arch = cluster_arch(&draft.usual);
    let kind = kind::check(values, raw, draft.settings.kind);
    let either = kind.unwrap_or(Kind::Cluster);
    let settings = settings::check(values, draft, helper.as_ref(), (either, arch));
    let scheme = Scheme::new(values, draft, &subnet, arch);
    let nodes: Vec<Candidate> = draft.nodes.iter().map(|node| scheme.node(node)).collect();
    let services = service::check(values, draft, &subnet, (helper.as_ref(), either), &nodes);
    network::check_members(values, raw, draft, &subnet, helper.as_ref(), &nodes);
    duplicate::check(values, raw, draft, &nodes);
    elsewhere::check(values, raw);
    if kind == Some(Kind::Cluster) {
        topology::check(values, raw, draft, &nodes);
    }
    missing::check(values, raw, &nodes);
    family::check(values, settings.as_ref(), &nodes);
    whole_name::check(values, draft.identity.as_ref(), &nodes);
    let (id, domain) = draft.identity.clone()?;
    let is_iso_only = settings.as_ref().is_some_and(|settings| settings.in_use.is_iso_alone());
    let finished = nodes.into_iter().filter_map(Candidate::finish);
    let mut nodes: Vec<Node> = finished.map(|node| Node { is_iso_only, ..node }).collect();
    nodes.shrink_to_fit();
    Some(Cluster {
        id,
        domain,
        helper: helper?,
        nodes,
        services: services?,
        settings: settings?,
        file: values.source().name().to_owned(),
    })
}
