//! Load balancer, name servers and time servers, with their defaults.

use std::net::IpAddr;

use super::super::raw::RawVars;
use super::leaf::Leaves;
use super::network::Subnet;
use crate::model::cluster::Helper;
use crate::model::service::Services;

pub(super) fn check(leaves: &Leaves, raw: &RawVars, subnet: &Subnet, helper: &Helper) -> Services {
    // A wrong address is reported where the load balancer is compared with the nodes.
    let load_balancer = raw.dns.lb_ipaddr.as_ref().and_then(|scalar| scalar.text.trim().parse().ok());
    let name_servers = match subnet.name_servers.as_slice() {
        [] => vec![helper.address],
        named => named.iter().copied().map(IpAddr::from).collect(),
    };
    let is_enabled = leaves.boolean(raw.chrony.enabled.as_ref()).unwrap_or_default();
    let servers = raw.chrony.servers.iter().filter(|_| is_enabled);
    Services {
        load_balancer: load_balancer.unwrap_or(helper.address),
        name_servers,
        time_servers: servers.map(|server| server.text.trim().to_owned()).collect(),
    }
}
