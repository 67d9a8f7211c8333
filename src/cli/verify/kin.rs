//! Age and kinship of the Ignition files, and what is served that should not be.

use camino::{Utf8Path, Utf8PathBuf};

use super::super::args::Cli;
use super::super::ignition_files::IgnitionFiles;
use super::super::locks::Locks;
use super::super::session::Session;
use super::finding::{Finding, Subject};
use crate::diag::{Code, Diagnostic, Report};
use crate::ignition::kinship::{Family, Judged};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::time::UnixTime;
use crate::plan::{self, layout};
use crate::probe::served;

/// The installer keeps what it made before in this file, certificates included.
const STATE: &str = ".openshift_install_state.json";

/// Judges the files of every cluster, by themselves and against vars.yaml and the lock.
pub(super) fn findings(
    session: &Session,
    ignition: &[IgnitionFiles],
    (locks, paths): (&Locks, &[Utf8PathBuf]),
    now: UnixTime,
) -> Vec<Finding> {
    let clusters = session.clusters().into_iter().zip(ignition).zip(paths);
    let of = |((cluster, files), path): ((&Cluster, &IgnitionFiles), &Utf8PathBuf)| {
        let Judged { mut findings, run } = judge(cluster, files, now);
        if let Some((pool, run)) = run {
            let misfits = plan::misfits((cluster, &pool), &run, locks.of(path, cluster));
            findings.extend(misfits.into_iter().map(|diagnostic| (pool.clone(), diagnostic)));
        }
        findings.into_iter().map(|(pool, diagnostic)| about(cluster, pool, diagnostic)).collect::<Vec<_>>()
    };
    clusters.flat_map(of).collect()
}

fn judge(cluster: &Cluster, files: &IgnitionFiles, now: UnixTime) -> Judged {
    let state = files.given.then(|| files.folder.join(STATE)).filter(|path| path.exists());
    let state = state.as_ref().map(|path| path.as_str());
    Family { cluster, configs: &files.configs, state, now }.check()
}

fn about(cluster: &Cluster, pool: Pool, diagnostic: Diagnostic) -> Finding {
    Finding { subject: Subject::Pool(cluster.id.clone(), pool), diagnostic }
}

/// Reports the files that are of another cluster, or of another role: whoever writes them out would
/// have machines join it.
pub fn strangers(session: &Session, ignition: &[IgnitionFiles], now: UnixTime) -> Report {
    let clusters = session.clusters().into_iter().zip(ignition).filter(|(_, files)| files.given);
    let all = clusters.flat_map(|(cluster, files)| judge(cluster, files, now).findings);
    all.map(|(_, diagnostic)| diagnostic).filter(|diagnostic| diagnostic.code == Code::P018).collect()
}

/// Reports what the installer meant for nobody else.
pub(super) fn served(cli: &Cli) -> Vec<Finding> {
    let report = |path| {
        let message = format!("`{path}` is served to anybody who asks");
        let help =
            "move it out of the served folders, and make new credentials if strangers could reach the server";
        Finding::general(Diagnostic::new(Code::P022, message).help(help))
    };
    served::secrets(&cli.global.out).into_iter().map(report).collect()
}

/// The copies of bootstrap.ign, which holds the keys of the cluster, outlive their use.
pub(super) fn left_over(cli: &Cli, session: &Session) -> Vec<Finding> {
    let without = |cluster: &&Cluster| !cluster.roles().contains(&Role::Bootstrap);
    let clusters = session.clusters();
    clusters.iter().filter(|cluster| without(cluster)).filter_map(|cluster| bootstrap(cli, cluster)).collect()
}

/// Returns the paths, below the output root, at which a cluster's bootstrap.ign is served.
pub(super) fn bootstrap_copies(cluster: &Label) -> [RelPath; 2] {
    let pool = Pool::Role(Role::Bootstrap);
    [layout::exact_ignition(cluster, &pool), layout::served_ignition(cluster, &pool)]
}

fn bootstrap(cli: &Cli, cluster: &Cluster) -> Option<Finding> {
    let out: &Utf8Path = &cli.global.out;
    let copies = bootstrap_copies(&cluster.id);
    let path = copies.into_iter().find(|path| out.join(path.as_str()).exists())?;
    let message = format!("`{path}` is served, but `{}` has no bootstrap any more", cluster.id);
    let help = "remove it: run `okdboot render` with `--ignition DIR`, or delete the file";
    Some(Finding::general(Diagnostic::new(Code::P023, message).help(help)))
}
