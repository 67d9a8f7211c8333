//! `okdboot.services`, and what helpernode's own services are told.

use crate::vars::section::{Scalar, Section};

/// `okdboot.services`
#[derive(Debug, Default)]
pub struct RawServices {
    /// `dhcp`
    pub dhcp: Option<Scalar>,
    /// `dns`
    pub dns: Option<Scalar>,
    /// `balancer`
    pub balancer: Option<Scalar>,
    /// `time`
    pub time: Option<Scalar>,
    /// `containers`
    pub containers: Option<Scalar>,
    /// `interface`
    pub interface: Option<Scalar>,
    /// `uplink`
    pub uplink: Option<Scalar>,
    /// `netboot_xyz`
    pub netboot: Vec<Scalar>,
    /// `ingress_ipaddr`
    pub ingress: Option<Scalar>,
    /// `lease`
    pub lease: Option<Scalar>,
    /// `root`
    pub root: Option<Scalar>,
    /// `pull_secret`
    pub pull_secret: Option<Scalar>,
    /// `ssh_key`
    pub ssh_key: Option<Scalar>,
    /// `trust_bundle`
    pub trust_bundle: Option<Scalar>,
    /// `pod_network`
    pub pods: Vec<Scalar>,
    /// `service_network`
    pub services: Vec<Scalar>,
    /// `host_prefix`
    pub host_prefix: Vec<Scalar>,
    /// `proxy`
    pub proxy: Option<RawProxy>,
}

/// `okdboot.services.proxy`
#[derive(Debug, Default)]
pub struct RawProxy {
    /// `http`
    pub http: Option<Scalar>,
    /// `https`
    pub https: Option<Scalar>,
    /// `no`
    pub no: Option<Scalar>,
}

/// One of `high_availability.helpernodes`.
#[derive(Debug)]
pub struct RawHelpernode {
    /// `name`
    pub name: Option<Scalar>,
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `state`
    pub state: Option<Scalar>,
    /// `priority`
    pub priority: Option<Scalar>,
}

/// `setup_registry`
#[derive(Debug, Default)]
pub struct RawRegistry {
    /// `deploy`
    pub deploy: Option<Scalar>,
    /// `local_repo`
    pub repository: Option<Scalar>,
}

impl RawServices {
    pub(super) fn read(mut section: Section) -> Self {
        let services = Self {
            dhcp: section.scalar("dhcp"),
            dns: section.scalar("dns"),
            balancer: section.scalar("balancer"),
            time: section.scalar("time"),
            containers: section.scalar("containers"),
            interface: section.scalar("interface"),
            uplink: section.scalar("uplink"),
            netboot: section.scalars("netboot_xyz"),
            ingress: section.scalar("ingress_ipaddr"),
            lease: section.scalar("lease"),
            root: section.scalar("root"),
            pull_secret: section.scalar("pull_secret"),
            ssh_key: section.scalar("ssh_key"),
            trust_bundle: section.scalar("trust_bundle"),
            pods: section.scalars("pod_network"),
            services: section.scalars("service_network"),
            host_prefix: section.scalars("host_prefix"),
            proxy: section.map("proxy").map(RawProxy::read),
        };
        section.finish();
        services
    }
}

impl RawProxy {
    fn read(mut section: Section) -> Self {
        let proxy =
            Self { http: section.scalar("http"), https: section.scalar("https"), no: section.scalar("no") };
        section.finish();
        proxy
    }
}

/// Reads `high_availability`.
pub(super) fn helpernodes(mut section: Section) -> Vec<RawHelpernode> {
    let read = |mut entry: Section| {
        let node = RawHelpernode {
            name: entry.scalar("name"),
            ipaddr: entry.scalar("ipaddr"),
            state: entry.scalar("state"),
            priority: entry.scalar("priority"),
        };
        entry.finish();
        node
    };
    let nodes = section.maps("helpernodes").unwrap_or_default().into_iter().map(read).collect();
    section.finish();
    nodes
}

impl RawRegistry {
    /// Reads `setup_registry`; what else stands there is of helpernode's own registry, and partly secret.
    pub(super) fn read(mut section: Section) -> Self {
        let registry = Self { deploy: section.scalar("deploy"), repository: section.scalar("local_repo") };
        section.finish();
        registry
    }
}
