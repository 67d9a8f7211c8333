//! IPv6 beside an IPv4 address, each value by itself.

use std::net::Ipv6Addr;

use super::super::raw::RawIpv6;
use super::super::section::Scalar;
use super::address::Whose;
use super::given::Given;
use super::value::Values;
use crate::model::settings::Ipv6Choice;

/// `ipv6`: what is set beside an IPv4 address.
pub struct Ipv6Draft<'a> {
    /// `ipaddr`
    pub address: Option<Given<'a, Ipv6Addr>>,
    /// `prefix`
    pub prefix: Option<Given<'a, u8>>,
    /// `gateway`
    pub gateway: Option<Given<'a, Ipv6Addr>>,
    /// `addressing`
    pub choice: Option<Given<'a, Ipv6Choice>>,
}

impl<'a> Ipv6Draft<'a> {
    /// Reads `ipv6` of a node, an interface or all nodes.
    pub fn read(values: &Values, raw: &'a RawIpv6) -> Self {
        let choice = |at: &Scalar| values.choice(Some(at), Ipv6Choice::WORDS, Ipv6Choice::Static);
        Self {
            address: Given::read(raw.ipaddr.as_ref(), |at| values.ipv6(at, Whose::Machine)),
            prefix: Given::read(raw.prefix.as_ref(), |at| values.prefix6(at)),
            gateway: Given::read(raw.gateway.as_ref(), |at| values.ipv6(at, Whose::Router)),
            choice: Given::read(raw.addressing.as_ref(), choice),
        }
    }
}
