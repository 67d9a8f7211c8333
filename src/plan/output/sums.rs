//! The digests of all copies of Ignition files.

use std::collections::BTreeMap;

use super::FileKind;
use super::made::Made;
use super::make::Make;
use super::shared_files::{Keeps, SharedFiles};
use crate::model::digest::Sha512;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::inputs::Inputs;
use crate::plan::{Owner, PlannedFile, layout};

/// One file of all clusters.
#[derive(Debug)]
pub(super) struct Sums;

impl Make for Sums {
    fn keeps(&self) -> &'static [Keeps] {
        &[Keeps::File(layout::SUMS)]
    }

    fn reads(&self) -> &'static [FileKind] {
        &[FileKind::Ignition]
    }

    fn of_run(&self, inputs: &Inputs, files: &[PlannedFile]) -> Vec<PlannedFile> {
        sums(files, &inputs.ids(), inputs.standing.text(layout::SUMS)).into_iter().collect()
    }

    fn without(&self, id: &Label, standing: &SharedFiles) -> Made {
        Made::of(sums(&[], &[id], standing.text(layout::SUMS)).into_iter().collect())
    }
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
    Some(PlannedFile::new(layout::sums(), Owner::shared(FileKind::Sums), lines.concat().into_bytes()))
}

/// Keeps a line that is the digest of a copy of a cluster that is not in this run.
fn kept(line: &str, run: &[&Label]) -> Option<(String, Sha512)> {
    let (digest, path) = line.split_once("  ")?;
    let digest = digest.parse().ok()?;
    let path: RelPath = path.parse().ok()?;
    let owner = layout::owner_of_ignition(&path)?;
    (!run.iter().any(|id| id.as_str() == owner)).then(|| (path.to_string(), digest))
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
