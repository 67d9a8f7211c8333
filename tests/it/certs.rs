//! `okdboot certs`: what is made, what is kept, and real matchbox with it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};
use crate::tool::{Matchbox, tool};

const SAN: &str = "DNS:localhost,IP:127.0.0.1";
const FILES: [&str; 6] = ["ca.crt", "ca.key", "server.crt", "server.key", "client.crt", "client.key"];

fn certs(ran: Ran, more: &[&str]) -> Ran {
    ran.again().args(["certs", "--san", SAN]).args(more).run()
}

fn first() -> Ran {
    Sandbox::new().args(["certs", "--san", SAN]).run().status(0).stdout("")
}

fn texts(ran: &Ran, folder: &str) -> Vec<String> {
    FILES.iter().map(|name| fs::read_to_string(ran.join(&format!("{folder}/{name}"))).unwrap()).collect()
}

#[test]
fn keys_are_for_their_owner_and_what_is_good_is_kept() {
    let ran = first();
    assert!(
        ran.stderr_text().contains("made okdboot-certs/server.crt for DNS:localhost, IP:127.0.0.1, until ")
    );
    for name in FILES {
        let mode =
            fs::metadata(ran.join(&format!("okdboot-certs/{name}"))).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if name.ends_with("key") { 0o600 } else { 0o644 }, "{name}");
    }
    let before = texts(&ran, "okdboot-certs");
    let ran = certs(ran, &[]).status(0);
    assert_eq!(texts(&ran, "okdboot-certs"), before);
    assert_eq!(ran.stderr_text().matches("kept okdboot-certs/").count(), 3, "{}", ran.stderr_text());
    // Renewal, and other names, keep the authority.
    let ran = certs(ran, &["--renew"]).status(0);
    let renewed = texts(&ran, "okdboot-certs");
    assert_eq!(renewed[..2], before[..2]);
    assert!(renewed[2..].iter().zip(&before[2..]).all(|(new, old)| new != old));
    let ran = ran.again().args(["certs", "--san", "IP:192.0.2.1"]).run().status(0);
    let named = texts(&ran, "okdboot-certs");
    assert!(named[2] != renewed[2] && named[4] == renewed[4], "the client has no names");
}

#[test]
fn what_does_not_fit_together_is_made_anew_and_a_lost_authority_is_said() {
    let ran = first();
    let before = texts(&ran, "okdboot-certs");
    // Whoever died between key and certificate left a pair that does not fit.
    fs::copy(ran.join("okdboot-certs/client.key"), ran.join("okdboot-certs/server.key")).unwrap();
    let ran = certs(ran, &[]).status(0);
    assert!(texts(&ran, "okdboot-certs")[2] != before[2]);
    fs::remove_file(ran.join("okdboot-certs/ca.key")).unwrap();
    let ran = certs(ran, &[]).status(6);
    assert!(ran.stderr_text().contains("bring the key back"), "{}", ran.stderr_text());
    // A certificate of another authority of the same name is not kept.
    fs::remove_file(ran.join("okdboot-certs/ca.crt")).unwrap();
    let ran = certs(ran, &[]).status(0);
    assert_eq!(ran.stderr_text().matches("made okdboot-certs/").count(), 3, "{}", ran.stderr_text());
    fs::copy(ran.join("okdboot-certs/client.key"), ran.join("okdboot-certs/ca.key")).unwrap();
    let ran = certs(ran, &[]).status(3);
    assert!(ran.stderr_text().contains("the key is not that of the certificate"), "{}", ran.stderr_text());
    assert!(!ran.stderr_text().contains("PRIVATE"), "{}", ran.stderr_text());
}

#[test]
fn names_are_needed_and_judged() {
    for (args, word) in [
        (&["certs"][..], "--san"),
        (&["certs", "--san", "matchbox"], "write DNS:matchbox.example.com or IP:192.168.7.77"),
        (&["certs", "--san", "IP:10.0.0.1", "--days", "0"], "0 is not in 1..=3650"),
    ] {
        let ran = Sandbox::new().args(args).run().status(2);
        assert!(ran.stderr_text().contains(word), "{}", ran.stderr_text());
    }
}

#[test]
fn a_certificate_that_ends_soon_is_warned_of() {
    let ran = render("dhcp").again().args(["certs", "--san", SAN, "--days", "12"]).run().status(0);
    let said = ran.again().args(["verify", "-o", "out"]).run().stderr_text();
    assert_eq!(said.matches("warning[P049]").count(), 2, "{said}");
    assert!(
        said.contains("`okdboot-certs/server.crt` ends in 11 d") || said.contains("ends in 12 d"),
        "{said}"
    );
}

fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// matchbox takes the files as they are; a client with its certificate is let in, and no other.
#[test]
fn matchbox_lets_in_who_has_a_certificate() {
    let (Some(matchbox), Some(curl)) = (tool("matchbox"), tool("curl")) else { return };
    let ran = first();
    let stranger = Sandbox::new().args(["certs", "--san", SAN]).run().status(0);
    let (http, rpc) = (free(), free());
    let certs = ran.join("okdboot-certs");
    let data = tempfile::tempdir().unwrap();
    let _server = Matchbox::serve_rpc(&matchbox, data.path(), (&http, &rpc), &certs);
    let ask = |own: &Path, ca: &Path, host: &str| {
        let port = rpc.rsplit_once(':').unwrap().1;
        let done = Command::new(&curl)
            .args(["--silent", "--show-error", "--http2", "--max-time", "20", "--output", "/dev/null"])
            .args(["--write-out", "%{http_code}", "--cacert"])
            .arg(ca.join("ca.crt"))
            .arg("--cert")
            .arg(own.join("client.crt"))
            .arg("--key")
            .arg(own.join("client.key"))
            .arg(format!("https://{host}:{port}/"))
            .output()
            .unwrap();
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let other = stranger.join("okdboot-certs");
    // gRPC answers a request that is none of its own with an HTTP status: the handshake was well.
    for host in ["localhost", "127.0.0.1"] {
        let (is_well, code) = ask(&certs, &certs, host);
        assert!(is_well && code != "000", "{host}: {code}");
    }
    assert!(!ask(&other, &certs, "localhost").0, "a client of another authority");
    assert!(!ask(&certs, &other, "localhost").0, "a server of another authority");
}
