//! The cluster that every case boots: one node of each kind that a boot file can differ in.

use std::fmt::Write as _;

/// A node, with its MAC as the machine has it: vars.yaml spells each in its own way.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// The node's name.
    pub name: &'static str,
    /// What the NIC gets.
    pub mac: &'static str,
}

/// Its MAC stands in canonical form.
pub const BOOTSTRAP: Machine = Machine { name: "bootstrap", mac: "52:54:00:60:72:67" };
/// Its MAC stands in upper case.
pub const UPPER_CASE: Machine = Machine { name: "master0", mac: "52:54:00:e7:9d:67" };
/// Its MAC stands in groups of four.
pub const DOTTED: Machine = Machine { name: "master1", mac: "52:54:00:80:16:23" };
/// It has a static address on a bond below a VLAN.
pub const BONDED: Machine = Machine { name: "master2", mac: "52:54:00:d5:1c:39" };
/// Its MAC stands with dashes.
pub const WORKER: Machine = Machine { name: "worker0", mac: "52:54:00:f4:26:a1" };
/// It has a static address and consoles of its own.
pub const STATIC: Machine = Machine { name: "worker1", mac: "52:54:00:82:90:00" };
/// No vars.yaml knows it.
pub const STRANGER: Machine = Machine { name: "stranger", mac: "52:54:00:99:99:99" };

/// The names of artifacts, as releases have them.
pub const RELEASE: &str = "10.0.20250628-0";

/// What the machines are.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Those of an OpenShift cluster, one of each kind.
    Cluster,
    /// One machine of none.
    Live,
}

/// Returns a vars.yaml whose `okdboot:` has further lines, and nodes further keys.
pub fn vars(kind: Kind, settings: &[String], nodes: &[(&str, String)]) -> String {
    let mut text = match kind {
        Kind::Cluster => VARS.to_owned(),
        Kind::Live => LIVE_VARS.to_owned(),
    };
    for line in settings {
        let _ = writeln!(text, "  {line}");
    }
    let with = |text: String, (node, key): &(&str, String)| {
        text.replace(&format!("name: {node},"), &format!("name: {node}, {key},"))
    };
    nodes.iter().fold(text, with)
}

/// Nothing but the machine and who serves it.
const LIVE_VARS: &str = r#"---
helper: { name: helper, ipaddr: 10.0.2.2 }
dns: { domain: example.com, clusterid: lab }
nodes:
  - { name: worker0, ipaddr: 10.0.2.11, macaddr: "52-54-00-F4-26-A1" }
okdboot:
  kind: live
  stream: okd-4.20
"#;

const VARS: &str = r#"---
disk: /dev/disk/by-id/virtio-okdboot
helper: { name: helper, ipaddr: 10.0.2.2 }
dns: { domain: example.com, clusterid: lab, forwarder1: 10.0.2.3 }
dhcp:
  router: 10.0.2.2
  bcast: 10.0.2.255
  netmask: 255.255.255.0
  poolstart: 10.0.2.100
  poolend: 10.0.2.150
  ipid: 10.0.2.0
  netmaskid: 255.255.255.0
  dns: 10.0.2.3
bootstrap: { name: bootstrap, ipaddr: 10.0.2.20, macaddr: "52:54:00:60:72:67" }
masters:
  - { name: master0, ipaddr: 10.0.2.21, macaddr: "52:54:00:E7:9D:67" }
  - { name: master1, ipaddr: 10.0.2.22, macaddr: 5254.0080.1623 }
  - name: master2
    ipaddr: 10.0.2.23
    macaddr: "52:54:00:d5:1c:39"
    addressing: static
    interface: bond0.100
    bond: { name: bond0, ports: [ens3, ens4], mode: active-backup }
    kargs: ["vlan=bond0.100:bond0"]
workers:
  - { name: worker0, ipaddr: 10.0.2.11, macaddr: "52-54-00-F4-26-A1" }
  - name: worker1
    ipaddr: 10.0.2.12
    macaddr: "52:54:00:82:90:00"
    addressing: static
    interface: ens3
    console: [tty0]
okdboot:
  stream: okd-4.20
"#;

/// Returns the lock of the cluster: both architectures, named as a release names them.
pub fn lock() -> String {
    let arches: Vec<String> = ["aarch64", "x86_64"].map(arch).to_vec();
    format!(
        r#"{{"format-version": 1, "clusters": {{"lab": {{
            "stream": {{"source": "okd-4.20", "name": "c10s", "sha256": "{DIGEST}", "origin": "https"}},
            "arches": {{{}}}
        }}}}}}"#,
        arches.join(",")
    )
}

/// Nothing here is fetched, so nothing is compared with it.
const DIGEST: &str = "cc5912af5ae98f6fed3e09e545bc8409ce83843a9fc3b11d06ef315c903d925d";

fn arch(arch: &str) -> String {
    let kinds = [
        ("initramfs", format!("live-initramfs.{arch}.img")),
        ("kernel", format!("live-kernel.{arch}")),
        ("metal", format!("metal.{arch}.raw.gz")),
        ("rootfs", format!("live-rootfs.{arch}.img")),
    ];
    let artifact = |(kind, name): &(&str, String)| {
        let location = format!("https://mirror.example.com/{RELEASE}/{arch}/scos-{RELEASE}-{name}");
        format!(r#""{kind}": {{"location": "{location}", "sha256": "{DIGEST}", "origin": "https"}}"#)
    };
    let artifacts: Vec<String> = kinds.iter().map(artifact).collect();
    format!(r#""{arch}": {{"release": "{RELEASE}", "artifacts": {{{}}}}}"#, artifacts.join(","))
}
