//! One machine, one MAC address, one IP address, one name: within a file.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::super::raw::RawVars;
use super::super::read::file::FileDraft;
use super::super::read::node::label;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::node::Candidate;
use crate::diag::{Code, Diagnostic, Severity};
use crate::model::mac::MacAddr;

/// The first owner of each value.
struct Owners<'a, K> {
    values: &'a Values,
    code: Code,
    first: BTreeMap<K, (String, &'a Scalar)>,
}

impl<'a, K: Ord + Display> Owners<'a, K> {
    fn new(values: &'a Values, code: Code) -> Self {
        Self { values, code, first: BTreeMap::new() }
    }

    /// Takes a value for an owner, or reports who has it already.
    fn take(&mut self, value: Option<K>, scalar: Option<&'a Scalar>, owner: String, severity: Severity) {
        let (Some(value), Some(scalar)) = (value, scalar) else { return };
        let Some((holder, first)) = self.first.get(&value) else {
            self.first.insert(value, (owner, scalar));
            return;
        };
        // Two machines of one name are told apart by where they stand.
        let (owner, holder) = if owner == *holder { (&scalar.path, &first.path) } else { (&owner, holder) };
        let key = last_key(scalar);
        let message = format!("`{key}` {value} of `{owner}` is already taken by `{holder}`");
        let mut diagnostic = Diagnostic::new(self.code, message)
            .at(&self.values.at(scalar), "again here")
            .also(&self.values.at(first), format!("`{holder}` has it first"))
            .help(if machine(scalar) == machine(first) {
                format!("remove it: `{key}` has it already")
            } else {
                format!("give `{owner}` its own `{key}`")
            });
        diagnostic.severity = severity;
        self.values.push(diagnostic);
    }
}

/// Returns the key that a value stands under, which may be in a list.
fn last_key(scalar: &Scalar) -> &str {
    let last = scalar.path.rsplit('.').next().unwrap_or_default();
    last.split('[').next().unwrap_or_default()
}

/// Returns the way to the mapping that a value stands in.
fn machine(scalar: &Scalar) -> &str {
    scalar.path.rsplit_once('.').map_or("", |(way, _)| way)
}

/// Says whether two values are one.
fn same(one: Option<&Scalar>, other: Option<&Scalar>) -> bool {
    one.map(|scalar| scalar.span) == other.map(|scalar| scalar.span)
}

/// Says whether two values say the same.
fn same_text(one: Option<&Scalar>, other: Option<&Scalar>) -> bool {
    one.map(|scalar| scalar.text.trim()) == other.map(|scalar| scalar.text.trim())
}

/// The NICs that `ifname` names besides the one that the machine boots from. What is armed or disarmed is
/// remembered by all of them, so no other machine may have one.
fn further_nics<'a>(node: &Candidate<'a>) -> impl Iterator<Item = (MacAddr, &'a Scalar)> {
    node.raw.ifname.iter().filter_map(|(name, at)| {
        let nic = node.network.names.iter().find(|nic| nic.name.as_str() == name.text)?;
        (!node.boots_by(nic.mac)).then_some((nic.mac, at))
    })
}

/// Reports every value that two machines share. A host of `other` only warns: it boots by itself.
pub(super) fn check(values: &Values, raw: &RawVars, draft: &FileDraft, nodes: &[Candidate]) {
    let mut macs = Owners::new(values, Code::V201);
    let mut addresses = Owners::new(values, Code::V202);
    let mut names = Owners::new(values, Code::V203);
    let mut whole = Owners::new(values, Code::V203);
    if let Some(helper) = draft.helper.address {
        addresses.take(Some(helper), raw.helper.ipaddr.as_ref(), "helper".to_owned(), Severity::Error);
    }
    for node in nodes {
        let owner = || node.label();
        macs.take(node.mac, node.raw.macaddr.as_ref(), owner(), Severity::Error);
        for (mac, at) in node.more_macs {
            macs.take(Some(*mac), Some(at), owner(), Severity::Error);
        }
        for (mac, at) in further_nics(node) {
            macs.take(Some(mac), Some(at), owner(), Severity::Error);
        }
        addresses.take(node.address, node.raw.ipaddr.as_ref(), owner(), Severity::Error);
        let further = node.network.links.iter().flat_map(|link| &link.statics);
        for parts in further.filter(|parts| !same(parts.at, node.raw.ipaddr.as_ref())) {
            addresses.take(parts.address, parts.at, owner(), Severity::Error);
        }
        whole.take(node.fqdn.clone(), node.raw.fqdn.as_ref(), owner(), Severity::Error);
        names.take(node.name.clone(), node.raw.name.as_ref(), node.raw.path.clone(), Severity::Error);
    }
    let is_helper = |at: Option<&Scalar>| same_text(at, raw.helper.ipaddr.as_ref());
    for node in draft.services.failover.iter().filter(|node| !is_helper(node.raw.ipaddr.as_ref())) {
        let owner = node.raw.name.as_ref().map_or("a helper", |name| &name.text);
        addresses.take(node.address, node.raw.ipaddr.as_ref(), owner.to_owned(), Severity::Error);
    }
    for machine in &draft.strangers {
        let owner = || machine.raw.name.as_ref().map(|name| name.text.clone()).unwrap_or_default();
        macs.take(machine.mac, machine.raw.macaddr.as_ref(), owner(), Severity::Warning);
        addresses.take(machine.address, machine.raw.ipaddr.as_ref(), owner(), Severity::Warning);
    }
    for other in &draft.others {
        macs.take(other.macs.first, other.raw.macaddr.as_ref(), label(other.raw), Severity::Warning);
        for (mac, at) in &other.macs.more {
            macs.take(Some(*mac), Some(at), label(other.raw), Severity::Warning);
        }
        addresses.take(other.address, other.raw.ipaddr.as_ref(), label(other.raw), Severity::Warning);
    }
}
