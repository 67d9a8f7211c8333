//! What was asked of name servers, load balancer and clock, for people and for programs.

use serde::Serialize;

use crate::cli::table::Table;
use crate::diag::{Code, Severity};
use crate::model::name::Label;
use crate::probe::service::ServiceRow;
use crate::run::verify::services;
use crate::text::escape;

/// One question to a server, and its answer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "service"))]
pub(super) struct ServiceQuestion<'a> {
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

/// Returns every question of a run.
pub(super) fn members(asked: &[services::ServiceChecks]) -> Vec<ServiceQuestion<'_>> {
    asked.iter().flat_map(|one| one.rows.iter().map(|row| ServiceQuestion::of(&one.cluster, row))).collect()
}

impl<'a> ServiceQuestion<'a> {
    fn of(cluster: &'a Label, row: &ServiceRow) -> Self {
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
fn verdict(row: &ServiceRow) -> &'static str {
    match row.finding.as_ref().map(|finding| finding.severity) {
        None if !row.is_later => "ok",
        None | Some(Severity::Notice) => "later",
        Some(Severity::Warning) => "warning",
        Some(Severity::Error) => "error",
    }
}

/// One line a question, in columns.
pub(super) fn table(rows: &[ServiceRow]) -> String {
    let cells = |row: &ServiceRow| {
        let (service, verdict) = (row.service.as_str().to_owned(), verdict(row).to_owned());
        [service, row.server.clone(), row.subject.clone(), escape(&row.found), verdict]
    };
    Table::titled(&["service", "server", "subject", "found", "verdict"]).print(rows.iter().map(cells))
}
