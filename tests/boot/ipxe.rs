//! iPXE with the static scripts, from the ROM of a NIC and as a program of UEFI.

use okdboot::model::artifact::ArtifactKind;

use crate::cluster::{self, BONDED, UPPER_CASE, WORKER};
use crate::guest;
use crate::lab::{Lab, Setup};
use crate::loader::Loader;
use crate::machine::{Firmware, Machine};
use crate::tool;

/// Returns what the DHCP server names: the script under the MAC as iPXE spells it.
fn script(lab: &Lab, machine: cluster::Machine) -> String {
    format!("{}/ipxe/{}.ipxe", lab.url(), machine.mac.replace(':', "-"))
}

/// From a BIOS iPXE adds no word of its own; `initrd=main` is the script's.
pub fn expected(lab: &Lab, machine: cluster::Machine) -> Vec<String> {
    [vec!["initrd=main".to_owned()], lab.line(machine)].concat()
}

/// From UEFI iPXE puts the kernel's name first.
pub fn expected_of_uefi(lab: &Lab, machine: cluster::Machine) -> Vec<String> {
    [vec![lab.artifact(ArtifactKind::Kernel).to_owned()], expected(lab, machine)].concat()
}

fn boots_from_rom(case: &str, machine: cluster::Machine) {
    if !tool::present(case, &Firmware::Bios.tools()) {
        return;
    }
    let lab = Setup::new().set("kargs: ['x.y=a;b&c$d*{e}~!?[1]', '--name', '-s', '--']").serve();
    guest::place(&lab, "amd64");
    let line = Machine::new(&lab, machine, Firmware::Bios, &script(&lab, machine)).boot_line();
    assert_eq!(line, expected(&lab, machine));
    let kernel = format!("GET /assets/{} 200", lab.artifact(ArtifactKind::Kernel));
    assert!(lab.requests().contains(&kernel), "{:?}", lab.requests());
}

#[test]
fn bios_ipxe_rom_boots_a_node() {
    boots_from_rom("bios_ipxe_rom_boots_a_node", WORKER);
}

/// The machine starts ipxe.efi from a stick, as people do whose firmware has no PXE. The kernel finds
/// its initramfs by the name of `initrd=main`: without a panic, it was found.
#[test]
fn uefi_ipxe_efi_boots_a_node() {
    let case = "uefi_ipxe_efi_boots_a_node";
    if !tool::present(case, &[Firmware::Uefi.tools(), Loader::IpxeEfi.tools()].concat()) {
        return;
    }
    let lab = Setup::new().serve();
    guest::place(&lab, "amd64");
    let machine = Machine::new(&lab, WORKER, Firmware::Uefi, &script(&lab, WORKER));
    let line = machine.stick("/usr/lib/ipxe/ipxe.efi").boot_line();
    assert_eq!(line, expected_of_uefi(&lab, WORKER));
}

#[test]
fn bios_ipxe_rom_boots_an_upper_case_mac() {
    boots_from_rom("bios_ipxe_rom_boots_an_upper_case_mac", UPPER_CASE);
}

#[test]
fn bios_ipxe_rom_boots_a_bond_below_a_vlan() {
    boots_from_rom("bios_ipxe_rom_boots_a_bond_below_a_vlan", BONDED);
}
