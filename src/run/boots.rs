//! Which machines the output installs at their next network boot, now and before.

use super::tree::Before;
use super::workspace::Workspace;
use crate::plan::roster::{Roster, RosterEntry};
use crate::plan::state::State;

/// What the tree does with each machine, and with which it did something else before.
pub struct Boots {
    rosters: Vec<Roster>,
    newly: Vec<RosterEntry>,
}

impl Boots {
    /// Takes what a plan makes of the machines of a run.
    pub fn of(workspace: &Workspace, before: &Before, state: &State) -> Self {
        let now = workspace.members.iter();
        let rosters: Vec<Roster> =
            now.map(|it| Roster::of(it.cluster(), state, workspace.locked(it))).collect();
        let both = rosters.iter().filter_map(|now| Some((now, before.roster(&now.cluster)?)));
        let newly = both.flat_map(|(now, before)| now.newly_installs(before)).cloned().collect();
        Self { rosters, newly }
    }

    /// Returns what the tree does with each machine from now on.
    pub fn rosters(&self) -> &[Roster] {
        &self.rosters
    }

    /// Returns the machines that are installed at their next network boot.
    pub fn installs(&self) -> Vec<&RosterEntry> {
        self.rosters.iter().flat_map(Roster::installs).collect()
    }

    /// Returns those of them that booted from their disks after the last render.
    pub fn newly(&self) -> Vec<&RosterEntry> {
        self.newly.iter().collect()
    }
}
