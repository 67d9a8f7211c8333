//! `init`: questions on a pseudo-terminal, answers in files, and the vars.yaml that comes of them.

use std::fs;
use std::path::Path;

use okdboot::vars;
use serde_yaml::Value;

use crate::pty::{Ended, Terminal};
use crate::sandbox::{Ran, Sandbox, assert_same};
use crate::{blesses, names_in, project, read};

pub(crate) const ANSWERS: &str = "\
cluster: lab
domain: example.com
network: 192.168.7.0/24
helper: 192.168.7.77
gateway: 192.168.7.1
forwarders: [9.9.9.9, 1.1.1.1]
stream: okd-4.20
macs: |
  52:54:00:00:00:20
  52:54:00:00:00:21
  52:54:00:00:00:22
  52:54:00:00:00:23
  52:54:00:00:00:31
  52:54:00:00:00:32
";

fn init(answers: &str, args: &[&str]) -> Ran {
    Sandbox::new().file("answers.yaml", answers).args(["init", "--answers", "answers.yaml"]).args(args).run()
}

/// Starts the questions in a folder.
fn begin(folder: &Path, args: &[&str]) -> Terminal {
    Terminal::run(folder, &[&["init"], args].concat(), &[])
}

/// Answers everything up to the MAC addresses, mostly by typing.
fn describes(terminal: &mut Terminal) {
    terminal.answers("Cluster name", "lab");
    terminal.answers("Base domain", "example.com");
    terminal.answers("Network of the nodes", "192.168.7.0/24");
    terminal.answers("Helper, which nodes fetch from", "192.168.7.77");
    terminal.answers("Default gateway [192.168.7.1]", "");
    terminal.answers("Name servers that know the world", "9.9.9.9 1.1.1.1");
    terminal.answers("Control-plane nodes [3]", "");
    terminal.answers("Workers [2]", "");
    terminal.answers("Addresses, static or dhcp [dhcp]", "");
    terminal.answers("Install disk [/dev/sda]", "");
    terminal.answers("Architecture [x86_64]", "");
    terminal.answers("Images, such as okd-4.20", "okd-4.20");
}

#[test]
fn the_file_is_commented_and_whole() {
    let ran = init(ANSWERS, &[]).status(0).stdout("").stderr(
        "vars.yaml: cluster `lab.example.com`, 6 nodes\nvars.schema.json: the keys, for your editor\nnext: okdboot check, okdboot fetch, okdboot render --ignition DIR\n",
    );
    let written = fs::read_to_string(ran.join("vars.yaml")).unwrap();
    let path = "testdata/init/vars.yaml";
    if blesses() {
        fs::write(project(path), &written).unwrap();
    }
    assert_same(path, &read(path), &written);
    ran.again().args(["check", "--strict"]).run().status(0);
}

#[test]
fn what_is_typed_gives_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = begin(folder.path(), &[]);
    describes(&mut terminal);
    terminal.answers("MAC address of bootstrap", "52:54:00:00:00:20");
    // A list that was pasted: an answer a line, several in one, in any spelling.
    terminal.answers("MAC address of master0", "52:54:00:00:00:21 5254.0000.0022, 52-54-00-00-00-23");
    terminal.answers("MAC address of worker0", "525400000031");
    terminal.answers("MAC address of worker1", "52:54:00:00:00:32");
    terminal.answers("Write vars.yaml", "y");
    let ended = terminal.ends();
    assert!(ended.code == Some(0) && ended.restored, "{}", ended.screen);
    let written = fs::read_to_string(folder.path().join("vars.yaml")).unwrap();
    assert_same("vars.yaml", &written, &read("testdata/init/vars.yaml"));
}

/// In a narrow terminal a question that runs into a second line would be drawn twice, since only the line of
/// the cursor is drawn again.
#[test]
fn no_line_of_a_question_is_longer_than_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run_in(60, folder.path(), &["init"], &[]);
    terminal.answers("Cluster name", "lab");
    terminal.answers("Base domain", "example.com");
    terminal.answers("Network of the nodes", "192.168.7.0/24");
    terminal.answers("Helper, which nodes fetch from", "192.168.7.77");
    terminal.answers("Default gateway [192.168.7.1]", "");
    terminal.waits_for("Name servers that know the world (- for none):");
    terminal.waits_for("> [");
    terminal.types("9.9.9.9 1.1.1.1\r");
    // What is drawn once more is the line of the answer.
    terminal.waits_for("9.9.9.9 1.1.1.1");
    terminal.interrupts_until("Keep the answers so far");
    terminal.types("n\r");
    let ended = terminal.ends();
    assert!(!ended.screen.contains("Name servers"), "{}", ended.screen);
}

#[test]
fn a_bad_answer_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = begin(folder.path(), &[]);
    let mut again = |question: &str, bad: &str, fault: &str, good: &str| {
        terminal.answers(question, bad);
        terminal.waits_for(fault);
        terminal.types(&format!("{good}\r"));
    };
    again("Cluster name", "la_b", "`la_b`", "lab");
    again("Base domain", "exa mple", "`exa mple`", "example.com");
    again("Network of the nodes", "192.168.7.0", "write it as 192.168.7.0/24", "192.168.7.0/24");
    again(
        "Helper",
        "192.168.8.7",
        "192.168.8.7 is not the address of a host in 192.168.7.0/24",
        "192.168.7.77",
    );
    again("gateway", "192.168.7.255", "192.168.7.255 is not the address of a host", "192.168.7.1");
    again("Name servers", "dns.example", "`dns.example` is not an IPv4 address", "-");
    again("Control-plane nodes", "2", "2 control-plane machines cannot be installed", "1");
    again("Workers", "many", "`many` is not a number from 0 to 500", "0");
    again("Addresses", "bootp", "`bootp` is not one of `static` or `dhcp`", "static");
    again("Interface of the nodes", "a/b", "`a/b` is not an interface name", "ens3");
    again("Install disk", "/dev/", "`/dev/`", "nvme0n1");
    again("Architecture", "z80", "`z80`", "arm64");
    again("Images", "okd", "`okd`", "okd-4.20");
    again("MAC address of bootstrap", "01:00:5e:00:00:01", "is a multicast address", "52:54:00:00:00:20");
    again("MAC address of master0", "52:54:00:00:00:20", "52:54:00:00:00:20 was given before", "-");
    terminal.answers("Write vars.yaml", "y");
    let ended = terminal.ends();
    assert!(ended.code == Some(0) && ended.restored, "{}", ended.screen);
    let text = fs::read_to_string(folder.path().join("vars.yaml")).unwrap();
    for line in [
        "disk: /dev/nvme0n1",
        "staticips: true",
        "    interface: ens3",
        "  arch: aarch64",
        "    gateway: 192.168.7.1",
    ] {
        assert!(text.contains(&format!("\n{line}\n")), "{line}:\n{text}");
    }
    assert!(!text.contains("\nworkers:") && !text.contains("forwarder1: "), "{text}");
}

#[track_caller]
fn expect_nothing(folder: &Path, ended: &Ended) {
    assert_eq!(ended.code, Some(130), "{}", ended.screen);
    assert!(ended.restored, "the terminal is not as it was found");
    assert!(ended.screen.contains("nothing was written"), "{}", ended.screen);
    // Whoever hides the cursor shows it again.
    let hidden = ended.raw.rfind("\u{1b}[?25l");
    assert!(hidden.is_none_or(|hidden| ended.raw.rfind("\u{1b}[?25h").is_some_and(|shown| shown > hidden)));
    assert!(names_in(folder).is_empty(), "{:?}", names_in(folder));
}

/// What `check` would say of the whole is said of the answer that causes it.
#[test]
fn an_answer_that_contradicts_one_before_it_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = begin(folder.path(), &[]);
    terminal.answers("Cluster name", "lab");
    terminal.answers("Base domain", "example.com");
    terminal.answers("Network of the nodes", "192.168.7.0/28");
    terminal.answers("Helper", "192.168.7.1");
    terminal.answers("gateway", "192.168.7.14");
    terminal.answers("Name servers", "-");
    terminal.answers("Control-plane nodes", "3");
    terminal.answers("Workers", "300");
    terminal.waits_for("192.168.7.0/28");
    terminal.types("2\r");
    terminal.waits_for("Addresses");
    terminal.interrupts_until("Keep the answers so far");
    terminal.types("n\r");
    expect_nothing(folder.path(), &terminal.ends());
}

#[test]
fn answers_that_were_given_before_ctrl_c_are_kept_and_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = begin(folder.path(), &[]);
    describes(&mut terminal);
    terminal.waits_for("MAC address of bootstrap");
    terminal.types("52:54:00:00:00:20\r");
    terminal.waits_for("MAC address of master0");
    terminal.interrupts_until("Keep the answers so far in okdboot-answers.yaml");
    terminal.types("\r");
    terminal.waits_for("go on with: okdboot init --answers okdboot-answers.yaml");
    let ended = terminal.ends();
    assert!(ended.code == Some(130) && ended.restored, "{}", ended.screen);
    assert_eq!(names_in(folder.path()), ["okdboot-answers.yaml"]);
    // A second one does not replace the first.
    let mut terminal = begin(folder.path(), &[]);
    terminal.answers("Cluster name", "lab");
    terminal.waits_for("Base domain");
    terminal.interrupts_until("Keep the answers so far in okdboot-answers-2.yaml");
    terminal.interrupts();
    assert_eq!(terminal.ends().code, Some(130));
    let mut terminal = begin(folder.path(), &["--answers", "okdboot-answers.yaml"]);
    terminal.waits_for("Write vars.yaml");
    terminal.types("y\r");
    assert_eq!(terminal.ends().code, Some(0));
    let text = fs::read_to_string(folder.path().join("vars.yaml")).unwrap();
    assert!(text.contains("52:54:00:00:00:20"), "{text}");
}

#[test]
fn workers_are_asked_for_where_an_install_config_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let config = "baseDomain: example.com\nmetadata: {name: lab}\ncontrolPlane: {replicas: 3}\n\
                  compute: [{replicas: 0}]\nnetworking: {machineNetwork: [{cidr: 192.168.7.0/24}]}\n";
    fs::write(folder.path().join("install-config.yaml"), config).unwrap();
    let mut terminal = begin(folder.path(), &["--from-install-config", "install-config.yaml"]);
    terminal.answers("Helper", "192.168.7.77");
    terminal.answers("gateway", "192.168.7.1");
    terminal.answers("Name servers", "-");
    terminal.answers("Workers", "4");
    terminal.waits_for("Addresses");
    terminal.interrupts_until("Keep the answers");
    terminal.types("y\r");
    assert_eq!(terminal.ends().code, Some(130));
    let kept = fs::read_to_string(folder.path().join("okdboot-answers.yaml")).unwrap();
    assert!(kept.contains("workers: '4'") && kept.contains("cluster: lab"), "{kept}");
    // Where nobody can be asked, the file is taken at its word.
    let args = ["init", "--from-install-config", "install-config.yaml", "--yes", "--dry-run"];
    let ran = Sandbox::new().file("install-config.yaml", config).args(args).run();
    assert!(!ran.stdout_text().contains("\nworkers:"), "{}", ran.stdout_text());
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = begin(folder.path(), &[]);
    terminal.waits_for("Cluster name");
    terminal.types("half an ans");
    terminal.interrupts();
    expect_nothing(folder.path(), &terminal.ends());

    let mut terminal = begin(folder.path(), &[]);
    describes(&mut terminal);
    terminal.waits_for("MAC address of bootstrap");
    terminal.interrupts_until("Keep the answers so far");
    terminal.types("n\r");
    expect_nothing(folder.path(), &terminal.ends());

    let mut terminal = begin(folder.path(), &[]);
    describes(&mut terminal);
    terminal.answers("MAC address of bootstrap", "-");
    terminal.waits_for("Write vars.yaml");
    terminal.interrupts();
    expect_nothing(folder.path(), &terminal.ends());

    let mut terminal = begin(folder.path(), &[]);
    describes(&mut terminal);
    terminal.answers("MAC address of bootstrap", "-");
    terminal.answers("Write vars.yaml", "n");
    expect_nothing(folder.path(), &terminal.ends());
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_a_yes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vars.yaml");
    fs::write(&path, "mine\n").unwrap();
    fs::write(folder.path().join("answers.yaml"), ANSWERS).unwrap();
    let mut terminal = begin(folder.path(), &[]);
    // There is a `y` in it, which is no yes.
    terminal.answers("vars.yaml exists. Replace it? [y/N]", "not yet");
    terminal.waits_for("`not yet` is neither `y` nor `n`");
    terminal.answers("vars.yaml exists. Replace it? [y/N]", "");
    let ended = terminal.ends();
    assert_eq!(ended.code, Some(6));
    assert!(ended.screen.contains("`vars.yaml` exists, and was left as it is"), "{}", ended.screen);
    assert!(ended.screen.contains("-f FILE") && ended.restored, "{}", ended.screen);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");

    let full =
        ANSWERS.to_owned() + "control_plane: 3\nworkers: 2\naddressing: dhcp\ndisk: sda\narch: x86_64\n";
    fs::write(folder.path().join("answers.yaml"), full).unwrap();
    let mut terminal = begin(folder.path(), &["--answers", "answers.yaml"]);
    terminal.answers("vars.yaml exists. Replace it", "y");
    terminal.answers("Write vars.yaml", "y");
    assert_eq!(terminal.ends().code, Some(0));
    assert_same("vars.yaml", &fs::read_to_string(&path).unwrap(), &read("testdata/init/vars.yaml"));
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let ran = Sandbox::new().arg("init").run().status(2).stdout("");
    assert!(ran.stderr_text().contains("`--answers FILE`"), "{}", ran.stderr_text());
    assert!(ran.stderr_text().contains("-f FILE"), "{}", ran.stderr_text());
    assert!(names_in(ran.path()).is_empty());
    let ran = Sandbox::new()
        .vars("mine\n")
        .file("answers.yaml", ANSWERS)
        .args(["init", "--answers", "answers.yaml", "--yes"])
        .run()
        .status(6);
    assert!(ran.stderr_text().contains("`vars.yaml` exists"), "{}", ran.stderr_text());
    ran.expect_file("vars.yaml", "mine\n");
}

#[test]
fn answers_are_judged_like_vars_yaml() {
    let ran = init("cluster: la_b\nnetwork: 10.0.0.0\nworker: 3\n", &[]).status(3).stdout("");
    let said = ran.stderr_text();
    for expected in [
        "error[V109]: `cluster`: ",
        "--> answers.yaml:1:10",
        "error[V106]: `network`: ",
        "error[V009]: `answers` has no key `worker`",
        "did you mean `workers`?",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    ran.expect_absent("vars.yaml");
    let ran = init("network: 10.0.0.0/24\n", &[]).status(3);
    assert!(
        ran.stderr_text().contains("error: nothing says `cluster`, `domain` and `helper`\n"),
        "{}",
        ran.stderr_text()
    );
    let small = ANSWERS.replace("192.168.7.0/24", "192.168.7.0/29").replace("7.77", "7.2");
    let ran = init(&small, &[]).status(3);
    assert!(ran.stderr_text().contains("192.168.7.0/29 has room for 6 machines"), "{}", ran.stderr_text());
    let outside = ANSWERS.replace("gateway: 192.168.7.1", "gateway: 10.0.0.1");
    let ran = init(&outside, &[]).status(3);
    let said = ran.stderr_text();
    assert!(
        said.contains("caused by: the gateway 10.0.0.1 is not the address of a host in 192.168.7.0/24"),
        "{said}"
    );
    assert!(said.contains("the answers contradict one another"), "{said}");
    assert!(!said.contains("vars.yaml:"), "no place in a file that does not exist: {said}");
    ran.expect_absent("vars.yaml");
}

/// Whoever has matchbox already has the MAC addresses in its groups.
#[test]
fn groups_of_matchbox_name_machines() {
    let rendered = crate::golden::render("dhcp");
    for folder in ["out/matchbox", "out/matchbox/groups"] {
        let macs = rendered.join(folder);
        let ran = Sandbox::new().file("answers.yaml", ANSWERS.split("macs:").next().unwrap());
        let ran =
            ran.args(["init", "--dry-run", "--answers", "answers.yaml", "--macs", macs.to_str().unwrap()]);
        let text = ran.run().status(0).stdout_text();
        let due = "name: master1\n    ipaddr: 192.168.7.22\n    macaddr: \"52:54:00:80:16:23\"\n";
        assert!(text.contains(due), "{folder}: {text}");
    }
    let ran = Sandbox::new().file("answers.yaml", ANSWERS.split("macs:").next().unwrap()).folder("empty");
    let ran = ran.args(["init", "--dry-run", "--answers", "answers.yaml", "--macs", "empty"]).run().status(3);
    assert!(ran.stderr_text().contains("a folder of matchbox's groups"), "{}", ran.stderr_text());
}

#[test]
fn an_install_config_and_leases_fill_in() {
    let config = "baseDomain: example.com\nmetadata: {name: prod}\ncontrolPlane: {replicas: 2}\narbiter: {replicas: 1}\n\
        compute: [{replicas: 2}]\nnetworking: {machineNetwork: [{cidr: 10.20.0.0/22}]}\npullSecret: 'hunter2'\n";
    let leases = "1763700000 52:54:00:00:00:0a 10.20.0.201 worker1 *\n\
        1763700000 52:54:00:00:00:0b 10.20.0.202 * *\n";
    let sandbox = Sandbox::new()
        .file("install-config.yaml", config)
        .file("leases", leases)
        .file("answers.yaml", "helper: 10.20.0.5\n")
        .args(["init", "--from-install-config", "install-config.yaml", "--macs", "leases", "--answers"])
        .args(["answers.yaml", "--dry-run"]);
    let ran = sandbox.run().status(0);
    let text = ran.stdout_text();
    for expected in [
        "clusterid: prod\n",
        "  netmask: 255.255.252.0\n",
        "    name: worker1\n".trim_start(),
        "macaddr: \"52:54:00:00:00:0a\"\n",
        "arbiters:\n  - name: arbiter0\n    ipaddr: 10.20.0.23\n",
        "  name: bootstrap\n  ipaddr: 10.20.0.20\n  macaddr: \"52:54:00:00:00:0b\"\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("hunter2"));
    ran.expect_absent("vars.yaml");
    let ran = Sandbox::new()
        .file("install-config.yaml", "baseDomain: example.com\npullSecret: {\"a\": \"hunter2\n")
        .args(["init", "--yes", "--from-install-config", "install-config.yaml"])
        .run()
        .status(3);
    assert!(ran.stderr_text().contains("cannot use `install-config.yaml`"), "{}", ran.stderr_text());
    assert!(!ran.stderr_text().contains("hunter2"));
}

/// Every answer that can be given leads to a file that `check` passes and that helpernode has what it
/// needs in.
#[test]
fn every_form_passes_check_and_has_what_helpernode_reads() {
    for addressing in ["dhcp", "static"] {
        for (masters, workers) in [(1, 0), (3, 0), (3, 2), (5, 12)] {
            for arch in ["x86_64", "aarch64", "ppc64le", "s390x"] {
                let more = format!(
                    "addressing: {addressing}\ncontrol_plane: {masters}\nworkers: {workers}\narch: {arch}\n"
                );
                let text = init(&(ANSWERS.to_owned() + &more), &["--dry-run"]).status(0).stdout_text();
                let (checked, report) = vars::read("vars.yaml", text.as_bytes());
                assert!(checked.is_some() && !report.has_errors(), "{text}");
                expect_helpernode(&serde_yaml::from_str(&text).unwrap(), addressing == "static", workers);
            }
        }
    }
}

fn expect_helpernode(vars: &Value, is_static: bool, workers: usize) {
    let text = |path: &str| {
        let value = path.split('.').try_fold(vars, |at, key| at.get(key));
        value.and_then(Value::as_str).unwrap_or_else(|| panic!("{path} is no text")).to_owned()
    };
    for path in [
        "disk",
        "helper.name",
        "helper.ipaddr",
        "dns.domain",
        "dns.clusterid",
        "dns.forwarder1",
        "bootstrap.name",
    ] {
        assert!(!text(path).is_empty());
    }
    if is_static {
        assert_eq!(vars.get("staticips"), Some(&Value::Bool(true)));
    } else {
        for key in ["router", "bcast", "netmask", "poolstart", "poolend", "ipid", "netmaskid"] {
            assert!(!text(&format!("dhcp.{key}")).is_empty());
        }
    }
    assert!(vars.get("masters").and_then(Value::as_sequence).is_some_and(|masters| !masters.is_empty()));
    // An empty list would leave helpernode's load balancer without a server: the key is absent.
    let listed = vars.get("workers").map(|workers| workers.as_sequence().unwrap().len());
    assert_eq!(listed, (workers > 0).then_some(workers));
    // helpernode refuses any of these in a node.
    let nodes = ["masters", "workers"].iter().filter_map(|key| vars.get(key));
    let written: String = nodes.map(|nodes| serde_yaml::to_string(nodes).unwrap()).collect();
    assert!(
        !written.contains(['_', '$', '\\', '=', ')', '(', '&', '^', '%', '#', '@', '!', '*']),
        "{written}"
    );
}
