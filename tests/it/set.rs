//! `--set`: values of one run in the place of those in the file, and what is said of them.

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};

const VARS: &str = "disk: \"{{ first }}\"\nfirst: vda\nstaticips: true\nhelper: {ipaddr: 192.0.2.77}\n\
    dns: {domain: example.com, clusterid: demo}\n\
    bootstrap: {name: boot, ipaddr: 192.0.2.20}\n\
    masters:\n  - {name: m0, ipaddr: 192.0.2.21}\n  - {name: m1, ipaddr: 192.0.2.22}\n  - {name: m2, ipaddr: 192.0.2.23}\n\
    okdboot: {network: {gateway: 192.0.2.1, netmask: 255.255.255.0, interface: ens3}}\n";

fn run(args: &[&str]) -> Ran {
    Sandbox::new().file("vars.yaml", VARS).args(args).run()
}

/// Returns the line of a value in what `explain` says of a node.
fn explained(args: &[&str], node: &str, value: &str) -> String {
    let ran = run(&[&["explain", node], args].concat());
    let text = ran.stdout_text();
    let line = text.lines().find(|line| line.trim_start().starts_with(value));
    line.unwrap_or_else(|| panic!("no {value}: {text}{}", ran.stderr_text())).trim().to_owned()
}

#[test]
fn a_value_is_replaced_and_its_origin_is_the_flag() {
    let disk = explained(&["-e", "masters[1].disk=nvme0n1"], "m1", "disk");
    assert!(disk.contains("/dev/nvme0n1") && disk.contains("--set:1:17"), "{disk}");
    let named = explained(&["--set", "masters[m1].disk=nvme0n1"], "m1", "disk");
    assert!(named.contains("/dev/nvme0n1"), "{named}");
    let other = explained(&["-e", "masters[1].disk=nvme0n1"], "m0", "disk");
    assert!(other.contains("/dev/vda") && other.contains("vars.yaml:1:7"), "{other}");
}

#[test]
fn the_last_one_wins_and_the_second_has_a_line_of_its_own() {
    let disk = explained(&["-e", "disk=sda", "-e", "disk=sdb"], "m0", "disk");
    assert!(disk.contains("/dev/sdb") && disk.contains("--set:2:6"), "{disk}");
}

#[test]
fn expressions_see_what_is_set() {
    let disk = explained(&["-e", "first=xvda"], "m0", "disk");
    assert!(disk.contains("/dev/xvda"), "{disk}");
    let disk = explained(&["-e", "disk={{ 'sd' ~ 'c' }}"], "m0", "disk");
    assert!(disk.contains("/dev/sdc"), "{disk}");
}

#[test]
fn lists_mappings_and_nothing_are_values() {
    let mode = explained(&["-e", "okdboot.mode=local"], "m0", "mode");
    assert!(mode.contains("local"), "{mode}");
    let ran = run(&["check", "-e", "masters=[{name: one, ipaddr: 192.0.2.30}]", "-e", "bootstrap="]);
    assert!(!ran.stderr_text().contains("error"), "{}", ran.stderr_text());
    // What is taken away is missing.
    let ran = run(&["check", "-e", "helper.ipaddr="]).status(3);
    assert!(ran.stderr_text().contains("`helper.ipaddr` is missing"), "{}", ran.stderr_text());
}

#[test]
fn a_fault_is_shown_in_the_flag() {
    let ran = run(&["check", "-e", "okdboot.mode=lively"]).status(3);
    assert!(
        ran.stderr_text().contains(" --> --set:1:14\n  |\n1 | okdboot.mode=lively\n  |              ^^^^^^"),
        "{}",
        ran.stderr_text()
    );
    let ran = run(&["check", "-e", "okdboot.mod=live"]).status(3);
    assert!(ran.stderr_text().contains("did you mean `mode`?"), "{}", ran.stderr_text());
    assert!(ran.stderr_text().contains(" --> --set:1:9"), "{}", ran.stderr_text());
}

#[test]
fn what_cannot_be_set_is_said_with_what_is_there() {
    for (flag, message, help) in [
        ("masters[3].disk=sdb", "`masters` has no entry `3`", "it has 3 entries"),
        ("masters[m9].disk=sdb", "`masters` has no entry `m9`", "by its number from 0, or by its `name`"),
        ("masters.disk=sdb", "`masters` is a list", "`masters[0]`, or `masters[NAME]`"),
        ("dns.domain.name=x", "`dns.domain` is a value", "has no keys below it"),
        ("dns[0]=x", "`dns` is a mapping", ""),
        ("disk=[a", "the value of `disk` is not YAML", "put quotes around it"),
    ] {
        let said = run(&["check", "-e", flag]).status(3).stderr_text();
        assert!(said.contains(message) && said.contains(help) && said.contains("--set:1:"), "{flag}: {said}");
    }
}

#[test]
fn both_mistakes_of_one_place_are_said() {
    let said = run(&["check", "-e", "disk=", "-e", "masters[0].ipaddr=192.0.2.22"]).status(3).stderr_text();
    assert!(said.contains("V202") && said.contains("--set:2:19") && said.contains("vars.yaml:"), "{said}");
}

#[test]
fn a_flag_without_a_value_is_a_fault_of_usage() {
    for flag in ["disk", "=sda", "a..b=c"] {
        let ran = run(&["check", "-e", flag]).status(2);
        assert!(ran.stderr_text().contains("write it as KEY=VALUE"), "{}", ran.stderr_text());
    }
}

#[test]
fn a_value_of_an_unknown_key_is_not_shown() {
    let ran = run(&["check", "-e", "my_password=hunter2", "-e", "okdboot.mode=x"]).status(3);
    assert!(!ran.stderr_text().contains("hunter2"), "{}", ran.stderr_text());
}

#[test]
fn render_writes_what_is_set_and_a_bundle_refuses_it() {
    let ran =
        render("dhcp").again().args(["render", "-o", "out", "--check", "-e", "okdboot.kargs=[quiet]"]).run();
    let said = ran.stdout_text() + &ran.stderr_text();
    let ran = ran.status(1);
    assert!(said.contains("pxelinux.cfg"), "{said}");
    let ran = ran.again().args(["bundle", "export", "b.tar", "-o", "out", "-e", "disk=sdb"]).run().status(2);
    assert!(ran.stderr_text().contains("write the values into the file"), "{}", ran.stderr_text());
}
