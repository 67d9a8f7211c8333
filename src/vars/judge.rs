//! Values of a file against one another: each alone was read before, and is not read again here.

mod artifact;
mod between_clusters;
mod channel;
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
use super::read::identity;
use super::read::value::Values;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::settings::Kind;
use node::{Draft, Scheme, cluster_arch};

/// Judges a file. Nothing comes back where something that a cluster must have is missing or wrong.
pub fn cluster(values: &Values, raw: &RawVars) -> Option<Cluster> {
    let identity = identity::identity(values, raw);
    let helper = identity::helper(values, raw);
    let subnet = network::check(values, raw);
    let arch = cluster_arch(values, raw);
    let kind = kind::check(values, raw);
    let either = kind.unwrap_or(Kind::Cluster);
    let settings = settings::check(values, raw, helper.as_ref(), (either, arch));
    let scheme = Scheme::new(values, raw, &subnet, identity.as_ref(), helper.as_ref(), arch);
    let nodes = scheme.nodes();
    let others = scheme.others();
    let services = helper
        .as_ref()
        .and_then(|helper| service::check(values, raw, &subnet, (helper, either), (&nodes, &others)));
    network::check_members(values, raw, &subnet, helper.as_ref(), &nodes, &others);
    duplicate::check(values, helper.as_ref(), raw, &nodes, &others);
    elsewhere::check(values, raw);
    if kind == Some(Kind::Cluster) {
        topology::check(values, raw, &nodes);
    }
    missing::check(values, raw, &nodes);
    family::check(values, settings.as_ref(), &nodes);
    whole_name::check(values, identity.as_ref(), &nodes);
    let (id, domain) = identity?;
    let is_iso_only = settings.as_ref().is_some_and(|settings| settings.in_use.is_iso_alone());
    let finished = nodes.into_iter().filter_map(Draft::finish);
    let nodes = finished.map(|node| Node { is_iso_only, ..node }).collect();
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
