//! The `dhcp` section, each value by itself. It is about IPv4 only.

use std::net::Ipv4Addr;
use std::slice;

use super::super::raw::RawDhcp;
use super::super::section::Scalar;
use super::given::Given;
use super::value::Values;
use crate::model::net::Netmask;

/// The `dhcp` section.
pub struct DhcpDraft<'a> {
    /// `router`
    pub router: Option<Given<'a, Ipv4Addr>>,
    /// `bcast`
    pub broadcast: Option<Given<'a, Ipv4Addr>>,
    /// `netmask`
    pub netmask: Option<Given<'a, Netmask>>,
    /// `poolstart`
    pub first: Option<Given<'a, Ipv4Addr>>,
    /// `poolend`
    pub last: Option<Given<'a, Ipv4Addr>>,
    /// `ipid`
    pub id: Option<Given<'a, Ipv4Addr>>,
    /// `netmaskid`
    pub id_mask: Option<Given<'a, Netmask>>,
    /// `dns`
    pub name_servers: Vec<Ipv4Addr>,
}

impl<'a> DhcpDraft<'a> {
    /// Reads it.
    pub fn read(values: &Values, raw: &'a RawDhcp) -> Self {
        let address = |at: &Scalar| values.address(at);
        let netmask = |at: &Scalar| values.netmask(at);
        Self {
            id_mask: Given::read(raw.netmaskid.as_ref(), netmask),
            netmask: Given::read(raw.netmask.as_ref(), netmask),
            broadcast: Given::read(raw.bcast.as_ref(), address),
            id: Given::read(raw.ipid.as_ref(), address),
            router: Given::read(raw.router.as_ref(), address),
            name_servers: raw
                .dns
                .as_ref()
                .map(|at| values.addresses(slice::from_ref(at)))
                .unwrap_or_default(),
            first: Given::read(raw.poolstart.as_ref(), address),
            last: Given::read(raw.poolend.as_ref(), address),
        }
    }
}
