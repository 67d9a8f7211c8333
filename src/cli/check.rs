//! `okdboot check`: every fault and warning of vars.yaml.

use std::collections::BTreeSet;

use serde::Serialize;

use super::args::{Check, Cli, StreamArgs};
use super::output::Voice;
use super::{many, opened, output};
use crate::diag::{Diagnostic, Report, Severity};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::plan;
use crate::run::failure::{Exit, Failure};
use crate::run::resolver::Freshness;
use crate::run::{Member, Workspace};
use crate::text::Count;

/// What `okdboot check` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["diagnostics"]})))]
pub(super) struct Document<'a> {
    /// The ids of the clusters, in the order of their files; absent where a file has an error.
    #[cfg_attr(test, schemars(length(min = 1)))]
    clusters: Vec<&'a Label>,
}

/// Reads the files and says what is wrong; writes nothing.
pub fn run(cli: &Cli, args: &Check, output: &mut Voice) -> Result<Exit, Failure> {
    let files = cli.global.vars.len();
    let notices = output::notices_of(files);
    output.step(files, &format!("reading {}", Count(files, "file")));
    let mut workspace = match opened::unsaid(cli, output) {
        Ok(workspace) => workspace,
        Err(mut failure) => {
            let report = std::mem::take(&mut failure.report);
            output.report(&report, notices);
            output.summary(&report);
            return Err(failure);
        }
    };
    let mut missing = releases(args, &mut workspace, output)?;
    if cli.global.strict {
        missing.make_strict();
    }
    workspace.report.extend(missing);
    if workspace.report.has_errors() {
        output.report(&workspace.report, notices);
        output.summary(&workspace.report);
        return Err(Failure::new(Exit::Invalid, ""));
    }
    output.report(&workspace.report, notices);
    for cluster in workspace.clusters().into_iter().filter(|_| lists(cli, &workspace)) {
        output.say(&format!(
            "{}: cluster `{}`, {}",
            cluster.file,
            cluster.base(),
            Count(cluster.nodes.len(), "node")
        ));
    }
    if workspace.members.len() > 1 {
        let nodes = workspace.clusters().iter().map(|cluster| cluster.nodes.len()).sum();
        output.say(&format!("{}, {}", Count(workspace.members.len(), "cluster"), Count(nodes, "node")));
    }
    output.summary(&workspace.report);
    output.document(&Document { clusters: workspace.clusters().iter().map(|it| &it.id).collect() });
    Ok(Exit::Done)
}

/// A thousand lines of what is right hide the one that is not.
fn lists(cli: &Cli, workspace: &Workspace) -> bool {
    cli.global.verbose || workspace.members.len() < many::MANY
}

/// Says which clusters nothing names a release for. It is no error of the file: `--stream` can name it. What
/// a file of metadata lacks is, since whatever is made of both refuses it.
fn releases(args: &Check, workspace: &mut Workspace, output: &mut Voice) -> Result<Report, Failure> {
    let stream = StreamArgs { stream: args.stream.clone(), lock: args.lock.clone(), ..StreamArgs::default() };
    let choice = stream.choice()?;
    output.told(|news| workspace.resolve(&choice, Freshness::AtHand, news))?;
    let unlocked = workspace.members.iter().filter(|member| workspace.locked(member).is_none());
    let unlocked: Vec<&Cluster> = unlocked.map(Member::cluster).collect();
    let is_unnamed = |cluster: &&&Cluster| args.stream.is_none() && cluster.settings.stream.is_none();
    let warning =
        |cluster: &&Cluster| Diagnostic { severity: Severity::Warning, ..plan::nothing_locked(cluster) };
    let mut report: Report = unlocked.iter().filter(is_unnamed).map(warning).collect();
    if unlocked.is_empty()
        && let Err(refused) = workspace.artifacts(&BTreeSet::new())
    {
        report.extend(refused.report);
    }
    Ok(report)
}
