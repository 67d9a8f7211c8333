//! chrony: the time of the helper, and of the machines by a `MachineConfig`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::json;

use super::shared::Shared;
use super::view::View;
use super::{Made, Run, file};
use crate::model::daemon::TimeServer;
use crate::model::role::Role;
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::plan::{ContentOrigin, FileKind};
use crate::template::TemplateError;

/// The file that the helper's daemon reads.
const PATH: &str = "services/chrony/chrony.conf";

/// Where the file begins.
const HEAD: &str = "services/chrony/main.j2";
/// A cluster's part of it.
const SECTION: &str = "services/chrony/cluster.j2";
/// The file of a machine.
const NODE: &str = "services/chrony/node.j2";

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[Keeps::File(PATH)] };

/// Plans `chrony.conf` (chrony.conf(5)) and a `MachineConfig` for each role that machines keep.
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let mut sections = Vec::new();
    for view in run.views.iter().filter(|view| view.cluster.services.daemons.time == TimeServer::Chrony) {
        sections.push((view.cluster.id.clone(), run.render(SECTION, view)?));
        // Machines without a server of their own ask the helper, as the DHCP server tells them.
        if view.context.is_openshift && !view.context.time_servers.is_empty() {
            let text = run.render(NODE, view)?;
            for role in roles(view) {
                made.push(machine_config(view, role, &text));
            }
        }
    }
    let origin = run.origin(SECTION);
    let shared = Shared { kind: FileKind::Chrony, path: PATH, comment: "#", origin };
    let head = run.templates.render(HEAD, &())?;
    let sections = shared.sections(run, sections);
    shared.file(&head, &sections, "", &mut made);
    Ok(made)
}

/// Workers come later too; a pool of arbiters is there only where the cluster has one.
fn roles(view: &View) -> impl Iterator<Item = Role> {
    let has_arbiter = view.cluster.roles().contains(&Role::Arbiter);
    let roles = [Role::ControlPlane, Role::Arbiter, Role::Worker].into_iter();
    roles.filter(move |role| *role != Role::Arbiter || has_arbiter)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MachineConfig {
    api_version: &'static str,
    kind: &'static str,
    metadata: serde_json::Value,
    spec: serde_json::Value,
}

/// machineconfiguration.openshift.io/v1; Ignition 3.2.0 is read by every release from 4.7 on.
fn machine_config(view: &View, role: Role, text: &str) -> Option<crate::plan::PlannedFile> {
    let name = format!("99-{role}-chrony");
    let source = format!("data:text/plain;charset=utf-8;base64,{}", STANDARD.encode(text));
    let config = MachineConfig {
        api_version: "machineconfiguration.openshift.io/v1",
        kind: "MachineConfig",
        metadata: json!({"labels": {"machineconfiguration.openshift.io/role": role.as_str()}, "name": name}),
        spec: json!({"config": {"ignition": {"version": "3.2.0"}, "storage": {"files": [{
            "contents": {"source": source}, "mode": 0o644, "overwrite": true, "path": "/etc/chrony.conf",
        }]}}}),
    };
    let text = serde_yaml::to_string(&config).ok()?;
    let path = format!("services/machineconfig/{}/{name}.yaml", view.cluster.id);
    file(&path, (Some(&view.cluster.id), FileKind::Chrony), text, ContentOrigin::Generated)
}
