//! The walks of docs/journeys are walked; what other programs are given there is read by these programs.

use std::process::Command;

use crate::readme::workplace;
use crate::tool::{succeed, tool};
use crate::walk::{blocks, file, walk};
use crate::{files_below, read};

#[test]
fn the_walk_with_matchbox_and_dnsmasq_says_what_the_program_says() {
    assert_eq!(walk("docs/journeys/matchbox-dnsmasq.md", workplace()), 10);
}

#[test]
fn the_walk_with_static_addresses_says_what_the_program_says() {
    assert_eq!(walk("docs/journeys/static-iso.md", workplace()), 6);
}

/// The cluster's answers are there already: the images in the lock, of every architecture, and `worker.ign`.
#[test]
fn the_walk_with_another_architecture_says_what_the_program_says() {
    let lock = read("testdata/render/mixed/okdboot.lock").replace("\"multi\"", "\"lab\"");
    let sandbox = workplace().file("okdboot.lock", lock);
    for role in ["bootstrap", "master"] {
        std::fs::remove_file(sandbox.path().join(format!("install/{role}.ign"))).unwrap();
    }
    assert_eq!(walk("docs/journeys/aarch64-workers.md", sandbox), 9);
}

#[test]
fn dnsmasq_accepts_the_configuration_of_the_walk() {
    let Some(dnsmasq) = tool("dnsmasq") else { return };
    let sandbox = workplace().file("lab.conf", file("docs/journeys/matchbox-dnsmasq.md", "lab.conf"));
    let conf = format!("--conf-file={}", sandbox.path().join("lab.conf").display());
    succeed(Command::new(dnsmasq).args(["--test", &conf]), "dnsmasq");
}

/// Machines and addresses of the DHCP server are those of the inventory.
#[test]
fn the_configuration_of_dnsmasq_has_the_machines_of_the_inventory() {
    let walk = "docs/journeys/matchbox-dnsmasq.md";
    let (vars, conf) = (file(walk, "vars.yaml"), file(walk, "lab.conf"));
    let value = |line: &str, key: &str| line.trim().strip_prefix(key).map(str::to_owned);
    let of = |key: &str| {
        vars.lines().filter_map(|line| value(line.trim_start_matches("  - "), key)).collect::<Vec<_>>()
    };
    // The helper has a name and an address, but no MAC address; it comes first.
    let (names, addresses, macs) = (of("name: "), of("ipaddr: "), of("macaddr: "));
    let hosts = names[1..].iter().zip(&addresses[1..]).zip(&macs);
    let lines: Vec<_> = hosts.map(|((name, ip), mac)| format!("dhcp-host={mac},{ip},{name}")).collect();
    let written: Vec<_> = conf.lines().filter(|line| line.starts_with("dhcp-host=")).collect();
    assert_eq!(written, lines);
}

/// Commands of other programs are at least shell.
#[test]
fn what_is_typed_elsewhere_is_shell() {
    let mut count = 0;
    for document in files_below("docs").into_iter().chain(["README.md".into(), "RELEASING.md".into()]) {
        for lines in blocks(&read(&document), "sh") {
            let output = Command::new("bash").args(["-n", "-c", &lines]).output().unwrap();
            assert!(output.status.success(), "{document}: {lines}");
            count += 1;
        }
    }
    assert!(count >= 6, "{count}");
}
