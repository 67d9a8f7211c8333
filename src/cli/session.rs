//! Reading the clusters that a run is about.

use super::args::Cli;
use super::failure::{Exit, Failure};
use super::output::Output;
use crate::diag::Report;
use crate::vars::{self, Checked};

/// The clusters of a run, in the order in which they were named, and what there is to say of them.
pub struct Clusters {
    /// Checked, none with an error.
    pub checked: Vec<Checked>,
    /// Warnings and notices.
    pub report: Report,
}

/// Reads every file; all faults of all files are reported at once.
pub fn clusters(cli: &Cli, output: &Output) -> Result<Clusters, Failure> {
    let mut report = Report::default();
    let mut checked = Vec::new();
    for (at, path) in cli.global.vars.iter().enumerate() {
        if cli.global.vars[..at].contains(path) {
            return Err(Failure::new(Exit::Usage, format!("`{path}` is given twice")));
        }
        let bytes = vars::load(output.context().cwd().join(path).as_std_path(), path.as_str())?;
        let (cluster, found) = vars::read(path.as_str(), &bytes);
        report.extend(found);
        checked.extend(cluster);
    }
    report.extend(vars::check_across(&checked));
    if cli.global.strict {
        report.make_strict();
    }
    if report.has_errors() { Err(Failure::invalid(report)) } else { Ok(Clusters { checked, report }) }
}
