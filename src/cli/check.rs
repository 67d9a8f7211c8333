//! `okdboot check`: every fault and warning of vars.yaml.

use serde_json::json;

use super::args::Cli;
use super::failure::{Exit, Failure};
use super::output::{Notices, Output};
use super::session;
use crate::text::Count;

/// Reads the files and says what is wrong; writes nothing.
pub fn run(cli: &Cli, output: &mut Output) -> Result<Exit, Failure> {
    let clusters = match session::open(cli) {
        Ok(clusters) => clusters,
        Err(mut failure) => {
            let report = std::mem::take(&mut failure.report);
            output.report(&report, Notices::Shown);
            output.summary(&report);
            return Err(failure);
        }
    };
    output.report(&clusters.report, Notices::Shown);
    for checked in &clusters.checked {
        let cluster = &checked.cluster;
        output.say(&format!(
            "{}: cluster `{}`, {}",
            cluster.file,
            cluster.base(),
            Count(cluster.nodes.len(), "node")
        ));
    }
    output.summary(&clusters.report);
    let names: Vec<String> = clusters.checked.iter().map(|c| c.cluster.id.to_string()).collect();
    output.member("clusters", json!(names));
    Ok(Exit::Done)
}
