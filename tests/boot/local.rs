//! Machines that are not to be installed: each loader's way on to the disk.
//!
//! The network comes first in the firmware's order, as with machines that are installed again and again,
//! and the disk says a sentence when it is reached.

use std::path::PathBuf;
use std::process::Command;

use crate::cluster::WORKER;
use crate::disk::{self, GREETING};
use crate::guest;
use crate::lab::{Lab, Setup};
use crate::loader::Loader;
use crate::machine::{Firmware, Machine};
use crate::tool::{self, Tool};

/// A cluster whose worker boots from its disk, with an installer at hand for whoever would load it.
fn lab() -> Lab {
    let lab = Setup::new().set_on(WORKER, "mode: local").serve();
    guest::place(&lab, "amd64");
    lab
}

#[test]
fn local_bios_pxelinux_goes_on_to_the_disk() {
    let case = "local_bios_pxelinux_goes_on_to_the_disk";
    if !tool::present(case, &[Firmware::Bios.tools(), Loader::Pxelinux.tools()].concat()) {
        return;
    }
    let lab = lab();
    let bootfile = Loader::Pxelinux.install(&lab);
    let disk = disk::greeting(lab.dir());
    let machine = Machine::new(&lab, WORKER, Firmware::Bios, bootfile).disk(&disk).network_first();
    let mut running = machine.start();
    running.wait_for("PXELINUX ");
    running.wait_for(GREETING);
}

/// A program of UEFI that says the sentence, as GRUB on a disk would.
fn program(lab: &Lab) -> PathBuf {
    let (config, program) = (lab.dir().join("greeting.cfg"), lab.dir().join("greeting.efi"));
    std::fs::write(&config, format!("echo {GREETING}\nsleep 600\n")).expect("it is writable");
    let mut command = Command::new(tool::program("grub-mkimage"));
    command.args(["-O", "x86_64-efi", "-p", "/none", "-c"]).arg(&config).arg("-o").arg(&program);
    let output = command.args(["echo", "sleep"]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

/// Says whether a case of iPXE can run: from the ROM of a NIC with a BIOS, from a stick with UEFI.
pub fn is_present(case: &str, firmware: Firmware) -> bool {
    let own = if firmware == Firmware::Bios { Vec::new() } else { uefi_tools(Loader::IpxeEfi) };
    tool::present(case, &[firmware.tools(), own].concat())
}

/// Returns the worker with iPXE before a disk that says the sentence.
pub fn machine<'a>(lab: &'a Lab, firmware: Firmware, script: &str) -> Machine<'a> {
    let machine = Machine::new(lab, WORKER, firmware, script);
    if firmware == Firmware::Bios {
        return machine.disk(&disk::greeting(lab.dir())).network_first();
    }
    machine.stick("/usr/lib/ipxe/ipxe.efi").second(&program(lab))
}

fn uefi_tools(loader: Loader) -> Vec<Tool> {
    let grub = [Tool::Program("grub-mkimage"), Tool::File("/usr/lib/grub/x86_64-efi/echo.mod")];
    [loader.tools(), grub.to_vec()].concat()
}

#[test]
fn local_uefi_grub_goes_on_to_the_disk() {
    let case = "local_uefi_grub_goes_on_to_the_disk";
    if !tool::present(case, &[Firmware::Uefi.tools(), uefi_tools(Loader::Grub)].concat()) {
        return;
    }
    let lab = lab();
    let bootfile = Loader::Grub.install(&lab);
    let disk = program(&lab);
    let machine = Machine::new(&lab, WORKER, Firmware::Uefi, bootfile).network_first().second(&disk);
    let mut running = machine.start();
    running.wait_for("Welcome to GRUB!");
    running.wait_for(GREETING);
}

#[test]
fn local_bios_ipxe_goes_on_to_the_disk() {
    ipxe("local_bios_ipxe_goes_on_to_the_disk", Firmware::Bios);
}

#[test]
fn local_uefi_ipxe_goes_on_to_the_disk() {
    ipxe("local_uefi_ipxe_goes_on_to_the_disk", Firmware::Uefi);
}

fn ipxe(case: &str, firmware: Firmware) {
    if !is_present(case, firmware) {
        return;
    }
    let lab = lab();
    let script = format!("ipxe/{}.ipxe", WORKER.mac.replace(':', "-"));
    machine(&lab, firmware, &format!("{}/{script}", lab.url())).start().wait_for(GREETING);
    assert_eq!(lab.requests(), [format!("GET /{script} 200")]);
}
