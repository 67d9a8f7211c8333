//! What a machine gets that nobody entered: nothing of okdboot's, but the folders may hold other files.

use camino::Utf8Path;

use super::super::args::Cli;
use super::finding::Finding;
use crate::diag::{Code, Diagnostic};
use crate::matchbox::select::{self, Candidate};
use crate::probe::groups;

/// Where PXELINUX and GRUB look once there is no file for a machine, below the output root.
const DEFAULTS: [&str; 3] =
    ["tftpboot/pxelinux.cfg/default", "tftpboot/grub.cfg", "tftpboot/boot/grub2/grub.cfg"];

/// Reports the files that every machine boots by.
pub(super) fn findings(cli: &Cli) -> Vec<Finding> {
    let out: &Utf8Path = &cli.global.out;
    let files = DEFAULTS.into_iter().filter(|path| out.join(path).is_file()).map(str::to_owned);
    files.chain(group(&out.join("matchbox"))).map(|path| Finding::general(report(&path))).collect()
}

/// The group that matchbox takes for a machine of which nothing is known, if its profile boots anything.
fn group(folder: &Utf8Path) -> Option<String> {
    let files = groups::read(&folder.join("groups")).ok()?;
    let all: Vec<Candidate> =
        files.iter().filter_map(|(stem, bytes)| Candidate::parse(stem, bytes).ok()).collect();
    let selection = select::select(&all, &select::labels([]));
    let taken = selection.matching.first()?;
    let profiles = groups::read(&folder.join("profiles")).ok()?;
    let (_, profile) = profiles.iter().find(|(stem, _)| *stem == taken.profile)?;
    let profile: serde_json::Value = serde_json::from_slice(profile).ok()?;
    profile.get("boot").filter(|boot| boot.is_object())?;
    Some(format!("matchbox/groups/{}.json", taken.stem))
}

fn report(path: &str) -> Diagnostic {
    Diagnostic::new(Code::P028, format!("every machine that is not in vars.yaml boots by `{path}`"))
        .help("remove it if it installs anything: an unknown machine would lose its disk")
}
