//! DHCP servers with the files that `render` writes for them: real firmware takes what they say.
//!
//! `okdboot serve` is the web server, and the TFTP server where the daemon is none.

use crate::cluster::{STRANGER, WORKER};
use crate::ipxe;
use crate::machine::Firmware;
use crate::rack::{Case, Daemon, HTTP_ONLY, Mode};

const SNPONLY: &[&str] = &["/usr/lib/ipxe/snponly.efi"];

/// A machine with OVMF or with iPXE in its ROM.
fn case(name: &'static str, firmware: Firmware, daemon: Daemon) -> Case {
    let loaders = if firmware == Firmware::Bios { &[] } else { SNPONLY };
    let mode = Mode::Rendered(daemon);
    Case { name, firmware, loaders, further: &[], settings: &[], mode, args: &[] }
}

/// The kernel gets the line of the plan, whoever said what to boot.
fn boots_a_worker(case: &Case) {
    let Some(rack) = case.rack() else { return };
    let due = match case.firmware {
        Firmware::Bios => ipxe::expected(&rack.lab, WORKER),
        Firmware::Uefi | Firmware::SecureBoot | Firmware::UefiAarch64 => {
            ipxe::expected_of_uefi(&rack.lab, WORKER)
        }
    };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), due);
}

#[test]
fn rendered_dnsmasq_and_bios_ipxe() {
    let case = case("services::rendered_dnsmasq_and_bios_ipxe", Firmware::Bios, Daemon::Dnsmasq);
    let Some(rack) = case.rack() else { return };
    case.machine(&rack, STRANGER).start().wait_for("No more network devices");
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected(&rack.lab, WORKER));
}

#[test]
fn rendered_dnsmasq_and_uefi_pxe() {
    boots_a_worker(&case("services::rendered_dnsmasq_and_uefi_pxe", Firmware::Uefi, Daemon::Dnsmasq));
}

#[test]
fn rendered_dnsmasq_and_uefi_http() {
    let case = case("services::rendered_dnsmasq_and_uefi_http", Firmware::Uefi, Daemon::Dnsmasq);
    boots_a_worker(&Case { further: HTTP_ONLY, ..case });
}

#[test]
fn rendered_proxy_and_bios_ipxe() {
    boots_a_worker(&case("services::rendered_proxy_and_bios_ipxe", Firmware::Bios, Daemon::Proxy));
}

#[test]
fn rendered_proxy_and_uefi_pxe() {
    boots_a_worker(&case("services::rendered_proxy_and_uefi_pxe", Firmware::Uefi, Daemon::Proxy));
}

#[test]
fn rendered_kea_and_uefi_pxe() {
    boots_a_worker(&case("services::rendered_kea_and_uefi_pxe", Firmware::Uefi, Daemon::Kea));
}

#[test]
fn rendered_kea_and_uefi_http() {
    let case = case("services::rendered_kea_and_uefi_http", Firmware::Uefi, Daemon::Kea);
    boots_a_worker(&Case { further: HTTP_ONLY, ..case });
}

#[test]
fn rendered_dhcpd_and_uefi_pxe() {
    boots_a_worker(&case("services::rendered_dhcpd_and_uefi_pxe", Firmware::Uefi, Daemon::Dhcpd));
}
