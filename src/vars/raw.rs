//! What a vars.yaml says, in the shape of a helpernode inventory: nothing is checked, nothing
//! defaulted, and every leaf knows its place.
//!
//! The dialects of the wild are translated here, each with a notice, so that `check` sees one
//! spelling only.

mod alias;
mod channel;
mod installed;
mod link;
mod network;
mod node;
mod serve;
mod services;
mod settings;

use super::key;
use super::section::{Elsewhere, Reader, Scalar, Section};
use crate::diag::{Code, Diagnostic};
use crate::model::role::Role;
use alias::{dialect, either};

pub use channel::RawChannel;
pub use installed::RawInstalled;
pub use link::{RawBond, RawInterface, RawIpv6, RawPorts, RawRoute, RawStack, RawVlan};
pub use network::RawNetwork;
pub use node::RawNode;
pub use services::{RawHelpernode, RawProxy, RawRegistry, RawServices};
pub use settings::RawSettings;

/// A whole file.
#[derive(Debug, Default)]
pub struct RawVars {
    /// `disk`
    pub disk: Option<Scalar>,
    /// `masters_disk` of a dialect.
    pub masters_disk: Option<Scalar>,
    /// `workers_disk` of a dialect.
    pub workers_disk: Option<Scalar>,
    /// `helper`
    pub helper: RawHelper,
    /// `dns`
    pub dns: RawDns,
    /// `dhcp`
    pub dhcp: Option<RawDhcp>,
    /// `bootstrap`
    pub bootstrap: Option<RawNode>,
    /// `masters`; absent where the key is.
    pub masters: Option<Vec<RawNode>>,
    /// How many entries the list `masters` has, even those that are no mapping.
    pub masters_listed: usize,
    /// `arbiters`
    pub arbiters: Vec<RawNode>,
    /// `workers`
    pub workers: Vec<RawNode>,
    /// `nodes`; absent where the key is.
    pub nodes: Option<Vec<RawNode>>,
    /// `other`
    pub other: Vec<RawNode>,
    /// `staticips`, or `dhcp` among the disabled services of helpernode v2.
    pub staticips: Option<Scalar>,
    /// `ppc64le`
    pub ppc64le: Option<Scalar>,
    /// `ipi`
    pub ipi: Option<Scalar>,
    /// `baremetal`
    pub baremetal: Option<Scalar>,
    /// `arch` of helpernode v2.
    pub arch: Option<Scalar>,
    /// `ocp_install_kernel`
    pub kernel: Option<Scalar>,
    /// `ocp_initramfs`
    pub initramfs: Option<Scalar>,
    /// `ocp_client`
    pub client: Option<Scalar>,
    /// `ocp_installer`
    pub installer: Option<Scalar>,
    /// `ocp_bios`
    pub bios: Option<Scalar>,
    /// Whether helpernode v2 switches DHCP off.
    pub dhcp_disabled: bool,
    /// `server` of `chronyconfig.content`, where `chronyconfig.enabled` says so.
    pub chrony: RawChrony,
    /// Machines under keys of forks.
    pub elsewhere: Vec<Elsewhere>,
    /// `high_availability.helpernodes`
    pub helpernodes: Vec<RawHelpernode>,
    /// `setup_registry`
    pub registry: RawRegistry,
    /// `fips`
    pub fips: Option<Scalar>,
    /// `okdboot`
    pub okdboot: RawSettings,
}

/// `chronyconfig`
#[derive(Debug, Default)]
pub struct RawChrony {
    /// `enabled`
    pub enabled: Option<Scalar>,
    /// `server` of each entry of `content`, with its `options`.
    pub servers: Vec<(Option<Scalar>, Option<Scalar>)>,
}

/// `helper`
#[derive(Debug, Default)]
pub struct RawHelper {
    /// `name`
    pub name: Option<Scalar>,
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `gateway` of a dialect.
    pub gateway: Option<Scalar>,
    /// `netmask` of a dialect.
    pub netmask: Option<Scalar>,
    /// `networkifacename`: the helper's own interface.
    pub interface: Option<Scalar>,
    /// `ingress_ipaddr` of a dialect.
    pub ingress: Option<Scalar>,
}

/// `dns`
#[derive(Debug, Default)]
pub struct RawDns {
    /// `domain`
    pub domain: Option<Scalar>,
    /// `clusterid`
    pub clusterid: Option<Scalar>,
    /// `lb_ipaddr`
    pub lb_ipaddr: Option<Scalar>,
    /// `forwarder1` and `forwarder2`
    pub forwarders: Vec<Scalar>,
}

/// `dhcp`
#[derive(Debug, Default)]
pub struct RawDhcp {
    /// `router`
    pub router: Option<Scalar>,
    /// `bcast`
    pub bcast: Option<Scalar>,
    /// `netmask`
    pub netmask: Option<Scalar>,
    /// `poolstart`
    pub poolstart: Option<Scalar>,
    /// `poolend`
    pub poolend: Option<Scalar>,
    /// `ipid`
    pub ipid: Option<Scalar>,
    /// `netmaskid`
    pub netmaskid: Option<Scalar>,
    /// `dns`
    pub dns: Option<Scalar>,
}

impl RawVars {
    /// Fills the shape from a file's top-level mapping.
    pub fn read(reader: &Reader) -> Option<Self> {
        let mut top = reader.root(&key::TOP)?;
        let vars = Self {
            disk: top.scalar("disk"),
            masters_disk: dialect(&mut top, "masters_disk", "the disk of every master"),
            workers_disk: dialect(&mut top, "workers_disk", "the disk of every worker"),
            helper: top.map("helper").map(RawHelper::read).unwrap_or_default(),
            dns: top.map("dns").map(RawDns::read).unwrap_or_default(),
            dhcp: top.map("dhcp").map(RawDhcp::read),
            bootstrap: read_bootstrap(&mut top),
            masters_listed: top.length("masters"),
            masters: read_nodes(&mut top, "masters"),
            arbiters: read_nodes(&mut top, "arbiters").unwrap_or_default(),
            workers: read_nodes(&mut top, "workers").unwrap_or_default(),
            nodes: read_nodes(&mut top, "nodes"),
            other: read_other(&mut top),
            staticips: top.scalar("staticips"),
            ppc64le: top.scalar("ppc64le"),
            ipi: top.scalar("ipi"),
            baremetal: top.scalar("baremetal"),
            arch: dialect(&mut top, "arch", "the architecture of every node"),
            kernel: either(&mut top, "ocp_install_kernel", "okd_install_kernel"),
            initramfs: either(&mut top, "ocp_initramfs", "okd_initramfs"),
            client: either(&mut top, "ocp_client", "okd_client"),
            installer: either(&mut top, "ocp_installer", "okd_installer"),
            bios: either(&mut top, "ocp_bios", "okd_bios"),
            dhcp_disabled: top.scalars("disabledServices").iter().any(|service| service.text == "dhcp"),
            chrony: top.map("chronyconfig").map(RawChrony::read).unwrap_or_default(),
            helpernodes: top.map("high_availability").map(services::helpernodes).unwrap_or_default(),
            registry: top.map("setup_registry").map(RawRegistry::read).unwrap_or_default(),
            fips: top.scalar("fips"),
            elsewhere: top.elsewhere(),
            okdboot: top.map("okdboot").map(RawSettings::read).unwrap_or_default(),
        };
        top.finish();
        Some(vars)
    }

    /// Returns every machine that the file boots, with its role, in boot order.
    pub fn machines(&self) -> impl Iterator<Item = (Role, &RawNode)> {
        let bootstrap = self.bootstrap.iter().map(|node| (Role::Bootstrap, node));
        let masters = self.masters.iter().flatten().map(|node| (Role::ControlPlane, node));
        let arbiters = self.arbiters.iter().map(|node| (Role::Arbiter, node));
        let workers = self.workers.iter().map(|node| (Role::Worker, node));
        let nodes = self.nodes.iter().flatten().map(|node| (Role::Node, node));
        bootstrap.chain(masters).chain(arbiters).chain(workers).chain(nodes)
    }
}

impl RawHelper {
    fn read(mut section: Section) -> Self {
        let helper = Self {
            name: section.scalar("name"),
            ipaddr: section.scalar("ipaddr"),
            gateway: dialect(&mut section, "gateway", "the nodes' gateway"),
            netmask: dialect(&mut section, "netmask", "the nodes' netmask"),
            interface: section.scalar("networkifacename"),
            ingress: section.scalar("ingress_ipaddr"),
        };
        section.finish();
        helper
    }
}

impl RawDns {
    fn read(mut section: Section) -> Self {
        let dns = Self {
            domain: section.scalar("domain"),
            clusterid: section.scalar("clusterid"),
            lb_ipaddr: section.scalar("lb_ipaddr"),
            forwarders: section
                .scalar("forwarder1")
                .into_iter()
                .chain(section.scalar("forwarder2"))
                .collect(),
        };
        section.finish();
        dns
    }
}

impl RawChrony {
    fn read(mut section: Section) -> Self {
        let enabled = section.scalar("enabled");
        let server = |mut entry: Section| {
            let server = (entry.scalar("server"), entry.scalar("options"));
            entry.finish();
            server
        };
        let servers = section.maps("content").unwrap_or_default().into_iter().map(server).collect();
        section.finish();
        Self { enabled, servers }
    }
}

impl RawDhcp {
    fn read(mut section: Section) -> Self {
        let dhcp = Self {
            router: section.scalar("router"),
            bcast: section.scalar("bcast"),
            netmask: section.scalar("netmask"),
            poolstart: section.scalar("poolstart"),
            poolend: section.scalar("poolend"),
            ipid: section.scalar("ipid"),
            netmaskid: section.scalar("netmaskid"),
            dns: section.scalar("dns"),
        };
        section.finish();
        dhcp
    }
}

fn read_nodes(top: &mut Section, key: &'static str) -> Option<Vec<RawNode>> {
    Some(top.maps(key)?.into_iter().map(RawNode::read).collect())
}

/// `bootstrap`, or `bootnode` of a dialect; two different machines are a fault.
fn read_bootstrap(top: &mut Section) -> Option<RawNode> {
    let alias = top.map("bootnode").map(RawNode::read);
    if alias.is_some() {
        top.understood("bootnode", "`bootstrap`");
    }
    let bootstrap = top.map("bootstrap").map(RawNode::read);
    if let (Some(first), Some(second)) = (&bootstrap, &alias) {
        top.report(
            Diagnostic::new(Code::V017, "`bootstrap` and `bootnode` mean the same, and both are given")
                .at(&top.place(second.head()), "one of the two is too much")
                .also(&top.place(first.head()), "the other one")
                .help("delete `bootnode`"),
        );
    }
    bootstrap.or(alias)
}

/// `other`, and `others` as a list or as a mapping with `hosts`.
fn read_other(top: &mut Section) -> Vec<RawNode> {
    let mut hosts = read_nodes(top, "other").unwrap_or_default();
    top.understood("others", "`other`");
    let listed = if top.is_map("others") {
        top.map("others").and_then(|mut section| {
            let hosts = section.maps("hosts");
            section.finish();
            hosts
        })
    } else {
        top.maps("others")
    };
    hosts.extend(listed.unwrap_or_default().into_iter().map(RawNode::read));
    hosts
}
