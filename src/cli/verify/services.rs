//! `verify --services`: name servers, load balancer and clock, and what is to be said of them.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Document;
use super::finding::{Finding, Subject};
use crate::cli::args::services::Surroundings;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::table::Table;
use crate::dhcp::socket::Interface;
use crate::diag::{Code, Severity};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::probe::service::{self, Options, Row};
use crate::text::escape;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(60);

/// One question to a server, and its answer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "service"))]
pub(super) struct Asked<'a> {
    cluster: &'a Label,
    /// Which kind of server.
    #[cfg_attr(test, schemars(extend("enum" = ["dns", "load balancer", "time", "dhcp"])))]
    service: &'static str,
    /// Who was asked: an address or a name.
    server: String,
    /// What was asked: a DNS question, a port, the time.
    subject: String,
    /// What was answered, in words.
    found: String,
    /// The node that it is about; null where it is about the cluster.
    node: Option<Label>,
    /// `later` where it cannot be right before the machines are up.
    #[cfg_attr(test, schemars(extend("enum" = ["ok", "later", "warning", "error"])))]
    verdict: &'static str,
    /// The code of the finding; null where there is none.
    code: Option<Code>,
}

/// Asks the surroundings of every cluster, shows what was found, and returns what is wrong.
pub(super) fn findings(
    session: &Session,
    args: &Surroundings,
    output: &mut Output,
) -> Result<Vec<Finding>, Failure> {
    let options = Options {
        name_servers: args.dns.iter().map(|server| server.0).collect(),
        time_servers: args.ntp.iter().map(|server| (server.host.clone(), server.port)).collect(),
        patience: PATIENCE,
        deadline: Instant::now() + LIMIT,
    };
    let (mut findings, mut members) = (Vec::new(), Vec::new());
    for cluster in session.clusters() {
        let mut rows = service::look(cluster, &options);
        if let Some(name) = &args.dhcp {
            rows.extend(dhcp(cluster, name)?);
        }
        output.listing(&table(&rows))?;
        members.extend(rows.iter().map(|row| Asked::of(&cluster.id, row)));
        findings.extend(rows.into_iter().filter_map(|row| {
            let subject = match row.node {
                Some(node) => Subject::Node(cluster.id.clone(), node),
                None => Subject::General,
            };
            Some(Finding { subject, diagnostic: row.finding? })
        }));
    }
    output.document(&Document { services: Some(members), ..Document::default() });
    Ok(findings)
}

/// Asks DHCP servers, where port and interface are to be had.
fn dhcp(cluster: &Cluster, name: &str) -> Result<Vec<Row>, Failure> {
    let interface = Interface::named(name).map_err(|error| {
        Failure::new(Exit::Network, format!("interface `{name}` has no IPv4 address"))
            .context_of(&error)
            .help("see the interfaces with `ip -br address`")
    })?;
    service::dhcp::look(cluster, &interface, Instant::now() + LIMIT).map_err(|error| {
        Failure::new(Exit::Network, format!("cannot ask DHCP servers on {name}")).context_of(&error).help(
            "it needs udp port 68 of the interface: root or CAP_NET_BIND_SERVICE, and no DHCP client there",
        )
    })
}

impl<'a> Asked<'a> {
    fn of(cluster: &'a Label, row: &Row) -> Self {
        Self {
            cluster,
            service: row.service.as_str(),
            server: row.server.clone(),
            subject: row.subject.clone(),
            found: row.found.clone(),
            node: row.node.clone(),
            verdict: verdict(row),
            code: row.finding.as_ref().map(|finding| finding.code),
        }
    }
}

/// A notice tells how things stand; nothing is to be done about it.
fn verdict(row: &Row) -> &'static str {
    match row.finding.as_ref().map(|finding| finding.severity) {
        None if !row.is_later => "ok",
        None | Some(Severity::Notice) => "later",
        Some(Severity::Warning) => "warning",
        Some(Severity::Error) => "error",
    }
}

/// One line a question, in columns.
fn table(rows: &[Row]) -> String {
    let cells = |row: &Row| {
        let (service, verdict) = (row.service.as_str().to_owned(), verdict(row).to_owned());
        [service, row.server.clone(), row.subject.clone(), escape(&row.found), verdict]
    };
    Table::titled(&["service", "server", "subject", "found", "verdict"]).print(rows.iter().map(cells))
}
