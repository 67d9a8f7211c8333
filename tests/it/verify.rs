//! `okdboot verify`: one thing wrong at a time, and exactly that is found.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use sha2::Digest as _;

use crate::golden::render;
use crate::initramfs::accepting;
use crate::sandbox::Ran;

/// A rendered tree with artifacts whose digests are in the lock.
fn complete() -> Ran {
    let ran = render("dhcp");
    let path = ran.join("okdboot.lock");
    let mut lock: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let artifacts = lock["clusters"]["ocp4"]["arches"]["x86_64"]["artifacts"].as_object_mut().unwrap();
    for (kind, artifact) in artifacts {
        let name = artifact["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let contents = contents(kind);
        let digest: String =
            sha2::Sha256::digest(&contents).iter().map(|byte| format!("{byte:02x}")).collect();
        artifact["sha256"] = digest.into();
        for folder in ["matchbox/assets", "tftpboot"] {
            fs::write(ran.join(&format!("out/{folder}/{name}")), &contents).unwrap();
        }
    }
    fs::write(path, lock.to_string()).unwrap();
    ran
}

fn contents(kind: &str) -> Vec<u8> {
    if kind == "initramfs" { accepting(b"rootfs") } else { kind.as_bytes().to_vec() }
}

/// Replaces an artifact, and its digest in the lock.
fn replace_artifact(ran: &Ran, kind: &str, contents: &[u8]) {
    let path = ran.join("okdboot.lock");
    let mut lock: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let artifact = &mut lock["clusters"]["ocp4"]["arches"]["x86_64"]["artifacts"][kind];
    let name = artifact["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let digest: String = sha2::Sha256::digest(contents).iter().map(|byte| format!("{byte:02x}")).collect();
    artifact["sha256"] = digest.into();
    for folder in ["matchbox/assets", "tftpboot"] {
        fs::write(ran.join(&format!("out/{folder}/{name}")), contents).unwrap();
    }
    fs::write(path, lock.to_string()).unwrap();
}

fn verify(ran: Ran) -> Ran {
    ran.again().args(["verify", "--ignition", "ignition", "-o", "out"]).run()
}

/// Does one thing to a complete tree and expects one finding.
#[track_caller]
fn finds(wrong: impl Fn(&Ran), code: &str, status: i32) {
    let ran = complete();
    wrong(&ran);
    let ran = verify(ran).status(status);
    let said = ran.stderr_text();
    let codes: Vec<&str> = said.lines().filter(|line| line.starts_with("error[")).collect();
    assert!(codes.iter().all(|line| line.contains(code)) && !codes.is_empty(), "{code}: {said}");
}

const PXE: &str = "out/tftpboot/pxelinux.cfg/01-52-54-00-60-72-67";
const KERNEL: &str = "out/matchbox/assets/scos-10.0.20990101-0-live-kernel.x86_64";

#[test]
fn a_complete_tree_has_no_finding_and_prints_what_people_paste() {
    let ran = verify(complete()).status(0);
    let lines: Vec<String> = ran.stdout_text().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 3);
    for (line, role) in lines.iter().zip(["bootstrap", "master", "worker"]) {
        let (hash, name) = line.split_once("  ").unwrap();
        assert!(hash.strip_prefix("sha512-").is_some_and(|hex| hex.len() == 128), "{line}");
        assert_eq!(name, format!("ocp4/{role}.ign"));
    }
    let said = ran.stderr_text();
    assert!(said.contains("50 files and 3 artifacts as planned") && !said.contains("error"), "{said}");
}

#[test]
fn a_boot_file_that_is_missing() {
    finds(|ran| fs::remove_file(ran.join(PXE)).unwrap(), "P001", 1);
}

#[test]
fn a_boot_file_that_was_changed() {
    finds(|ran| fs::write(ran.join(PXE), "DEFAULT x\n").unwrap(), "P002", 1);
}

#[test]
fn a_mode_that_was_changed() {
    finds(|ran| fs::set_permissions(ran.join(PXE), fs::Permissions::from_mode(0o600)).unwrap(), "P003", 1);
}

#[test]
fn a_file_of_a_node_that_is_gone() {
    let without =
        |text: String| text.split_inclusive('\n').filter(|line| !line.contains("worker2")).collect();
    let ran = complete();
    let text: String = without(fs::read_to_string(ran.join("vars.yaml")).unwrap());
    let ran = ran.again().vars(text).args(["verify", "-o", "out"]).run().status(1);
    let said = ran.stderr_text();
    assert_eq!(said.matches("error[P004]").count(), 5, "{said}");
}

#[test]
fn something_else_in_the_place_of_a_file() {
    finds(
        |ran| {
            fs::rename(ran.join(PXE), ran.join("elsewhere")).unwrap();
            symlink(ran.join("elsewhere"), ran.join(PXE)).unwrap();
        },
        "P005",
        1,
    );
}

#[test]
fn an_ignition_copy_that_was_changed_is_a_wrong_digest() {
    finds(|ran| fs::write(ran.join("out/matchbox/ignition/ocp4-master.ign"), "{}").unwrap(), "P006", 5);
}

#[test]
fn sums_that_were_changed_are_a_wrong_digest() {
    finds(
        |ran| {
            let path = ran.join("out/SHA512SUMS");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text.replacen(['a', 'b', 'c'], "0", 1)).unwrap();
        },
        "P007",
        5,
    );
}

#[test]
fn an_artifact_that_is_missing() {
    finds(|ran| fs::remove_file(ran.join(KERNEL)).unwrap(), "P008", 1);
}

#[test]
fn an_artifact_with_one_bit_flipped_is_a_wrong_digest() {
    finds(|ran| fs::write(ran.join(KERNEL), "kernem").unwrap(), "P009", 5);
}

#[test]
fn the_copy_for_tftp_is_looked_at_too() {
    finds(|ran| fs::write(ran.join(&KERNEL.replace("matchbox/assets", "tftpboot")), "").unwrap(), "P009", 5);
}

/// Every artifact is the lock's; only the bytes tell that two of them are of different builds.
#[test]
fn an_initramfs_that_refuses_its_rootfs_is_a_wrong_digest() {
    finds(|ran| replace_artifact(ran, "rootfs", b"rootfz"), "P025", 5);
    finds(|ran| replace_artifact(ran, "initramfs", &accepting(b"rootfs of another build")), "P025", 5);
    finds(|ran| replace_artifact(ran, "rootfs", b""), "P025", 5);
    let ran = complete();
    replace_artifact(&ran, "rootfs", b"rootfz");
    let said = verify(ran).stderr_text();
    let (initramfs, rootfs) = ("live-initramfs.x86_64.img", "live-rootfs.x86_64.img");
    let words =
        format!("{initramfs}` refuses `matchbox/assets/scos-10.0.20990101-0-{rootfs}`: from byte 0 on");
    assert!(said.contains(&words), "{said}");
}

#[test]
fn an_initramfs_that_cannot_be_looked_into() {
    for broken in
        [b"initramfs".as_slice(), b"", &accepting(b"rootfs")[..200], &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 9]]
    {
        finds(|ran| replace_artifact(ran, "initramfs", broken), "P026", 1);
    }
}

#[test]
fn an_initramfs_that_names_no_rootfs_is_warned_of() {
    let ran = complete();
    let without = String::from_utf8(accepting(b"rootfs")).unwrap().replace("want-rootfs", "sent-rootfs");
    replace_artifact(&ran, "initramfs", without.as_bytes());
    let ran = verify(ran).status(0);
    let said = ran.stderr_text();
    assert!(said.contains("warning[P027]: `matchbox/assets/scos-10.0.20990101-0-live-initramfs"), "{said}");
}

#[test]
fn an_artifact_without_a_digest_and_files_that_were_not_given_are_warned_of() {
    let ran = complete();
    let path = ran.join("okdboot.lock");
    let mut lock: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let artifacts = &mut lock["clusters"]["ocp4"]["arches"]["x86_64"]["artifacts"];
    for (kind, key) in
        [("kernel", "ocp_install_kernel"), ("initramfs", "ocp_initramfs"), ("rootfs", "ocp_bios")]
    {
        let artifact = artifacts[kind].as_object_mut().unwrap();
        artifact.remove("sha256");
        artifact.remove("origin");
        let location = artifact["location"].as_str().unwrap();
        let text = fs::read_to_string(ran.join("vars.yaml")).unwrap();
        fs::write(ran.join("vars.yaml"), format!("{key}: {location}\n{}", text.replace("---\n", "")))
            .unwrap();
    }
    lock["clusters"]["ocp4"]["arches"]["x86_64"].as_object_mut().unwrap().remove("release");
    fs::write(&path, lock.to_string()).unwrap();
    fs::remove_dir_all(ran.join("out/matchbox/assets/ignition")).unwrap();
    let ran = ran.again().args(["verify", "-o", "out", "--locked"]).run();
    let said = ran.stderr_text();
    assert!(said.contains("warning[P010]") && said.contains("warning[P011]"), "{said}");
}

#[test]
fn a_lock_that_does_not_fit_is_warned_of_and_no_server_is_asked() {
    let ran = complete();
    let text = fs::read_to_string(ran.join("vars.yaml")).unwrap();
    fs::write(ran.join("vars.yaml"), text + "  stream: okd-4.20\n").unwrap();
    let lock = fs::read(ran.join("okdboot.lock")).unwrap();
    let mut lock: serde_json::Value = serde_json::from_slice(&lock).unwrap();
    for cluster in lock["clusters"].as_object_mut().unwrap().values_mut() {
        cluster["stream"]["source"] = "okd-4.19".into();
    }
    fs::write(ran.join("okdboot.lock"), lock.to_string()).unwrap();
    let ran = verify(ran).status(0);
    assert!(
        ran.stderr_text().contains("warning[P013]: `okdboot.lock` does not fit `vars.yaml`"),
        "{}",
        ran.stderr_text()
    );
}

/// Only where the group of the test's user has nobody else in it, as root's.
#[test]
fn copies_that_no_web_server_can_read_are_warned_of() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    let ran = verify(complete()).status(0);
    assert!(ran.stderr_text().contains("warning[P012]: 6 Ignition copies"), "{}", ran.stderr_text());
}

/// okdboot writes nothing that an unknown machine would boot by, and warns of what others wrote.
#[test]
fn files_that_boot_unknown_machines_are_warned_of() {
    let said = |write: &dyn Fn(&Ran)| {
        let ran = complete();
        write(&ran);
        verify(ran).status(0).stderr_text()
    };
    let put = |ran: &Ran, path: &str, text: &str| {
        let path = ran.join(&format!("out/{path}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let warning =
        |path: &str| format!("warning[P028]: every machine that is not in vars.yaml boots by `{path}`");
    assert!(!said(&|_| {}).contains("P028"));
    for path in ["tftpboot/pxelinux.cfg/default", "tftpboot/grub.cfg", "tftpboot/boot/grub2/grub.cfg"] {
        let found = said(&|ran| put(ran, path, "x"));
        assert!(found.contains(&warning(path)), "{found}");
    }
    let group = "matchbox/groups/any.json";
    let with_profile = |profile: &'static str, selector: &'static str| {
        said(&|ran| {
            put(ran, group, &format!(r#"{{"profile": "any"{selector}}}"#));
            put(ran, "matchbox/profiles/any.json", profile);
        })
    };
    let boots = r#"{"id": "any", "boot": {"kernel": "/k"}}"#;
    assert!(with_profile(boots, "").contains(&warning(group)));
    assert!(with_profile(boots, r#", "selector": {"os": ""}"#).contains(&warning(group)));
    assert!(!with_profile(boots, r#", "selector": {"os": "installed"}"#).contains("P028"));
    assert!(!with_profile(r#"{"id": "any", "ignition_id": "x"}"#, "").contains("P028"));
}
