//! What boot loaders read: PXELINUX, iPXE and GRUB text, as any server may send it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::probe::script::{LoaderMachine, grub, ipxe, pxelinux, text};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = text(bytes) else { return };
    let mac = "52:54:00:60:72:67".parse().expect("a MAC address");
    let machine = LoaderMachine { mac: Some(mac), server: "192.0.2.77".to_owned() };
    let _ = pxelinux::read(text);
    let _ = grub::read(text, &machine);
    let _ = ipxe::read(text, &machine, "http://192.0.2.77:8080/boot.ipxe");
});
