//! Machines that form no cluster: `okdboot.kind: live`, and `nodes` in place of masters and workers.

use std::fs;

use crate::helper::nodes;
use crate::sandbox::{Ran, Sandbox};
use crate::tool::tool;

fn site(services: &str) -> Sandbox {
    let lock = crate::read("testdata/render/nodes/okdboot.lock").replace("\"lab\"", "\"rack\"");
    let vars = nodes(services).replace("stream: stable", "stream: stable.json");
    let sandbox = Sandbox::new().vars(vars).file("okdboot.lock", lock);
    ["node", "nuc1"].iter().fold(sandbox, |sandbox, name| {
        sandbox.file(&format!("ignition/{name}.ign"), "{\"ignition\":{\"version\":\"3.4.0\"}}")
    })
}

fn said(ran: &Ran) -> String {
    format!("{}{}", ran.stdout_text(), ran.stderr_text())
}

/// With every daemon: its own checker takes the files, and nothing in them is of an API or an ingress.
#[test]
fn every_daemon_takes_files_without_a_cluster_in_them() {
    let checkers = ["dnsmasq", "kea-dhcp4", "dhcpd", "named-checkconf", "unbound-checkconf", "nft"];
    if checkers.iter().any(|name| tool(name).is_none()) {
        return;
    }
    for services in [
        "dhcp: dnsmasq, dns: dnsmasq, containers: compose",
        "dhcp: proxy, dns: dnsmasq, containers: quadlet",
        "dhcp: kea, dns: bind, uplink: eth1",
        "dhcp: dhcpd, dns: unbound, lease: 12h",
    ] {
        let ran = site(services).with_path();
        let kinds = "dnsmasq,kea,dhcpd,bind,unbound,haproxy,keepalived,chrony,install-config,firewall,containers,guide";
        let ran = ran.args(["render", "-o", "out", "-v", "--only", kinds]).run().status(0);
        assert!(!said(&ran).contains("P083"), "{services}: {}", said(&ran));
        for path in crate::files_below(ran.join("out").to_str().unwrap()) {
            let text = fs::read_to_string(&path).unwrap();
            for word in ["api.rack", "api-int", "apps.rack", "6443", "22623", "haproxy", "MachineConfig"] {
                assert!(!text.contains(word), "{services}: {path} has {word}");
            }
        }
    }
}

/// Nothing is said of masters, disks or an ingress; and nobody is asked for an API.
#[test]
fn nothing_is_said_or_asked_that_a_cluster_alone_has() {
    let ran = site("").args(["check", "--strict"]).run().status(0);
    assert_eq!(said(&ran), "vars.yaml: cluster `rack.example.com`, 2 nodes\n");
    // Nobody answers there.
    let asked = ["verify", "--services", "--dns", "127.0.0.1:9", "-o", "out"];
    let text = said(&ran.again().args(asked).run());
    assert!(text.contains("nuc0.rack.example.com"), "{text}");
    assert!(!text.contains("api.") && !text.contains("apps.") && !text.contains("load balancer"), "{text}");
}

/// Their Ignition files are a person's own: what a cluster's would be blamed for is none of the program's business.
#[test]
fn what_an_ignition_file_points_at_is_a_persons_own_business() {
    let pointer = r#"{"ignition":{"version":"3.4.0","config":{"merge":[{"source":"https://api-int.other.example.com:22623/config/worker"}]}}}"#;
    let sandbox = site("").file("ignition/node.ign", pointer);
    let ran = sandbox.args(["render", "--ignition", "ignition", "-o", "out", "-q"]).run().status(0);
    let ran = ran.again().args(["verify", "--ignition", "ignition", "-o", "out"]).run();
    assert!(!said(&ran).contains("P018"), "{}", said(&ran));
}

#[test]
fn no_certificate_is_approved_where_there_is_no_cluster() {
    let ran = site("").args(["approve"]).run().status(2);
    let text = said(&ran);
    assert!(text.contains("the machines of `rack` form no cluster"), "{text}");
}

/// Two helpers may share an address without a balancer to watch.
#[test]
fn several_helpers_watch_no_balancer() {
    let vars = nodes("")
        + "high_availability: {helpernodes: [{name: h1, ipaddr: 10.0.0.3, state: MASTER}, {name: h2, ipaddr: 10.0.0.4}]}\n";
    let ran =
        Sandbox::new().vars(vars).args(["render", "-o", "out", "--only", "keepalived", "--no-native"]).run();
    let text = fs::read_to_string(ran.status(0).join("out/services/keepalived/h1.conf")).unwrap();
    assert!(text.contains("10.0.0.2/24") && !text.contains("track_script"), "{text}");
}

/// Who has no installer is not sent to it.
#[test]
fn a_missing_file_is_one_that_a_person_writes() {
    let ran = site("").args(["render", "--ignition", "absent", "-o", "out"]).run().status(6);
    let text = said(&ran);
    assert!(text.contains("give the one with the Ignition or Butane files of the machines"), "{text}");
    let sandbox = ran.again();
    fs::remove_file(sandbox.path().join("ignition/node.ign")).unwrap();
    let text = said(&sandbox.args(["render", "--ignition", "ignition", "-o", "out"]).run().status(6));
    assert!(text.contains("put `node.ign` or `node.bu` there, or name another file"), "{text}");
}
