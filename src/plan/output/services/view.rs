//! A cluster as the templates of services see it (docs/templates.md).

mod loader;
mod network;

use std::cell::OnceCell;
use std::net::IpAddr;

use serde::Serialize;

use super::Member;
use super::secrets::Secrets;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::daemon::{Containers, DhcpServer, DnsServer};
use crate::model::mac::MacAddr;
use crate::model::name::{Domain, Label};
use crate::model::network::{Bracketed, Ipv6};
use crate::model::node::Node;
use crate::model::role::Role;
use crate::model::service::TimeSource;
use crate::model::settings::IpxeChain;
use crate::template::Fields;
pub(super) use loader::LoaderView;
use network::NetworkView;
pub(super) use network::networks;

/// A cluster, and its form for templates.
pub(super) struct View<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) secrets: Option<&'a Secrets>,
    pub(super) context: Context,
    /// The context as templates read it, made when the first of them asks.
    fields: OnceCell<Fields>,
}

/// The context of every template of services.
#[derive(Clone, Serialize)]
pub(super) struct Context {
    pub(super) cluster: String,
    pub(super) base: String,
    pub(super) domain: String,
    pub(super) helper: HelperView,
    pub(super) root: String,
    pub(super) url: String,
    /// The port of `url`.
    pub(super) port: u16,
    pub(super) interface: String,
    pub(super) uplink: String,
    pub(super) api: String,
    pub(super) ingress: String,
    /// The address of the API as a URL has it.
    pub(super) api_host: String,
    pub(super) ingress_host: String,
    /// Whether several helpers share the balancer's address, so that it is not always this one's.
    pub(super) is_shared: bool,
    /// Whether the machines form a cluster: it has an API and an ingress.
    pub(super) is_openshift: bool,
    /// Whether a machine has the balancer's address, whose name its address then leads to.
    pub(super) api_is_a_host: bool,
    pub(super) dhcp: String,
    pub(super) dns: String,
    pub(super) balancer: String,
    pub(super) time: String,
    pub(super) network: NetworkView,
    /// Each network that the machines are in, both families.
    pub(super) networks: Vec<String>,
    pub(super) forwarders: Vec<String>,
    /// MAC addresses of machines that are no nodes and get the menu of netboot.xyz.
    pub(super) netboot: Vec<String>,
    pub(super) name_servers: Vec<String>,
    pub(super) time_servers: Vec<TimeView>,
    pub(super) hosts: Vec<HostView>,
    /// Names of the helper and of its like, to which no address leads back.
    pub(super) aliases: Vec<AliasView>,
    /// Those that the API runs on, the bootstrap last.
    pub(super) api_hosts: Vec<BackendView>,
    /// Those that the ingress runs on.
    pub(super) ingress_hosts: Vec<BackendView>,
    /// What each kind of firmware loads first.
    pub(super) loaders: Vec<LoaderView>,
}

/// The helper.
#[derive(Clone, Serialize)]
pub(super) struct HelperView {
    pub(super) name: String,
    pub(super) fqdn: String,
    pub(super) address: String,
    /// As a URL has it.
    pub(super) host: String,
}

/// A time server with its options.
#[derive(Clone, Serialize)]
pub(super) struct TimeView {
    pub(super) name: String,
    pub(super) options: String,
}

/// A machine.
#[derive(Clone, Serialize)]
pub(super) struct HostView {
    /// Of its own among all clusters: `<cluster>-<name>`.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) fqdn: String,
    /// Whether its name stands in the cluster's zone.
    pub(super) is_in_zone: bool,
    /// `bootstrap`, `master`, `worker` or `other`.
    pub(super) role: String,
    pub(super) mac: String,
    /// That one, and further interfaces that may boot it.
    pub(super) macs: Vec<String>,
    /// With dashes, as files have it.
    pub(super) hexhyp: String,
    /// Its IPv4 address, or nothing.
    pub(super) ipv4: String,
    /// Its IPv6 address, or nothing.
    pub(super) ipv6: String,
    /// Whether its IPv6 address comes from DHCP.
    pub(super) is_dhcp6: bool,
    pub(super) addresses: Vec<String>,
    pub(super) arch: String,
    /// What iPXE runs, as a URL; nothing for machines that boot by themselves.
    pub(super) script: String,
    /// Whether a MAC address and an IPv4 address make a reservation of it.
    pub(super) is_reserved: bool,
}

/// A further name.
#[derive(Clone, Serialize)]
pub(super) struct AliasView {
    pub(super) fqdn: String,
    pub(super) address: String,
}

/// A machine behind the balancer.
#[derive(Clone, Serialize)]
pub(super) struct BackendView {
    pub(super) name: String,
    /// With brackets for IPv6.
    pub(super) address: String,
    pub(super) is_bootstrap: bool,
}

impl<'a> View<'a> {
    pub(super) fn of(member: Member<'a>, root: &str) -> Self {
        let cluster = member.cluster;
        Self {
            cluster,
            secrets: member.secrets,
            context: Context::of(cluster, root),
            fields: OnceCell::new(),
        }
    }

    /// Returns the context as templates read it.
    pub(super) fn fields(&self) -> &Fields {
        self.fields.get_or_init(|| Fields::of(&self.context))
    }

    /// Returns the machines that a DHCP server knows.
    pub(super) fn reserved(&self) -> impl Iterator<Item = &HostView> {
        self.context.hosts.iter().filter(|host| host.is_reserved)
    }

    /// Says whether this cluster's names are dnsmasq's.
    pub(super) fn is_named_by(&self, server: DnsServer) -> bool {
        self.cluster.services.daemons.dns == server
    }

    /// Says whether this cluster's addresses are from a server.
    pub(super) fn is_addressed_by(&self, server: DhcpServer) -> bool {
        self.cluster.services.daemons.dhcp == server
    }
}

impl Context {
    fn of(cluster: &Cluster, root: &str) -> Self {
        let services = &cluster.services;
        let (api, ingress) = (services.load_balancer, services.ingress);
        let words = |list: &[IpAddr]| list.iter().map(ToString::to_string).collect();
        let named = |name: &Option<_>| name.as_ref().map(ToString::to_string).unwrap_or_default();
        Self {
            cluster: cluster.id.to_string(),
            base: cluster.base().to_string(),
            domain: cluster.domain.to_string(),
            helper: helper(cluster),
            root: services.root.clone().unwrap_or_else(|| root.to_owned()),
            url: cluster.settings.url.to_string(),
            port: cluster.settings.url.port(),
            interface: named(&services.interface),
            uplink: named(&services.uplink),
            api: api.to_string(),
            ingress: ingress.to_string(),
            api_host: Bracketed(api).to_string(),
            ingress_host: Bracketed(ingress).to_string(),
            is_shared: services.failover.len() > 1,
            is_openshift: cluster.is_openshift(),
            api_is_a_host: is_a_node(cluster, api),
            dhcp: services.daemons.dhcp.to_string(),
            dns: services.daemons.dns.to_string(),
            balancer: services.daemons.balancer.to_string(),
            time: services.daemons.time.to_string(),
            network: network::network(cluster),
            networks: networks(cluster).iter().map(ToString::to_string).collect(),
            forwarders: words(&services.forwarders),
            netboot: services.netboot.iter().map(ToString::to_string).collect(),
            name_servers: words(&services.name_servers),
            time_servers: times(cluster),
            hosts: hosts(cluster),
            aliases: aliases(cluster),
            api_hosts: backends(cluster, &[Role::ControlPlane, Role::Bootstrap]),
            ingress_hosts: backends(cluster, &[cluster.ingress_role()]),
            loaders: loader::loaders(cluster),
        }
    }
}

/// The registry, where there is one, and each of several helpers.
fn aliases(cluster: &Cluster) -> Vec<AliasView> {
    let services = &cluster.services;
    let named = |name: &str, address: IpAddr| AliasView {
        fqdn: format!("{name}.{}", cluster.base()),
        address: address.to_string(),
    };
    let registry = services.registry.iter().map(|_| named("registry", cluster.helper.address));
    let helpers = services.failover.iter().map(|node| named(node.name.as_str(), node.address));
    registry.chain(helpers).collect()
}

fn is_a_node(cluster: &Cluster, address: IpAddr) -> bool {
    cluster.nodes.iter().any(|node| node.addresses().contains(&address))
}

fn helper(cluster: &Cluster) -> HelperView {
    let helper = &cluster.helper;
    HelperView {
        name: helper.name.to_string(),
        fqdn: helper.name.below(&cluster.base()).to_string(),
        address: helper.address.to_string(),
        host: Bracketed(helper.address).to_string(),
    }
}

fn times(cluster: &Cluster) -> Vec<TimeView> {
    let view = |source: &TimeSource| TimeView { name: source.name.clone(), options: source.options.clone() };
    cluster.services.time_servers.iter().map(view).collect()
}

fn hosts(cluster: &Cluster) -> Vec<HostView> {
    let nodes = cluster.nodes.iter().map(|node| host_of_node(cluster, node));
    let others = cluster.services.others.iter().map(|host| {
        Machine { name: &host.name, role: "other", macs: host.macs.clone(), addresses: vec![host.address] }
            .view(cluster)
    });
    let mut hosts: Vec<HostView> = nodes.chain(others).collect();
    // Whoever moves a line in vars.yaml does not change what daemons read.
    hosts.sort_by(|one, other| (rank(one), &one.name).cmp(&(rank(other), &other.name)));
    hosts
}

/// Machines in the order in which they boot, then those that boot by themselves.
fn rank(host: &HostView) -> usize {
    Role::ALL.iter().position(|role| role.as_str() == host.role).unwrap_or(Role::ALL.len())
}

fn host_of_node(cluster: &Cluster, node: &Node) -> HostView {
    let (role, macs) = (node.role.as_str(), node.boot_macs().collect());
    let host = Machine { name: &node.name, role, macs, addresses: node.addresses() }.view(cluster);
    let fqdn = cluster.fqdn(node).to_string();
    let link = node.network.links.first();
    HostView {
        is_in_zone: fqdn.ends_with(&format!(".{}", cluster.base())),
        fqdn,
        arch: node.arch.to_string(),
        is_dhcp6: node.address.is_ipv6() && link.is_some_and(|link| link.ipv6 == Some(Ipv6::Dhcp)),
        script: script(cluster, node),
        ..host
    }
}

/// What a machine is made of before it is known by what it boots.
struct Machine<'a> {
    name: &'a Label,
    role: &'a str,
    macs: Vec<MacAddr>,
    addresses: Vec<IpAddr>,
}

impl Machine<'_> {
    fn view(self, cluster: &Cluster) -> HostView {
        let base: Domain = cluster.base();
        let of = |is: fn(&IpAddr) -> bool| {
            self.addresses.iter().find(|at| is(at)).map(ToString::to_string).unwrap_or_default()
        };
        let (ipv4, ipv6) = (of(IpAddr::is_ipv4), of(IpAddr::is_ipv6));
        let first = self.macs.first();
        let mac = first.map(ToString::to_string).unwrap_or_default();
        HostView {
            id: format!("{}-{}", cluster.id, self.name),
            name: self.name.to_string(),
            fqdn: self.name.below(&base).to_string(),
            role: self.role.to_owned(),
            is_reserved: !mac.is_empty() && !ipv4.is_empty(),
            mac,
            macs: self.macs.iter().map(ToString::to_string).collect(),
            hexhyp: first.map(MacAddr::hexhyp).unwrap_or_default(),
            ipv4,
            ipv6,
            is_in_zone: true,
            is_dhcp6: false,
            addresses: self.addresses.iter().map(ToString::to_string).collect(),
            arch: String::new(),
            script: String::new(),
        }
    }
}

/// What iPXE runs: the machine's own script, or matchbox's first one.
fn script(cluster: &Cluster, node: &Node) -> String {
    let (url, Some(mac)) = (&cluster.settings.url, node.mac) else { return String::new() };
    let in_use = &cluster.settings.in_use;
    // matchbox in a container serves no other file.
    let is_matchbox = cluster.services.daemons.containers != Containers::None;
    let by_ipxe = in_use.has(BootLoader::Ipxe) || in_use.has(BootLoader::Matchbox);
    match (node.arch.boots_ipxe() && by_ipxe, cluster.settings.ipxe) {
        (false, _) => String::new(),
        (true, IpxeChain::Static) if !is_matchbox => format!("{url}/ipxe/{}.ipxe", mac.hexhyp()),
        (true, _) => format!("{url}/boot.ipxe"),
    }
}

fn backends(cluster: &Cluster, roles: &[Role]) -> Vec<BackendView> {
    let of = |role: &Role| {
        let role = *role;
        cluster.of_role(role).map(move |node| BackendView {
            name: node.name.to_string(),
            address: Bracketed(node.address).to_string(),
            is_bootstrap: role == Role::Bootstrap,
        })
    };
    let mut found: Vec<BackendView> = roles.iter().flat_map(of).collect();
    found.sort_by(|one, other| (one.is_bootstrap, &one.name).cmp(&(other.is_bootstrap, &other.name)));
    found
}
