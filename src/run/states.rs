//! Which machines are armed: `okdboot.state.json` beside each vars.yaml, and what okdboot 0.1 left
//! below the output root, which moves there with the next command that writes.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::{Exit, Failure};
use super::ignition_files::beside;
use super::news::News;
use crate::disk::{self, Turn};
use crate::matchbox::select::GroupCandidate;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::path::RelPath;
use crate::plan::layout;
use crate::plan::state::{self, Machine, Said, State};
use crate::plan::tree::{Standing, Tree};

/// The mode of the state, in which nothing is secret and which is meant for git.
const MODE: u32 = 0o644;

/// What was said of the machines of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct States {
    files: BTreeMap<Utf8PathBuf, State>,
    /// What okdboot 0.1 left of these clusters.
    old: State,
    /// What was left of machines that cannot be found any more.
    lost: Vec<Said>,
    merged: State,
}

impl States {
    /// Reads the state beside each vars.yaml; there is none until a machine is armed or disarmed.
    pub fn open(tree: &dyn Tree, clusters: &[&Cluster]) -> Result<Self, Failure> {
        let mut states = Self {
            files: BTreeMap::new(),
            old: State::load_old(tree)?,
            lost: Vec::new(),
            merged: State::default(),
        };
        for cluster in clusters {
            let path = path(cluster);
            if !states.files.contains_key(&path) {
                let state = load(&path)?;
                states.files.insert(path.clone(), state);
            }
            states.merged.adopt(states.files[&path].of_cluster(cluster));
            states.adopt_old(tree, cluster);
        }
        Ok(states)
    }

    /// Nothing was said and nothing will be: for the embedded example, which stands beside no vars.yaml.
    pub fn none() -> Self {
        Self { files: BTreeMap::new(), old: State::default(), lost: Vec::new(), merged: State::default() }
    }

    /// Says whether there is no place where anything could be said.
    pub fn is_none(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns what was said of the machines of the run.
    pub fn merged(&self) -> &State {
        &self.merged
    }

    /// Says whether okdboot 0.1 left something that has to move.
    pub fn has_old(&self, clusters: &[&Cluster]) -> bool {
        clusters.iter().any(|cluster| !self.old.under(&cluster.id).is_empty())
    }

    /// Warns of what cannot be tied to a machine any more.
    pub fn warn_of_lost(&self, news: &mut News) {
        for Said { machine, .. } in &self.lost {
            let Machine { cluster, name, .. } = machine;
            news.say(format!(
                "warning: `{name}` of `{cluster}` was armed or disarmed, and vars.yaml has no such node any more"
            ));
            news.say("  help: if it was renamed, say it again: `okdboot disarm` with its new name");
        }
    }

    /// Writes what is true of the machines of these clusters beside their vars.yaml. What other
    /// machines have there stays: one that is gone from vars.yaml may come back, and is not armed then.
    pub fn write(&self, after: &State, clusters: &[&Cluster]) -> Result<(), Failure> {
        for path in self.files.keys() {
            let own: Vec<&&Cluster> =
                clusters.iter().filter(|cluster| self::path(cluster) == *path).collect();
            let turn = Turn::at(path)?;
            let before = load(path)?;
            if self.files.get(path) != Some(&before) {
                return Err(changed_meanwhile());
            }
            let mut state = before.clone();
            for cluster in own {
                cluster.nodes.iter().for_each(|node| state.forget(&Machine::of(&cluster.id, node)));
                state.enter(&cluster.id, after.phase(&cluster.id));
                state.take(after.of_cluster(cluster));
            }
            if state != before {
                turn.replace(state.to_text().as_bytes(), MODE)?;
            }
        }
        Ok(())
    }

    /// Removes what killed runs left beside these files.
    pub fn tidy(&self) {
        self.files.keys().for_each(|path| disk::tidy_beside(path));
    }

    /// Takes what has moved out of the output tree. Only after [`Self::write`]: a run that is killed in
    /// between leaves it in both places, and what is beside vars.yaml counts.
    pub fn remove_old(&self, lock: &disk::Lock, clusters: &[&Cluster]) -> Result<(), Failure> {
        if !self.has_old(clusters) {
            return Ok(());
        }
        let Ok(path) = state::OLD_FILE.parse::<RelPath>() else { return Ok(()) };
        let mut left = self.old.clone();
        let moved = clusters
            .iter()
            .flat_map(|cluster| self.old.under(&cluster.id).iter().cloned().collect::<Vec<_>>());
        moved.collect::<Vec<Said>>().iter().for_each(|said| left.forget(&said.machine));
        if left.is_empty() {
            lock.remove(&path)?;
        } else {
            lock.replace(&path, left.to_old_text().as_bytes(), MODE)?;
        }
        Ok(())
    }

    /// Ties what okdboot 0.1 said of names to machines: by the MAC address in the group that was rendered
    /// under the name, so that neither a renamed machine nor a new one under its name is mistaken; by the
    /// name alone only where there is no such group.
    fn adopt_old(&mut self, tree: &dyn Tree, cluster: &Cluster) {
        for said in self.old.under(&cluster.id).iter() {
            let mut machines = cluster.nodes.iter().map(|node| Machine::of(&cluster.id, node));
            let machine = if let Some(mac) = group_mac(tree, &said.machine) {
                // Where no node has its address any more, the machine left the inventory.
                machines.find(|machine| machine.macs.contains(&mac))
            } else {
                let named = machines.find(|machine| machine.name == said.machine.name);
                self.lost.extend(named.is_none().then(|| said.clone()));
                named
            };
            self.merged.adopt(machine.map(|machine| Said { machine, ..said.clone() }).into_iter().collect());
        }
    }
}

/// A machine that another run disarmed meanwhile would be installed again.
pub fn changed_meanwhile() -> Failure {
    let message = "another run armed or disarmed nodes while this one was planning; nothing was written";
    Failure::new(Exit::Files, message).help("run it again")
}

/// Returns where the state of a cluster's machines is.
pub fn path(cluster: &Cluster) -> Utf8PathBuf {
    beside(&cluster.file, state::FILE)
}

/// Reads a state; there is none until something was said.
pub fn load(path: &Utf8Path) -> Result<State, Failure> {
    let refuse = |cause: String| state::StateError::Read { file: path.to_string(), cause };
    match std::fs::read(path) {
        Ok(bytes) => Ok(State::parse(&bytes, path.as_str())?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::default()),
        Err(error) => Err(refuse(error.to_string()).into()),
    }
}

fn group_mac(tree: &dyn Tree, machine: &Machine) -> Option<MacAddr> {
    let stem = layout::group_stem(&machine.cluster, &machine.name);
    let Standing::File(found) = tree.look(&layout::group_file(&stem)) else { return None };
    GroupCandidate::parse(&stem, &found.bytes).ok()?.selector.get("mac")?.parse().ok()
}
