//! Machines of s390x: what they are started with, how long it may be, and what other commands do with them.

use std::fs;

use serde_json::Value;

use crate::fetch::{self, Site};
use crate::golden::render;
use crate::live::{NO_TFTP, NO_WEB, is_asset, passes};
use crate::read;
use crate::sandbox::{Ran, Sandbox};
use crate::server::{Answer, Server};
use crate::stage::{Stage, WrongTftp};

const CASE: &str = "testdata/render/s390x";
const PARM: &str = "out/s390x/multi/dasd0.parm";

fn again(ran: Ran, args: &[&str]) -> Ran {
    ran.again().args(args).args(["-o", "out"]).run()
}

/// Renders the case with further arguments of one machine.
fn with_kargs(kargs: &str) -> Ran {
    let vars = read(&format!("{CASE}/vars.yaml"));
    let own = "    dasd: 0.0.3490-0.0.3492\n";
    assert!(vars.contains(own));
    let vars = vars.replace(own, &format!("{own}    kargs: [\"{kargs}\"]\n"));
    Sandbox::new()
        .vars(vars)
        .file("okdboot.lock", read(&format!("{CASE}/okdboot.lock")))
        .args(["render", "-o", "out"])
        .run()
}

fn length(ran: &Ran) -> usize {
    fs::read(ran.join(PARM)).unwrap().len()
}

#[test]
fn a_parm_file_is_one_line_without_an_end() {
    let ran = render("s390x");
    for name in ["dasd0", "fcp0", "npiv0", "kvm0", "live0"] {
        let bytes = fs::read(ran.join(&format!("out/s390x/multi/{name}.parm"))).unwrap();
        assert!(!bytes.contains(&b'\n') && bytes.is_ascii(), "{name}");
    }
}

#[test]
fn old_kernels_read_895_characters_and_none_more_than_4096() {
    let short = length(&with_kargs("a=b").status(0)) - "a=b".len();
    let of = |whole: usize| with_kargs(&format!("a={}", "b".repeat(whole - short - "a=".len())));
    for (whole, code, status) in
        [(895, None, 0), (896, Some("R019"), 0), (4096, Some("R019"), 0), (4097, Some("R018"), 3)]
    {
        let ran = of(whole).status(status);
        let said = ran.stderr_text();
        if status == 0 {
            assert_eq!(length(&ran), whole);
        } else {
            ran.expect_absent(PARM);
        }
        let limit = if code == Some("R018") { 4096 } else { 895 };
        let due = format!("the parm file of node `dasd0` has {whole} characters of {limit}");
        assert_eq!(said.contains(&due), code.is_some(), "{whole}: {said}");
        for other in ["R018", "R019"] {
            assert_eq!(said.contains(other), code == Some(other), "{whole}: {said}");
        }
    }
}

#[test]
fn a_disarmed_machine_has_no_parm_file() {
    let ran = render("s390x");
    let before = fs::read_to_string(ran.join(PARM)).unwrap();
    let ran = again(ran, &["disarm", "dasd0", "kvm0", "-q"]).status(0);
    for gone in
        [PARM, "out/s390x/multi/dasd0.ins", "out/s390x/multi/kvm0.parm", "out/s390x/multi/kvm0.virt-install"]
    {
        assert!(!ran.join(gone).exists(), "{gone}");
    }
    let ran = again(ran, &["render", "--check", "-q"]).status(0).stdout("");
    let ran = again(ran, &["arm", "dasd0", "kvm0", "-q"]).status(0);
    ran.expect_file(PARM, before);
}

#[test]
fn only_parm_leaves_other_formats_alone() {
    let sandbox = Sandbox::new()
        .vars(read(&format!("{CASE}/vars.yaml")))
        .file("okdboot.lock", read(&format!("{CASE}/okdboot.lock")));
    let ran = sandbox.args(["render", "--only", "parm", "-o", "out", "-q"]).run().status(0);
    assert!(ran.join(PARM).exists() && !ran.join("out/tftpboot").exists());
}

#[test]
fn explain_says_the_devices_and_the_console_that_nobody_set() {
    let ran = again(render("s390x"), &["explain", "fcp0", "-q", "--format", "json"]).status(0);
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let node = &document["nodes"][0];
    let row = |name: &str| {
        let rows = node["values"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    assert_eq!(row("console")["value"], "ttysclp0");
    assert_eq!(row("console")["origins"][0]["kind"], "default");
    assert_eq!(row("allow_lun_scan")["value"], "false");
    assert_eq!(row("secure_ipl")["origins"][0]["key"], "workers[1].secure_ipl");
    assert!(
        row("zfcp")["value"].as_str().unwrap().contains("0.0.19c7,0x50050763071bc5e3,0x4008400b00000000")
    );
    assert_eq!(node["command-line"]["limit"], 4096);
    let files: Vec<&str> =
        node["files"].as_array().unwrap().iter().filter_map(|it| it["path"].as_str()).collect();
    assert!(files.contains(&"s390x/multi/fcp0.ins"), "{files:?}");
    // It asks for its rootfs and its Ignition file by itself; the rest is put before it.
    let whats: Vec<&str> =
        node["requests"].as_array().unwrap().iter().filter_map(|it| it["what"].as_str()).collect();
    assert_eq!(whats, ["rootfs", "ignition"]);
    let text = again(ran, &["explain", "kvm0", "-q"]).status(0).stdout_text();
    assert!(text.contains("characters of a parm file") && text.contains("kernel "), "{text}");
}

#[test]
fn no_other_architecture_gets_a_console() {
    let ran = again(render("mixed"), &["explain", "arm0", "-q"]).status(0);
    assert!(!ran.stdout_text().contains("console"), "{}", ran.stdout_text());
}

#[test]
fn a_console_of_ones_own_wins() {
    let vars = read(&format!("{CASE}/vars.yaml")).replace("okdboot:\n", "okdboot:\n  console: hvc0\n");
    let lock = read(&format!("{CASE}/okdboot.lock"));
    let ran = Sandbox::new().vars(vars).file("okdboot.lock", lock).args(["render", "-o", "out", "-q"]).run();
    let text = fs::read_to_string(ran.status(0).join(PARM)).unwrap();
    assert!(text.contains(" console=hvc0 ") && !text.contains("ttysclp0"), "{text}");
}

/// A key is never dropped without a word, and never said twice.
#[test]
fn a_guest_of_kvm_may_be_started_securely_too() {
    let own = "    interface: enc1\n";
    let more = "    secure_ipl: true\n    kargs: [coreos.inst.secure_ipl=1]\n";
    let vars = read(&format!("{CASE}/vars.yaml"));
    assert!(vars.contains(own));
    let ran = Sandbox::new()
        .vars(vars.replace(own, &format!("{own}{more}")))
        .file("okdboot.lock", read(&format!("{CASE}/okdboot.lock")))
        .file("ignition/worker.ign", read(&format!("{CASE}/ignition/worker.ign")))
        .file("ignition/master.ign", read(&format!("{CASE}/ignition/master.ign")))
        .args(["render", "--only", "parm", "-o", "out", "-q"])
        .run()
        .status(0);
    let text = fs::read_to_string(ran.join("out/s390x/multi/kvm0.parm")).unwrap();
    assert!(text.contains(" coreos.inst.secure_ipl ip="), "{text}");
    let ran = again(ran, &["commands", "kvm0", "--ignition", "ignition", "-q"]).status(0);
    assert_eq!(ran.stdout_text().matches("--secure-ipl").count(), 1, "{}", ran.stdout_text());
}

#[test]
fn a_drawing_says_how_it_boots() {
    let ran = again(render("s390x"), &["render", "--graph", "mermaid", "--ignition", "ignition"]).status(0);
    let text = ran.stdout_text();
    assert!(text.contains("boots by a parm file") && !text.contains("from the ISO"), "{text}");
}

#[test]
fn a_command_by_hand_keeps_what_a_network_boot_carries_over() {
    let args = ["commands", "npiv0", "fcp0", "--ignition", "ignition", "-q"];
    let text = again(render("s390x"), &args).status(0).stdout_text();
    for word in [
        "'--append-karg=cio_ignore=all,!condev,!0.0.0009'",
        "--append-karg=rd.znet=lcs,0.0.09a0,0.0.09a1,portno=0",
        "--append-karg=rd.zfcp=0.0.fc00",
        "--append-karg=zfcp.allow_lun_scan=0",
        "--secure-ipl",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("--console"), "{text}");
}

/// What a guest of KVM fetches, and a guest of z/VM: no boot file is asked for, and nothing over TFTP.
#[test]
fn servers_are_asked_for_what_a_machine_fetches_by_itself() {
    let no_tftp: WrongTftp = |name, _| panic!("{name} was asked for");
    let guest = "  arch: s390x\n";
    let told =
        "  arch: s390x\n  kargs: [\"rd.znet=qeth,0.0.bdf0,0.0.bdf1,0.0.bdf2\", \"rd.dasd=0.0.3490\"]\n";
    passes(guest, &[], NO_WEB, no_tftp);
    let mut stage =
        Stage::new(guest, |request, _| is_asset(request, "rootfs").then(|| Answer::new(404, "")), no_tftp);
    let said = stage.verify(&[]).status(1).stderr_text();
    assert!(said.contains("error[P034]") && said.contains("rootfs"), "{said}");
    // What is put into a reader is not looked for on the web server.
    for (settings, status) in [(guest, 1), (told, 0)] {
        let web = |request: &crate::server::Request, _: &std::path::Path| {
            is_asset(request, "kernel").then(|| Answer::new(404, ""))
        };
        let mut stage = Stage::new(settings, web, NO_TFTP);
        let folder = stage.out().join("s390x/lab");
        for kind in ["kernel", "initramfs"] {
            fs::write(folder.join(crate::stage::name(kind)), crate::stage::artifact(kind)).unwrap();
        }
        let size = crate::stage::artifact("initramfs").len() as u64;
        let said = [0x0200_0000_u64.to_be_bytes(), size.to_be_bytes()].concat();
        fs::write(folder.join(format!("{}.addrsize", crate::stage::name("initramfs"))), said).unwrap();
        stage.verify(&[]).status(status);
    }
}

#[test]
fn fetch_says_where_a_partition_finds_its_initramfs() {
    let server = Server::start(|_, request| fetch::answer(request));
    let site = Site::new(&server.url(""));
    let stream = fs::read_to_string(site.path("stream.json")).unwrap().replace("x86_64", "s390x");
    fs::write(site.path("stream.json"), stream).unwrap();
    let vars = fs::read_to_string(site.path("vars.yaml")).unwrap();
    let kargs = "kargs: [\"rd.znet=qeth,0.0.bdf0,0.0.bdf1,0.0.bdf2\", \"rd.dasd=0.0.3490\"]";
    fs::write(site.path("vars.yaml"), format!("{vars}okdboot: {{ arch: s390x, {kargs} }}\n")).unwrap();
    let done = site.fetch(&[]);
    assert_eq!(done.status.code(), Some(0), "{}", fetch::text(&done.stderr));
    let folder = site.path("out/s390x/demo");
    let bytes = fs::metadata(folder.join("live-initramfs.img")).unwrap().len();
    assert!(folder.join("live-kernel").is_file());
    let said = fs::read(folder.join("live-initramfs.img.addrsize")).unwrap();
    assert_eq!(said, [0x0200_0000_u64.to_be_bytes(), bytes.to_be_bytes()].concat());
    // Of another initramfs, and gone.
    let verify = || {
        let mut command = site.okdboot("verify");
        fetch::text(&command.args(["--stream", "stream.json"]).output().unwrap().stderr)
    };
    assert!(!verify().contains("addrsize"), "{}", verify());
    fs::write(folder.join("live-initramfs.img.addrsize"), [0; 16]).unwrap();
    assert!(verify().contains("`s390x/demo/live-initramfs.img.addrsize` says another address or size"));
    fs::remove_file(folder.join("live-initramfs.img.addrsize")).unwrap();
    assert!(verify().contains("`s390x/demo/live-initramfs.img.addrsize` cannot be read: it is not there"));
    // Right bytes through a link may be others at the next look.
    fs::write(site.path("elsewhere"), said).unwrap();
    std::os::unix::fs::symlink(site.path("elsewhere"), folder.join("live-initramfs.img.addrsize")).unwrap();
    assert!(verify().contains("addrsize` is a symlink"), "{}", verify());
}

#[test]
fn only_devices_put_a_machine_on_a_channel() {
    let site = Site::new("http://127.0.0.1:1");
    let check = |more: &str| {
        let vars = crate::site::VARS
            .replace("disk: vda", "disk: \"/dev/disk/by-path/ccw-0.0.0003\"")
            .replace("52:54:00:f4:26:a1\"", &format!("52:54:00:f4:26:a1\"{more}"));
        fs::write(site.path("vars.yaml"), format!("{vars}okdboot: {{ arch: s390x }}\n")).unwrap();
        fetch::text(&site.okdboot("check").output().unwrap().stderr)
    };
    // A guest of KVM has a virtio disk there; one that is told of devices has to be told of this one.
    assert!(!check(", secure_ipl: true").contains("V324"), "{}", check(", secure_ipl: true"));
    assert!(check(", znet: [\"qeth,0.0.bdf0,0.0.bdf1,0.0.bdf2\"]").contains("V324"));
}
