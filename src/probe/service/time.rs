//! Whether the nodes can learn the time, and whether this machine has the right one.
//!
//! openshift-install dates certificates by the clock of the machine that it runs on, which is this one
//! more often than not. A node whose clock is behind refuses them as not valid yet.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::clock::{self, NtpReading, Timeless};
use super::dns::{self, AddressFamily, DnsAnswer, DnsQuestion};
use super::{JOBS, NTP_PORT, Service, ServiceOptions, ServiceRow, not_asked};
use crate::diag::{Code, Diagnostic, Severity};
use crate::model::cluster::Cluster;
use crate::pool;

/// Seconds that a clock may be wrong.
const GOOD: f64 = 2.0;

/// Seconds from which on an installation is known to suffer.
const BAD: f64 = 30.0;

/// Asks every time server.
pub(super) fn look(
    cluster: &Cluster,
    resolvers: &BTreeSet<SocketAddr>,
    options: &ServiceOptions,
) -> Vec<ServiceRow> {
    let named = cluster.services.time_servers.iter().map(|server| (server.name.clone(), NTP_PORT));
    let servers =
        if options.time_servers.is_empty() { named.collect() } else { options.time_servers.clone() };
    if servers.is_empty() {
        return vec![unnamed()];
    }
    pool::each(&servers, JOBS, |(name, port)| row(cluster, (name, *port), resolvers, options))
}

fn unnamed() -> ServiceRow {
    let finding = Diagnostic::new(Code::P080, "nothing says which time server the nodes use, so no clock was compared")
        .help("name it as `chronyconfig.content`, or give it with `--ntp`; without one, nodes ask the distribution's own servers on the internet");
    ServiceRow::new(Service::Time, "-", "this machine's clock").found("not asked").finding(finding)
}

fn row(
    cluster: &Cluster,
    (name, port): (&str, u16),
    resolvers: &BTreeSet<SocketAddr>,
    options: &ServiceOptions,
) -> ServiceRow {
    let shown = if port == NTP_PORT { name.to_owned() } else { format!("{name}:{port}") };
    let row = ServiceRow::new(Service::Time, &shown, "this machine's clock");
    if options.patience().is_none() {
        return not_asked(row);
    }
    let Some(address) = resolve(name, resolvers, options) else {
        let finding = Diagnostic::new(
            Code::P078,
            format!("time server `{shown}` has no address at the nodes' name servers"),
        )
        .help("add its name to a zone, or name it by its address");
        return row.found("no address").finding(finding);
    };
    let Some(patience) = options.patience() else { return not_asked(row) };
    match clock::ask(SocketAddr::new(address, port), patience) {
        Ok(reading) => row.found(said(reading)).finding(judge(&shown, reading)),
        Err(error) => row.found(error.to_string()).finding(timeless(cluster, &shown, &error)),
    }
}

/// Returns the address of a server, as the nodes will find it.
fn resolve(name: &str, resolvers: &BTreeSet<SocketAddr>, options: &ServiceOptions) -> Option<IpAddr> {
    if let Ok(address) = name.parse() {
        return Some(address);
    }
    let name = name.trim_end_matches('.');
    let questions =
        [AddressFamily::V4, AddressFamily::V6].map(|family| DnsQuestion::Addresses(name.to_owned(), family));
    let ask = |resolver: &SocketAddr, question| match dns::ask(*resolver, question, options.patience()?) {
        Ok(DnsAnswer::Addresses(found)) => found.first().copied(),
        _ => None,
    };
    resolvers.iter().find_map(|resolver| questions.iter().find_map(|question| ask(resolver, question)))
}

fn said(reading: NtpReading) -> String {
    format!("{}, stratum {}", distance(reading.ahead), reading.stratum)
}

fn distance(ahead: f64) -> String {
    match ahead {
        _ if ahead.abs() < GOOD => "right".to_owned(),
        _ if ahead > 0.0 => format!("{ahead:.0} s ahead"),
        _ => format!("{:.0} s behind", -ahead),
    }
}

fn judge(server: &str, reading: NtpReading) -> Option<Diagnostic> {
    let ahead = reading.ahead;
    if ahead.abs() < GOOD {
        return None;
    }
    let message = format!("the clock of this machine is {} of time server {server}", distance(ahead));
    let mut finding = Diagnostic::new(Code::P079, message).help(format!(
        "put `server {server} iburst` into /etc/chrony.conf here, restart chronyd, and run `chronyc makestep`"
    ));
    if ahead > 0.0 {
        finding = finding.help("make Ignition files that were made with this clock again: their certificates are not valid yet for whoever has the right time");
    }
    if ahead.abs() < BAD {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}

fn timeless(cluster: &Cluster, server: &str, error: &Timeless) -> Diagnostic {
    match error {
        Timeless::Unsynchronised => {
            Diagnostic::new(Code::P081, format!("time server {server} is of no use to the nodes: {error}"))
                .help("look at `chronyc sources` there; one without a source of its own needs `local stratum 10` in /etc/chrony.conf")
        }
        Timeless::Kiss(_) => {
            Diagnostic::new(Code::P081, format!("time server {server} is of no use to the nodes: {error}"))
                .help(format!("allow the nodes in its /etc/chrony.conf: `allow {}`", network(cluster)))
        }
        _ => Diagnostic::new(Code::P078, format!("time server {server} cannot be asked: {error}")).help(format!(
            "start it, allow the nodes in its /etc/chrony.conf: `allow {}`, and let UDP port 123 through",
            network(cluster)
        )),
    }
}

/// The smallest network that every node is in whose address is of the first one's family.
fn network(cluster: &Cluster) -> String {
    let mut addresses = cluster.nodes.iter().map(|node| node.address);
    let Some(first) = addresses.next() else { return "all".to_owned() };
    let within = |net: &IpNet| {
        cluster
            .nodes
            .iter()
            .all(|node| node.address.is_ipv4() != first.is_ipv4() || net.contains(&node.address))
    };
    let nets = (0..=128).rev().filter_map(|prefix| IpNet::new(first, prefix).ok());
    nets.map(|net| net.trunc()).find(within).map_or_else(|| "all".to_owned(), |net| net.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_right_or_how_far_it_is_off_is_said() {
        let judged = |ahead: f64| judge("ntp", NtpReading { ahead, stratum: 2 });
        assert!(judged(1.9).is_none() && judged(-1.9).is_none());
        assert_eq!(judged(2.4).unwrap().severity, Severity::Warning);
        let ahead = judged(3600.0).unwrap();
        assert_eq!(ahead.severity, Severity::Error);
        assert!(ahead.message.contains("3600 s ahead of time server ntp"), "{}", ahead.message);
        assert!(ahead.help[1].contains("not valid yet"));
        let behind = judged(-31.0).unwrap();
        assert!(behind.message.contains("31 s behind"));
        assert_eq!((behind.severity, behind.help.len()), (Severity::Error, 1));
    }
}
