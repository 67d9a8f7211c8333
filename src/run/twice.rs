//! Machines that a tree would answer in two ways: matchbox takes one of two groups without a word, and
//! the wrong one installs a machine that runs.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::failure::Failure;
use crate::diag::{Code, Diagnostic, Report};
use crate::matchbox::select::{GroupCandidate, Selector};
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::layout::{self, GROUPS};
use crate::plan::manifest::{self, Manifest};
use crate::plan::roster::{Roster, RosterError};
use crate::plan::state::Machine;
use crate::plan::tree::{Standing, Tree};
use crate::plan::{FileKind, Parts, PlannedFile};
use crate::pool;

/// Reports every machine of the plan that belongs to another cluster of the tree, or that a group has
/// which okdboot did not write.
pub fn report(
    tree: &dyn Tree,
    (clusters, parts): (&[Label], &dyn Parts),
    manifest: &Manifest,
    rosters: &[&Roster],
) -> Result<Report, Failure> {
    let others: Vec<Label> =
        manifest::clusters(tree)?.into_iter().filter(|id| !clusters.contains(id)).collect();
    let own: HashSet<MacAddr> = rosters.iter().flat_map(|own| own.macs()).map(|(mac, _)| mac).collect();
    // Of a thousand clusters, what this one has too is kept, and no more.
    let shared = pool::each(&others, pool::cores(), |id| shared(tree, id, &own));
    let known: Vec<Known> = shared.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let known: Shared = known.into_iter().collect();
    let mut report: Report = rosters.iter().flat_map(|own| taken(own, &known)).collect();
    report.extend(strangers(tree, parts, manifest, &others)?.into_iter().collect());
    Ok(report)
}

/// A machine of another cluster, by one of its MAC addresses.
type Known = (MacAddr, Machine);
/// Every one of them that the run has too.
type Shared = HashMap<MacAddr, Machine>;

/// Returns what another cluster has of these MAC addresses.
fn shared(tree: &dyn Tree, id: &Label, own: &HashSet<MacAddr>) -> Result<Vec<Known>, RosterError> {
    let Some(roster) = Roster::load(tree, id)? else { return Ok(Vec::new()) };
    let both = roster.macs().filter(|(mac, _)| own.contains(mac));
    Ok(both.map(|(mac, machine)| (mac, machine.clone())).collect())
}

/// Machines that another cluster of the tree has too.
fn taken(own: &Roster, known: &Shared) -> Vec<Diagnostic> {
    let both = own.macs().filter_map(|(mac, machine)| Some((mac, machine, known.get(&mac)?)));
    both.map(|(mac, machine, other)| {
        let message = format!(
            "MAC address {mac} of node `{}` belongs to `{}` of cluster `{}` in this tree already",
            machine.name, other.name, other.cluster
        );
        Diagnostic::new(Code::P029, message).help(format!(
            "take the other cluster out with `okdboot remove {}`, or render into another folder with `-o`",
            other.cluster
        ))
    })
    .collect()
}

/// Groups with a selector of the plan that okdboot did not write. Those that begin with the id of another
/// cluster are not opened: its machines are known.
fn strangers(
    tree: &dyn Tree,
    parts: &dyn Parts,
    manifest: &Manifest,
    others: &[Label],
) -> Result<Vec<Diagnostic>, Failure> {
    let Ok(folder) = GROUPS.parse::<RelPath>() else { return Ok(Vec::new()) };
    let others: HashSet<&str> = others.iter().map(Label::as_str).collect();
    let of_other = |stem: &str| stem.match_indices('-').any(|(at, _)| others.contains(&stem[..at]));
    let path = |name: &str| format!("{GROUPS}/{name}").parse::<RelPath>().ok();
    let is_unknown = |name: &str| {
        name.strip_suffix(".json").is_some_and(|stem| !of_other(stem))
            && path(name).is_some_and(|path| !manifest.entries.contains_key(&path))
    };
    let read = |name: &String| {
        let Standing::File(found) = tree.look(&path(name)?) else { return None };
        GroupCandidate::parse(name.strip_suffix(".json")?, &found.bytes).ok()
    };
    let unknown = tree.names_of(&folder, &is_unknown);
    let found: Vec<GroupCandidate> = unknown.iter().filter_map(read).collect();
    // A tree that only okdboot writes has none, and the plan's own need not be read.
    let planned = if found.is_empty() { BTreeMap::new() } else { planned(parts)? };
    let both = found.into_iter().filter_map(|group| Some((planned.get(&group.selector)?, group)));
    let strangers = both.filter(|(own, group)| **own != group.stem);
    Ok(strangers.map(|(own, group)| stranger(own, &group)).collect())
}

/// The selectors of the plan's groups, each with the stem of its group.
fn planned(parts: &dyn Parts) -> Result<BTreeMap<Selector, String>, Failure> {
    let parse = |file: &PlannedFile| {
        let stem = layout::stem(&file.path, GROUPS).filter(|_| file.owner.kind == FileKind::Matchbox)?;
        let group = GroupCandidate::parse(stem, &file.contents).ok()?;
        Some((group.selector, group.stem))
    };
    let mut planned = BTreeMap::new();
    for part in parts.parts(&|_| true) {
        planned.extend(part?.iter().filter_map(parse));
    }
    Ok(planned)
}

fn stranger(own: &str, group: &GroupCandidate) -> Diagnostic {
    let message = format!(
        "`{GROUPS}/{}.json` has the selector of `{own}` ({}), and okdboot did not write it",
        group.stem,
        group.pairs()
    );
    Diagnostic::new(Code::P029, message)
        .help("remove it, or give it another selector: matchbox takes one of the two without a word")
}
