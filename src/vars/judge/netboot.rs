//! Machines that are no nodes and get the menu of netboot.xyz: by a list, never by default.

use super::super::raw::RawVars;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::node::Draft;
use super::subnet::Subnet;
use crate::diag::Code;
use crate::model::daemon::DhcpServer;
use crate::model::mac::MacAddr;

pub(super) fn check(
    values: &Values,
    raw: &RawVars,
    subnet: &Subnet,
    nodes: &[Draft],
    dhcp: Option<DhcpServer>,
) -> Vec<MacAddr> {
    let listed = &raw.okdboot.services.netboot;
    let (Some(first), Some(dhcp)) = (listed.first(), dhcp) else { return Vec::new() };
    match dhcp {
        DhcpServer::Dnsmasq if subnet.pool.is_none() => {
            let help = "set `dhcp.poolstart` and `dhcp.poolend`: they get their addresses from there";
            values.refuse(Code::V242, first, "machines for netboot.xyz have no addresses", help);
        }
        // Without a file for a daemon, `okdboot serve` may be the DHCP server.
        DhcpServer::Dnsmasq | DhcpServer::Proxy | DhcpServer::None => {}
        DhcpServer::Kea | DhcpServer::Dhcpd => {
            let help = "set `okdboot.services.dhcp` to `dnsmasq`, `proxy`, or `none` with `okdboot serve --dhcp proxy`";
            values.refuse(Code::V242, first, format!("`dhcp: {dhcp}` gives nobody netboot.xyz"), help);
        }
    }
    listed.iter().filter_map(|at| stranger(values, nodes, at)).collect()
}

/// A node boots what its role says.
fn stranger(values: &Values, nodes: &[Draft], at: &Scalar) -> Option<MacAddr> {
    let mac = values.mac(at)?;
    let Some(node) = nodes.iter().find(|node| node.mac == Some(mac) || node.more_macs.contains(&mac)) else {
        return Some(mac);
    };
    let help = "take it out of the list: `mode: local` keeps a node from being installed";
    values.refuse(Code::V242, at, format!("this is the node `{}`", node.label()), help);
    None
}
