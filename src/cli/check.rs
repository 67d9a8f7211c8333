//! `okdboot check`: every fault and warning of vars.yaml.

use std::collections::BTreeSet;

use serde::Serialize;

use super::args::{Check, Cli, StreamArgs};
use super::failure::{Exit, Failure};
use super::locks::{Freshness, Resolver};
use super::many;
use super::output::{Notices, Output};
use super::session::{self, Session};
use crate::diag::{Report, Severity};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::plan;
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
pub fn run(cli: &Cli, args: &Check, output: &mut Output) -> Result<Exit, Failure> {
    let files = cli.global.vars.len();
    let notices = Notices::of(files);
    output.step(files, &format!("reading {}", Count(files, "file")));
    let mut clusters = match session::open(cli) {
        Ok(clusters) => clusters,
        Err(mut failure) => {
            let report = std::mem::take(&mut failure.report);
            output.report(&report, notices);
            output.summary(&report);
            return Err(failure);
        }
    };
    let mut missing = releases(args, &clusters, output)?;
    if cli.global.strict {
        missing.make_strict();
    }
    clusters.report.extend(missing);
    if clusters.report.has_errors() {
        output.report(&clusters.report, notices);
        output.summary(&clusters.report);
        return Err(Failure::new(Exit::Invalid, ""));
    }
    output.report(&clusters.report, notices);
    for checked in clusters.checked.iter().filter(|_| lists(cli, &clusters)) {
        let cluster = &checked.cluster;
        output.say(&format!(
            "{}: cluster `{}`, {}",
            cluster.file,
            cluster.base(),
            Count(cluster.nodes.len(), "node")
        ));
    }
    if clusters.checked.len() > 1 {
        let nodes = clusters.checked.iter().map(|checked| checked.cluster.nodes.len()).sum();
        output.say(&format!("{}, {}", Count(clusters.checked.len(), "cluster"), Count(nodes, "node")));
    }
    output.summary(&clusters.report);
    output.document(&Document { clusters: clusters.checked.iter().map(|it| &it.cluster.id).collect() });
    Ok(Exit::Done)
}

/// A thousand lines of what is right hide the one that is not.
fn lists(cli: &Cli, session: &Session) -> bool {
    cli.global.verbose || session.checked.len() < many::MANY
}

/// Says which clusters nothing names a release for. It is no error of the file: `--stream` can name it. What
/// a file of metadata lacks is, since whatever is made of both refuses it.
fn releases(args: &Check, session: &Session, output: &mut Output) -> Result<Report, Failure> {
    let stream = StreamArgs { stream: args.stream.clone(), lock: args.lock.clone(), ..StreamArgs::default() };
    let resolver = Resolver::new(&stream, Freshness::AtHand)?;
    let clusters = session.clusters();
    let paths: Vec<_> = clusters.iter().map(|cluster| resolver.path(cluster)).collect();
    let locks = resolver.resolve(&clusters, output)?;
    let mut report = Report::default();
    let unlocked = clusters.iter().zip(&paths).filter(|(cluster, path)| locks.of(path, cluster).is_none());
    let unlocked: Vec<&Cluster> = unlocked.map(|(cluster, _)| *cluster).collect();
    for cluster in
        unlocked.iter().filter(|cluster| args.stream.is_none() && cluster.settings.stream.is_none())
    {
        let mut diagnostic = plan::nothing_locked(cluster);
        diagnostic.severity = Severity::Warning;
        report.push(diagnostic);
    }
    if unlocked.is_empty()
        && let Err(refused) = session.artifacts(&locks, &paths, &BTreeSet::new())
    {
        report.extend(refused.report);
    }
    Ok(report)
}
