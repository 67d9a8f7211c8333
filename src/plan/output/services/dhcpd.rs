//! dhcpd of ISC: reservations, and what to boot.

use std::collections::BTreeSet;

use super::lease;
use super::shared::{Sections, Shared};
use super::{Made, Run};
use crate::model::daemon::DhcpServer;
use crate::plan::FileKind;
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::template::TemplateError;

/// The file that the daemon reads.
const PATH: &str = "services/dhcpd/dhcpd.conf";

/// Where the file begins.
const HEAD: &str = "services/dhcpd/main.j2";
/// A cluster's part of it.
const SECTION: &str = "services/dhcpd/cluster.j2";

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[Keeps::File(PATH)] };

/// Plans `dhcpd.conf`, dhcpd.conf(5). A network may stand there once only, whatever clusters are in it.
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let mut sections = Vec::new();
    for view in run.views.iter().filter(|view| view.is_addressed_by(DhcpServer::Dhcpd)) {
        match lease::refused(view) {
            Some(diagnostic) => made.say(diagnostic),
            None => sections.push((view.cluster.id.clone(), run.render(SECTION, view)?)),
        }
    }
    let origin = run.origin(SECTION);
    let shared = Shared { kind: FileKind::Dhcpd, path: PATH, comment: "#", origin };
    let head = run.templates.render(HEAD, &())?;
    let sections = shared.sections(run, sections);
    shared.file(&format!("{head}{}", subnets(&sections)), &sections, "", &mut made);
    Ok(made)
}

/// Each network of the sections once.
fn subnets(sections: &Sections) -> String {
    let lines =
        sections.values().flat_map(|body| body.lines()).filter_map(|line| line.strip_prefix("# subnet "));
    let nets: BTreeSet<&str> = lines.collect();
    nets.into_iter().map(|net| format!("subnet {net} {{\n}}\n")).collect()
}
