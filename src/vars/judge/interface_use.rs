//! Who has which interface: one use each, and a name for each where there are several.

use std::collections::BTreeMap;

use super::super::raw::RawNode;
use super::super::read::node::NicDraft;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::candidate::NetworkCandidate;
use super::device::Devices;
use crate::diag::{Code, Diagnostic};
use crate::model::device::Vlan;
use crate::model::net::InterfaceName;
use crate::model::network::NicName;

/// What an interface is used for.
enum Use {
    Link,
    Port(InterfaceName),
    Device,
}

/// Reports interfaces with two uses, and links that nothing tells apart.
pub(super) fn check(values: &Values, network: &NetworkCandidate, raw: &RawNode) {
    let place = values.place(raw.head());
    let mut uses: BTreeMap<InterfaceName, Use> = BTreeMap::new();
    let mut claim = |name: &InterfaceName, new: Use| {
        let clash = uses.get(name).and_then(|old| clash(name, old, &new));
        match clash {
            Some(message) => values.push(
                Diagnostic::new(Code::V233, format!("{message} of `{}`", raw.path))
                    .at(&place, "in this node")
                    .help(format!("give `{name}` one use, or correct the name of one of the two")),
            ),
            None => drop(uses.insert(name.clone(), new)),
        }
    };
    let joined = joined(&network.devices);
    let vlans = network.devices.vlans.iter().map(Vlan::name);
    for device in joined.iter().map(|(device, _)| *device).chain(vlans) {
        claim(device, Use::Device);
    }
    for (device, port) in
        joined.iter().flat_map(|(device, ports)| ports.iter().map(move |port| (device, port)))
    {
        claim(port, Use::Port((*device).clone()));
    }
    for name in network.links.iter().filter_map(|link| link.interface.as_ref()) {
        claim(name, Use::Link);
    }
    unnamed(values, network, raw);
    unused(values, network, raw);
}

/// Says what is wrong with a second use. Devices are claimed before their ports, and links last: a device
/// may be a port, or carry addresses.
fn clash(name: &InterfaceName, old: &Use, new: &Use) -> Option<String> {
    match (old, new) {
        (Use::Device, Use::Device) => Some(format!("two devices are called `{name}`: the network")),
        (Use::Link, _) => Some(format!("`{name}` stands twice among the interfaces")),
        (Use::Port(of), Use::Port(also)) => {
            Some(format!("`{name}` is a port of `{of}` and of `{also}`: the network"))
        }
        (Use::Port(of), _) => {
            Some(format!("`{name}` is a port of `{of}` and an interface by itself: the network"))
        }
        (Use::Device, Use::Link | Use::Port(_)) => None,
    }
}

/// Returns bonds, teams and bridges with their ports.
fn joined(devices: &Devices) -> Vec<(&InterfaceName, &[InterfaceName])> {
    let bonds = devices.bonds.iter().map(|bond| (bond.name(), bond.ports()));
    let teams = devices.teams.iter().map(|team| (team.name(), team.ports()));
    let bridges = devices.bridges.iter().map(|bridge| (bridge.name(), bridge.ports()));
    bonds.chain(teams).chain(bridges).collect()
}

/// With several interfaces, one without a name would be any of them.
fn unnamed(values: &Values, network: &NetworkCandidate, raw: &RawNode) {
    let several = network.links.len() > 1;
    let Some(link) = network.links.iter().find(|link| link.lacks_name()).filter(|_| several) else { return };
    let message = format!("`{}` has several interfaces, and one of them has no name", raw.path);
    let diagnostic = Diagnostic::new(Code::V234, message).at(&values.place(link.span), "this one");
    values.push(diagnostic.help("add `interface`, the name that the live system gives it, such as `ens3`"));
}

/// Compares the names of `ifname` with one another, and with those of the kernel.
pub(super) fn names(values: &Values, drafts: &[NicDraft]) -> Vec<NicName> {
    let mut names: Vec<NicName> = Vec::new();
    for draft in drafts {
        let (Some(name), Some(mac)) = (draft.name.value.clone(), draft.mac.value) else { continue };
        if name.is_kernel_name() {
            let message = format!("`{name}` is a name that the kernel gives by itself");
            let help = "write another name, such as `lan0`: two NICs would want this one";
            refuse(values, draft.name.at, &message, help);
        } else if let Some(other) = names.iter().find(|other| other.mac == mac) {
            let message = format!("{mac} is called `{}` already", other.name);
            refuse(values, draft.mac.at, &message, "give each NIC one name");
        } else {
            names.push(NicName { name, mac });
        }
    }
    names
}

fn refuse(values: &Values, at: &Scalar, message: &str, help: &str) {
    values
        .push(Diagnostic::new(Code::V235, format!("`ifname`: {message}")).at(&values.at(at), "").help(help));
}

fn unused(values: &Values, network: &NetworkCandidate, raw: &RawNode) {
    let mut used: Vec<&InterfaceName> =
        network.links.iter().filter_map(|link| link.interface.as_ref()).collect();
    used.extend(joined(&network.devices).into_iter().flat_map(|(_, ports)| ports));
    used.extend(network.devices.vlans.iter().map(Vlan::parent));
    let is_idle = |at: &Scalar| {
        let given = network.names.iter().any(|nic| nic.name.as_str() == at.text);
        given && !used.iter().any(|name| name.as_str() == at.text)
    };
    for (at, _) in raw.ifname.iter().filter(|(at, _)| is_idle(at)) {
        let message = format!("`ifname` gives a NIC the name `{}`, which nothing uses", at.text);
        let help = format!("write `interface: {}`, or name it among the `ports` of a device", at.text);
        values.push(Diagnostic::new(Code::V236, message).at(&values.at(at), "").help(help));
    }
}
