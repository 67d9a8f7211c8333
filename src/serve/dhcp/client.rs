//! Who asks how to boot, and what it can start.

use crate::dhcp::packet::{DhcpPacket, option};
use crate::model::loaders::Slot;

/// The OUIs of Raspberry Pi, which say that they are a PC's BIOS and are not.
const RASPBERRY_PI: [[u8; 3]; 5] =
    [[0xb8, 0x27, 0xeb], [0xdc, 0xa6, 0x32], [0xe4, 0x5f, 0x01], [0x28, 0xcd, 0xc1], [0xd8, 0x3a, 0xdd]];

/// Who asks how to boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DhcpClient {
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
    /// petitboot of POWER, which reads the file of PXELINUX itself.
    Petitboot,
    /// Open Firmware of POWER, which takes GRUB over TFTP and says nothing of itself.
    OpenFirmware,
}

/// What it is told to load: a file below the TFTP root, or a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootFile(pub String);

impl DhcpClient {
    /// Finds out who sent a packet; nothing where it does not ask how to boot, or is of a kind that nothing
    /// here boots. Types of architecture are IANA's ("Processor Architecture Types").
    pub fn of(packet: &DhcpPacket) -> Option<Self> {
        let class = packet.option(option::CLASS).unwrap_or_default();
        let is_pxe = class.starts_with(b"PXEClient");
        let user = packet.option(option::USER).unwrap_or_default();
        let has_ipxe = user.windows(4).any(|part| part == b"iPXE") || packet.option(option::IPXE).is_some();
        if is_pxe && has_ipxe { Some(Self::Ipxe) } else { Self::of_firmware(packet) }
    }

    /// Finds out what firmware a packet comes from, whatever runs on it.
    pub fn of_firmware(packet: &DhcpPacket) -> Option<Self> {
        let class = packet.option(option::CLASS).unwrap_or_default();
        let (is_pxe, is_http) = (class.starts_with(b"PXEClient"), class.starts_with(b"HTTPClient"));
        let mut arches =
            packet.option(option::ARCH)?.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        let client = |arch| match (arch, is_pxe, is_http) {
            (0, true, _) if !RASPBERRY_PI.contains(&packet.mac.oui()) => Some(Self::Bios),
            (7 | 9, true, _) => Some(Self::Uefi),
            (11, true, _) => Some(Self::UefiArm64),
            (16, _, true) => Some(Self::Http),
            (19, _, true) => Some(Self::HttpArm64),
            (14, _, _) => Some(Self::Petitboot),
            _ => None,
        };
        arches.find_map(client)
    }

    /// Returns the loaders that it can start, the best first.
    pub fn loaders(self) -> &'static [&'static str] {
        match self {
            Self::Ipxe | Self::Petitboot | Self::OpenFirmware => &[],
            Self::Bios => &["undionly.kpxe", "lpxelinux.0"],
            Self::Uefi | Self::Http => &["snponly.efi", "ipxe.efi"],
            Self::UefiArm64 | Self::HttpArm64 => &["snponly-arm64.efi"],
        }
    }

    /// Returns the file of netboot.xyz that it can start, below the TFTP root.
    pub fn menu(self) -> Option<&'static str> {
        match self {
            Self::Ipxe | Self::Petitboot | Self::OpenFirmware => None,
            Self::Bios => Some("netboot.xyz/netboot.xyz.kpxe"),
            Self::Uefi | Self::Http => Some("netboot.xyz/netboot.xyz.efi"),
            Self::UefiArm64 | Self::HttpArm64 => Some("netboot.xyz/netboot.xyz-arm64.efi"),
        }
    }

    /// Returns what vars.yaml calls a loader for it.
    pub fn slot(self) -> Option<Slot> {
        match self {
            Self::Ipxe | Self::Petitboot | Self::OpenFirmware => None,
            Self::Bios => Some(Slot::Bios),
            Self::Uefi | Self::Http => Some(Slot::UefiX86_64),
            Self::UefiArm64 | Self::HttpArm64 => Some(Slot::UefiAarch64),
        }
    }

    /// Says whether it takes a URL of a program.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::HttpArm64)
    }
}

#[cfg(test)]
pub(in crate::serve::dhcp) mod tests {
    use super::*;
    use crate::dhcp::ask;

    pub(in crate::serve::dhcp) fn discover(class: &str, arch: u16, user: Option<&str>) -> DhcpPacket {
        let mut options = vec![
            (option::TYPE, vec![1]),
            (option::CLASS, class.as_bytes().to_vec()),
            (option::ARCH, arch.to_be_bytes().to_vec()),
            (option::UUID, vec![0; 17]),
        ];
        options.extend(user.map(|user| (option::USER, user.as_bytes().to_vec())));
        let mac = "52:54:00:00:00:01".parse().unwrap();
        DhcpPacket { flags: 0, options, ..ask::discover(mac, 7) }
    }

    #[test]
    fn clients_are_told_apart() {
        let of = |class: &str, arch, user| DhcpClient::of(&discover(class, arch, user));
        assert_eq!(of("PXEClient:Arch:00000:UNDI:002001", 0, None), Some(DhcpClient::Bios));
        assert_eq!(of("PXEClient:Arch:00000:UNDI:002001", 0, Some("iPXE")), Some(DhcpClient::Ipxe));
        assert_eq!(of("PXEClient:Arch:00007:UNDI:003000", 7, None), Some(DhcpClient::Uefi));
        assert_eq!(of("PXEClient:Arch:00007:UNDI:003000", 9, None), Some(DhcpClient::Uefi));
        assert_eq!(of("PXEClient:Arch:00011:UNDI:003000", 11, None), Some(DhcpClient::UefiArm64));
        assert_eq!(of("HTTPClient:Arch:00016:UNDI:003000", 16, None), Some(DhcpClient::Http));
        assert_eq!(of("HTTPClient:Arch:00019:UNDI:003000", 19, None), Some(DhcpClient::HttpArm64));
        assert_eq!(of("", 14, None), Some(DhcpClient::Petitboot));
        for (class, arch) in [("PXEClient", 6), ("PXEClient", 16), ("HTTPClient", 7), ("udhcp 1.30", 0)] {
            assert_eq!(of(class, arch, None), None, "{class} {arch}");
        }
        let mut pi = discover("PXEClient", 0, None);
        pi.mac = "b8:27:eb:00:00:01".parse().unwrap();
        assert_eq!(DhcpClient::of(&pi), None);
    }
}
