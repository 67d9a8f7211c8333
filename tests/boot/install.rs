//! A real install: the real coreos-installer, started as the rendered files and the printed command
//! say, writes a disk, and the disk is looked at.
//!
//! The device of these commands exists in the guest only; nothing of them is run on the host.

use std::fs;
use std::path::PathBuf;

use okdboot::model::artifact::ArtifactKind;

use crate::cluster::{Machine as Node, RELEASE, STATIC, WORKER};
use crate::disk;
use crate::lab::{self, Lab, Setup};
use crate::live;
use crate::machine::{Firmware, Machine};
use crate::tool::{self, Tool};

fn is_present(case: &str) -> bool {
    tool::present(case, &[Firmware::Bios.tools(), live::TOOLS.to_vec(), disk::TOOLS.to_vec()].concat())
}

fn image_url(base: &str) -> String {
    format!("{base}/assets/scos-{RELEASE}-metal.x86_64.raw.gz")
}

/// The stand-in has no image inside, as the real live system has, so the kernel arguments name one.
fn lab() -> Lab {
    lab_of(Setup::new())
}

fn lab_of(setup: Setup) -> Lab {
    let image = image_url("{url}");
    let setup = setup.set(format!("kargs: [coreos.inst.image_url={image}, coreos.inst.insecure]"));
    let lab = setup.serve();
    lab.place(ArtifactKind::Metal, &disk::metal_image(lab.dir()));
    lab
}

/// Boots a node into the live system with an empty disk, and returns its console and the disk.
fn install(lab: &Lab, node: Node) -> (String, PathBuf) {
    let disk = disk::empty(lab.dir());
    let script = format!("{}/ipxe/{}.ipxe", lab.url(), node.mac.replace(':', "-"));
    let machine = Machine::new(lab, node, Firmware::Bios, &script).disk(&disk);
    (machine.start().wait_for_power_off(), disk)
}

/// Returns the command that is printed for a node. The image is added to it, for the reason above.
fn printed_command(lab: &Lab, node: Node) -> String {
    let text = lab::okdboot(lab.dir(), &["commands", node.name]);
    let line =
        text.lines().find(|line| line.starts_with("sudo coreos-installer ")).expect("a command is printed");
    format!("{line} --image-url {} --insecure\n", image_url(lab.url()))
}

fn ignition_of_worker(lab: &Lab) -> Vec<u8> {
    fs::read(lab.dir().join("ignition/worker.ign")).expect("it was written")
}

#[test]
fn install_by_kernel_arguments_writes_the_exact_ignition_file() {
    if !is_present("install_by_kernel_arguments_writes_the_exact_ignition_file") {
        return;
    }
    let lab = lab();
    live::place(&lab, None);
    let (console, disk) = install(&lab, WORKER);
    assert!(console.contains("okdboot-exit: 0"), "{console}");
    let found = disk::read(lab.dir(), &disk, "/ignition/config.ign");
    assert_eq!(found, Some(ignition_of_worker(&lab)), "{console}");
    let first_boot = disk::read(lab.dir(), &disk, "/ignition.firstboot").unwrap_or_default();
    let first_boot = String::from_utf8_lossy(&first_boot).into_owned();
    assert_eq!(first_boot, "set ignition_network_kcmdline=\"rd.neednet=1 ip=dhcp \"\n");
    Machine::new(&lab, WORKER, Firmware::Bios, "").boot_disk(&disk).start().wait_for(disk::GREETING);
}

#[test]
fn install_by_the_printed_command_writes_the_exact_ignition_file() {
    if !is_present("install_by_the_printed_command_writes_the_exact_ignition_file") {
        return;
    }
    let lab = lab();
    live::place(&lab, Some(&printed_command(&lab, STATIC)));
    let (console, disk) = install(&lab, STATIC);
    assert!(console.contains("okdboot-exit: 0"), "{console}");
    let found = disk::read(lab.dir(), &disk, "/ignition/config.ign");
    assert_eq!(found, Some(ignition_of_worker(&lab)), "{console}");
    let entry = disk::read(lab.dir(), &disk, "/loader/entries/ostree-1.conf").unwrap_or_default();
    let entry = String::from_utf8_lossy(&entry).into_owned();
    assert!(entry.contains("options ignition.platform.id=metal console=tty0\n"), "{entry}");
    assert!(disk::is_bootable(&disk));
}

/// Changes one byte of the role file that is served.
fn change_one_byte(lab: &Lab) {
    let served = lab.out("matchbox/assets/ignition/lab/worker.ign");
    let mut bytes = fs::read(&served).expect("it was rendered");
    let at = bytes.windows(6).position(|word| word == b"worker").expect("the user's name");
    bytes[at] = b'W';
    fs::write(&served, bytes).expect("it is writable");
}

/// One byte of the served file is another than when the command was printed.
#[test]
fn install_by_the_printed_command_refuses_a_changed_ignition_file() {
    if !is_present("install_by_the_printed_command_refuses_a_changed_ignition_file") {
        return;
    }
    let lab = lab();
    let command = printed_command(&lab, STATIC);
    live::place(&lab, Some(&command));
    change_one_byte(&lab);
    let (console, disk) = install(&lab, STATIC);
    let hash = command.split("--ignition-hash=sha512-").nth(1).and_then(|rest| rest.split(' ').next());
    let expected = format!("but expected '{}'", hash.expect("the command has one"));
    assert!(console.contains("hash mismatch, computed '") && console.contains(&expected), "{console}");
    assert!(console.contains("okdboot-exit: 1"), "{console}");
    assert!(!disk::is_bootable(&disk), "{console}");
}

fn has_ignition(case: &str) -> bool {
    is_present(case) && tool::present(case, &[Tool::File(live::IGNITION)])
}

/// The boot line leads to a config for the live system: the real Ignition writes the installer's file, by
/// which the real service installs what has the digest.
#[test]
fn install_by_a_pinned_config_writes_the_exact_ignition_file() {
    if !has_ignition("install_by_a_pinned_config_writes_the_exact_ignition_file") {
        return;
    }
    let lab = lab_of(Setup::new().set("ignition_pin: installer"));
    live::place(&lab, None);
    let (console, disk) = install(&lab, STATIC);
    assert!(console.contains("--config-file /etc/coreos/installer.d/okdboot.yaml"), "{console}");
    assert!(console.contains("okdboot-exit: 0"), "{console}");
    let found = disk::read(lab.dir(), &disk, "/ignition/config.ign");
    assert_eq!(found, Some(ignition_of_worker(&lab)), "{console}");
    let entry = disk::read(lab.dir(), &disk, "/loader/entries/ostree-1.conf").unwrap_or_default();
    let entry = String::from_utf8_lossy(&entry).into_owned();
    // An installer of an older image hands nothing on to the first boot: the disk has it as well.
    let kept = "options ignition.platform.id=metal console=tty0 rd.neednet=1 ip=10.0.2.12::10.0.2.2:";
    assert!(entry.contains(kept), "{entry}");
    let first_boot = disk::read(lab.dir(), &disk, "/ignition.firstboot").unwrap_or_default();
    let first_boot = String::from_utf8_lossy(&first_boot).into_owned();
    assert!(first_boot.contains(" ip=10.0.2.12::10.0.2.2:"), "{first_boot}");
}

/// One byte of the role file is another than when it was rendered.
#[test]
fn install_by_a_pinned_config_refuses_a_changed_ignition_file() {
    if !has_ignition("install_by_a_pinned_config_refuses_a_changed_ignition_file") {
        return;
    }
    let lab = lab_of(Setup::new().set("ignition_pin: installer"));
    live::place(&lab, None);
    change_one_byte(&lab);
    let (console, disk) = install(&lab, WORKER);
    assert!(console.contains("hash mismatch, computed '"), "{console}");
    assert!(console.contains("okdboot-exit: 1"), "{console}");
    assert!(!disk::is_bootable(&disk), "{console}");
}

/// A machine that runs live takes its digest from the pointer, and Ignition itself enforces it.
#[test]
fn install_nothing_but_run_live_by_a_pinned_pointer() {
    if !has_ignition("install_nothing_but_run_live_by_a_pinned_pointer") {
        return;
    }
    let lab = lab_of(Setup::new().set("ignition_pin: pointer").set_on(WORKER, "mode: live"));
    live::place(&lab, None);
    let (console, disk) = install(&lab, WORKER);
    assert!(console.contains("okdboot-user: worker"), "{console}");
    assert!(console.contains("okdboot-live: worker0.lab.example.com"), "{console}");
    assert!(!disk::is_bootable(&disk), "{console}");
    change_one_byte(&lab);
    let (console, _) = install(&lab, WORKER);
    assert!(console.contains("hash verification failed"), "{console}");
    assert!(console.contains("okdboot-exit: 70") && !console.contains("okdboot-user"), "{console}");
}

/// What machines of no cluster are given by people: a unit, in Butane.
const HELLO: &str = "variant: fcos\nversion: 1.4.0\nsystemd:\n  units:\n    - name: hello.service\n      enabled: true\n      \
    contents: |\n        [Service]\n        Type=oneshot\n        ExecStart=/bin/busybox echo hello from a unit\n        \
    [Install]\n        WantedBy=multi-user.target\n";

/// The program has the real butane translate the file; the machine takes it by the real Ignition, and runs its unit.
#[test]
fn install_nothing_but_run_a_unit_that_butane_made_on_a_machine_of_no_cluster() {
    let case = "install_nothing_but_run_a_unit_that_butane_made_on_a_machine_of_no_cluster";
    if !has_ignition(case) || !tool::present(case, &[Tool::Program("butane")]) {
        return;
    }
    let setup = Setup::live().file("hello.bu", HELLO).set_on(WORKER, "ignition: hello.bu");
    let lab = setup.serve();
    live::place(&lab, None);
    let (console, disk) = install(&lab, WORKER);
    assert!(console.contains("okdboot-exit: 0"), "{console}");
    assert!(console.contains("hello from a unit"), "{console}");
    assert!(!disk::is_bootable(&disk), "{console}");
}
