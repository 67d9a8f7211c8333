//! Many clusters of one repository: a folder of inventories, and those of them that differ.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::read;
use crate::sandbox::{Ran, Sandbox};

fn cluster(id: &str, net: u8) -> String {
    format!(
        "disk: /dev/vda\nhelper: {{name: helper, ipaddr: 10.0.{net}.2}}\ndns: {{domain: example.com, clusterid: {id}}}\n\
         masters: [{{name: m0, ipaddr: 10.0.{net}.11, macaddr: \"52:54:00:00:{net:02x}:11\"}}]\n"
    )
}

/// Three clusters: two files in a folder, one in a folder of its own.
fn fleet() -> Sandbox {
    let lock = read("testdata/render/dhcp/okdboot.lock");
    let locked = |ids: &[&str]| {
        let mut lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
        let one = lock["clusters"]["ocp4"].take();
        lock["clusters"] = ids.iter().map(|id| ((*id).to_owned(), one.clone())).collect();
        lock.to_string()
    };
    Sandbox::new()
        .with_path()
        .file("clusters/one.yaml", cluster("one", 1))
        .file("clusters/two.yml", cluster("two", 2))
        .file("clusters/okdboot.lock", locked(&["one", "two"]))
        .file("clusters/three/vars.yaml", cluster("three", 3))
        .file("clusters/three/okdboot.lock", locked(&["three"]))
        .file("clusters/README.md", "no inventory")
}

const DRY: [&str; 4] = ["render", "--dry-run", "--only", "ipxe"];

fn ids(ran: &Ran) -> Vec<String> {
    let text = ran.stdout_text();
    let mut found: Vec<String> = ["one", "two", "three"]
        .iter()
        .zip(["01", "02", "03"])
        .filter(|(_, net)| text.contains(&format!("52-54-00-00-{net}-11.ipxe")))
        .map(|(id, _)| (*id).to_owned())
        .collect();
    found.sort();
    found
}

#[test]
fn a_folder_of_inventories_is_one_run_with_one_tree() {
    let ran = fleet().args(DRY).args(["-f", "clusters"]).run().status(0);
    assert_eq!(ids(&ran), ["one", "three", "two"]);
    let ran = ran.again().args(DRY).args(["-f", "clusters/*.yaml"]).run().status(0);
    assert_eq!(ids(&ran), ["one"]);
    let ran = ran.again().args(["render", "--only", "ipxe", "-q", "-f", "clusters/"]).run().status(0);
    assert!(ran.join("clusters/okdboot-out/http/ipxe/52-54-00-00-03-11.ipxe").is_file());
    // What names no inventory is told as what it is.
    let ran = ran.again().args(["check", "-f", "nowhere/"]).run().status(6);
    assert!(ran.stderr_text().contains("nowhere/"), "{}", ran.stderr_text());
    fs::create_dir(ran.join("empty")).unwrap();
    let ran = ran.again().args(["check", "-f", "empty"]).run().status(6);
    assert!(ran.stderr_text().contains("`empty`"), "{}", ran.stderr_text());
}

fn git(folder: &Path, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn only_clusters_that_differ_from_a_revision_are_rendered() {
    let since = |ran: Ran, revision: &str| {
        ran.again().args(DRY).args(["-f", "clusters", "--changed-since", revision]).run()
    };
    let ran = fleet().args(["check", "-f", "clusters"]).run().status(0);
    let ran = since(ran, "HEAD").status(2);
    assert!(ran.stderr_text().contains("git does not tell what has changed"), "{}", ran.stderr_text());
    git(ran.path(), &["init", "--quiet"]);
    git(ran.path(), &["add", "clusters"]);
    git(ran.path(), &["commit", "--quiet", "--message", "all"]);
    let ran = since(ran, "HEAD").status(0).stdout("");
    assert!(ran.stderr_text().contains("no cluster differs from HEAD"), "{}", ran.stderr_text());
    let one = ran.join("clusters/one.yaml");
    fs::write(&one, fs::read_to_string(&one).unwrap() + "# a word\n").unwrap();
    let ran = since(ran, "HEAD").status(0);
    assert_eq!(ids(&ran), ["one"]);
    // A lock is of all that stand beside it; what is new differs, too.
    git(ran.path(), &["commit", "--quiet", "--all", "--message", "one"]);
    let ran = since(ran, "HEAD~1").status(0);
    assert_eq!(ids(&ran), ["one"]);
    let three = ["-f", "clusters/three/vars.yaml", "-o", "out", "-q"];
    let ran = ran.again().args(["render"]).args(three).run().status(0);
    let ran = ran.again().args(["disarm", "m0"]).args(three).run().status(0);
    let lock = ran.join("clusters/okdboot.lock");
    fs::write(&lock, fs::read_to_string(&lock).unwrap() + "\n").unwrap();
    let ran = since(ran, "HEAD").status(0);
    assert_eq!(ids(&ran), ["one", "three", "two"]);
    let ran = since(ran, "no-such-revision").status(2);
    assert!(ran.stderr_text().contains("no-such-revision"), "{}", ran.stderr_text());
    // All of them are checked against one another, every interface that may boot too.
    let text =
        cluster("one", 1).replace("\"52:54:00:00:01:11\"", "[\"52:54:00:00:01:11\", \"52:54:00:00:02:11\"]");
    fs::write(&one, text).unwrap();
    let ran = since(ran, "HEAD").status(3);
    assert!(
        ran.stderr_text().contains("error[V201]: MAC address 52:54:00:00:02:11"),
        "{}",
        ran.stderr_text()
    );
    fs::write(&one, cluster("two", 9)).unwrap();
    let ran = since(ran, "HEAD").status(3);
    assert!(ran.stderr_text().contains("V204"), "{}", ran.stderr_text());
}

/// What is right is counted, what is wrong is named.
#[test]
fn many_clusters_are_summed_up() {
    let mut sandbox = Sandbox::new();
    for at in 0..60_u8 {
        let text = cluster(&format!("c{at:02}"), at);
        let text = if at == 7 { text.replace("52:54", "zz:54") } else { text };
        let text = if at == 9 {
            text.replace("ipaddr: 10.0.9.11", "ipaddr: x").replace("/dev/vda", "/dev/")
        } else {
            text
        };
        sandbox = sandbox.file(&format!("clusters/c{at:02}.yaml"), text);
    }
    let lock = read("testdata/render/dhcp/okdboot.lock");
    let mut lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    let one = lock["clusters"]["ocp4"].take();
    lock["clusters"] = (0..60).map(|at| (format!("c{at:02}"), one.clone())).collect();
    let sandbox = sandbox.file("clusters/okdboot.lock", lock.to_string());
    let ran = sandbox.args(["check", "-f", "clusters"]).run().status(3);
    let said = ran.stderr_text();
    assert!(said.starts_with("reading 60 files\n"), "{said}");
    let last = said.lines().rfind(|line| line.contains(" in 2 files: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(last.ends_with("in 2 files: clusters/c09.yaml 2, clusters/c07.yaml 1"), "{last}");
    let ran =
        ran.again().file("clusters/c07.yaml", cluster("c07", 7)).file("clusters/c09.yaml", cluster("c09", 9));
    let ran = ran.args(["check", "-f", "clusters"]).run().status(0);
    let said = ran.stderr_text();
    assert!(said.contains("\n60 clusters, 60 nodes\n") && !said.contains("c11"), "{said}");
    let only = ["render", "--only", "ipxe", "-o", "out", "-f", "clusters"];
    let ran = ran.again().args(only).run().status(0);
    let said = ran.stderr_text();
    for line in ["reading 60 files", "planning 60 clusters", "comparing and writing 60 files"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(said.contains("60 of 60 clusters: c00 1, c01 1,") && said.contains(" and 50 more"), "{said}");
    let moved = cluster("c05", 5).replace("/dev/vda", "/dev/vdb");
    let ran = ran.again().file("clusters/c05.yaml", moved).args(only).run().status(0);
    assert!(ran.stderr_text().contains("1 of 60 clusters: c05 1"), "{}", ran.stderr_text());
}

/// Seven hundred machines: of three such clusters, two are more than is planned at once.
fn large(id: &str, net: u8) -> String {
    let address = |at: u32| format!("10.{net}.{}.{}", at / 256, at % 256);
    let node = |name: &str, at: u32| {
        format!(
            "{{name: {name}, ipaddr: {}, macaddr: \"52:54:00:{net:02x}:{:02x}:{:02x}\"}}",
            address(at),
            at >> 8,
            at & 255
        )
    };
    let list = |name: &str, range: std::ops::Range<u32>| -> String {
        range.map(|at| format!("  - {}\n", node(&format!("{name}{at}"), at))).collect()
    };
    format!(
        "disk: /dev/vda\nhelper: {{name: helper, ipaddr: {}}}\ndns: {{domain: example.com, clusterid: {id}}}\n\
         dhcp: {{router: {}, netmask: 255.255.248.0}}\nbootstrap: {}\nmasters:\n{}workers:\n{}",
        address(2),
        address(1),
        node("bootstrap", 10),
        list("master", 20..23),
        list("worker", 100..800),
    )
}

#[test]
fn files_that_are_made_again_to_be_written_are_those_that_were_planned() {
    let lock = read("testdata/render/dhcp/okdboot.lock");
    let mut lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    let one = lock["clusters"]["ocp4"].take();
    lock["clusters"] = ["a", "b", "c"].iter().map(|id| ((*id).to_owned(), one.clone())).collect();
    let mut sandbox = Sandbox::new().file("clusters/okdboot.lock", lock.to_string());
    for (id, net) in [("a", 1), ("b", 2), ("c", 3)] {
        sandbox = sandbox.file(&format!("clusters/{id}.yaml"), large(id, net));
    }
    let render = ["render", "-q", "-f", "clusters", "-o", "out", "--only", "matchbox,ipxe"];
    let ran = sandbox.args(render).run().status(0);
    // Who looks has the whole plan in memory.
    let ran = ran.again().args(render).arg("--check").run().status(0);
    let gone = ["out/matchbox/groups/a-worker799.json", "out/http/ipxe/52-54-00-03-00-0a.ipxe"];
    let before = gone.map(|path| fs::read(ran.join(path)).unwrap());
    for path in gone {
        fs::remove_file(ran.join(path)).unwrap();
    }
    let ran = ran.again().args(render).args(["--format", "json"]).run().status(0);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let changes = document["changes"].as_array().unwrap();
    let written = changes.iter().filter(|it| it["change"] != "same").map(|it| it["path"].as_str().unwrap());
    let written: Vec<String> = written.map(|path| format!("out/{path}")).collect();
    assert_eq!(written, [gone[1], gone[0]]);
    assert_eq!(gone.map(|path| fs::read(ran.join(path)).unwrap()), before);
}
