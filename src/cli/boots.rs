//! Which machines the output installs at their next network boot: said by every command that writes
//! boot files or would write them.

use super::locks::Locks;
use super::output::Output;
use super::render::{Document, Machine};
use super::session::Session;
use super::write::Before;
use crate::plan::roster::{Entry, Roster};
use crate::plan::state::State;
use camino::Utf8PathBuf;

/// So many names are said; the rest is counted.
const SHOWN: usize = 12;

/// What the tree does with each machine, now and before.
pub struct Boots {
    rosters: Vec<Roster>,
    /// Of each cluster; nothing where none of it was rendered.
    before: Vec<Option<Roster>>,
}

impl Boots {
    /// Takes what a plan makes of the machines of a run.
    pub fn of(
        session: &Session,
        before: &Before,
        state: &State,
        (locks, paths): (&Locks, &[Utf8PathBuf]),
    ) -> Self {
        let clusters = session.clusters();
        let rosters = clusters
            .iter()
            .zip(paths)
            .map(|(cluster, path)| Roster::of(cluster, state, locks.of(path, cluster)));
        Self {
            rosters: rosters.collect(),
            before: clusters.iter().map(|it| before.roster(&it.id).cloned()).collect(),
        }
    }

    /// Returns what the tree does with each machine from now on.
    pub fn rosters(&self) -> &[Roster] {
        &self.rosters
    }

    /// Says it in one line, and as members of the document.
    pub fn say(&self, output: &mut Output) {
        let installs: Vec<&Entry> = self.rosters.iter().flat_map(Roster::installs).collect();
        let newly = self.newly();
        let mut line = match installs.len() {
            0 => "no machine is installed at its next network boot".to_owned(),
            _ => format!("installed at the next network boot: {}", self.names(&installs)),
        };
        if !newly.is_empty() {
            line += &format!("; from local to install since the last render: {}", self.names(&newly));
        }
        // Where every machine boots the ISO, no network boot is worth a word.
        if self.rosters.iter().any(|roster| !roster.entries.is_empty()) {
            output.say(&line);
        }
        output.document(&Document {
            installs: Some(machines(&installs)),
            newly_installs: Some(machines(&newly)),
            ..Document::default()
        });
    }

    fn newly(&self) -> Vec<&Entry> {
        let both = self.rosters.iter().zip(&self.before);
        both.filter_map(|(now, before)| Some(now.newly_installs(before.as_ref()?))).flatten().collect()
    }

    fn names(&self, entries: &[&Entry]) -> String {
        let name = |entry: &&Entry| match self.rosters.len() {
            1 => entry.machine.name.to_string(),
            _ => format!("{}/{}", entry.machine.cluster, entry.machine.name),
        };
        let mut text = entries.iter().take(SHOWN).map(name).collect::<Vec<_>>().join(", ");
        if entries.len() > SHOWN {
            text += &format!(" and {} more", entries.len() - SHOWN);
        }
        text
    }
}

fn machines<'a>(entries: &[&'a Entry]) -> Vec<Machine<'a>> {
    let machine = |entry: &&'a Entry| Machine { cluster: &entry.machine.cluster, name: &entry.machine.name };
    entries.iter().map(machine).collect()
}
