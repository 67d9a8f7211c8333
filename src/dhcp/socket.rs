//! The sockets of a DHCP server: one interface, and broadcasts.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

/// An interface and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// `eth1`
    pub name: String,
    /// Its address.
    pub address: Ipv4Addr,
}

impl Interface {
    /// Finds the address of an interface.
    pub fn named(name: &str) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.bind_device(Some(name.as_bytes()))?;
        // Nothing is sent: the system only says from where it would be (documentation address, RFC 5737).
        socket.connect(&SocketAddr::from(([192, 0, 2, 1], 9)).into())?;
        match UdpSocket::from(socket).local_addr()?.ip() {
            // Of an interface without an address the system names that of another one.
            IpAddr::V4(address) if is_at(&routes(), name, address) => {
                Ok(Self { name: name.to_owned(), address })
            }
            _ => Err(io::ErrorKind::AddrNotAvailable.into()),
        }
    }

    /// Finds the interface that is in the network of an address of this machine.
    pub fn with(address: Ipv4Addr) -> Option<Self> {
        let routes = routes();
        let mut names = routes.lines().filter_map(|line| line.split_whitespace().next());
        names.find(|name| is_at(&routes, name, address)).map(|name| Self { name: name.to_owned(), address })
    }

    /// Opens a port on the interface, for broadcasts too.
    pub fn open(&self, port: u16) -> io::Result<UdpSocket> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.bind_device(Some(self.name.as_bytes()))?;
        socket.set_broadcast(true)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    }
}

/// Reads the routes of IPv4 (`proc(5)`, /proc/net/route); nothing where they cannot be read.
fn routes() -> String {
    fs::read_to_string("/proc/net/route").unwrap_or_default()
}

/// Says whether an address is in a network that an interface reaches without a gateway.
fn is_at(routes: &str, name: &str, address: Ipv4Addr) -> bool {
    let number = |text: &str| u32::from_str_radix(text, 16).ok().map(u32::from_be);
    routes.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [interface, network, gateway, _, _, _, _, mask, ..] = fields[..] else { return false };
        let (Some(network), Some(mask)) = (number(network), number(mask)) else { return false };
        interface == name && gateway == "00000000" && mask != 0 && u32::from(address) & mask == network
    })
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn an_interface_is_known_by_its_network() {
        let routes = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
             eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
             br0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let at = |name, address: &str| is_at(routes, name, address.parse().unwrap());
        assert!(at("br0", "10.0.2.2"));
        assert!(!at("br0", "10.0.3.2") && !at("eth0", "10.0.2.2") && !at("lo", "10.0.2.2"));
    }
}
