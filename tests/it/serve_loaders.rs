//! Loaders of `okdboot serve`: those that vars.yaml names, and what GRUB asks for.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::serving::Serving;
use crate::stage::{Stage, W0};
use crate::tool;

const PLAIN: [&str; 4] = ["-o", "out", "--ignition", "ignition"];

/// A rendered tree, and a folder with a shim and a GRUB of its own.
fn tree(settings: &str) -> (Stage, String) {
    let folder = tempfile::Builder::new().prefix("loaders").tempdir().unwrap().keep();
    fs::write(folder.join("shimx64.efi"), "shim").unwrap();
    fs::write(folder.join("grubx64.efi"), "grub!").unwrap();
    let folder = folder.display().to_string();
    (Stage::right(&settings.replace("{folder}", &folder)), folder)
}

fn check(stage: &Stage, more: &[&str]) -> (Option<i32>, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .arg("serve")
        .args([&PLAIN, more].concat())
        .args(["--check", "--tftp", "127.0.0.1:0"])
        .env_clear()
        .current_dir(stage.out().parent().unwrap())
        .output()
        .unwrap();
    (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
}

const SHIM: &str = "  serve: {loaders: {uefi_x86_64: \"{folder}/shimx64.efi\"}}\n";

#[test]
fn the_shim_of_vars_yaml_and_the_grub_beside_it_are_served() {
    let (stage, folder) = tree(SHIM);
    let serving = Serving::start(stage.out().parent().unwrap(), &PLAIN);
    assert_eq!(serving.get("/loaders/uefi-x86_64.efi").body, b"shim");
    // shim asks with two slashes.
    assert_eq!(serving.get("/assets/loaders//grubx64.efi").body, b"grub!");
    assert_eq!(serving.get("/loaders/shimx64.efi").status, 404);
    let (code, said) = check(&stage, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("\nloader uefi_x86_64: {folder}/shimx64.efi\n")), "{said}");
    assert!(said.contains(&format!("\nloader grub_x86_64: {folder}/grubx64.efi\n")), "{said}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_loader_that_is_not_there_is_said_before_anything_listens() {
    let (stage, folder) = tree(SHIM);
    fs::remove_file(Path::new(&folder).join("grubx64.efi")).unwrap();
    let (code, said) = check(&stage, &[]);
    assert_eq!(code, Some(6), "{said}");
    assert!(said.contains("loaders of `okdboot.serve.loaders` cannot be given away"), "{said}");
    assert!(
        said.contains("put it beside the shim, or name it with `okdboot.serve.loaders.grub_x86_64`"),
        "{said}"
    );
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_proxy_gives_no_grub() {
    let (stage, folder) = tree(SHIM);
    let (code, said) = check(&stage, &["--dhcp", "proxy"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot be given by `--dhcp proxy`: GRUB asks the DHCP server"), "{said}");
    fs::remove_dir_all(folder).unwrap();
}

/// GRUB is led to the file of its machine, wherever that stands; what it is told is a script that it reads.
#[test]
fn grub_that_asks_for_one_file_is_led_to_that_of_its_machine() {
    let (stage, folder) = tree("  grub_prefix: boot/grub\n");
    let serving = Serving::start(stage.out().parent().unwrap(), &PLAIN);
    let lead = serving.get("/tftp/grub/grub.cfg");
    assert_eq!((lead.status, lead.text().lines().next()), (200, Some("configfile /mac/$net_default_mac")));
    if let Some(grub) = tool::tool("grub-script-check") {
        let file = stage.out().join("lead.cfg");
        fs::write(&file, &lead.body).unwrap();
        assert!(Command::new(grub).arg(&file).status().unwrap().success());
    }
    let own = fs::read(stage.out().join(format!("tftpboot/boot/grub/grub.cfg-01-{W0}"))).unwrap();
    assert_eq!(serving.get(&format!("/mac/{}", W0.replace('-', ":"))).body, own);
    serving.says("w0 has its boot configuration");
    assert_eq!(serving.get("/mac/52:54:00:09:00:99").status, 404);
    // A file of one's own comes first.
    fs::create_dir_all(stage.out().join("tftpboot/grub")).unwrap();
    fs::write(stage.out().join("tftpboot/grub/grub.cfg"), "exit 1\n").unwrap();
    assert_eq!(serving.get("/tftp/grub/grub.cfg").body, b"exit 1\n");
    fs::remove_dir_all(folder).unwrap();
}
