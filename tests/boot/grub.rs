//! GRUB's netboot image from UEFI, with the file of the MAC, on both architectures.

use okdboot::model::artifact::ArtifactKind;

use crate::case::{Booted, Case};
use crate::cluster::{BONDED, BOOTSTRAP, Machine, WORKER};
use crate::lab::{Lab, Setup};
use crate::loader::Loader;
use crate::machine::Firmware;

/// What GRUB gives the kernel of a machine that fetches over TFTP.
pub fn expected(lab: &Lab, node: Machine) -> Vec<String> {
    let image = format!("BOOT_IMAGE=/{}", lab.artifact(ArtifactKind::Kernel));
    [vec![image], lab.line(node)].concat()
}

/// GRUB puts the kernel's path before the arguments, and nothing behind them.
fn line_of(booted: &Booted, folder: &str) -> Vec<String> {
    let image = format!("BOOT_IMAGE={folder}{}", booted.lab.artifact(ArtifactKind::Kernel));
    [vec![image], booted.planned.clone()].concat()
}

#[test]
fn uefi_grub_boots_over_tftp() {
    let name = "uefi_grub_boots_over_tftp";
    let case = Case { name, firmware: Firmware::Uefi, loader: Loader::Grub, node: BOOTSTRAP };
    let Some(booted) = case.boot(Setup::new()) else { return };
    assert_eq!(booted.line, line_of(&booted, "/"));
    assert!(booted.lab.requests().is_empty(), "{:?}", booted.lab.requests());
}

/// The arguments of this one need GRUB's quotes: the Ignition URL has a query, an argument a `;`.
#[test]
fn uefi_grub_boots_over_http_with_quoted_arguments() {
    let name = "uefi_grub_boots_over_http_with_quoted_arguments";
    let case = Case { name, firmware: Firmware::Uefi, loader: Loader::GrubInFolder, node: BONDED };
    let setup = Setup::new()
        .set("grub: http")
        .set("grub_prefix: boot/grub")
        .set("ignition_url: matchbox")
        .set("kargs: ['x.y=a;b&c$d*{e}']");
    let Some(booted) = case.boot(setup) else { return };
    let authority = booted.lab.url().trim_start_matches("http://");
    assert_eq!(booted.line, line_of(&booted, &format!("(http,{authority})/assets/")));
}

#[test]
fn uefi_aarch64_grub_boots_over_tftp() {
    let name = "uefi_aarch64_grub_boots_over_tftp";
    let case = Case { name, firmware: Firmware::UefiAarch64, loader: Loader::GrubAarch64, node: WORKER };
    let Some(booted) = case.boot(Setup::new().set("arch: aarch64")) else { return };
    assert_eq!(booted.line, line_of(&booted, "/"));
    assert!(booted.lab.artifact(ArtifactKind::Kernel).contains("aarch64"));
}
