//! Static routes: each by a link that leads to its router.

use std::net::IpAddr;

use super::super::read::link::RouteDraft;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::link::LinkCandidate;
use crate::diag::{Code, Diagnostic};
use crate::model::network::Route;

/// Finds the way out of each route of a node.
pub(super) fn check<'a>(
    values: &Values,
    drafts: impl Iterator<Item = &'a RouteDraft<'a>>,
    links: &[LinkCandidate],
) -> Vec<Route> {
    drafts.filter_map(|draft| one(values, draft, links)).collect()
}

fn one(values: &Values, draft: &RouteDraft, links: &[LinkCandidate]) -> Option<Route> {
    let raw = draft.raw;
    let what = "a network such as `10.1.0.0/16`";
    values.required_in(raw.span, raw.to.as_ref(), &format!("{}.to", raw.path), what);
    values.required_in(raw.span, raw.via.as_ref(), &format!("{}.via", raw.path), "the router's address");
    let via_at = draft.via.as_ref()?.at;
    let (to, via) = (draft.to.as_ref()?.value?, draft.via.as_ref()?.value?);
    if to.addr().is_ipv4() != via.is_ipv4() {
        let message = format!("{via} cannot be the way to {to}, which is of the other family");
        return refuse(values, via_at, message, "write the router's address of that family");
    }
    let interface = exit(values, draft, via_at, via, links)?.interface.clone();
    Some(Route { to, via, interface })
}

fn refuse<T>(values: &Values, at: &Scalar, message: String, help: &str) -> Option<T> {
    values.push(Diagnostic::new(Code::V232, message).at(&values.at(at), "").help(help));
    None
}

/// Finds the link that leads to the router: the one that is named, else the one in whose network the
/// router is, else the node's own.
fn exit<'a, 'b>(
    values: &Values,
    draft: &RouteDraft,
    via_at: &Scalar,
    via: IpAddr,
    links: &'a [LinkCandidate<'b>],
) -> Option<&'a LinkCandidate<'b>> {
    let found = match &draft.interface {
        Some(given) => {
            let name = given.value.as_ref()?;
            let Some(link) = links.iter().find(|link| link.interface.as_ref() == Some(name)) else {
                let message = format!("the node has no interface `{name}` that carries addresses");
                return refuse(values, given.at, message, "write the name of one, or leave `interface` out");
            };
            link
        }
        None => links.iter().find(|link| link.reaches(via) == Some(true)).or(links.first())?,
    };
    if found.reaches(via) == Some(false) {
        let message = format!("the router {via} is in no network of this interface");
        return refuse(values, via_at, message, "write a router of a network that the node is in");
    }
    Some(found)
}
