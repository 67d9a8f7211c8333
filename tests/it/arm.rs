//! `okdboot arm` and `disarm`: every format at once, the files of these nodes only, kept by later renders.

use std::fs;

use crate::golden::render;
use crate::sandbox::Ran;

pub(crate) const PXE: &str = "out/tftpboot/pxelinux.cfg/01-52-54-00-60-72-67";
const IPXE: &str = "out/http/ipxe/52-54-00-60-72-67.ipxe";
const GRUB: &str = "out/tftpboot/grub.cfg-01-52-54-00-60-72-67";
const GROUP: &str = "out/matchbox/groups/ocp4-bootstrap.json";
pub(crate) const STATE: &str = "okdboot.state.json";

pub(crate) fn run(ran: Ran, args: &[&str]) -> Ran {
    ran.again().args(args).args(["-o", "out"]).run()
}

pub(crate) fn text(ran: &Ran, path: &str) -> String {
    fs::read_to_string(ran.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn a_disarmed_node_boots_from_its_disk_in_every_format_until_it_is_armed() {
    let ran = render("dhcp");
    let paths = [PXE, IPXE, GRUB, GROUP];
    let before = paths.map(|path| text(&ran, path));
    let ran = run(ran, &["disarm", "bootstrap"]).status(0).stdout("local ocp4/bootstrap\n");
    let local = ["LOCALBOOT -1", "sanboot --no-describe --drive 0x80", "\nexit 1\n", "\"ocp4-local\""];
    for (path, word) in paths.into_iter().zip(local) {
        let found = text(&ran, path);
        assert!(found.contains(word) && !found.contains("coreos.inst"), "{path}: {found}");
    }
    let profile = text(&ran, "out/matchbox/profiles/ocp4-local.json");
    assert!(!profile.contains("boot\":") && !profile.contains("ignition_id"), "{profile}");
    assert!(text(&ran, "out/commands/ocp4.txt").contains("# boots from its disk: `okdboot arm`"));
    // A later render keeps it, and finds nothing to do.
    let ran = run(ran, &["render", "--check"]).status(0).stdout("");
    let ran = run(ran, &["arm", "bootstrap"]).status(0).stdout("install ocp4/bootstrap\n");
    assert_eq!(paths.map(|path| text(&ran, path)), before);
    ran.expect_absent("out/matchbox/profiles/ocp4-local.json")
        .expect_file(STATE, "{\n  \"format-version\": 2,\n  \"machines\": []\n}\n");
}

#[test]
fn nodes_are_picked_by_name_address_role_or_all_together() {
    let ran = run(render("dhcp"), &["disarm", "--role", "control-plane"]).status(0);
    let ran = ran.stdout("local ocp4/master0\nlocal ocp4/master1\nlocal ocp4/master2\n");
    let ran = run(ran, &["disarm", "52:54:00:60:72:67"]).status(0).stdout("local ocp4/bootstrap\n");
    let ran = run(ran, &["arm", "192.168.7.20"]).status(0).stdout("install ocp4/bootstrap\n");
    let ran = run(ran, &["disarm", "--all"]).status(0);
    assert_eq!(ran.stdout_text().lines().count(), 7);
    let ran = run(ran, &["commands"]).status(0).stdout("");
    let ran = run(ran, &["disarm"]).status(2);
    let ran = run(ran, &["arm", "--role", "king"]).status(2);
    let ran = run(ran, &["arm", "master9"]).status(2);
    assert!(ran.stderr_text().contains("did you mean `master"), "{}", ran.stderr_text());
    let ran = run(ran, &["arm", "52:54:00:60:72:99"]).status(2);
    assert!(ran.stderr_text().contains("no cluster has a node `52:54:00:60:72:99`"), "{}", ran.stderr_text());
}

#[test]
fn vars_yaml_says_local_until_a_node_is_armed_and_petitboot_gets_no_file() {
    let ran = render("modes");
    let power = "out/tftpboot/pxelinux.cfg/01-52-54-00-01-00-41";
    let ran = run(ran.expect_absent(power), &["arm", "power0", "x0"]).status(0);
    assert!(text(&ran, power).contains("coreos.inst.install_dev"), "petitboot has its file");
    let state = text(&ran, STATE);
    assert!(state.contains("\"name\": \"power0\"") && state.contains("\"armed\": true"), "{state}");
    let ran = run(ran, &["disarm", "power0", "power1"]).status(0).expect_absent(power);
    ran.expect_absent("out/tftpboot/pxelinux.cfg/01-52-54-00-01-00-42");
}

#[test]
fn a_time_ends_with_disarm_expired_and_verify_says_so() {
    let ran = run(render("dhcp"), &["arm", "worker0", "--until", "2999-01-01T00:00:00Z"]).status(0);
    let ran = run(ran, &["disarm", "--expired"]).status(0).stdout("");
    let state = text(&ran, STATE);
    assert!(state.contains("\"until\": \"2999-01-01T00:00:00Z\""), "{state}");
    assert!(!text(&ran, IPXE).contains("2999"), "no file has an expiry");
    fs::write(ran.join(STATE), state.replace("2999", "2001")).unwrap();
    let ran = ran.again().args(["verify", "-o", "out"]).run();
    let said = ran.stderr_text();
    assert!(said.contains("warning[P024]: node `worker0` of `ocp4` was armed until 2001-01-01"), "{said}");
    let ran = run(ran, &["disarm", "--expired"]).status(0).stdout("local ocp4/worker0\n");
    let ran = run(ran, &["arm", "worker0", "--until", "2001-01-01T00:00:00Z"]).status(2);
    let ran = run(ran, &["arm", "worker0", "--until", "tomorrow"]).status(2);
    assert!(ran.stderr_text().contains("--until 6h"), "{}", ran.stderr_text());
}

#[test]
fn a_lifetime_begins_now() {
    let ran = run(render("dhcp"), &["arm", "worker0", "--until", "6h"]).status(0);
    let state: serde_json::Value = serde_json::from_str(&text(&ran, STATE)).unwrap();
    let machine = &state["machines"][0];
    let (since, until) = (machine["since"].as_str().unwrap(), machine["until"].as_str().unwrap());
    // Minutes and seconds stay, whatever the hour and the day.
    assert_eq!((&since[13..], since.len()), (&until[13..], until.len()));
    assert_ne!(since, until);
}

#[test]
fn a_state_that_cannot_be_read_stops_everything() {
    for (command, contents) in
        [("render", "{"), ("commands", "{}"), ("verify", "{\"format-version\": 9, \"machines\": []}")]
    {
        let ran = render("dhcp");
        fs::write(ran.join(STATE), contents).unwrap();
        let ran = run(ran, &[command]).status(3);
        assert!(ran.stderr_text().contains(STATE), "{command}: {}", ran.stderr_text());
    }
}

#[test]
fn what_is_said_of_other_machines_stays() {
    let ran = run(render("dhcp"), &["disarm", "worker0"]).status(0);
    let of = |ran: &Ran| -> Vec<String> {
        let state: serde_json::Value = serde_json::from_str(&text(ran, STATE)).unwrap();
        let names = state["machines"].as_array().unwrap().iter();
        names.map(|machine| machine["name"].as_str().unwrap().to_owned()).collect()
    };
    let state = text(&ran, STATE).replace("52:54:00", "02:00:00").replace("worker0", "gone");
    fs::write(ran.join(STATE), state).unwrap();
    let ran = run(ran, &["disarm", "worker1"]).status(0);
    assert_eq!(of(&ran), ["gone", "worker1"]);
    let ran = run(ran, &["arm", "worker1"]).status(0);
    assert_eq!(of(&ran), ["gone"]);
}

/// What cannot be written in one format is written in none, and nothing is remembered.
#[test]
fn nothing_is_flipped_where_one_file_of_the_node_was_edited() {
    let ran = render("dhcp");
    let before = [IPXE, GRUB, GROUP].map(|path| text(&ran, path));
    fs::write(ran.join(PXE), "DEFAULT mine\n").unwrap();
    let ran = run(ran, &["disarm", "bootstrap"]).status(6).stdout("");
    assert!(ran.stderr_text().contains("was edited since okdboot wrote it"), "{}", ran.stderr_text());
    assert_eq!([IPXE, GRUB, GROUP].map(|path| text(&ran, path)), before);
    ran.expect_absent(STATE).expect_file(PXE, "DEFAULT mine\n");
}

#[test]
fn a_file_of_another_node_and_the_commands_may_be_edited() {
    let ran = render("dhcp");
    fs::write(ran.join(PXE), "DEFAULT mine\n").unwrap();
    fs::write(ran.join("out/commands/ocp4.txt"), "mine\n").unwrap();
    let ran = ran.again().args(["disarm", "worker0", "-o", "out"]).run().status(0);
    let said = ran.stderr_text();
    assert!(said.contains("warning: `commands/ocp4.txt` was edited by hand and is left as it is"), "{said}");
    assert!(text(&ran, "out/matchbox/groups/ocp4-worker0.json").contains("ocp4-local"));
    ran.expect_file(PXE, "DEFAULT mine\n").expect_file("out/commands/ocp4.txt", "mine\n");
}

#[test]
fn a_flip_needs_neither_a_network_nor_ignition_files() {
    let ran = render("dhcp");
    let vars =
        text(&ran, "vars.yaml").replace("okdboot:\n", "okdboot:\n  stream: okd-4.20\n  ignition: nowhere\n");
    fs::write(ran.join("vars.yaml"), vars).unwrap();
    fs::remove_dir_all(ran.join("ignition")).unwrap();
    fs::remove_dir_all(ran.join("out/matchbox/assets/ignition")).unwrap();
    let ran = run(ran, &["disarm", "worker0"]).status(0).stdout("local ocp4/worker0\n");
    run(ran, &["arm", "worker0"]).status(0).stdout("install ocp4/worker0\n");
}

/// The second phase stays, so a machine may be disarmed while its live system installs.
#[test]
fn a_machine_that_is_disarmed_keeps_its_second_phase() {
    let ran = render("two-phase");
    let (second, first) =
        ("out/matchbox/groups/multi-x0-installed.json", "out/matchbox/groups/multi-x0.json");
    let before = text(&ran, second);
    assert!(before.contains("\"os\": \"installed\"") && before.contains("\"mac\""), "{before}");
    let ran = run(ran, &["disarm", "x0"]).status(0);
    assert_eq!(text(&ran, second), before);
    assert!(text(&ran, first).contains("\"multi-local\""));
    let ran = run(ran.expect_absent("out/matchbox/groups/multi-x2-installed.json"), &["arm", "x2"]).status(0);
    assert!(text(&ran, "out/matchbox/groups/multi-x2-installed.json").contains("multi-installed-worker"));
}

#[test]
fn a_timer_that_has_nothing_to_take_back_needs_neither_a_lock_nor_a_tree() {
    let vars = crate::read("testdata/render/dhcp/vars.yaml");
    let sandbox = crate::sandbox::Sandbox::new().vars(vars);
    let ran = sandbox.args(["disarm", "--expired", "--format", "json"]).run().status(0);
    ran.expect_absent("okdboot-out").expect_absent(STATE);
}

/// What was done is a listing for a person who watches.
#[test]
fn quiet_says_nothing_but_errors() {
    let ran = render("dhcp").again().args(["arm", "worker0", "-o", "out", "-q"]).run();
    let ran = ran.status(0).stdout("").stderr("");
    let ran = ran.again().args(["verify", "-o", "out", "-q"]).run().status(1).stdout("");
    assert!(ran.stderr_text().starts_with("error[P008]"), "{}", ran.stderr_text());
}
