//! Load balancer, name servers and time servers, with their defaults.

use std::net::IpAddr;

use super::super::raw::RawVars;
use super::super::section::Scalar;
use super::leaf::Leaves;
use super::network::Subnet;
use crate::diag::Code;
use crate::model::cluster::Helper;
use crate::model::name::Domain;
use crate::model::service::Services;

pub(super) fn check(leaves: &Leaves, raw: &RawVars, subnet: &Subnet, helper: &Helper) -> Services {
    // A wrong address is reported where the load balancer is compared with the nodes.
    let load_balancer = raw.dns.lb_ipaddr.as_ref().and_then(|scalar| scalar.text.trim().parse().ok());
    let name_servers = match subnet.name_servers.as_slice() {
        [] => vec![helper.address],
        named => named.iter().copied().map(IpAddr::from).collect(),
    };
    let is_enabled = leaves.boolean(raw.chrony.enabled.as_ref()).unwrap_or_default();
    let servers: Vec<String> = raw.chrony.servers.iter().filter_map(|at| time_server(leaves, at)).collect();
    Services {
        load_balancer: load_balancer.unwrap_or(helper.address),
        name_servers,
        time_servers: if is_enabled { servers } else { Vec::new() },
    }
}

/// An address or a name. One that is no such thing would be asked for at every boot of every node.
fn time_server(leaves: &Leaves, at: &Scalar) -> Option<String> {
    let text = at.text.trim();
    if text.parse::<IpAddr>().is_err() {
        leaves.parse::<Domain>(Code::V109, at, "write the address or the name of a time server")?;
    }
    Some(text.to_owned())
}
