//! Ignition files of another run, another cluster, another role or another day, one at a time.

use std::fs;

use okdboot::ignition::{Inside, InsideError};

use crate::golden::render;
use crate::installer::{HOUR, Installer, data, gzip};
use crate::sandbox::{Ran, Sandbox};

/// A rendered tree whose Ignition files are one run of the installer, changed by `wrong`.
fn verify(wrong: impl Fn(&Sandbox)) -> Ran {
    verify_as("junit", wrong)
}

fn verify_as(format: &str, wrong: impl Fn(&Sandbox)) -> Ran {
    let sandbox = render("dhcp").again();
    let installer = Installer::new();
    put(&sandbox, "bootstrap", &installer.bootstrap());
    put(&sandbox, "master", &installer.pointer("master"));
    put(&sandbox, "worker", &installer.pointer("worker"));
    wrong(&sandbox);
    sandbox.args(["verify", "--ignition", "ignition", "-o", "out", "--format", format]).run()
}

fn put(sandbox: &Sandbox, role: &str, text: &str) {
    fs::write(sandbox.path().join(format!("ignition/{role}.ign")), text).unwrap();
}

/// Returns the findings about the Ignition files and what is served: those from P014 to P023, as `code: message | helps`.
fn found(ran: &Ran) -> Vec<String> {
    let said = ran.stderr_text();
    let blocks = said.split("\n\n").flat_map(|block| block.split("\nerror[")).map(str::to_owned);
    let mut found: Vec<String> = blocks
        .flat_map(|block| block.split("\nwarning[").map(str::to_owned).collect::<Vec<_>>())
        .map(|block| block.trim_start_matches("error[").trim_start_matches("warning[").replace("]: ", ": "))
        .filter(|block| {
            ("P014".."P024").contains(&block.get(..4).unwrap_or_default()) || block.starts_with("P04")
        })
        .collect();
    found.sort();
    found
}

/// Expects one finding: code, words of its message, words of its help, and the nodes it stands at.
#[track_caller]
fn finds(wrong: impl Fn(&Sandbox), code: &str, words: &[&str], nodes: &[&str]) {
    let ran = verify(wrong);
    let found = found(&ran);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(code), "{found:#?}");
    for word in words {
        assert!(found[0].contains(word), "no `{word}` in {}", found[0]);
    }
    let report = ran.stdout_text();
    let at: Vec<&str> = report
        .split("<testcase ")
        .skip(1)
        .filter(|case| case.contains(&format!("\"{code}\"")) || case.contains(&format!("[{code}]")))
        .filter_map(|case| case.split("name=\"").nth(2)?.split('"').next())
        .collect();
    assert_eq!(at, nodes, "{report}");
}

const MASTERS: &[&str] = &["master0", "master1", "master2"];
const WORKERS: &[&str] = &["worker0", "worker1", "worker2"];

fn aged(starts: i64, ends: i64) -> impl Fn(&Sandbox) {
    move |sandbox| {
        let installer = Installer { life: (starts, ends), ..Installer::new() };
        put(sandbox, "bootstrap", &installer.bootstrap());
        put(sandbox, "master", &installer.pointer("master"));
        put(sandbox, "worker", &installer.pointer("worker"));
    }
}

fn worker(text: impl Fn(&Installer) -> String) -> impl Fn(&Sandbox) {
    move |sandbox| {
        let installer = Installer::new();
        put(sandbox, "bootstrap", &installer.bootstrap());
        put(sandbox, "master", &installer.pointer("master"));
        put(sandbox, "worker", &text(&installer));
    }
}

fn served(path: &str) -> impl Fn(&Sandbox) {
    move |sandbox| {
        let path = sandbox.path().join("out").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
}

#[test]
fn files_of_one_fresh_run_have_no_finding() {
    let ran = verify(|_| {});
    assert_eq!(found(&ran), Vec::<String>::new());
}

const CONFIG: &str = "apiVersion: v1\nbaseDomain: example.com\nmetadata:\n  name: ocp4\n\
    controlPlane: {name: master, replicas: 3}\nnetworking:\n  machineNetwork:\n  - cidr: 192.168.7.0/24\n\
    platform:\n  none: {}\npullSecret: \"\"\nsshKey: ssh-ed25519 AAAA\n";

/// A run whose bootstrap.ign tells of itself, changed.
fn run(change: impl Fn(&mut Installer)) -> impl Fn(&Sandbox) {
    move |sandbox| {
        let mut installer = Installer { config: Some(CONFIG.to_owned()), ..Installer::new() };
        change(&mut installer);
        put(sandbox, "bootstrap", &installer.bootstrap());
        put(sandbox, "master", &installer.pointer("master"));
        put(sandbox, "worker", &installer.pointer("worker"));
    }
}

fn config(from: &'static str, to: &'static str) -> impl Fn(&Sandbox) {
    assert!(CONFIG.contains(from));
    run(move |installer| installer.config = Some(CONFIG.replace(from, to)))
}

#[test]
fn a_run_that_fits_has_no_finding() {
    assert_eq!(found(&verify(run(|_| {}))), Vec::<String>::new());
    // Images may be older than the release, and a mirror's name tells nothing.
    let older = |installer: &mut Installer| {
        installer.version = "v4.99.0".into();
        installer.image = "mirror.lab:5000/ocp4/openshift4@sha256:00".into();
    };
    assert_eq!(found(&verify(run(older))), Vec::<String>::new());
    // A network that does not hold the nodes counts where there is a proxy.
    assert_eq!(found(&verify(config("192.168.7.0/24", "10.0.0.0/16"))), Vec::<String>::new());
}

#[test]
fn a_run_of_another_cluster() {
    finds(
        config("name: ocp4", "name: old"),
        "P018",
        &["`old.example.com`, due is `ocp4.example.com`"],
        &["bootstrap"],
    );
}

#[test]
fn a_run_for_another_number_of_masters() {
    finds(
        config("replicas: 3", "replicas: 1"),
        "P047",
        &["is made for 1 control-plane machine, and vars.yaml has 3", "`controlPlane.replicas: 3`"],
        &["bootstrap"],
    );
}

#[test]
fn a_run_for_another_platform() {
    finds(config("  none: {}", "  vsphere: {}"), "P048", &["the platform `vsphere`"], &["bootstrap"]);
}

#[test]
fn a_machine_network_without_the_nodes_behind_a_proxy() {
    finds(
        config("192.168.7.0/24\n", "10.0.0.0/16\nproxy: {httpProxy: \"http://proxy:3128\"}\n"),
        "P048",
        &["10.0.0.0/16", "does not hold 7 nodes", "and there is a proxy", "networking.machineNetwork"],
        &["bootstrap"],
    );
}

#[test]
fn images_that_are_newer_than_the_installer_and_of_another_system() {
    let older = |sandbox: &Sandbox| {
        run(|installer| installer.version = "v4.14.8".into())(sandbox);
        let lock = sandbox.path().join("okdboot.lock");
        let text = fs::read_to_string(&lock).unwrap();
        fs::write(lock, text.replace("\"source\": \"stream.json\"", "\"source\": \"okd-4.20\"")).unwrap();
    };
    finds(older, "P048", &["made by the installer of 4.14", "images are of 4.20"], &["bootstrap"]);
    let openshift = |installer: &mut Installer| {
        installer.image = "quay.io/openshift-release-dev/ocp-release@sha256:00".into();
    };
    finds(run(openshift), "P048", &["is of OpenShift", "which needs RHCOS"], &["bootstrap"]);
}

/// A single node that is its own bootstrap: one file, run live, which installs the machine.
#[test]
fn a_node_that_bootstraps_in_place() {
    let installer = |change: fn(&mut Installer)| {
        let config = CONFIG.replace("replicas: 3", "replicas: 1");
        let mut installer = Installer { config: Some(config), is_in_place: true, ..Installer::new() };
        change(&mut installer);
        installer.bootstrap()
    };
    let ran = |text: &str, args: &[&str]| {
        let sandbox = render("dhcp").again();
        fs::remove_dir_all(sandbox.path().join("ignition")).unwrap();
        let sandbox = sandbox.file("ignition/bootstrap-in-place-for-live-iso.ign", text);
        let single = [
            "-e",
            "bootstrap=",
            "-e",
            "workers=",
            "-e",
            "masters=[{name: m0, ipaddr: 192.168.7.21, macaddr: 52:54:00:00:00:21}]",
        ];
        sandbox.args(args).args(["--ignition", "ignition", "-o", "new"]).args(single).run()
    };
    let live = ["-e", "okdboot.mode=live"];
    let fits = installer(|_| {});
    let wrong = ran(&fits, &["render"]).status(3).stderr_text();
    assert!(wrong.contains("error[R038]") && wrong.contains("set `mode: live`"), "{wrong}");
    let rendered = ran(&fits, &[&["render"], &live[..]].concat()).status(0);
    let script = fs::read_to_string(rendered.join("new/http/ipxe/52-54-00-00-00-21.ipxe")).unwrap();
    assert!(
        script.contains("ignition.config.url=http://192.168.7.77:8080/assets/ignition/ocp4/master.ign"),
        "{script}"
    );
    let copy = fs::read_to_string(rendered.join("new/matchbox/assets/ignition/ocp4/master.ign")).unwrap();
    assert_eq!(copy, fits);
    let verified = ran(&fits, &[&["verify"], &live[..]].concat());
    assert_eq!(found(&verified), Vec::<String>::new(), "{}", verified.stderr_text());
    let old = ran(&installer(|it| it.life = (-25 * HOUR, -HOUR)), &[&["verify"], &live[..]].concat());
    assert!(found(&old)[0].starts_with("P014"), "{}", old.stderr_text());
    let iso = ran(&fits, &[&["commands", "--method", "iso"], &live[..]].concat()).status(0).stdout_text();
    assert!(iso.contains("--live-ignition=ignition/bootstrap-in-place-for-live-iso.ign"), "{iso}");
    // With three masters it is nobody's file.
    let sandbox = render("dhcp").again().file("ignition/bootstrap-in-place-for-live-iso.ign", &fits);
    fs::remove_file(sandbox.path().join("ignition/master.ign")).unwrap();
    let ran = sandbox.args(["render", "--ignition", "ignition", "-o", "new"]).run().status(6);
    assert!(ran.stderr_text().contains("master.ign"), "{}", ran.stderr_text());
}

#[test]
fn a_certificate_that_has_ended() {
    finds(
        aged(-25 * HOUR, -HOUR - 60),
        "P014",
        &["`bootstrap.ign` of `ocp4` ended 1 h 1 min ago", "CN=kubelet-signer", "empty folder"],
        &["bootstrap"],
    );
    let ran = verify(aged(-25 * HOUR, -HOUR));
    assert!(!ran.stderr_text().contains("install_state"));
}

#[test]
fn the_installers_state_is_named_where_it_would_bring_them_back() {
    let wrong = |sandbox: &Sandbox| {
        aged(-25 * HOUR, -HOUR)(sandbox);
        fs::write(sandbox.path().join("ignition/.openshift_install_state.json"), "{}").unwrap();
    };
    finds(wrong, "P014", &["remove `ignition/.openshift_install_state.json`"], &["bootstrap"]);
}

#[test]
fn a_certificate_that_ends_soon() {
    finds(
        aged(-13 * HOUR, 11 * HOUR + 90),
        "P015",
        &["ends in 11 h 1 min", "CN=kubelet-signer"],
        &["bootstrap"],
    );
}

#[test]
fn a_certificate_of_the_future() {
    finds(aged(2 * HOUR, 26 * HOUR), "P016", &["starts at 20", "set the clock"], &["bootstrap"]);
}

#[test]
fn files_of_two_runs() {
    finds(
        worker(|_| Installer::new().pointer("worker")),
        "P017",
        &["`worker.ign` of `ocp4` trusts another authority", "one run"],
        WORKERS,
    );
}

#[test]
fn a_pointer_of_another_cluster() {
    let other = |installer: &Installer| {
        Installer { base: "old.example.com".into(), root: installer.root.clone(), ..Installer::new() }
            .pointer("worker")
    };
    finds(
        worker(other),
        "P018",
        &[
            "api-int.old.example.com:22623/config/worker",
            "due is `https://api-int.ocp4.example.com:22623/config/worker`",
            "dns.clusterid",
        ],
        WORKERS,
    );
}

#[test]
fn a_pointer_of_another_role() {
    finds(
        worker(|installer| installer.pointer("master")),
        "P018",
        &["/config/master`, due is", "put the installer's `worker.ign` there"],
        WORKERS,
    );
    finds(
        |s| put(s, "bootstrap", &Installer::new().pointer("master")),
        "P018",
        &["`bootstrap.ign` of `ocp4` is the pointer of a master"],
        &["bootstrap"],
    );
    finds(
        |s| put(s, "master", &Installer::new().bootstrap()),
        "P018",
        &["`master.ign` of `ocp4` is a bootstrap config"],
        MASTERS,
    );
}

/// Whoever makes a pool lets its file point at `/config/<pool>`: vars.yaml has to say so, `dns` is right.
#[test]
fn a_pointer_of_a_pool() {
    finds(
        worker(|installer| installer.pointer("infra")),
        "P018",
        &["/config/infra`, due is", "call it `infra.ign`, and write `pool: infra` at each"],
        WORKERS,
    );
    let pool = |named: &'static str| {
        move |sandbox: &Sandbox| {
            let installer = Installer::new();
            put(sandbox, "bootstrap", &installer.bootstrap());
            put(sandbox, "master", &installer.pointer("master"));
            put(sandbox, "worker", &installer.pointer("worker"));
            put(sandbox, "infra", &installer.pointer(named));
            let vars = sandbox.path().join("vars.yaml");
            let text = fs::read_to_string(&vars).unwrap();
            fs::write(vars, text.replace("interface: ens4", "interface: ens4, pool: infra")).unwrap();
        }
    };
    for right in ["infra", "worker"] {
        assert_eq!(found(&verify(pool(right))), Vec::<String>::new(), "{right}");
    }
    let said = verify_as("json", pool("infra")).stdout_text();
    let document: serde_json::Value = serde_json::from_str(&said).unwrap();
    let roles = document["ignition"].as_array().unwrap().iter().map(|file| file["role"].as_str().unwrap());
    assert_eq!(roles.collect::<Vec<_>>(), ["bootstrap", "master", "worker", "infra"]);
    finds(
        pool("master"),
        "P018",
        &["`infra.ign` of `ocp4` points at", "/config/master`", "`/config/infra`, or at the config of"],
        &["worker2"],
    );
}

#[test]
fn a_pointer_at_another_port_or_without_tls() {
    for url in [
        "https://api-int.ocp4.example.com:6443/config/worker",
        "http://api-int.ocp4.example.com:22623/config/worker",
    ] {
        finds(worker(|installer| installer.pointer_at(url)), "P018", &[url], WORKERS);
    }
}

#[test]
fn a_pointer_at_an_address() {
    finds(
        worker(|installer| installer.pointer_at("https://192.168.7.5:22623/config/worker")),
        "P019",
        &["192.168.7.5", "virtual IPs"],
        WORKERS,
    );
}

#[test]
fn a_pointer_inside_a_config() {
    let wrapped = |installer: &Installer| {
        let inner = installer.pointer_at("https://192.168.7.5:22623/config/worker");
        format!(
            r#"{{"ignition":{{"version":"3.2.0","config":{{"merge":[{{"source":"{}"}}]}}}}}}"#,
            data(&gzip(inner.as_bytes()))
        )
    };
    finds(worker(wrapped), "P019", &["192.168.7.5"], WORKERS);
}

#[test]
fn parts_that_cannot_be_read() {
    let with = |source: &str| {
        format!(
            r#"{{"ignition":{{"version":"3.2.0"}},"storage":{{"files":[{{"path":"/x","contents":{{"source":"{source}"}}}}]}}}}"#
        )
    };
    let bomb = data(&gzip(&vec![0; (64 << 20) + 1]));
    for (source, word) in [("data:;base64,*", "base64 is broken"), (bomb.as_str(), "more than 64 MiB")] {
        finds(
            worker(|_| with(source)),
            "P020",
            &["`worker.ign` of `ocp4` cannot be looked into", word, "make it again"],
            WORKERS,
        );
    }
    let entries = format!(
        r#"{{"ignition":{{"version":"3.2.0"}},"storage":{{"files":[{}{{}}]}}}}"#,
        "{},".repeat(20_000)
    );
    finds(worker(|_| entries.clone()), "P020", &["10000 entries"], WORKERS);
}

#[test]
fn a_specification_that_nobody_knows() {
    finds(
        worker(|installer| installer.pointer("worker").replace("3.2.0", "3.9.0")),
        "P021",
        &["specification 3.9", "3.6 at most"],
        WORKERS,
    );
}

#[test]
fn secrets_that_are_served() {
    for path in [
        "matchbox/assets/auth",
        "matchbox/assets/x/kubeconfig",
        "http/install-config.yaml",
        "tftpboot/pull-secret.json",
    ] {
        let file =
            if path.ends_with("auth") { format!("{path}/kubeadmin-password") } else { path.to_owned() };
        finds(served(&file), "P022", &[&format!("`{path}` is served"), "move it out"], &["all"]);
    }
}

#[test]
fn a_bootstrap_file_that_is_left_over() {
    let wrong = |sandbox: &Sandbox| {
        let path = sandbox.path().join("vars.yaml");
        let text = fs::read_to_string(&path).unwrap();
        let without: String =
            text.split_inclusive('\n').filter(|line| !line.starts_with("bootstrap:")).collect();
        fs::write(path, without).unwrap();
    };
    finds(wrong, "P023", &["`matchbox/assets/ignition/ocp4/bootstrap.ign` is served", "remove it"], &["all"]);
}

#[test]
fn the_report_of_a_ci_job_is_the_same_every_time() {
    let files = Installer::new();
    let both = |sandbox: &Sandbox| {
        put(sandbox, "bootstrap", &files.bootstrap());
        put(sandbox, "master", &files.pointer("master"));
        put(sandbox, "worker", &files.pointer("master"));
    };
    let (one, other) = (verify(both).stdout_text(), verify(both).stdout_text());
    assert_eq!(one, other);
    assert!(
        one.starts_with(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"okdboot verify\" tests=\"8\" "
        ),
        "{one}"
    );
    assert!(one.contains("<testcase classname=\"ocp4\" name=\"bootstrap\"/>"), "{one}");
    render("dhcp").again().args(["check", "--format", "junit"]).run().status(2);
}

/// Real files, cut or changed in 200 places: whatever comes out, it is no panic and takes no time.
#[test]
fn mutated_files_do_no_harm() {
    let installer = Installer::new();
    let certificate = data(&gzip(crate::installer::certificate("x", (-HOUR, HOUR)).as_bytes()));
    let nested = installer.pointer_at(&data(installer.bootstrap().as_bytes()));
    let mut accepted = 0;
    for real in
        [installer.bootstrap(), installer.pointer_at(&certificate), nested, installer.pointer("worker")]
    {
        let real = real.into_bytes();
        for at in (0..real.len()).step_by(real.len() / 50) {
            let mut changed = real.clone();
            changed[at] = changed[at].wrapping_add(1);
            accepted += usize::from(Inside::read(&changed).is_ok());
            assert_eq!(Inside::read(&real[..at]), Err(InsideError::Shape));
            changed.splice(at..at, b"[{\"source\":\"data:,".iter().copied());
            let _ = Inside::read(&changed);
        }
    }
    assert!(accepted > 20, "{accepted}: the changes never got as far as the parts");
}

/// `render` refuses what `verify` would call the files of another cluster, before it writes anything.
#[test]
fn files_of_another_cluster_are_not_rendered_unless_forced() {
    let sandbox = render("dhcp").again();
    worker(|installer| {
        let base = "old.example.com".into();
        Installer { base, root: installer.root.clone(), ..Installer::new() }.pointer("worker")
    })(&sandbox);
    let args = ["render", "--ignition", "ignition", "-o", "new", "-q"];
    let ran = sandbox.args(args).run().status(3).expect_absent("new");
    let said = ran.stderr_text();
    assert!(said.contains("error[P018]") && said.contains("nothing was written"), "{said}");
    ran.again().args(args).arg("--force").run().status(0);
}
