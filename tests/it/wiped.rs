//! Nobody is wiped: what could have a running machine installed again does not, or is said.

use std::fs;

use crate::arm::{PXE, STATE, run, text};
use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};

const WORKER: &str = "out/tftpboot/pxelinux.cfg/01-52-54-00-f4-26-a1";
const OLD_STATE: &str = "out/.okdboot/state.json";

fn edit(ran: &Ran, from: &str, to: &str) {
    let vars = text(ran, "vars.yaml");
    assert!(vars.contains(from), "vars.yaml has no {from}");
    fs::write(ran.join("vars.yaml"), vars.replace(from, to)).unwrap();
}

fn is_local(ran: &Ran, path: &str) -> bool {
    text(ran, path).contains("LOCALBOOT")
}

/// Renders and returns what was said.
fn rendered(ran: Ran, more: &[&str]) -> (Ran, String) {
    let ran = ran.again().args(["render", "--ignition", "ignition", "-o", "out"]).args(more).run().status(0);
    let said = ran.stderr_text();
    (ran, said)
}

#[test]
fn a_renamed_machine_stays_disarmed() {
    let ran = run(render("dhcp"), &["disarm", "worker0"]).status(0);
    edit(&ran, "worker0", "worker0b");
    let (ran, said) = rendered(ran, &[]);
    assert!(is_local(&ran, WORKER), "{}", text(&ran, WORKER));
    assert!(!said.contains("worker0b"), "{said}");
    let ran = ran.again().args(["status", "-o", "out"]).run().status(0);
    let line = ran.stdout_text().lines().find(|line| line.starts_with("worker0b ")).unwrap().to_owned();
    assert!(line.contains("  local  ") && line.contains("  20"), "{line}");
}

#[test]
fn a_new_machine_under_an_old_name_is_installed_and_said() {
    let ran = run(render("dhcp"), &["disarm", "worker0"]).status(0);
    edit(&ran, "525400f426a1", "525400f426ff");
    let (ran, said) = rendered(ran, &[]);
    assert!(!is_local(&ran, "out/tftpboot/pxelinux.cfg/01-52-54-00-f4-26-ff"));
    let line = said.lines().find(|line| line.starts_with("installed at the next network boot: ")).unwrap();
    assert!(line.contains("worker0"), "{line}");
}

#[test]
fn a_tree_that_was_lost_is_rendered_as_it_was() {
    let ran = run(render("dhcp"), &["disarm", "--all"]).status(0);
    let before = text(&ran, PXE);
    fs::remove_dir_all(ran.join("out")).unwrap();
    let (ran, said) = rendered(ran, &[]);
    assert_eq!(text(&ran, PXE), before);
    assert!(said.ends_with("no machine is installed at its next network boot\n"), "{said}");
}

#[test]
fn the_tree_is_beside_vars_yaml_from_whichever_folder() {
    let ran = render("dhcp");
    let at = |name: &str| format!("s0/{name}");
    let mut sandbox = Sandbox::new().folder("elsewhere");
    for name in ["vars.yaml", "okdboot.lock"] {
        sandbox = sandbox.file(&at(name), text(&ran, name));
    }
    let ran = sandbox.args(["-f", "s0/vars.yaml", "render", "-q"]).run().status(0);
    let ran = ran.again().args(["-f", "s0/vars.yaml", "disarm", "master0", "-q"]).run().status(0);
    let pxe = "s0/okdboot-out/tftpboot/pxelinux.cfg/01-52-54-00-e7-9d-67";
    assert!(is_local(&ran, pxe));
    let ran = ran.expect_absent("okdboot-out").expect_absent("elsewhere/okdboot-out");
    let args = ["-f", "s0/vars.yaml", "arm", "master0", "-o", "elsewhere"];
    let ran = ran.again().args(args).run().status(6).stdout("");
    ran.stderr(
        "error: nothing of cluster `ocp4` is rendered in `elsewhere`\n  \
         help: name the folder that is served with `-o DIR`, or run `okdboot render` first\n",
    )
    .expect_absent("elsewhere/tftpboot");
}

#[test]
fn the_example_does_not_go_into_a_served_tree() {
    let ran = render("dhcp");
    let ran = ran.again().args(["render", "--example", "-o", "out"]).run().status(6).stderr(
        "error: `out` holds cluster `ocp4`: the example is not rendered beside it\n  \
         help: give the example a folder of its own: `-o demo`\n",
    );
    let ran = ran.expect_absent("out/matchbox/groups/demo-worker0.json");
    let ran = ran.again().args(["render", "--example", "-o", "demo", "-q"]).run().status(0);
    ran.again().args(["render", "--example", "-o", "demo", "-q"]).run().status(0);
}

#[test]
fn a_changed_cluster_id_does_not_leave_two_answers_for_one_machine() {
    let ran = run(render("dhcp"), &["disarm", "worker0"]).status(0);
    edit(&ran, "clusterid: \"ocp4\"", "clusterid: \"new4\"");
    fs::write(ran.join("okdboot.lock"), text(&ran, "okdboot.lock").replace("\"ocp4\"", "\"new4\"")).unwrap();
    let args = ["render", "--ignition", "ignition", "-o", "out", "--only", "matchbox", "--force"];
    let ran = ran.again().args(args).run().status(6).stdout("");
    let said = ran.stderr_text();
    assert!(said.contains("error[P029]: MAC address 52:54:00:f4:26:a1 of node `worker0` belongs to `worker0` of cluster `ocp4` in this tree already"), "{said}");
    assert!(said.contains("`okdboot remove ocp4`"), "{said}");
    let ran = ran.expect_absent("out/matchbox/groups/new4-worker0.json");
    let ran = run(ran, &["render", "--dry-run", "--ignition", "ignition", "--force"]).status(6);
    let ran = run(ran, &["remove", "ocp4"]).status(0);
    let ran = ran.expect_absent("out/matchbox/groups/ocp4-worker0.json").expect_absent("out/SHA512SUMS");
    let (ran, said) = rendered(ran, &[]);
    assert!(is_local(&ran, WORKER), "disarmed under whatever cluster id");
    assert!(!said.contains("worker0,"), "{said}");
}

/// However the two came into one tree, `verify` says it.
#[test]
fn two_clusters_of_a_tree_that_share_a_machine_are_a_finding() {
    let ran = render("dhcp");
    let other = text(&ran, "out/.okdboot/machines/ocp4.json");
    fs::write(ran.join("out/.okdboot/machines/edge.json"), other).unwrap();
    fs::write(ran.join("out/.okdboot/manifest/edge.json"), "{\"format-version\": 1, \"files\": {}}").unwrap();
    let ran = run(ran, &["verify"]).status(1);
    let said = ran.stderr_text();
    assert!(said.contains("error[P029]: MAC address 52:54:00:60:72:67 of node `bootstrap` belongs to `bootstrap` of cluster `edge`"), "{said}");
}

#[test]
fn a_group_of_somebody_else_for_a_machine_is_an_error_whoever_made_it() {
    let ran = render("dhcp");
    let group = text(&ran, "out/matchbox/groups/ocp4-worker0.json").replace("ocp4-worker0", "mine");
    fs::write(ran.join("out/matchbox/groups/mine.json"), group).unwrap();
    let ran = run(ran, &["render", "--ignition", "ignition"]).status(6);
    let said = ran.stderr_text();
    assert!(said.contains("error[P029]: `matchbox/groups/mine.json` has the selector of `ocp4-worker0` (mac=52:54:00:f4:26:a1), and okdboot did not write it"), "{said}");
    let ran = run(ran, &["verify"]).status(1);
    assert!(ran.stderr_text().contains("error[P029]"), "{}", ran.stderr_text());
    // A group that asks for more than the MAC address is another one.
    let other = text(&ran, "out/matchbox/groups/mine.json").replace("\"mac\"", "\"os\": \"live\", \"mac\"");
    fs::write(ran.join("out/matchbox/groups/mine.json"), other).unwrap();
    run(ran, &["render", "--ignition", "ignition"]).status(0);
}

#[test]
fn what_goes_from_local_to_install_is_said_before_and_after_it_is_written() {
    let ran = run(render("dhcp"), &["disarm", "worker0", "worker1"]).status(0);
    fs::remove_file(ran.join(STATE)).unwrap();
    let expected = "installed at the next network boot: bootstrap, master0, master1, master2, worker0, \
                    worker1, worker2; from local to install since the last render: worker0, worker1\n";
    for more in ["--dry-run", "--diff"] {
        let (_, said) = rendered(copy(&ran), &[more]);
        assert_eq!(said, expected, "{more}");
    }
    let json = ran.again().args(["render", "--dry-run", "--format", "json", "-o", "out"]).run().status(0);
    let document: serde_json::Value = serde_json::from_str(&json.stdout_text()).unwrap();
    assert_eq!(document["newly-installs"][1], serde_json::json!({"cluster": "ocp4", "name": "worker1"}));
    assert_eq!(document["installs"].as_array().unwrap().len(), 7);
    let (ran, said) = rendered(json, &[]);
    assert!(said.ends_with(expected), "{said}");
    let (_, said) = rendered(ran, &[]);
    assert!(!said.contains("since the last render"), "{said}");
}

/// A second folder with the same files, as the first is given up by a run.
fn copy(ran: &Ran) -> Ran {
    let sandbox = Sandbox::new();
    let from = ran.path().join(".");
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(sandbox.path()).status().unwrap();
    assert!(copied.success());
    sandbox.arg("--version").run()
}

#[test]
fn what_okdboot_0_1_remembered_by_names_moves_to_the_machines() {
    let ran = render("dhcp");
    let old = "{\n  \"format-version\": 1,\n  \"clusters\": {\n    \"ocp4\": {\n      \
               \"worker0\": {\"armed\": false},\n      \"worker1\": {\"armed\": false},\n      \
               \"lost\": {\"armed\": false}\n    },\n    \"other\": {\"x\": {\"armed\": false}}\n  }\n}\n";
    fs::write(ran.join(OLD_STATE), old).unwrap();
    // Renamed while the old program was still there: its group has the MAC address. And another machine has
    // taken the place of one that was disarmed.
    edit(&ran, "worker1", "worker1b");
    edit(&ran, "525400f426a1", "525400f426ff");
    let ran = ran.again().args(["commands", "worker1b", "-o", "out"]).run().status(0).stdout("");
    let ran = ran.expect_absent(STATE);
    let (ran, said) = rendered(ran, &[]);
    assert!(said.contains("moved which machines are armed from `out/.okdboot/state.json`"), "{said}");
    assert!(
        said.contains(
            "warning: `lost` of `ocp4` was armed or disarmed, and vars.yaml has no such node any more"
        ),
        "{said}"
    );
    assert!(!is_local(&ran, "out/tftpboot/pxelinux.cfg/01-52-54-00-f4-26-ff"), "a new machine is installed");
    assert!(is_local(&ran, "out/tftpboot/pxelinux.cfg/01-52-54-00-82-90-00"), "a renamed one is not");
    let state = text(&ran, STATE);
    assert!(state.contains("\"worker1b\"") && state.contains("\"52:54:00:82:90:00\""), "{state}");
    let left = text(&ran, OLD_STATE);
    assert!(
        left.contains("\"other\"") && !left.contains("ocp4"),
        "what another cluster has there stays: {left}"
    );
}

#[test]
fn a_cluster_is_taken_out_and_nothing_else() {
    let ran = render("dhcp");
    let other = text(&ran, "vars.yaml")
        .replace("\"ocp4\"", "\"edge\"")
        .replace("192.168.7.", "198.51.100.")
        .replace("52:54", "52:55")
        .replace("5254", "5255")
        .replace("52-54", "52-55");
    fs::create_dir(ran.join("edge")).unwrap();
    fs::write(ran.join("edge/vars.yaml"), other).unwrap();
    let lock = text(&ran, "okdboot.lock").replace("\"ocp4\"", "\"edge\"");
    fs::write(ran.join("edge/okdboot.lock"), lock).unwrap();
    let ran = run(ran, &["-f", "edge/vars.yaml", "render", "--ignition", "ignition"]).status(0);
    let ran = run(ran, &["remove", "edgy"]).status(2);
    assert!(ran.stderr_text().contains("did you mean `edge`?"), "{}", ran.stderr_text());
    let ran = run(ran, &["remove", "ocp4", "--dry-run"]).status(0);
    assert!(
        ran.stdout_text().contains("remove   matchbox/groups/ocp4-worker0.json\n"),
        "{}",
        ran.stdout_text()
    );
    assert!(ran.stdout_text().contains("update   SHA512SUMS\n"), "{}", ran.stdout_text());
    fs::write(ran.join(PXE), "DEFAULT mine\n").unwrap();
    let ran = run(ran, &["remove", "ocp4"]).status(6);
    let said = ran.stderr_text();
    assert!(said.contains("help: `--force` leaves them where they are, and forgets them\n"), "{said}");
    let ran = run(ran, &["remove", "ocp4", "--force"]).status(0).expect_file(PXE, "DEFAULT mine\n");
    let ran = ran
        .expect_absent("out/matchbox/groups/ocp4-worker0.json")
        .expect_absent("out/.okdboot/machines/ocp4.json");
    assert!(!text(&ran, "out/SHA512SUMS").contains("ocp4"));
    let ran = run(ran, &["-f", "edge/vars.yaml", "render", "--check", "--ignition", "ignition"]).status(0);
    let ran = run(ran, &["remove", "edge"]).status(0);
    ran.expect_absent("out/SHA512SUMS").expect_absent("out/matchbox/assets/index.html");
}

/// One of many clusters reads and writes its own manifest, so that a thousand others cost it nothing.
#[test]
fn rendering_a_cluster_reads_no_manifest_of_another() {
    let ran = render("dhcp");
    let other = ran.join("out/.okdboot/manifest/edge.json");
    fs::write(&other, "not a manifest").unwrap();
    let (ran, _) = rendered(ran, &[]);
    let ran = run(ran, &["disarm", "worker0"]).status(0);
    assert_eq!(fs::read_to_string(&other).unwrap(), "not a manifest");
    // Only where something is in the way it is asked whose that is.
    fs::write(ran.join("out/http/ipxe/52-54-00-f4-26-ff.ipxe"), "foreign").unwrap();
    edit(&ran, "525400f426a1", "525400f426ff");
    let ran = run(ran, &["render"]).status(3);
    assert!(ran.stderr_text().contains("edge.json"), "{}", ran.stderr_text());
}

#[test]
fn status_says_what_the_tree_does_and_what_a_render_would_change() {
    let ran = run(render("dhcp"), &["disarm", "worker0"]).status(0);
    edit(&ran, "52:54:00:E7:9D:67", "52:54:00:E7:9D:FF");
    let ran = ran.again().args(["status", "-o", "out", "--format", "json"]).run().status(0);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let of =
        |name: &str| document["nodes"].as_array().unwrap().iter().find(|node| node["name"] == name).unwrap();
    assert_eq!((&of("worker0")["wanted"], &of("worker0")["rendered"]), (&"local".into(), &"local".into()));
    assert!(of("worker0")["since"].is_string() && of("worker0")["until"].is_null());
    assert_eq!((&of("worker1")["rendered"], &of("worker1")["since"]), (&"armed".into(), &().into()));
    assert!(of("worker1")["release"].is_string() && of("worker1")["changed"].is_string());
    assert!(of("master0")["rendered"].is_null(), "a machine that was not rendered yet");
    let ran = ran.again().args(["status", "-o", "out"]).run().status(0);
    assert!(ran.stdout_text().contains("not rendered, armed after `render`"), "{}", ran.stdout_text());
    let ran = ran.again().args(["status", "-o", "nowhere"]).run().status(0);
    assert!(
        ran.stdout_text().starts_with("ocp4.example.com: nothing is rendered in `nowhere`\n"),
        "{}",
        ran.stdout_text()
    );
}
