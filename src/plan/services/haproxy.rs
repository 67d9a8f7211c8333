//! haproxy: the API, the machine config server and the ingress.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::shared::Shared;
use super::view::View;
use super::{Made, Run};
use crate::diag::{Code, Diagnostic};
use crate::model::daemon::Balancer;
use crate::model::name::Label;
use crate::plan::FileKind;
use crate::template::{self, TemplateError};

/// The file that the daemon reads.
pub(super) const PATH: &str = "services/haproxy/haproxy.cfg";

/// Plans `haproxy.cfg`, the haproxy configuration manual, sections 3 to 5. The health checks are those that
/// OpenShift documents for user-provisioned infrastructure.
pub(in crate::plan) fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let (mut sections, mut bound) = (Vec::new(), BTreeMap::new());
    for view in &run.views {
        if view.cluster.services.daemons.balancer == Balancer::None {
            continue;
        }
        match taken(view, &mut bound) {
            Some(diagnostic) => made.say(diagnostic),
            None => sections.push((view.cluster.id.clone(), run.render(template::HAPROXY_CLUSTER, view)?)),
        }
    }
    let origin = run.origin(template::HAPROXY_CLUSTER);
    let shared = Shared { kind: FileKind::Haproxy, path: PATH, comment: "#", origin };
    let head = run.templates.render(template::HAPROXY, &())?;
    let sections = shared.sections(run, sections);
    shared.file(&head, &sections, "", &mut made);
    Ok(made)
}

/// Two clusters cannot have the same ports of one address.
fn taken<'a>(view: &'a View, bound: &mut BTreeMap<(IpAddr, &'static str), &'a Label>) -> Option<Diagnostic> {
    let services = &view.cluster.services;
    let fronts = [(services.load_balancer, "6443 and 22623"), (services.ingress, "443 and 80")];
    for (address, ports) in fronts {
        if let Some(other) = bound.get(&(address, ports)) {
            let id = &view.cluster.id;
            let message = format!(
                "`{other}` and `{id}` both need the ports {ports} of {address}: haproxy.cfg has no `{id}`"
            );
            let help =
                "give one of them an address of its own as `dns.lb_ipaddr`, and the helper that address too";
            return Some(Diagnostic::new(Code::R031, message).help(help));
        }
    }
    bound.extend(fronts.map(|front| (front, &view.cluster.id)));
    None
}
