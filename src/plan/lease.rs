//! What a DHCP server gives the machines of a cluster: the same as the files of `services` have it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::daemon::TimeServer;
use crate::model::mac::MacAddr;
use crate::model::name::{Domain, Label};
use crate::model::node::Node;
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

/// Returns the leases of machines that are no nodes and get netboot.xyz: each has the address of the pool that
/// its place in the list gives it, so that it is the same after every start. Who comes after the last address
/// has none.
pub fn guests(cluster: &Cluster) -> Vec<Lease> {
    let Some(network) = cluster.dhcp_network() else { return Vec::new() };
    let free = network.pool.map(|(first, last)| free(cluster, first, last)).into_iter().flatten();
    let guest = |(mac, address): (&MacAddr, Ipv4Addr)| {
        let name = format!("netboot-{}", mac.hexhyp()).parse().ok()?;
        Some(lease(cluster, network, &name, (*mac, address)))
    };
    cluster.services.netboot.iter().zip(free).filter_map(guest).collect()
}

/// Returns the addresses of a range that no machine of the file has.
fn free(cluster: &Cluster, first: Ipv4Addr, last: Ipv4Addr) -> impl Iterator<Item = Ipv4Addr> {
    let nodes = cluster.nodes.iter().flat_map(Node::addresses);
    let others = cluster.services.others.iter().map(|host| host.address);
    let taken: BTreeSet<IpAddr> = nodes.chain(others).chain([cluster.helper.address]).collect();
    (first.to_bits()..=last.to_bits())
        .map(Ipv4Addr::from_bits)
        .filter(move |at| !taken.contains(&(*at).into()))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The pool has four addresses, of which a node has one.
    #[test]
    fn a_guest_has_the_address_of_its_place() {
        let text = "helper: {ipaddr: 192.0.2.102}\ndns: {domain: example.com, clusterid: lab}\n\
            dhcp: {ipid: 192.0.2.0, netmaskid: 255.255.255.0, poolstart: 192.0.2.100, poolend: 192.0.2.103}\n\
            nodes: [{name: n0, ipaddr: 192.0.2.100, macaddr: \"52:54:00:00:00:01\"}]\n\
            okdboot: {kind: live, services: {dhcp: none, netboot_xyz: [\"52:54:00:00:00:09\", \"52:54:00:00:00:07\", \"52:54:00:00:00:08\"]}}\n";
        let (checked, report) = crate::vars::read("v", text.as_bytes());
        let cluster = checked.unwrap_or_else(|| panic!("{report:?}")).cluster;
        let of = |lease: &Lease| (lease.mac.to_string(), lease.address.to_string());
        let found: Vec<_> = guests(&cluster).iter().map(of).collect();
        let due = [("52:54:00:00:00:09", "192.0.2.101"), ("52:54:00:00:00:07", "192.0.2.103")];
        assert_eq!(found, due.map(|(mac, address)| (mac.to_owned(), address.to_owned())));
        assert!(leases(&cluster).iter().all(|lease| lease.name.as_str() == "n0"));
    }
}
