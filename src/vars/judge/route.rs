//! Static routes.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::raw::RawRoute;
use super::super::read::address::Whose;
use super::super::read::part::interface;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::link::LinkDraft;
use crate::diag::{Code, Diagnostic};
use crate::model::network::{Route, RouteNetError, parse_route_net};

/// Reads the routes of a node.
pub(super) fn check<'a>(
    values: &Values,
    raw: impl Iterator<Item = &'a RawRoute>,
    links: &[LinkDraft],
) -> Vec<Route> {
    raw.filter_map(|route| read(values, route, links)).collect()
}

fn read(values: &Values, raw: &RawRoute, links: &[LinkDraft]) -> Option<Route> {
    let to_at = values.required_in(
        raw.span,
        raw.to.as_ref(),
        &format!("{}.to", raw.path),
        "a network such as `10.1.0.0/16`",
    );
    let via_at =
        values.required_in(raw.span, raw.via.as_ref(), &format!("{}.via", raw.path), "the router's address");
    let to = to_at.and_then(|scalar| net(values, scalar));
    let via = via_at.and_then(|scalar| values.ip(scalar, Whose::Router));
    let (to, via, via_at) = (to?, via?, via_at?);
    if to.addr().is_ipv4() != via.is_ipv4() {
        let message = format!("{via} cannot be the way to {to}, which is of the other family");
        return refuse(values, via_at, message, "write the router's address of that family");
    }
    let interface = exit(values, raw, via_at, via, links)?.interface.clone();
    Some(Route { to, via, interface })
}

fn net(values: &Values, scalar: &Scalar) -> Option<IpNet> {
    let error = match parse_route_net(scalar.text.trim()) {
        Ok(net) => return Some(net),
        Err(error) => error,
    };
    let help = match &error {
        RouteNetError::Malformed(_) => "write a network with its prefix length".to_owned(),
        RouteNetError::Host(_, net) => format!("write `{net}`"),
        RouteNetError::Default(_) => "write its router as `gateway`".to_owned(),
    };
    refuse(values, scalar, error.to_string(), &help)
}

fn refuse<T>(values: &Values, at: &Scalar, message: String, help: &str) -> Option<T> {
    values.push(Diagnostic::new(Code::V232, message).at(&values.at(at), "").help(help));
    None
}

/// Finds the link that leads to the router: the one that is named, else the one in whose network the
/// router is, else the node's own.
fn exit<'a, 'b>(
    values: &Values,
    raw: &RawRoute,
    via_at: &Scalar,
    via: IpAddr,
    links: &'a [LinkDraft<'b>],
) -> Option<&'a LinkDraft<'b>> {
    let found = match &raw.interface {
        Some(scalar) => {
            let name = interface(values, scalar)?;
            let Some(link) = links.iter().find(|link| link.interface.as_ref() == Some(&name)) else {
                let message = format!("the node has no interface `{name}` that carries addresses");
                return refuse(values, scalar, message, "write the name of one, or leave `interface` out");
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
