//! Words for systemd (`sd_notify(3)`).

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Says something where systemd wants to hear it. That nobody hears is no fault.
pub(super) fn say(socket: Option<&str>, words: &str) {
    let Some(name) = socket else { return };
    let address = match name.strip_prefix('@') {
        Some(hidden) => SocketAddr::from_abstract_name(hidden),
        None => SocketAddr::from_pathname(name),
    };
    let (Ok(address), Ok(socket)) = (address, UnixDatagram::unbound()) else { return };
    let _ = socket.send_to_addr(words.as_bytes(), &address);
}
