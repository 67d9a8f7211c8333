//! What each kind of firmware loads first.

use serde::Serialize;

use crate::model::arch::Arch;
use crate::model::cluster::Cluster;

/// What a kind of firmware loads first.
#[derive(Clone, Serialize)]
pub(in crate::plan::services) struct LoaderView {
    /// A word for tags and classes.
    pub(in crate::plan::services) firmware: String,
    /// The types of processor architecture (IANA, option 93).
    pub(in crate::plan::services) types: Vec<u16>,
    /// The low byte of each in hexadecimal digits; the high one is 0.
    pub(in crate::plan::services) hex: Vec<String>,
    /// The file below the TFTP root, or nothing.
    pub(in crate::plan::services) file: String,
    /// The URL, for firmware that asks by HTTP.
    pub(in crate::plan::services) url: String,
    /// What dnsmasq calls it in `pxe-service`, or nothing.
    pub(in crate::plan::services) service: String,
}

/// Firmware, its types, the loader, and dnsmasq's word for it. The types are IANA's; 7 and 9 are both
/// x86-64, since RFC 4578 and its erratum swapped them.
const FIRMWARE: &[(&str, Arch, &[u16], &str, &str)] = &[
    ("bios", Arch::X86_64, &[0], "undionly.kpxe", "x86PC"),
    ("uefi", Arch::X86_64, &[7, 9], "snponly.efi", "X86-64_EFI"),
    ("arm64", Arch::Aarch64, &[11], "snponly-arm64.efi", "ARM64_EFI"),
];
const FIRMWARE_HTTP: &[(&str, Arch, &[u16], &str)] =
    &[("http", Arch::X86_64, &[16], "snponly.efi"), ("arm64http", Arch::Aarch64, &[19], "snponly-arm64.efi")];

/// Returns the loaders of the architectures that a cluster has.
pub(super) fn loaders(cluster: &Cluster) -> Vec<LoaderView> {
    let (arches, url) = (cluster.arches(), &cluster.settings.url);
    let over_tftp = FIRMWARE.iter().map(|(name, arch, types, file, service)| {
        (
            *arch,
            LoaderView {
                firmware: (*name).to_owned(),
                types: types.to_vec(),
                hex: types.iter().map(|kind| format!("{kind:02x}")).collect(),
                file: (*file).to_owned(),
                url: String::new(),
                service: (*service).to_owned(),
            },
        )
    });
    let over_http = FIRMWARE_HTTP.iter().map(|(name, arch, types, file)| {
        (
            *arch,
            LoaderView {
                firmware: (*name).to_owned(),
                types: types.to_vec(),
                hex: types.iter().map(|kind| format!("{kind:02x}")).collect(),
                file: String::new(),
                url: format!("{url}/assets/loaders/{file}"),
                service: String::new(),
            },
        )
    });
    over_tftp.chain(over_http).filter(|(arch, _)| arches.contains(arch)).map(|(_, loader)| loader).collect()
}
