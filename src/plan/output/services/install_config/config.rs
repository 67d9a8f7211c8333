//! The text of install-config.yaml (openshift/installer, `pkg/types/installconfig.go`).

use ipnet::IpNet;
use serde::Serialize;

use super::version;
use crate::model::arch::Arch;
use crate::model::role::Role;
use crate::model::service::Services;
use crate::model::stream_ref::Version;
use crate::plan::output::services::secrets::Secrets;
use crate::plan::output::services::view::View;

/// Before it, the key was called `imageContentSources`.
const DIGEST_SOURCES_FROM: Version = Version { major: 4, minor: 13 };

/// Where a release and its parts come from (`oc adm release mirror`).
const SOURCES: [&str; 2] =
    ["quay.io/openshift-release-dev/ocp-release", "quay.io/openshift-release-dev/ocp-v4.0-art-dev"];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstallConfig {
    api_version: &'static str,
    base_domain: String,
    metadata: Metadata,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    fips: bool,
    compute: Vec<Pool>,
    control_plane: Pool,
    #[serde(skip_serializing_if = "Option::is_none")]
    arbiter: Option<Pool>,
    networking: Networking,
    platform: Platform,
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrap_in_place: Option<InPlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<ProxyConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_trust_bundle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_trust_bundle_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    image_digest_sources: Vec<Mirror>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    image_content_sources: Vec<Mirror>,
    pull_secret: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssh_key: Option<String>,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
}

#[derive(Serialize)]
struct Pool {
    name: &'static str,
    replicas: usize,
    architecture: &'static str,
    hyperthreading: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Networking {
    network_type: &'static str,
    cluster_network: Vec<ClusterNetwork>,
    service_network: Vec<String>,
    machine_network: Vec<MachineNetwork>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterNetwork {
    cidr: String,
    host_prefix: u8,
}

#[derive(Serialize)]
struct MachineNetwork {
    cidr: String,
}

#[derive(Serialize)]
struct Platform {
    none: Empty,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InPlace {
    installation_disk: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the installer's")]
struct ProxyConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    http_proxy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    https_proxy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_proxy: Option<String>,
}

#[derive(Serialize)]
struct Mirror {
    mirrors: Vec<String>,
    source: &'static str,
}

/// Returns the document.
pub(super) fn text(view: &View, pull_secret: &str, secrets: &Secrets) -> Option<String> {
    let (cluster, services) = (view.cluster, &view.cluster.services);
    let is_new = version(cluster).is_none_or(|version| version >= DIGEST_SOURCES_FROM);
    let (digest, content) = if is_new { (mirrors(view), Vec::new()) } else { (Vec::new(), mirrors(view)) };
    let masters = cluster.of_role(Role::ControlPlane).count();
    let config = InstallConfig {
        api_version: "v1",
        base_domain: cluster.domain.to_string(),
        metadata: Metadata { name: cluster.id.to_string() },
        fips: services.install.fips,
        // Workers of user-provisioned infrastructure are no machines of the installer: always 0.
        compute: vec![pool("worker", 0, arch(view, Role::Worker))],
        control_plane: pool("master", masters, arch(view, Role::ControlPlane)),
        arbiter: arbiters(view),
        networking: networking(view, services),
        platform: Platform { none: Empty {} },
        bootstrap_in_place: in_place(view),
        proxy: proxy(services),
        additional_trust_bundle_policy: secrets.trust_bundle.as_ref().map(|_| "Always"),
        additional_trust_bundle: secrets.trust_bundle.clone(),
        image_digest_sources: digest,
        image_content_sources: content,
        pull_secret: pull_secret.to_owned(),
        ssh_key: secrets.ssh_key.clone(),
    };
    serde_yaml::to_string(&config).ok()
}

fn pool(name: &'static str, replicas: usize, arch: Arch) -> Pool {
    Pool { name, replicas, architecture: arch.go_name(), hyperthreading: "Enabled" }
}

/// There is no pool of none (`validateArbiter`).
fn arbiters(view: &View) -> Option<Pool> {
    let count = view.cluster.of_role(Role::Arbiter).count();
    (count > 0).then(|| pool("arbiter", count, arch(view, Role::Arbiter)))
}

/// The architecture of a role's machines; of the cluster where it has none.
fn arch(view: &View, role: Role) -> Arch {
    view.cluster.of_role(role).next().map_or(view.cluster.settings.arch, |node| node.arch)
}

fn networking(view: &View, services: &Services) -> Networking {
    let pods = |(net, bits): &(IpNet, u8)| ClusterNetwork { cidr: net.to_string(), host_prefix: *bits };
    let mut cluster_network: Vec<ClusterNetwork> = services.install.pods.iter().map(pods).collect();
    let mut service_network: Vec<String> =
        services.install.services.iter().map(ToString::to_string).collect();
    let families: Vec<&Family> = FAMILIES.iter().filter(|family| family.is_used(view)).collect();
    if cluster_network.is_empty() {
        cluster_network.extend(
            families
                .iter()
                .map(|it| ClusterNetwork { cidr: it.pods.to_owned(), host_prefix: it.host_prefix }),
        );
    }
    if service_network.is_empty() {
        service_network.extend(families.iter().map(|it| it.services.to_owned()));
    }
    let machines = view.context.networks.iter();
    Networking {
        network_type: "OVNKubernetes",
        cluster_network,
        service_network,
        machine_network: machines.map(|net| MachineNetwork { cidr: net.clone() }).collect(),
    }
}

/// What stands for networks that vars.yaml does not name: of each family that the machines have, since the
/// installer refuses lists of different families.
struct Family {
    is_ipv6: bool,
    pods: &'static str,
    host_prefix: u8,
    services: &'static str,
}

/// IPv4: the installer's own (`pkg/types/defaults/installconfig.go`). IPv6 has none; these are the ones of
/// the documentation of dual-stack networks.
const FAMILIES: &[Family] = &[
    Family { is_ipv6: false, pods: "10.128.0.0/14", host_prefix: 23, services: "172.30.0.0/16" },
    Family { is_ipv6: true, pods: "fd01::/48", host_prefix: 64, services: "fd02::/112" },
];

impl Family {
    fn is_used(&self, view: &View) -> bool {
        let networks = &view.context.networks;
        networks.iter().any(|net| net.contains(':') == self.is_ipv6) || (networks.is_empty() && !self.is_ipv6)
    }
}

/// One machine without a bootstrap machine installs itself.
fn in_place(view: &View) -> Option<InPlace> {
    let [only] = view.cluster.nodes.as_slice() else { return None };
    let is_master = only.role == Role::ControlPlane;
    is_master.then(|| InPlace { installation_disk: only.disk.to_string() })
}

fn proxy(services: &Services) -> Option<ProxyConfig> {
    let proxy = services.install.proxy.clone()?;
    Some(ProxyConfig { http_proxy: proxy.http, https_proxy: proxy.https, no_proxy: proxy.no_proxy })
}

fn mirrors(view: &View) -> Vec<Mirror> {
    let Some(registry) = &view.cluster.services.registry else { return Vec::new() };
    let mirror = format!("registry.{}:5000/{}", view.context.base, registry.repository);
    SOURCES.into_iter().map(|source| Mirror { mirrors: vec![mirror.clone()], source }).collect()
}
