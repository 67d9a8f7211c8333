//! Whether the Ignition files are consistent: their age, whose they are, and what is served that should not be.

use camino::Utf8Path;

use super::finding::{Finding, Subject};
use crate::diag::{Code, Diagnostic, Report};
use crate::ignition::kinship::{IgnitionFamily, Judged};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::time::UnixTime;
use crate::plan::{self, layout};
use crate::probe::served;
use crate::run::failure::{Exit, Failure};
use crate::run::workspace::{Member, Workspace};

/// The installer keeps what it made before in this file, certificates included.
const STATE: &str = ".openshift_install_state.json";

/// Judges the files of every cluster, by themselves and against vars.yaml and the lock.
pub fn findings(workspace: &Workspace) -> Vec<Finding> {
    workspace.members.iter().flat_map(|member| of_member(workspace, member)).collect()
}

fn of_member(workspace: &Workspace, member: &Member) -> Vec<Finding> {
    let cluster = member.cluster();
    let Judged { mut findings, run } = judge(member, workspace.process.now());
    if let Some((pool, run)) = run {
        let misfits = plan::misfits((cluster, &pool), &run, workspace.locked(member));
        findings.extend(misfits.into_iter().map(|diagnostic| (pool.clone(), diagnostic)));
    }
    findings.into_iter().map(|(pool, diagnostic)| about(cluster, pool, diagnostic)).collect()
}

fn judge(member: &Member, now: UnixTime) -> Judged {
    let (cluster, files) = (member.cluster(), &member.ignition);
    let state = files.given.then(|| files.folder.join(STATE)).filter(|path| path.exists());
    let state = state.as_ref().map(|path| path.as_str());
    IgnitionFamily { cluster, configs: &files.configs, state, now }.check()
}

fn about(cluster: &Cluster, pool: Pool, diagnostic: Diagnostic) -> Finding {
    Finding { subject: Subject::Pool(cluster.id.clone(), pool), diagnostic }
}

/// Refuses files that are of another cluster, or of another role: machines would join the cluster that they are
/// of.
pub fn refuse_strangers(workspace: &Workspace) -> Result<(), Failure> {
    let given = workspace.members.iter().filter(|member| member.ignition.given);
    let all = given.flat_map(|member| judge(member, workspace.process.now()).findings);
    let strangers: Report =
        all.map(|(_, diagnostic)| diagnostic).filter(|diagnostic| diagnostic.code == Code::P018).collect();
    if strangers.is_empty() {
        return Ok(());
    }
    let message = "these Ignition files would have machines join another cluster; nothing was written";
    let failure = Failure { report: strangers, ..Failure::new(Exit::Invalid, message) };
    Err(failure
        .help("give the files of this cluster with `--ignition DIR`; `--force` takes them all the same"))
}

/// Reports what the installer meant for nobody else.
pub fn served(out: &Utf8Path) -> Vec<Finding> {
    let report = |path| {
        let message = format!("`{path}` is served to anybody who asks");
        let help =
            "move it out of the served folders, and make new credentials if strangers could reach the server";
        Finding::general(Diagnostic::new(Code::P022, message).help(help))
    };
    served::secrets(out).into_iter().map(report).collect()
}

/// The copies of bootstrap.ign, which holds the keys of the cluster, outlive their use.
pub fn left_over(workspace: &Workspace) -> Vec<Finding> {
    let without = |cluster: &&Cluster| !cluster.roles().contains(&Role::Bootstrap);
    let clusters = workspace.clusters().into_iter().filter(without);
    clusters.filter_map(|cluster| bootstrap(&workspace.out, cluster)).collect()
}

/// Returns the paths, below the output root, at which a cluster's bootstrap.ign is served.
pub fn bootstrap_copies(cluster: &Label) -> [RelPath; 2] {
    let pool = Pool::Role(Role::Bootstrap);
    [layout::exact_ignition(cluster, &pool), layout::served_ignition(cluster, &pool)]
}

fn bootstrap(out: &Utf8Path, cluster: &Cluster) -> Option<Finding> {
    let copies = bootstrap_copies(&cluster.id);
    let path = copies.into_iter().find(|path| out.join(path.as_str()).exists())?;
    let message = format!("`{path}` is served, but `{}` has no bootstrap any more", cluster.id);
    let help = "remove it: run `okdboot render` with `--ignition DIR`, or delete the file";
    Some(Finding::general(Diagnostic::new(Code::P023, message).help(help)))
}
