//! How many machines there are of each role, and what stands in front of them.

use super::super::raw::RawVars;
use super::super::read::file::FileDraft;
use super::super::read::value::Values;
use super::node::Candidate;
use crate::diag::{Code, Diagnostic};
use crate::model::role::Role;
use crate::model::stream_ref::{StreamRef, Version};
use crate::text::Count;

/// Compares the numbers of machines, and who balances their load.
pub(super) fn check(values: &Values, raw: &RawVars, draft: &FileDraft, nodes: &[Candidate]) {
    check_masters(values, raw, draft);
    check_workers(values, raw);
    check_load_balancer(values, raw, draft, nodes);
}

fn check_masters(values: &Values, raw: &RawVars, draft: &FileDraft) {
    if values.is_faulty("masters") {
        return;
    }
    let Some(masters) = &raw.masters else {
        let message = format!("`masters` is missing in `{}`", values.source().name());
        values.push(Diagnostic::new(Code::V015, message).help("add the control-plane machines as a list"));
        return;
    };
    let (code, message, help) = match (raw.masters_listed, raw.arbiters.len()) {
        (2.., 1..) => return check_arbiters(values, raw, draft),
        (3, _) => return,
        (0, _) => (
            Code::V211,
            "a cluster needs control-plane machines, and `masters` is empty".to_owned(),
            "list 3 of them, or 1 for a single-node cluster",
        ),
        (1, 1..) => (
            Code::V211,
            "1 control-plane machine and an arbiter cannot be installed: the installer takes 2 or more"
                .to_owned(),
            "list 2 masters, or take `arbiters` out for a single-node cluster",
        ),
        (1, _) => (
            Code::V212,
            "1 control-plane machine: a single-node cluster".to_owned(),
            "install-config needs `controlPlane.replicas: 1` and no workers at first; nothing survives the machine",
        ),
        (2, _) => (
            Code::V211,
            "2 control-plane machines cannot be installed: etcd has no majority when one is down".to_owned(),
            "list 3 of them, or add a machine under `arbiters`; fencing, the other two-node form, is not set up by this procedure",
        ),
        (count @ (4 | 5), _) => (
            Code::V212,
            format!("{count} control-plane machines"),
            "install-config needs the same number as `controlPlane.replicas`; only current releases of OpenShift take 4 or 5, and on bare metal",
        ),
        (count, _) => (
            Code::V211,
            format!("{count} control-plane machines cannot be installed: the installer takes 1, 3, 4 or 5"),
            "list 3 of them, and the others as `workers`",
        ),
    };
    let mut diagnostic = Diagnostic::new(code, message).help(help);
    if let Some(last) = masters.last() {
        diagnostic = diagnostic.at(&values.node(last), "the last one");
    } else if let Some(key) = values.key("masters") {
        diagnostic = diagnostic.at(&key, "empty");
    }
    values.push(diagnostic);
}

/// The installer takes an arbiter with platform `none` from 4.22 on; before, with `baremetal` alone
/// (`validateArbiter` in pkg/types/validation/installconfig.go, openshift-docs#108828).
const ARBITER_FROM: Version = Version { major: 4, minor: 22 };

fn check_arbiters(values: &Values, raw: &RawVars, draft: &FileDraft) {
    let Some(first) = raw.arbiters.first() else { return };
    let stream = draft.settings.stream.as_ref().and_then(|given| given.value.as_ref());
    let version = stream.and_then(StreamRef::version);
    let (code, message, help) = match version {
        Some(version) if version < ARBITER_FROM => (
            Code::V211,
            format!("the installer of {version} takes no arbiter with platform `none`"),
            "take 4.22 or later, or 3 masters",
        ),
        _ => (
            Code::V212,
            format!(
                "{} and {}",
                Count(raw.masters_listed, "control-plane machine"),
                Count(raw.arbiters.len(), "arbiter")
            ),
            "install-config needs the pool `arbiter`, and release 4.22 or later; `render` writes it",
        ),
    };
    values.push(Diagnostic::new(code, message).at(&values.node(first), "").help(help));
}

fn check_workers(values: &Values, raw: &RawVars) {
    // The router stays on a single node, whoever joins it.
    if let [only] = raw.workers.as_slice()
        && raw.masters_listed != 1
    {
        let message = "1 worker: ingress runs 2 replicas on different workers";
        let diagnostic = Diagnostic::new(Code::V213, message).at(&values.node(only), "the only one");
        values.push(diagnostic.help("list a second worker, or none: then the masters take the work"));
    }
}

fn check_load_balancer(values: &Values, raw: &RawVars, draft: &FileDraft, nodes: &[Candidate]) {
    let Some(given) = &draft.services.load_balancer else { return };
    let (scalar, Some(address)) = (given.at, given.value) else { return };
    let owner =
        nodes.iter().find(|node| node.address == Some(address.into()) && node.role != Role::Bootstrap);
    // A single node without a bootstrap any more answers for itself, also when workers have joined it.
    let has_bootstrap = nodes.iter().any(|node| node.role == Role::Bootstrap);
    let is_single = owner.is_some_and(|node| node.role == Role::ControlPlane) && raw.masters_listed == 1;
    if is_single && !has_bootstrap {
        return;
    }
    let bootstrap = nodes.iter().find(|node| node.address == Some(address.into()));
    if let Some(node) = owner.or(bootstrap) {
        let message = format!("`dns.lb_ipaddr` {address} is node `{}`", node.label());
        let mut diagnostic = Diagnostic::new(Code::V214, message).at(&values.at(scalar), "the load balancer");
        if let Some(own) = &node.raw.ipaddr {
            diagnostic = diagnostic.also(&values.at(own), "the node");
        }
        values.push(
            diagnostic
                .help("a node cannot balance the load of the nodes: write the helper or another machine"),
        );
    }
}
