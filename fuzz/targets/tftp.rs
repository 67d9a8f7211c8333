//! Packets of TFTP servers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::probe::tftp::TftpPacket;

fuzz_target!(|bytes: &[u8]| {
    let _ = TftpPacket::parse(bytes);
});
