//! Full DHCP: each machine of vars.yaml gets the address that is its own, and nobody else gets any
//! (RFC 2131, 4.3). There is nothing to remember, so that a restart forgets nothing.

use std::net::Ipv4Addr;

use super::client::{BootFile, DhcpClient};
use crate::dhcp::packet::{DhcpMessageType, DhcpPacket, MOST_FILE, option};
use crate::plan::lease::Lease;

/// iPXE does not wait for a proxy: its option 176, of one byte (src/include/ipxe/dhcp.h, `DHCP_EB_NO_PXEDHCP`).
const NO_PROXY: [u8; 3] = [176, 1, 1];

/// What every client takes, in bytes (RFC 2131, 2: 576 with the headers of IP and UDP).
const MOST: usize = 548;

/// What a packet of a machine with a lease comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseVerdict {
    /// It gets this answer.
    Say(DhcpMessageType),
    /// It takes the offer of another server.
    Elsewhere(Ipv4Addr),
    /// It found that another machine has its address.
    Taken,
    /// It wants no answer.
    Silence,
}

/// What BOOTP has for options, in bytes: 64 without the cookie and the end.
const MOST_VENDOR: usize = 59;

/// What the machine boots, and how it is told.
pub type BootRule<'a> = Option<(DhcpClient, &'a BootFile)>;

/// Judges a packet of the machine that a lease is for.
pub fn judge(packet: &DhcpPacket, kind: DhcpMessageType, lease: &Lease, here: Ipv4Addr) -> LeaseVerdict {
    if let Some(other) = packet.address(option::SERVER).filter(|server| *server != here) {
        return if kind == DhcpMessageType::Request {
            LeaseVerdict::Elsewhere(other)
        } else {
            LeaseVerdict::Silence
        };
    }
    // Who renews has its address in the head; everybody else names it in an option.
    let asked = packet.address(option::ADDRESS).unwrap_or(packet.ciaddr);
    match kind {
        DhcpMessageType::Discover => LeaseVerdict::Say(DhcpMessageType::Offer),
        DhcpMessageType::Request if asked == lease.address => LeaseVerdict::Say(DhcpMessageType::Ack),
        DhcpMessageType::Request => LeaseVerdict::Say(DhcpMessageType::Nak),
        DhcpMessageType::Inform => LeaseVerdict::Say(DhcpMessageType::Ack),
        DhcpMessageType::Decline => LeaseVerdict::Taken,
        _ => LeaseVerdict::Silence,
    }
}

/// Writes an answer; `said` is an offer, an agreement or a refusal.
pub fn answer(
    packet: &DhcpPacket,
    said: DhcpMessageType,
    lease: &Lease,
    boots: BootRule,
    here: Ipv4Addr,
) -> DhcpPacket {
    let is_inform = packet.kind() == Some(DhcpMessageType::Inform);
    let mut answer = DhcpPacket {
        op: 2,
        yiaddr: Ipv4Addr::UNSPECIFIED,
        ciaddr: if said == DhcpMessageType::Offer { Ipv4Addr::UNSPECIFIED } else { packet.ciaddr },
        siaddr: Ipv4Addr::UNSPECIFIED,
        file: Vec::new(),
        options: vec![(option::TYPE, vec![said.number()]), (option::SERVER, here.octets().to_vec())],
        ..packet.clone()
    };
    let echo = |number: u8| packet.option(number).map(|value| (number, value.to_vec()));
    if said == DhcpMessageType::Nak {
        answer.ciaddr = Ipv4Addr::UNSPECIFIED;
        // A relay hands it to all: the client has no address that is its own (RFC 2131, 4.3.2).
        answer.flags |= 0x8000;
        answer.options.push((option::MESSAGE, b"not the address of this machine".to_vec()));
    } else {
        if !is_inform {
            answer.yiaddr = lease.address;
            answer.options.extend(times(lease.seconds));
        }
        answer.options.extend(network(lease));
        boot(&mut answer, boots, here);
    }
    // RFC 6842, and RFC 3046: a relay finds its client by what it wrote down here.
    answer.options.extend([option::CLIENT, option::UUID, option::RELAY].into_iter().filter_map(echo));
    if answer.to_bytes().len() > MOST {
        answer.options.retain(|(number, _)| *number != option::SEARCH);
    }
    answer
}

/// Writes an answer of plain BOOTP: the same without a lease, as far as its 64 bytes go (RFC 951, 3).
pub fn bootp(packet: &DhcpPacket, lease: &Lease, boots: BootRule, here: Ipv4Addr) -> DhcpPacket {
    let mut answer = DhcpPacket {
        op: 2,
        yiaddr: lease.address,
        siaddr: Ipv4Addr::UNSPECIFIED,
        file: Vec::new(),
        options: network(lease),
        ..packet.clone()
    };
    boot(&mut answer, boots, here);
    let mut left = MOST_VENDOR;
    answer.options.retain(|(_, value)| {
        let fits = value.len() + 2 <= left;
        left -= if fits { value.len() + 2 } else { 0 };
        fits
    });
    answer
}

/// The lease, and when it is asked for again: at half of it, and at seven eighths (RFC 2131, 4.4.5).
fn times(seconds: u32) -> [(u8, Vec<u8>); 3] {
    let of = |share: u32| if seconds == u32::MAX { seconds } else { seconds / 8 * share };
    [(option::LEASE, seconds), (option::RENEW, of(4)), (option::REBIND, of(7))]
        .map(|(number, value)| (number, value.to_be_bytes().to_vec()))
}

fn network(lease: &Lease) -> Vec<(u8, Vec<u8>)> {
    let addresses = |number: u8, list: &mut dyn Iterator<Item = Ipv4Addr>| {
        (number, list.flat_map(|address| address.octets()).collect::<Vec<u8>>())
    };
    let one = |number, address: Option<Ipv4Addr>| addresses(number, &mut address.into_iter());
    let text = |number, text: &str| (number, text.as_bytes().to_vec());
    let all = [
        one(option::MASK, Some(lease.net.netmask())),
        one(option::BROADCAST, Some(lease.net.broadcast())),
        one(option::ROUTER, lease.router),
        addresses(option::NAME_SERVERS, &mut lease.name_servers.iter().copied()),
        text(option::HOST_NAME, lease.fqdn.as_str()),
        text(option::DOMAIN, lease.domain.as_str()),
        one(option::TIME_SERVERS, lease.time_server),
        (option::SEARCH, labels(lease.domain.as_str())),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// A name as DNS has it (RFC 1035, 3.1).
fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len() + 2);
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// Adds what the machine boots, in the one form that all firmware takes: with the address.
fn boot(answer: &mut DhcpPacket, boots: BootRule, here: Ipv4Addr) {
    let Some((client, boot)) = boots else { return };
    answer.siaddr = here;
    let bytes = boot.0.as_bytes().to_vec();
    match client {
        DhcpClient::Petitboot => {
            let (prefix, file) = boot.0.split_once("pxelinux.cfg").unwrap_or(("", &boot.0));
            answer.options.push((option::CONFIG, format!("pxelinux.cfg{file}").into_bytes()));
            answer.options.push((option::PREFIX, prefix.as_bytes().to_vec()));
            return;
        }
        DhcpClient::Ipxe => answer.options.push((option::IPXE, NO_PROXY.to_vec())),
        client if client.is_http() => answer.options.push((option::CLASS, b"HTTPClient".to_vec())),
        _ => {}
    }
    if client.is_http() || bytes.len() > MOST_FILE {
        answer.options.push((option::FILE, bytes));
    } else {
        answer.file = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::tests::discover;
    use super::*;

    const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
    const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 20);

    fn lease() -> Lease {
        Lease {
            name: "w0".parse().unwrap(),
            mac: "52:54:00:00:00:01".parse().unwrap(),
            address: OWN,
            net: "192.0.2.0/24".parse().unwrap(),
            router: None,
            name_servers: vec![HERE, Ipv4Addr::new(192, 0, 2, 3)],
            time_server: Some(HERE),
            fqdn: "w0.lab.example.com".parse().unwrap(),
            domain: "lab.example.com".parse().unwrap(),
            arch: None,
            seconds: 3600,
        }
    }

    #[test]
    fn bootp_gets_an_address_for_ever_and_its_loader_in_three_hundred_bytes() {
        let mut packet = discover("PXEClient", 7, None);
        packet.options.clear();
        assert_eq!(packet.kind(), None);
        let file = BootFile("boot/grub2/powerpc-ieee1275/core.elf".to_owned());
        let domain = format!("lab.{}.example.com", "a".repeat(40));
        let lease = Lease { router: Some(HERE), domain: domain.parse().unwrap(), ..lease() };
        let answer = bootp(&packet, &lease, Some((DhcpClient::OpenFirmware, &file)), HERE);
        assert_eq!((answer.op, answer.yiaddr, answer.siaddr, answer.kind()), (2, OWN, HERE, None));
        assert_eq!(answer.file, file.0.as_bytes());
        assert_eq!(answer.to_bytes().len(), 300);
        assert_eq!(answer.option(option::ROUTER), Some(&HERE.octets()[..]));
        // What does not fit is left out whole.
        assert_eq!((answer.option(option::LEASE), answer.option(option::DOMAIN)), (None, None));
        let plain = bootp(&packet, &lease, None, HERE);
        assert_eq!((plain.siaddr, plain.file.len()), (Ipv4Addr::UNSPECIFIED, 0));
    }

    fn request(address: Option<Ipv4Addr>, server: Option<Ipv4Addr>, own: Ipv4Addr) -> DhcpPacket {
        let mut packet = discover("PXEClient", 7, None);
        packet.options[0] = (option::TYPE, vec![3]);
        packet.ciaddr = own;
        packet.options.extend(address.map(|it| (option::ADDRESS, it.octets().to_vec())));
        packet.options.extend(server.map(|it| (option::SERVER, it.octets().to_vec())));
        packet
    }

    #[test]
    fn a_machine_gets_its_own_address_or_is_told_that_it_is_another() {
        let (any, other) = (Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(192, 0, 2, 99));
        let of = |packet: &DhcpPacket| judge(packet, packet.kind().unwrap(), &lease(), HERE);
        assert_eq!(of(&discover("PXEClient", 7, None)), LeaseVerdict::Say(DhcpMessageType::Offer));
        for (packet, due) in [
            (request(Some(OWN), Some(HERE), any), LeaseVerdict::Say(DhcpMessageType::Ack)),
            (request(Some(OWN), None, any), LeaseVerdict::Say(DhcpMessageType::Ack)),
            (request(None, None, OWN), LeaseVerdict::Say(DhcpMessageType::Ack)),
            (request(Some(other), Some(HERE), any), LeaseVerdict::Say(DhcpMessageType::Nak)),
            (request(Some(other), None, any), LeaseVerdict::Say(DhcpMessageType::Nak)),
            (request(None, None, other), LeaseVerdict::Say(DhcpMessageType::Nak)),
            (request(Some(other), Some(other), any), LeaseVerdict::Elsewhere(other)),
        ] {
            assert_eq!(of(&packet), due, "{packet:?}");
        }
        let mut decline = request(Some(OWN), Some(HERE), any);
        decline.options[0].1 = vec![4];
        assert_eq!(of(&decline), LeaseVerdict::Taken);
        decline.options[0].1 = vec![7];
        assert_eq!(of(&decline), LeaseVerdict::Silence);
    }

    #[test]
    fn an_answer_has_the_address_and_the_boot_file() {
        let boot = BootFile("snponly.efi".to_owned());
        let offer = answer(
            &discover("PXEClient", 7, None),
            DhcpMessageType::Offer,
            &lease(),
            Some((DhcpClient::Uefi, &boot)),
            HERE,
        );
        assert_eq!((offer.yiaddr, offer.siaddr, offer.file.as_slice()), (OWN, HERE, &b"snponly.efi"[..]));
        let numbers: Vec<u8> = offer.options.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [53, 54, 51, 58, 59, 1, 28, 6, 12, 15, 42, 119, 97]);
        assert_eq!(offer.option(58), Some(&1800_u32.to_be_bytes()[..]));
        assert_eq!(offer.option(12), Some(&b"w0.lab.example.com"[..]));
        assert_eq!(offer.option(119), Some(&b"\x03lab\x07example\x03com\x00"[..]));
        assert_eq!(offer.option(6).unwrap().len(), 8);

        let script = BootFile("http://192.0.2.2:8080/ipxe/52-54-00-00-00-01.ipxe".to_owned());
        let ipxe = answer(
            &discover("PXEClient", 0, Some("iPXE")),
            DhcpMessageType::Offer,
            &lease(),
            Some((DhcpClient::Ipxe, &script)),
            HERE,
        );
        assert_eq!((ipxe.option(175), ipxe.file.as_slice()), (Some(&NO_PROXY[..]), script.0.as_bytes()));

        let own = BootFile("http://192.0.2.2:8080/tftp/pxelinux.cfg/01-52-54-00-00-00-01".to_owned());
        let power = answer(
            &discover("", 14, None),
            DhcpMessageType::Offer,
            &lease(),
            Some((DhcpClient::Petitboot, &own)),
            HERE,
        );
        assert_eq!(power.option(209), Some(&b"pxelinux.cfg/01-52-54-00-00-00-01"[..]));
        assert_eq!(power.option(210), Some(&b"http://192.0.2.2:8080/tftp/"[..]));
    }

    #[test]
    fn a_refusal_gives_nothing_and_a_lease_for_ever_stays_so() {
        let nak = answer(&request(Some(HERE), None, HERE), DhcpMessageType::Nak, &lease(), None, HERE);
        assert_eq!(
            (nak.kind(), nak.yiaddr, nak.ciaddr),
            (Some(DhcpMessageType::Nak), nak.ciaddr, nak.siaddr)
        );
        assert_eq!((nak.option(51), nak.option(1)), (None, None));
        let for_ever = Lease { seconds: u32::MAX, ..lease() };
        let ack = answer(&request(None, None, OWN), DhcpMessageType::Ack, &for_ever, None, HERE);
        assert_eq!((ack.option(51), ack.option(58), ack.ciaddr), (ack.option(59), ack.option(59), OWN));
        assert_eq!(ack.option(51), Some(&[255; 4][..]));
        let mut inform = request(None, None, OWN);
        inform.options[0].1 = vec![8];
        let told = answer(&inform, DhcpMessageType::Ack, &lease(), None, HERE);
        assert_eq!((told.yiaddr, told.option(51)), (Ipv4Addr::UNSPECIFIED, None));
    }

    #[test]
    fn an_answer_stays_as_small_as_every_client_takes_it() {
        let long = format!("{}.example.com", vec!["a".repeat(60); 3].join("."));
        let lease =
            Lease { fqdn: format!("w0.{long}").parse().unwrap(), domain: long.parse().unwrap(), ..lease() };
        let boot = BootFile(format!("http://192.0.2.2/{}", "b".repeat(120)));
        let offer = answer(
            &discover("HTTPClient", 16, None),
            DhcpMessageType::Offer,
            &lease,
            Some((DhcpClient::Http, &boot)),
            HERE,
        );
        assert_eq!(offer.option(119), None);
        assert!(offer.option(67).is_some());
    }
}
