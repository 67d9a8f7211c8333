//! What a proxy answers beside the DHCP server that gives addresses (PXE 2.1; seen in the captures of the
//! firmware that the tests boot).
//!
//! UEFI's PXE gets no option 43: firmware of before 2017 drops a proxy's offer that has it, and asks port
//! 4011 after one that has not. BIOS and iPXE get the shortest one, which says: use this file, look no
//! further. Every answer names the server: iPXE takes no offer without it.

use std::net::Ipv4Addr;

use super::client::{BootFile, DhcpClient};
use crate::dhcp::packet::{DhcpMessageType, DhcpPacket, MOST_FILE, option};

/// Boot server discovery is off, and the file is to be used at once (PXE 2.1, table 2-1: sub-option 6).
const USE_FILE: [u8; 4] = [6, 1, 8, 255];

/// Answers a client's question; `here` is this server's address on the network that heard it.
pub fn answer(
    packet: &DhcpPacket,
    kind: DhcpMessageType,
    client: DhcpClient,
    boot: &BootFile,
    here: Ipv4Addr,
) -> DhcpPacket {
    let class: &[u8] = if client.is_http() { b"HTTPClient" } else { b"PXEClient" };
    let said = if kind == DhcpMessageType::Discover { DhcpMessageType::Offer } else { DhcpMessageType::Ack };
    let mut options = vec![
        (option::TYPE, vec![said.number()]),
        (option::SERVER, here.octets().to_vec()),
        (option::CLASS, class.to_vec()),
    ];
    let echo = |number: u8| packet.option(number).map(|value| (number, value.to_vec()));
    options.extend(echo(option::UUID));
    match (kind, client) {
        // Who was given a list of boot servers says which one it took.
        (DhcpMessageType::Request, _) => options.extend(echo(option::VENDOR)),
        (_, DhcpClient::Bios | DhcpClient::Ipxe) => options.push((option::VENDOR, USE_FILE.to_vec())),
        _ => {}
    }
    let mut file = boot.0.as_bytes().to_vec();
    if client.is_http() || file.len() > MOST_FILE {
        options.push((option::FILE, std::mem::take(&mut file)));
    }
    // A relay finds its client by what it wrote down here.
    options.extend(echo(option::RELAY));
    DhcpPacket {
        op: 2,
        yiaddr: Ipv4Addr::UNSPECIFIED,
        ciaddr: if kind == DhcpMessageType::Discover { Ipv4Addr::UNSPECIFIED } else { packet.ciaddr },
        siaddr: here,
        file,
        options,
        ..packet.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::tests::discover;
    use super::*;

    const HERE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

    #[test]
    fn each_gets_the_form_that_it_takes() {
        let boot = BootFile("snponly.efi".to_owned());
        let uefi =
            answer(&discover("PXEClient", 7, None), DhcpMessageType::Discover, DhcpClient::Uefi, &boot, HERE);
        let numbers =
            |packet: &DhcpPacket| packet.options.iter().map(|(number, _)| *number).collect::<Vec<_>>();
        assert_eq!(
            (numbers(&uefi), uefi.siaddr, uefi.file.as_slice()),
            (vec![53, 54, 60, 97], HERE, &b"snponly.efi"[..])
        );
        let bios =
            answer(&discover("PXEClient", 0, None), DhcpMessageType::Discover, DhcpClient::Bios, &boot, HERE);
        assert_eq!((numbers(&bios), bios.option(43)), (vec![53, 54, 60, 97, 43], Some(&USE_FILE[..])));
        let url = BootFile("http://10.77.0.2:8080/loaders/snponly.efi".to_owned());
        let http = answer(
            &discover("HTTPClient", 16, None),
            DhcpMessageType::Discover,
            DhcpClient::Http,
            &url,
            HERE,
        );
        assert_eq!(
            (http.file.len(), http.option(60), http.option(67)),
            (0, Some(&b"HTTPClient"[..]), Some(url.0.as_bytes()))
        );
        let mut request = discover("PXEClient", 7, None);
        request.ciaddr = Ipv4Addr::new(10, 77, 0, 85);
        request.options.push((option::RELAY, vec![1, 2]));
        let ack = answer(&request, DhcpMessageType::Request, DhcpClient::Uefi, &boot, HERE);
        assert_eq!(
            (ack.kind(), ack.ciaddr, ack.option(82)),
            (Some(DhcpMessageType::Ack), request.ciaddr, Some(&[1, 2][..]))
        );
        let long = BootFile(format!("http://h/{}", "a".repeat(130)));
        let ipxe = answer(
            &discover("PXEClient", 0, Some("iPXE")),
            DhcpMessageType::Discover,
            DhcpClient::Ipxe,
            &long,
            HERE,
        );
        assert_eq!(ipxe.option(67), Some(long.0.as_bytes()));
    }
}
