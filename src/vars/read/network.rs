//! The network as `okdboot.network` says it of all nodes, and a node of itself. The former is read once a file,
//! whatever many nodes take it from there.

use std::net::IpAddr;

use super::super::raw::RawNetwork;
use super::address::{AddressFamily, Mask, Whose};
use super::device::StackDraft;
use super::given::Given;
use super::link::{InterfaceDraft, RouteDraft};
use super::part::interface;
use super::value::Values;
use crate::model::net::InterfaceName;

/// What one of the two says.
pub struct NetworkDraft<'a> {
    /// `interface`
    pub interface: Option<Given<'a, InterfaceName>>,
    /// `gateway`
    pub gateway: Option<Given<'a, IpAddr>>,
    /// `netmask`, of the family of the gateway of all nodes, or of a node's address.
    pub mask: Option<Given<'a, Mask>>,
    /// `nameservers`
    pub name_servers: Vec<IpAddr>,
    /// What stands beneath the interface.
    pub stack: StackDraft<'a>,
    /// `interfaces`
    pub interfaces: Option<Vec<InterfaceDraft<'a>>>,
    /// `routes`
    pub routes: Option<Vec<RouteDraft<'a>>>,
}

impl<'a> NetworkDraft<'a> {
    /// Reads it; `family` is the one that its mask is of.
    pub fn read(values: &Values, raw: &'a RawNetwork, family: AddressFamily) -> Self {
        Self {
            gateway: Given::read(raw.gateway.as_ref(), |at| values.ip(at, Whose::Router)),
            interface: Given::read(raw.interface.as_ref(), |at| interface(values, at)),
            mask: Given::read(raw.netmask.as_ref(), |at| values.mask_for(at, family)),
            name_servers: values.ips(&raw.nameservers),
            stack: StackDraft::read(values, &raw.stack),
            interfaces: InterfaceDraft::read_all(values, raw.interfaces.as_ref()),
            routes: RouteDraft::read_all(values, raw.routes.as_ref()),
        }
    }
}
