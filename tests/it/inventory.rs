//! Inventories that are right, however they are written: what is understood of them, and what is said.
//!
//! `<name>.yaml` gives the cluster in `<name>.cluster` and the talk in `<name>.stderr`.
//! `OKDBOOT_BLESS=1` rewrites both.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use okdboot::diag::Severity;
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
    let urls = [("kernel", &overrides.kernel), ("initramfs", &overrides.initramfs)];
    for (kind, url) in urls.into_iter().chain([("rootfs", &overrides.rootfs), ("metal", &overrides.metal)]) {
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
    assert_eq!(read(&format!("{FOLDER}/plain.stderr")), "plain.yaml: cluster `ocp4.example.com`, 6 nodes\n");
}

/// helpernode's own examples lie outside of the project.
fn shared_vars() -> Option<PathBuf> {
    let beside = || project("../shared");
    let folder = std::env::var_os("OKDBOOT_SHARED").map_or_else(beside, PathBuf::from).join("vars");
    folder.is_dir().then_some(folder)
}

#[test]
fn the_examples_of_helpernode_have_no_error() {
    let Some(folder) = shared_vars() else {
        println!("skipped: the inventories of helpernode are not there");
        return;
    };
    let names = names_in(&folder).into_iter().filter(|name| name.strip_suffix(".yaml").is_some());
    for name in names {
        let (checked, report) = vars::read(&name, &fs::read(folder.join(&name)).unwrap());
        assert_eq!(report.count(Severity::Error), 0, "{name}: {:?}", report.diagnostics());
        assert!(checked.is_some_and(|checked| !checked.cluster.nodes.is_empty()), "{name}");
    }
}
