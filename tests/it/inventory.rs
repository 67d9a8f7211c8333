//! Inventories that are right, however they are written: what is understood of them, and what is said.
//!
//! `<name>.yaml` gives the cluster in `<name>.cluster` and the talk in `<name>.stderr`.
//! `OKDBOOT_BLESS=1` rewrites both.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use okdboot::diag::{Code, Severity};
use okdboot::model::cluster::Cluster;
use okdboot::model::network::{Ipv4, Ipv6, Link};
use okdboot::model::node::Node;
use okdboot::vars;

use crate::sandbox::{Sandbox, assert_same};
use crate::{blesses, names_in, project, read};

const FOLDER: &str = "testdata/vars/ok";

fn cases() -> Vec<String> {
    names_in(&project(FOLDER))
        .iter()
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect()
}

/// Writes down what is true of a cluster: one line a node.
fn describe(cluster: &Cluster) -> String {
    let mut text = format!("{} helper {} {}\n", cluster.base(), cluster.helper.name, cluster.helper.address);
    for node in &cluster.nodes {
        writeln!(text, "{}", describe_node(node)).unwrap();
    }
    let settings = &cluster.settings;
    writeln!(text, "url {}", settings.url).unwrap();
    let overrides = &settings.overrides;
    let urls = [&overrides.kernel, &overrides.initramfs, &overrides.rootfs];
    for (kind, url) in ["kernel", "initramfs", "rootfs"].into_iter().zip(urls) {
        if let Some(url) = url {
            writeln!(text, "{kind} {url}").unwrap();
        }
    }
    text
}

fn describe_node(node: &Node) -> String {
    let mac = node.mac.map_or("no mac".to_owned(), |mac| mac.to_string());
    let mut text = format!("{} {} {} {} {mac} {}", node.role, node.name, node.arch, node.address, node.disk);
    for link in &node.network.links {
        describe_link(&mut text, link);
    }
    let network = &node.network;
    network.name_servers.iter().for_each(|server| write!(text, " dns {server}").unwrap());
    network.routes.iter().for_each(|route| write!(text, " route {route}").unwrap());
    network.vlans.iter().for_each(|vlan| write!(text, " vlan {vlan} id {}", vlan.id()).unwrap());
    network.bonds.iter().for_each(|bond| write!(text, " bond {bond}").unwrap());
    network.teams.iter().for_each(|team| write!(text, " team {team}").unwrap());
    network.bridges.iter().for_each(|bridge| write!(text, " bridge {bridge}").unwrap());
    network.names.iter().for_each(|name| write!(text, " name {name}").unwrap());
    node.consoles.iter().for_each(|console| write!(text, " console {console}").unwrap());
    node.kargs.iter().for_each(|arg| write!(text, " karg {arg}").unwrap());
    text
}

fn describe_link(text: &mut String, link: &Link) {
    let or_none = |part: Option<String>| part.unwrap_or_else(|| "none".to_owned());
    if let Some(interface) = &link.interface {
        write!(text, " {interface}:").unwrap();
    }
    match &link.ipv4 {
        None if link.is_off() => text.push_str(" off"),
        None => {}
        Some(Ipv4::Dhcp) => text.push_str(" dhcp"),
        Some(Ipv4::Static(parts)) => {
            let gateway = or_none(parts.gateway.map(|g| g.to_string()));
            let netmask = or_none(parts.netmask.map(|m| m.to_string()));
            write!(text, " static {} gateway {gateway} netmask {netmask}", parts.address).unwrap();
        }
    }
    match &link.ipv6 {
        None => {}
        Some(Ipv6::Auto) => text.push_str(" auto6"),
        Some(Ipv6::Dhcp) => text.push_str(" dhcp6"),
        Some(Ipv6::Static(parts)) => {
            let gateway = or_none(parts.gateway.map(|g| g.to_string()));
            write!(text, " static {}/{} gateway {gateway}", parts.address, parts.prefix).unwrap();
        }
    }
    link.mtu.iter().for_each(|mtu| write!(text, " mtu {mtu}").unwrap());
}

fn expect(path: &str, found: &str) {
    if blesses() {
        fs::write(project(path), found).unwrap();
    }
    assert_same(path, found, &read(path));
}

#[test]
fn every_inventory_ends_in_the_right_cluster() {
    for stem in cases() {
        let name = format!("{stem}.yaml");
        let bytes = fs::read(project(FOLDER).join(&name)).unwrap();
        let (checked, report) = vars::read(&name, &bytes);
        let checked = checked.unwrap_or_else(|| panic!("{stem}: {:?}", report.diagnostics()));
        expect(&format!("{FOLDER}/{stem}.cluster"), &describe(&checked.cluster));
        let ran = Sandbox::new().file(&name, bytes).args(["-f", &name, "check"]).run().status(0).stdout("");
        expect(&format!("{FOLDER}/{stem}.stderr"), &ran.stderr_text());
    }
}

#[test]
fn nothing_else_lies_in_the_folder() {
    let cases = cases();
    for name in names_in(&project(FOLDER)) {
        let (stem, kind) = name.rsplit_once('.').unwrap();
        assert!(cases.contains(&stem.to_owned()), "{name} belongs to no case");
        assert!(matches!(kind, "yaml" | "cluster" | "stderr"), "{name}");
    }
}

#[test]
fn a_plain_inventory_is_worth_no_word() {
    let vars = read(&format!("{FOLDER}/plain.yaml")) + "okdboot: {stream: okd-4.20}\n";
    let ran = Sandbox::new().vars(vars).arg("check").run().status(0);
    ran.stderr("vars.yaml: cluster `ocp4.example.com`, 6 nodes\n");
}

/// helpernode's own examples lie outside of the project.
pub(crate) fn shared_vars() -> Option<PathBuf> {
    let beside = || project("../shared");
    let folder = std::env::var_os("OKDBOOT_SHARED").map_or_else(beside, PathBuf::from).join("vars");
    folder.is_dir().then_some(folder)
}

#[test]
fn of_the_examples_of_helpernode_only_the_static_ones_lack_something() {
    let Some(folder) = shared_vars() else {
        println!("skipped: the inventories of helpernode are not there");
        return;
    };
    let names = names_in(&folder).into_iter().filter(|name| name.strip_suffix(".yaml").is_some());
    for name in names {
        let (checked, report) = vars::read(&name, &fs::read(folder.join(&name)).unwrap());
        let errors = report.diagnostics().iter().filter(|it| it.severity == Severity::Error);
        let errors: Vec<Code> = errors.map(|it| it.code).collect();
        // The volume of nfs is for a cluster with static addresses, too.
        let is_static = name.contains("static") || name == "vars-nfs.yaml";
        assert_eq!(errors, if is_static { vec![Code::V216] } else { Vec::new() }, "{name}");
        assert_eq!(checked.is_some_and(|it| !it.cluster.nodes.is_empty()), !is_static, "{name}");
    }
}

/// Metadata that has every architecture, so that nothing but the inventory can be at fault.
fn every_arch() -> String {
    let text = read("testdata/streams/two-arches.json");
    let mut stream: serde_json::Value = serde_json::from_str(&text).unwrap();
    let one = stream["architectures"]["x86_64"].clone();
    for arch in ["aarch64", "ppc64le", "s390x"] {
        stream["architectures"][arch] = one.clone();
    }
    stream.to_string()
}

#[test]
fn what_check_accepts_is_refused_by_nobody_for_the_files_own_sake() {
    let ours = names_in(&project("testdata/vars/ok")).into_iter();
    let mut files: Vec<PathBuf> = ours.map(|name| project("testdata/vars/ok").join(name)).collect();
    let shared = shared_vars().into_iter();
    files.extend(shared.flat_map(|folder| names_in(&folder).into_iter().map(move |name| folder.join(name))));
    let stream = every_arch();
    let mut accepted = 0;
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "yaml")) {
        let vars = fs::read(file).unwrap();
        let ran = Sandbox::new()
            .vars(vars)
            .file("all.json", &stream)
            .args(["check", "--stream", "all.json", "-q"])
            .run();
        if ran.code() != Some(0) {
            continue;
        }
        accepted += 1;
        let lines = [
            "render --stream all.json -q",
            "fetch --dry-run -q",
            "commands --method kargs -q",
            "render --check -q",
        ];
        lines.into_iter().fold(ran, |ran, line| {
            let ran = ran.again().args(line.split(' ')).run();
            assert_eq!(ran.code(), Some(0), "{}: `{line}`: {}", file.display(), ran.stderr_text());
            ran
        });
    }
    assert!(accepted > 20, "{accepted}");
}

#[test]
fn check_looks_at_the_stream_that_it_is_given() {
    let vars = read("testdata/render/dhcp/vars.yaml");
    let ran = Sandbox::new().vars(&vars).args(["check"]).run().status(0);
    let said = ran.stderr_text();
    assert!(said.contains("warning[R003]") && said.contains("set `okdboot.stream` in vars.yaml"), "{said}");
    for (stream, status, word) in [
        ("okd-4.20", 0, ""),
        ("okd-4", 2, "is not a stream"),
        ("absent.json", 6, "absent.json"),
        ("vars.yaml", 3, "vars.yaml"),
        ("all.json", 0, ""),
    ] {
        let sandbox = Sandbox::new().vars(&vars).file("all.json", every_arch());
        let ran = sandbox.args(["check", "--stream", stream]).run().status(status);
        assert!(
            ran.stderr_text().contains(word) && !ran.stderr_text().contains("R003"),
            "{}",
            ran.stderr_text()
        );
        ran.expect_absent("okdboot.lock");
    }
    let power = vars.replace("disk: vda", "disk: vda\nppc64le: true");
    let sandbox = Sandbox::new().vars(power).file("two.json", read("testdata/streams/two-arches.json"));
    let ran = sandbox.args(["check", "--stream", "two.json"]).run().status(3);
    assert!(ran.stderr_text().contains("has nothing for `ppc64le`"), "{}", ran.stderr_text());
    let sandbox = Sandbox::new().vars(&vars).file("old.json", read("testdata/streams/no-rootfs.json"));
    let ran = sandbox.args(["check", "--stream", "old.json"]).run().status(3);
    assert!(
        ran.stderr_text().contains("error[R002]: there is no rootfs of `x86_64`"),
        "{}",
        ran.stderr_text()
    );
    // Where it is locked, nothing is missing.
    let locked = Sandbox::new().vars(vars).file("okdboot.lock", read("testdata/render/dhcp/okdboot.lock"));
    let ran = locked.args(["check"]).run().status(0);
    assert!(!ran.stderr_text().contains("R003"), "{}", ran.stderr_text());
}
