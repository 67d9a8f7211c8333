//! Machines that a tree would answer in two ways: matchbox takes one of two groups without a word, and
//! the wrong one installs a machine that runs.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::failure::{Exit, Failure};
use crate::diag::{Code, Diagnostic, Report};
use crate::matchbox::select::{Candidate, Labels};
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::plan::manifest::Manifest;
use crate::plan::roster::{self, Roster};
use crate::plan::state::Machine;
use crate::plan::{FileKind, Plan};
use crate::probe::groups;

/// Where groups stand below the output root.
const GROUPS: &str = "matchbox/groups";

/// Reports every machine of the plan that belongs to another cluster of the tree, or that a group has
/// which okdboot did not write.
pub fn report(
    out: &Utf8Path,
    plan: &Plan,
    manifest: &Manifest,
    rosters: &[Roster],
) -> Result<Report, Failure> {
    let others = other_clusters(out, &plan.clusters)?;
    let mut report: Report = rosters.iter().flat_map(|own| taken(own, &others)).collect();
    report.extend(strangers(out, plan, manifest, &others)?.into_iter().collect());
    Ok(report)
}

/// Returns the clusters of a tree.
pub fn clusters(out: &Utf8Path) -> Result<Vec<Label>, Failure> {
    let unread = |error: std::io::Error| {
        Failure::new(Exit::Files, format!("cannot read `{}`: {error}", out.join(roster::FOLDER)))
    };
    let entries = match out.join(roster::FOLDER).read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unread(error)),
    };
    let mut clusters = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unread)?;
        clusters.extend(entry.file_name().strip_suffix(".json").and_then(|stem| stem.parse().ok()));
    }
    clusters.sort();
    Ok(clusters)
}

fn other_clusters(out: &Utf8Path, run: &[Label]) -> Result<Vec<Roster>, Failure> {
    let tree = crate::disk::DiskTree::open(out)?;
    let others = clusters(out)?.into_iter().filter(|id| !run.contains(id));
    let rosters: Result<Vec<_>, _> = others.map(|id| Roster::load(&tree, &id)).collect();
    Ok(rosters?.into_iter().flatten().collect())
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

/// Groups with a selector of the plan that okdboot did not write.
fn strangers(
    out: &Utf8Path,
    plan: &Plan,
    manifest: &Manifest,
    others: &[Roster],
) -> Result<Vec<Diagnostic>, Failure> {
    let planned = planned(plan);
    if planned.is_empty() {
        return Ok(Vec::new());
    }
    let folder = out.join(GROUPS);
    let is_known = |stem: &str| {
        let path = format!("{GROUPS}/{stem}.json");
        let ours = path.parse().is_ok_and(|path| manifest.entries.contains_key(&path));
        ours || others
            .iter()
            .any(|other| stem.strip_prefix(other.cluster.as_str()).is_some_and(|rest| rest.starts_with('-')))
    };
    let found = groups::read_if(&folder, |stem| !is_known(stem))
        .map_err(|error| Failure::new(Exit::Files, format!("cannot read `{folder}`: {error}")))?;
    let candidates = found.iter().filter_map(|(stem, bytes)| Candidate::parse(stem, bytes).ok());
    let both = candidates.filter_map(|group| Some((planned.get(&group.selector)?.clone(), group)));
    Ok(both.filter(|(own, group)| *own != group.stem).map(|(own, group)| stranger(&own, &group)).collect())
}

/// The selectors of the plan's groups, each with the stem of its group.
fn planned(plan: &Plan) -> BTreeMap<Labels, String> {
    let groups = plan.files.iter().filter(|file| file.owner.kind == FileKind::Matchbox);
    let parse = |file: &crate::plan::PlannedFile| {
        let stem = file.path.as_str().strip_prefix(GROUPS)?.strip_prefix('/')?.strip_suffix(".json")?;
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
