//! PXELINUX from a BIOS, over HTTP and over TFTP.

use okdboot::model::artifact::ArtifactKind;

use crate::case::{Booted, Case};
use crate::cluster::{DOTTED, STATIC, WORKER};
use crate::lab::Setup;
use crate::loader::Loader;
use crate::machine::Firmware;

/// PXELINUX puts what it loaded before the arguments; `initrd=` is the file's own.
fn expected(booted: &Booted, folder: &str) -> Vec<String> {
    let source = |kind| format!("{folder}{}", booted.lab.artifact(kind));
    let image = format!("BOOT_IMAGE={}", source(ArtifactKind::Kernel));
    let initrd = format!("initrd={}", source(ArtifactKind::Initramfs));
    [vec![image, initrd], booted.planned.clone()].concat()
}

#[test]
fn bios_lpxelinux_boots_a_dotted_mac_over_http() {
    let name = "bios_lpxelinux_boots_a_dotted_mac_over_http";
    let case = Case { name, firmware: Firmware::Bios, loader: Loader::Lpxelinux, node: DOTTED };
    let Some(booted) = case.boot(Setup::new()) else { return };
    let assets = format!("{}/assets/", booted.lab.url());
    assert_eq!(booted.line, expected(&booted, &assets));
}

#[test]
fn bios_pxelinux_boots_a_static_address_over_tftp() {
    let name = "bios_pxelinux_boots_a_static_address_over_tftp";
    let case = Case { name, firmware: Firmware::Bios, loader: Loader::Pxelinux, node: STATIC };
    let Some(booted) = case.boot(Setup::new().set("pxelinux: tftp")) else { return };
    assert_eq!(booted.line, expected(&booted, ""));
    assert!(booted.lab.requests().is_empty(), "{:?}", booted.lab.requests());
}

/// What PXELINUX carries at most; `plan` refuses what is longer. The words are awkward on purpose.
#[test]
fn bios_lpxelinux_boots_the_longest_line() {
    let name = "bios_lpxelinux_boots_the_longest_line";
    let case = Case { name, firmware: Firmware::Bios, loader: Loader::Lpxelinux, node: WORKER };
    let kargs = format!("kargs: ['x.y=a;b&c$d*{{e}}~!?[1]', fill={}, last=1]", "f".repeat(1599));
    let Some(booted) = case.boot(Setup::new().set_on(WORKER, kargs)) else { return };
    let assets = format!("{}/assets/", booted.lab.url());
    assert_eq!(booted.line, expected(&booted, &assets));
    assert_eq!(booted.line.join(" ").len(), 2046);
}
