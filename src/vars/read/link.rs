//! Addresses and routes of a link, each value by itself.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::raw::{RawInterface, RawRoute};
use super::super::section::Scalar;
use super::address::{AddressFamily, Mask, Whose};
use super::device::StackDraft;
use super::given::Given;
use super::part::interface;
use super::value::Values;
use crate::diag::{Code, Diagnostic};
use crate::model::net::InterfaceName;
use crate::model::network::{RouteNetError, parse_route_net};
use crate::model::settings::LinkChoice;

/// An entry of `interfaces`.
pub struct InterfaceDraft<'a> {
    /// What the file says.
    pub raw: &'a RawInterface,
    /// `interface`
    pub name: Option<Given<'a, InterfaceName>>,
    /// `ipaddr`
    pub address: Option<Given<'a, IpAddr>>,
    /// `netmask`
    pub mask: Option<Given<'a, Mask>>,
    /// `gateway`
    pub gateway: Option<Given<'a, IpAddr>>,
    /// `addressing`
    pub choice: Option<Given<'a, LinkChoice>>,
    /// What stands beneath it.
    pub stack: StackDraft<'a>,
}

/// An entry of `routes`.
pub struct RouteDraft<'a> {
    /// What the file says.
    pub raw: &'a RawRoute,
    /// `to`
    pub to: Option<Given<'a, IpNet>>,
    /// `via`
    pub via: Option<Given<'a, IpAddr>>,
    /// `interface`
    pub interface: Option<Given<'a, InterfaceName>>,
}

impl<'a> InterfaceDraft<'a> {
    /// Reads a list of further interfaces.
    pub fn read_all(values: &Values, raw: Option<&'a Vec<RawInterface>>) -> Option<Vec<Self>> {
        raw.map(|entries| entries.iter().map(|entry| Self::read(values, entry)).collect())
    }

    fn read(values: &Values, raw: &'a RawInterface) -> Self {
        let family = AddressFamily::of_text(raw.ipaddr.as_ref());
        let choice = |at: &Scalar| values.choice(Some(at), LinkChoice::WORDS, LinkChoice::Static);
        Self {
            raw,
            name: Given::read(raw.interface.as_ref(), |at| interface(values, at)),
            address: Given::read(raw.ipaddr.as_ref(), |at| values.ip(at, Whose::Machine)),
            mask: Given::read(raw.netmask.as_ref(), |at| values.mask_for(at, family)),
            gateway: Given::read(raw.gateway.as_ref(), |at| values.ip(at, Whose::Router)),
            choice: Given::read(raw.addressing.as_ref(), choice),
            stack: StackDraft::read(values, &raw.stack),
        }
    }
}

impl<'a> RouteDraft<'a> {
    /// Reads a list of routes.
    pub fn read_all(values: &Values, raw: Option<&'a Vec<RawRoute>>) -> Option<Vec<Self>> {
        raw.map(|entries| entries.iter().map(|entry| Self::read(values, entry)).collect())
    }

    fn read(values: &Values, raw: &'a RawRoute) -> Self {
        Self {
            raw,
            to: Given::read(raw.to.as_ref(), |at| net(values, at)),
            via: Given::read(raw.via.as_ref(), |at| values.ip(at, Whose::Router)),
            interface: Given::read(raw.interface.as_ref(), |at| interface(values, at)),
        }
    }
}

fn net(values: &Values, at: &Scalar) -> Option<IpNet> {
    let error = match parse_route_net(at.text.trim()) {
        Ok(net) => return Some(net),
        Err(error) => error,
    };
    let help = match &error {
        RouteNetError::Malformed(_) => "write a network with its prefix length".to_owned(),
        RouteNetError::Host(_, net) => format!("write `{net}`"),
        RouteNetError::Default(_) => "write its router as `gateway`".to_owned(),
    };
    values.push(Diagnostic::new(Code::V232, error.to_string()).at(&values.at(at), "").help(help));
    None
}
