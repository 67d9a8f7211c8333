//! Workers of another architecture for a running cluster, end to end: what the cluster hands out comes on
//! standard input and as `worker.ign`; everything else follows.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use okdboot::model::digest::Sha256;
use serde_json::{Value, json};

use crate::fetch::bytes;
use crate::project;
use crate::sandbox::{Ran, Sandbox};
use crate::server::{Answer, Server};
use crate::tool::{optional, tool};

const VARS: &str = "\
disk: /dev/disk/by-id/okdboot-no-such-disk
helper: { name: helper, ipaddr: 192.168.7.77 }
dns: { domain: example.com, clusterid: lab }
masters:
  - { name: master0, ipaddr: 192.168.7.21, macaddr: \"52:54:00:e7:9d:67\", mode: local }
  - { name: master1, ipaddr: 192.168.7.22, macaddr: \"52:54:00:80:16:23\", mode: local }
  - { name: master2, ipaddr: 192.168.7.23, macaddr: \"52:54:00:d5:1c:39\", mode: local }
workers:
  - { name: x0, ipaddr: 192.168.7.30, macaddr: \"52:54:00:0a:64:30\" }
  - { name: arm0, ipaddr: 192.168.7.31, macaddr: \"52:54:00:0a:64:31\", arch: arm64 }
  - { name: power0, ipaddr: 192.168.7.32, macaddr: \"52:54:00:0a:64:32\", arch: ppc64le }
okdboot: { ignition: . }
";

/// What `oc extract` gives, which has no newline at its end.
const WORKER: &str = r#"{"ignition":{"config":{"merge":[{"source":"https://api-int.lab.example.com:22623/config/worker"}]},"version":"3.2.0"}}"#;

/// Real metadata, with the digests of files that a test can serve.
fn stream(file: &str) -> Option<Value> {
    let folder = std::env::var_os("OKDBOOT_SHARED").map_or_else(|| project("../shared"), PathBuf::from);
    let text = fs::read_to_string(folder.join("streams").join(file)).ok()?;
    let mut stream: Value = serde_json::from_str(&text).unwrap();
    for arch in stream["architectures"].as_object_mut().unwrap().values_mut() {
        for (_, format) in arch["artifacts"]["metal"]["formats"].as_object_mut().unwrap() {
            for (_, artifact) in format.as_object_mut().unwrap() {
                let name = artifact["location"].as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
                artifact["sha256"] = json!(Sha256::of(&bytes(&name)).to_string());
            }
        }
    }
    Some(stream)
}

/// The ConfigMap as `oc get -o json` prints it.
fn as_json(data: &Value) -> String {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "coreos-bootimages", "namespace": "openshift-machine-config-operator"},
        "data": data,
    })
    .to_string()
}

/// The same as `oc get -o yaml` prints it: values of many lines are blocks.
fn as_yaml(data: &Value) -> String {
    let mut text = "apiVersion: v1\ndata:\n".to_owned();
    for (key, value) in data.as_object().unwrap() {
        let value = value.as_str().unwrap();
        text += &format!("  {key}: |-\n");
        for line in value.lines() {
            text += &format!("    {line}\n");
        }
    }
    text + "kind: ConfigMap\nmetadata:\n  name: coreos-bootimages\n  namespace: openshift-machine-config-operator\n"
}

fn pretty(stream: &Value) -> String {
    serde_json::to_string_pretty(stream).unwrap()
}

/// A server that has every file by its name.
fn mirror() -> Server {
    Server::start(|_, request| Answer::ok(bytes(request.path.rsplit_once('/').unwrap().1)))
}

/// Runs `fetch` over a ConfigMap on standard input.
fn fetched(mirror: &Server, configmap: &str, source: &str) -> Ran {
    let sandbox = Sandbox::new().vars(VARS).file("worker.ign", WORKER).stdin(configmap);
    let options = ["--stream", source, "--mirror", &mirror.url(""), "--kind", "iso", "-o", "out", "-q"];
    sandbox.arg("fetch").args(options).run().status(0)
}

fn lock(ran: &Ran) -> Value {
    serde_json::from_str(&fs::read_to_string(ran.join("okdboot.lock")).unwrap()).unwrap()
}

const RELEASE: &str = "9.6.20260217-1";

/// ConfigMap and `worker.ign` in; ISO, PXE, iPXE and GRUB forms, commands and approval lines out.
#[test]
fn from_the_clusters_answers_to_machines_that_are_let_in() {
    let Some(stream) = stream("rhcos-4.20.json") else {
        println!("skipped: the stream metadata lies outside of the project and is not there");
        return;
    };
    let data = json!({"releaseVersion": "4.20.5", "stream": pretty(&stream)});
    let mirror = mirror();
    for configmap in [as_json(&data), as_yaml(&data), as_yaml(&data).replace('\n', "\r\n"), pretty(&stream)] {
        let ran = fetched(&mirror, &configmap, "-");
        let arches = &lock(&ran)["clusters"]["lab"]["arches"];
        for arch in ["x86_64", "aarch64", "ppc64le"] {
            assert_eq!(arches[arch]["release"], RELEASE, "{arch}");
            for kind in
                ["live-kernel.ARCH", "live-initramfs.ARCH.img", "live-rootfs.ARCH.img", "live-iso.ARCH.iso"]
            {
                let name = format!("rhcos-{RELEASE}-{}", kind.replace("ARCH", arch));
                let found = fs::read(ran.join(&format!("out/matchbox/assets/{name}"))).unwrap();
                assert!(found == bytes(&name), "{name}");
            }
        }
        let ran = ran.again().args(["render", "-o", "out", "-q"]).run().status(0);
        forms(&ran);
        approvals(&ran);
        let ran = ran.again().args(["verify", "-o", "out"]).run().status(0);
        commands(ran);
    }
}

fn text(ran: &Ran, path: &str) -> String {
    fs::read_to_string(ran.join(&format!("out/{path}"))).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Each worker has the forms of its architecture, all with worker.ign; no master can be installed again.
fn forms(ran: &Ran) {
    let of = |arch: &str, kind: &str| format!("rhcos-{RELEASE}-live-{}", kind.replace("ARCH", arch));
    let line = |arch: &str| {
        format!(
            "coreos.live.rootfs_url=http://192.168.7.77:8080/assets/{} coreos.inst.install_dev=/dev/disk/by-id/okdboot-no-such-disk \
             coreos.inst.ignition_url=http://192.168.7.77:8080/assets/ignition/lab/worker.ign",
            of(arch, "rootfs.ARCH.img")
        )
    };
    for (arch, mac) in [("x86_64", "30"), ("aarch64", "31")] {
        let ipxe = text(ran, &format!("http/ipxe/52-54-00-0a-64-{mac}.ipxe"));
        assert!(ipxe.contains(&of(arch, "kernel.ARCH")) && ipxe.contains(&line(arch)), "{ipxe}");
        let grub = text(ran, &format!("tftpboot/grub.cfg-01-52-54-00-0a-64-{mac}"));
        assert!(
            grub.contains(&format!("linux /{}", of(arch, "kernel.ARCH"))) && grub.contains(&line(arch)),
            "{grub}"
        );
    }
    let pxelinux = text(ran, "tftpboot/pxelinux.cfg/01-52-54-00-0a-64-30");
    assert!(pxelinux.contains(&line("x86_64")), "{pxelinux}");
    let petitboot = text(ran, "tftpboot/pxelinux.cfg/01-52-54-00-0a-64-32");
    assert!(petitboot.contains(&line("ppc64le")), "{petitboot}");
    let grub = text(ran, "tftpboot/boot/grub2/grub.cfg-01-52-54-00-0a-64-32");
    assert!(grub.contains(&line("ppc64le")), "{grub}");
    let master = text(ran, "http/ipxe/52-54-00-e7-9d-67.ipxe");
    assert!(!master.contains("coreos.inst"), "{master}");
    assert_eq!(text(ran, "matchbox/assets/ignition/lab/worker.ign"), WORKER, "byte by byte");
    assert!(!ran.join("out/matchbox/assets/ignition/lab/master.ign").exists());
}

/// Both rounds, for the workers of this cluster and nobody else.
fn approvals(ran: &Ran) {
    let commands = text(ran, "commands/lab.txt");
    let (_, lines) = commands.split_once("# Workers that join a running cluster").unwrap();
    let named: Vec<&str> = lines.lines().filter(|line| line.starts_with("as_client ")).collect();
    let due = ["x0", "arm0", "power0"]
        .map(|name| format!("as_client {name}.lab.example.com; as_server {name}.lab.example.com"));
    assert_eq!(named, due);
}

/// Media and the command of every worker; the masters have none.
fn commands(mut ran: Ran) {
    let digest: String =
        <sha2::Sha512 as sha2::Digest>::digest(WORKER).iter().map(|byte| format!("{byte:02x}")).collect();
    for method in ["install", "iso", "pxe", "kargs"] {
        let options = ["commands", "--method", method, "--format", "json", "-o", "out"];
        ran = ran.again().args(options).run().status(0);
        let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
        let entries = document["commands"].as_array().unwrap();
        let nodes: Vec<&str> = entries.iter().map(|entry| entry["node"].as_str().unwrap()).collect();
        assert_eq!(nodes, ["x0", "arm0", "power0"], "{method}");
        for (entry, arch) in entries.iter().zip(["x86_64", "aarch64", "ppc64le"]) {
            let argv: Vec<&str> =
                entry["argv"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
            match method {
                "install" => {
                    assert!(argv.contains(&format!("--ignition-hash=sha512-{digest}").as_str()), "{argv:?}");
                }
                "iso" => medium(&ran, &argv, &format!("rhcos-{RELEASE}-live-iso.{arch}.iso")),
                "pxe" => medium(&ran, &argv, &format!("rhcos-{RELEASE}-live-initramfs.{arch}.img")),
                _ => assert!(argv.iter().any(|word| word.ends_with("/lab/worker.ign")), "{argv:?}"),
            }
        }
    }
}

/// The command names a medium that was fetched, and the real installer takes it as far as that: what was
/// fetched here is no real image.
fn medium(ran: &Ran, argv: &[&str], name: &str) {
    let last = argv.last().unwrap();
    assert!(last.ends_with(name) && ran.join(last).exists(), "{argv:?}");
    let own = ["--dest-ignition=./worker.ign", "--dest-ignition=worker.ign"];
    let ignition = argv.iter().find(|word| own.contains(word));
    assert!(ignition.is_some(), "{argv:?}");
    if !argv.contains(&"iso") {
        return;
    }
    let Some(installer) = optional("coreos-installer").or_else(|| tool("coreos-installer")) else { return };
    let mut command = Command::new(installer);
    let output = command.args(&argv[1..]).current_dir(ran.path()).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{argv:?}: {said}");
    assert!(!said.contains("error: ") && said.contains("ISO"), "{argv:?}: {said}");
}

/// A ConfigMap of a release with two CoreOS: its own default, unless one is asked for.
#[test]
fn a_configmap_with_both_generations_is_asked_for_one() {
    let (Some(nine), Some(older)) = (stream("rhcos-4.22-coreos-rhel-9.json"), stream("rhcos-4.20.json"))
    else {
        println!("skipped: the stream metadata lies outside of the project and is not there");
        return;
    };
    // The metadata of rhel-10 has the same form; another release tells the two apart.
    let both = json!({"rhel-9": nine, "rhel-10": older});
    let data = json!({"releaseVersion": "4.22.0", "stream": pretty(&nine), "streams": both.to_string()});
    let mirror = mirror();
    for configmap in [as_json(&data), as_yaml(&data)] {
        for (source, release) in
            [("-", "9.8.20260403-0"), ("-/rhel-9", "9.8.20260403-0"), ("-/rhel-10", RELEASE)]
        {
            let ran = fetched(&mirror, &configmap, source);
            let entry = &lock(&ran)["clusters"]["lab"];
            assert_eq!(entry["arches"]["aarch64"]["release"], release, "{source}");
            assert_eq!(entry["stream"]["source"], source);
            if source == "-/rhel-10" {
                let why = entry["image"]["why"].as_str().unwrap();
                assert_eq!(why, "the stream metadata in `-` has several, and rhel-10 was asked for");
            }
            // The lock has it: nobody has to ask the cluster again.
            let ran = ran.again().args(["render", "-o", "out", "-q"]).run().status(0);
            assert!(text(&ran, "http/ipxe/52-54-00-0a-64-31.ipxe").contains(release), "{source}");
        }
    }
    let from_file = Sandbox::new().vars(VARS).file("cm.yaml", as_yaml(&data));
    let options = ["--stream", "cm.yaml/rhel-10", "--dry-run", "-o", "out"];
    from_file.arg("fetch").args(options).run().status(0);
    let alone = Sandbox::new().vars(VARS).stdin(pretty(&nine));
    let ran = alone.args(["fetch", "--stream", "-/rhel-10", "-o", "out"]).run().status(3);
    assert!(
        ran.stderr_text().contains("there is no stream `rhel-10`; present: one stream only"),
        "{}",
        ran.stderr_text()
    );
}
