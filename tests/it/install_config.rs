//! install-config.yaml, read back by a strict reader: the installer's own names, and what it refuses.
//!
//! Names and rules are those of openshift/installer, `pkg/types/installconfig.go` and
//! `pkg/types/validation/installconfig.go`.

use std::fs;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

use crate::helper::{examples, render};
use crate::sandbox::{Ran, Sandbox};
use crate::surroundings::shapes;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InstallConfig {
    api_version: String,
    base_domain: String,
    metadata: Metadata,
    #[serde(default)]
    fips: bool,
    compute: Vec<Pool>,
    control_plane: Pool,
    arbiter: Option<Pool>,
    networking: Networking,
    platform: Platform,
    bootstrap_in_place: Option<InPlace>,
    proxy: Option<Proxy>,
    additional_trust_bundle: Option<String>,
    additional_trust_bundle_policy: Option<Policy>,
    image_digest_sources: Option<Vec<Source>>,
    image_content_sources: Option<Vec<Source>>,
    pull_secret: String,
    ssh_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pool {
    name: String,
    replicas: usize,
    architecture: Architecture,
    hyperthreading: Hyperthreading,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
enum Architecture {
    Amd64,
    Arm64,
    Ppc64le,
    S390x,
}

#[derive(Deserialize)]
enum Hyperthreading {
    Enabled,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Networking {
    network_type: NetworkType,
    cluster_network: Vec<ClusterNetwork>,
    service_network: Vec<Net>,
    machine_network: Vec<MachineNetwork>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Net(IpNet);

impl TryFrom<String> for Net {
    type Error = ipnet::AddrParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

#[derive(Deserialize)]
enum NetworkType {
    #[serde(rename = "OVNKubernetes")]
    Ovn,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClusterNetwork {
    cidr: Net,
    host_prefix: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MachineNetwork {
    cidr: Net,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Platform {
    none: Empty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InPlace {
    installation_disk: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are the installer's")]
struct Proxy {
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    no_proxy: Option<String>,
}

#[derive(Deserialize, PartialEq, Eq, Debug)]
enum Policy {
    Always,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    source: String,
    mirrors: Vec<String>,
}

fn read(ran: &Ran, cluster: &str) -> InstallConfig {
    let path = ran.join(&format!("out/services/install/{cluster}/install-config.yaml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let config: InstallConfig = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    hold(&config, &text);
    config
}

/// What the installer refuses of a user-provisioned cluster.
fn hold(config: &InstallConfig, text: &str) {
    assert_eq!(config.api_version, "v1");
    let secret: serde_json::Value = serde_json::from_str(&config.pull_secret).unwrap();
    assert!(secret["auths"].is_object(), "{text}");
    let (Platform { none: Empty {} }, Hyperthreading::Enabled) =
        (&config.platform, &config.control_plane.hyperthreading);
    let [workers] = config.compute.as_slice() else { panic!("{text}") };
    assert_eq!((workers.name.as_str(), workers.replicas), ("worker", 0), "{text}");
    assert_eq!(config.control_plane.name, "master", "{text}");
    let arbiters = config.arbiter.as_ref().map_or(0, |pool| pool.replicas);
    let has_arbiter = config.arbiter.as_ref().is_some_and(|pool| pool.name == "arbiter");
    assert!(config.arbiter.is_none() || (has_arbiter && arbiters > 0), "{text}");
    assert!(matches!((config.control_plane.replicas, arbiters), (1 | 3..=5, 0) | (2, 1)), "{text}");
    assert!(config.image_digest_sources.is_none() || config.image_content_sources.is_none(), "{text}");
    assert_eq!(config.additional_trust_bundle.is_some(), config.additional_trust_bundle_policy.is_some());
    networks(&config.networking, text);
}

/// Lists are of the same families in the same order, and no network shares addresses with another.
fn networks(networking: &Networking, text: &str) {
    let NetworkType::Ovn = networking.network_type;
    let pods: Vec<IpNet> = networking.cluster_network.iter().map(|net| net.cidr.0).collect();
    let machines: Vec<IpNet> = networking.machine_network.iter().map(|net| net.cidr.0).collect();
    for net in &networking.cluster_network {
        assert!((net.cidr.0.prefix_len()..=net.cidr.0.max_prefix_len()).contains(&net.host_prefix), "{text}");
    }
    let families = |nets: &[IpNet]| nets.iter().map(|net| net.addr().is_ipv4()).collect::<Vec<_>>();
    let services: Vec<IpNet> = networking.service_network.iter().map(|net| net.0).collect();
    assert_eq!(families(&pods), families(&services), "{text}");
    assert!(pods.len() <= 2 && !machines.is_empty(), "{text}");
    assert_eq!(families(&machines)[0], families(&pods)[0], "{text}");
    let all = [&pods[..], &services, &machines].concat();
    for (at, one) in all.iter().enumerate() {
        assert!(all[..at].iter().all(|other| !one.contains(other) && !other.contains(one)), "{text}");
    }
}

fn rendered(vars: String) -> Ran {
    render(Sandbox::new().vars(vars), &["vars.yaml"])
}

#[test]
fn every_shape_is_what_the_installer_reads() {
    let (mut families, mut in_place, mut arbiters) = (Vec::new(), 0, 0);
    for (shape, vars) in shapes() {
        let config = read(&rendered(format!("{vars}okdboot: {{stream: okd-4.22}}\n")), "lab");
        assert_eq!(
            (config.base_domain.as_str(), config.metadata.name.as_str()),
            ("example.com", "lab"),
            "{shape}"
        );
        families.push(config.networking.machine_network.len());
        in_place +=
            usize::from(config.bootstrap_in_place.is_some_and(|it| it.installation_disk == "/dev/vda"));
        arbiters += usize::from(config.arbiter.is_some());
        let power = shape == "ppc64le";
        assert_eq!(config.control_plane.architecture == Architecture::Ppc64le, power, "{shape}");
    }
    assert_eq!((in_place, arbiters, families.iter().max()), (3, 1, Some(&2)));
}

#[test]
fn the_examples_of_helpernode_are_what_the_installer_reads() {
    for (name, vars) in examples() {
        let vars = if vars.contains("okdboot: {") {
            vars.replace("okdboot: {", "okdboot: {stream: okd-4.20, ")
        } else {
            vars + "okdboot: {stream: okd-4.20}\n"
        };
        let config = read(&rendered(vars), "ocp4");
        let nodes: IpAddr = "192.168.7.21".parse().unwrap();
        let is_inside = config.networking.machine_network.iter().any(|net| net.cidr.0.contains(&nodes));
        assert!(is_inside && config.control_plane.replicas == 3, "{name}");
        // The registry is named where it is deployed.
        assert_eq!(config.image_digest_sources.is_some(), name.contains("local-registry"), "{name}");
    }
}

#[test]
fn what_comes_from_files_and_what_is_true_of_a_release() {
    let (_, shape) = shapes().into_iter().find(|(name, _)| *name == "compact in /22").unwrap();
    for (stream, digests) in [("rhcos-4.12", false), ("rhcos-4.13", true), ("rhcos-4.20", true)] {
        let services = "pull_secret: pull.json, ssh_key: id.pub, trust_bundle: ca.pem, \
            pod_network: [10.244.0.0/16], host_prefix: [24], service_network: [10.96.0.0/16], \
            proxy: {http: \"http://p.example.com:3128\", https: \"http://p.example.com:3128\", no: .example.com}";
        let vars = format!(
            "{shape}fips: true\nsetup_registry: {{deploy: true, local_repo: ocp4/openshift4}}\n\
             okdboot: {{stream: {stream}, services: {{{services}}}}}\n"
        );
        let pem = rcgen::generate_simple_self_signed(["ca.example.com".to_owned()]).unwrap().cert.pem();
        let sandbox = Sandbox::new()
            .vars(vars)
            .file("pull.json", "{\"auths\": {\"quay.io\": {\"auth\": \"aWQ6cGFzcw==\"}}}\n")
            .file(
                "id.pub",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUJj6VJ6LXvdIpDJB4vKdrvZWKxkLoGcMQ2Nx0jTqXf me\n",
            )
            .file("ca.pem", &pem);
        let config = read(&render(sandbox, &["vars.yaml"]), "lab");
        assert!(config.fips && config.pull_secret.contains("quay.io"));
        assert!(config.ssh_key.unwrap().starts_with("ssh-ed25519 "));
        assert_eq!(config.additional_trust_bundle.unwrap().trim(), pem.trim());
        assert_eq!(config.additional_trust_bundle_policy, Some(Policy::Always));
        let proxy = config.proxy.unwrap();
        assert_eq!(proxy.http_proxy, proxy.https_proxy);
        assert_eq!(proxy.no_proxy.as_deref(), Some(".example.com"));
        assert_eq!(
            (config.image_digest_sources.is_some(), config.image_content_sources.is_some()),
            (digests, !digests)
        );
        let sources = config.image_digest_sources.or(config.image_content_sources).unwrap();
        assert!(sources.iter().all(|it| it.source.starts_with("quay.io/")
            && it.mirrors == ["registry.lab.example.com:5000/ocp4/openshift4"]));
        let pods = &config.networking.cluster_network[0];
        assert_eq!((pods.cidr.0.to_string(), pods.host_prefix), ("10.244.0.0/16".to_owned(), 24));
    }
}
