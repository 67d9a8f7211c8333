//! The surroundings of a cluster, asked as its machines will ask them: names, load balancer, time.
//!
//! Nothing is changed anywhere: questions to name servers, connections that are closed at once, one
//! packet to each time server.

mod balancer;
mod clock;
pub mod dhcp;
mod dns;
mod names;
mod port;
mod silence;
mod time;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::text::words;

/// How many questions are under way at once.
const JOBS: usize = 64;

/// The port of name servers.
pub const DNS_PORT: u16 = 53;

/// The port of time servers.
pub const NTP_PORT: u16 = 123;

/// Whom to ask, and for how long.
#[derive(Clone, Debug)]
pub struct ServiceOptions {
    /// The name servers, instead of the nodes' own.
    pub name_servers: Vec<SocketAddr>,
    /// The time servers by name or address, with their port, instead of the nodes' own.
    pub time_servers: Vec<(String, u16)>,
    /// How long an answer may take.
    pub patience: Duration,
    /// When to stop asking.
    pub deadline: Instant,
}

words! {
    /// What was asked.
    Service {
        /// A name server.
        Dns = "dns",
        /// The load balancer or a machine behind it.
        Balancer = "load balancer",
        /// A time server.
        Time = "time",
        /// A DHCP server.
        Dhcp = "dhcp",
    }
}

/// One question and what came of it.
#[derive(Clone, Debug)]
pub struct ServiceRow {
    /// What was asked.
    pub service: Service,
    /// Who was asked.
    pub server: String,
    /// About what.
    pub subject: String,
    /// What was found.
    pub found: String,
    /// The node that it is about.
    pub node: Option<Label>,
    /// Whether it is as it should be before the machines boot, and not as it will be.
    pub is_later: bool,
    /// What is to be said of it, if anything.
    pub finding: Option<Diagnostic>,
}

impl ServiceRow {
    fn new(service: Service, server: impl Into<String>, subject: impl Into<String>) -> Self {
        let (server, subject) = (server.into(), subject.into());
        Self { service, server, subject, found: String::new(), node: None, is_later: false, finding: None }
    }

    fn found(self, found: impl Into<String>) -> Self {
        Self { found: found.into(), ..self }
    }

    fn of(self, node: &Label) -> Self {
        Self { node: Some(node.clone()), ..self }
    }

    fn finding(self, finding: impl Into<Option<Diagnostic>>) -> Self {
        Self { finding: finding.into(), ..self }
    }
}

impl ServiceOptions {
    /// Returns how long the next answer may take; nothing when the time is up.
    fn patience(&self) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| left.min(self.patience))
    }
}

/// Asks everything about one cluster.
pub fn look(cluster: &Cluster, options: &ServiceOptions) -> Vec<ServiceRow> {
    let servers = name_servers(cluster, options);
    let mut rows = names::look(cluster, &servers, options);
    if cluster.is_openshift() {
        rows.extend(balancer::look(cluster, options));
    }
    rows.extend(time::look(cluster, &servers, options));
    rows
}

/// The servers that the nodes will ask: those on the boot line, those that DHCP hands out.
fn name_servers(cluster: &Cluster, options: &ServiceOptions) -> BTreeSet<SocketAddr> {
    if !options.name_servers.is_empty() {
        return options.name_servers.iter().copied().collect();
    }
    let of_nodes = cluster.nodes.iter().flat_map(|node| match node.network.name_servers.as_slice() {
        [] => cluster.services.name_servers.as_slice(),
        named => named,
    });
    of_nodes.map(|address| SocketAddr::new(*address, DNS_PORT)).collect()
}

/// What was not asked, because the time was up.
fn not_asked(row: ServiceRow) -> ServiceRow {
    let finding = Diagnostic::new(
        Code::P082,
        format!("the time was up before {} was asked: {}", row.server, row.subject),
    )
    .help("find out which server above is silent, then ask again");
    row.found("not asked").finding(finding)
}

/// Prints a server without its usual port.
fn shown(server: SocketAddr, usual: u16) -> String {
    if server.port() == usual { server.ip().to_string() } else { server.to_string() }
}
