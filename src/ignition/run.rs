//! What the run of openshift-install was made for, as bootstrap.ign tells it.
//!
//! Places are those of openshift/installer: `pkg/asset/manifests/operators.go` (the ConfigMap
//! `cluster-config-v1` with the install-config), `pkg/asset/openshiftinstall` (the installer's version) and
//! `data/data/bootstrap/files/usr/local/bin/release-image.sh.template`. What is not there stays unknown.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::stream_ref::Version;

const CLUSTER_CONFIG: &str = "/opt/openshift/manifests/cluster-config.yaml";
const INSTALLER: &str = "/opt/openshift/openshift/openshift-install-manifests.yaml";
/// Writes the disk out of the live system: only a bootstrap-in-place config has it
/// (`data/data/bootstrap/bootstrap-in-place/files`).
const INSTALL_TO_DISK: &str = "/usr/local/bin/install-to-disk.sh";
const RELEASE_IMAGE: &str = "/usr/local/bin/release-image.sh";

/// A run of the installer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// `<metadata.name>.<baseDomain>`
    pub cluster: Option<String>,
    /// `controlPlane.replicas`
    pub replicas: Option<u32>,
    /// `networking.machineNetwork`
    pub networks: Vec<IpNet>,
    /// Whether there is a `proxy`.
    pub is_proxied: bool,
    /// The key of `platform`.
    pub platform: Option<String>,
    /// Of the installer, or of its release image.
    pub version: Option<Version>,
    /// Whether the release is one of OKD, or of OpenShift.
    pub is_okd: Option<bool>,
    /// Whether the machine bootstraps in place: it runs this file live, and installs itself.
    pub is_in_place: bool,
}

#[derive(Deserialize)]
struct ConfigMap {
    #[serde(default)]
    data: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InstallConfig {
    base_domain: String,
    metadata: Metadata,
    control_plane: Pool,
    networking: Networking,
    proxy: Option<IgnoredAny>,
    platform: BTreeMap<String, serde_yaml::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pool {
    replicas: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Networking {
    machine_network: Vec<MachineNetwork>,
}

#[derive(Deserialize)]
struct MachineNetwork {
    cidr: IpNet,
}

impl Run {
    /// Takes what a file of a bootstrap config tells; what cannot be read tells nothing.
    pub(super) fn file(&mut self, path: &str, bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        match path {
            CLUSTER_CONFIG => self.cluster_config(text),
            INSTALLER => {
                let version = data(text).and_then(|data| version(data.get("version")?));
                self.version = version.or(self.version);
            }
            RELEASE_IMAGE => self.release_image(text),
            INSTALL_TO_DISK => self.is_in_place = true,
            _ => {}
        }
    }

    fn cluster_config(&mut self, text: &str) {
        let Some(data) = data(text) else { return };
        let Some(config) = data.get("install-config") else { return };
        let Ok(config) = serde_yaml::from_str::<InstallConfig>(config) else { return };
        let named = !config.metadata.name.is_empty() && !config.base_domain.is_empty();
        self.cluster = named.then(|| format!("{}.{}", config.metadata.name, config.base_domain));
        self.replicas = config.control_plane.replicas;
        self.networks = config.networking.machine_network.iter().map(|network| network.cidr).collect();
        self.is_proxied = config.proxy.is_some();
        self.platform = config.platform.into_keys().next();
    }

    /// The image stands where podman is asked for it: `podman inspect IMAGE`.
    fn release_image(&mut self, text: &str) {
        let mut words = text.split_whitespace().skip_while(|word| *word != "inspect").skip(1);
        let Some(image) = words.find(|word| !word.starts_with('-')) else { return };
        let repository = image.split(['@', ' ']).next().unwrap_or_default();
        let (path, tag) = repository.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unzip();
        let path = path.unwrap_or(repository);
        self.version = self.version.or_else(|| version(tag?));
        // Mirrors have names of their own, which tell nothing.
        self.is_okd = match path {
            "quay.io/openshift-release-dev/ocp-release" => Some(false),
            _ if path.starts_with("quay.io/okd/") || path == "quay.io/openshift/okd" => Some(true),
            _ => None,
        };
    }
}

fn data(text: &str) -> Option<BTreeMap<String, String>> {
    serde_yaml::from_str::<ConfigMap>(text).ok().map(|map| map.data)
}

/// The first two numbers of `v4.20.3` or `4.20.0-okd-scos.15`; a build of a developer has none.
fn version(text: &str) -> Option<Version> {
    let mut numbers = text.trim().trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    (major >= 4).then_some(Version { major, minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_systems_are_told_by_images_of_the_publishers_only() {
        let of = |image: &str| {
            let mut run = Run::default();
            let text = format!("if ! X=$( podman inspect {image}  --format json | jq -r .x ); then\n");
            run.file(RELEASE_IMAGE, text.as_bytes());
            (run.version.map(|it| it.minor), run.is_okd)
        };
        assert_eq!(of("quay.io/okd/scos-release:4.20.0-okd-scos.15"), (Some(20), Some(true)));
        assert_eq!(of("quay.io/openshift/okd:4.15.0-0.okd-2024-03-10-010116"), (Some(15), Some(true)));
        assert_eq!(of("quay.io/openshift-release-dev/ocp-release@sha256:0123"), (None, Some(false)));
        assert_eq!(of("quay.io/openshift-release-dev/ocp-release:4.14.3-x86_64"), (Some(14), Some(false)));
        assert_eq!(of("mirror.lab:5000/ocp4/openshift4@sha256:0123"), (None, None));
        assert_eq!(of("mirror.lab:5000/ocp4/openshift4:4.16.1"), (Some(16), None));
    }

    #[test]
    fn what_is_no_config_map_tells_nothing() {
        for text in
            ["", "a: b", "data: x", "data: {install-config: '['}", "data: {version: unreleased-master}"]
        {
            let mut run = Run::default();
            run.file(CLUSTER_CONFIG, text.as_bytes());
            run.file(INSTALLER, text.as_bytes());
            run.file(RELEASE_IMAGE, text.as_bytes());
            assert_eq!(run, Run::default(), "{text}");
        }
    }
}
