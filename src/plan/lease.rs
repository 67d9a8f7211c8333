//! What a DHCP server gives the machines of a cluster: the same as the files of `services` have it.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::daemon::TimeServer;
use crate::model::mac::MacAddr;
use crate::model::name::{Domain, Label};
use crate::model::service::DhcpNetwork;

/// What one machine is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The machine's name.
    pub name: Label,
    /// The interface that it asks from.
    pub mac: MacAddr,
    /// Its own address; nobody else ever gets it.
    pub address: Ipv4Addr,
    /// The network that the address is in.
    pub net: Ipv4Net,
    /// The way out of it.
    pub router: Option<Ipv4Addr>,
    /// Whom it asks for names.
    pub name_servers: Vec<Ipv4Addr>,
    /// Whom it asks for the time.
    pub time_server: Option<Ipv4Addr>,
    /// Its whole name.
    pub fqdn: Domain,
    /// The domain of the cluster.
    pub domain: Domain,
    /// Its architecture; unknown of machines that are no nodes.
    pub arch: Option<Arch>,
    /// How long it holds, in seconds; 4294967295 is for ever (RFC 2131, 3.3).
    pub seconds: u32,
}

/// Returns the leases of a cluster: of machines with a MAC address and an IPv4 address in the network.
pub fn leases(cluster: &Cluster) -> Vec<Lease> {
    let Some(network) = cluster.dhcp_network() else { return Vec::new() };
    let nodes = cluster.nodes.iter().map(|node| {
        let macs: Vec<MacAddr> = node.boot_macs().collect();
        (&node.name, cluster.fqdn(node), macs, node.addresses(), Some(node.arch))
    });
    let base = cluster.base();
    let others = cluster.services.others.iter();
    let others =
        others.map(|host| (&host.name, host.name.below(&base), host.macs.clone(), vec![host.address], None));
    let all = nodes.chain(others).flat_map(|(name, fqdn, macs, addresses, arch)| {
        let mut own = addresses.into_iter().filter_map(ipv4);
        let address = own.find(|address| network.net.contains(address));
        let lease = move |mac| {
            let known = lease(cluster, network, name, (mac, address?));
            Some(Lease { arch, fqdn: fqdn.clone(), ..known })
        };
        macs.into_iter().filter_map(lease)
    });
    all.collect()
}

fn lease(
    cluster: &Cluster,
    network: DhcpNetwork,
    name: &Label,
    (mac, address): (MacAddr, Ipv4Addr),
) -> Lease {
    let services = &cluster.services;
    let has_time = services.daemons.time == TimeServer::Chrony;
    Lease {
        name: name.clone(),
        arch: None,
        mac,
        address,
        net: network.net,
        router: network.router,
        name_servers: services.name_servers.iter().copied().filter_map(ipv4).collect(),
        time_server: ipv4(cluster.helper.address).filter(|_| has_time),
        fqdn: name.below(&cluster.base()),
        domain: cluster.base(),
        seconds: network.seconds(),
    }
}

fn ipv4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}
