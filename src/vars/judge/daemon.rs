//! Who does what around the boot: what is said, else what helpernode would have set up.

use std::net::IpAddr;

use super::super::raw::RawVars;
use super::super::read::value::Values;
use super::defaults::default_static;
use super::subnet::Subnet;
use crate::diag::Code;
use crate::model::cluster::Helper;
use crate::model::daemon::{Balancer, Containers, Daemons, DhcpServer, DnsServer, TimeServer};
use crate::model::settings::Kind;

/// What the defaults go by.
pub(super) struct Around<'a> {
    pub(super) subnet: &'a Subnet,
    pub(super) helper: &'a Helper,
    pub(super) load_balancer: IpAddr,
    /// Whether `chronyconfig` is.
    pub(super) is_enabled: bool,
    pub(super) kind: Kind,
}

impl Around<'_> {
    /// helpernode stops named and haproxy where `dhcp.dns` names another machine.
    fn names_are_elsewhere(&self) -> bool {
        let elsewhere = |at: &std::net::Ipv4Addr| IpAddr::from(*at) != self.helper.address;
        !self.subnet.name_servers.is_empty() && self.subnet.name_servers.iter().all(elsewhere)
    }

    fn dns(&self) -> DnsServer {
        if self.names_are_elsewhere() { DnsServer::None } else { DnsServer::Dnsmasq }
    }

    fn balancer(&self) -> Balancer {
        let elsewhere = self.load_balancer != self.helper.address || self.names_are_elsewhere();
        if elsewhere || self.kind == Kind::Live { Balancer::None } else { Balancer::Haproxy }
    }

    fn time(&self) -> TimeServer {
        if self.is_enabled { TimeServer::Chrony } else { TimeServer::None }
    }
}

pub(super) fn check(values: &Values, raw: &RawVars, around: &Around) -> Option<Daemons> {
    let own = &raw.okdboot.services;
    // Each is looked at before anything is given up.
    let dhcp = values.choice(own.dhcp.as_ref(), DhcpServer::WORDS, dhcp(values, raw));
    let dns = values.choice(own.dns.as_ref(), DnsServer::WORDS, around.dns());
    let balancer = values.choice(own.balancer.as_ref(), Balancer::WORDS, around.balancer());
    nothing_to_balance(values, raw, balancer.filter(|_| around.kind == Kind::Live));
    let time = values.choice(own.time.as_ref(), TimeServer::WORDS, around.time());
    let containers = values.choice(own.containers.as_ref(), Containers::WORDS, Containers::None);
    Some(Daemons { dhcp: dhcp?, dns: dns?, balancer: balancer?, time: time?, containers: containers? })
}

/// Machines of no cluster have neither API nor ingress.
fn nothing_to_balance(values: &Values, raw: &RawVars, balancer: Option<Balancer>) {
    if let (Some(Balancer::Haproxy), Some(scalar)) = (balancer, &raw.okdboot.services.balancer) {
        let message = "there is no load to balance: the machines form no cluster (`okdboot.kind: live`)";
        values.refuse(Code::V242, scalar, message, "remove it");
    }
}

fn dhcp(values: &Values, raw: &RawVars) -> DhcpServer {
    if raw.dhcp.is_none() || default_static(values, raw) { DhcpServer::None } else { DhcpServer::Dnsmasq }
}
