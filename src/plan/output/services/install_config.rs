//! install-config.yaml and the manifests beside it: what openshift-install starts from.

mod config;

use super::secrets::Secrets;
use super::view::View;
use super::{Made, Run, file};
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Cluster;
use crate::model::role::Role;
use crate::model::stream_ref::{StreamRef, Version};
use crate::plan::output::make::Service;
use crate::plan::{ContentOrigin, FileKind, FileMode, PlannedFile, Sensitivity};
use crate::template::TemplateError;
use serde_json::json;

/// OKD's images need no secret; the installer wants one that looks like one (docs.okd.io, installing).
const NO_SECRET: &str = r#"{"auths":{"fake":{"auth":"aWQ6cGFzcwo="}}}"#;

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[] };

/// Plans `services/install/<cluster>/`.
#[expect(clippy::unnecessary_wraps, reason = "outputs made from templates can fail")]
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    for view in run.views.iter().filter(|view| view.context.is_openshift) {
        let Some(pull_secret) = pull_secret(view.cluster, view.secrets) else {
            // Who names a key wants the file; others may write it by hand, as helpernode has it.
            if view.cluster.services.install.ssh_key.is_some() {
                made.say(no_secret(view.cluster));
            }
            continue;
        };
        let secrets = view.secrets.cloned().unwrap_or_default();
        let text = config::text(view, &pull_secret, &secrets);
        let folder = format!("services/install/{}", view.cluster.id);
        let file = text.and_then(|text| {
            file(
                &format!("{folder}/install-config.yaml"),
                (Some(&view.cluster.id), FileKind::InstallConfig),
                text,
                ContentOrigin::Generated,
            )
        });
        made.push(file.map(|file| PlannedFile {
            mode: FileMode::Secret,
            sensitivity: Sensitivity::Secret,
            ..file
        }));
        made.push(scheduler(view, &folder));
        made.push(image_set(view, &folder));
    }
    Ok(made)
}

/// Returns what stands for the pull secret; without one there is no install-config.
fn pull_secret(cluster: &Cluster, secrets: Option<&Secrets>) -> Option<String> {
    let given = secrets.and_then(|secrets| secrets.pull_secret.clone());
    given.or_else(|| is_okd(cluster).then(|| NO_SECRET.to_owned()))
}

fn is_okd(cluster: &Cluster) -> bool {
    matches!(cluster.settings.stream, Some(StreamRef::Okd(_)))
}

/// Returns the release, where the stream names it.
pub(super) fn version(cluster: &Cluster) -> Option<Version> {
    cluster.settings.stream.as_ref()?.version()
}

fn no_secret(cluster: &Cluster) -> Diagnostic {
    let message = format!("no install-config is rendered for `{}`: it needs a pull secret", cluster.id);
    let help = "set `okdboot.services.pull_secret` to the file from console.redhat.com/openshift/install/pull-secret";
    Diagnostic::new(Code::R030, message).help(help)
}

/// Masters run what people deploy only where nothing else does.
fn scheduler(view: &View, folder: &str) -> Option<PlannedFile> {
    let has_workers = view.cluster.of_role(Role::Worker).next().is_some();
    let manifest = json!({
        "apiVersion": "config.openshift.io/v1",
        "kind": "Scheduler",
        "metadata": {"name": "cluster"},
        "spec": {"mastersSchedulable": !has_workers, "policy": {"name": ""}},
    });
    let text = serde_yaml::to_string(&manifest).ok()?;
    let path = format!("{folder}/manifests/cluster-scheduler-02-config.yml");
    file(&path, (Some(&view.cluster.id), FileKind::InstallConfig), text, ContentOrigin::Generated)
}

/// What oc-mirror v2 puts into the registry of an OpenShift release.
fn image_set(view: &View, folder: &str) -> Option<PlannedFile> {
    view.cluster.services.registry.as_ref()?;
    let version = version(view.cluster).filter(|_| !is_okd(view.cluster))?;
    let set = json!({
        "apiVersion": "mirror.openshift.io/v2alpha1",
        "kind": "ImageSetConfiguration",
        "mirror": {"platform": {"channels": [{"name": format!("stable-{version}"), "type": "ocp"}]}},
    });
    let text = serde_yaml::to_string(&set).ok()?;
    file(
        &format!("{folder}/imageset-config.yaml"),
        (Some(&view.cluster.id), FileKind::InstallConfig),
        text,
        ContentOrigin::Generated,
    )
}
