//! `okdboot:`, the one mapping whose every key is okdboot's own.

use super::kind::{
    ABSOLUTE_PATH, ADDRESS, ADDRESS_LIST, ADDRESSING, ARCH, ARGUMENTS, BOOLEAN, BOOT_LOADERS, CODES,
    CONSOLES, DIGEST, FILE, FOLDER, GROUP, HTTP_URL, HTTPS_URL, IGNITION_PIN, IGNITION_URL, INTERFACE, IPXE,
    KIND, MODE, NETMASK, STREAM, TRANSPORT,
};
use super::link::LINK;
use super::node::INSTALLED;
use super::services::SERVICES;
use super::{Mapping, Shape, part};

/// `okdboot`
pub static SETTINGS: Mapping = Mapping { name: "okdboot", is_own: true, parts: &[&KEYS, &INSTALLED] };
/// `okdboot.network`
pub static NETWORK: Mapping = Mapping { name: "network", is_own: true, parts: &[&NETWORK_KEYS, &LINK] };

static SERVE: Mapping = Mapping { name: "serve", is_own: true, parts: &[&SERVE_KEYS] };
static LOADERS: Mapping = Mapping { name: "loaders", is_own: true, parts: &[&LOADER_KEYS] };

part!(KEYS, "okdboot" {
    kind: Shape::Value(KIND), "`cluster`", "", "what the machines are: `live` for machines that form no OpenShift cluster; they stand under `nodes`, see docs/diskless.md";
    stream: Shape::Value(STREAM), "none: OKD and OpenShift differ", "", "where images come from, see docs/fetch.md; `--stream` wins";
    url: Shape::Value(HTTP_URL), "`http://<helper.ipaddr>:8080`", "", "what nodes fetch from";
    arch: Shape::Value(ARCH), "`x86_64`, or by `ppc64le`", "", "a node's own wins";
    ignition_url: Shape::Value(IGNITION_URL), "`assets`", "", "where the Ignition URL on a boot line points; `two-phase` is matchbox's with `os=installed`, see docs/modes.md";
    ignition_base: Shape::Value(HTTPS_URL), "`url`", "", "base of Ignition URLs only";
    ignition_ca: Shape::Value(FILE), "none", "", "PEM certificate of the private authority behind an https `ignition_base`, relative to vars.yaml; nodes must be installed with `commands --method iso` or `pxe` then (R012)";
    ignition_pin: Shape::Value(IGNITION_PIN), "`none`", "", "how a network boot checks the sha512 of Ignition files; see docs/pin.md";
    report: Shape::Value(BOOLEAN), "`false`", "", "a machine tells `okdboot serve` when it is installed; needs `ignition_pin: installer`; see docs/serve.md";
    ignition: Shape::Value(FOLDER), "none", "", "the .ign files, relative to vars.yaml; `--ignition` wins";
    group: Shape::Value(GROUP), "the folder's", "", "group of written Ignition files";
    pxelinux: Shape::Value(TRANSPORT), "`http`", "", "how PXELINUX fetches kernel and initramfs";
    grub: Shape::Value(TRANSPORT), "`tftp`", "", "how GRUB does";
    grub_prefix: Shape::Value(FOLDER), "`/`; `boot/grub2` on ppc64le", "", "where the GRUB image looks for its config";
    ipxe: Shape::Value(IPXE), "`static`", "", "which iPXE chain is in use: the files of `http/ipxe` at `<url>/ipxe`, or matchbox at `<url>/boot.ipxe`; `okdboot verify --live` asks for that one";
    addressing: Shape::Value(ADDRESSING), "by `staticips`", "", "for all nodes";
    mode: Shape::Value(MODE), "`install`; `live` with `kind: live`", "", "for all nodes";
    console: Shape::Values(CONSOLES), "none", "", "for all nodes";
    kargs: Shape::Values(ARGUMENTS), "none", "", "for all nodes";
    loaders: Shape::Values(BOOT_LOADERS), "all that the architecture boots by", "", "in which ways machines boot: `pxelinux`, `ipxe`, `matchbox`, `grub`, `uefi-http`, `iso`; see docs/loaders.md";
    accept: Shape::Values(CODES), "none", "", "warnings and notices of this file that are meant, such as `V213`: they are not said again, and `--strict` passes";
    sha256: Shape::Free(DIGEST), "none", "", "digests of `ocp_*` artifacts by file name";
    network: Shape::Map(&NETWORK), "none", "", "what the nodes' network has in common";
    services: Shape::Map(&SERVICES), "none", "", "which daemon does what around the boot";
    serve: Shape::Map(&SERVE), "none", "", "what `okdboot serve` gives away besides the tree";
});

part!(NETWORK_KEYS, "network" {
    gateway: Shape::Value(ADDRESS), "`helper.gateway`, `dhcp.router`", "", "where packets leave the network";
    netmask | prefix: Shape::Value(NETMASK), "`helper.netmask`, `dhcp.netmask`", "", "such as `255.255.255.0`, or `24`";
    interface: Shape::Value(INTERFACE), "none, with a warning", "", "never the helper's own";
    nameservers: Shape::Values(ADDRESS_LIST), "`dhcp.dns`, the helper", "", "of nodes with static addresses; a DHCP node has those of its server, and `nameservers` of its own";
});

part!(SERVE_KEYS, "serve" {
    loaders: Shape::Map(&LOADERS), "none", "", "loaders that come before those of the distribution";
});

part!(LOADER_KEYS, "loaders" {
    bios: Shape::Value(ABSOLUTE_PATH), "`undionly.kpxe`, `lpxelinux.0`", "", "what a BIOS starts";
    uefi_x86_64: Shape::Value(ABSOLUTE_PATH), "`snponly.efi`, `ipxe.efi`", "", "what UEFI starts; shim for Secure Boot";
    uefi_aarch64: Shape::Value(ABSOLUTE_PATH), "`snponly-arm64.efi`", "", "the same on aarch64";
    grub_x86_64: Shape::Value(ABSOLUTE_PATH), "`grubx64.efi` beside the shim", "", "what the shim starts";
    grub_aarch64: Shape::Value(ABSOLUTE_PATH), "`grubaa64.efi` beside the shim", "", "the same on aarch64";
});
