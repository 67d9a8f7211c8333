//! `okdboot render`: what it refuses, what it keeps, what it removes.

use std::fs;

use serde_json::Value;

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};

/// Renders the sandbox of an earlier run again.
fn again(ran: Ran, args: &[&str]) -> Ran {
    ran.again().args(["render", "-o", "out", "--quiet"]).args(args).run()
}

/// Changes a file of the sandbox.
fn edit(ran: &Ran, path: &str, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(ran.join(path)).unwrap();
    fs::write(ran.join(path), change(&text)).unwrap();
}

/// Expects a refusal with a code, and that nothing was written.
#[track_caller]
fn refused(sandbox: Sandbox, code: &str, words: &str) {
    let ran = sandbox.args(["render", "-o", "out", "--quiet"]).run().status(3);
    let said = ran.stderr_text();
    assert!(said.contains(&format!("[{code}]")) && said.contains(words), "{said}");
    ran.expect_absent("out");
}

/// A small cluster and further lines of its vars.yaml.
fn unlocked(further: &str) -> Sandbox {
    Sandbox::new().vars(format!(
        "disk: sda\nhelper: {{ ipaddr: 10.0.0.2 }}\ndns: {{ domain: example.com, clusterid: ocp4 }}\n\
         masters:\n  - {{ name: m0, ipaddr: 10.0.0.11, macaddr: \"52:54:00:00:00:11\" }}\n{further}"
    ))
}

/// The same with a lock.
fn cluster(further: &str) -> Sandbox {
    let lock = fs::read_to_string(crate::project("testdata/render/dhcp/okdboot.lock")).unwrap();
    unlocked(further).file("okdboot.lock", lock)
}

#[test]
fn what_a_static_address_lacks_is_named_with_the_key() {
    refused(cluster("staticips: true\n"), "V216", "add `gateway` and `netmask` under `okdboot.network`");
}

#[test]
fn artifacts_of_a_release_before_4_6_are_left_out() {
    let further = "ocp_install_kernel: https://h/installer-kernel\nocp_initramfs: https://h/installer-initramfs.img\n\
                   ocp_bios: https://h/metal.raw.gz\n";
    refused(unlocked(further), "R003", "set `okdboot.stream`");
    let ran = cluster(further).args(["render", "-o", "out"]).run().status(0);
    let said = ran.stderr_text();
    assert!(said.contains("1 warning of the inventory: `okdboot check` shows it\n"), "{said}");
    assert!(!said.contains("V219"), "{said}");
    // Who asks for more, and `check`, have all of it.
    for args in [&["render", "-o", "out", "-v"][..], &["check"]] {
        let said = cluster(further).args(args).run().stderr_text();
        assert!(said.contains("warning[V219]: `ocp_bios` is not a live rootfs"), "{said}");
    }
}

#[test]
fn without_a_release_nothing_is_written() {
    refused(unlocked(""), "R003", "set `okdboot.stream`");
    let ran = unlocked("").args(["fetch", "-o", "out"]).run().status(3);
    assert!(
        ran.stderr_text().contains("[R003]") && !ran.stderr_text().contains("R010"),
        "{}",
        ran.stderr_text()
    );
}

#[test]
fn a_lock_that_does_not_fit_says_so_when_its_stream_is_gone() {
    let further =
        "workers:\n  - { name: w0, ipaddr: 10.0.0.21, macaddr: \"52:54:00:00:00:21\", arch: aarch64 }\n";
    let ran = cluster(further).args(["render", "-o", "out"]).run().status(6).expect_absent("out");
    let said = ran.stderr_text();
    assert!(said.contains("the lock has nothing for `aarch64`") && said.contains("`stream.json`"), "{said}");
}

#[test]
fn two_owners_of_one_path_are_refused() {
    let lock = fs::read_to_string(crate::project("testdata/render/dhcp/okdboot.lock")).unwrap();
    let entry: Value = serde_json::from_str(&lock).unwrap();
    let entry = &entry["clusters"]["ocp4"];
    let lock = serde_json::json!({"format-version": 1, "clusters": {"a": entry, "a-b": entry}}).to_string();
    let vars = |id: &str, node: &str, last: u8| {
        format!(
            "disk: sda\nhelper: {{ ipaddr: 10.0.0.2 }}\ndns: {{ domain: example.com, clusterid: {id} }}\nmasters:\n  \
             - {{ name: {node}, ipaddr: 10.0.0.{last}, macaddr: \"52:54:00:00:00:{last}\" }}\n"
        )
    };
    let sandbox = Sandbox::new().file("a.yaml", vars("a", "b-c", 11)).file("b.yaml", vars("a-b", "c", 12));
    let sandbox = sandbox.file("okdboot.lock", lock).args(["-f", "a.yaml", "-f", "b.yaml"]);
    refused(sandbox, "R005", "`matchbox/groups/a-b-c.json`");
}

#[test]
fn what_ipxe_would_expand_is_refused_and_other_formats_can_be_had() {
    let sandbox = || cluster("okdboot: { kargs: [\"x=${net0/mac}\"] }\n");
    refused(sandbox(), "R006", "`x=${net0/mac}`");
    for word in ["||", "&&", ";", "#x"] {
        refused(cluster(&format!("okdboot: {{ kargs: [\"{word}\"] }}\n")), "R006", &format!("`{word}`"));
    }
    let ran = sandbox().args(["render", "-o", "out", "--only", "grub,pxelinux", "-q"]).run().status(0);
    let text = fs::read_to_string(ran.join("out/tftpboot/grub.cfg-01-52-54-00-00-00-11")).unwrap();
    assert!(text.contains(" 'x=${net0/mac}'\n"), "{text}");
}

#[test]
fn matchbox_is_not_asked_for_what_it_cannot_read() {
    let sandbox = cluster("okdboot: { ignition_url: matchbox }\n");
    let sandbox = sandbox.file("ign/master.ign", r#"{"ignition":{"version":"3.5.0"}}"#);
    let ran = sandbox.args(["render", "--ignition", "ign", "-o", "out"]).run().status(3);
    assert!(ran.stderr_text().contains("[R007]") && ran.stderr_text().contains("empty config"));
    ran.expect_absent("out");
}

/// PXELINUX carries 2046 bytes, its own words among them; tests/boot sees the next one cut off.
#[test]
fn a_line_that_a_loader_would_cut_is_refused_and_a_long_one_warned_of() {
    let long = |count: usize| cluster(&format!("okdboot: {{ kargs: [\"{}\"] }}\n", "x".repeat(count)));
    let ran = long(1).args(["render", "-o", "out"]).run().status(0);
    let text = fs::read_to_string(ran.join("out/tftpboot/pxelinux.cfg/01-52-54-00-00-00-11")).unwrap();
    let value = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key)).unwrap().to_owned();
    let length = format!("BOOT_IMAGE={} {}", value("KERNEL "), value("APPEND ")).len();
    refused(long(1 + 2047 - length), "R008", "has 2048 bytes of 2047");
    let ran = long(1 + 2046 - length).args(["render", "-o", "out"]).run().status(0);
    assert!(ran.stderr_text().contains("warning[R009]"), "{}", ran.stderr_text());
}

#[test]
fn without_ignition_files_the_boot_files_are_written_with_a_warning() {
    let ran = cluster("").args(["render", "-o", "out"]).run().status(0);
    assert!(ran.stderr_text().contains("warning[R010]: `ocp4` has no `master.ign`"), "{}", ran.stderr_text());
    ran.expect_absent("out/SHA512SUMS").expect_absent("out/matchbox/ignition");
}

/// A role whose machines are installed already needs no file; any other does, and is told what would help.
#[test]
fn an_installed_role_needs_no_ignition_file() {
    let sandbox = cluster("").file("ign/worker.ign", "{}").args(["render", "-o", "out", "--ignition", "ign"]);
    let ran = sandbox.run().status(6);
    let said = ran.stderr_text();
    assert!(said.contains("`ign/master.ign`") && said.contains("give it `mode: local`"), "{said}");
}

#[test]
fn a_folder_of_ignition_files_that_is_not_there_is_named_as_such() {
    for folder in ["ign", "../elsewhere/ign"] {
        let ran = cluster("").args(["render", "-o", "out", "--ignition", folder]).run().status(6);
        let said = ran.stderr_text();
        assert!(said.contains("there is no such folder") && !said.contains("mode: local"), "{said}");
        ran.expect_absent("out");
    }
    let here = cluster("").args(["render", "-o", "out", "--ignition", "."]).run().status(6);
    assert!(here.stderr_text().contains("mode: local"), "{}", here.stderr_text());
}

#[test]
fn a_digest_is_pinned_only_where_it_is_known_and_follows_the_file() {
    let refused =
        cluster("okdboot: { ignition_pin: pointer }\n").args(["render", "-o", "out"]).run().status(3);
    assert!(refused.stderr_text().contains("error[R010]"), "{}", refused.stderr_text());
    let ran = render("pin-installer");
    let path = "out/matchbox/assets/ignition/multi/live/m0.ign";
    let before = fs::read_to_string(ran.join(path)).unwrap();
    let boot = fs::read_to_string(ran.join("out/tftpboot/pxelinux.cfg/01-52-54-00-01-00-11")).unwrap();
    assert!(
        boot.contains("ignition.firstboot ignition.platform.id=metal ignition.config.url=http://"),
        "{boot}"
    );
    assert!(!boot.contains("coreos.inst."), "the installer's file says it: {boot}");
    edit(&ran, "ignition/master.ign", |text| text.replace("mixed", "other"));
    let ran = again(ran, &["--ignition", "ignition"]).status(0);
    assert_ne!(before, fs::read_to_string(ran.join(path)).unwrap());
}

#[test]
fn a_node_without_a_mac_is_said_to_have_no_boot_file() {
    let further = "workers:\n  - { name: w0, ipaddr: 10.0.0.21 }\n  - { name: w1, ipaddr: 10.0.0.22 }\n";
    let ran = cluster(further).args(["render", "-o", "out"]).run().status(0);
    let said = ran.stderr_text();
    assert!(
        said.contains("notice[R011]: no network boot file is written for `w0` and `w1` of `ocp4`"),
        "{said}"
    );
}

#[test]
fn a_file_edited_by_hand_is_shown_and_refused_until_forced() {
    let ran = render("dhcp");
    let path = "out/tftpboot/pxelinux.cfg/01-52-54-00-60-72-67";
    edit(&ran, path, |text| text.replace("TIMEOUT 20", "TIMEOUT 99"));
    let edited = fs::read_to_string(ran.join(path)).unwrap();
    let ran = again(ran, &[]).status(6);
    assert!(ran.stderr_text().contains("01-52-54-00-60-72-67` was edited since okdboot wrote it"));
    let ran = ran.expect_file(path, edited);
    let ran = ran.again().args(["render", "-o", "out", "--check", "--diff"]).run().status(1);
    assert!(ran.stdout_text().contains("-TIMEOUT 99\n+TIMEOUT 20\n"), "{}", ran.stdout_text());
    assert!(ran.stderr_text().contains("was edited since okdboot wrote it; writing would be refused"));
    let ran = again(ran, &["--force"]).status(0);
    assert!(fs::read_to_string(ran.join(path)).unwrap().contains("TIMEOUT 20"));
}

#[test]
fn files_of_a_node_that_is_gone_are_removed_and_only_those() {
    let ran = render("dhcp");
    edit(&ran, "vars.yaml", |text| {
        text.split_inclusive('\n').filter(|line| !line.contains("worker2")).collect()
    });
    let ran = ran.again().args(["render", "-o", "out", "-q", "--dry-run"]).run().status(0);
    let expected = "update   commands/ocp4.txt\nupdate   guide/ocp4.md\nremove   http/ipxe/52-54-00-8e-10-34.ipxe\n\
                    remove   matchbox/groups/ocp4-worker2.json\nremove   matchbox/profiles/ocp4-worker-worker2.json\n\
                    update   services/dnsmasq/conf.d/ocp4.conf\nupdate   services/haproxy/haproxy.cfg\n\
                    remove   tftpboot/grub.cfg-01-52-54-00-8e-10-34\n\
                    remove   tftpboot/pxelinux.cfg/01-52-54-00-8e-10-34\n";
    let ran = ran.stdout(expected);
    let ran =
        again(ran, &["--only", "grub"]).status(0).expect_absent("out/tftpboot/grub.cfg-01-52-54-00-8e-10-34");
    assert!(ran.join("out/matchbox/groups/ocp4-worker2.json").is_file());
    again(ran, &[]).status(0).expect_absent("out/matchbox/groups/ocp4-worker2.json");
}

#[test]
fn rendering_one_cluster_never_touches_anothers_files() {
    let ran = render("dhcp");
    let sums = fs::read_to_string(ran.join("out/SHA512SUMS")).unwrap();
    let other = fs::read_to_string(crate::project("testdata/render/static/vars.yaml")).unwrap();
    let lock = fs::read_to_string(crate::project("testdata/render/static/okdboot.lock")).unwrap();
    let sandbox = ran.again().file("b/vars.yaml", other).file("b/okdboot.lock", lock);
    let ran = sandbox
        .args(["render", "-f", "b/vars.yaml", "--ignition", "ignition", "-o", "out", "-q"])
        .run()
        .status(0);
    assert!(ran.join("out/matchbox/groups/ocp4-worker0.json").is_file());
    assert!(
        ran.join("out/matchbox/groups/edge-cp0.json").is_file()
            || ran.join("out/matchbox/groups/edge-w0.json").is_file()
    );
    let both = fs::read_to_string(ran.join("out/SHA512SUMS")).unwrap();
    assert!(sums.lines().all(|line| both.contains(line)), "the other cluster's sums are gone");
    assert_eq!(both.lines().count(), 12);
    ran.again().args(["render", "-o", "out", "-q", "--check"]).run().status(0);
}

#[test]
fn several_clusters_take_an_ignition_folder_each() {
    let ran = render("dhcp");
    let other = fs::read_to_string(crate::project("testdata/render/static/vars.yaml")).unwrap();
    let lock = fs::read_to_string(crate::project("testdata/render/static/okdboot.lock")).unwrap();
    let ran = ran.again().file("b/vars.yaml", other).file("b/okdboot.lock", lock);
    let both = ["-f", "vars.yaml", "-f", "b/vars.yaml", "-o", "out", "-q"];
    let ran = ran.args(["render", "--ignition", "ignition"]).args(both).run().status(2);
    assert!(ran.stderr_text().contains("`ignition/ocp4`"), "{}", ran.stderr_text());
    for id in ["ocp4", "edge"] {
        fs::create_dir_all(ran.join(&format!("all/{id}"))).unwrap();
        for role in ["bootstrap", "master", "worker"] {
            fs::copy(ran.join(&format!("ignition/{role}.ign")), ran.join(&format!("all/{id}/{role}.ign")))
                .unwrap();
        }
    }
    ran.again().args(["render", "--ignition", "all"]).args(both).run().status(0);
}

#[test]
fn an_ignition_file_that_is_none_stops_before_anything_is_written() {
    let cases: [(&str, Option<&str>, i32, &str); 5] = [
        ("absent", None, 6, "No such file"),
        ("empty", Some(""), 3, "it is empty"),
        ("html", Some("<html>not found</html>"), 3, "it is not JSON"),
        ("another", Some("{\"kind\":\"MachineConfig\"}"), 3, "no `ignition.version`"),
        ("old", Some("{\"ignition\":{\"version\":\"2.2.0\"}}"), 3, "specification 2.2"),
    ];
    for (name, contents, status, words) in cases {
        let sandbox = cluster("").folder("ign");
        let sandbox =
            contents.map_or_else(|| cluster("").folder("ign"), |text| sandbox.file("ign/master.ign", text));
        let ran = sandbox.args(["render", "--ignition", "ign", "-o", "out"]).run().status(status);
        assert!(ran.stderr_text().contains(words), "{name}: {}", ran.stderr_text());
        ran.expect_absent("out");
    }
    let ran = cluster("")
        .folder("ign/master.ign")
        .args(["render", "--ignition", "ign", "-o", "out"])
        .run()
        .status(6);
    assert!(ran.stderr_text().contains("it is a directory"), "{}", ran.stderr_text());
}

#[test]
fn secret_bytes_never_appear_in_a_diff() {
    let ran = render("dhcp");
    edit(&ran, "ignition/master.ign", |text| text.replace("dhcp-master", "topsecret"));
    let ran =
        ran.again().args(["render", "--diff", "--ignition", "ignition", "-o", "out", "-q"]).run().status(0);
    let shown = ran.stdout_text();
    assert!(
        shown.contains("sha512") && !shown.contains("topsecret") && !shown.contains("dhcp-master"),
        "{shown}"
    );
}

#[test]
fn a_template_of_ones_own_replaces_one_file_and_its_faults_have_a_line() {
    let ran = render("dhcp");
    let sandbox = ran.again().file("mine/ipxe/node.j2", "#!ipxe\necho {{ node.name }} {{ args }}\n");
    let ran = sandbox.args(["render", "--templates", "mine", "-o", "out", "-q"]).run().status(0);
    let text = fs::read_to_string(ran.join("out/http/ipxe/52-54-00-60-72-67.ipxe")).unwrap();
    assert!(text.starts_with("#!ipxe\necho bootstrap rd.neednet=1"), "{text}");
    let sandbox = ran.again().file("mine/ipxe/node.j2", "#!ipxe\necho {{ nde.name }}\n");
    let ran = sandbox.args(["render", "--templates", "mine", "-o", "out", "-q"]).run().status(3);
    assert!(ran.stderr_text().contains("mine/ipxe/node.j2:2: undefined value"), "{}", ran.stderr_text());
}

#[test]
fn one_json_document_has_everything_a_program_needs() {
    let ran = render("dhcp");
    let ran = ran.again().args(["render", "--dry-run", "--format", "json", "-o", "out"]).run().status(0);
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    assert_eq!((&document["format-version"], &document["exit"]), (&Value::from(1), &Value::from(0)));
    let node = &document["nodes"][0];
    assert_eq!(
        (node["name"].as_str(), node["profile"].as_str()),
        (Some("bootstrap"), Some("ocp4-bootstrap"))
    );
    assert!(node["args"][0].as_str() == Some("rd.neednet=1"), "{node}");
    assert!(document["changes"].as_array().unwrap().iter().all(|change| change["change"] == "same"));
}
