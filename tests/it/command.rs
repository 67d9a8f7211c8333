//! `okdboot commands`.

use serde_json::Value;

use crate::golden::render;
use crate::sandbox::Sandbox;

#[test]
fn the_line_to_type_is_the_one_that_guides_have_people_type() {
    let ran = render("static").again().args(["commands", "--method", "kargs", "cp1", "-q"]).run().status(0);
    ran.stdout(
        "# cp1.edge.lab.example.org (master, 10.0.1.12)\n\
         rd.neednet=1 ip=10.0.1.12::10.0.1.1:255.255.255.128:cp1.edge.lab.example.org:ens3:none \
         nameserver=10.0.1.5 nameserver=10.0.1.6 \
         coreos.inst.install_dev=/dev/disk/by-id/wwn-0x5000c500a0b1c2d3 \
         coreos.inst.ignition_url=https://boot.lab.example.org/assets/ignition/edge/master.ign\n",
    );
}

#[test]
fn words_that_a_shell_would_read_into_are_quoted_and_json_has_them_plain() {
    let vars = "disk: sda\nhelper: { ipaddr: 10.0.0.2 }\ndns: { domain: example.com, clusterid: c }\n\
                masters:\n  - { name: m0, ipaddr: 10.0.0.11, macaddr: \"52:54:00:00:00:11\" }\n\
                okdboot: { console: [tty0, \"ttyS0,115200n8\"], ignition_base: \"http://h/a;b\" }\n";
    let sandbox = || Sandbox::new().vars(vars).file("ign/master.ign", r#"{"ignition":{"version":"3.2.0"}}"#);
    let text = sandbox().args(["commands", "--ignition", "ign", "-q"]).run().status(0).stdout_text();
    assert!(text.contains("'--ignition-url=http://h/a;b/assets/ignition/c/master.ign'"), "{text}");
    assert!(text.contains("--console=tty0 --console=ttyS0,115200n8"), "{text}");
    let ran = sandbox().args(["commands", "--ignition", "ign", "--format", "json"]).run().status(0);
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let argv = &document["commands"][0]["argv"];
    assert_eq!(argv[2], "--ignition-url=http://h/a;b/assets/ignition/c/master.ign");
    assert_eq!(argv[argv.as_array().unwrap().len() - 1], "/dev/sda");
}

#[test]
fn the_digest_is_of_the_bytes_that_are_served() {
    let ran = render("dhcp");
    let served = std::fs::read(ran.join("out/matchbox/assets/ignition/ocp4/worker.ign")).unwrap();
    let digest: String =
        <sha2::Sha512 as sha2::Digest>::digest(served).iter().map(|b| format!("{b:02x}")).collect();
    // Without `--ignition` the rendered copies are read.
    let text = ran.again().args(["commands", "worker0", "-o", "out", "-q"]).run().status(0).stdout_text();
    assert!(text.contains(&format!(" --ignition-hash=sha512-{digest} ")), "{text}");
}

#[test]
fn an_unknown_node_is_wrong_usage_with_a_suggestion() {
    let ran = render("dhcp").again().args(["commands", "worker9"]).run().status(2);
    assert!(ran.stderr_text().contains("did you mean `worker"), "{}", ran.stderr_text());
}

#[test]
fn without_an_ignition_file_there_is_no_command_to_trust() {
    let ran = render("dhcp");
    std::fs::remove_dir_all(ran.join("out/matchbox/assets/ignition")).unwrap();
    let ran = ran.again().args(["commands", "-o", "out"]).run().status(3).stdout("");
    let said = ran.stderr_text();
    assert_eq!(said.matches("error[R010]").count(), 3, "one a role: {said}");
}
