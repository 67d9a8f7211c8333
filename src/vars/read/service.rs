//! What stands around the machines, each value by itself.

use std::net::{IpAddr, Ipv4Addr};

use super::super::raw::{RawHelpernode, RawVars};
use super::super::section::Scalar;
use super::address::Whose;
use super::chrony;
use super::given::Given;
use super::part::interface;
use super::value::Values;
use crate::diag::Code;
use crate::model::daemon::{Balancer, Containers, DhcpServer, DnsServer, TimeServer};
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::net::InterfaceName;
use crate::model::service::{Helpernode, Registry, TimeSource};

/// What stands around the machines.
pub struct ServicesDraft<'a> {
    /// `dns.lb_ipaddr`
    pub load_balancer: Option<Given<'a, Ipv4Addr>>,
    /// `dns.forwarder1` and `dns.forwarder2`
    pub forwarders: Vec<IpAddr>,
    /// `chronyconfig.enabled`
    pub is_time_told: bool,
    /// The servers of `chronyconfig.content`.
    pub time_servers: Vec<TimeSource>,
    /// `high_availability.helpernodes`
    pub failover: Vec<HelpernodeDraft<'a>>,
    /// `setup_registry`, where there is to be one.
    pub registry: Option<Registry>,
    /// `okdboot.services.dhcp`
    pub dhcp: Option<Given<'a, DhcpServer>>,
    /// `okdboot.services.dns`
    pub dns: Option<Given<'a, DnsServer>>,
    /// `okdboot.services.balancer`
    pub balancer: Option<Given<'a, Balancer>>,
    /// `okdboot.services.time`
    pub time: Option<Given<'a, TimeServer>>,
    /// `okdboot.services.containers`
    pub containers: Option<Given<'a, Containers>>,
    /// `okdboot.services.interface`
    pub interface: Option<Given<'a, InterfaceName>>,
    /// `okdboot.services.uplink`
    pub uplink: Option<InterfaceName>,
    /// `okdboot.services.ingress_ipaddr`
    pub ingress: Option<Given<'a, IpAddr>>,
    /// `okdboot.services.lease`
    pub lease: Option<u32>,
    /// `okdboot.services.root`
    pub root: Option<String>,
    /// `okdboot.services.netboot_xyz`
    pub netboot: Vec<Given<'a, MacAddr>>,
}

/// One of several helpers that share an address.
pub struct HelpernodeDraft<'a> {
    /// What the file says.
    pub raw: &'a RawHelpernode,
    /// `name`
    pub name: Option<Label>,
    /// `ipaddr`
    pub address: Option<IpAddr>,
    /// Whether it has the address first, by `state`.
    pub is_master: bool,
    /// `priority`, or the usual one.
    pub priority: Option<u8>,
}

impl<'a> ServicesDraft<'a> {
    /// Reads it.
    pub fn read(values: &Values, raw: &'a RawVars) -> Self {
        let own = &raw.okdboot.services;
        let mac = |at: &'a Scalar| Given { at, value: values.mac(at) };
        Self {
            load_balancer: Given::read(raw.dns.lb_ipaddr.as_ref(), |at| values.address(at)),
            forwarders: forwarders(values, raw),
            is_time_told: values.boolean(raw.chrony.enabled.as_ref()).unwrap_or_default(),
            time_servers: chrony::servers(values, raw),
            failover: raw.helpernodes.iter().map(|node| HelpernodeDraft::read(values, node)).collect(),
            registry: registry(values, raw),
            dhcp: Given::read(own.dhcp.as_ref(), |at| {
                values.choice(Some(at), DhcpServer::WORDS, DhcpServer::None)
            }),
            dns: Given::read(own.dns.as_ref(), |at| {
                values.choice(Some(at), DnsServer::WORDS, DnsServer::None)
            }),
            balancer: Given::read(own.balancer.as_ref(), |at| {
                values.choice(Some(at), Balancer::WORDS, Balancer::None)
            }),
            time: Given::read(own.time.as_ref(), |at| {
                values.choice(Some(at), TimeServer::WORDS, TimeServer::None)
            }),
            containers: Given::read(own.containers.as_ref(), |at| {
                values.choice(Some(at), Containers::WORDS, Containers::None)
            }),
            interface: Given::read(own.interface.as_ref(), |at| interface(values, at)),
            uplink: own.uplink.as_ref().and_then(|at| interface(values, at)),
            ingress: Given::read(own.ingress.as_ref(), |at| values.ip(at, Whose::Machine)),
            lease: own.lease.as_ref().and_then(|at| lease(values, at)),
            root: own.root.as_ref().and_then(|at| root(values, at)),
            netboot: own.netboot.iter().map(mac).collect(),
        }
    }
}

/// People write them as named.conf has them, with a semicolon.
fn forwarders(values: &Values, raw: &RawVars) -> Vec<IpAddr> {
    let plain = |at: &Scalar| Scalar { text: at.text.trim().trim_end_matches(';').to_owned(), ..at.clone() };
    let scalars: Vec<Scalar> = raw.dns.forwarders.iter().map(plain).collect();
    values.ips(&scalars)
}

/// Seconds, or minutes, hours and days by their letter.
fn lease(values: &Values, at: &Scalar) -> Option<u32> {
    let text = at.text.trim();
    if text == "infinite" {
        return None;
    }
    let (number, unit) = match text.char_indices().next_back()? {
        (end, 's') => (&text[..end], 1),
        (end, 'm') => (&text[..end], 60),
        (end, 'h') => (&text[..end], 3600),
        (end, 'd') => (&text[..end], 86_400),
        _ => (text, 1),
    };
    // dnsmasq(8): at least two minutes.
    let seconds = number.parse::<u32>().ok().and_then(|n| n.checked_mul(unit)).filter(|s| *s >= 120);
    if seconds.is_none() {
        let help = "write `infinite`, or a time of at least two minutes such as `12h`";
        values.refuse(Code::V242, at, format!("`{text}` is no time of a lease"), help);
    }
    seconds
}

/// A path that starts at the root: daemons resolve no other.
fn root(values: &Values, at: &Scalar) -> Option<String> {
    let text = at.text.trim().trim_end_matches('/');
    let printable = |c: char| c.is_ascii_graphic() && !"\"'`$\\;#{}()<>|&*?,".contains(c);
    if text.starts_with('/') && text.chars().all(printable) && !text.split('/').any(|part| part == "..") {
        return Some(text.to_owned());
    }
    let help = "write where the tree stands on the helper, such as `/srv/okdboot`, without blanks and quotes";
    values.refuse(Code::V242, at, format!("`{text}` is no path that every daemon can take"), help);
    None
}

impl<'a> HelpernodeDraft<'a> {
    fn read(values: &Values, raw: &'a RawHelpernode) -> Self {
        let state = raw.state.as_ref().map_or("BACKUP", |at| at.text.trim()).to_ascii_uppercase();
        let is_master = state == "MASTER";
        Self {
            raw,
            name: raw.name.as_ref().and_then(|at| values.host_name(at)),
            address: raw.ipaddr.as_ref().and_then(|at| values.ip(at, Whose::Machine)),
            is_master,
            priority: match &raw.priority {
                None => Some(if is_master { 100 } else { 90 }),
                Some(at) => priority(values, at),
            },
        }
    }

    /// Returns the helper, if all of it is there.
    pub fn finish(&self) -> Option<Helpernode> {
        let (name, address) = (self.name.clone()?, self.address?);
        Some(Helpernode { name, address, is_master: self.is_master, priority: self.priority? })
    }
}

/// 255 belongs to the owner of the address and 0 ends it (RFC 9568, 5.2.4).
fn priority(values: &Values, at: &Scalar) -> Option<u8> {
    let found = at.text.trim().parse::<u8>().ok().filter(|n| (1..=254).contains(n));
    if found.is_none() {
        values.refuse(
            Code::V242,
            at,
            format!("`{}` is no priority", at.text),
            "write a number from 1 to 254",
        );
    }
    found
}

fn registry(values: &Values, raw: &RawVars) -> Option<Registry> {
    let repository = match &raw.registry.repository {
        Some(at) => repository(values, at),
        None => Some("ocp4/openshift4".to_owned()),
    };
    values.boolean(raw.registry.deploy.as_ref()).filter(|deploy| *deploy)?;
    Some(Registry { repository: repository? })
}

/// Path components of a name as the OCI distribution specification has them.
fn repository(values: &Values, at: &Scalar) -> Option<String> {
    let text = at.text.trim();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
    if !text.is_empty() && text.chars().all(allowed) && !text.starts_with('/') && !text.ends_with('/') {
        return Some(text.to_owned());
    }
    values.refuse(Code::V242, at, format!("`{text}` is no repository"), "write it as `ocp4/openshift4`");
    None
}
