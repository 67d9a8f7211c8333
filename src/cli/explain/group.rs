//! Which matchbox group a machine gets: planned groups, and what else stands in the data folder.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde::Serialize;

use super::target::ExplainTarget;
use crate::cli::output::Voice;
use crate::matchbox::select::{self, GroupCandidate, Selection, Vanished};
use crate::plan::{FileKind, Plan, layout};
use crate::probe::groups;
use crate::run::failure::{Exit, Failure};
use crate::text::escape;

pub(super) type Given = [(String, String)];

/// Takes `KEY=VALUE` apart.
pub(super) fn labels(texts: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Failure::new(Exit::Usage, format!("`--label {text}` is not KEY=VALUE"))
            .help("such as `--label os=installed`")),
    };
    texts.iter().map(pair).collect()
}

/// Which group a machine gets.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Match"))]
#[serde(rename_all = "kebab-case")]
pub(super) struct GroupMatch {
    /// The labels of the machine.
    labels: select::Labels,
    /// The group that it gets; null where none matches and matchbox answers 404.
    taken: Option<Fitting>,
    /// Groups that match too, the next best first.
    shadowed: Vec<Fitting>,
    /// Whether the first two have the same selector, so that matchbox takes either.
    tie: bool,
    /// Files of the groups folder that matchbox does not read.
    passed_over: Vec<PassedOver>,
}

/// A matchbox group.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "group"))]
#[serde(rename_all = "kebab-case")]
struct Fitting {
    /// Its file name without `.json`.
    group: String,
    /// The labels that it demands.
    selector: BTreeMap<String, String>,
    /// The profile that it names.
    profile: String,
    /// Whether there is such a profile; else matchbox answers 404.
    profile_exists: bool,
    /// Whether okdboot writes this group.
    planned: bool,
}

/// A file that is no group.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PassedOver {
    /// The file name without `.json`.
    group: String,
    /// Why not.
    #[cfg_attr(test, schemars(length(min = 1)))]
    reason: String,
}

/// Selects, and says what is taken and what that shadows.
pub(super) fn matches(
    folder: &Utf8Path,
    plan: &Plan,
    found: &[ExplainTarget],
    given: &Given,
    output: &mut Voice,
) -> Result<Vec<GroupMatch>, Failure> {
    let tree = Groups::collect(folder, plan)?;
    let mut matches = Vec::new();
    let macs: Vec<Option<String>> = if found.is_empty() {
        vec![None]
    } else {
        let of = |found: &ExplainTarget| match found
            .node
            .boot_macs()
            .map(|mac| Some(mac.to_string()))
            .collect::<Vec<_>>()
        {
            none if none.is_empty() => vec![None],
            macs => macs,
        };
        found.iter().flat_map(of).collect()
    };
    for mac in macs {
        let named = given.iter().any(|(key, _)| key == "mac");
        let own = mac.filter(|_| !named).map(|mac| ("mac".to_owned(), mac));
        let all: Vec<(String, String)> = own.into_iter().chain(given.iter().cloned()).collect();
        let labels = select::labels(all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let selection = select::select(&tree.read, &labels);
        output.data(&tree.text(&labels, &selection))?;
        matches.push(tree.found(labels, &selection));
    }
    Ok(matches)
}

/// The groups of a data folder as it is once the plan is written.
struct Groups {
    read: Vec<GroupCandidate>,
    vanished: Vec<(String, Vanished)>,
    /// Whether a group's file is of the plan, by stem.
    planned: BTreeMap<String, bool>,
    profiles: Vec<String>,
}

impl Groups {
    fn collect(folder: &Utf8Path, plan: &Plan) -> Result<Self, Failure> {
        let path = folder.join("groups");
        let on_disk = groups::read(&path)
            .map_err(|error| Failure::new(Exit::Files, format!("cannot read `{path}`: {error}")))?;
        let mut files: BTreeMap<String, (bool, Vec<u8>)> =
            on_disk.into_iter().map(|(stem, bytes)| (stem, (false, bytes))).collect();
        for (stem, bytes) in planned(plan, layout::GROUPS) {
            files.insert(stem, (true, bytes));
        }
        let mut profiles: Vec<String> =
            planned(plan, layout::PROFILES).into_iter().map(|(stem, _)| stem).collect();
        let there = groups::read(&folder.join("profiles")).unwrap_or_default();
        profiles.extend(there.into_iter().map(|(stem, _)| stem));
        let mut tree = Self { read: Vec::new(), vanished: Vec::new(), planned: BTreeMap::new(), profiles };
        for (stem, (is_planned, bytes)) in files {
            match GroupCandidate::parse(&stem, &bytes) {
                Ok(group) => tree.read.push(group),
                Err(reason) => tree.vanished.push((stem.clone(), reason)),
            }
            tree.planned.insert(stem, is_planned);
        }
        Ok(tree)
    }

    fn text(&self, labels: &select::Labels, selection: &Selection) -> String {
        let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let who = if labels.is_empty() { "a machine without labels".to_owned() } else { labels.join(" ") };
        let mut text = format!("\nmatchbox group for {}\n", escape(&who));
        if selection.matching.is_empty() {
            text += "  none: matchbox answers 404\n";
        }
        for (at, group) in selection.matching.iter().enumerate() {
            let word = match at {
                0 => "takes",
                1 if selection.tie => "or takes",
                _ => "shadows",
            };
            text += &format!("  {word:9}  {}\n", self.described(group));
        }
        if selection.tie {
            text += "  the first two have the same selector: matchbox does not say which of them it takes\n";
        }
        for (stem, reason) in &self.vanished {
            text += &format!("  passes over groups/{}.json: {}\n", escape(stem), escape(&reason.to_string()));
        }
        text
    }

    fn described(&self, group: &GroupCandidate) -> String {
        let pairs = if group.selector.is_empty() { "any machine".to_owned() } else { escape(&group.pairs()) };
        let by = if self.is_planned(group) { "" } else { ", not written by this plan" };
        let missing = if self.has_profile(group) { "" } else { ", which is missing: matchbox answers 404" };
        format!("{} ({pairs}{by}), profile `{}`{missing}", escape(&group.stem), escape(&group.profile))
    }

    fn is_planned(&self, group: &GroupCandidate) -> bool {
        self.planned.get(&group.stem).copied().unwrap_or_default()
    }

    fn has_profile(&self, group: &GroupCandidate) -> bool {
        self.profiles.contains(&group.profile)
    }

    fn found(&self, labels: select::Labels, selection: &Selection) -> GroupMatch {
        let group = |group: &&GroupCandidate| Fitting {
            group: group.stem.clone(),
            selector: group.selector.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            profile: group.profile.clone(),
            profile_exists: self.has_profile(group),
            planned: self.is_planned(group),
        };
        let vanished = |(stem, reason): &(String, Vanished)| PassedOver {
            group: stem.clone(),
            reason: reason.to_string(),
        };
        GroupMatch {
            labels,
            taken: selection.matching.first().map(group),
            shadowed: selection.matching.iter().skip(1).map(group).collect(),
            tie: selection.tie,
            passed_over: self.vanished.iter().map(vanished).collect(),
        }
    }
}

/// Returns the stems and bytes of planned files of a folder.
fn planned(plan: &Plan, folder: &str) -> Vec<(String, Vec<u8>)> {
    let files = plan.files.iter().filter(|file| file.owner.kind == FileKind::Matchbox);
    files
        .filter_map(|file| {
            let stem = layout::stem(&file.path, folder)?;
            Some((stem.to_owned(), file.contents.to_vec()))
        })
        .collect()
}
