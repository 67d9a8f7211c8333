//! The network on the kernel command line, as `nm-initrd-generator` reads it.
//!
//! `rd.neednet=1` stands before `ip=`, `ip=` before `nameserver=`, those before `bond=` (dracut.cmdline(7),
//! OpenShift documentation "Advanced RHCOS installation configuration"). What the program makes of it is
//! tested against the program itself, and docs/networks.md says where it differs from its documentation.

use std::net::IpAddr;

use super::Refusal;
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Cluster;
use crate::model::network::{Bracketed, Ipv4, Ipv6, Link, Static4, Static6};
use crate::model::node::Node;

/// Returns the arguments of a node's network.
pub(super) fn args(cluster: &Cluster, node: &Node) -> Result<Vec<String>, Refusal> {
    let network = &node.network;
    let mut texts = vec!["rd.neednet=1".to_owned()];
    for (at, link) in network.links.iter().enumerate() {
        let writer = Writer { cluster, node, link, is_main: at == 0 };
        texts.extend(writer.ip()?);
    }
    texts.extend(network.name_servers.iter().map(|server| format!("nameserver={}", Bracketed(*server))));
    texts.extend(network.routes.iter().map(|route| format!("rd.route={route}")));
    texts.extend(network.vlans.iter().map(|vlan| format!("vlan={vlan}")));
    texts.extend(network.bonds.iter().map(|bond| format!("bond={bond}")));
    texts.extend(network.teams.iter().map(|team| format!("team={team}")));
    texts.extend(network.bridges.iter().map(|bridge| format!("bridge={bridge}")));
    texts.extend(network.names.iter().map(|name| format!("ifname={name}")));
    Ok(texts)
}

/// Writes one link.
struct Writer<'a> {
    cluster: &'a Cluster,
    node: &'a Node,
    link: &'a Link,
    is_main: bool,
}

impl Writer<'_> {
    /// Returns the `ip=` of both families. A method for one family resets the other to none where it is
    /// written last, but DHCP for IPv4, which turns IPv6 on and leaves a static address alone. So DHCP
    /// comes after static IPv6, and every method of IPv6 after static IPv4.
    fn ip(&self) -> Result<Vec<String>, Refusal> {
        let ipv6 = self.link.ipv6.as_ref();
        Ok(match (&self.link.ipv4, ipv6) {
            (None, None) => vec![self.method("off")],
            (Some(Ipv4::Dhcp), Some(Ipv6::Static(parts))) => vec![self.static6(parts)?, self.method("dhcp")],
            // With one method the other family may come too late for the node's first registration.
            (Some(Ipv4::Dhcp), Some(Ipv6::Auto | Ipv6::Dhcp)) => vec![self.method("dhcp,dhcp6")],
            (Some(Ipv4::Dhcp), None) => vec![self.method("dhcp")],
            (None, Some(ipv6)) => vec![self.ipv6(ipv6)?],
            (Some(Ipv4::Static(parts)), None) => vec![self.static4(parts)?],
            (Some(Ipv4::Static(parts)), Some(ipv6)) => vec![self.static4(parts)?, self.ipv6(ipv6)?],
        })
    }

    fn ipv6(&self, ipv6: &Ipv6) -> Result<String, Refusal> {
        match ipv6 {
            Ipv6::Auto => Ok(self.method("auto6")),
            Ipv6::Dhcp => Ok(self.method("dhcp6")),
            Ipv6::Static(parts) => self.static6(parts),
        }
    }

    /// `ip=[<interface>:]<method>[:<mtu>]`
    fn method(&self, method: &str) -> String {
        match &self.link.interface {
            Some(interface) => format!("ip={interface}:{method}{}", self.mtu()),
            None => format!("ip={method}"),
        }
    }

    fn static4(&self, parts: &Static4) -> Result<String, Refusal> {
        let gateway = parts.gateway.map(IpAddr::from);
        let Some(netmask) = parts.netmask.filter(|_| gateway.is_some() || !self.is_main) else {
            return Err(self.incomplete(gateway.is_none(), parts.netmask.is_none()).into());
        };
        Ok(self.address(parts.address.into(), gateway, &netmask.to_string()))
    }

    fn static6(&self, parts: &Static6) -> Result<String, Refusal> {
        let gateway = parts.gateway.map(IpAddr::from);
        if gateway.is_none() && self.is_main && self.link.ipv4.is_none() {
            return Err(self.incomplete(true, false).into());
        }
        Ok(self.address(parts.address.into(), gateway, &parts.prefix.to_string()))
    }

    /// `ip=<client>::<gateway>:<netmask>:<host name>:<interface>:none[:<mtu>]`
    fn address(&self, address: IpAddr, gateway: Option<IpAddr>, netmask: &str) -> String {
        let gateway = gateway.map(|gateway| Bracketed(gateway).to_string()).unwrap_or_default();
        let interface = self.link.interface.as_ref().map(ToString::to_string).unwrap_or_default();
        let name = self.cluster.fqdn(self.node);
        format!("ip={}::{gateway}:{netmask}:{name}:{interface}:none{}", Bracketed(address), self.mtu())
    }

    fn mtu(&self) -> String {
        self.link.mtu.map(|mtu| format!(":{mtu}")).unwrap_or_default()
    }

    fn incomplete(&self, gateway: bool, netmask: bool) -> Diagnostic {
        let lacks = match (gateway, netmask) {
            (true, true) => "a gateway and a netmask",
            (true, false) => "a gateway",
            _ => "a netmask",
        };
        let node = self.node;
        Diagnostic::new(
            Code::R001,
            format!(
                "the static address of node `{}` ({}) lacks {lacks}, which `ip=` needs",
                node.name, node.place
            ),
        )
        .help(format!(
            "add to {}: `okdboot: {{ network: {{ gateway: ..., netmask: ... }} }}`, or set them on the node",
            self.cluster.file
        ))
    }
}
