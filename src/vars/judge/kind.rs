//! What the machines of a file are to one another, and whether they stand where that says.

use super::super::raw::{RawNode, RawVars};
use super::super::read::value::Values;
use crate::diag::{Code, Diagnostic};
use crate::model::settings::Kind;
use crate::text::List;

/// Compares `okdboot.kind` with the lists of the file; nothing comes back where it, or what it asks for, was
/// reported.
pub(super) fn check(values: &Values, raw: &RawVars, kind: Option<Kind>) -> Option<Kind> {
    let kind = kind?;
    let is_right = match kind {
        Kind::Cluster => has_no_nodes(values, raw),
        Kind::Live => has_nodes_alone(values, raw),
    };
    is_right.then_some(kind)
}

fn has_no_nodes(values: &Values, raw: &RawVars) -> bool {
    let Some(nodes) = &raw.nodes else { return true };
    let message = "`nodes` is a list of machines that form no cluster, and this file describes a cluster";
    let help = "write `okdboot: {kind: live}`, or list the machines as `masters` and `workers`";
    values.push(at(values, ("nodes", nodes), Diagnostic::new(Code::V249, message).help(help)));
    false
}

fn has_nodes_alone(values: &Values, raw: &RawVars) -> bool {
    let of_roles = of_roles(raw);
    if let Some(first) = of_roles.first() {
        let keys: Vec<&str> = of_roles.iter().map(|(key, _)| *key).collect();
        let keys = List::and(&keys);
        let message = format!("{keys}: machines of a cluster, and `okdboot.kind: live` is for those of none");
        let help = "list the machines under `nodes`, or take `kind` out";
        values.push(at(values, *first, Diagnostic::new(Code::V249, message).help(help)));
        return false;
    }
    has_nodes(values, raw)
}

fn has_nodes(values: &Values, raw: &RawVars) -> bool {
    if values.is_faulty("nodes") || raw.nodes.as_ref().is_some_and(|nodes| !nodes.is_empty()) {
        return true;
    }
    let message = match raw.nodes {
        Some(_) => "`nodes` is empty, and `okdboot.kind: live` says that the machines stand there",
        None => "`nodes` is missing, and `okdboot.kind: live` says that the machines stand there",
    };
    let mut diagnostic = Diagnostic::new(Code::V015, message).help("list the machines under `nodes`");
    if let Some(key) = values.key("nodes") {
        diagnostic = diagnostic.at(&key, "empty");
    } else if let Some(kind) = &raw.okdboot.kind {
        diagnostic = diagnostic.at(&values.at(kind), "here");
    }
    values.push(diagnostic);
    false
}

/// A key of the file, and the machines under it.
type Listed<'a> = (&'static str, &'a [RawNode]);

/// Returns the keys of a cluster's machines that are there; an empty list is none.
fn of_roles(raw: &RawVars) -> Vec<Listed<'_>> {
    let listed = [
        ("bootstrap", raw.bootstrap.as_slice()),
        ("masters", raw.masters.as_deref().unwrap_or_default()),
        ("arbiters", &raw.arbiters),
        ("workers", &raw.workers),
    ];
    listed.into_iter().filter(|(_, nodes)| !nodes.is_empty()).collect()
}

fn at(values: &Values, (key, nodes): (&str, &[RawNode]), diagnostic: Diagnostic) -> Diagnostic {
    match (values.key(key), nodes.first()) {
        (Some(key), _) => diagnostic.at(&key, ""),
        (None, Some(first)) => diagnostic.at(&values.node(first), ""),
        (None, None) => diagnostic,
    }
}
