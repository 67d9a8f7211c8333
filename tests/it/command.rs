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

#[test]
fn media_of_a_node_carry_everything_and_a_private_authority_needs_them() {
    let vars = |further: &str| {
        format!(
            "disk: sda\nhelper: {{ ipaddr: 10.0.0.2 }}\ndns: {{ domain: example.com, clusterid: ocp4 }}\nstaticips: true\n\
             masters:\n  - {{ name: m0, ipaddr: 10.0.0.11, macaddr: \"52:54:00:00:00:11\", kargs: quiet }}\n\
             okdboot: {{ console: [ttyS0], network: {{ gateway: 10.0.0.1, prefix: 24, interface: ens3 }}{further} }}\n"
        )
    };
    let lock = crate::read("testdata/render/dhcp/okdboot.lock");
    let sandbox = |further: &str| {
        Sandbox::new()
            .vars(vars(further))
            .file("okdboot.lock", &lock)
            .file("ign/master.ign", r#"{"ignition":{"version":"3.2.0"}}"#)
    };
    let ca = ", ignition_base: \"https://h\", ignition_ca: lab.pem";
    let ran = sandbox(ca).args(["commands", "--method", "pxe", "--ignition", "ign", "-q"]).run().status(0);
    ran.stdout(
        "# m0.ocp4.example.com (master, 10.0.0.11)\n\
         coreos-installer pxe customize --dest-device=/dev/sda --dest-ignition=ign/master.ign --dest-console=ttyS0 \
         --dest-karg-append=rd.neednet=1 \
         --dest-karg-append=ip=10.0.0.11::10.0.0.1:255.255.255.0:m0.ocp4.example.com:ens3:none \
         --dest-karg-append=nameserver=10.0.0.2 --ignition-ca=lab.pem --output=ocp4-m0-initramfs.img \
         okdboot-out/matchbox/assets/scos-10.0.20990101-0-live-initramfs.x86_64.img\n\
         # boot it with: rd.neednet=1 ip=10.0.0.11::10.0.0.1:255.255.255.0:m0.ocp4.example.com:ens3:none nameserver=10.0.0.2 \
         ignition.firstboot ignition.platform.id=metal \
         coreos.live.rootfs_url=http://10.0.0.2:8080/assets/scos-10.0.20990101-0-live-rootfs.x86_64.img console=ttyS0 quiet\n",
    );
    for command in ["render", "commands"] {
        let ran = sandbox(ca)
            .args([command, "--ignition", "ign", "-o", "out"])
            .run()
            .status(3)
            .expect_absent("out");
        assert!(ran.stderr_text().contains("error[R012]"), "{}", ran.stderr_text());
    }
    sandbox(", ignition_base: \"https://h\"")
        .args(["render", "--ignition", "ign", "-o", "out"])
        .run()
        .status(0);
}

#[test]
fn an_iso_that_is_not_in_the_lock_is_named() {
    let ran = render("dhcp");
    let text = std::fs::read_to_string(ran.join("okdboot.lock")).unwrap();
    let mut lock: Value = serde_json::from_str(&text).unwrap();
    lock["clusters"]["ocp4"]["arches"]["x86_64"]["artifacts"].as_object_mut().unwrap().remove("iso");
    let sandbox = ran.again().file("okdboot.lock", lock.to_string());
    let ran = sandbox.args(["commands", "--method", "iso", "--ignition", "ignition"]).run().status(3);
    assert!(ran.stderr_text().contains("there is no iso"), "{}", ran.stderr_text());
}

#[test]
fn help_is_a_word_too_and_a_role_selects() {
    let page = Sandbox::new().args(["help", "services", "install"]).run().status(0).stdout_text();
    let option = Sandbox::new().args(["services", "install", "--help"]).run().status(0).stdout_text();
    assert_eq!(page, option);
    let ran = Sandbox::new().args(["help", "nothing"]).run().status(2);
    assert!(ran.stderr_text().contains("there is no command `nothing`"), "{}", ran.stderr_text());
    let ran = Sandbox::new().args(["help", "servce"]).run().status(2);
    assert!(ran.stderr_text().contains("did you mean `serve`?"), "{}", ran.stderr_text());
    let of = |role: &str| {
        render("dhcp").again().args(["commands", "--role", role, "--ignition", "ignition", "-o", "out"]).run()
    };
    let masters = of("master").status(0).stdout_text();
    assert!(masters.contains("(master, ") && !masters.contains("(worker, "), "{masters}");
    assert!(of("mastr").status(2).stderr_text().contains("mastr"));
}

/// One reason is one line, whatever is missing because of it.
#[test]
fn a_tree_that_is_not_there_is_one_finding_and_its_images_another() {
    let ran = render("dhcp");
    let said = ran
        .again()
        .args(["verify", "--ignition", "ignition", "-o", "elsewhere"])
        .run()
        .status(1)
        .stderr_text();
    assert_eq!(said.matches("error[P001]: nothing of `ocp4` is rendered here: ").count(), 1, "{said}");
    assert_eq!(said.matches("error[P001]").count() + said.matches("error[P002]").count(), 1, "{said}");
    assert_eq!(said.matches("error[P008]: none of ").count(), 1, "{said}");
    assert!(!said.contains("P007"), "{said}");
}

/// What a person means is not said again, and does not fail a strict run.
#[test]
fn a_warning_that_is_accepted_is_gone() {
    let vars = "disk: /dev/sda\nhelper: {ipaddr: 10.0.0.2}\ndns: {domain: example.com, clusterid: lab}\n\
         masters:\n  - {name: m0, ipaddr: 10.0.0.11, macaddr: \"52:54:00:00:00:11\"}\n  \
         - {name: m1, ipaddr: 10.0.0.12, macaddr: \"52:54:00:00:00:12\"}\n  \
         - {name: m2, ipaddr: 10.0.0.13, macaddr: \"52:54:00:00:00:13\"}\nworkers:\n  \
         - {name: w0, ipaddr: 10.0.0.21, macaddr: \"52:54:00:00:00:21\"}\n";
    let check = |more: &str| Sandbox::new().vars(format!("{vars}{more}")).args(["check", "--strict"]).run();
    let said = check("okdboot: {stream: rhcos-4.20}\n").status(3).stderr_text();
    assert!(said.contains("error[V213]"), "{said}");
    let said = check("okdboot: {stream: rhcos-4.20, accept: [V213]}\n").status(0).stderr_text();
    assert!(!said.contains("V213") && !said.contains("warning"), "{said}");
}

/// What is printed before a command makes the network that the command copies: `NetworkManager`'s own program
/// reads it.
#[test]
fn the_network_of_the_live_system_is_made_before_it_is_copied() {
    let ran = render("networks");
    let args = ["commands", "--ignition", "ignition", "-o", "out", "--format", "json"];
    let ran = ran.again().args(args).run().status(0);
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let entries = document["commands"].as_array().unwrap();
    let copies =
        |entry: &Value| entry["argv"].as_array().unwrap().iter().any(|word| word == "--copy-network");
    assert!(entries.iter().all(|entry| copies(entry) == entry["network"].is_array()), "{document:#}");
    let Some(generator) = crate::tool::tool("nm-initrd-generator") else { return };
    let mut made = 0;
    for entry in entries.iter().filter(|entry| entry["network"].is_array()) {
        let words: Vec<&str> =
            entry["network"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(
            words[..4],
            ["/usr/libexec/nm-initrd-generator", "-c", "/etc/NetworkManager/system-connections", "--"]
        );
        let folder = tempfile::tempdir().unwrap();
        let mut command = std::process::Command::new(&generator);
        command.arg("-c").arg(folder.path()).args(&words[3..]);
        assert!(command.status().unwrap().success(), "{words:?}");
        made += folder.path().read_dir().unwrap().count();
    }
    assert!(made > entries.len(), "{made} connections");
}
