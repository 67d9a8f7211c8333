//! `okdboot up`: as far as it comes by itself, and what it says where it does not.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::fetch::{NAMES, Site, answer, text};
use crate::schema;
use crate::server::Server;
use crate::serving::Serving;

/// A site with the Ignition files of a run of openshift-install.
fn with_ignition(site: &Site) {
    fs::create_dir(site.path("install")).unwrap();
    for role in ["bootstrap", "master", "worker"] {
        let config = r#"{"ignition":{"version":"3.2.0"}}"#;
        fs::write(site.path(&format!("install/{role}.ign")), config).unwrap();
    }
}

/// What is printed when it ends, at whichever step.
pub(crate) fn documents() -> Vec<(String, Value)> {
    let (good, bad) = (Server::start(|_, request| answer(request)), "http://127.0.0.1:1");
    let ends = [(good.url(""), &["--check"][..], 0), (bad.to_owned(), &[], 4)];
    let document = |(base, args, status): (String, &[&str], i32)| {
        let site = Site::new(&base);
        with_ignition(&site);
        let mut command = site.okdboot("up");
        command.args(["--stream", "stream.json", "--ignition", "install", "--format", "json"]).args(args);
        let done = schema::run(&mut command);
        assert_eq!(done.status.code(), Some(status), "{}", text(&done.stderr));
        ("up".to_owned(), serde_json::from_slice(&done.stdout).unwrap())
    };
    ends.map(document).into()
}

#[test]
fn the_first_thing_that_a_person_has_to_do_is_said_before_anything_is_fetched() {
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    let mut up = site.okdboot("up");
    let done = schema::run(up.args(["--stream", "stream.json"]));
    let said = text(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{said}");
    assert!(said.contains("`demo` has no `bootstrap.ign`, `master.ign` and `worker.ign`"), "{said}");
    assert!(said.contains("openshift-install create ignition-configs"), "{said}");
    assert!(!site.path("out").exists() && !site.path("okdboot.lock").exists());
    // Nothing says which CoreOS is meant.
    with_ignition(&site);
    let mut up = site.okdboot("up");
    let done = schema::run(up.args(["--ignition", "install"]));
    let said = text(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{said}");
    assert!(said.contains("--stream"), "{said}");
    fs::write(site.path("vars.yaml"), "disk: [").unwrap();
    let done = schema::run(site.okdboot("up").args(["--ignition", "install"]));
    assert_eq!(done.status.code(), Some(3), "{}", text(&done.stderr));
}

#[test]
fn everything_is_done_and_served_and_done_again_in_no_time() {
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    with_ignition(&site);
    let mut up = site.okdboot("up");
    up.args(["--stream", "stream.json", "--ignition", "install", "--check"]);
    let done = schema::run(up.stderr(Stdio::piped()));
    let said = text(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{said}");
    site.assert_whole();
    let steps = ["check: ", "fetch: ", "render: ", "verify and serve", "serving 3 machines"];
    let places: Vec<_> =
        steps.iter().map(|step| said.find(step).unwrap_or_else(|| panic!("{said}"))).collect();
    assert!(places.is_sorted(), "{said}");
    // What is found by several steps is said once.
    assert_eq!(said.matches("[V212]").count(), 1, "{said}");
    // The images are there and pinned: no server is needed.
    drop(server);
    let args = ["-o", "out", "--ignition", "install", "--until", "ignition", "--timeout", "5m"];
    let mut serving = Serving::run(site.folder.path(), "up", &args);
    for (mac, role) in
        [("52-54-00-60-72-67", "bootstrap"), ("52-54-00-e7-9d-67", "master"), ("52-54-00-f4-26-a1", "worker")]
    {
        assert_eq!(serving.get(&format!("/ipxe?mac={mac}")).status, 200);
        assert_eq!(serving.get(&format!("/assets/{}", NAMES[1])).status, 200);
        assert_eq!(serving.get(&format!("/assets/ignition/demo/{role}.ign")).status, 200);
    }
    assert_eq!(serving.end().code(), Some(0));
}
