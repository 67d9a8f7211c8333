//! Machines that a tree would answer in two ways: matchbox takes one of two groups without a word, and
//! the wrong one installs a machine that runs.

use std::collections::BTreeMap;

use super::failure::Failure;
use crate::diag::{Code, Diagnostic, Report};
use crate::matchbox::select::{Candidate, Selector};
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::layout::{self, GROUPS};
use crate::plan::manifest::{self, Manifest};
use crate::plan::roster::Roster;
use crate::plan::state::Machine;
use crate::plan::tree::{Standing, Tree};
use crate::plan::{FileKind, Plan};

/// Reports every machine of the plan that belongs to another cluster of the tree, or that a group has
/// which okdboot did not write.
pub fn report(
    tree: &dyn Tree,
    plan: &Plan,
    manifest: &Manifest,
    rosters: &[&Roster],
) -> Result<Report, Failure> {
    let others: Vec<Label> =
        manifest::clusters(tree)?.into_iter().filter(|id| !plan.clusters.contains(id)).collect();
    let loaded: Result<Vec<_>, _> = others.iter().map(|id| Roster::load(tree, id)).collect();
    let loaded: Vec<Roster> = loaded?.into_iter().flatten().collect();
    let mut report: Report = rosters.iter().flat_map(|own| taken(own, &loaded)).collect();
    report.extend(strangers(tree, plan, manifest, &others).into_iter().collect());
    Ok(report)
}

/// Machines that another cluster of the tree has too.
fn taken(own: &Roster, others: &[Roster]) -> Vec<Diagnostic> {
    let known: BTreeMap<MacAddr, &Machine> = others.iter().flat_map(Roster::macs).collect();
    let both = own.macs().filter_map(|(mac, machine)| Some((mac, machine, *known.get(&mac)?)));
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
fn strangers(tree: &dyn Tree, plan: &Plan, manifest: &Manifest, others: &[Label]) -> Vec<Diagnostic> {
    let Ok(folder) = GROUPS.parse::<RelPath>() else { return Vec::new() };
    let of_other = |stem: &str| {
        let rest = |id: &Label| stem.strip_prefix(id.as_str()).is_some_and(|rest| rest.starts_with('-'));
        others.iter().any(rest)
    };
    let unknown = |name: &String| {
        let stem = name.strip_suffix(".json").filter(|stem| !of_other(stem))?;
        let path: RelPath = format!("{GROUPS}/{name}").parse().ok()?;
        if manifest.entries.contains_key(&path) {
            return None;
        }
        let Standing::File(found) = tree.look(&path) else { return None };
        Candidate::parse(stem, &found.bytes).ok()
    };
    let found: Vec<Candidate> = tree.names(&folder).iter().filter_map(unknown).collect();
    // A tree that only okdboot writes has none, and the plan's own need not be read.
    let planned = if found.is_empty() { BTreeMap::new() } else { planned(plan) };
    let both = found.into_iter().filter_map(|group| Some((planned.get(&group.selector)?, group)));
    both.filter(|(own, group)| **own != group.stem).map(|(own, group)| stranger(own, &group)).collect()
}

/// The selectors of the plan's groups, each with the stem of its group.
fn planned(plan: &Plan) -> BTreeMap<Selector, String> {
    let groups = plan.files.iter().filter(|file| file.owner.kind == FileKind::Matchbox);
    let parse = |file: &crate::plan::PlannedFile| {
        let stem = layout::stem(&file.path, GROUPS)?;
        let group = Candidate::parse(stem, &file.contents).ok()?;
        Some((group.selector, group.stem))
    };
    groups.filter_map(parse).collect()
}

fn stranger(own: &str, group: &Candidate) -> Diagnostic {
    let message = format!(
        "`{GROUPS}/{}.json` has the selector of `{own}` ({}), and okdboot did not write it",
        group.stem,
        group.pairs()
    );
    Diagnostic::new(Code::P029, message)
        .help("remove it, or give it another selector: matchbox takes one of the two without a word")
}
