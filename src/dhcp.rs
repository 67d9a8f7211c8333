//! DHCP on the wire: packets, sockets, and questions to whoever gives addresses.

pub mod ask;
pub mod packet;
pub mod socket;

/// Where clients ask DHCP servers (RFC 2131).
pub const SERVER_PORT: u16 = 67;

/// Where clients listen.
pub const CLIENT_PORT: u16 = 68;

/// The largest packet that is read, in bytes.
pub const MOST_PACKET: usize = 1500;
