//! Which inventories differ from a revision of git: of a thousand clusters, those that a pull request is about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::{Exit, Failure};
use super::locks::lock_beside;
use super::states;
use crate::model::cluster::Cluster;

/// Returns the files of those clusters whose inventory, lock or state differs, or is new.
pub fn since(revision: &str, clusters: &[&Cluster]) -> Result<BTreeSet<String>, Failure> {
    let Some(first) = clusters.first() else { return Ok(BTreeSet::new()) };
    let folder = Utf8Path::new(&first.file).parent().filter(|folder| !folder.as_str().is_empty());
    let top = git(folder.unwrap_or(Utf8Path::new(".")), &["rev-parse", "--show-toplevel"])?;
    let top = Utf8PathBuf::from(top.trim_end());
    let differing = git(&top, &["diff", "--name-only", "-z", "--end-of-options", revision, "--"])?;
    let new = git(&top, &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let names = differing.split('\0').chain(new.split('\0')).filter(|name| !name.is_empty());
    let changed: BTreeSet<PathBuf> = names.map(|name| whole(top.join(name).as_std_path())).collect();
    let is_changed = |cluster: &&&Cluster| {
        let file = Utf8PathBuf::from(&cluster.file);
        let files = [lock_beside(&file), states::path(cluster), file];
        files.iter().any(|file| changed.contains(&whole(file.as_std_path())))
    };
    Ok(clusters.iter().filter(is_changed).map(|cluster| cluster.file.clone()).collect())
}

/// The one name of a file, whatever links lead to its folder; it may be gone itself.
fn whole(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    path.file_name().map_or(folder.clone(), |name| folder.join(name))
}

fn git(folder: &Utf8Path, args: &[&str]) -> Result<String, Failure> {
    let done = Command::new("git").arg("-C").arg(folder).args(args).output().map_err(|error| {
        Failure::new(Exit::Files, format!("cannot run git: {error}")).help("`--changed-since` asks git")
    })?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr).lines().next().unwrap_or_default().to_owned();
    Err(Failure::new(Exit::Usage, "git does not tell what has changed")
        .context_of(&std::io::Error::other(said))
        .help("give a revision that git knows, such as `origin/main`, and inventories of one repository"))
}
