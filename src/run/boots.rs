//! Which machines the output installs at their next network boot, now and before.

use super::tree::Before;
use super::workspace::Workspace;
use crate::plan::roster::{Roster, RosterEntry};
use crate::plan::state::State;

/// What the tree does with each machine, now and before.
pub struct Boots {
    rosters: Vec<Roster>,
    /// Of each cluster; nothing where none of it was rendered.
    before: Vec<Option<Roster>>,
}

impl Boots {
    /// Takes what a plan makes of the machines of a run.
    pub fn of(workspace: &Workspace, before: &Before, state: &State) -> Self {
        let now = workspace.members.iter();
        let rosters = now.map(|it| Roster::of(it.cluster(), state, workspace.locked(it))).collect();
        let was = workspace.members.iter().map(|it| before.roster(&it.cluster().id).cloned());
        Self { rosters, before: was.collect() }
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
        let both = self.rosters.iter().zip(&self.before);
        both.filter_map(|(now, before)| Some(now.newly_installs(before.as_ref()?))).flatten().collect()
    }
}
