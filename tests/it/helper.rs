//! What `render` writes for a helper, whole: a file of `testdata/services` a case, with every file of the
//! tree that sets a helper up. `OKDBOOT_BLESS=1` writes what is rendered now.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::sandbox::{Ran, Sandbox, assert_same};
use crate::surroundings::shapes;
use crate::{blesses, files_below, names_in, project, read};

const FOLDER: &str = "testdata/services";
/// What helpernode makes of its examples; `make` there writes it.
const ORACLE: &str = "testdata/helpernode";

/// A shape, and who does what.
const SHAPES: &[(&str, &str, &str)] = &[
    ("single-node", "single node", ""),
    ("compact-22", "compact in /22", "dhcp: kea, dns: bind"),
    ("compact-27", "compact in /27", "dhcp: dhcpd, dns: bind"),
    ("high-availability", "several helpers", ""),
    ("ppc64le", "ppc64le", ""),
    ("aarch64-proxy", "a worker of arm64", "dhcp: proxy, dns: none, containers: quadlet"),
    ("dual-stack", "dual stack", "dhcp: kea, dns: bind"),
    ("two-interfaces", "two interfaces that may boot", "dhcp: kea, dns: bind"),
    ("ipv6", "IPv6 by DHCP", "dhcp: kea, dns: unbound"),
    ("arbiter", "two masters and an arbiter", "containers: compose, uplink: eth1"),
];

/// helpernode's static examples leave the network to its own playbook.
const NETWORK: &str = "okdboot: {network: {gateway: 192.168.7.1, netmask: 255.255.255.0}}\n";

pub(crate) fn render(sandbox: Sandbox, files: &[&str]) -> Ran {
    let kinds = okdboot::plan::FileKind::all().filter(|kind| kind.is_service());
    let kinds: Vec<String> = kinds.map(|kind| kind.to_string()).collect();
    let sandbox = files.iter().fold(sandbox, |sandbox, file| sandbox.args(["-f", file]));
    sandbox.args(["render", "-o", "out", "--no-native", "-q", "--only", &kinds.join(",")]).run().status(0)
}

/// Every file of services, with its path before it.
fn whole(ran: &Ran) -> String {
    let out = ran.join("out");
    let out = out.to_str().unwrap();
    let mut text = String::new();
    for folder in ["guide", "services"] {
        for path in files_below(&format!("{out}/{folder}")) {
            let file = fs::read_to_string(&path).unwrap().replace(out, "/srv/okdboot");
            writeln!(text, "==== {}\n{file}", &path[out.len() + 1..]).unwrap();
        }
    }
    text
}

#[track_caller]
fn hold(case: &str, ran: &Ran) {
    let (path, found) = (format!("{FOLDER}/{case}.txt"), whole(ran));
    assert!(found.contains("==== services/"), "{case}: {found}");
    if blesses() {
        fs::create_dir_all(project(&path).parent().unwrap()).unwrap();
        fs::write(project(&path), &found).unwrap();
    }
    assert_same(case, &found, &read(&path));
}

#[test]
fn every_shape_is_as_it_was_written_down() {
    let shapes = shapes();
    assert_eq!(SHAPES.len(), shapes.len(), "a shape has no case");
    for (case, shape, services) in SHAPES {
        let (_, vars) = shapes.iter().find(|(name, _)| name == shape).unwrap();
        let vars = format!("{vars}okdboot: {{stream: okd-4.22, services: {{{services}}}}}\n");
        hold(case, &render(Sandbox::new().vars(vars), &["vars.yaml"]));
    }
}

/// Machines of no cluster, with further text below `okdboot.services`.
pub(crate) fn nodes(services: &str) -> String {
    format!(
        "helper: {{name: helper, ipaddr: 10.0.0.2, networkifacename: eth0}}\n\
         dns: {{domain: example.com, clusterid: rack, forwarder1: 10.0.0.53}}\n\
         dhcp: {{router: 10.0.0.1, netmask: 255.255.255.0, ipid: 10.0.0.0, netmaskid: 255.255.255.0}}\n\
         chronyconfig: {{enabled: true, content: [{{server: 10.0.0.2, options: iburst}}]}}\n\
         nodes:\n  - {{name: nuc0, ipaddr: 10.0.0.21, macaddr: \"52:54:00:00:00:21\"}}\n  \
         - {{name: nuc1, ipaddr: 10.0.0.22, macaddr: \"52:54:00:00:00:22\", ignition: nuc1.bu}}\n\
         okdboot: {{kind: live, stream: stable, services: {{{services}}}}}\n"
    )
}

#[test]
fn machines_of_no_cluster_are_as_it_was_written_down() {
    hold("nodes", &render(Sandbox::new().vars(nodes("dhcp: kea, dns: bind")), &["vars.yaml"]));
    hold("nodes-plain", &render(Sandbox::new().vars(nodes("")), &["vars.yaml"]));
}

#[test]
fn two_clusters_on_one_helper_are_as_it_was_written_down() {
    let cluster = |id: &str, third: u8| {
        format!(
            "disk: /dev/vda\nhelper: {{name: helper, ipaddr: 192.168.7.7{third}, networkifacename: eth0}}\n\
             dns: {{domain: example.com, clusterid: {id}}}\n\
             dhcp: {{router: 192.168.7.1, netmask: 255.255.255.0, ipid: 192.168.7.0, netmaskid: 255.255.255.0}}\n\
             masters: [{{name: master0, ipaddr: 192.168.7.{third}1, macaddr: \"52:54:00:00:0{third}:21\"}}]\n\
             okdboot: {{stream: okd-4.20, services: {{dhcp: kea, dns: bind, containers: compose}}}}\n"
        )
    };
    let sandbox = Sandbox::new().file("lab.yaml", cluster("lab", 2)).file("prod.yaml", cluster("prod", 3));
    hold("two-clusters", &render(sandbox, &["lab.yaml", "prod.yaml"]));
}

/// Returns helpernode's examples, with what the static ones leave to its playbook.
#[expect(clippy::print_stdout, reason = "a test says what it could not judge")]
pub(crate) fn examples() -> Vec<(String, String)> {
    let folder = std::env::var_os("OKDBOOT_SHARED").map_or_else(|| project("../shared"), PathBuf::from);
    let folder = folder.join("vars");
    if !folder.is_dir() {
        println!("the inventories of helpernode are not there: not judged by them");
        return Vec::new();
    }
    let names = names_in(&folder).into_iter().filter(|name| name.starts_with("vars"));
    let example = |name: String| {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        // The volume of nfs is for a cluster with static addresses, too.
        let is_static = name.contains("static") || name == "vars-nfs.yaml";
        let network = if is_static { NETWORK } else { "" };
        // A document may end in `...`.
        let text = text.trim_end().trim_end_matches("...").to_owned();
        (name.trim_end_matches(".yaml").to_owned(), format!("{text}\n{network}"))
    };
    names.map(example).collect()
}

#[test]
fn the_examples_of_helpernode_are_as_it_was_written_down() {
    for (name, vars) in examples() {
        hold(&format!("helpernode/{name}"), &render(Sandbox::new().vars(vars), &["vars.yaml"]));
    }
}

/// What helpernode has and okdboot leaves out on purpose, and what okdboot has instead: docs/helpernode.md
/// says why.
fn differences(name: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let at = |list: &[&str]| list.iter().map(|line| (*line).to_owned()).collect::<BTreeSet<_>>();
    let mut without = at(&[
        "a ns1.ocp4.example.com. 192.168.7.77",
        "a smtp.ocp4.example.com. 192.168.7.77",
        "a etcd-0.ocp4.example.com. 192.168.7.21",
        "a etcd-1.ocp4.example.com. 192.168.7.22",
        "a etcd-2.ocp4.example.com. 192.168.7.23",
    ]);
    let mut instead = BTreeSet::new();
    if !name.contains("local-registry") {
        without.insert("a registry.ocp4.example.com. 192.168.7.77".to_owned());
    }
    if name.contains("-ha") {
        // helpernode's reverse zone calls every helper `helper`.
        without.insert("ptr 192.168.7.77 helper.ocp4.example.com.".to_owned());
        instead.insert("ptr 192.168.7.77 vip.ocp4.example.com.".to_owned());
    }
    (without, instead)
}

/// Reads names, addresses and ports out of what was rendered, in the words of `testdata/helpernode/make`.
fn facts(ran: &Ran) -> BTreeSet<String> {
    let text = |path: &str| fs::read_to_string(ran.join(&format!("out/services/{path}"))).unwrap_or_default();
    let mut facts = BTreeSet::new();
    for line in text("bind/zones/ocp4.example.com.zone").lines() {
        if let Some((name, address)) = line.split_once(" IN A ") {
            facts.insert(format!("a {name} {address}"));
        }
    }
    for line in text("bind/zones/7.168.192.in-addr.arpa.zone").lines() {
        if let Some((last, name)) = line.split_once(" IN PTR ") {
            facts.insert(format!("ptr 192.168.7.{last} {name}"));
        }
    }
    for line in text("haproxy/haproxy.cfg").lines() {
        if let Some(server) = line.trim().strip_prefix("server ") {
            let (address, port) = server.split(' ').nth(1).unwrap().rsplit_once(':').unwrap();
            facts.insert(format!("lb {port} {address}"));
        }
    }
    let dhcpd = text("dhcpd/dhcpd.conf");
    let values = |key: &'static str| {
        dhcpd.lines().filter_map(move |line| line.trim().strip_prefix(key)?.strip_suffix(';'))
    };
    facts.extend(
        values("hardware ethernet ").zip(values("fixed-address ")).map(|(m, a)| format!("dhcp {m} {a}")),
    );
    facts
}

/// helpernode's own templates, rendered by ansible-core, are the oracle for names, addresses and ports.
#[test]
fn names_addresses_and_ports_are_those_of_helpernode() {
    for (name, vars) in examples() {
        let known: BTreeSet<String> =
            read(&format!("{ORACLE}/{name}.txt")).lines().map(str::to_owned).collect();
        // helpernode gives no addresses where they are static.
        let dhcp = if known.iter().any(|line| line.starts_with("dhcp ")) { "dhcpd" } else { "none" };
        let own = format!("okdboot: {{services: {{dhcp: {dhcp}, dns: bind}}");
        let vars = if vars.contains("okdboot: {") {
            vars.replace("okdboot: {", &format!("{own}, "))
        } else {
            format!("{vars}{own}}}\n")
        };
        let found = facts(&render(Sandbox::new().vars(vars), &["vars.yaml"]));
        let (without, instead) = differences(&name);
        let differ = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect::<BTreeSet<_>>();
        assert_eq!(differ(&known, &found), without, "{name}: helpernode has, okdboot has not");
        assert_eq!(differ(&found, &known), instead, "{name}: okdboot has, helpernode has not");
    }
}
