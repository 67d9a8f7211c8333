//! The machine that the others fetch from, each value by itself.

use std::net::IpAddr;

use super::super::raw::RawVars;
use super::address::{AddressFamily, Mask, Whose};
use super::given::Given;
use super::part::interface;
use super::value::Values;
use crate::model::cluster::Helper;
use crate::model::name::Label;
use crate::model::net::InterfaceName;

/// `helper`
pub struct HelperDraft<'a> {
    /// `name`, or the usual one.
    pub name: Option<Label>,
    /// `ipaddr`
    pub address: Option<IpAddr>,
    /// `networkifacename`
    pub interface: Option<InterfaceName>,
    /// `gateway` of a dialect: the nodes'.
    pub gateway: Option<Given<'a, IpAddr>>,
    /// `netmask` of a dialect: the nodes'.
    pub mask: Option<Given<'a, Mask>>,
    /// `ingress_ipaddr` of a dialect.
    pub ingress: Option<Given<'a, IpAddr>>,
}

impl<'a> HelperDraft<'a> {
    /// Reads it.
    pub fn read(values: &Values, raw: &'a RawVars) -> Self {
        let raw = &raw.helper;
        let what = "the address that nodes fetch from";
        let address = values.required(raw.ipaddr.as_ref(), "helper.ipaddr", what);
        Self {
            address: address.and_then(|at| values.ip(at, Whose::Machine)),
            name: match &raw.name {
                Some(at) => values.host_name(at),
                None => "helper".parse().ok(),
            },
            interface: raw.interface.as_ref().and_then(|at| interface(values, at)),
            gateway: Given::read(raw.gateway.as_ref(), |at| values.address(at).map(IpAddr::from)),
            mask: Given::read(raw.netmask.as_ref(), |at| values.mask_for(at, AddressFamily::V4)),
            ingress: Given::read(raw.ingress.as_ref(), |at| values.ip(at, Whose::Machine)),
        }
    }

    /// Returns the helper, if all of it could be read.
    pub fn finish(&self) -> Option<Helper> {
        Some(Helper { name: self.name.clone()?, address: self.address? })
    }
}
