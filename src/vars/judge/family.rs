//! Machines of one family of addresses, and what they fetch from in the other.

use std::net::IpAddr;

use super::super::read::value::Values;
use super::node::Candidate;
use crate::diag::{Code, Diagnostic};
use crate::model::settings::Settings;
use crate::text::Count;

pub(super) fn check(values: &Values, settings: Option<&Settings>, nodes: &[Candidate]) {
    let Some(server) = settings.and_then(|settings| settings.url.address()) else { return };
    let reaches = |node: &&Candidate| match (node.address, server) {
        (Some(IpAddr::V6(_)), IpAddr::V4(_)) => false,
        (Some(IpAddr::V4(_)), IpAddr::V6(_)) => node.raw.network.stack.ipv6.is_some(),
        _ => true,
    };
    let cut_off: Vec<&Candidate> = nodes.iter().filter(|node| !reaches(node)).collect();
    let Some((first, scalar)) = cut_off.first().and_then(|node| Some((node, node.raw.ipaddr.as_ref()?)))
    else {
        return;
    };
    let (own, other) = if server.is_ipv4() { ("IPv6", "IPv4") } else { ("IPv4", "IPv6") };
    let who = if cut_off.len() == 1 {
        format!("`{}` has {own} only, and fetches", first.label())
    } else {
        format!("{} such as `{}` have {own} only, and fetch", Count(cut_off.len(), "node"), first.label())
    };
    let message = format!("{who} from {server}");
    let help = format!(
        "set `okdboot.url` to an address of the helper in {own}, or give the nodes an address in {other} as well"
    );
    values.push(Diagnostic::new(Code::V245, message).at(&values.at(scalar), "the first of them").help(help));
}
