//! haproxy: the API, the machine config server and the ingress.

use std::collections::BTreeSet;

use super::shared::{Sections, Shared};
use super::view::View;
use super::{Made, Run};
use crate::diag::{Code, Diagnostic};
use crate::model::daemon::Balancer;
use crate::plan::FileKind;
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::template::TemplateError;

/// The file that the daemon reads.
const PATH: &str = "services/haproxy/haproxy.cfg";

/// Where the file begins.
const HEAD: &str = "services/haproxy/main.j2";
/// A cluster's part of it.
const SECTION: &str = "services/haproxy/cluster.j2";

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[Keeps::File(PATH)] };

/// Plans `haproxy.cfg`, the haproxy configuration manual, sections 3 to 5. The health checks are those that
/// OpenShift documents for user-provisioned infrastructure.
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let origin = run.origin(SECTION);
    let shared = Shared { kind: FileKind::Haproxy, path: PATH, comment: "#", origin };
    // What other clusters have there counts, too: haproxy starts with none of two that need one port.
    let mut sections = shared.sections(run, Vec::new());
    for view in run.views.iter().filter(|view| is_wanted(view)) {
        let section = run.render(SECTION, view)?;
        match taken(view, &section, &sections) {
            Some(diagnostic) => made.say(diagnostic),
            None => {
                sections.insert(view.cluster.id.clone(), section);
            }
        }
    }
    let head = run.templates.render(HEAD, &())?;
    shared.file(&head, &sections, "", &mut made);
    Ok(made)
}

fn is_wanted(view: &View) -> bool {
    view.cluster.services.daemons.balancer == Balancer::Haproxy
}

/// Two clusters cannot have the same port of one address.
fn taken(view: &View, section: &str, sections: &Sections) -> Option<Diagnostic> {
    let own: BTreeSet<&str> = bound(section).collect();
    let other = sections.iter().find_map(|(id, body)| Some((id, bound(body).find(|at| own.contains(at))?)));
    let ((other, at), id) = (other?, &view.cluster.id);
    let message = format!("`{other}` and `{id}` both need {at}: haproxy.cfg has no `{id}`");
    let help = "give one of them an address of its own as `dns.lb_ipaddr`, and the helper that address too";
    Some(Diagnostic::new(Code::R031, message).help(help))
}

/// Returns what a section listens on.
fn bound(section: &str) -> impl Iterator<Item = &str> {
    section.lines().filter_map(|line| line.trim().strip_prefix("bind "))
}
