//! Which machines were armed or disarmed since vars.yaml was written: `okdboot.state.json` beside it.
//!
//! It is the one input of a plan that commands change: `arm` and `disarm` write it, everything else
//! reads it. What is said belongs to the machine and not to its name: a machine is known by its MAC
//! addresses, and by cluster and name only where it has none. So a renamed machine stays disarmed,
//! and a new machine under an old name is installed. The file stands beside vars.yaml and not in the
//! output tree, which may be removed and rendered again. Boot files never hold an expiry: no loader
//! has a clock to trust.

mod wire;

use std::collections::BTreeSet;

use thiserror::Error;

use super::tree::{Standing, Tree};
use crate::model::choice::choice;
use crate::model::cluster::Cluster;
use crate::model::fault::{Fault, Faulty};
use crate::model::mac::MacAddr;
use crate::model::moment::Moment;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::model::time::UnixTime;

/// The state's name beside vars.yaml.
pub const FILE: &str = "okdboot.state.json";

/// Where okdboot 0.1 kept it, by names, below the output root.
pub const OLD_FILE: &str = ".okdboot/state.json";

/// What commands said of machines, sorted by cluster and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    said: Vec<Said>,
    past_bootstrap: BTreeSet<Label>,
}

choice! {
    /// How far the installation of a cluster is.
    Phase {
        /// The bootstrap machine is part of it.
        Install = "install",
        /// The control plane stands by itself: the bootstrap machine is left out of every file.
        PostBootstrap = "post-bootstrap",
    }
}

impl Phase {
    /// Leaves out of a cluster what has no part in it any more, and says whether there was anything.
    pub fn leave(self, cluster: &mut Cluster) -> bool {
        let before = cluster.nodes.len();
        cluster.nodes.retain(|node| self == Self::Install || node.role != Role::Bootstrap);
        cluster.nodes.len() != before
    }
}

/// A machine, whatever it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Machine {
    /// The cluster that it was part of when something was said of it.
    pub cluster: Label,
    /// Its name at that time.
    pub name: Label,
    /// Every MAC address that it has.
    pub macs: BTreeSet<MacAddr>,
}

/// What was said of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Of which.
    pub machine: Machine,
    /// What.
    pub arming: Arming,
    /// When; unknown where okdboot 0.1 wrote it.
    pub since: Option<Moment>,
}

/// What a command said of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arming {
    /// It boots from its disk, whatever vars.yaml says.
    Disarmed,
    /// It is installed (or runs the live system), even where vars.yaml says `local`.
    Armed {
        /// When `disarm --expired` takes it back.
        until: Option<Moment>,
    },
}

/// A state that cannot be used. Nothing is guessed then: a wrong guess installs a machine again.
#[derive(Debug, Error)]
pub enum StateError {
    /// It could not be read.
    #[error("cannot read state `{file}`: {cause}")]
    Read {
        /// The file, as the person reaches it.
        file: String,
        /// The reason.
        cause: String,
    },
    /// Not JSON of this shape.
    #[error("cannot read state `{file}`: {cause}")]
    Json {
        /// The file.
        file: String,
        /// The reason.
        cause: serde_json::Error,
    },
    /// Written by another version.
    #[error("cannot read state `{file}`: its `format-version` is {found}, this okdboot reads {read} there")]
    Version {
        /// The file.
        file: String,
        /// Its version.
        found: u64,
        /// The version that is read in this place.
        read: u64,
    },
    /// A name, an address or a time that is none, or a machine twice.
    #[error("state `{file}` has an invalid entry: {cause}")]
    Entry {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
}

impl Faulty for StateError {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

impl Machine {
    /// Returns what a node is known by.
    pub fn of(cluster: &Label, node: &Node) -> Self {
        Self { cluster: cluster.clone(), name: node.name.clone(), macs: node.macs() }
    }

    /// Says whether two are one machine. A name counts only where one of them has no MAC address.
    pub fn is(&self, other: &Self) -> bool {
        if self.macs.is_empty() || other.macs.is_empty() {
            return self.cluster == other.cluster && self.name == other.name;
        }
        !self.macs.is_disjoint(&other.macs)
    }
}

impl State {
    /// Parses the file's text; `file` is what messages call it.
    pub fn parse(text: &[u8], file: &str) -> Result<Self, StateError> {
        wire::parse(text, file)
    }

    /// Parses what okdboot 0.1 wrote, by cluster and name.
    pub fn parse_old(text: &[u8], file: &str) -> Result<Self, StateError> {
        Ok(wire::parse_old(text, file)?.into_iter().collect())
    }

    /// Reads what okdboot 0.1 left in an output tree, by cluster and name; nothing where it left none.
    pub fn load_old(tree: &dyn Tree) -> Result<Self, StateError> {
        let refuse = |file: String, cause: String| StateError::Read { file, cause };
        let at: RelPath =
            OLD_FILE.parse().map_err(|_| refuse(OLD_FILE.to_owned(), "not a path".to_owned()))?;
        match tree.look(&at) {
            Standing::Absent => Ok(Self::default()),
            Standing::File(found) => Self::parse_old(&found.bytes, &tree.name(&at)),
            Standing::Other(obstacle) => Err(refuse(tree.name(&at), obstacle.to_string())),
            Standing::Unreadable(cause) => Err(refuse(tree.name(&at), cause)),
        }
    }

    /// Returns the text of the file, the same for the same state.
    pub fn to_text(&self) -> String {
        wire::to_text(&self.said, &self.past_bootstrap)
    }

    /// Returns the text of the file that okdboot 0.1 reads, for what is left in it.
    pub fn to_old_text(&self) -> String {
        wire::to_old_text(&self.said)
    }

    /// Says whether nothing was said of any machine.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty() && self.past_bootstrap.is_empty()
    }

    /// Returns everything that was said.
    pub fn iter(&self) -> impl Iterator<Item = &Said> {
        self.said.iter()
    }

    /// Returns what was said of the machines of a cluster, under the names that they have now.
    #[must_use]
    pub fn of_cluster(&self, cluster: &Cluster) -> Self {
        let named = |node: &Node| {
            let machine = Machine::of(&cluster.id, node);
            self.find(&machine).map(|said| Said { machine, ..said.clone() })
        };
        let mut state: Self = cluster.nodes.iter().filter_map(named).collect();
        state.enter(&cluster.id, self.phase(&cluster.id));
        state
    }

    /// Returns how far the installation of a cluster is.
    pub fn phase(&self, cluster: &Label) -> Phase {
        if self.past_bootstrap.contains(cluster) { Phase::PostBootstrap } else { Phase::Install }
    }

    /// Says how far the installation of a cluster is.
    pub fn enter(&mut self, cluster: &Label, phase: Phase) {
        match phase {
            Phase::Install => self.past_bootstrap.remove(cluster),
            Phase::PostBootstrap => self.past_bootstrap.insert(cluster.clone()),
        };
    }

    /// Returns what was said under the id of a cluster.
    #[must_use]
    pub fn under(&self, cluster: &Label) -> Self {
        self.said.iter().filter(|said| said.machine.cluster == *cluster).cloned().collect()
    }

    /// Adds what another state says of machines of which this one says nothing.
    pub fn adopt(&mut self, other: Self) {
        self.past_bootstrap.extend(other.past_bootstrap);
        for said in other.said {
            if self.find(&said.machine).is_none() {
                self.said.push(said);
            }
        }
        self.sort();
    }

    /// Takes what another state says of its machines instead of what this one does.
    pub fn take(&mut self, other: Self) {
        self.past_bootstrap.extend(other.past_bootstrap);
        for said in other.said {
            self.forget(&said.machine);
            self.said.push(said);
        }
        self.sort();
    }

    /// Returns what a node does when it boots from the network: what was said last.
    pub fn mode(&self, cluster: &Label, node: &Node) -> Mode {
        let arming = self.said_of(cluster, node).map(|said| said.arming);
        match (arming, node.mode) {
            (Some(Arming::Disarmed), _) => Mode::Local,
            (Some(Arming::Armed { .. }), Mode::Local) => Mode::Install,
            (_, mode) => mode,
        }
    }

    /// Returns what was said of a node.
    pub fn said_of(&self, cluster: &Label, node: &Node) -> Option<&Said> {
        self.find(&Machine::of(cluster, node))
    }

    /// Arms a node. What vars.yaml says already is not kept, or a later `mode: local` there would be
    /// overruled by a command of long ago.
    pub fn arm(&mut self, cluster: &Label, node: &Node, until: Option<Moment>, now: Moment) {
        if node.mode != Mode::Local && until.is_none() {
            self.forget(&Machine::of(cluster, node));
        } else {
            self.say(cluster, node, Arming::Armed { until }, now);
        }
    }

    /// Disarms a node.
    pub fn disarm(&mut self, cluster: &Label, node: &Node, now: Moment) {
        self.say(cluster, node, Arming::Disarmed, now);
    }

    /// Forgets what was said of a machine.
    pub fn forget(&mut self, machine: &Machine) {
        self.said.retain(|said| !said.machine.is(machine));
    }

    /// Returns when the time of an armed node was over, if it was.
    pub fn expired(&self, cluster: &Label, node: &Node, now: UnixTime) -> Option<Moment> {
        match self.said_of(cluster, node)?.arming {
            Arming::Armed { until: Some(until) } if until.0 <= now => Some(until),
            _ => None,
        }
    }

    /// Said again, it still holds since the first time.
    fn say(&mut self, cluster: &Label, node: &Node, arming: Arming, now: Moment) {
        let machine = Machine::of(cluster, node);
        let before = self.find(&machine).filter(|said| said.arming == arming);
        let since = before.map_or(Some(now), |said| said.since);
        self.forget(&machine);
        self.said.push(Said { machine, arming, since });
        self.sort();
    }

    fn find(&self, machine: &Machine) -> Option<&Said> {
        self.said.iter().find(|said| said.machine.is(machine))
    }

    fn sort(&mut self) {
        self.said.sort_by(|one, other| one.machine.cmp(&other.machine));
    }
}

impl FromIterator<Said> for State {
    fn from_iter<I: IntoIterator<Item = Said>>(iter: I) -> Self {
        let mut state = Self { said: iter.into_iter().collect(), past_bootstrap: BTreeSet::new() };
        state.sort();
        state
    }
}

#[cfg(test)]
mod tests;
