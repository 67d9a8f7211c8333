//! The machines that a tree is for, found by MAC or by IP address.

use std::collections::HashMap;
use std::net::IpAddr;

use super::event::RowKey;
use crate::matchbox::select::GroupCandidate;
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::plan::roster::{Roster, RosterEntry};
use crate::text;

/// A machine as a server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedMachine {
    /// The cluster's id; absent where nothing but groups tells of the machine.
    pub cluster: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is to the cluster, where that is known.
    pub role: Option<Role>,
    /// Whose Ignition file it takes, where that is known.
    pub pool: Option<Pool>,
    /// Every MAC address of it.
    pub macs: Vec<MacAddr>,
    /// Every IP address that is its own.
    pub addresses: Vec<IpAddr>,
    /// What its next network boot does, where that is known.
    pub mode: Option<Mode>,
}

/// Every machine of a tree.
#[derive(Debug, Default)]
pub struct Machines {
    list: Vec<ServedMachine>,
    by_mac: HashMap<MacAddr, usize>,
    by_address: HashMap<IpAddr, usize>,
}

impl ServedMachine {
    fn of(cluster: &str, entry: &RosterEntry) -> Self {
        Self {
            cluster: Some(cluster.to_owned()),
            name: entry.machine.name.to_string(),
            role: entry.role,
            pool: entry.takes(),
            macs: entry.machine.macs.iter().copied().collect(),
            addresses: entry.addresses.clone(),
            mode: Some(entry.mode),
        }
    }

    /// Returns what it is known by in the watch.
    pub fn key(&self) -> RowKey {
        RowKey { cluster: self.cluster.clone(), name: self.name.clone() }
    }

    /// A machine that boots by no file of the tree: it is installed from the ISO, and fetches its Ignition
    /// file all the same.
    pub fn without_files(cluster: &Label, node: &Node) -> Self {
        Self {
            cluster: Some(cluster.to_string()),
            name: node.name.to_string(),
            role: Some(node.role),
            pool: Some(node.pool.clone()),
            macs: node.macs().into_iter().collect(),
            addresses: node.addresses(),
            mode: Some(node.mode),
        }
    }

    /// A group that selects by a MAC address is a machine.
    fn of_group(group: &GroupCandidate) -> Option<Self> {
        let mac = group.selector.iter().find(|(key, _)| key.eq_ignore_ascii_case("mac"))?.1.parse().ok()?;
        let name = group.stem.clone();
        Some(Self {
            cluster: None,
            name,
            role: None,
            pool: None,
            macs: vec![mac],
            addresses: Vec::new(),
            mode: None,
        })
    }
}

impl Machines {
    /// Takes the machines of rosters, those that have no file, and groups that belong to none of them.
    pub fn of(rosters: &[Roster], without_files: &[ServedMachine], groups: &[GroupCandidate]) -> Self {
        let mut machines = Self::default();
        for roster in rosters {
            for entry in &roster.entries {
                machines.add(ServedMachine::of(roster.cluster.as_str(), entry));
            }
        }
        for machine in without_files {
            machines.add(machine.clone());
        }
        for machine in groups.iter().filter_map(ServedMachine::of_group) {
            if machine.macs.iter().all(|mac| machines.by_mac(*mac).is_none()) {
                machines.add(machine);
            }
        }
        machines
    }

    fn add(&mut self, machine: ServedMachine) {
        let at = self.list.len();
        for mac in &machine.macs {
            self.by_mac.entry(*mac).or_insert(at);
        }
        for address in &machine.addresses {
            self.by_address.entry(*address).or_insert(at);
        }
        self.list.push(machine);
    }

    /// Returns the machines in the order of their files.
    pub fn iter(&self) -> impl Iterator<Item = &ServedMachine> {
        self.list.iter()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Says whether anything tells which addresses are the machines' own.
    pub fn know_addresses(&self) -> bool {
        !self.by_address.is_empty()
    }

    /// Finds the machine with a MAC address.
    pub fn by_mac(&self, mac: MacAddr) -> Option<&ServedMachine> {
        self.by_mac.get(&mac).and_then(|at| self.list.get(*at))
    }

    /// Finds a machine by its cluster and its name.
    pub fn by_name(&self, cluster: &str, name: &str) -> Option<&ServedMachine> {
        self.list.iter().find(|machine| machine.cluster.as_deref() == Some(cluster) && machine.name == name)
    }

    /// Finds the machine with an IP address.
    pub fn by_address(&self, address: IpAddr) -> Option<&ServedMachine> {
        self.by_address.get(&address.to_canonical()).and_then(|at| self.list.get(*at))
    }

    /// Returns the machine whose MAC address is nearest to one that nobody has: a typing fault, mostly.
    pub fn nearest(&self, mac: MacAddr) -> Option<&ServedMachine> {
        let known: Vec<String> = self.by_mac.keys().map(ToString::to_string).collect();
        let nearest = text::nearest(&mac.to_string(), known.iter().map(String::as_str))?;
        self.by_mac(nearest.parse().ok()?)
    }
}
