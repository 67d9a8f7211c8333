//! Whole trees as reviewers read them: `testdata/render/<case>/want`, compared by path, mode and byte.
//!
//! `OKDBOOT_BLESS=1` writes what is rendered now. Git keeps no mode but the executable bit, so modes
//! stand in the case's `modes` file.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::sandbox::{Sandbox, assert_same};
use crate::{files_below, names_in, project};

/// Renders a case in a sandbox that has copies of its inputs.
pub fn render(case: &str) -> crate::sandbox::Ran {
    let read = |name: &str| fs::read(project(&format!("testdata/render/{case}/{name}"))).unwrap();
    let mut sandbox =
        Sandbox::new().file("vars.yaml", read("vars.yaml")).file("okdboot.lock", read("okdboot.lock"));
    for role in names_in(&project(&format!("testdata/render/{case}/ignition"))) {
        sandbox = sandbox.file(&format!("ignition/{role}"), read(&format!("ignition/{role}")));
    }
    sandbox.args(["render", "--ignition", "ignition", "-o", "out", "--quiet"]).run().status(0)
}

/// Returns every rendered file but okdboot's own, as `mode path`.
fn modes(root: &Path) -> String {
    let mut text = String::new();
    let mut paths = Vec::new();
    below(root, "", &mut paths);
    for path in paths {
        let mode = fs::metadata(root.join(&path)).unwrap().permissions().mode() & 0o7777;
        writeln!(text, "{mode:04o} {path}").unwrap();
    }
    text
}

fn below(root: &Path, prefix: &str, paths: &mut Vec<String>) {
    for name in names_in(&root.join(prefix)) {
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        match root.join(&path).is_dir() {
            true if path == ".okdboot" => {}
            true => below(root, &path, paths),
            false => paths.push(path),
        }
    }
}

#[test]
fn every_case_renders_as_it_was_written_down() {
    for case in names_in(&project("testdata/render")) {
        let ran = render(&case);
        let out = ran.join("out");
        if std::env::var_os("OKDBOOT_BLESS").is_some() {
            bless(&case, &out);
        }
        let expected = fs::read_to_string(project(&format!("testdata/render/{case}/modes"))).unwrap();
        assert_same(&format!("{case}: modes and paths"), &modes(&out), &expected);
        for path in files_below(&format!("testdata/render/{case}/want")) {
            let short = path.strip_prefix(&format!("testdata/render/{case}/want/")).unwrap();
            let found = placed(&fs::read_to_string(out.join(short)).unwrap(), &out);
            assert_same(&format!("{case}: {short}"), &found, &fs::read_to_string(project(&path)).unwrap());
        }
    }
}

/// Some daemons take absolute paths only: the tree is said to stand where it would on a helper.
fn placed(text: &str, out: &Path) -> String {
    text.replace(out.to_str().unwrap(), "/srv/okdboot")
}

fn bless(case: &str, out: &Path) {
    let root = project(&format!("testdata/render/{case}"));
    let _ = fs::remove_dir_all(root.join("want"));
    fs::write(root.join("modes"), modes(out)).unwrap();
    let mut paths = Vec::new();
    below(out, "", &mut paths);
    for path in paths {
        let target = root.join("want").join(&path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(&target, placed(&fs::read_to_string(out.join(&path)).unwrap(), out)).unwrap();
    }
}

#[test]
fn rendering_again_changes_nothing_and_finds_nothing_to_do() {
    for case in names_in(&project("testdata/render")) {
        let ran = render(&case);
        let manifests = |ran: &crate::sandbox::Ran| -> Vec<_> {
            let folder = ran.join("out/.okdboot/manifest");
            let names = names_in(&folder).into_iter();
            names.map(|name| (fs::metadata(folder.join(&name)).unwrap().modified().unwrap(), name)).collect()
        };
        let before = manifests(&ran);
        let ran =
            ran.again().args(["render", "--ignition", "ignition", "-o", "out", "--quiet"]).run().status(0);
        assert_eq!(before, manifests(&ran), "{case}: a manifest was written again");
        ran.again().args(["render", "--check", "-o", "out", "--quiet"]).run().status(0).stdout("");
    }
}

#[test]
fn the_order_of_nodes_changes_no_file_but_the_commands() {
    let ran = render("dhcp");
    let text = fs::read_to_string(ran.join("vars.yaml")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let swapped = text.replace(lines[21], "@").replace(lines[22], lines[21]).replace('@', lines[22]);
    assert_ne!(text, swapped);
    let ran = ran
        .again()
        .vars(swapped)
        .args(["render", "--dry-run", "--ignition", "ignition", "-o", "out", "-q"])
        .run();
    ran.status(0).stdout("update   commands/ocp4.txt\n");
}
