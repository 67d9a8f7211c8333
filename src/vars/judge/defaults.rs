//! The network of a node: what it says itself, and what holds for all nodes.

use std::net::IpAddr;

use super::super::raw::RawNode;
use super::super::read::address::{AddressFamily, Mask};
use super::super::read::dhcp::DhcpDraft;
use super::super::read::file::FileDraft;
use super::super::read::given::Given;
use super::super::read::helper::HelperDraft;
use super::super::read::network::NetworkDraft;
use super::super::read::node::NodeDraft;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::candidate::NetworkCandidate;
use super::device::{Devices, Stack};
use super::interface_use;
use super::link::{self, LinkCandidate, PREFIX6, Parts, gateway_for};
use super::mtu;
use super::route;
use super::subnet::Subnet;
use crate::diag::{Code, Diagnostic};
use crate::model::settings::{AddressingChoice, LinkChoice};

/// What nodes have that say nothing else.
pub(super) struct Defaults<'a> {
    values: &'a Values,
    all: &'a NetworkDraft<'a>,
    helper: &'a HelperDraft<'a>,
    dhcp: Option<&'a DhcpDraft<'a>>,
    choice: Option<AddressingChoice>,
    is_static: bool,
    name_servers: Vec<IpAddr>,
    /// Whether the gateway of all nodes is IPv6, and so is their prefix length.
    is_ipv6: bool,
}

/// A value and what it says.
type Said<'a, T> = (&'a Scalar, Option<T>);

fn said<'a, T: Copy>(given: &'a Given<'a, T>) -> Said<'a, T> {
    (given.at, given.value)
}

impl<'a> Defaults<'a> {
    pub(super) fn new(values: &'a Values, draft: &'a FileDraft<'a>, subnet: &Subnet) -> Self {
        let all = &draft.network;
        let gateway = all.gateway.as_ref().and_then(|given| given.value);
        Self {
            values,
            all,
            helper: &draft.helper,
            dhcp: draft.dhcp.as_ref(),
            choice: draft.usual.choice,
            is_static: default_static(values, draft),
            name_servers: name_servers(draft, subnet),
            is_ipv6: gateway.is_some_and(|gateway| gateway.is_ipv6()),
        }
    }

    /// Judges a node's network. Its address is what it is known by.
    pub(super) fn network(&self, node: &'a NodeDraft<'a>) -> NetworkCandidate<'a> {
        let own = &node.network;
        let mut found = NetworkCandidate::default();
        let main = self.main_link(node, &mut found.devices);
        let is_static = main.is_static();
        found.links.push(main);
        for entry in own.interfaces.as_ref().or(self.all.interfaces.as_ref()).into_iter().flatten() {
            found.links.push(link::further(self.values, entry, &mut found.devices));
        }
        found.name_servers = self.name_servers_of(node, is_static);
        found.names = interface_use::names(self.values, &node.nics);
        interface_use::check(self.values, &found, node.raw);
        mtu::carry(self.values, &mut found);
        let routes = own.routes.as_ref().or(self.all.routes.as_ref());
        found.routes = route::check(self.values, routes.into_iter().flatten(), &found.links);
        found
    }

    fn main_link(&self, node: &'a NodeDraft<'a>, devices: &mut Devices) -> LinkCandidate<'a> {
        let (raw, own, address) = (node.raw, &node.network, node.address);
        let choice = self.addressing(node);
        let is_ipv6 = address.is_some_and(|address| address.is_ipv6());
        // Of a node without its own address nothing is missing but that.
        let known = address.is_some() && choice == AddressingChoice::Static;
        if let Some(given) = own.gateway.as_ref().filter(|_| !known) {
            // Nobody takes it from here; it is judged all the same.
            let _ = gateway_for(self.values, given, address);
        }
        let gateway = if is_ipv6 { self.gateway6(node) } else { self.gateway4(node) };
        let mask = if is_ipv6 { self.mask6(node) } else { self.mask4(node) };
        let usual = is_ipv6.then_some(Mask { bits: PREFIX6, netmask: None });
        let parts = Parts {
            base: node.by_name.as_ref().or(own.interface.as_ref()).or(self.all.interface.as_ref()),
            span: raw.head(),
            address,
            address_at: raw.ipaddr.as_ref(),
            choice: LinkChoice::from(choice),
            gateway_at: gateway.map(|(at, _)| at),
            gateway: gateway
                .filter(|_| known)
                .and_then(|(at, value)| gateway_for(self.values, &Given { at, value }, address)),
            mask_at: mask.map(|(at, _)| at),
            mask: mask.filter(|_| known).map_or(usual, |(_, value)| value),
            ipv6: own.stack.ipv6.as_ref(),
            ipv6_of_all: self.all.stack.ipv6.as_ref(),
            stack: Stack::of(&own.stack).over(Stack::of(&self.all.stack)),
        };
        link::build(self.values, &parts, devices)
    }

    fn addressing(&self, node: &NodeDraft) -> AddressingChoice {
        let by_name = node.raw.networkifacename.is_some().then_some(AddressingChoice::Static);
        let default = if self.is_static { AddressingChoice::Static } else { AddressingChoice::Dhcp };
        node.choice.or(by_name).or(self.choice).unwrap_or(default)
    }

    fn gateway4(&self, node: &'a NodeDraft<'a>) -> Option<Said<'a, IpAddr>> {
        let own = node.network.gateway.as_ref().or(self.all.gateway.as_ref());
        let own = own.or(self.helper.gateway.as_ref()).map(said);
        own.or_else(|| {
            let router = self.dhcp?.router.as_ref()?;
            Some((router.at, router.value.map(IpAddr::from)))
        })
    }

    fn gateway6(&self, node: &'a NodeDraft<'a>) -> Option<Said<'a, IpAddr>> {
        let all = self.all.stack.ipv6.as_ref().and_then(|ipv6| ipv6.gateway.as_ref());
        let all = || all.map(|given| (given.at, given.value.map(IpAddr::from)));
        let own = node.network.gateway.as_ref().map(said).or_else(all);
        own.or(self.all.gateway.as_ref().filter(|_| self.is_ipv6).map(said))
    }

    fn mask4(&self, node: &'a NodeDraft<'a>) -> Option<Said<'a, Mask>> {
        let own = node.network.mask.as_ref().map(said).or_else(|| self.mask_of_all4());
        own.or(self.helper.mask.as_ref().map(said)).or_else(|| {
            let netmask = self.dhcp?.netmask.as_ref()?;
            Some((netmask.at, netmask.value.map(Mask::from)))
        })
    }

    /// The mask of all nodes is read for the family of their gateway; a node of the other one reads it again.
    fn mask_of_all4(&self) -> Option<Said<'a, Mask>> {
        let given = self.all.mask.as_ref()?;
        if self.is_ipv6 {
            return Some((given.at, self.values.mask_for(given.at, AddressFamily::V4)));
        }
        Some(said(given))
    }

    fn mask6(&self, node: &'a NodeDraft<'a>) -> Option<Said<'a, Mask>> {
        let all = self.all.stack.ipv6.as_ref().and_then(|ipv6| ipv6.prefix.as_ref());
        let all = || all.map(|given| (given.at, given.value.map(|bits| Mask { bits, netmask: None })));
        let own = node.network.mask.as_ref().map(said).or_else(all);
        own.or(self.all.mask.as_ref().filter(|_| self.is_ipv6).map(said))
    }

    /// The node's own name servers, and else those of all where no DHCP server names them. Of those a
    /// node takes the ones that it can reach.
    fn name_servers_of(&self, node: &NodeDraft, is_static: bool) -> Vec<IpAddr> {
        let own = node.network.name_servers.clone();
        if !own.is_empty() || !is_static {
            return own;
        }
        let only_ipv6 = node.address.is_some_and(|address| address.is_ipv6());
        let reached = |server: &&IpAddr| server.is_ipv6() || !only_ipv6;
        self.name_servers.iter().filter(reached).copied().collect()
    }
}

/// Says whether nodes that choose nothing have static addresses.
pub(super) fn default_static(values: &Values, draft: &FileDraft) -> bool {
    let raw = draft.settings.vars;
    if let Some(switch) = draft.usual.is_static {
        return switch;
    }
    if raw.dhcp_disabled {
        return true;
    }
    let no_mac =
        |node: &RawNode| node.macaddr.is_none() && !values.is_faulty(&format!("{}.macaddr", node.path));
    let all_lack = || draft.nodes.iter().all(|node| no_mac(node.raw));
    let assumed = raw.dhcp.is_none() && raw.okdboot.addressing.is_none() && all_lack();
    let is_said = values.is_faulty("dhcp") || values.is_faulty("staticips");
    if assumed && !draft.nodes.is_empty() && !is_said {
        let message = "neither `dhcp` nor any `macaddr` is given, so addresses are taken to be static";
        values.push(Diagnostic::new(Code::V215, message).help("say so with `staticips: true`"));
    }
    assumed
}

/// Name servers of nodes that do not name their own.
fn name_servers(draft: &FileDraft, subnet: &Subnet) -> Vec<IpAddr> {
    let mut servers = draft.network.name_servers.clone();
    if servers.is_empty() {
        servers.extend(subnet.name_servers.iter().copied().map(IpAddr::from));
    }
    if servers.is_empty() {
        servers.extend(draft.helper.address);
    }
    servers
}
