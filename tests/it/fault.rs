//! Faults of inputs and places: the documented exit code, a clear word, and nothing half-written.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};

const VARS: &str = "disk: sda\nhelper: { ipaddr: 10.0.0.2 }\ndns: { domain: example.com, clusterid: ocp4 }\n\
                    masters:\n  - { name: m0, ipaddr: 10.0.0.11, macaddr: \"52:54:00:00:00:11\" }\n";

/// Renders with a stream file of some content and expects a refusal that says why.
#[track_caller]
fn stream(contents: &str, words: &[&str]) {
    let sandbox = Sandbox::new().vars(VARS).file("s.json", contents);
    let ran = sandbox.args(["render", "--stream", "s.json", "-o", "out"]).run().status(3);
    let said = ran.stderr_text();
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    ran.expect_absent("out").expect_absent("okdboot.lock");
}

#[test]
fn stream_metadata_of_another_kind_is_named() {
    stream("", &["empty"]);
    stream("<!DOCTYPE html><html><body>404</body></html>", &["HTML"]);
    stream("{\"stream\": \"stable\", \"archit", &["line 1"]);
    stream("{\"baseURI\": \"https://h/\", \"buildid\": \"46.82\", \"images\": {}}", &["4.8"]);
    stream("[1, 2]", &["stream"]);
}

#[test]
fn a_stream_that_is_absent_is_a_fault_of_files() {
    let ran =
        Sandbox::new().vars(VARS).args(["render", "--stream", "./none.json", "-o", "out"]).run().status(6);
    assert!(ran.stderr_text().contains("none.json"), "{}", ran.stderr_text());
    ran.expect_absent("out");
}

#[test]
fn a_stream_over_plain_http_or_of_no_known_name_is_wrong_usage() {
    for name in ["http://h/s.json", "rhcos-4.7", "stabel"] {
        let ran = Sandbox::new().vars(VARS).args(["render", "--stream", name, "-o", "out"]).run().status(2);
        assert!(ran.stderr_text().contains(name), "{}", ran.stderr_text());
    }
}

#[test]
fn a_lock_that_is_no_lock_names_the_file_and_the_key() {
    for (text, words) in [
        ("", "okdboot.lock"),
        ("{\"format-version\": 2, \"clusters\": {}}", "format-version"),
        (
            "{\"format-version\": 1, \"clusters\": {\"ocp4\": {\"arches\": {\"x86_64\": {\"artifacts\": {\"kernel\": {}}}}}}}",
            "location",
        ),
    ] {
        let ran = Sandbox::new()
            .vars(VARS)
            .file("okdboot.lock", text)
            .args(["render", "-o", "out"])
            .run()
            .status(3);
        assert!(ran.stderr_text().contains(words), "{}", ran.stderr_text());
        ran.expect_absent("out");
    }
}

/// Renders the case again into a place and expects a refusal of files.
#[track_caller]
fn refused(ran: Ran, out: &str, words: &str) -> Ran {
    let ran = ran.again().args(["render", "-q", "-o", out]).run().status(6);
    assert!(ran.stderr_text().contains(words), "{}", ran.stderr_text());
    ran
}

#[test]
fn an_output_root_that_is_a_symlink_a_file_or_open_to_all_is_refused() {
    let ran = render("dhcp");
    symlink(ran.join("out"), ran.join("link")).unwrap();
    fs::write(ran.join("file"), "").unwrap();
    fs::create_dir(ran.join("open")).unwrap();
    fs::set_permissions(ran.join("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let ran = refused(ran, "link", "symlink");
    let ran = refused(ran, "file", "a file");
    let ran = refused(ran, "open", "everybody can write");
    assert_eq!(fs::read_dir(ran.join("open")).unwrap().count(), 0);
}

#[test]
fn a_directory_or_a_symlink_in_the_place_of_a_file_is_never_written_through() {
    let path = "out/tftpboot/pxelinux.cfg/01-52-54-00-60-72-67";
    let ran = render("dhcp");
    fs::remove_file(ran.join(path)).unwrap();
    fs::create_dir(ran.join(path)).unwrap();
    let ran = refused(ran, "out", "a folder");
    fs::remove_dir(ran.join(path)).unwrap();
    fs::write(ran.join("victim"), "precious").unwrap();
    symlink(ran.join("victim"), ran.join(path)).unwrap();
    let ran = refused(ran, "out", "a symlink");
    let ran = ran.again().args(["render", "-q", "-o", "out", "--force"]).run().status(6);
    ran.expect_file("victim", "precious");
}

#[test]
fn a_place_that_cannot_be_written_is_a_fault_of_files() {
    let ran = refused(render("dhcp"), "/proc/okdboot-out", "/proc/okdboot-out");
    assert!(!Path::new("/proc/okdboot-out").exists());
    drop(ran);
}

#[test]
fn a_second_writer_is_told_who_the_first_one_is() {
    let ran = render("dhcp");
    let file = fs::File::open(ran.join("out/.okdboot/lock")).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    let ran = refused(ran, "out", "locked by another run (pid ");
    // Whoever only looks takes no lock.
    ran.again().args(["render", "-q", "-o", "out", "--check"]).run().status(0);
}

#[test]
fn a_manifest_that_leads_out_of_the_tree_is_refused() {
    let ran = render("dhcp");
    let path = ran.join("out/.okdboot/manifest/ocp4.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\"commands/ocp4.txt\"", "\"../../victim\"", 1)).unwrap();
    let ran = ran.again().args(["render", "-q", "-o", "out"]).run().status(3);
    assert!(ran.stderr_text().contains("../../victim"), "{}", ran.stderr_text());
}

#[test]
fn an_unreadable_ignition_file_is_a_fault_of_files() {
    if rustix::process::getuid().is_root() {
        // Nothing is unreadable to root.
        return;
    }
    let ran = render("dhcp");
    fs::set_permissions(ran.join("ignition/master.ign"), fs::Permissions::from_mode(0o000)).unwrap();
    ran.again().args(["render", "--ignition", "ignition", "-q", "-o", "out"]).run().status(6);
}
