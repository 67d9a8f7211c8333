//! `okdboot serve` as the one boot server: beside a DHCP server that gives addresses and knows nothing else,
//! and as the DHCP server.

use std::fs;

use okdboot::model::artifact::ArtifactKind;

use crate::cluster::{STRANGER, WORKER};
use crate::disk;
use crate::grub;
use crate::ipxe;
use crate::lab::{Lab, Setup};
use crate::live;
use crate::machine::{Firmware, Machine};
use crate::namespace;
use crate::rack::{Case, HTTP_ONLY, Mode, image_name};
use crate::tool::{self, Tool};

/// BIOS with iPXE in its ROM, beside a server that gives addresses.
const BIOS: Case = Case {
    name: "",
    firmware: Firmware::Bios,
    loaders: &[],
    further: &[],
    settings: &[],
    mode: Mode::Proxy,
    args: &[],
};

/// OVMF, which needs iPXE as a loader.
const UEFI: Case = Case { firmware: Firmware::Uefi, loaders: &["/usr/lib/ipxe/snponly.efi"], ..BIOS };

#[test]
fn the_proxy_and_bios_ipxe_boot_a_worker_and_no_stranger() {
    let case = Case { name: "serve::the_proxy_and_bios_ipxe_boot_a_worker_and_no_stranger", ..BIOS };
    let Some(rack) = case.rack() else { return };
    case.machine(&rack, STRANGER).start().wait_for("Nothing to boot");
    rack.serve.says("asked how to boot, and no machine has this MAC address");
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["config", "kernel", "initramfs"]);
}

#[test]
fn the_proxy_and_uefi_pxe_boot_a_worker() {
    let case =
        Case { name: "serve::the_proxy_and_uefi_pxe_boot_a_worker", settings: &["ipxe: matchbox"], ..UEFI };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected_of_uefi(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
}

#[test]
fn the_proxy_and_uefi_http_boot_a_worker() {
    let case = Case { name: "serve::the_proxy_and_uefi_http_boot_a_worker", further: HTTP_ONLY, ..UEFI };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected_of_uefi(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
    assert!(!rack.lab.artifact(ArtifactKind::Kernel).is_empty());
}

#[test]
fn addresses_of_serve_and_bios_ipxe_boot_a_worker_and_no_stranger() {
    let case = Case {
        name: "serve::addresses_of_serve_and_bios_ipxe_boot_a_worker_and_no_stranger",
        mode: Mode::Full,
        ..BIOS
    };
    let Some(rack) = case.rack() else { return };
    case.machine(&rack, STRANGER).start().wait_for("Nothing to boot");
    rack.serve.says("asked how to boot, and no machine has this MAC address");
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["config", "kernel", "initramfs"]);
}

#[test]
fn addresses_of_serve_and_uefi_pxe_boot_a_worker() {
    let case = Case {
        name: "serve::addresses_of_serve_and_uefi_pxe_boot_a_worker",
        settings: &["ipxe: matchbox"],
        mode: Mode::Full,
        ..UEFI
    };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected_of_uefi(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
}

#[test]
fn addresses_of_serve_and_uefi_http_boot_a_worker() {
    let case = Case {
        name: "serve::addresses_of_serve_and_uefi_http_boot_a_worker",
        further: HTTP_ONLY,
        mode: Mode::Full,
        ..UEFI
    };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected_of_uefi(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
}

/// Firmware that takes nothing but what is signed: Debian's shim, its GRUB, and its kernel. That GRUB asks for
/// one file for all machines, in a folder of its own.
#[test]
fn secure_boot_takes_the_shim_of_vars_yaml_and_what_it_leads_to() {
    let case = Case {
        name: "serve::secure_boot_takes_the_shim_of_vars_yaml_and_what_it_leads_to",
        firmware: Firmware::SecureBoot,
        settings: &["serve: {loaders: {uefi_x86_64: {cache}/amd64/shim/shimx64.efi.signed, \
                grub_x86_64: {cache}/amd64/x86_64-efi-signed/grubnetx64.efi.signed}}"],
        mode: Mode::Full,
        ..BIOS
    };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), grub::expected(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
}

/// It takes the loader whole, and refuses it: all that a server sees is that nothing follows.
#[test]
fn secure_boot_refuses_a_loader_that_nobody_signed() {
    let case = Case {
        name: "serve::secure_boot_refuses_a_loader_that_nobody_signed",
        firmware: Firmware::SecureBoot,
        loaders: UEFI.loaders,
        mode: Mode::Full,
        ..BIOS
    };
    let Some(rack) = case.rack() else { return };
    let mut machine = case.machine(&rack, WORKER).start();
    machine.wait_for("Access Denied");
    rack.serve.says("worker0 asks how to boot");
    rack.serve.says("worker0 has the loader");
}

/// From its first DHCP request to its own disk: the machine reports, is disarmed, and is sent on when it
/// boots from the network once more.
#[test]
fn a_worker_is_installed_reports_and_boots_its_disk() {
    let case = Case {
        name: "serve::a_worker_is_installed_reports_and_boots_its_disk",
        loaders: &[live::IGNITION],
        settings: &[
            "ignition_pin: installer",
            "report: true",
            "kargs: [\"coreos.inst.image_url={url}/assets/{image}\", coreos.inst.insecure]",
        ],
        mode: Mode::Full,
        args: &["--auto-disarm"],
        ..BIOS
    };
    let tools = [live::TOOLS.to_vec(), disk::TOOLS.to_vec()].concat();
    if !namespace::is_inside() && !tool::present(case.name, &tools) {
        return;
    }
    let Some(rack) = case.rack() else { return };
    live::place(&rack.lab, None);
    rack.lab.place(ArtifactKind::Metal, &disk::metal_image(rack.lab.dir()));
    let disk = disk::empty(rack.lab.dir());
    let console = case.machine(&rack, WORKER).disk(&disk).start().wait_for_power_off();
    assert!(console.contains("okdboot-report: okdboot: noted"), "{console}");
    rack.serve.says("worker0 runs the live system");
    rack.serve.says("worker0 has its Ignition file");
    rack.serve.says("worker0 is installed");
    rack.serve.says("worker0 is disarmed: it boots from its disk from now on");
    rack.serve.says("the tree has changed and is served now");
    case.machine(&rack, WORKER).disk(&disk).network_first().start().wait_for(disk::GREETING);
    rack.serve.says("worker0 is sent to its own disk");
}

/// Nobody hears the report: the installation ends all the same.
#[test]
fn a_report_that_nobody_hears_keeps_no_machine_from_its_disk() {
    let case = "a_report_that_nobody_hears_keeps_no_machine_from_its_disk";
    let tools = [Firmware::Bios.tools(), live::TOOLS.to_vec(), disk::TOOLS.to_vec()].concat();
    if !tool::present(case, &tools) || !tool::present(case, &[Tool::File(live::IGNITION)]) {
        return;
    }
    let settings = ["ignition_pin: installer", "report: true"];
    let setup = settings.iter().fold(Setup::new(), |setup, line| setup.set(*line));
    let image = "kargs: [\"coreos.inst.image_url={url}/assets/{image}\", coreos.inst.insecure]";
    // The test's own server knows no POST.
    let lab = setup.set(image.replace("{image}", &image_name())).serve();
    live::place(&lab, None);
    lab.place(ArtifactKind::Metal, &disk::metal_image(lab.dir()));
    let disk = disk::empty(lab.dir());
    let script = format!("{}/ipxe/{}.ipxe", lab.url(), WORKER.mac.replace(':', "-"));
    let console =
        Machine::new(&lab, WORKER, Firmware::Bios, &script).disk(&disk).start().wait_for_power_off();
    assert!(console.contains("okdboot-report: curl: (22)"), "{console}");
    assert!(console.contains("okdboot-exit: 0") && disk::is_bootable(&disk), "{console}");
}

/// A machine that is no node, and that vars.yaml wants to have the menu.
const GUEST: &[&str] = &["services: {netboot_xyz: [\"52:54:00:99:99:99\"]}"];

/// Puts a loader where that of netboot.xyz has to be.
fn place_menu(lab: &Lab, loader: &str, name: &str) {
    let folder = lab.tftp("netboot.xyz");
    fs::create_dir_all(&folder).expect("it is writable");
    fs::copy(loader, folder.join(name)).expect("the case needs it");
}

/// Its firmware is iPXE, which starts the menu as a program.
#[test]
fn the_proxy_gives_netboot_xyz_to_a_guest_of_bios() {
    let name = "serve::the_proxy_gives_netboot_xyz_to_a_guest_of_bios";
    let case = Case { name, settings: GUEST, loaders: &["/usr/lib/ipxe/undionly.kpxe"], ..BIOS };
    let Some(rack) = case.rack() else { return };
    let mut early = case.machine(&rack, STRANGER).start();
    early.wait_for("tftp://10.0.2.2/netboot.xyz/netboot.xyz.kpxe");
    rack.serve.says("netboot.xyz needs `netboot.xyz/netboot.xyz.kpxe` in the TFTP root");
    drop(early);
    place_menu(&rack.lab, case.loaders[0], "netboot.xyz.kpxe");
    let mut machine = case.machine(&rack, STRANGER).start();
    machine.wait_for("tftp://10.0.2.2/netboot.xyz/netboot.xyz.kpxe... ok");
    machine.wait_for("iPXE initialising devices");
    drop(machine);
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected(&rack.lab, WORKER));
}

/// UEFI, with an address of the pool.
#[test]
fn addresses_of_serve_give_netboot_xyz_to_a_guest_of_uefi() {
    let name = "serve::addresses_of_serve_give_netboot_xyz_to_a_guest_of_uefi";
    let case = Case { name, settings: GUEST, mode: Mode::Full, ..UEFI };
    let Some(rack) = case.rack() else { return };
    place_menu(&rack.lab, case.loaders[0], "netboot.xyz.efi");
    let mut machine = case.machine(&rack, STRANGER).start();
    machine.wait_for("10.0.2.100");
    machine.wait_for("netboot.xyz/netboot.xyz.efi");
    machine.wait_for("iPXE initialising devices");
}
