//! Copies of Ignition files, the digests of all of them, and the pages that hide listings.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FileKind, FileMode, Origin, Owner, PlannedFile, Sensitivity};
use crate::ignition::IgnitionConfig;
use crate::model::digest::Sha512;
use crate::model::name::Label;
use crate::model::node::Role;
use crate::model::path::RelPath;

/// The digests of every copy.
pub(super) const SUMS: &str = "SHA512SUMS";

/// Where the byte-exact copy stands, below the output root.
pub(super) fn asset_path(cluster: &Label, role: Role) -> String {
    format!("matchbox/assets/ignition/{cluster}/{role}.ign")
}

/// Where the copy stands that matchbox serves at `/ignition`.
fn matchbox_path(cluster: &Label, role: Role) -> String {
    format!("matchbox/ignition/{cluster}-{role}.ign")
}

/// The two copies of each Ignition file.
pub(super) fn files(cluster: &Label, ignition: &BTreeMap<Role, IgnitionConfig>) -> Vec<PlannedFile> {
    let copies = ignition.iter().flat_map(|(role, config)| {
        [asset_path(cluster, *role), matchbox_path(cluster, *role)]
            .map(|path| copy(cluster, *role, config, &path))
    });
    copies.flatten().collect()
}

fn copy(cluster: &Label, role: Role, config: &IgnitionConfig, path: &str) -> Option<PlannedFile> {
    Some(PlannedFile {
        path: path.parse().ok()?,
        mode: FileMode::Ignition,
        contents: Arc::clone(config.bytes()),
        owner: Owner { cluster: Some(cluster.clone()), kind: FileKind::Ignition },
        sensitivity: Sensitivity::Secret,
        origin: Origin::Ignition(role),
    })
}

/// Empty pages: matchbox and web servers show them instead of a listing, which would give away the
/// names of Ignition files.
pub(super) fn index_pages(clusters: &[&Label]) -> Vec<PlannedFile> {
    let shared =
        ["matchbox/assets/index.html", "matchbox/assets/ignition/index.html"].map(|path| page(None, path));
    let own = clusters.iter().map(|id| page(Some(id), &format!("matchbox/assets/ignition/{id}/index.html")));
    shared.into_iter().chain(own).flatten().collect()
}

fn page(cluster: Option<&Label>, path: &str) -> Option<PlannedFile> {
    Some(PlannedFile {
        path: path.parse().ok()?,
        mode: FileMode::Config,
        contents: Arc::default(),
        owner: Owner { cluster: cluster.cloned(), kind: FileKind::Index },
        sensitivity: Sensitivity::Public,
        origin: Origin::Generated,
    })
}

/// `SHA512SUMS` in the form of sha512sum(1): this run's copies, and the lines of other clusters that
/// stood there before. Not written when it would be empty.
pub fn sums(copies: &[PlannedFile], run: &[&Label], before: &str) -> Option<PlannedFile> {
    let mut lines: BTreeMap<String, Sha512> = before.lines().filter_map(|line| kept(line, run)).collect();
    let own = copies.iter().filter(|file| file.owner.kind == FileKind::Ignition);
    lines.extend(own.map(|file| (file.path.to_string(), Sha512::of(&file.contents))));
    if lines.is_empty() {
        return None;
    }
    let lines: Vec<String> = lines.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
    Some(PlannedFile {
        path: SUMS.parse().ok()?,
        mode: FileMode::Config,
        contents: lines.concat().into_bytes().into(),
        owner: Owner { cluster: None, kind: FileKind::Sums },
        sensitivity: Sensitivity::Public,
        origin: Origin::Generated,
    })
}

/// Keeps a line that is the digest of a copy of a cluster that is not in this run.
fn kept(line: &str, run: &[&Label]) -> Option<(String, Sha512)> {
    let (digest, path) = line.split_once("  ")?;
    let digest = digest.parse().ok()?;
    let path: RelPath = path.parse().ok()?;
    let owner = owner_of(path.as_str())?;
    (!run.iter().any(|id| id.as_str() == owner)).then(|| (path.to_string(), digest))
}

/// Returns the cluster id in the path of a copy.
fn owner_of(path: &str) -> Option<&str> {
    if let Some(rest) = path.strip_prefix("matchbox/assets/ignition/") {
        return rest.split_once('/').map(|(id, _)| id);
    }
    let stem = path.strip_prefix("matchbox/ignition/")?.strip_suffix(".ign")?;
    Role::ALL.iter().find_map(|role| stem.strip_suffix(role.as_str())?.strip_suffix('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_the_lines_of_other_clusters_only() {
        let digest = Sha512::of(b"x");
        let before = format!(
            "{digest}  matchbox/assets/ignition/a/master.ign\n{digest}  matchbox/ignition/a-b-worker.ign\n{digest}  other\nnonsense\n"
        );
        let (a, b): (Label, Label) = ("a".parse().unwrap(), "a-b".parse().unwrap());
        let text =
            |run: &[&Label]| sums(&[], run, &before).map(|f| String::from_utf8(f.contents.to_vec()).unwrap());
        assert_eq!(text(&[&a]), Some(format!("{digest}  matchbox/ignition/a-b-worker.ign\n")));
        assert_eq!(text(&[&b]), Some(format!("{digest}  matchbox/assets/ignition/a/master.ign\n")));
        assert_eq!(text(&[&a, &b]), None);
    }
}
