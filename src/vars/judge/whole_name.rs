//! Whole names of machines: kubelet labels a node with its host name, and a label has 63 characters
//! (Kubernetes, "Labels and Selectors").

use super::super::read::identity::Identity;
use super::super::read::value::Values;
use super::node::Candidate;
use crate::diag::{Code, Diagnostic};

/// The longest name of a node, in characters.
const MOST: usize = 63;

pub(super) fn check(values: &Values, identity: Option<&Identity>, nodes: &[Candidate]) {
    let Some((id, domain)) = identity else { return };
    let base = id.below(domain);
    for node in nodes {
        let scalar = node.raw.fqdn.as_ref().or(node.raw.name.as_ref());
        let (Some(name), Some(scalar)) = (&node.name, scalar) else { continue };
        let whole = node.fqdn.clone().unwrap_or_else(|| name.below(&base));
        let length = whole.as_str().len();
        if length <= MOST {
            continue;
        }
        let message = format!("`{whole}` has {length} characters, and the name of a node may have {MOST}");
        let help = format!(
            "shorten the name, `dns.clusterid` or `dns.domain` by {}: kubelet does not start with it",
            length - MOST
        );
        values.push(Diagnostic::new(Code::V109, message).at(&values.at(scalar), "too long").help(help));
    }
}
