//! What a proxy answers beside the DHCP server that gives addresses (PXE 2.1; seen in the captures of the
//! firmware that the tests boot).
//!
//! UEFI's PXE gets no option 43: firmware of before 2017 drops a proxy's offer that has it, and asks port
//! 4011 after one that has not. BIOS and iPXE get the shortest one, which says: use this file, look no
//! further. Every answer names the server: iPXE takes no offer without it.

use std::net::Ipv4Addr;

use super::packet::{Kind, MOST_FILE, Packet, option};

/// Boot server discovery is off, and the file is to be used at once (PXE 2.1, table 2-1: sub-option 6).
const USE_FILE: [u8; 4] = [6, 1, 8, 255];

/// The OUIs of Raspberry Pi, which say that they are a PC's BIOS and are not.
const RASPBERRY_PI: [[u8; 3]; 5] =
    [[0xb8, 0x27, 0xeb], [0xdc, 0xa6, 0x32], [0xe4, 0x5f, 0x01], [0x28, 0xcd, 0xc1], [0xd8, 0x3a, 0xdd]];

/// Who asks how to boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// iPXE, which takes a script.
    Ipxe,
    /// BIOS, which takes a program over TFTP.
    Bios,
    /// UEFI on x86-64, over TFTP.
    Uefi,
    /// UEFI on aarch64, over TFTP.
    UefiArm64,
    /// UEFI on x86-64 that boots over HTTP.
    Http,
    /// UEFI on aarch64 that boots over HTTP.
    HttpArm64,
}

/// What it is told to load: a file below the TFTP root, or a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot(pub String);

impl Client {
    /// Finds out who sent a packet; nothing where it does not ask how to boot, or is of a kind that nothing
    /// here boots. Types of architecture are IANA's ("Processor Architecture Types").
    pub fn of(packet: &Packet) -> Option<Self> {
        let class = packet.option(option::CLASS)?;
        let (is_pxe, is_http) = (class.starts_with(b"PXEClient"), class.starts_with(b"HTTPClient"));
        let user = packet.option(option::USER).unwrap_or_default();
        let has_ipxe = user.windows(4).any(|part| part == b"iPXE") || packet.option(option::IPXE).is_some();
        if is_pxe && has_ipxe {
            return Some(Self::Ipxe);
        }
        let mut arches =
            packet.option(option::ARCH)?.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        let client = |arch| match (arch, is_pxe, is_http) {
            (0, true, _) if !RASPBERRY_PI.contains(&packet.mac.oui()) => Some(Self::Bios),
            (7 | 9, true, _) => Some(Self::Uefi),
            (11, true, _) => Some(Self::UefiArm64),
            (16, _, true) => Some(Self::Http),
            (19, _, true) => Some(Self::HttpArm64),
            _ => None,
        };
        arches.find_map(client)
    }

    /// Returns the loaders that it can start, the best first.
    pub fn loaders(self) -> &'static [&'static str] {
        match self {
            Self::Ipxe => &[],
            Self::Bios => &["undionly.kpxe", "lpxelinux.0"],
            Self::Uefi | Self::Http => &["snponly.efi", "ipxe.efi"],
            Self::UefiArm64 | Self::HttpArm64 => &["snponly-arm64.efi"],
        }
    }

    fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::HttpArm64)
    }
}

/// Answers a client's question; `here` is this server's address on the network that heard it.
pub fn answer(packet: &Packet, kind: Kind, client: Client, boot: &Boot, here: Ipv4Addr) -> Packet {
    let class: &[u8] = if client.is_http() { b"HTTPClient" } else { b"PXEClient" };
    let number = if kind == Kind::Discover { 2 } else { 5 };
    let mut options = vec![
        (option::TYPE, vec![number]),
        (option::SERVER, here.octets().to_vec()),
        (option::CLASS, class.to_vec()),
    ];
    let echo = |number: u8| packet.option(number).map(|value| (number, value.to_vec()));
    options.extend(echo(option::UUID));
    match (kind, client) {
        // Who was given a list of boot servers says which one it took.
        (Kind::Request, _) => options.extend(echo(option::VENDOR)),
        (_, Client::Bios | Client::Ipxe) => options.push((option::VENDOR, USE_FILE.to_vec())),
        _ => {}
    }
    let mut file = boot.0.as_bytes().to_vec();
    if client.is_http() || file.len() > MOST_FILE {
        options.push((option::FILE, std::mem::take(&mut file)));
    }
    // A relay finds its client by what it wrote down here.
    options.extend(echo(option::RELAY));
    Packet {
        op: 2,
        yiaddr: Ipv4Addr::UNSPECIFIED,
        ciaddr: if kind == Kind::Discover { Ipv4Addr::UNSPECIFIED } else { packet.ciaddr },
        siaddr: here,
        file,
        options,
        ..packet.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

    fn discover(class: &str, arch: u16, user: Option<&str>) -> Packet {
        let mut options = vec![
            (option::TYPE, vec![1]),
            (option::CLASS, class.as_bytes().to_vec()),
            (option::ARCH, arch.to_be_bytes().to_vec()),
            (option::UUID, vec![0; 17]),
        ];
        options.extend(user.map(|user| (option::USER, user.as_bytes().to_vec())));
        let any = Ipv4Addr::UNSPECIFIED;
        let mac = "52:54:00:00:00:01".parse().unwrap();
        Packet {
            op: 1,
            xid: 7,
            flags: 0,
            ciaddr: any,
            yiaddr: any,
            siaddr: any,
            giaddr: any,
            mac,
            file: Vec::new(),
            options,
        }
    }

    #[test]
    fn clients_are_told_apart() {
        let of = |class: &str, arch, user| Client::of(&discover(class, arch, user));
        assert_eq!(of("PXEClient:Arch:00000:UNDI:002001", 0, None), Some(Client::Bios));
        assert_eq!(of("PXEClient:Arch:00000:UNDI:002001", 0, Some("iPXE")), Some(Client::Ipxe));
        assert_eq!(of("PXEClient:Arch:00007:UNDI:003000", 7, None), Some(Client::Uefi));
        assert_eq!(of("PXEClient:Arch:00007:UNDI:003000", 9, None), Some(Client::Uefi));
        assert_eq!(of("PXEClient:Arch:00011:UNDI:003000", 11, None), Some(Client::UefiArm64));
        assert_eq!(of("HTTPClient:Arch:00016:UNDI:003000", 16, None), Some(Client::Http));
        assert_eq!(of("HTTPClient:Arch:00019:UNDI:003000", 19, None), Some(Client::HttpArm64));
        for (class, arch) in [("PXEClient", 6), ("PXEClient", 16), ("HTTPClient", 7), ("udhcp 1.30", 0)] {
            assert_eq!(of(class, arch, None), None, "{class} {arch}");
        }
        let mut pi = discover("PXEClient", 0, None);
        pi.mac = "b8:27:eb:00:00:01".parse().unwrap();
        assert_eq!(Client::of(&pi), None);
    }

    #[test]
    fn each_gets_the_form_that_it_takes() {
        let boot = Boot("snponly.efi".to_owned());
        let uefi = answer(&discover("PXEClient", 7, None), Kind::Discover, Client::Uefi, &boot, HERE);
        let numbers = |packet: &Packet| packet.options.iter().map(|(number, _)| *number).collect::<Vec<_>>();
        assert_eq!(
            (numbers(&uefi), uefi.siaddr, uefi.file.as_slice()),
            (vec![53, 54, 60, 97], HERE, &b"snponly.efi"[..])
        );
        let bios = answer(&discover("PXEClient", 0, None), Kind::Discover, Client::Bios, &boot, HERE);
        assert_eq!((numbers(&bios), bios.option(43)), (vec![53, 54, 60, 97, 43], Some(&USE_FILE[..])));
        let url = Boot("http://10.77.0.2:8080/loaders/snponly.efi".to_owned());
        let http = answer(&discover("HTTPClient", 16, None), Kind::Discover, Client::Http, &url, HERE);
        assert_eq!(
            (http.file.len(), http.option(60), http.option(67)),
            (0, Some(&b"HTTPClient"[..]), Some(url.0.as_bytes()))
        );
        let mut request = discover("PXEClient", 7, None);
        request.ciaddr = Ipv4Addr::new(10, 77, 0, 85);
        request.options.push((option::RELAY, vec![1, 2]));
        let ack = answer(&request, Kind::Request, Client::Uefi, &boot, HERE);
        assert_eq!(
            (ack.kind(), ack.ciaddr, ack.option(82)),
            (Some(Kind::Ack), request.ciaddr, Some(&[1, 2][..]))
        );
        let long = Boot(format!("http://h/{}", "a".repeat(130)));
        let ipxe = answer(&discover("PXEClient", 0, Some("iPXE")), Kind::Discover, Client::Ipxe, &long, HERE);
        assert_eq!(ipxe.option(67), Some(long.0.as_bytes()));
    }
}
