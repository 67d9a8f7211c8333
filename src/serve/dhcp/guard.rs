//! Looks for another server that gives addresses, before this one does: two of them would fight.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::dhcp::ask;
use crate::dhcp::packet::{DhcpPacket, option};
use crate::dhcp::socket::Interface;
use crate::model::mac::MacAddr;

/// How long an offer may take: dnsmasq looks for three seconds whether an address is in use.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks as each of these machines would, and returns the first server that offers an address.
pub fn other_server(interface: &Interface, macs: &[MacAddr]) -> io::Result<Option<Ipv4Addr>> {
    let questions: Vec<DhcpPacket> = (1..).zip(macs).map(|(xid, mac)| ask::discover(*mac, xid)).collect();
    let is_found = |offers: &[DhcpPacket]| offers.iter().any(|offer| server(offer).is_some());
    let offers = ask::offers(interface, &questions, PATIENCE, is_found)?;
    Ok(offers.iter().find_map(server))
}

/// The server that offers an address; a proxy offers none.
fn server(offer: &DhcpPacket) -> Option<Ipv4Addr> {
    offer.address(option::SERVER).filter(|_| !offer.yiaddr.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_offer_of_an_address_counts() {
        let own = Ipv4Addr::new(192, 0, 2, 1);
        let mut offer = ask::discover("52:54:00:00:00:01".parse().unwrap(), 1);
        offer.options = vec![(option::TYPE, vec![2]), (option::SERVER, own.octets().to_vec())];
        assert_eq!(server(&offer), None, "a proxy");
        offer.yiaddr = Ipv4Addr::new(192, 0, 2, 20);
        assert_eq!(server(&offer), Some(own));
    }
}
