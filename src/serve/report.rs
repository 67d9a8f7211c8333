//! How far the machines are, for people, programs and Prometheus.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::Value;

use super::answer::{Answer, Body};
use super::ask::{HttpRequest, RequestMethod};
use super::event::{Event, Level, moment};
use super::row::{self, Row};
use super::watch::{Watch, WatchView};
use super::{kind, metrics, page};
use crate::model::mac::MacAddr;
use crate::model::role::Role;
use crate::model::settings::Mode;

/// Answers a request to the watch.
pub fn answer(ask: &HttpRequest, watch: &Watch) -> Answer {
    if !matches!(ask.method, RequestMethod::Get | RequestMethod::Head) {
        let mut answer = Answer::refusal(405, "GET and HEAD are answered here, nothing else");
        answer.fields.push(("Allow", "GET, HEAD".to_owned()));
        return answer;
    }
    match ask.names()[..] {
        [] => page::answer(&watch.view()),
        ["watch.json"] => fresh(Answer::text(kind::JSON, text(&json(&watch.view())))),
        ["metrics"] => fresh(Answer::text(metrics::KIND, metrics::text(&watch.view()))),
        ["events"] => events(ask.last_event.unwrap_or(0)),
        _ => Answer::refusal(404, "the watch has /, /watch.json, /events and /metrics"),
    }
}

/// What is true for a moment only.
fn fresh(mut answer: Answer) -> Answer {
    answer.fields.push(("Cache-Control", "no-store".to_owned()));
    answer
}

fn events(after: u64) -> Answer {
    let body = Body::Events(after);
    fresh(Answer { status: 200, kind: "text/event-stream", body, known: None, fields: Vec::new() })
}

/// An event as a browser reads it (WHATWG HTML, "Server-sent events").
pub fn server_sent(event: &Event) -> String {
    format!("id: {}\ndata: {}\n\n", event.id, line(event))
}

/// An event as one line of JSON.
pub fn line(event: &Event) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

fn text(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// What `/watch.json` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Document<'a> {
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    format_version: u8,
    /// The moment at which this was true, in UTC (RFC 3339).
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    time: String,
    /// The number of the last event.
    last_event: u64,
    /// Every machine of the tree, in the order of its files.
    machines: Vec<MachineReport<'a>>,
    /// Who asked how to boot and is no machine of the tree.
    unknown: Vec<StrangerReport>,
    /// Bytes of all bodies since the start.
    sent_bytes: u64,
    /// How many files are under way.
    transfers: usize,
}

/// A machine of the tree, and how far it is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Machine"))]
#[serde(rename_all = "kebab-case")]
struct MachineReport<'a> {
    /// Null where nothing but a group of matchbox tells of the machine.
    cluster: Option<&'a str>,
    /// Its name.
    name: &'a str,
    /// What it is to the cluster; null where nothing tells.
    #[cfg_attr(test, schemars(with = "Option<crate::model::role::Role>"))]
    role: Option<&'static str>,
    /// Its MAC addresses.
    macs: Vec<String>,
    /// IP addresses to which its Ignition file is given.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    addresses: &'a [IpAddr],
    /// What its next network boot does.
    #[cfg_attr(test, schemars(with = "Option<crate::model::settings::Mode>"))]
    mode: Option<&'static str>,
    #[cfg_attr(test, schemars(with = "super::stage::Stage"))]
    stage: &'static str,
    /// When it got so far, in UTC (RFC 3339); null where nothing was heard of it.
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    since: Option<String>,
    /// How often it began to boot since the start of the server.
    boots: u64,
    /// Bytes that were sent to it.
    sent_bytes: u64,
    /// The file that is being sent to it.
    transfer: Option<TransferReport<'a>>,
    /// What a person should know of it now.
    note: Option<String>,
    /// How much the note matters.
    level: Option<Level>,
}

/// A file under way.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Transfer"))]
#[serde(rename_all = "kebab-case")]
struct TransferReport<'a> {
    /// Its name.
    file: &'a str,
    /// What it is for.
    #[cfg_attr(test, schemars(with = "super::stage::Stage"))]
    stage: &'static str,
    /// Bytes sent so far.
    sent_bytes: u64,
    /// Bytes to send.
    bytes: u64,
}

/// Who is no machine of the tree.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Stranger"))]
struct StrangerReport {
    /// The MAC address.
    mac: String,
    /// How often.
    #[cfg_attr(test, schemars(range(min = 1)))]
    asked: u64,
}

/// The whole watch as JSON.
pub fn json(view: &WatchView) -> Value {
    serde_json::to_value(Document::of(view)).unwrap_or_default()
}

impl<'a> Document<'a> {
    fn of(view: &'a WatchView) -> Self {
        let stranger = |(mac, asked): &(MacAddr, u64)| StrangerReport { mac: mac.to_string(), asked: *asked };
        Self {
            format_version: 1,
            time: moment(view.now),
            last_event: view.last,
            machines: view.rows.iter().map(|row| MachineReport::of(row, view)).collect(),
            unknown: view.strangers.iter().map(stranger).collect(),
            sent_bytes: view.totals.bytes,
            transfers: view.transfers,
        }
    }
}

impl<'a> MachineReport<'a> {
    fn of(row: &'a Row, view: &WatchView) -> Self {
        let machine = &row.machine;
        let (level, note) = row.note(view.now).unzip();
        Self {
            cluster: machine.cluster.as_deref(),
            name: &machine.name,
            role: machine.role.map(Role::as_str),
            macs: machine.macs.iter().map(ToString::to_string).collect(),
            addresses: &machine.addresses,
            mode: machine.mode.map(Mode::as_str),
            stage: row.stage.as_str(),
            since: (row.boots > 0).then(|| moment(row.since)),
            boots: row.boots,
            sent_bytes: row.bytes,
            transfer: row.transfer.as_deref().map(TransferReport::of),
            note,
            level,
        }
    }
}

impl<'a> TransferReport<'a> {
    fn of(transfer: &'a row::FileTransfer) -> Self {
        Self {
            file: &transfer.name,
            stage: transfer.stage.as_str(),
            sent_bytes: transfer.sent,
            bytes: transfer.total,
        }
    }
}
