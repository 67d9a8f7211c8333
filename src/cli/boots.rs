//! Which machines the output installs at their next network boot: said by every command that writes
//! boot files or would write them.

use super::output::Voice;
use super::render::document::{Document, RenderedMachine};
use crate::plan::roster::RosterEntry;
use crate::run::boots::Boots;

/// So many names are said; the rest is counted.
const SHOWN: usize = 12;

/// Says it in one line, and as members of the document.
pub fn say(boots: &Boots, output: &mut Voice) {
    let (installs, newly) = (boots.installs(), boots.newly());
    let several = boots.rosters().len() > 1;
    let mut line = match installs.len() {
        0 => "no machine is installed at its next network boot".to_owned(),
        _ => format!("installed at the next network boot: {}", names(&installs, several)),
    };
    if !newly.is_empty() {
        line += &format!("; from local to install since the last render: {}", names(&newly, several));
    }
    // Where every machine boots the ISO, no network boot is worth a word.
    if boots.rosters().iter().any(|roster| !roster.entries.is_empty()) {
        output.say(&line);
    }
    output.document_of(|| Document {
        installs: Some(machines(&installs)),
        newly_installs: Some(machines(&newly)),
        ..Document::default()
    });
}

fn names(entries: &[&RosterEntry], several: bool) -> String {
    let name = |entry: &&RosterEntry| {
        let machine = &entry.machine;
        if several { format!("{}/{}", machine.cluster, machine.name) } else { machine.name.to_string() }
    };
    let mut text = entries.iter().take(SHOWN).map(name).collect::<Vec<_>>().join(", ");
    if entries.len() > SHOWN {
        text += &format!(" and {} more", entries.len() - SHOWN);
    }
    text
}

fn machines<'a>(entries: &[&'a RosterEntry]) -> Vec<RenderedMachine<'a>> {
    let machine = |entry: &&'a RosterEntry| RenderedMachine {
        cluster: &entry.machine.cluster,
        name: &entry.machine.name,
    };
    entries.iter().map(machine).collect()
}
