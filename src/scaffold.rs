//! A vars.yaml for a cluster that is not described yet.
//!
//! An outline is what is known; a [`Scaffold`] is whole, with an address for every node; its text is a
//! commented vars.yaml that helpernode reads as well. Nothing here asks anybody or touches a file.

mod answers;
mod install_config;
mod machine;
mod split;
mod text;

pub use answers::answers;
pub use install_config::{InstallConfigError, read as from_install_config};
pub use machine::{MachineListError, groups, machines};
pub use split::{NodeCounts, Split, SplitError, first_host, is_host};

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::model::arch::Arch;
use crate::model::disk::InstallDisk;
use crate::model::mac::MacAddr;
use crate::model::name::{Domain, Label};
use crate::model::net::InterfaceName;
use crate::model::outline::{ListedMachine, Outline};
use crate::model::settings::AddressingChoice;
use crate::model::stream_ref::StreamRef;

/// Everything that a vars.yaml needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaffold {
    cluster: Label,
    domain: Domain,
    network: Ipv4Net,
    helper: Ipv4Addr,
    helper_name: String,
    gateway: Ipv4Addr,
    forwarders: Vec<Ipv4Addr>,
    addressing: AddressingChoice,
    interface: Option<InterfaceName>,
    disk: InstallDisk,
    arch: Arch,
    stream: Option<StreamRef>,
    split: Split,
    macs: Vec<Option<MacAddr>>,
}

impl Scaffold {
    /// Completes an outline; the names of what is missing come back otherwise.
    pub fn of(outline: &Outline) -> Result<Result<Self, SplitError>, Vec<&'static str>> {
        let missing = missing(outline);
        let (Some(cluster), Some(domain), Some(network), Some(helper), Some(gateway)) =
            (&outline.cluster, &outline.domain, outline.network, outline.helper, outline.gateway)
        else {
            return Err(missing);
        };
        let counts = NodeCounts::of(outline);
        let split = match Split::of(network, &[helper, gateway], counts) {
            Ok(split) => split,
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(Self {
            cluster: cluster.clone(),
            domain: domain.clone(),
            network,
            helper,
            helper_name: outline.helper_name.as_ref().map_or("helper".to_owned(), ToString::to_string),
            gateway,
            forwarders: outline.forwarders.clone(),
            addressing: outline.addressing.unwrap_or(AddressingChoice::Dhcp),
            interface: outline.interface.clone(),
            disk: outline.disk.clone().unwrap_or_else(InstallDisk::assumed),
            arch: outline.arch.unwrap_or(Arch::X86_64),
            stream: outline.stream.clone(),
            macs: assigned(&outline.machines, &names(counts)),
            split,
        }))
    }

    /// Returns vars.yaml.
    pub fn to_yaml(&self) -> String {
        text::write(self)
    }
}

/// Names what an outline lacks that nothing can stand in for, as answers spell it.
pub fn missing(outline: &Outline) -> Vec<&'static str> {
    let parts = [
        ("cluster", outline.cluster.is_some()),
        ("domain", outline.domain.is_some()),
        ("network", outline.network.is_some()),
        ("helper", outline.helper.is_some()),
        ("gateway", outline.gateway.is_some()),
    ];
    parts.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect()
}

/// Returns the names of the nodes, in the order in which machines are given to them.
pub fn names(counts: NodeCounts) -> Vec<String> {
    let of = |role: &'static str, count: u16| (0..count).map(move |at| format!("{role}{at}"));
    let bootstrap = std::iter::once("bootstrap".to_owned());
    let control = of("master", counts.masters).chain(of("arbiter", counts.arbiters));
    bootstrap.chain(control).chain(of("worker", counts.workers)).collect()
}

impl NodeCounts {
    /// Returns what an outline says, else what most clusters have.
    pub fn of(outline: &Outline) -> Self {
        Self {
            masters: outline.control_plane.unwrap_or(3),
            arbiters: outline.arbiters.unwrap_or(0),
            workers: outline.workers.unwrap_or(2),
        }
    }
}

/// Gives machines to nodes: one that calls itself by a node's name is that node, the others follow in
/// their order.
pub fn assigned(machines: &[ListedMachine], names: &[String]) -> Vec<Option<MacAddr>> {
    let by_name = |name: &String| machines.iter().find(|machine| machine.name.as_ref() == Some(name));
    let is_taken = |machine: &&ListedMachine| names.iter().any(|name| by_name(name) == Some(*machine));
    let mut others = machines.iter().filter(|machine| !is_taken(machine)).map(|machine| machine.mac);
    names.iter().map(|name| by_name(name).map(|machine| machine.mac).or_else(|| others.next())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_go_by_name_and_then_by_order() {
        let machine = |last: u8, name: Option<&str>| ListedMachine {
            mac: format!("52:54:00:00:00:{last:02x}").parse().unwrap(),
            name: name.map(str::to_owned),
        };
        let machines = [machine(1, None), machine(2, Some("bootstrap")), machine(3, Some("printer"))];
        let macs = assigned(&machines, &names(NodeCounts { masters: 1, arbiters: 0, workers: 1 }));
        let macs: Vec<Option<String>> = macs.iter().map(|mac| mac.map(|mac| mac.to_string())).collect();
        let expected = ["52:54:00:00:00:02", "52:54:00:00:00:01", "52:54:00:00:00:03"];
        assert_eq!(macs, expected.map(|mac| Some(mac.to_owned())));
    }

    #[test]
    fn what_is_missing_is_named() {
        let outline = Outline { cluster: "lab".parse().ok(), ..Outline::default() };
        assert_eq!(Scaffold::of(&outline), Err(vec!["domain", "network", "helper", "gateway"]));
    }
}
