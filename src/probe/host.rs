//! What this machine knows of its networks: interfaces, its own addresses, its gateway, its resolvers.
//!
//! Nothing is sent: a connected UDP socket only makes the kernel choose a source address.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use ipnet::Ipv4Net;

/// A network that an interface is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The interface.
    pub interface: String,
    /// The network.
    pub network: Ipv4Net,
    /// This machine's address in it.
    pub address: Ipv4Addr,
    /// The default gateway, where it is in this network.
    pub gateway: Option<Ipv4Addr>,
}

/// Lists the networks of this machine, the one with the default gateway first. What cannot be read is
/// as if it were not there: these are offers.
pub fn networks() -> Vec<Attached> {
    let text = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let routes: Vec<KernelRoute> = text.lines().skip(1).filter_map(KernelRoute::parse).collect();
    let mut attached: Vec<Attached> = routes.iter().filter_map(|route| route.attached(&routes)).collect();
    attached.sort_by_key(|attached| attached.gateway.is_none());
    attached
}

/// Returns the name servers of this machine, without one that only this machine can ask.
pub fn resolvers() -> Vec<Ipv4Addr> {
    resolvers_of(&fs::read_to_string("/etc/resolv.conf").unwrap_or_default())
}

fn resolvers_of(text: &str) -> Vec<Ipv4Addr> {
    let server = |line: &str| line.trim().strip_prefix("nameserver")?.trim().parse::<Ipv4Addr>().ok();
    text.lines().filter_map(server).filter(|address| !address.is_loopback()).collect()
}

/// A line of `/proc/net/route`.
#[derive(Debug, PartialEq, Eq)]
struct KernelRoute {
    interface: String,
    network: Ipv4Net,
    gateway: Option<Ipv4Addr>,
}

impl KernelRoute {
    /// The numbers are the words of memory, written in hexadecimal.
    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| {
            let word = u32::from_str_radix(fields.get(at)?, 16).ok()?;
            Some(Ipv4Addr::from(word.to_ne_bytes()))
        };
        let (destination, gateway, mask) = (number(1)?, number(2)?, number(7)?);
        let network = Ipv4Net::with_netmask(destination, mask).ok()?;
        let gateway = (!gateway.is_unspecified()).then_some(gateway);
        Some(Self { interface: fields.first()?.to_string(), network, gateway })
    }

    fn attached(&self, routes: &[Self]) -> Option<Attached> {
        let is_own = self.gateway.is_none() && (1..=30).contains(&self.network.prefix_len());
        let address = is_own.then(|| source_towards(self.network))??;
        let mut gateways = routes.iter().filter(|route| route.network.prefix_len() == 0);
        let gateway =
            gateways.find_map(|route| route.gateway.filter(|gateway| self.network.contains(gateway)));
        Some(Attached { interface: self.interface.clone(), network: self.network, address, gateway })
    }
}

/// Asks the kernel which address it would send from.
fn source_towards(network: Ipv4Net) -> Option<Ipv4Addr> {
    let target = network.hosts().next()?;
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((target, 9)).ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(own) if network.contains(own.ip()) => Some(*own.ip()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_the_kernel_are_read() {
        let word = |address: &str| {
            let octets = address.parse::<Ipv4Addr>().unwrap().octets();
            format!("{:08X}", u32::from_ne_bytes(octets))
        };
        let line = |destination: &str, gateway: &str, mask: &str| {
            format!(
                "eth0\t{}\t{}\t0003\t0\t0\t100\t{}\t0\t0\t0",
                word(destination),
                word(gateway),
                word(mask)
            )
        };
        let own = KernelRoute::parse(&line("192.168.7.0", "0.0.0.0", "255.255.255.0")).unwrap();
        assert_eq!((own.network.to_string().as_str(), own.gateway), ("192.168.7.0/24", None));
        let default = KernelRoute::parse(&line("0.0.0.0", "192.168.7.1", "0.0.0.0")).unwrap();
        assert_eq!(default.gateway, Some(Ipv4Addr::new(192, 168, 7, 1)));
        assert_eq!(KernelRoute::parse("Iface Destination"), None);
    }

    #[test]
    fn resolvers_are_those_that_others_can_ask() {
        let text = "# x\nnameserver 127.0.0.53\nnameserver 9.9.9.9\nnameserver fd00::1\nsearch lab\n";
        assert_eq!(resolvers_of(text), [Ipv4Addr::new(9, 9, 9, 9)]);
    }
}
