//! Which addresses of a network a host can have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Says whether a host can have an address: inside, and neither the network's own nor broadcast.
pub fn is_host(net: IpNet, address: IpAddr) -> bool {
    let broadcast = net.addr().is_ipv4() && address == net.broadcast();
    let own = address == net.network() || broadcast;
    net.contains(&address) && (net.max_prefix_len() - net.prefix_len() <= 1 || !own)
}

/// Names the first and the last host of a network.
pub fn hosts(net: IpNet) -> String {
    let net = net.trunc();
    let hosts = match net {
        IpNet::V4(net) => {
            let edge = u32::from(net.prefix_len() < 31);
            let first = Ipv4Addr::from_bits(net.network().to_bits() + edge);
            (first.into(), Ipv4Addr::from_bits(net.broadcast().to_bits() - edge).into())
        }
        IpNet::V6(net) => {
            let edge = u128::from(net.prefix_len() < 127);
            let first = Ipv6Addr::from_bits(net.network().to_bits() + edge);
            (IpAddr::from(first), IpAddr::from(net.broadcast()))
        }
    };
    if hosts.0 == hosts.1 { format!("{} alone", hosts.0) } else { format!("{} to {}", hosts.0, hosts.1) }
}
