//! What is not wrong but missing for one output: one message a subject, not one a node.

use super::super::raw::RawVars;
use super::super::read::value::Values;
use super::link::LinkCandidate;
use super::node::Candidate;
use crate::diag::{Code, Diagnostic, Severity};
use crate::model::arch::Arch;
use crate::model::disk::Paths;
use crate::model::installed::MULTIPATH;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::text::{Count, List};

/// Names printed in one message; the rest is counted.
const NAMED: usize = 8;

/// Reports what nodes lack.
pub(super) fn check(values: &Values, raw: &RawVars, nodes: &[Candidate]) {
    disk(values, raw, nodes);
    gateway(values, nodes);
    interface(values, raw, nodes);
    mac(values, nodes);
    name_servers(values, raw, nodes);
    multipath(values, nodes);
}

/// Prints names as a list that stays readable for a large cluster.
pub(super) fn names(names: &[String]) -> String {
    match names.len().saturating_sub(NAMED) {
        0 | 1 => List::and(names).to_string(),
        more => {
            let shown: Vec<String> = names[..names.len() - more].iter().map(|n| format!("`{n}`")).collect();
            format!("{} and {more} more", shown.join(", "))
        }
    }
}

fn missing(
    values: &Values,
    nodes: &[Candidate],
    code: Code,
    lacks: impl Fn(&Candidate) -> bool,
    message: &str,
) -> Option<Diagnostic> {
    let lacking: Vec<&Candidate> = nodes.iter().filter(|node| lacks(node)).collect();
    let first = lacking.first()?;
    let who = if lacking.len() == nodes.len() && nodes.len() > 1 {
        format!("all {}", Count(nodes.len(), "node"))
    } else {
        names(&lacking.iter().map(|node| node.label()).collect::<Vec<_>>())
    };
    let label = if lacking.len() > 1 { "the first of them" } else { "" };
    let place = values.node(first.raw);
    Some(Diagnostic::new(code, format!("{who}: {message}")).at(&place, label))
}

fn disk(values: &Values, raw: &RawVars, nodes: &[Candidate]) {
    let lacks = |node: &Candidate| {
        let (of_role, key) = match node.role {
            Role::Worker => (&raw.workers_disk, "workers_disk"),
            Role::ControlPlane | Role::Arbiter | Role::Bootstrap => (&raw.masters_disk, "masters_disk"),
            Role::Node => (&None, "disk"),
        };
        let own = node.raw.disk.is_some() || values.is_faulty(&format!("{}.disk", node.raw.path));
        let installs = node.mode.is_none_or(|mode| mode == Mode::Install);
        installs
            && !own
            && of_role.is_none()
            && raw.disk.is_none()
            && !values.is_faulty("disk")
            && !values.is_faulty(key)
    };
    let message = "no install disk is given; `/dev/sda` is assumed";
    if let Some(diagnostic) = missing(values, nodes, Code::V114, lacks, message) {
        values.push(diagnostic.help("add `disk` at the top of the file, or to a node"));
    }
}

/// A value that is there and wrong was reported by itself.
fn gateway(values: &Values, nodes: &[Candidate]) {
    let lacks = |node: &Candidate| {
        let parts = node.main().and_then(LinkCandidate::own);
        parts.is_some_and(|parts| {
            let gateway = parts.gateway.is_none() && parts.gateway_at.is_none();
            gateway || parts.mask.is_none() && parts.mask_at.is_none()
        })
    };
    let message = "a static address needs a gateway and a netmask";
    if let Some(diagnostic) = missing(values, nodes, Code::V216, lacks, message) {
        values.push(diagnostic.help("add `gateway` and `netmask` under `okdboot.network`"));
    }
}

fn interface(values: &Values, raw: &RawVars, nodes: &[Candidate]) {
    let named = raw.okdboot.network.interface.is_some();
    let lacks = |node: &Candidate| {
        let unnamed = node.main().is_some_and(LinkCandidate::lacks_name);
        node.arch != Some(Arch::S390x)
            && !named
            && node.is_static()
            && node.network.links.len() == 1
            && unnamed
    };
    let message = "no interface is named, so the first one with a link gets the static address";
    if let Some(diagnostic) = missing(values, nodes, Code::V217, lacks, message) {
        values.push(diagnostic.help("add `interface` under `okdboot.network`, or to a node"));
    }
}

/// Static nodes boot from the ISO as a rule, so there it is only worth a notice.
fn mac(values: &Values, nodes: &[Candidate]) {
    let lacks = |node: &Candidate| {
        let given = node.raw.macaddr.is_some() || values.is_faulty(&format!("{}.macaddr", node.raw.path));
        // Who boots from its disk asks for no boot file.
        !given && node.arch != Some(Arch::S390x) && node.mode != Some(Mode::Local)
    };
    let message = "without `macaddr` there is no network boot file; boot from the ISO";
    if let Some(mut diagnostic) = missing(values, nodes, Code::V218, lacks, message) {
        if nodes.iter().all(Candidate::is_static) {
            diagnostic.severity = Severity::Notice;
        }
        if nodes.iter().any(|node| lacks(node) && !node.is_static()) {
            let help =
                "with DHCP nobody gives them their `ipaddr` either: a reservation goes by the MAC address";
            diagnostic = diagnostic.help(help);
        }
        values.push(diagnostic.help("`okdboot commands` prints what to type at the ISO"));
    }
}

/// Servers of all nodes are those of static ones: an argument would stand beside what DHCP says.
fn name_servers(values: &Values, raw: &RawVars, nodes: &[Candidate]) {
    let Some(first) = raw.okdboot.network.nameservers.first() else { return };
    let asks_dhcp = |node: &&Candidate| {
        node.main().is_some() && !node.is_static() && node.raw.network.nameservers.is_empty()
    };
    let count = nodes.iter().filter(asks_dhcp).count();
    if count == 0 {
        return;
    }
    let message = format!("`okdboot.network.nameservers` is not for {} with DHCP", Count(count, "node"));
    let help =
        "they ask those that their DHCP server names (`dhcp.dns`); `nameservers` on a node adds to them";
    values.push(Diagnostic::new(Code::V246, message).at(&values.at(first), "").help(help));
}

/// Without multipath in both systems the device is not there, or its root is one of its paths.
fn multipath(values: &Values, nodes: &[Candidate]) {
    let lacks = |node: &Candidate| {
        let is_mapped = node.disk.as_ref().is_some_and(|disk| disk.to_string().starts_with(MAPPED));
        let is_started = node.kargs.iter().any(|arg| arg.as_str() == MULTIPATH);
        node.installed.paths == Paths::One && (is_mapped || is_started)
    };
    let message = "multipath is asked for in the live system, and the installed system does not have it";
    if let Some(diagnostic) = missing(values, nodes, Code::V244, lacks, message) {
        values.push(diagnostic.help("set `multipath: true`, which does both"));
    }
}

/// What the device mapper calls a disk of several paths, unless it is told otherwise.
const MAPPED: &str = "/dev/mapper/mpath";
