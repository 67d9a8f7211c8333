//! What the servers saw: one value for every packet, file and answer that says how far a machine is.

use std::net::SocketAddr;
use std::time::SystemTime;

use crate::model::mac::MacAddr;

/// One thing that a server saw or did.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it was seen.
    pub at: SystemTime,
    /// The address of the machine, `0.0.0.0` for a DHCP client that has none.
    pub peer: SocketAddr,
    /// The MAC address, where the packet or the request names it.
    pub mac: Option<MacAddr>,
    /// What was seen.
    pub what: What,
}

/// What was seen.
#[derive(Clone, Debug)]
pub enum What {
    /// A DHCP packet of a client.
    Dhcp(Dhcp),
    /// A file over TFTP came to its end.
    Tftp(Transfer),
    /// A file or an answer over HTTP came to its end.
    Http(Transfer),
    /// A machine reported by itself how far it is (`installed`, `failed`).
    Report(String),
}

/// A DHCP packet of a client.
#[derive(Clone, Debug)]
pub struct Dhcp {
    /// `DISCOVER`, `REQUEST`, `DECLINE` and so on, as RFC 2131 names them.
    pub kind: &'static str,
    /// Who speaks.
    pub client: Client,
    /// The processor architecture type of option 93, where it is there.
    pub arch: Option<u16>,
    /// The address that the client asks for or has.
    pub address: Option<std::net::Ipv4Addr>,
    /// What was answered, as one word: `OFFER`, `ACK`, `NAK`; nothing for silence.
    pub answer: Option<&'static str>,
}

/// Who speaks DHCP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Client {
    /// Firmware that asks for a PXE boot.
    Pxe,
    /// Firmware that asks for a UEFI HTTP boot.
    HttpBoot,
    /// iPXE.
    Ipxe,
    /// An installed or live system.
    System,
}

/// A file that was asked for, and how that ended.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The name or path that was asked for, without control characters.
    pub path: String,
    /// `GET`, `HEAD`, `POST`, `RRQ`.
    pub method: String,
    /// The HTTP status, or 200, 403, 404 for what TFTP did.
    pub status: u16,
    /// The bytes of the body that the kernel took.
    pub sent: u64,
    /// The bytes that the whole body has.
    pub size: u64,
    /// The client's name for itself, HTTP only.
    pub agent: Option<String>,
    /// How it ended.
    pub end: End,
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// Bytes are still under way.
    Going,
    /// To its last byte, and the peer went on.
    Whole,
    /// The peer asked only for the size, and took leave (EDK2).
    Probe,
    /// It was refused; the status says why.
    Refused,
    /// The peer ended it before the last byte.
    Aborted,
    /// The peer was not heard of any more.
    Lost,
}

/// Takes what the servers see, from any thread; it must not wait.
pub type Sink = std::sync::Arc<dyn Fn(Event) + Send + Sync>;
