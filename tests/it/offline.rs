//! The lock is enough: no command but `fetch` asks a server, or for `--stream` again.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;

use crate::read;
use crate::sandbox::{Ran, Sandbox};

/// A place where a server would be asked.
struct Silence(TcpListener);

impl Silence {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("https://{}/stream.json", self.0.local_addr().unwrap())
    }

    #[track_caller]
    fn assert_unasked(&self, by: &str) {
        let found = self.0.accept().map(|_| ()).map_err(|error| error.kind());
        assert_eq!(found, Err(ErrorKind::WouldBlock), "{by} asked a server");
    }
}

/// An inventory that names a stream on a server, locked from a file that is given in its place.
fn locked(silence: &Silence) -> Ran {
    let vars = read("testdata/render/dhcp/vars.yaml");
    let vars = vars.replace("okdboot:\n", &format!("okdboot:\n  stream: {}\n", silence.url()));
    let ran = Sandbox::new()
        .vars(vars)
        .file("stream.json", read("testdata/streams/two-arches.json"))
        .args(["render", "-q", "--stream", "stream.json"])
        .run();
    ran.status(0)
}

/// Returns a lock that was made from a file in the place of a stream.
pub(crate) fn stands_for() -> serde_json::Value {
    let ran = locked(&Silence::new());
    serde_json::from_slice(&fs::read(ran.join("okdboot.lock")).unwrap()).unwrap()
}

fn then(ran: Ran, args: &[&str]) -> Ran {
    ran.again().args(args).run()
}

#[test]
fn a_lock_that_was_made_from_a_file_answers_for_the_stream_of_vars_yaml() {
    let silence = Silence::new();
    let mut ran = locked(&silence);
    let lock = fs::read_to_string(ran.join("okdboot.lock")).unwrap();
    assert!(lock.contains(&format!("\"stands-for\": \"{}\"", silence.url())), "{lock}");
    for other in [Some(read("testdata/streams/two-arches-newer.json")), None] {
        match other {
            Some(text) => fs::write(ran.join("stream.json"), text).unwrap(),
            None => fs::remove_file(ran.join("stream.json")).unwrap(),
        }
        for line in [
            "check",
            "render --check",
            "render",
            "disarm worker0",
            "arm worker0",
            "explain worker0",
            "commands --method kargs",
            "commands --method iso worker0",
            "status",
        ] {
            let args: Vec<&str> = line.split(' ').collect();
            ran = then(ran, &args).status(0);
            silence.assert_unasked(line);
        }
        for (line, exit) in [("verify", 1), ("bundle export b.tar", 3)] {
            let args: Vec<&str> = line.split(' ').collect();
            ran = then(ran, &args).status(exit);
            silence.assert_unasked(line);
        }
    }
    assert_eq!(fs::read_to_string(ran.join("okdboot.lock")).unwrap(), lock);
    // Who asks for an update means the stream itself.
    let ran = then(ran, &["fetch", "--update", "--dry-run"]).status(4);
    assert!(silence.0.accept().is_ok(), "{}", ran.stderr_text());
}

#[test]
fn a_lock_of_okdboot_0_1_from_a_file_answers_too_and_another_stream_does_not() {
    let silence = Silence::new();
    let ran = locked(&silence);
    let lock = fs::read_to_string(ran.join("okdboot.lock")).unwrap();
    let old: String =
        lock.lines().filter(|line| !line.contains("stands-for")).map(|line| format!("{line}\n")).collect();
    fs::write(ran.join("okdboot.lock"), old).unwrap();
    let ran = then(ran, &["render", "--check"]).status(0);
    silence.assert_unasked("render --check");
    fs::write(ran.join("okdboot.lock"), lock).unwrap();
    let vars = fs::read_to_string(ran.join("vars.yaml")).unwrap();
    fs::write(ran.join("vars.yaml"), vars.replace(&silence.url(), "okd-4.20")).unwrap();
    let ran = then(ran, &["render", "--check", "--locked"]).status(3);
    assert!(ran.stderr_text().contains("asked for is `okd-4.20`"), "{}", ran.stderr_text());
}

#[test]
fn what_is_stale_is_said_by_fetch() {
    let vars =
        read("testdata/render/dhcp/vars.yaml").replace("okdboot:\n", "okdboot:\n  stream: ./stream.json\n");
    let ran = Sandbox::new()
        .vars(vars)
        .file("stream.json", read("testdata/streams/two-arches.json"))
        .args(["render", "-q"])
        .run()
        .status(0);
    fs::write(ran.join("stream.json"), read("testdata/streams/two-arches-newer.json")).unwrap();
    let ran = then(ran, &["render", "--check"]).status(0);
    let ran = then(ran, &["fetch", "--dry-run"]).status(0);
    let said = ran.stderr_text();
    assert!(
        said.contains(
            "ocp4: the metadata in `./stream.json` is not the locked one; `okdboot fetch --update` takes it\n"
        ),
        "{said}"
    );
    let ran = then(ran, &["fetch", "--dry-run", "--update"]).status(0);
    assert!(!ran.stderr_text().contains("not the locked one"), "{}", ran.stderr_text());
}

#[test]
fn without_a_lock_nobody_asks_a_server_who_has_nothing_to_ask_for() {
    let silence = Silence::new();
    let ran = locked(&silence);
    let lock = fs::read_to_string(ran.join("okdboot.lock")).unwrap();
    fs::remove_file(ran.join("okdboot.lock")).unwrap();
    let mut ran = ran;
    for line in ["disarm worker0", "arm worker0", "explain worker0", "bundle export b.tar"] {
        let args: Vec<&str> = line.split(' ').collect();
        ran = then(ran, &args);
        assert_ne!(ran.code(), Some(0), "{line}");
        assert!(ran.stderr_text().contains("okdboot.lock"), "{line}: {}", ran.stderr_text());
        silence.assert_unasked(line);
    }
    fs::write(ran.join("okdboot.lock"), lock).unwrap();
    then(ran, &["disarm", "worker0"]).status(0);
}
