//! DHCP packets (RFC 2131, RFC 2132): fixed fields, and options in the order in which they came.

use std::net::Ipv4Addr;

use crate::model::mac::MacAddr;

/// What stands before the options (RFC 2131, 3).
const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// Where the options begin.
const HEAD: usize = 240;

/// The smallest packet that old relays and ROMs take (RFC 1542, 2.1), in bytes.
const LEAST: usize = 300;

/// The longest boot file that the fixed field holds, in bytes, without the NUL.
pub const MOST_FILE: usize = 127;

/// Numbers of options (IANA, "BOOTP Vendor Extensions and DHCP Options").
pub mod option {
    /// Subnet mask.
    pub const MASK: u8 = 1;
    /// Routers.
    pub const ROUTER: u8 = 3;
    /// Name servers.
    pub const NAME_SERVERS: u8 = 6;
    /// Host name.
    pub const HOST_NAME: u8 = 12;
    /// Domain name.
    pub const DOMAIN: u8 = 15;
    /// Broadcast address.
    pub const BROADCAST: u8 = 28;
    /// Time servers (NTP).
    pub const TIME_SERVERS: u8 = 42;
    /// Requested IP address.
    pub const ADDRESS: u8 = 50;
    /// How long a lease holds, in seconds.
    pub const LEASE: u8 = 51;
    /// Message type.
    pub const TYPE: u8 = 53;
    /// Server identifier.
    pub const SERVER: u8 = 54;
    /// Options that a client wants.
    pub const WANTED: u8 = 55;
    /// A message for the log of the other side.
    pub const MESSAGE: u8 = 56;
    /// When a client asks its server again, in seconds.
    pub const RENEW: u8 = 58;
    /// When a client asks any server again, in seconds.
    pub const REBIND: u8 = 59;
    /// Vendor class identifier.
    pub const CLASS: u8 = 60;
    /// Vendor-specific information.
    pub const VENDOR: u8 = 43;
    /// Client identifier.
    pub const CLIENT: u8 = 61;
    /// Boot file name.
    pub const FILE: u8 = 67;
    /// User class (RFC 3004; iPXE sends the bare word).
    pub const USER: u8 = 77;
    /// Relay agent information (RFC 3046).
    pub const RELAY: u8 = 82;
    /// Client system architecture (RFC 4578).
    pub const ARCH: u8 = 93;
    /// Client machine identifier (RFC 4578).
    pub const UUID: u8 = 97;
    /// Domains to search (RFC 3397).
    pub const SEARCH: u8 = 119;
    /// iPXE's own.
    pub const IPXE: u8 = 175;
    /// The configuration of PXELINUX (RFC 5071).
    pub const CONFIG: u8 = 209;
    /// What its path begins with (RFC 5071).
    pub const PREFIX: u8 = 210;
}

/// What a packet is (RFC 2132, 9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DhcpMessageType {
    /// A client looks for servers.
    Discover,
    /// A server answers.
    Offer,
    /// A client takes an offer, or asks a boot server.
    Request,
    /// A client found its address in use.
    Decline,
    /// A server agrees.
    Ack,
    /// A server refuses an address.
    Nak,
    /// A client has an address, and asks for everything else.
    Inform,
    /// Anything else.
    Other(u8),
}

/// A packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpPacket {
    /// 1 from a client, 2 from a server.
    pub op: u8,
    /// The transaction.
    pub xid: u32,
    /// The broadcast bit is the highest.
    pub flags: u16,
    /// The client's own address.
    pub ciaddr: Ipv4Addr,
    /// The address that it gets.
    pub yiaddr: Ipv4Addr,
    /// The server that has the boot file.
    pub siaddr: Ipv4Addr,
    /// The relay.
    pub giaddr: Ipv4Addr,
    /// The client's MAC address.
    pub mac: MacAddr,
    /// The boot file.
    pub file: Vec<u8>,
    /// Numbers and values; an option that came in pieces is joined (RFC 3396).
    pub options: Vec<(u8, Vec<u8>)>,
}

impl DhcpMessageType {
    /// Returns its number, as option 53 has it.
    pub fn number(self) -> u8 {
        match self {
            Self::Discover => 1,
            Self::Offer => 2,
            Self::Request => 3,
            Self::Decline => 4,
            Self::Ack => 5,
            Self::Nak => 6,
            Self::Inform => 8,
            Self::Other(number) => number,
        }
    }
}

impl DhcpPacket {
    /// Reads a packet of a client or a server on Ethernet; nothing where it is none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = (bytes.get(..HEAD)?, &bytes[HEAD..]);
        let [op @ 1..=2, 1, 6, ..] = *head else { return None };
        if head[236..] != COOKIE {
            return None;
        }
        let address = |at: usize| Ipv4Addr::new(head[at], head[at + 1], head[at + 2], head[at + 3]);
        let pairs: Vec<String> = head[28..34].iter().map(|byte| format!("{byte:02x}")).collect();
        let file = head[108..236].split(|byte| *byte == 0).next().unwrap_or_default();
        Some(Self {
            op,
            xid: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
            flags: u16::from_be_bytes([head[10], head[11]]),
            ciaddr: address(12),
            yiaddr: address(16),
            siaddr: address(20),
            giaddr: address(24),
            mac: pairs.join(":").parse().ok()?,
            file: file.to_vec(),
            options: options(rest)?,
        })
    }

    /// Returns an option's value.
    pub fn option(&self, number: u8) -> Option<&[u8]> {
        self.options.iter().find(|(found, _)| *found == number).map(|(_, value)| value.as_slice())
    }

    /// Returns an option that is one address.
    pub fn address(&self, number: u8) -> Option<Ipv4Addr> {
        self.option(number).and_then(|value| <[u8; 4]>::try_from(value).ok()).map(Ipv4Addr::from)
    }

    /// Returns what it is; plain BOOTP has no kind.
    pub fn kind(&self) -> Option<DhcpMessageType> {
        let [number] = self.option(option::TYPE)? else { return None };
        Some(match number {
            1 => DhcpMessageType::Discover,
            2 => DhcpMessageType::Offer,
            3 => DhcpMessageType::Request,
            4 => DhcpMessageType::Decline,
            5 => DhcpMessageType::Ack,
            6 => DhcpMessageType::Nak,
            8 => DhcpMessageType::Inform,
            other => DhcpMessageType::Other(*other),
        })
    }

    /// Writes the packet.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; HEAD];
        bytes[..3].copy_from_slice(&[self.op, 1, 6]);
        bytes[4..8].copy_from_slice(&self.xid.to_be_bytes());
        bytes[10..12].copy_from_slice(&self.flags.to_be_bytes());
        for (at, address) in [(12, self.ciaddr), (16, self.yiaddr), (20, self.siaddr), (24, self.giaddr)] {
            bytes[at..at + 4].copy_from_slice(&address.octets());
        }
        bytes[28..34].copy_from_slice(&self.mac.bytes());
        let file = &self.file[..self.file.len().min(MOST_FILE)];
        bytes[108..108 + file.len()].copy_from_slice(file);
        bytes[236..240].copy_from_slice(&COOKIE);
        for (number, value) in &self.options {
            // An option holds 255 bytes; a longer one goes on in another of its number.
            for piece in value.chunks(255) {
                bytes.push(*number);
                bytes.push(u8::try_from(piece.len()).unwrap_or(u8::MAX));
                bytes.extend(piece);
            }
        }
        bytes.push(255);
        bytes.resize(bytes.len().max(LEAST), 0);
        bytes
    }
}

/// Reads options to their end; nothing where one is cut off.
fn options(mut rest: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    let mut options: Vec<(u8, Vec<u8>)> = Vec::new();
    loop {
        match rest {
            [] | [255, ..] => return Some(options),
            [0, more @ ..] => rest = more,
            [number, length, more @ ..] => {
                let length = usize::from(*length);
                let value = more.get(..length)?;
                match options.iter_mut().find(|(found, _)| found == number) {
                    Some((_, known)) => known.extend(value),
                    None => options.push((*number, value.to_vec())),
                }
                rest = &more[length..];
            }
            [_] => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet() -> DhcpPacket {
        DhcpPacket {
            op: 1,
            xid: 0x6a23_c41c,
            flags: 0x8000,
            ciaddr: Ipv4Addr::new(10, 0, 0, 1),
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr: Ipv4Addr::new(10, 0, 0, 2),
            giaddr: Ipv4Addr::UNSPECIFIED,
            mac: "52:54:00:00:00:01".parse().unwrap(),
            file: b"snponly.efi".to_vec(),
            options: vec![(53, vec![1]), (60, b"PXEClient".to_vec()), (43, vec![7; 300])],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let packet = packet();
        assert_eq!(DhcpPacket::parse(&packet.to_bytes()), Some(packet.clone()));
        assert_eq!(packet.kind(), Some(DhcpMessageType::Discover));
        let short = DhcpPacket { options: vec![(53, vec![2])], ..packet };
        assert_eq!(short.to_bytes().len(), LEAST);
    }

    #[test]
    fn what_is_no_packet_is_left_alone() {
        let good = packet().to_bytes();
        for (at, byte) in [(0, 0), (0, 3), (1, 6), (2, 16), (236, 0), (28, 1)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(DhcpPacket::parse(&bad), None, "{at}");
        }
        assert_eq!(DhcpPacket::parse(&good[..239]), None);
        assert_eq!(DhcpPacket::parse(&[&good[..240], &[53, 4, 1][..]].concat()), None);
        assert_eq!(DhcpPacket::parse(&good[..240]).unwrap().options, []);
    }
}
