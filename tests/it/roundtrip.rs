//! Whatever cluster is accepted: its plan has every path once, and every format of a node carries the
//! same kernel arguments when it is read back.

use std::collections::{BTreeMap, BTreeSet};

use okdboot::ignition::IgnitionConfig;
use okdboot::lock;
use okdboot::model::cluster::Cluster;
use okdboot::model::pool::Pool;
use okdboot::model::settings::{IgnitionPin, Mode};
use okdboot::plan::change::Scope;
use okdboot::plan::state::State;
use okdboot::plan::{self, ClusterInput, Inputs, Plan, SharedFiles};
use okdboot::template::Templates;
use okdboot::vars;
use proptest::prelude::*;

/// One machine as the generator describes it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn by itself")]
struct Machine {
    has_mac: bool,
    is_static: bool,
    bond: bool,
    console: bool,
    karg: String,
    arch: &'static str,
    mode: &'static str,
}

fn machine() -> impl Strategy<Value = Machine> {
    let karg = "[a-z][a-z0-9.]{0,8}=[-A-Za-z0-9.,:;&|<>()}@%+!?*~^#/]{0,12}";
    let arch =
        prop_oneof![3 => Just("x86_64"), 1 => Just("aarch64"), 1 => Just("ppc64le"), 1 => Just("s390x")];
    let flags = (prop::bool::weighted(0.85), any::<bool>(), prop::bool::weighted(0.3), any::<bool>());
    let mode = prop_oneof![3 => Just("install"), 1 => Just("live"), 1 => Just("local")];
    (flags, karg, arch, mode).prop_map(|((has_mac, is_static, bond, console), karg, arch, mode)| Machine {
        has_mac,
        is_static,
        bond,
        console,
        karg,
        arch,
        mode,
    })
}

fn settings() -> impl Strategy<Value = String> {
    let words =
        ("http|tftp", "http|tftp", "assets|matchbox|two-phase", "|boot/grub2|a/b", "none|installer|pointer");
    words.prop_map(|(pxelinux, grub, ignition, prefix, pin)| {
        format!(
            "okdboot:\n  pxelinux: {pxelinux}\n  grub: {grub}\n  ignition_url: {ignition}\n  ignition_pin: {pin}\n  grub_prefix: \"/{prefix}\"\n  \
             network: {{ gateway: 10.0.0.1, prefix: 24, interface: ens3 }}\n"
        )
    })
}

/// Writes an inventory; the first machine of `masters` decides nothing.
fn inventory(masters: &[Machine], workers: &[Machine], settings: &str) -> String {
    let mut text =
        "disk: sda\nhelper: { ipaddr: 10.0.0.2 }\ndns: { domain: example.com, clusterid: ocp4 }\n".to_owned();
    let mut last = 10;
    for (key, machines) in [("masters", masters), ("workers", workers)] {
        text += &format!("{key}:\n");
        for machine in machines {
            last += 1;
            text += &entry(key, last, machine);
        }
    }
    text + settings
}

fn entry(key: &str, last: u8, machine: &Machine) -> String {
    let mut text = format!("  - name: {key}{last}\n    ipaddr: 10.0.0.{last}\n    arch: {}\n", machine.arch);
    text += &format!("    kargs: [\"{}\"]\n", machine.karg);
    text += &format!("    mode: {}\n", machine.mode);
    text += &format!("    addressing: {}\n", if machine.is_static { "static" } else { "dhcp" });
    if machine.has_mac {
        text += &format!("    macaddr: \"52:54:00:00:00:{last:02x}\"\n");
    }
    if machine.bond {
        text += "    bond: { name: bond0, int1: ens3, int2: ens4, mode: active-backup }\n";
    }
    if machine.arch == "s390x" && machine.is_static {
        text += "    znet: qeth,0.0.bdf0,0.0.bdf1,0.0.bdf2,layer2=1\n";
        text += "    zfcp: [\"0.0.1987,0x50050763070bc5e3,0x4008400b00000000\", 0.0.19c7]\n";
    }
    if machine.console {
        text += "    console: [tty0, \"ttyS0,115200n8\"]\n";
    }
    text
}

fn planned(cluster: &Cluster) -> Plan {
    let text = crate::read("testdata/render/mixed/okdboot.lock").replace("\"multi\"", "\"ocp4\"");
    let lock = lock::parse(&text).unwrap();
    let mut locked = lock.clusters.into_values().next().unwrap();
    let mut of_z = lock::parse(&crate::read("testdata/render/s390x/okdboot.lock")).unwrap();
    locked.arches.extend(of_z.clusters.values_mut().flat_map(|cluster| std::mem::take(&mut cluster.arches)));
    locked.stream = None;
    let config = IgnitionConfig::parse(br#"{"ignition":{"version":"3.2.0"}}"#).unwrap();
    let ignition: BTreeMap<Pool, IgnitionConfig> =
        cluster.pools().into_iter().map(|pool| (pool.clone(), config.clone())).collect();
    let templates = Templates::embedded().unwrap();
    let inputs = Inputs {
        clusters: vec![ClusterInput { cluster, locked: Some(&locked), ignition: &ignition, secrets: None }],
        templates: &templates,
        kinds: &Scope::all().kinds,
        artifacts: &BTreeSet::new(),
        state: &State::default(),
        standing: &SharedFiles::default(),
        root: "/srv/okdboot",
    };
    plan::build(&inputs).unwrap_or_else(|error| panic!("{error:?}"))
}

/// What follows the loader's own word on its line.
fn pxelinux(text: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix("APPEND initrd=")).unwrap();
    line.split(' ').skip(1).map(str::to_owned).collect()
}

fn ipxe(text: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.strip_prefix("kernel ")).unwrap();
    assert!(line.split(' ').nth(1) == Some("initrd=main"), "{line}");
    line.split(' ').skip(2).map(str::to_owned).collect()
}

/// Reads GRUB's words: blanks part them, single quotes keep everything.
fn grub(text: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix("linux ")).unwrap();
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.split_off(1)
}

/// The whole of a parm file: no newline, or it would be a part of the last argument.
fn parm(text: &str) -> Vec<String> {
    assert!(!text.contains('\n'), "{text}");
    text.split(' ').map(str::to_owned).collect()
}

fn virt_install(text: &str) -> Vec<String> {
    let quoted = text.split_once("'--extra-args=").unwrap().1.strip_suffix("'\n").unwrap();
    parm(quoted)
}

/// The arguments of a profile, as iPXE completes them.
fn matchbox(text: &str, hexhyp: &str) -> Vec<String> {
    let profile: serde_json::Value = serde_json::from_str(text).unwrap();
    let args = profile["boot"]["args"].as_array().unwrap().iter().skip(1);
    args.map(|arg| arg.as_str().unwrap().replace("${mac:hexhyp}", hexhyp)).collect()
}

/// The line does what the mode says, and a pinned config stands where it leads, with the digest.
fn check_goal(cluster: &Cluster, mode: Mode, line: &[String], text: &dyn Fn(&str) -> String) {
    let value = |key: &str| line.iter().find_map(|arg| arg.strip_prefix(key));
    let installs = value("coreos.inst.ignition_url=");
    let runs = value("ignition.config.url=");
    let is_by_live_config = cluster.settings.ignition_pin == IgnitionPin::Installer;
    assert_eq!(installs.is_some(), mode == Mode::Install && !is_by_live_config, "{line:?}");
    assert_eq!(runs.is_some(), installs.is_none(), "{line:?}");
    assert_eq!(value("ignition.firstboot").is_some(), runs.is_some(), "{line:?}");
    if cluster.settings.ignition_pin != IgnitionPin::None {
        let url = installs.or(runs).unwrap();
        let path = url.strip_prefix("http://10.0.0.2:8080/").unwrap();
        assert!(text(&format!("matchbox/{path}")).contains("sha512-"), "{path} has no digest");
    }
}

fn check(cluster: &Cluster) {
    let plan = planned(cluster);
    let paths: BTreeSet<_> = plan.files.iter().map(|file| &file.path).collect();
    assert_eq!(paths.len(), plan.files.len(), "a path stands twice");
    let text = |path: &str| {
        let file =
            plan.files.iter().find(|file| file.path.as_str() == path).unwrap_or_else(|| panic!("no {path}"));
        String::from_utf8(file.contents.to_vec()).unwrap()
    };
    for (planned, node) in plan.nodes.iter().zip(&cluster.nodes) {
        let Some(line) = &planned.line else {
            let is_local = planned.mode == Mode::Local && node.mac.is_some();
            assert!(is_local || planned.files.is_empty() && planned.profile.is_none());
            for path in &planned.files {
                assert!(!text(path.as_str()).contains("coreos.inst"), "{path} installs");
            }
            continue;
        };
        let expected: Vec<String> = line.args().iter().map(ToString::to_string).collect();
        let hexhyp = node.mac.map(|mac| mac.hexhyp()).unwrap_or_default();
        check_goal(cluster, planned.mode, &expected, &text);
        for path in &planned.files {
            let suffix = path.as_str().rsplit('.').next().unwrap_or_default();
            let found = match path.as_str() {
                path if path.contains("pxelinux.cfg/") => pxelinux(&text(path)),
                path if path.starts_with("http/ipxe/") => ipxe(&text(path)),
                path if suffix == "parm" => parm(&text(path)),
                path if suffix == "virt-install" => virt_install(&text(path)),
                path if suffix == "ins" => {
                    assert!(text(path).contains(&format!("\n{}.parm 0x00010480\n", node.name)), "{path}");
                    continue;
                }
                path => grub(&text(path)),
            };
            assert_eq!(found, expected, "{path}");
        }
        if let Some(profile) = &planned.profile {
            let found = matchbox(&text(&format!("matchbox/profiles/{profile}.json")), &hexhyp);
            assert_eq!(found, expected, "{profile}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_format_says_the_same(
        masters in prop::collection::vec(machine(), 3),
        workers in prop::collection::vec(machine(), 2..5),
        settings in settings(),
    ) {
        let text = inventory(&masters, &workers, &settings);
        let (checked, report) = vars::read("vars.yaml", text.as_bytes());
        let checked = checked.unwrap_or_else(|| panic!("{text}\n{:?}", report.diagnostics()));
        check(&checked.cluster);
    }
}
