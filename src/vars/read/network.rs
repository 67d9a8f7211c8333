//! `okdboot.network` and what else holds for the network of all nodes: read once a file, whatever many nodes
//! take it from there.

use std::net::IpAddr;

use super::super::raw::RawVars;
use super::address::{AddressFamily, Mask, Whose};
use super::device::StackDraft;
use super::given::Given;
use super::link::{InterfaceDraft, RouteDraft};
use super::part::interface;
use super::value::Values;
use crate::model::net::InterfaceName;

/// What nodes have that say nothing else.
pub struct NetworkDraft<'a> {
    /// `interface`
    pub interface: Option<Given<'a, InterfaceName>>,
    /// `gateway`
    pub gateway: Option<Given<'a, IpAddr>>,
    /// `netmask`, of the family of the gateway.
    pub mask: Option<Given<'a, Mask>>,
    /// `nameservers`
    pub name_servers: Vec<IpAddr>,
    /// What stands beneath every node's interface.
    pub stack: StackDraft<'a>,
    /// `interfaces`
    pub interfaces: Option<Vec<InterfaceDraft<'a>>>,
    /// `routes`
    pub routes: Option<Vec<RouteDraft<'a>>>,
    /// `helper.gateway` of a dialect.
    pub helper_gateway: Option<Given<'a, IpAddr>>,
    /// `helper.netmask` of a dialect.
    pub helper_mask: Option<Given<'a, Mask>>,
}

impl<'a> NetworkDraft<'a> {
    /// Reads it.
    pub fn read(values: &Values, raw: &'a RawVars) -> Self {
        let own = &raw.okdboot.network;
        let family = AddressFamily::of_text(own.gateway.as_ref());
        let helper = &raw.helper;
        Self {
            gateway: Given::read(own.gateway.as_ref(), |at| values.ip(at, Whose::Router)),
            interface: Given::read(own.interface.as_ref(), |at| interface(values, at)),
            mask: Given::read(own.netmask.as_ref(), |at| values.mask_for(at, family)),
            helper_gateway: Given::read(helper.gateway.as_ref(), |at| values.address(at).map(IpAddr::from)),
            helper_mask: Given::read(helper.netmask.as_ref(), |at| values.mask_for(at, AddressFamily::V4)),
            name_servers: values.ips(&own.nameservers),
            stack: StackDraft::read(values, &own.stack),
            interfaces: InterfaceDraft::read_all(values, own.interfaces.as_ref()),
            routes: RouteDraft::read_all(values, own.routes.as_ref()),
        }
    }
}
