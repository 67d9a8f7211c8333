//! The installed system: its consoles and arguments, disks of several paths, partitions that stay.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};
use crate::server::{Answer, Server};
use crate::tool::{DEVICE, files_of, harmless, tool};

/// Every way to install `m0` and `x0` of testdata/render/disks by a command.
fn commands(case: &str, method: &str) -> (Ran, Vec<(String, Value)>) {
    let options = ["commands", "--method", method, "m0", "m1", "x0", "x1", "--format", "json"];
    let ran =
        render(case).again().args(options).args(["--ignition", "ignition", "-o", "out"]).run().status(0);
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let named = |entry: &Value| (entry["node"].as_str().unwrap().to_owned(), entry.clone());
    (ran, document["commands"].as_array().unwrap().iter().map(named).collect())
}

fn words(entry: &Value) -> Vec<&str> {
    entry["argv"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

const MULTIPATH: [&str; 5] =
    ["rd.multipath=default", "root=/dev/disk/by-label/dm-mpath-root", "rw", "audit=0", "intel_iommu=on"];

/// The options of one kind, in order.
fn values<'a>(words: &[&'a str], option: &str) -> Vec<&'a str> {
    words.iter().filter_map(|word| word.strip_prefix(option)?.strip_prefix('=')).collect()
}

#[test]
fn media_tell_the_installer_everything() {
    for method in ["iso", "pxe"] {
        let (_, entries) = commands("disks", method);
        let of = |name: &str| &entries.iter().find(|(node, _)| node == name).unwrap().1;
        let live = |name: &str| match method {
            "iso" => values(&words(of(name)), "--live-karg-append").join(" "),
            _ => of(name)["boot"].as_str().unwrap().to_owned(),
        };
        assert_eq!(values(&words(of("m0")), "--dest-karg-append"), MULTIPATH, "{method}");
        assert!(live("m0").ends_with(" rd.multipath=default quiet"), "{}", live("m0"));
        assert_eq!(values(&words(of("m1")), "--dest-console"), ["ttyS1"], "{method}");
        assert!(live("m1").ends_with(" console=tty0"), "{}", live("m1"));
        let kept = "coreos.inst.save_partlabel=data*,log? coreos.inst.save_partindex=5-7,9-";
        assert!(live("x0").ends_with(kept), "{}", live("x0"));
        assert_eq!(values(&words(of("x1")), "--dest-karg-delete"), ["nosmt"], "{method}");
        let scripts = ["hooks/before.sh", "hooks/own.sh"];
        assert_eq!(values(&words(of("x1")), "--pre-install"), scripts, "{method}");
        assert_eq!(values(&words(of("x1")), "--post-install"), ["hooks/after.sh"], "{method}");
        assert!(!live("x1").contains("coreos.inst.") && !live("x1").contains("multipath"), "{}", live("x1"));
    }
}

/// What is installed with nothing but the command gets the same.
#[test]
fn the_command_tells_the_installer_everything() {
    let (_, entries) = commands("disks-plain", "install");
    let of = |name: &str| words(&entries.iter().find(|(node, _)| node == name).unwrap().1);
    assert_eq!(values(&of("m0"), "--append-karg"), MULTIPATH);
    assert_eq!(values(&of("m1"), "--console"), ["ttyS1"]);
    assert_eq!(values(&of("x0"), "--save-partlabel"), ["data*", "log?"]);
    assert_eq!(values(&of("x0"), "--save-partindex"), ["5-7", "9-"]);
    assert_eq!(values(&of("x1"), "--delete-karg"), ["nosmt"]);
}

/// The installer's own parser takes every option, and ends at the medium that is not there.
#[test]
fn coreos_installer_accepts_media_with_every_option() {
    let Some(installer) = tool("coreos-installer") else { return };
    for method in ["iso", "pxe"] {
        let (ran, entries) = commands("disks", method);
        for (node, entry) in entries {
            let mut command = Command::new(&installer);
            command.args(&words(&entry)[1..]).current_dir(ran.path()).stdin(Stdio::null());
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{node}: {said}");
            assert!(said.contains("scos-10.0") && said.contains("No such file"), "{node}: {said}");
        }
    }
}

/// The installer's own reader makes of each file the arguments that vars.yaml asks for; it fetches the
/// Ignition file and ends at a device that cannot exist.
#[test]
fn coreos_installer_reads_the_same_out_of_its_files() {
    let Some(installer) = tool("coreos-installer") else { return };
    let ran = render("disks");
    let root = ran.join("out/matchbox");
    let server = Server::start(move |_, request| {
        fs::read(root.join(request.path.trim_start_matches('/'))).map_or(Answer::new(404, ""), Answer::ok)
    });
    let vars = harmless(&fs::read_to_string(ran.join("vars.yaml")).unwrap(), &server.url(""));
    let ran =
        ran.again().vars(vars).args(["render", "--ignition", "ignition", "-o", "out", "-q"]).run().status(0);
    let multipath: Vec<String> = MULTIPATH.iter().map(|arg| format!("--append-karg {arg}")).collect();
    for (node, due) in [
        ("m0", multipath.join(" ").as_str()),
        ("m1", "--console ttyS1,9600n8 --append-karg audit=0"),
        ("m2", "--append-karg audit=0"),
        (
            "x0",
            "--append-karg audit=0 --save-partlabel data* --save-partlabel log? --save-partindex 5-7 --save-partindex 9-",
        ),
        ("x1", "--append-karg audit=0 --delete-karg nosmt"),
        ("power0", "--append-karg audit=0 --save-partindex -4"),
    ] {
        let path = ran.join(&format!("out/matchbox/assets/ignition/multi/live/{node}.ign"));
        let config: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let [(name, text)] = <[_; 1]>::try_from(files_of(&config)).unwrap();
        assert_eq!(name, "/etc/coreos/installer.d/okdboot.yaml");
        let file = ran.join("installer.yaml");
        fs::write(&file, &text).unwrap();
        let output = Command::new(&installer)
            .args(["install", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let read = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(read.trim_end().ends_with(&format!(" {due} {DEVICE}")), "{node}: {read}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(DEVICE) && said.contains("No such file"), "{node}: {said}");
    }
}

#[test]
fn what_kernel_arguments_cannot_say_is_a_warning() {
    let said = |case: &str, options: &[&str]| {
        let ran = render(case).again().args(options).args(["--ignition", "ignition", "-o", "out"]).run();
        ran.status(0).stderr_text()
    };
    let plain = said("disks-plain", &["render", "--check"]);
    assert!(
        plain.contains("warning[R013]") && plain.contains("`okdboot.ignition_pin: installer`"),
        "{plain}"
    );
    assert!(plain.contains("`m0`, `m1`, `m2`, `x0`, `x1` and `power0`"), "x2 has no network boot: {plain}");
    let kargs = ["commands", "--method", "kargs", "m0"];
    assert!(said("disks-plain", &kargs).contains("warning[R013]"));
    assert!(!said("disks", &kargs).contains("R013"), "the file for the installer has it");
    let live = said("pin-pointer", &["render"]);
    assert!(!live.contains("R013"), "`console` alone is of the live boot first: {live}");
}

/// A script that no network boot runs, and a root that is looked for before its network is there.
#[test]
fn what_a_network_boot_does_not_carry_is_said() {
    let cluster = |master: &str| {
        let head = "disk: /dev/sda\nhelper: {name: helper, ipaddr: 192.0.2.77}\ndns: {domain: example.com, clusterid: demo}\n\
            okdboot: {network: {gateway: 192.0.2.1, prefix: 24, interface: ens3}}\n";
        format!(
            "{head}masters: [{{name: m0, ipaddr: 192.0.2.21, macaddr: \"52:54:00:00:00:21\", {master}}}]\n"
        )
    };
    let said = |master: &str| {
        let lock = crate::read("testdata/render/dhcp/okdboot.lock").replace("\"ocp4\"", "\"demo\"");
        let sandbox = Sandbox::new().vars(cluster(master)).file("okdboot.lock", lock);
        sandbox.args(["render", "-o", "out"]).run().status(0).stderr_text()
    };
    let scripts = said("addressing: dhcp, post_install: after.sh");
    assert!(scripts.contains("warning[R041]: no network boot of `demo` runs the scripts"), "{scripts}");
    assert!(!said("addressing: dhcp, mode: local, post_install: after.sh").contains("R041"));
    let target = "netroot=iscsi:192.0.2.9::::iqn.2026-01.com.example:m0";
    let iscsi = said(&format!("addressing: static, installed_kargs: [\"{target}\"]"));
    assert!(iscsi.contains("warning[R040]: the root of `m0` is on iSCSI"), "{iscsi}");
    let ip = "rd.neednet=1 ip=192.0.2.21::192.0.2.1:255.255.255.0:m0.demo.example.com:ens3:none nameserver=192.0.2.77";
    assert!(iscsi.contains(&format!("`installed_kargs: [\"{ip}\"]`")), "{iscsi}");
    for right in [
        format!("addressing: static, installed_kargs: [\"{target}\", \"{ip}\"]"),
        format!("addressing: dhcp, installed_kargs: [\"{target}\"]"),
        "addressing: static, installed_kargs: [rd.iscsi.firmware=1]".to_owned(),
    ] {
        assert!(!said(&right).contains("R040"), "{right}");
    }
}
