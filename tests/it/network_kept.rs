//! Network arguments of machines with static addresses, where a file or media tell the installer what to do;
//! and what an image asks of CPUs.

use std::fs;

use serde_json::{Value, json};

use crate::sandbox::{Ran, Sandbox};
use crate::site;
use crate::tool::files_of;

const STATIC: &str = "staticips: true\nokdboot:\n  stream: stream.json\n  ignition_pin: installer\n  network: {netmask: 255.255.255.0, interface: ens3}\n";
const IP: &str = "ip=192.0.2.11::192.0.2.1:255.255.255.0:worker0.demo.example.com:ens3:none";

/// The metadata of a release by its name, of the system that its files are named for.
fn stream(system: &str, release: &str) -> String {
    let digest = okdboot::model::digest::Sha256::of(b"any");
    let named =
        ["kernel", "initramfs", "rootfs", "iso"].map(|kind| format!("{system}-{release}-live-{kind}.x86_64"));
    let files = [&named[0], &named[1], &named[2], &named[3]].map(|name| (name.as_str(), digest));
    let mut stream = site::stream("https://example.com", files);
    stream["architectures"]["x86_64"]["artifacts"]["metal"]["release"] = json!(release);
    stream.to_string()
}

fn run(system: &str, release: &str, settings: &str, args: &[&str]) -> Ran {
    run_with("3.2.0", system, release, settings, args)
}

/// The same with Ignition files of a specification.
fn run_with(spec: &str, system: &str, release: &str, settings: &str, args: &[&str]) -> Ran {
    let ignition = format!("{{\"ignition\":{{\"version\":\"{spec}\"}}}}");
    let sandbox = ["bootstrap", "master", "worker"]
        .iter()
        .fold(Sandbox::new(), |sandbox, role| sandbox.file(&format!("ignition/{role}.ign"), &ignition));
    let sandbox =
        sandbox.file("stream.json", stream(system, release)).vars(format!("{}{settings}", site::VARS));
    sandbox.args(args).args(["--ignition", "ignition", "-o", "out", "-v"]).run().status(0)
}

/// What the installer is told about the kernel arguments of `worker0`.
fn appended(ran: &Ran) -> Vec<String> {
    let config = fs::read(ran.join("out/matchbox/assets/ignition/demo/live/worker0.ign")).unwrap();
    let files = files_of(&serde_json::from_slice(&config).unwrap());
    let told: Value = serde_yaml::from_str(&files[0].1).unwrap();
    let list = told["append-karg"].as_array().cloned().unwrap_or_default();
    list.iter().map(|arg| arg.as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_installer_that_loses_network_arguments_is_told_them_as_those_of_the_installed_system() {
    let ran = run("scos", "10.0.20250628-0", STATIC, &["render"]);
    assert_eq!(appended(&ran), ["rd.neednet=1", IP, "nameserver=192.0.2.77"]);
    let said = ran.stderr_text();
    assert!(
        said.contains("notice[R034]: the network arguments of `bootstrap`, `master0` and `worker0` stay"),
        "{said}"
    );
    // An image that hands them on needs nothing.
    let ran = run("rhcos", "9.6.20260112-0", STATIC, &["render"]);
    assert_eq!((appended(&ran), ran.stderr_text().contains("R034")), (vec![], false));
    // What a person has decided stands alone.
    let own = format!("{STATIC}  installed_kargs: [\"ip=ens3:dhcp\"]\n");
    assert_eq!(appended(&run("scos", "10.0.20250628-0", &own, &["render"])), ["ip=ens3:dhcp"]);
    // DHCP is what every image does of itself.
    let dhcp = "okdboot: {stream: stream.json, ignition_pin: installer}\n";
    assert_eq!(appended(&run("scos", "10.0.20250628-0", dhcp, &["render"])), [""; 0]);
}

#[test]
fn media_put_network_arguments_into_the_installed_system() {
    for method in ["iso", "pxe"] {
        let ran = run("scos", "10.0.20250628-0", STATIC, &["commands", "--method", method, "worker0"]);
        let printed = ran.stdout_text();
        assert!(printed.contains(&format!("--dest-karg-append={IP}")), "{printed}");
        assert!(ran.stderr_text().contains("notice[R034]: the network arguments of `worker0` stay"));
    }
    let ran = run("rhcos", "416.94.202601221345-0", STATIC, &["commands", "--method", "iso", "worker0"]);
    assert!(!ran.stdout_text().contains("--dest-karg-append"), "{}", ran.stdout_text());
}

#[test]
fn newer_cpus_are_asked_for_once_where_the_release_is_chosen() {
    let ran = run("scos", "10.0.20250628-0", STATIC, &["render"]);
    let said = ran.stderr_text();
    assert!(
        said.contains(
            "notice[R035]: machines of `demo` need CPUs of level x86-64-v3 for SCOS 10.0.20250628-0"
        ),
        "{said}"
    );
    let again = ran.again().args(["render", "--ignition", "ignition", "-o", "out", "-v"]).run().status(0);
    assert!(!again.stderr_text().contains("R035"), "{}", again.stderr_text());
    let ran = run("rhcos", "9.6.20260112-0", STATIC, &["render"]);
    assert!(!ran.stderr_text().contains("R035"), "{}", ran.stderr_text());
}

#[test]
fn an_ignition_file_of_a_newer_specification_than_the_release_reads_is_warned_of() {
    let plain = "okdboot: {stream: stream.json}\n";
    for (spec, release, due) in [
        ("3.5.0", "412.86.202301311551-0", Some("machines of 4.12 read 3.2 at most")),
        ("3.5.0", "416.94.202510081640-0", Some("machines of 4.16 read 3.4 at most")),
        ("3.4.0", "416.94.202510081640-0", None),
        ("3.2.0", "412.86.202301311551-0", None),
        // Its name does not say of which release it is.
        ("3.5.0", "9.6.20260112-0", None),
    ] {
        let said = run_with(spec, "rhcos", release, plain, &["render"]).stderr_text();
        assert_eq!(
            said.matches("warning[R036]").count(),
            if due.is_some() { 3 } else { 0 },
            "{release}: {said}"
        );
        assert!(due.is_none_or(|words| said.contains(words)), "{said}");
    }
}

/// The network boots what vars.yaml names, the ISO is of the stream: two systems in one cluster.
#[test]
fn files_of_two_systems_are_warned_of() {
    let named = "okd_install_kernel: http://h/fcos-41-live-kernel-x86_64\nokd_initramfs: http://h/fcos-41-live-initramfs.x86_64.img\n\
        okd_bios: http://h/fcos-41-live-rootfs.x86_64.img\n";
    let plain = "okdboot: {stream: stream.json}\n";
    let said = run("rhcos", "9.6.20260112-0", &format!("{named}{plain}"), &["render"]).stderr_text();
    assert!(
        said.contains(
            "warning[R037]: the files of `demo` are of several systems: `kernel`, `initramfs` and `rootfs` of Fedora CoreOS; `iso`"
        ),
        "{said}"
    );
    assert!(said.contains("demo: Fedora CoreOS: vars.yaml names artifacts itself"), "{said}");
    let said = run("rhcos", "9.6.20260112-0", plain, &["render"]).stderr_text();
    assert!(!said.contains("R037"), "{said}");
}

/// Which of the three files is missing says another thing of Fedora CoreOS than of a release of OpenShift.
#[test]
fn an_image_without_a_rootfs_is_followed_by_one_of_its_own_kind() {
    for (system, advice) in [
        ("fedora-coreos", "take a newer build of Fedora CoreOS, which has all three"),
        ("rhcos", "take a release from 4.6 on, which has all three"),
    ] {
        let mut stream: Value = serde_json::from_str(&stream(system, "31.20200118.3.0")).unwrap();
        let metal = &mut stream["architectures"]["x86_64"]["artifacts"]["metal"];
        metal["formats"]["pxe"].as_object_mut().unwrap().remove("rootfs");
        let ran = Sandbox::new()
            .vars(site::VARS)
            .file("stream.json", stream.to_string())
            .args(["check", "--stream", "stream.json"])
            .run()
            .status(3);
        assert!(ran.stderr_text().contains(advice), "{system}: {}", ran.stderr_text());
    }
}
