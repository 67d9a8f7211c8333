//! Butane files in the folder of Ignition files, translated by the real `butane`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};
use crate::tool::{succeed, tool};

const WORKER: &str = "variant: fcos\nversion: 1.4.0\nsystemd:\n  units:\n    - name: hello.service\n      enabled: true\n      \
    contents: |\n        [Service]\n        ExecStart=/usr/bin/echo hello\n        [Install]\n        WantedBy=multi-user.target\n\
    storage:\n  files:\n    - path: /etc/motd\n      contents:\n        local: motd.txt\n";

/// The case `dhcp` with a Butane file for its workers, and `butane` in the path.
fn site(butane: &str) -> Option<Sandbox> {
    let program = tool("butane")?;
    let sandbox =
        render("dhcp").again().file("ignition/worker.bu", butane).file("ignition/motd.txt", "a rack\n");
    fs::remove_file(sandbox.path().join("ignition/worker.ign")).unwrap();
    Some(sandbox.env("PATH", program.parent().unwrap()))
}

fn rendered(sandbox: Sandbox) -> Ran {
    sandbox.args(["render", "--ignition", "ignition", "-o", "out", "--force", "-q"]).run()
}

#[test]
fn a_butane_file_is_what_butane_makes_of_it() {
    let (Some(program), Some(sandbox)) = (tool("butane"), site(WORKER)) else { return };
    let ran = rendered(sandbox).status(0);
    let path = ran.join("out/matchbox/assets/ignition/ocp4/worker.ign");
    let made = Command::new(program)
        .args(["--strict", "--raw", "--files-dir", "ignition", "ignition/worker.bu"])
        .current_dir(ran.path())
        .output()
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), made.stdout);
    if let Some(validate) = tool("ignition-validate") {
        succeed(Command::new(validate).arg(&path), "the translated file");
    }
    // Media embed the copy: coreos-installer reads no Butane.
    let program = tool("butane").unwrap();
    let media = ran.again().env("PATH", program.parent().unwrap());
    let media =
        media.args(["commands", "--method", "iso", "worker0", "--ignition", "ignition", "-o", "out"]).run();
    let said = media.status(0).stdout_text();
    assert!(said.contains("--dest-ignition=out/matchbox/assets/ignition/ocp4/worker.ign"), "{said}");
}

/// `openshift` comes as an Ignition file, not as a `MachineConfig`; and a node may name its own.
#[test]
fn a_node_may_have_a_butane_file_of_its_own() {
    let text = "variant: openshift\nversion: 4.14.0\nmetadata:\n  name: x\n  labels:\n    machineconfiguration.openshift.io/role: worker\n";
    let Some(sandbox) = site(WORKER) else { return };
    let vars = fs::read_to_string(sandbox.path().join("vars.yaml")).unwrap();
    let vars = vars.replace("interface: ens4", "interface: ens4, ignition: edge.bu");
    let ran = rendered(sandbox.vars(vars).file("ignition/edge.bu", text)).status(0);
    let made = fs::read_to_string(ran.join("out/matchbox/assets/ignition/ocp4/edge.ign")).unwrap();
    assert!(made.starts_with("{\"ignition\":{\"version\":\"3."), "{made}");
    assert!(
        fs::read_to_string(ran.join("out/http/ipxe/52-54-00-8e-10-34.ipxe"))
            .unwrap()
            .contains("/ocp4/edge.ign")
    );
}

#[test]
fn what_butane_refuses_is_refused_in_its_words() {
    let Some(sandbox) = site(&WORKER.replace("enabled", "enabeld")) else { return };
    let ran = rendered(sandbox).status(3);
    let said = ran.stderr_text();
    assert!(said.contains("cannot use `ignition/worker.bu`") && said.contains("enabeld"), "{said}");
    assert!(said.contains("worker.bu:6:7"), "{said}");
    // Both are there.
    let sandbox = ran.again().file("ignition/worker.bu", WORKER).file("ignition/worker.ign", "{}");
    let said = rendered(sandbox).status(3).stderr_text();
    assert!(said.contains("`ignition/worker.bu` and `ignition/worker.ign` are both there"), "{said}");
}

#[test]
fn without_butane_it_says_how_to_get_it() {
    let sandbox = render("dhcp").again().file("ignition/worker.bu", WORKER);
    fs::remove_file(sandbox.path().join("ignition/worker.ign")).unwrap();
    let said = rendered(sandbox.env("PATH", "/nonexistent")).status(3).stderr_text();
    assert!(
        said.contains("there is no `butane` here")
            && said.contains("butane --strict --raw worker.bu > worker.ign"),
        "{said}"
    );
}

/// Two clusters have copies of one file: it is translated once, unless it embeds files of its folder.
#[test]
fn one_text_is_translated_once_where_nothing_else_decides() {
    let counted = "#!/bin/sh\necho once >> calls\necho '{\"ignition\":{\"version\":\"3.4.0\"}}'\n";
    let cluster = |id: &str, last: u8| {
        format!(
            "helper: {{ipaddr: 192.168.7.77}}\ndns: {{domain: example.com, clusterid: {id}}}\n\
             nodes: [{{name: n0, ipaddr: 192.168.7.{last}, macaddr: \"52:54:00:00:00:{last}\"}}]\n\
             okdboot: {{kind: live, stream: stable.json, ignition: {id}}}\n"
        )
    };
    let lock = crate::read("testdata/render/nodes/okdboot.lock");
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    let locked = &lock["clusters"]["lab"];
    let lock = serde_json::json!({"format-version": 1, "clusters": {"a": locked, "b": locked}});
    for (text, calls) in [("variant: fcos\n", 1), ("variant: fcos\nx: {local: motd}\n", 2)] {
        let sandbox = Sandbox::new().file("a.yaml", cluster("a", 21)).file("b.yaml", cluster("b", 22));
        let sandbox = sandbox
            .file("a/node.bu", text)
            .file("b/node.bu", text)
            .file("bin/butane", counted)
            .file("okdboot.lock", lock.to_string());
        let path = sandbox.path().join("bin");
        fs::set_permissions(path.join("butane"), fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:/usr/bin:/bin", path.display());
        let args = ["render", "-f", "a.yaml", "-f", "b.yaml", "-o", "out", "--only", "ignition", "-q"];
        let ran = sandbox.env("PATH", path).args(args).run().status(0);
        let called = fs::read_to_string(ran.join("calls")).unwrap();
        assert_eq!(called.lines().count(), calls, "{text}");
        assert!(ran.join("out/matchbox/assets/ignition/b/node.ign").exists(), "{text}");
    }
}

/// `explain` names the file that a person would have to change.
#[test]
fn explain_names_the_butane_file() {
    let Some(sandbox) = site(WORKER) else { return };
    let ran = sandbox.args(["explain", "worker0", "--ignition", "ignition", "-o", "out", "-q"]).run();
    let said = ran.stdout_text();
    let due = "\n\nits Ignition file is what butane makes of ignition/worker.bu\n\nnobody checks";
    assert!(said.contains(due), "{said}{}", ran.stderr_text());
    let program = tool("butane").unwrap();
    let sandbox = ran.again().env("PATH", program.parent().unwrap());
    let args = ["explain", "worker0", "--ignition", "ignition", "-o", "out", "--format", "json"];
    let ran = sandbox.args(args).run();
    let document: serde_json::Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    assert_eq!(document["nodes"][0]["ignition-source"], "ignition/worker.bu");
}
