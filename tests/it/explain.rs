//! `explain`: a node's values with their origins, what it asks for, and the group that matchbox takes.

use std::fs;

use okdboot::matchbox::select::{GroupCandidate, labels, select};
use serde_json::{Value, json};

use crate::sandbox::{Ran, Sandbox, assert_same};
use crate::tool::{Matchbox, tool};
use crate::{blesses, project, read};

/// Runs `explain` in a case of `testdata/render`, of which nothing was rendered.
fn explain(case: &str, args: &[&str]) -> Ran {
    let file = |name: &str| fs::read(project("testdata/render").join(case).join(name)).unwrap();
    let mut sandbox = Sandbox::new();
    for name in
        ["vars.yaml", "okdboot.lock", "ignition/bootstrap.ign", "ignition/master.ign", "ignition/worker.ign"]
    {
        sandbox = sandbox.file(name, file(name));
    }
    sandbox.args(["-q", "explain", "--ignition", "ignition"]).args(args).run()
}

fn document(case: &str, args: &[&str]) -> Value {
    let text = explain(case, &[args, &["--format", "json"]].concat()).status(0).stdout_text();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_node_is_shown_with_the_origin_of_each_value() {
    let printed = explain("static", &["w0"]).status(0).stderr("").stdout_text();
    let path = "testdata/explain/static-w0.txt";
    if blesses() {
        fs::write(project(path), &printed).unwrap();
    }
    assert_same(path, &read(path), &printed);
}

#[test]
fn a_node_is_found_by_name_mac_and_address() {
    let by_name = explain("static", &["w0"]).stdout_text();
    for target in ["w0.edge.lab.example.org", "52:54:00:00:00:14", "52-54-00-00-00-14", "10.0.1.14"] {
        explain("static", &[target]).status(0).stdout(&by_name);
    }
}

#[test]
fn what_is_not_there_gets_a_suggestion() {
    let said = |target: &str| explain("static", &[target]).status(2).stdout("").stderr_text();
    assert_eq!(said("w9"), "error: no node has the name `w9`\n  help: did you mean `w0`?\n");
    assert_eq!(
        said("botstrap"),
        "error: no node has the name `botstrap`\n  help: did you mean `bootstrap`?\n"
    );
    assert_eq!(
        said("52:54:00:00:01:14"),
        "error: no node has the MAC address `52:54:00:00:01:14`\n  help: did you mean `52:54:00:00:00:14`?\n"
    );
    assert_eq!(
        said("10.0.1.5"),
        "error: no node has the address `10.0.1.5`\n  help: it is the helper of `edge`\n"
    );
    assert!(said("gateway").contains("help: there are `bootstrap`, `cp0`, `cp1`, `cp2`, `w0` and `w1`\n"));
}

#[test]
fn the_document_says_what_the_plan_says() {
    let document = document("static", &["w0"]);
    let node = &document["nodes"][0];
    let line = &node["command-line"];
    let args: Vec<&str> = line["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(args.join(" ").len() < usize::try_from(line["bytes"].as_u64().unwrap()).unwrap(), "{line}");
    assert_eq!(line["limit"], json!(2047));
    let written =
        fs::read_to_string(project("testdata/render/static/want/tftpboot/pxelinux.cfg/01-52-54-00-00-00-14"));
    assert!(written.unwrap().contains(&args.join(" ")), "{args:?}");
    for request in node["requests"].as_array().unwrap() {
        let known = ["matchbox", "pxelinux", "ipxe", "grub", "kernel", "initramfs", "rootfs", "ignition"];
        assert!(known.contains(&request["what"].as_str().unwrap()), "{request}");
    }
    for file in node["files"].as_array().unwrap() {
        let path = project("testdata/render/static/want").join(file["path"].as_str().unwrap());
        assert!(path.is_file(), "{}", path.display());
    }
    assert_eq!(node["artifacts"].as_array().unwrap().len(), 3);
}

#[test]
fn values_are_said_even_where_nothing_can_be_planned() {
    let vars = read("testdata/vars/ok/plain.yaml");
    let ran = Sandbox::new().vars(vars).args(["explain", "worker1", "-q"]).run().status(3);
    assert!(ran.stdout_text().contains("  ipaddr         192.168.7.32"), "{}", ran.stdout_text());
    assert!(ran.stderr_text().contains("error[R003]"), "{}", ran.stderr_text());
}

#[test]
fn what_was_disarmed_comes_before_the_file() {
    let vars = read("testdata/render/dhcp/vars.yaml");
    let lock = read("testdata/render/dhcp/okdboot.lock");
    let ran = Sandbox::new().vars(vars).file("okdboot.lock", lock).args(["-q", "render"]).run().status(0);
    let ran = ran.again().args(["-q", "disarm", "worker0"]).run().status(0);
    let ran = ran.again().args(["-q", "explain", "worker0", "--format", "json"]).run().status(0);
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let values = document["nodes"][0]["values"].as_array().unwrap();
    let mode = values.iter().find(|value| value["name"] == "mode").unwrap();
    assert_eq!(mode["value"], "local");
    assert_eq!(mode["origins"][0]["kind"], "state");
    assert_eq!(document["nodes"][0]["command-line"], Value::Null);
    let text = ran.again().args(["-q", "explain", "worker0"]).run().status(0).stdout_text();
    assert!(text.contains("no kernel command line: it boots from its disk"), "{text}");
}

#[test]
fn an_option_is_an_origin_too() {
    let stream = "https://builds.example/streams/one.json";
    let ran = explain("static", &["w0", "--stream", stream, "--locked"]);
    assert!(ran.stdout_text().contains(&format!("{stream}  --stream\n")), "{}", ran.stdout_text());
}

/// Groups that tell apart every rule of the selection, each with a profile of its own.
fn contenders() -> Vec<(String, Value)> {
    let selectors = [
        json!({}),
        json!({"mac": "52:54:00:00:00:01"}),
        json!({"mac": "52-54-00-00-00-02"}),
        json!({"MAC": "52:54:00:00:00:01"}),
        json!({"os": "installed"}),
        json!({"os": ""}),
        json!({"mac": "52:54:00:00:00:01", "os": "installed"}),
        json!({"uuid": "ABC-def"}),
        json!({"hostname": "n1"}),
        json!({"serial": "7", "uuid": "ABC-def"}),
        json!({"hostname": "n1", "serial": "7"}),
        json!({"a": "1", "b": "2", "c": "3"}),
        json!({"mac": "nonsense"}),
        json!({"region": null}),
    ];
    let named = |(at, selector): (usize, &Value)| (format!("g{at:02}"), selector.clone());
    selectors.iter().enumerate().map(named).collect()
}

const REQUESTS: &[&[(&str, &str)]] = &[
    &[],
    &[("mac", "52:54:00:00:00:01")],
    &[("mac", "52-54-00-00-00-01")],
    &[("mac", "5254.0000.0001")],
    &[("mac", "52:54:00:00:00:02"), ("os", "running")],
    &[("MAC", "52-54-00-00-00-01"), ("os", "running")],
    &[("mac", "nonsense"), ("os", "running")],
    &[("mac", "52:54:00:00:00:01"), ("os", "installed")],
    &[("mac", "52:54:00:00:00:09"), ("os", "installed")],
    &[("os", "installed"), ("region", "eu")],
    &[("os", "Installed"), ("region", "eu")],
    &[("uuid", "ABC-def"), ("os", "x"), ("region", "eu")],
    &[("uuid", "abc-def"), ("os", "x"), ("region", "eu")],
    &[("uuid", "ABC-def"), ("serial", "7"), ("hostname", "n1")],
    &[("hostname", "n1"), ("serial", "7")],
    &[("hostname", "n1"), ("os", "x"), ("region", "eu")],
    &[("a", "1"), ("b", "2"), ("c", "3"), ("uuid", "ABC-def"), ("serial", "7")],
    &[("a", "1"), ("b", "2"), ("os", "x"), ("region", "eu")],
    &[("os", "x"), ("os", "installed"), ("region", "eu")],
];

#[test]
fn matchbox_takes_the_group_that_is_said() {
    let Some(program) = tool("matchbox") else { return };
    let root = tempfile::tempdir().unwrap();
    for folder in ["groups", "profiles", "assets"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    // With the default group, then without it: nothing may match at all.
    for contenders in [contenders(), contenders().split_off(1)] {
        let _ = fs::remove_file(root.path().join("groups/g00.json"));
        let mut groups = Vec::new();
        for (stem, selector) in &contenders {
            let group = json!({"id": stem, "profile": stem, "selector": selector}).to_string();
            let profile = json!({"id": stem, "boot": {"kernel": format!("/{stem}")}}).to_string();
            fs::write(root.path().join(format!("groups/{stem}.json")), &group).unwrap();
            fs::write(root.path().join(format!("profiles/{stem}.json")), profile).unwrap();
            groups.extend(GroupCandidate::parse(stem, group.as_bytes()));
        }
        assert_eq!(groups.len(), contenders.len() - 1, "the group of a bad MAC address vanishes");
        let matchbox = Matchbox::serve(&program, root.path());
        for request in REQUESTS {
            let query: Vec<String> = request.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let (status, body) = matchbox.get(&format!("/ipxe?{}", query.join("&")));
            let body = String::from_utf8(body).unwrap();
            let real = (status == 200).then(|| body.lines().nth(1).unwrap()["kernel /".len()..].to_owned());
            let labels = labels(request.iter().copied());
            let ours = select(&groups, &labels);
            assert!(!ours.tie, "{request:?}");
            assert_eq!(ours.matching.first().map(|group| group.stem.clone()), real, "{request:?}");
        }
    }
}

#[test]
fn a_group_of_ones_own_is_seen_with_those_of_the_plan() {
    let case = |name: &str| read(&format!("testdata/render/dhcp/{name}"));
    let sandbox = Sandbox::new()
        .vars(case("vars.yaml"))
        .file("okdboot.lock", case("okdboot.lock"))
        .file("okdboot-out/matchbox/groups/done.json", r#"{"profile":"local","selector":{"os":"installed"}}"#)
        .file("okdboot-out/matchbox/groups/broken.json", r#"{"selector":{"mac":"5:4"}}"#)
        .args(["-q", "explain", "worker0", "--group-match", "--label", "os=installed"]);
    let text = sandbox.run().status(0).stdout_text();
    let (_, found) = text.split_once("\nmatchbox group for").unwrap();
    assert_eq!(
        found,
        " mac=52:54:00:f4:26:a1 os=installed
  takes      done (os=installed, not written by this plan), profile `local`, which is missing: matchbox answers 404
  shadows    ocp4-worker0 (mac=52:54:00:f4:26:a1), profile `ocp4-worker`
  passes over groups/broken.json: `5:4` is not a MAC address as matchbox reads them
"
    );
    let matches = document("dhcp", &["--group-match", "--label", "mac=52-54-00-F4-26-A1"]);
    assert_eq!(matches["group-matches"][0]["taken"]["group"], "ocp4-worker0");
    assert_eq!(matches["group-matches"][0]["taken"]["profile-exists"], true);
    assert_eq!(matches["nodes"], json!([]));
    explain("dhcp", &["--group-match", "--label", "os"])
        .status(2)
        .stderr("error: `--label os` is not KEY=VALUE\n  help: such as `--label os=installed`\n");
    let none = explain("dhcp", &["--group-match", "--label", "os=x"]).status(0).stdout_text();
    assert!(none.contains("none: matchbox answers 404"), "{none}");
}

/// Which image and why, who checks the Ignition file, and what stays open.
#[test]
fn the_image_its_reason_and_who_checks_the_ignition_file_are_said() {
    for (case, node, said) in [
        ("dhcp", "worker0", "nobody checks its Ignition file: set `okdboot.ignition_pin`"),
        ("static", "w0", "its Ignition file comes over https, and nobody checks a sha512"),
        (
            "pin-installer",
            "m0",
            "coreos-installer checks the sha512 of its Ignition file; the config with the sha512 comes over http, unchecked",
        ),
        (
            "pin-pointer",
            "m0",
            "Ignition checks the sha512 of its Ignition file at the first boot from disk; the config with the sha512 comes over http, unchecked",
        ),
        (
            "pin-installer",
            "x1",
            "Ignition checks the sha512 of its Ignition file as it starts; the config with the sha512 comes over http, unchecked",
        ),
    ] {
        let text = explain(case, &[node]).status(0).stdout_text();
        assert!(text.contains(&format!("\n\n{said}\n\nboots release ")), "{case} {node}: {text}");
        let document = document(case, &[node]);
        assert_eq!(document["nodes"][0]["ignition-check"], json!(said));
        let image = &document["nodes"][0]["image"];
        assert_eq!((&image["os"], &image["base"]), (&json!("scos"), &json!("CentOS Stream 10")), "{image}");
        let why = image["why"].as_str().unwrap();
        assert!(text.contains(&format!("  SCOS (CentOS Stream 10): {why}\n")), "{text}");
    }
    assert_eq!(document("modes", &["x0"])["nodes"][0]["ignition-check"], Value::Null);
}

/// A pinned node asks for its own config, then for the role's file; one that boots from its disk for none.
#[test]
fn what_a_node_asks_for_goes_by_its_mode_and_pin() {
    let base = "http://172.16.0.2:8080/assets/ignition/multi";
    for (case, node, asked) in [
        ("modes", "x0", vec![]),
        ("modes", "x1", vec!["worker"]),
        ("modes", "m0", vec!["master"]),
        ("pin-installer", "m0", vec!["live/m0", "master"]),
        ("pin-pointer", "m0", vec!["pointer/m0", "master"]),
        ("pin-installer", "x1", vec!["pointer/x1", "worker"]),
    ] {
        let document = document(case, &[node]);
        let requests = document["nodes"][0]["requests"].as_array().unwrap().iter();
        let found: Vec<&str> = requests
            .filter(|request| request["what"] == "ignition")
            .map(|request| request["url"].as_str().unwrap())
            .collect();
        let asked: Vec<String> = asked.iter().map(|name| format!("{base}/{name}.ign")).collect();
        assert_eq!(found, asked, "{case} {node}");
    }
    let document = document("two-phase", &["x0"]);
    assert!(document.to_string().contains("matchbox/groups/multi-x0-installed.json"), "{document}");
}

/// A worker may be called `master`, and a cluster `live`.
#[test]
fn the_file_of_a_role_is_not_that_of_a_node_with_its_name() {
    let vars =
        read("testdata/render/dhcp/vars.yaml").replace("worker0", "master").replace("\"ocp4\"", "\"live\"");
    let lock = read("testdata/render/dhcp/okdboot.lock").replace("\"ocp4\"", "\"live\"");
    let mut sandbox = Sandbox::new().vars(vars).file("okdboot.lock", lock);
    for role in ["bootstrap", "master", "worker"] {
        let text = read(&format!("testdata/render/dhcp/ignition/{role}.ign"));
        sandbox = sandbox.file(&format!("ignition/{role}.ign"), text);
    }
    let args = ["explain", "master", "--ignition", "ignition", "--format", "json", "-q"];
    let ran = sandbox.args(args).run().status(0);
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let files = document["nodes"][0]["files"].as_array().unwrap();
    let paths = files.iter().map(|file| file["path"].as_str().unwrap());
    let ignition: Vec<&str> =
        paths.filter(|path| path.contains("ignition/") && !path.contains(".html")).collect();
    assert_eq!(ignition, ["matchbox/assets/ignition/live/worker.ign", "matchbox/ignition/live-worker.ign"]);
}
