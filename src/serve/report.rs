//! How far the machines are, for people, programs and Prometheus.

use serde_json::{Value, json};

use super::answer::{Answer, Body};
use super::ask::{Ask, Method};
use super::event::{Event, moment};
use super::row::Row;
use super::watch::{View, Watch};
use super::{kind, metrics, page};

/// Answers a request to the watch.
pub fn answer(ask: &Ask, watch: &Watch) -> Answer {
    if !matches!(ask.method, Method::Get | Method::Head) {
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

/// The whole watch as JSON.
pub fn json(view: &View) -> Value {
    let machines: Vec<Value> = view.rows.iter().map(|row| machine(row, view)).collect();
    let unknown: Vec<Value> =
        view.strangers.iter().map(|(mac, count)| json!({"mac": mac.to_string(), "asked": count})).collect();
    json!({
        "format-version": 1,
        "time": moment(view.now),
        "last-event": view.last,
        "machines": machines,
        "unknown": unknown,
        "sent-bytes": view.totals.bytes,
        "transfers": view.transfers,
    })
}

fn machine(row: &Row, view: &View) -> Value {
    let machine = &row.machine;
    let note = row.note(view.now);
    let transfer = row.transfer.as_ref().map(|transfer| {
        json!({
            "file": transfer.name,
            "stage": transfer.stage.as_str(),
            "sent-bytes": transfer.sent,
            "bytes": transfer.total,
        })
    });
    json!({
        "cluster": machine.cluster,
        "name": machine.name,
        "role": machine.role.map(|role| role.to_string()),
        "macs": machine.macs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "addresses": machine.addresses,
        "mode": machine.mode.map(|mode| mode.to_string()),
        "stage": row.stage.as_str(),
        "since": (row.boots > 0).then(|| moment(row.since)),
        "boots": row.boots,
        "sent-bytes": row.bytes,
        "transfer": transfer,
        "note": note.as_ref().map(|(_, text)| text),
        "level": note.map(|(level, _)| level),
    })
}
