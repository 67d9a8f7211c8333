//! What the machines of a cluster need of their surroundings while they install.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::daemon::Daemons;
use super::mac::MacAddr;
use super::name::Label;
use super::net::InterfaceName;

/// Name servers, load balancer, time servers, and what else stands around a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// What stands in front of the API.
    pub load_balancer: IpAddr,
    /// What stands in front of the ingress; mostly the same.
    pub ingress: IpAddr,
    /// What nodes without a static address are told to ask.
    pub name_servers: Vec<IpAddr>,
    /// What the nodes take their time from, as names or addresses; none where vars.yaml says nothing.
    pub time_servers: Vec<TimeSource>,
    /// Whom the name server asks about every other name.
    pub forwarders: Vec<IpAddr>,
    /// Machines that have names and addresses, and boot by themselves.
    pub others: Vec<Host>,
    /// Who does what.
    pub daemons: Daemons,
    /// The IPv4 network of the machines, as far as the file tells.
    pub network: Option<DhcpNetwork>,
    /// The helper's interface on that network.
    pub interface: Option<InterfaceName>,
    /// Helpers that share one address.
    pub failover: Vec<Helpernode>,
    /// A registry on the helper that mirrors the release.
    pub registry: Option<Registry>,
    /// Where the tree stands on the helper, where not here.
    pub root: Option<String>,
    /// Whether the helper is the gateway of the machines' network to the world, by this interface.
    pub uplink: Option<InterfaceName>,
    /// Machines that are no nodes and get the menu of netboot.xyz; mostly none.
    pub netboot: Vec<MacAddr>,
    /// What install-config says besides names and numbers.
    pub install: Install,
}

/// A time server, with options as chrony.conf(5) has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSource {
    /// A name or an address.
    pub name: String,
    /// Words such as `iburst`; mostly none.
    pub options: String,
}

/// A machine with a name and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its short name.
    pub name: Label,
    /// Its address.
    pub address: IpAddr,
    /// The interfaces that it may ask for its address from.
    pub macs: Vec<MacAddr>,
}

/// The IPv4 network in which the machines boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhcpNetwork {
    /// The network.
    pub net: Ipv4Net,
    /// Its gateway.
    pub router: Option<Ipv4Addr>,
    /// First and last address for machines that have none of their own.
    pub pool: Option<(Ipv4Addr, Ipv4Addr)>,
    /// How long a lease holds, in seconds; unset means for ever.
    pub lease: Option<u32>,
}

impl DhcpNetwork {
    /// Returns how long a lease holds, in seconds; 4294967295 is for ever (RFC 2131, 3.3).
    pub fn seconds(&self) -> u32 {
        self.lease.unwrap_or(u32::MAX)
    }
}

/// One of several helpers that share an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helpernode {
    /// Its short name.
    pub name: Label,
    /// Its own address.
    pub address: IpAddr,
    /// Whether it has the shared address first.
    pub is_master: bool,
    /// Its priority, 1 to 254 (RFC 9568, 5.2.4).
    pub priority: u8,
}

/// A registry that mirrors the release: helpernode's `setup_registry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// The repository on it, such as `ocp4/openshift4`.
    pub repository: String,
}

/// What install-config says that vars.yaml of helpernode does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Install {
    /// The file that holds the pull secret, as written.
    pub pull_secret: Option<String>,
    /// The file that holds the public SSH key, as written.
    pub ssh_key: Option<String>,
    /// The file of authorities that the cluster shall trust, as written.
    pub trust_bundle: Option<String>,
    /// Whether the cluster runs in FIPS mode.
    pub fips: bool,
    /// The networks of pods, each with the prefix length of a node's share; none where vars.yaml says nothing.
    pub pods: Vec<(IpNet, u8)>,
    /// The networks of services; none where vars.yaml says nothing.
    pub services: Vec<IpNet>,
    /// The proxy to the world.
    pub proxy: Option<Proxy>,
}

/// A proxy to the world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxy {
    /// For http.
    pub http: Option<String>,
    /// For https.
    pub https: Option<String>,
    /// What is reached without it, with commas.
    pub no_proxy: Option<String>,
}
