//! DHCP packets, as `serve` hears them: as a proxy, and as the server that gives addresses.
#![no_main]

use std::net::Ipv4Addr;

use libfuzzer_sys::fuzz_target;
use okdboot::dhcp::packet::DhcpPacket;
use okdboot::plan::lease::Lease;
use okdboot::serve::dhcp::client::{BootFile, DhcpClient};
use okdboot::serve::dhcp::full::{self, LeaseVerdict};
use okdboot::serve::dhcp::proxy;

const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

fn lease(packet: &DhcpPacket) -> Lease {
    Lease {
        name: "w0".parse().expect("a label"),
        mac: packet.mac,
        address: Ipv4Addr::new(192, 0, 2, 20),
        net: "192.0.2.0/24".parse().expect("a network"),
        router: Some(HERE),
        name_servers: vec![HERE],
        time_server: None,
        fqdn: "w0.lab.example.com".parse().expect("a name"),
        domain: "lab.example.com".parse().expect("a name"),
        arch: None,
        seconds: 3600,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(packet) = DhcpPacket::parse(bytes) else { return };
    let again = DhcpPacket::parse(&packet.to_bytes()).expect("what was written is read");
    assert_eq!(again.mac, packet.mac);
    let lease = lease(&packet);
    let reply = full::bootp(&packet, &lease, None, HERE);
    assert_eq!(DhcpPacket::parse(&reply.to_bytes()).expect("what was written is read").yiaddr, lease.address);
    let Some(kind) = packet.kind() else { return };
    let boot = BootFile("http://192.0.2.2:8080/assets/loaders/snponly.efi".to_owned());
    let client = DhcpClient::of(&packet);
    if let Some(client) = client {
        let answer = proxy::answer(&packet, kind, client, &boot, HERE);
        assert!(DhcpPacket::parse(&answer.to_bytes()).is_some());
    }
    if let LeaseVerdict::Say(said) = full::judge(&packet, kind, &lease, HERE) {
        let answer = full::answer(&packet, said, &lease, client.map(|client| (client, &boot)), HERE);
        let read = DhcpPacket::parse(&answer.to_bytes()).expect("what was written is read");
        assert!(read.yiaddr.is_unspecified() || read.yiaddr == lease.address);
    }
});
