//! What a machine gets that nobody entered: nothing of okdboot's, but the folders may hold other files.

use camino::Utf8Path;

use super::finding::Finding;
use crate::diag::{Code, Diagnostic};
use crate::matchbox::select::{self, GroupCandidate};
use crate::model::path::RelPath;
use crate::plan::layout;
use crate::probe::groups;

/// Reports the files that every machine boots by.
pub fn findings(out: &Utf8Path) -> Vec<Finding> {
    let files = layout::of_every_machine().into_iter().filter(|path| out.join(path.as_str()).is_file());
    files.chain(group(&out.join(layout::MATCHBOX))).map(|path| Finding::general(report(&path))).collect()
}

/// The group that matchbox takes for a machine of which nothing is known, if its profile boots anything.
fn group(folder: &Utf8Path) -> Option<RelPath> {
    let files = groups::read(&folder.join("groups")).ok()?;
    let all: Vec<GroupCandidate> =
        files.iter().filter_map(|(stem, bytes)| GroupCandidate::parse(stem, bytes).ok()).collect();
    let selection = select::select(&all, &select::labels([]));
    let taken = selection.matching.first()?;
    let profiles = groups::read(&folder.join("profiles")).ok()?;
    let (_, profile) = profiles.iter().find(|(stem, _)| *stem == taken.profile)?;
    let profile: serde_json::Value = serde_json::from_slice(profile).ok()?;
    // One that is empty boots nothing.
    profile.get("boot")?.as_object().filter(|boot| !boot.is_empty())?;
    format!("{}/{}.json", layout::GROUPS, taken.stem).parse().ok()
}

fn report(path: &RelPath) -> Diagnostic {
    Diagnostic::new(Code::P028, format!("every machine that is not in vars.yaml boots by `{path}`"))
        .help("remove it if it installs anything: an unknown machine would lose its disk")
}
