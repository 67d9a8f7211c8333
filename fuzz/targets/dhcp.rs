//! DHCP packets, as the proxy of `serve` hears them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::serve::dhcp::packet::Packet;
use okdboot::serve::dhcp::proxy::Client;

fuzz_target!(|bytes: &[u8]| {
    if let Some(packet) = Packet::parse(bytes) {
        let _ = Client::of(&packet);
        let again = Packet::parse(&packet.to_bytes()).expect("what was written is read");
        assert_eq!(again.mac, packet.mac);
    }
});
