//! A cluster: everything that is true of it once vars.yaml has passed every check.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::arch::Arch;
use super::name::{Domain, Label};
use super::network::Ipv4;
use super::node::Node;
use super::pool::Pool;
use super::role::Role;
use super::service::{DhcpNetwork, Services};
use super::settings::{Kind, Settings};

/// The machine that serves the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helper {
    /// Short host name.
    pub name: Label,
    /// Its address, or the virtual one in front of several.
    pub address: IpAddr,
}

/// A checked cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// `dns.clusterid`: `metadata.name` of install-config.
    pub id: Label,
    /// `dns.domain`: `baseDomain` of install-config.
    pub domain: Domain,
    /// The helper.
    pub helper: Helper,
    /// Bootstrap (if there still is one), control plane, workers, in the order of the file.
    pub nodes: Vec<Node>,
    /// What the machines need of their surroundings.
    pub services: Services,
    /// What stands under `okdboot:`.
    pub settings: Settings,
    /// The file it was read from, as the person named it.
    pub file: String,
}

impl Cluster {
    /// Says whether the machines form an OpenShift cluster, with an API, an ingress and an installer.
    pub fn is_openshift(&self) -> bool {
        self.settings.kind == Kind::Cluster
    }

    /// Returns the domain below which the cluster's names stand: `<clusterid>.<domain>`.
    pub fn base(&self) -> Domain {
        self.id.below(&self.domain)
    }

    /// Returns a node's full name.
    pub fn fqdn(&self, node: &Node) -> Domain {
        node.fqdn.clone().unwrap_or_else(|| node.name.below(&self.base()))
    }

    /// Returns the roles that have a node, in boot order.
    pub fn roles(&self) -> BTreeSet<Role> {
        self.nodes.iter().map(|node| node.role).collect()
    }

    /// Returns the pools that have a node: those of roles in boot order, then the others by name.
    pub fn pools(&self) -> BTreeSet<&Pool> {
        self.nodes.iter().map(|node| &node.pool).collect()
    }

    /// Returns the nodes of a pool.
    pub fn of_pool(&self, pool: &Pool) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.pool == *pool)
    }

    /// Returns the architectures in use.
    pub fn arches(&self) -> BTreeSet<Arch> {
        self.nodes.iter().map(|node| node.arch).collect()
    }

    /// Returns the architecture of the programs for the person at the helper: the cluster's own, as far
    /// as a node has it.
    pub fn program_arch(&self) -> Arch {
        let (own, arches) = (self.settings.arch, self.arches());
        if arches.contains(&own) { own } else { arches.first().copied().unwrap_or(own) }
    }

    /// Returns the nodes of a role.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.role == role)
    }

    /// Says whether the one machine of a control plane may be its own bootstrap.
    pub fn may_bootstrap_in_place(&self) -> bool {
        self.of_role(Role::ControlPlane).count() == 1 && self.of_role(Role::Bootstrap).next().is_none()
    }

    /// Returns the role whose machines the ingress runs on: workers, masters where there are none. It stays
    /// on a single node that workers join later.
    pub fn ingress_role(&self) -> Role {
        let is_single = self.of_role(Role::ControlPlane).count() == 1;
        let has_workers = self.of_role(Role::Worker).next().is_some();
        if has_workers && !is_single { Role::Worker } else { Role::ControlPlane }
    }

    /// Returns the IPv4 network that machines boot in: what the file says of it, else the first one that a
    /// machine is told.
    pub fn dhcp_network(&self) -> Option<DhcpNetwork> {
        let told = |node: &Node| match node.network.links.first()?.ipv4.as_ref()? {
            Ipv4::Static(parts) => {
                let net = parts.netmask?.network_of(parts.address);
                Some(DhcpNetwork { net, router: parts.gateway, pool: None, lease: None })
            }
            Ipv4::Dhcp => None,
        };
        self.services.network.or_else(|| self.nodes.iter().find_map(told))
    }
}
