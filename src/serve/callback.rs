//! What machines report themselves: that they are installed, or that the installer gave up.

use super::answer::{Answer, BootHint, Reply};
use super::ask::{HttpRequest, RequestMethod};
use super::index::TreeIndex;
use super::kind;
use super::machine::ServedMachine;
use super::rule::{self, Peer};
use crate::plan::report;

/// Answers `POST /report/<cluster>/<machine>/<token>/<outcome>`.
pub(super) fn answer(
    index: &TreeIndex,
    ask: &HttpRequest,
    (rule, peer): (rule::Ignition, Peer),
    tied: Option<&ServedMachine>,
) -> Reply {
    if ask.method != RequestMethod::Post {
        let mut reply = Reply::refused(405, "machines report here, by POST");
        reply.answer.fields.push(("Allow", "POST".to_owned()));
        return reply;
    }
    let absent = || Reply::refused(404, "this is no report of a machine of the tree");
    let [_, cluster, name, token, outcome] = &ask.names()[..] else { return absent() };
    let Some(machine) = index.machines.by_name(cluster, name) else { return absent() };
    let due = index.role_digest(machine).map(|digest| report::token(cluster, name, digest));
    let Ok(outcome) = outcome.parse() else { return absent() };
    if due.as_deref() != Some(*token) {
        return absent();
    }
    if let Err(reason) = rule::report(rule, machine, peer, tied) {
        return Reply::refused(403, &reason);
    }
    let mac = machine.macs.first().copied();
    Reply::of(Answer::text(kind::TEXT, "okdboot: noted\n")).about(BootHint::Reported(outcome)).by(mac)
}
