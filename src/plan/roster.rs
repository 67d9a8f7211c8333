//! What an output tree does with each machine of a cluster: `.okdboot/machines/<cluster>.json`.
//!
//! It is what the next run compares itself with: which machines went from `local` to `install`, which
//! belong to another cluster of the tree already, and what `status` says without reading boot files.
//! Machines without a boot file are not in it. It is untrusted input, as everything in the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::state::{Machine, State};
use super::tree::{Standing, Tree};
use crate::lock::LockedCluster;
use crate::model::cluster::Cluster;
use crate::model::fault::{Fault, Faulty};
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::Mode;

/// The version of the format that is read and written.
const FORMAT_VERSION: u64 = 1;

/// The folder of rosters below the output root.
pub const FOLDER: &str = ".okdboot/machines";

/// What a tree does with the machines of a cluster, in the order of vars.yaml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The cluster.
    pub cluster: Label,
    /// Its machines that boot by a file of the tree.
    pub entries: Vec<RosterEntry>,
}

/// What a tree does with one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterEntry {
    /// Which.
    pub machine: Machine,
    /// What it does when it boots from the network.
    pub mode: Mode,
    /// The release that it boots; absent where it boots from its disk.
    pub release: Option<String>,
    /// What it is to the cluster; absent where okdboot 0.1 wrote the roster.
    pub role: Option<Role>,
    /// Its pool, where it takes another Ignition file than its role's.
    pub pool: Option<Label>,
    /// The addresses that are its own; `serve` gives its Ignition file to them.
    pub addresses: Vec<IpAddr>,
}

/// A roster that cannot be used.
#[derive(Debug, Error)]
#[error("cannot read `{file}`: {cause}")]
pub struct RosterError {
    /// The file.
    pub file: String,
    /// Why.
    pub cause: String,
}

impl Faulty for RosterError {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Wire {
    format_version: u64,
    machines: Vec<WireEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEntry {
    name: String,
    macs: Vec<String>,
    mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<IpAddr>,
}

/// Returns where the roster of a cluster is.
pub fn path(cluster: &Label) -> Option<RelPath> {
    format!("{FOLDER}/{cluster}.json").parse().ok()
}

impl RosterEntry {
    /// Returns whose Ignition file it takes, where that is known.
    pub fn takes(&self) -> Option<Pool> {
        self.pool.clone().map(Pool::Custom).or(self.role.map(Pool::Role))
    }
}

impl Roster {
    /// Says what a render makes of the machines of a cluster.
    pub fn of(cluster: &Cluster, state: &State, locked: Option<&LockedCluster>) -> Self {
        let nodes = cluster.nodes.iter().filter(|node| node.boots_by_file());
        let entries = nodes.map(|node| {
            let mode = state.mode(&cluster.id, node);
            let release = || locked?.arches.get(&node.arch)?.release.clone();
            let release = if mode == Mode::Local { None } else { release() };
            let machine = Machine::of(&cluster.id, node);
            RosterEntry {
                machine,
                mode,
                release,
                role: Some(node.role),
                pool: node.pool.custom().cloned(),
                addresses: node.addresses(),
            }
        });
        let mut entries: Vec<RosterEntry> = entries.collect();
        entries.shrink_to_fit();
        Self { cluster: cluster.id.clone(), entries }
    }

    /// Reads the roster of a cluster; without one, nothing of it was rendered, or by okdboot 0.1.
    pub fn load(tree: &dyn Tree, cluster: &Label) -> Result<Option<Self>, RosterError> {
        let Some(path) = path(cluster) else { return Ok(None) };
        let refuse = |cause: String| RosterError { file: tree.name(&path), cause };
        match tree.look(&path) {
            Standing::Absent => Ok(None),
            Standing::File(found) => Self::parse(cluster, &found.bytes).map(Some).map_err(refuse),
            Standing::Other(obstacle) => Err(refuse(obstacle.to_string())),
            Standing::Unreadable(cause) => Err(refuse(cause)),
        }
    }

    fn parse(cluster: &Label, text: &[u8]) -> Result<Self, String> {
        let wire: Wire = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if wire.format_version != FORMAT_VERSION {
            let found = wire.format_version;
            return Err(format!("its `format-version` is {found}, this okdboot reads {FORMAT_VERSION}"));
        }
        let entries = wire.machines.into_iter().map(|entry| entry.checked(cluster));
        Ok(Self { cluster: cluster.clone(), entries: entries.collect::<Result<_, _>>()? })
    }

    /// Returns the text of the file, the same for the same roster.
    pub fn to_text(&self) -> String {
        let wire = Wire {
            format_version: FORMAT_VERSION,
            machines: self.entries.iter().map(WireEntry::of).collect(),
        };
        // Strings and numbers only: serialising cannot fail.
        serde_json::to_string_pretty(&wire).unwrap_or_default() + "\n"
    }

    /// Returns the entries by what their machines are known by.
    pub fn index(&self) -> Index<'_> {
        let mut index = Index { cluster: &self.cluster, by_mac: BTreeMap::new(), by_name: BTreeMap::new() };
        for entry in &self.entries {
            index.by_mac.extend(entry.machine.macs.iter().map(|mac| (*mac, entry)));
            index.by_name.insert(&entry.machine.name, entry);
        }
        index
    }

    /// Returns the machines that are installed at their next network boot.
    pub fn installs(&self) -> impl Iterator<Item = &RosterEntry> {
        self.entries.iter().filter(|entry| entry.mode == Mode::Install)
    }

    /// Returns the machines that are installed at their next network boot and were local before.
    pub fn newly_installs(&self, before: &Self) -> Vec<&RosterEntry> {
        let index = before.index();
        let was_local =
            |entry: &&RosterEntry| index.find(&entry.machine).is_some_and(|it| it.mode == Mode::Local);
        self.installs().filter(was_local).collect()
    }

    /// Takes over what this roster says of some machines, and leaves the others as they were: for
    /// commands that write the files of these machines only.
    #[must_use]
    pub fn only(self, before: &Self, picked: &BTreeSet<Label>) -> Self {
        let index = before.index();
        let keep = |entry: RosterEntry| match index.find(&entry.machine) {
            Some(known) if !picked.contains(&entry.machine.name) => known.clone(),
            _ => entry,
        };
        Self { cluster: self.cluster, entries: self.entries.into_iter().map(keep).collect() }
    }

    /// Returns every MAC address of the roster.
    pub fn macs(&self) -> impl Iterator<Item = (MacAddr, &Machine)> {
        self.entries.iter().flat_map(|entry| entry.machine.macs.iter().map(|mac| (*mac, &entry.machine)))
    }
}

impl fmt::Display for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// The entries of a roster by what their machines are known by: a cluster can have 50,000.
pub struct Index<'a> {
    cluster: &'a Label,
    by_mac: BTreeMap<MacAddr, &'a RosterEntry>,
    by_name: BTreeMap<&'a Label, &'a RosterEntry>,
}

impl<'a> Index<'a> {
    /// Returns the entry of a machine, as [`Machine::is`] has it.
    pub fn find(&self, machine: &Machine) -> Option<&'a RosterEntry> {
        let by_mac = machine.macs.iter().find_map(|mac| self.by_mac.get(mac).copied());
        let named = || self.by_name.get(&machine.name).filter(|_| machine.cluster == *self.cluster).copied();
        by_mac.or_else(|| named().filter(|entry| entry.machine.is(machine)))
    }
}

impl WireEntry {
    fn of(entry: &RosterEntry) -> Self {
        Self {
            name: entry.machine.name.to_string(),
            macs: entry.machine.macs.iter().map(ToString::to_string).collect(),
            mode: entry.mode.to_string(),
            release: entry.release.clone(),
            role: entry.role.map(|role| role.to_string()),
            pool: entry.pool.as_ref().map(ToString::to_string),
            addresses: entry.addresses.clone(),
        }
    }

    fn checked(self, cluster: &Label) -> Result<RosterEntry, String> {
        let mac = |text: &String| text.parse::<MacAddr>().map_err(|error| error.to_string());
        let machine = Machine {
            cluster: cluster.clone(),
            name: self.name.parse().map_err(|error: crate::model::name::NameError| error.to_string())?,
            macs: self.macs.iter().map(mac).collect::<Result<_, _>>()?,
        };
        let mode = self.mode.parse().map_err(|error: crate::model::choice::ChoiceError| error.to_string())?;
        let role = self.role.map(|role| role.parse()).transpose();
        let role = role.map_err(|error: crate::model::role::RoleError| error.to_string())?;
        let pool = self.pool.map(|pool| pool.parse()).transpose();
        let pool = pool.map_err(|error: crate::model::name::NameError| error.to_string())?;
        Ok(RosterEntry { machine, mode, release: self.release, role, pool, addresses: self.addresses })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, mac: &str, mode: Mode) -> RosterEntry {
        let (cluster, name) = ("lab".parse().unwrap(), name.parse().unwrap());
        let machine = Machine { cluster, name, macs: BTreeSet::from([mac.parse().unwrap()]) };
        RosterEntry { machine, mode, release: None, role: None, pool: None, addresses: Vec::new() }
    }

    fn roster(entries: &[RosterEntry]) -> Roster {
        Roster { cluster: "lab".parse().unwrap(), entries: entries.to_vec() }
    }

    #[test]
    fn text_parses_back_and_what_is_not_one_is_refused() {
        let mut one = roster(&[entry("w1", "52:54:00:00:00:01", Mode::Install)]);
        one.entries[0].release = Some("9.6".to_owned());
        one.entries[0].role = Some(Role::Worker);
        one.entries[0].pool = Some("infra".parse().unwrap());
        one.entries[0].addresses = vec!["192.0.2.1".parse().unwrap()];
        let text = one.to_text();
        assert_eq!(Roster::parse(&one.cluster, text.as_bytes()).unwrap(), one);
        for (from, to) in [
            ("w1", "../w1"),
            ("52:54", "5:4"),
            ("install", "wipe"),
            ("\"format-version\": 1", "\"format-version\": 7"),
            ("\"release\"", "\"extra\""),
            ("worker", "wiper"),
            ("192.0.2.1", "192.0.2"),
        ] {
            assert!(Roster::parse(&one.cluster, text.replace(from, to).as_bytes()).is_err(), "{to}");
        }
    }

    #[test]
    fn a_renamed_machine_that_was_local_is_newly_installed_and_a_new_one_is_not() {
        let before = roster(&[entry("w1", "52:54:00:00:00:01", Mode::Local)]);
        let after = roster(&[
            entry("w1b", "52:54:00:00:00:01", Mode::Install),
            entry("w1", "52:54:00:00:00:09", Mode::Install),
        ]);
        let names: Vec<String> =
            after.newly_installs(&before).iter().map(|entry| entry.machine.name.to_string()).collect();
        assert_eq!(names, ["w1b"]);
    }

    #[test]
    fn machines_that_were_not_picked_stay_as_they_were() {
        let (mac1, mac2) = ("52:54:00:00:00:01", "52:54:00:00:00:02");
        let before = roster(&[entry("w1", mac1, Mode::Local), entry("w2", mac2, Mode::Local)]);
        let after = roster(&[entry("w1", mac1, Mode::Install), entry("w2", mac2, Mode::Install)]);
        let only = after.only(&before, &BTreeSet::from(["w2".parse().unwrap()]));
        assert_eq!([only.entries[0].mode, only.entries[1].mode], [Mode::Local, Mode::Install]);
    }
}
