//! Who does what around the boot: what is said, else what helpernode would have set up.

use std::net::IpAddr;

use super::super::read::file::FileDraft;
use super::super::read::given::Given;
use super::super::read::value::Values;
use super::defaults::default_static;
use super::subnet::Subnet;
use crate::diag::Code;
use crate::model::daemon::{Balancer, Containers, Daemons, DhcpServer, DnsServer, TimeServer};
use crate::model::settings::Kind;

/// What the defaults go by.
pub(super) struct Around<'a> {
    pub(super) subnet: &'a Subnet,
    pub(super) helper: Option<IpAddr>,
    pub(super) load_balancer: Option<IpAddr>,
    pub(super) kind: Kind,
}

impl Around<'_> {
    /// helpernode stops named and haproxy where `dhcp.dns` names another machine.
    fn names_are_elsewhere(&self) -> bool {
        let elsewhere = |at: &std::net::Ipv4Addr| Some(IpAddr::from(*at)) != self.helper;
        !self.subnet.name_servers.is_empty() && self.subnet.name_servers.iter().all(elsewhere)
    }

    fn dns(&self) -> DnsServer {
        if self.names_are_elsewhere() { DnsServer::None } else { DnsServer::Dnsmasq }
    }

    fn balancer(&self) -> Balancer {
        let elsewhere = self.load_balancer != self.helper || self.names_are_elsewhere();
        if elsewhere || self.kind == Kind::Live { Balancer::None } else { Balancer::Haproxy }
    }
}

/// Fills in who does what where nothing is said.
pub(super) fn check(values: &Values, draft: &FileDraft, around: &Around) -> Option<Daemons> {
    let own = &draft.services;
    let balancer = said(own.balancer.as_ref(), || around.balancer());
    nothing_to_balance(values, draft, balancer.filter(|_| around.kind == Kind::Live));
    Some(Daemons {
        dhcp: said(own.dhcp.as_ref(), || dhcp(values, draft))?,
        dns: said(own.dns.as_ref(), || around.dns())?,
        balancer: balancer?,
        time: said(own.time.as_ref(), || time(draft))?,
        containers: said(own.containers.as_ref(), || Containers::None)?,
    })
}

/// What is said, else the default; nothing where it was refused.
fn said<T: Copy>(given: Option<&Given<T>>, default: impl FnOnce() -> T) -> Option<T> {
    match given {
        Some(given) => given.value,
        None => Some(default()),
    }
}

fn time(draft: &FileDraft) -> TimeServer {
    if draft.services.is_time_told { TimeServer::Chrony } else { TimeServer::None }
}

/// Machines of no cluster have neither API nor ingress.
fn nothing_to_balance(values: &Values, draft: &FileDraft, balancer: Option<Balancer>) {
    if let (Some(Balancer::Haproxy), Some(given)) = (balancer, &draft.services.balancer) {
        let message = "there is no load to balance: the machines form no cluster (`okdboot.kind: live`)";
        values.refuse(Code::V242, given.at, message, "remove it");
    }
}

fn dhcp(values: &Values, draft: &FileDraft) -> DhcpServer {
    let gives_none = draft.dhcp.is_none() || default_static(values, draft);
    if gives_none { DhcpServer::None } else { DhcpServer::Dnsmasq }
}
