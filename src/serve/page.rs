//! The page for a browser: a table without a script, and with one a table that stays new.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::event::Level;
use super::row::Row;
use super::stage::Stage;
use super::watch::WatchView;
use crate::model::time::TimeSpan;
use crate::text::{Bytes, Count};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Nothing from elsewhere, and nothing in the page but these two texts.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
});

/// Answers with the page.
pub fn answer(view: &WatchView) -> Answer {
    let mut answer = Answer::text("text/html; charset=utf-8", html(view));
    answer.fields.push(("Content-Security-Policy", POLICY.clone()));
    answer.fields.push(("X-Content-Type-Options", "nosniff".to_owned()));
    answer.fields.push(("Cache-Control", "no-store".to_owned()));
    answer
}

fn html(view: &WatchView) -> String {
    let rows: String = view.rows.iter().map(|row| line(row, view)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>\n\
         <title>{title} - okdboot</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n{strangers}<table>\n\
         <thead><tr><th>machine</th><th>role</th><th>stage</th><th>since</th><th>sent</th><th>note</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n\
         <p>{sent} sent. The same as <a href=\"watch.json\">JSON</a>, <a href=\"metrics\">metrics</a>.</p>\n\
         </main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        title = title(view),
        strangers = strangers(view),
        sent = Bytes(view.totals.bytes),
    )
}

fn title(view: &WatchView) -> String {
    let has = |stage: Stage| view.rows.iter().filter(|row| row.stage.rank() >= stage.rank()).count();
    let seen = view.rows.iter().filter(|row| row.boots > 0).count();
    // Most machines do not report: nobody is told that none is installed.
    let installed = match has(Stage::Installed) {
        0 => String::new(),
        count => format!(", {count} installed"),
    };
    let (all, ignition) = (Count(view.rows.len(), "machine"), has(Stage::Ignition));
    format!("{all}: {seen} seen, {ignition} with Ignition{installed}")
}

fn strangers(view: &WatchView) -> String {
    let items: String = view
        .strangers
        .iter()
        .map(|(mac, count)| {
            format!(
                "<li>{mac} asked how to boot, {}, and is no machine's MAC address</li>\n",
                Count(usize::try_from(*count).unwrap_or(usize::MAX), "time")
            )
        })
        .collect();
    if items.is_empty() { items } else { format!("<ul class=\"warning\">\n{items}</ul>\n") }
}

fn line(row: &Row, view: &WatchView) -> String {
    let machine = &row.machine;
    let role = machine.role.map(|role| role.to_string()).unwrap_or_default();
    let age = view.now.duration_since(row.since).unwrap_or_default();
    let since = if row.boots == 0 { String::new() } else { TimeSpan(age).to_string() };
    let (class, note) = match row.note(view.now) {
        Some((Level::Info, note)) => ("info", note),
        Some((Level::Warning, note)) => ("warning", note),
        Some((Level::Error, note)) => ("error", note),
        None => ("", String::new()),
    };
    let cluster = machine.cluster.as_deref().map(|id| format!("<small>{}</small>", escape(id)));
    format!(
        "<tr class=\"{class}\"><th scope=\"row\">{}{}</th><td>{role}</td><td>{}{}</td><td>{since}</td><td>{}</td><td>{}</td></tr>\n",
        escape(&machine.name),
        cluster.unwrap_or_default(),
        row.stage,
        meter(row),
        Bytes(row.bytes),
        escape(&note),
    )
}

/// How much of a file is there.
fn meter(row: &Row) -> String {
    let Some(transfer) = &row.transfer else { return String::new() };
    format!(" <progress max=\"{}\" value=\"{}\"></progress>", transfer.total, transfer.sent)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
