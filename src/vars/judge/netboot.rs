//! Machines that are no nodes and get the menu of netboot.xyz: by a list, never by default.

use super::super::read::given::Given;
use super::super::read::service::ServicesDraft;
use super::super::read::value::Values;
use super::node::Candidate;
use super::subnet::Subnet;
use crate::diag::Code;
use crate::model::daemon::DhcpServer;
use crate::model::mac::MacAddr;

/// Compares the machines with the nodes, and with who gives addresses.
pub(super) fn check(
    values: &Values,
    own: &ServicesDraft,
    subnet: &Subnet,
    nodes: &[Candidate],
    dhcp: Option<DhcpServer>,
) -> Vec<MacAddr> {
    let Some(first) = own.netboot.first().map(|given| given.at) else { return Vec::new() };
    match dhcp {
        Some(DhcpServer::Dnsmasq) if subnet.pool.is_none() => {
            let help = "set `dhcp.poolstart` and `dhcp.poolend`: they get their addresses from there";
            values.refuse(Code::V242, first, "machines for netboot.xyz have no addresses", help);
        }
        // Without a file for a daemon, `okdboot serve` may be the DHCP server.
        Some(DhcpServer::Dnsmasq | DhcpServer::Proxy | DhcpServer::None) | None => {}
        Some(dhcp @ (DhcpServer::Kea | DhcpServer::Dhcpd)) => {
            let help = "set `okdboot.services.dhcp` to `dnsmasq`, `proxy`, or `none` with `okdboot serve --dhcp proxy`";
            values.refuse(Code::V242, first, format!("`dhcp: {dhcp}` gives nobody netboot.xyz"), help);
        }
    }
    own.netboot.iter().filter_map(|given| stranger(values, nodes, given)).collect()
}

/// A node boots what its role says.
fn stranger(values: &Values, nodes: &[Candidate], given: &Given<MacAddr>) -> Option<MacAddr> {
    let mac = given.value?;
    let Some(node) = nodes.iter().find(|node| node.boots_by(mac)) else {
        return Some(mac);
    };
    let help = "take it out of the list: `mode: local` keeps a node from being installed";
    values.refuse(Code::V242, given.at, format!("this is the node `{}`", node.label()), help);
    None
}
