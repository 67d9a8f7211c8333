//! Looks for another server that gives addresses, before this one does: two of them would fight.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use super::packet::{Kind, Packet, option};
use super::socket::Interface;
use super::{CLIENT_PORT, MOST_PACKET, SERVER_PORT};
use crate::model::mac::MacAddr;

/// How long an offer may take: dnsmasq looks for three seconds whether an address is in use.
const PATIENCE: Duration = Duration::from_secs(5);

/// When the question is repeated; a first packet may be lost while a switch learns.
const REPEAT: Duration = Duration::from_secs(2);

/// The broadcast bit of `flags`: an answer reaches whoever has no address.
const BROADCAST: u16 = 0x8000;

/// Asks as each of these machines would, and returns the first server that offers an address.
pub fn other_server(interface: &Interface, macs: &[MacAddr]) -> io::Result<Option<Ipv4Addr>> {
    let socket = interface.open(CLIENT_PORT)?;
    socket.set_nonblocking(false)?;
    let begun = Instant::now();
    let mut next = begun;
    let mut bytes = [0; MOST_PACKET];
    while begun.elapsed() < PATIENCE {
        if Instant::now() >= next {
            next += REPEAT;
            for (xid, mac) in (1..).zip(macs) {
                let to = SocketAddr::from((Ipv4Addr::BROADCAST, SERVER_PORT));
                socket.send_to(&question(*mac, xid).to_bytes(), to)?;
            }
        }
        let left =
            PATIENCE.saturating_sub(begun.elapsed()).min(next.saturating_duration_since(Instant::now()));
        socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        let Ok((length, _)) = socket.recv_from(&mut bytes) else { continue };
        let found = Packet::parse(&bytes[..length]).and_then(|packet| offered(&packet, macs));
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn question(mac: MacAddr, xid: u32) -> Packet {
    let any = Ipv4Addr::UNSPECIFIED;
    Packet {
        op: 1,
        xid,
        flags: BROADCAST,
        ciaddr: any,
        yiaddr: any,
        siaddr: any,
        giaddr: any,
        mac,
        file: Vec::new(),
        options: vec![(option::TYPE, vec![Kind::Discover.number()])],
    }
}

/// The server that offers an address to one of these machines; a proxy offers none.
fn offered(packet: &Packet, macs: &[MacAddr]) -> Option<Ipv4Addr> {
    let is_offer = packet.kind() == Some(Kind::Offer) && !packet.yiaddr.is_unspecified();
    packet.address(option::SERVER).filter(|_| is_offer && macs.contains(&packet.mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_offer_of_an_address_counts() {
        let mac: MacAddr = "52:54:00:00:00:01".parse().unwrap();
        let server = Ipv4Addr::new(192, 0, 2, 1);
        let mut packet = question(mac, 1);
        assert_eq!(offered(&packet, &[mac]), None);
        packet.options = vec![(option::TYPE, vec![2]), (option::SERVER, server.octets().to_vec())];
        assert_eq!(offered(&packet, &[mac]), None, "a proxy");
        packet.yiaddr = Ipv4Addr::new(192, 0, 2, 20);
        assert_eq!(offered(&packet, &[mac]), Some(server));
        assert_eq!(offered(&packet, &["52:54:00:00:00:02".parse().unwrap()]), None);
    }
}
