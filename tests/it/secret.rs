//! What stands in a vars.yaml and is none of okdboot's business never leaves it.

use crate::read;
use crate::sandbox::Sandbox;

const SECRET: &str = "hunter2";

/// A good inventory with a warning near its end, so that frames are drawn.
fn inventory() -> String {
    read("testdata/vars/bad/V213-one-worker.yaml")
}

#[track_caller]
fn expect_hidden(vars: &str) {
    for format in ["text", "json", "github"] {
        for further in [&["-v"][..], &["--strict"], &["--color", "always"]] {
            let ran = Sandbox::new()
                .vars(vars)
                .args(["--format", format])
                .args(further.iter().copied())
                .arg("check")
                .run();
            let said = format!("{}{}", ran.stdout_text(), ran.stderr_text());
            assert!(!said.contains(SECRET), "{format}:\n{vars}\n{said}");
            assert!(matches!(ran.code(), Some(0 | 3)), "{:?}", ran.code());
        }
    }
}

#[test]
fn values_of_unknown_keys() {
    for secret in [
        "pullSecret: hunter2",
        "pullSecret: '{\"auths\":{\"x\":{\"auth\":\"hunter2\"}}}'",
        "pullSecret: {auths: {quay: {auth: hunter2}}}",
        "pullSecret: {auths: [a, {b: [hunter2]}]}",
        "pullSecret: {hunter2}",
        "pullSecret:\n  auths:\n    quay: hunter2",
        "pullSecret: |\n  one\n  hunter2",
        "pullSecret: >-\n  one\n  hunter2",
        "pullSecret: \"one\n  hunter2\"",
        "pullSecret: [hunter2]",
        "pullSecret: !vault |\n  $ANSIBLE_VAULT;1.1\n  hunter2",
        "pullSecret: &secret hunter2\nagain: *secret",
        "hepler: {password: hunter2}",
    ] {
        expect_hidden(&format!("{secret}\n{}", inventory()));
        expect_hidden(&format!("{}{secret}\n", inventory()));
    }
}

#[test]
fn unknown_keys_inside_known_ones() {
    let with = |from: &str, to: &str| {
        let vars = inventory();
        assert!(vars.contains(from));
        vars.replacen(from, to, 1)
    };
    expect_hidden(&with("helper:\n", "helper:\n  password: hunter2\n"));
    expect_hidden(&with("helper:\n", "helper:\n  bmc: {password: hunter2}\n"));
    expect_hidden(&with("{name: worker0,", "{password: hunter2, name: worker0,"));
    expect_hidden(&with("{name: worker0,", "{bmc: {password: hunter2}, name: worker0,"));
    expect_hidden(&with("disk: /dev/sda", "disk: {password: hunter2}"));
    expect_hidden(&with("disk: /dev/sda", "disk:\n  password: hunter2"));
    expect_hidden(&format!("{}okdboot: {{password: hunter2}}\n", inventory()));
    expect_hidden(&format!("{}okdboot: {{network: {{password: {{a: hunter2}}}}}}\n", inventory()));
}

#[test]
fn values_that_only_helpernode_reads() {
    for ignored in [
        "setup_registry: {deploy: true, registry_user: admin, registry_password: hunter2}",
        "setup_registry:\n  deploy: true\n  registry_password: hunter2\n  token: hunter2",
        "high_availability: {helpernodes: [{name: a, password: hunter2}]}",
        "helm_source: https://admin:hunter2@mirror.example.com/helm.tar.gz",
    ] {
        expect_hidden(&format!("{ignored}\n{}", inventory()));
        expect_hidden(&format!("{}{ignored}\n", inventory()));
    }
}

#[test]
fn credentials_of_urls() {
    for key in ["ocp_bios", "ocp_install_kernel", "okd_initramfs"] {
        expect_hidden(&format!("{}{key}: https://admin:hunter2@mirror.example.com/a.img\n", inventory()));
        expect_hidden(&format!("{}{key}: \"ftp://admin:hunter2@mirror example.com/a.img\"\n", inventory()));
    }
    for key in ["url", "ignition_base", "stream"] {
        expect_hidden(&format!(
            "{}okdboot: {{{key}: \"http://admin:hunter2@192.168.7.77/a.json\"}}\n",
            inventory()
        ));
    }
}

/// Which value is a secret is not known before a text could be read, so then none is shown.
#[test]
fn text_that_is_not_yaml() {
    for broken in
        ["\tx: y", "a: [1, 2", "b: \"open", "c: d: e", "? [", "- x", "%", "@at", "helper: {", "*none"]
    {
        expect_hidden(&format!("pullSecret: hunter2\n{broken}\n{}", inventory()));
        expect_hidden(&format!("{}{broken}\npullSecret: '{{\"auth\": \"hunter2\"}}'\n", inventory()));
    }
}
