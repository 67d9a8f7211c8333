//! The network of a node: what it says itself, and what holds for all nodes.

use std::net::IpAddr;

use super::super::raw::{RawNetwork, RawNode, RawVars};
use super::super::read::address::{Mask, Whose};
use super::super::read::part::interface;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::device::{Devices, Stack};
use super::draft::NetworkDraft;
use super::interface_use;
use super::link::{self, LinkDraft, PREFIX6, Parts};
use super::mtu;
use super::route;
use super::subnet::Subnet;
use crate::diag::{Code, Diagnostic, Span};
use crate::model::cluster::Helper;
use crate::model::role::Role;
use crate::model::settings::{AddressingChoice, LinkChoice};

/// What nodes have that say nothing else.
pub(super) struct Defaults<'a> {
    values: &'a Values,
    raw: &'a RawVars,
    own: &'a RawNetwork,
    choice: Option<AddressingChoice>,
    is_static: bool,
    name_servers: Vec<IpAddr>,
    /// Whether the gateway of all nodes is IPv6, and so is their prefix length.
    is_ipv6: bool,
}

impl<'a> Defaults<'a> {
    pub(super) fn new(
        values: &'a Values,
        raw: &'a RawVars,
        subnet: &Subnet,
        helper: Option<&Helper>,
    ) -> Self {
        let own = &raw.okdboot.network;
        let gateway = own.gateway.as_ref().and_then(|scalar| values.ip(scalar, Whose::Router));
        let is_ipv6 = gateway.is_some_and(|gateway| gateway.is_ipv6());
        judge(values, raw, gateway);
        Self {
            values,
            raw,
            own,
            choice: addressing(values, raw.okdboot.addressing.as_ref()),
            is_static: default_static(values, raw),
            name_servers: name_servers(values, own, subnet, helper),
            is_ipv6,
        }
    }

    /// Reads a node's network. `address` is what it is known by.
    pub(super) fn network(&self, raw: &'a RawNode, address: Option<IpAddr>, head: Span) -> NetworkDraft<'a> {
        let mut draft = NetworkDraft::default();
        let main = self.main_link(raw, address, head, &mut draft.devices);
        let is_static = main.is_static();
        draft.links.push(main);
        for entry in raw.interfaces.as_ref().or(self.own.interfaces.as_ref()).into_iter().flatten() {
            draft.links.push(link::further(self.values, entry, &mut draft.devices));
        }
        draft.name_servers = self.name_servers_of(raw, is_static, address);
        draft.names = interface_use::names(self.values, &raw.ifname);
        interface_use::check(self.values, &draft, raw);
        mtu::carry(self.values, &mut draft);
        let routes = raw.routes.as_ref().or(self.own.routes.as_ref());
        draft.routes = route::check(self.values, routes.into_iter().flatten(), &draft.links);
        draft
    }

    fn main_link(
        &self,
        raw: &'a RawNode,
        address: Option<IpAddr>,
        head: Span,
        devices: &mut Devices,
    ) -> LinkDraft<'a> {
        let choice = self.addressing(raw);
        let is_ipv6 = address.is_some_and(|address| address.is_ipv6());
        // Of a node without its own address nothing is missing but that.
        let known = address.is_some() && choice == AddressingChoice::Static;
        if !known {
            // Nobody takes them from here; what is there is judged all the same.
            let _ = raw.gateway.as_ref().map(|at| self.values.gateway_for(at, address));
            let _ = raw.netmask.as_ref().map(|at| self.values.mask_for(at, address));
        }
        let gateway_at = if is_ipv6 { self.gateway6(raw) } else { self.gateway4(raw) };
        let mask_at = if is_ipv6 { self.mask6(raw) } else { self.mask4(raw) };
        let gateway = gateway_at.filter(|_| known).and_then(|at| self.values.gateway_for(at, address));
        let mask = match mask_at.filter(|_| known) {
            Some(at) => self.values.mask_for(at, address),
            None => is_ipv6.then_some(Mask { bits: PREFIX6, netmask: None }),
        };
        let base = raw.networkifacename.as_ref().or(raw.interface.as_ref());
        let parts = Parts {
            base: base.or(self.own.interface.as_ref()),
            span: head,
            address,
            address_at: raw.ipaddr.as_ref(),
            choice: LinkChoice::from(choice),
            gateway_at,
            gateway,
            mask_at,
            mask,
            ipv6: raw.stack.ipv6.as_ref(),
            ipv6_of_all: self.own.stack.ipv6.as_ref(),
            stack: Stack::of(&raw.stack).over(Stack::of(&self.own.stack)),
        };
        link::build(self.values, &parts, devices)
    }

    fn addressing(&self, raw: &RawNode) -> AddressingChoice {
        let chosen = addressing(self.values, raw.addressing.as_ref());
        let by_name = raw.networkifacename.is_some().then_some(AddressingChoice::Static);
        let default = if self.is_static { AddressingChoice::Static } else { AddressingChoice::Dhcp };
        chosen.or(by_name).or(self.choice).unwrap_or(default)
    }

    fn gateway4(&self, raw: &'a RawNode) -> Option<&'a Scalar> {
        let own = raw.gateway.as_ref().or(self.own.gateway.as_ref()).or(self.raw.helper.gateway.as_ref());
        own.or(self.raw.dhcp.as_ref().and_then(|dhcp| dhcp.router.as_ref()))
    }

    fn gateway6(&self, raw: &'a RawNode) -> Option<&'a Scalar> {
        let all = self.own.stack.ipv6.as_ref().and_then(|ipv6| ipv6.gateway.as_ref());
        raw.gateway.as_ref().or(all).or(self.own.gateway.as_ref().filter(|_| self.is_ipv6))
    }

    fn mask4(&self, raw: &'a RawNode) -> Option<&'a Scalar> {
        let own = raw.netmask.as_ref().or(self.own.netmask.as_ref()).or(self.raw.helper.netmask.as_ref());
        own.or(self.raw.dhcp.as_ref().and_then(|dhcp| dhcp.netmask.as_ref()))
    }

    fn mask6(&self, raw: &'a RawNode) -> Option<&'a Scalar> {
        let all = self.own.stack.ipv6.as_ref().and_then(|ipv6| ipv6.prefix.as_ref());
        raw.netmask.as_ref().or(all).or(self.own.netmask.as_ref().filter(|_| self.is_ipv6))
    }

    /// The node's own name servers, and else those of all where no DHCP server names them. Of those a
    /// node takes the ones that it can reach.
    fn name_servers_of(&self, raw: &RawNode, is_static: bool, address: Option<IpAddr>) -> Vec<IpAddr> {
        let own = self.values.ips(&raw.nameservers);
        if !own.is_empty() || !is_static {
            return own;
        }
        let only_ipv6 = address.is_some_and(|address| address.is_ipv6());
        let reached = |server: &&IpAddr| server.is_ipv6() || !only_ipv6;
        self.name_servers.iter().filter(reached).copied().collect()
    }
}

/// What holds for all nodes is judged even where every node says something else.
fn judge(values: &Values, raw: &RawVars, gateway: Option<IpAddr>) {
    let own = &raw.okdboot.network;
    let _ = own.interface.as_ref().map(|scalar| interface(values, scalar));
    let _ = own.netmask.as_ref().map(|scalar| values.mask_for(scalar, gateway));
    let _ = raw.helper.gateway.as_ref().map(|scalar| values.address(scalar));
    let _ = raw.helper.netmask.as_ref().map(|scalar| values.netmask(scalar));
}

/// Says whether nodes that choose nothing have static addresses.
pub(super) fn default_static(values: &Values, raw: &RawVars) -> bool {
    if let Some(switch) = values.boolean(raw.staticips.as_ref()) {
        return switch;
    }
    if raw.dhcp_disabled {
        return true;
    }
    let no_mac =
        |(_, n): (Role, &RawNode)| n.macaddr.is_none() && !values.is_faulty(&format!("{}.macaddr", n.path));
    let assumed = raw.dhcp.is_none() && raw.okdboot.addressing.is_none() && raw.machines().all(no_mac);
    if assumed
        && raw.machines().next().is_some()
        && !values.is_faulty("dhcp")
        && !values.is_faulty("staticips")
    {
        let message = "neither `dhcp` nor any `macaddr` is given, so addresses are taken to be static";
        values.push(Diagnostic::new(Code::V215, message).help("say so with `staticips: true`"));
    }
    assumed
}

fn addressing(values: &Values, scalar: Option<&Scalar>) -> Option<AddressingChoice> {
    values.choice(Some(scalar?), AddressingChoice::WORDS, AddressingChoice::Static)
}

/// Name servers of nodes that do not name their own.
fn name_servers(values: &Values, own: &RawNetwork, subnet: &Subnet, helper: Option<&Helper>) -> Vec<IpAddr> {
    let mut servers = values.ips(&own.nameservers);
    if servers.is_empty() {
        servers.extend(subnet.name_servers.iter().copied().map(IpAddr::from));
    }
    if servers.is_empty() {
        servers.extend(helper.map(|helper| helper.address));
    }
    servers
}
