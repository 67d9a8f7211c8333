//! What each kind of firmware loads first.

use serde::Serialize;

use crate::model::arch::Arch;
use crate::model::boot_loader::{BootLoader, InUse};
use crate::model::cluster::Cluster;

/// What a kind of firmware loads first.
#[derive(Clone, Serialize)]
pub(in crate::plan::output::services) struct LoaderView {
    /// A word for tags and classes.
    pub(in crate::plan::output::services) firmware: String,
    /// The types of processor architecture (IANA, option 93).
    pub(in crate::plan::output::services) types: Vec<u16>,
    /// The low byte of each in hexadecimal digits; the high one is 0.
    pub(in crate::plan::output::services) hex: Vec<String>,
    /// The file below the TFTP root, or nothing.
    pub(in crate::plan::output::services) file: String,
    /// The URL, for firmware that asks by HTTP.
    pub(in crate::plan::output::services) url: String,
    /// What dnsmasq calls it in `pxe-service`, or nothing.
    pub(in crate::plan::output::services) service: String,
}

/// A kind of firmware, and what it loads by each way that may be in use: iPXE, else what reads its own files.
struct Firmware {
    name: &'static str,
    arch: Arch,
    /// The types are IANA's; 7 and 9 are both x86-64, since RFC 4578 and its erratum swapped them.
    types: &'static [u16],
    by_ipxe: &'static str,
    /// PXELINUX for a BIOS, GRUB for UEFI.
    by_itself: (BootLoader, &'static str),
    /// dnsmasq's word; HTTP boot has none.
    service: Option<&'static str>,
}

const FIRMWARE: [Firmware; 5] = [
    Firmware {
        name: "bios",
        arch: Arch::X86_64,
        types: &[0],
        by_ipxe: "undionly.kpxe",
        by_itself: (BootLoader::Pxelinux, "lpxelinux.0"),
        service: Some("x86PC"),
    },
    Firmware {
        name: "uefi",
        arch: Arch::X86_64,
        types: &[7, 9],
        by_ipxe: "snponly.efi",
        by_itself: (BootLoader::Grub, "grubx64.efi"),
        service: Some("X86-64_EFI"),
    },
    Firmware {
        name: "arm64",
        arch: Arch::Aarch64,
        types: &[11],
        by_ipxe: "snponly-arm64.efi",
        by_itself: (BootLoader::Grub, "grubaa64.efi"),
        service: Some("ARM64_EFI"),
    },
    Firmware {
        name: "http",
        arch: Arch::X86_64,
        types: &[16],
        by_ipxe: "snponly.efi",
        by_itself: (BootLoader::UefiHttp, "grubx64.efi"),
        service: None,
    },
    Firmware {
        name: "arm64http",
        arch: Arch::Aarch64,
        types: &[19],
        by_ipxe: "snponly-arm64.efi",
        by_itself: (BootLoader::UefiHttp, "grubaa64.efi"),
        service: None,
    },
];

impl Firmware {
    /// Returns what it loads first; nothing where no way is in use that it has.
    fn loader(&self, in_use: &InUse) -> Option<&'static str> {
        let by_ipxe = in_use.has(BootLoader::Ipxe) || in_use.has(BootLoader::Matchbox);
        let (other, file) = self.by_itself;
        if by_ipxe { Some(self.by_ipxe) } else { in_use.has(other).then_some(file) }
    }

    fn view(&self, cluster: &Cluster) -> Option<LoaderView> {
        let file = self.loader(&cluster.settings.in_use)?;
        // GRUB that came over HTTP looks for its config beside itself; iPXE is given its own by the server.
        let folder = if file == self.by_ipxe { "assets/loaders/" } else { "" };
        let url = format!("{}/{folder}{file}", cluster.settings.url);
        let (file, url) = match self.service {
            Some(_) => (file.to_owned(), String::new()),
            None => (String::new(), url),
        };
        Some(LoaderView {
            firmware: self.name.to_owned(),
            types: self.types.to_vec(),
            hex: self.types.iter().map(|kind| format!("{kind:02x}")).collect(),
            file,
            url,
            service: self.service.unwrap_or_default().to_owned(),
        })
    }
}

/// Returns the loaders of the architectures that a cluster has.
pub(super) fn loaders(cluster: &Cluster) -> Vec<LoaderView> {
    let arches = cluster.arches();
    let of_arch = FIRMWARE.iter().filter(|firmware| arches.contains(&firmware.arch));
    of_arch.filter_map(|firmware| firmware.view(cluster)).collect()
}
