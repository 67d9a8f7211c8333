//! Signatures of artifacts: checked beside the digest, pinned, and said plainly where they prove nothing.
//! `unsigned.rs` has what a build without them says.

use std::fs;
use std::path::Path;

use okdboot::apply::download::{DownloadError, FetchOutcome, Need, Pins, Signed, Wanted};
use okdboot::model::fault::Fault;
use okdboot::model::fingerprint::Fingerprint;
use okdboot::signature::Keyring;

use crate::download::{ASSET, Room, body, wanted};
use crate::server::{Answer, Server};

fn data(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/pgp").join(name)).unwrap()
}

fn key(name: &str) -> Fingerprint {
    String::from_utf8(data(&format!("{name}.fingerprint"))).unwrap().trim().parse().unwrap()
}

/// A server that has the kernel and, beside it, one of the signatures; absent is 404.
fn server(signature: &'static str) -> Server {
    Server::start(move |_, request| match request.path.as_str() {
        "/kernel" => Answer::ok(body()),
        _ if signature.is_empty() => Answer::new(404, ""),
        _ => Answer::ok(data(signature)),
    })
}

fn signed(server: &Server) -> Wanted {
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    Wanted { signature: Some(server.url("/kernel.sig").parse().unwrap()), ..wanted }
}

fn room(keyring: &str, need: Need) -> Room {
    let mut room = Room::new();
    room.options.signatures.need = need;
    if !keyring.is_empty() {
        room.options.signatures.keyring = Keyring::parse(&data(keyring)).unwrap();
    }
    room
}

#[test]
fn a_good_signature_names_its_key_and_comes_first() {
    for (keyring, signature, name) in
        [("one.gpg", "kernel.one.sig", "one"), ("several.asc", "kernel.two.sig", "two")]
    {
        let (room, server) = (room(keyring, Need::Always), server(signature));
        let fetched = room.bring(&signed(&server)).unwrap();
        assert_eq!(fetched.signed, Signed::Good(key(name)));
        let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
        assert_eq!(paths, ["/kernel.sig", "/kernel"]);
        // The file is there now; what the lock has learnt spares the second check.
        let pinned = Wanted { signed_by: Some(key(name)), ..signed(&server) };
        let again = room.bring(&pinned).unwrap();
        assert_eq!((again.outcome, again.signed), (FetchOutcome::Present, Signed::Pinned(key(name))));
        assert_eq!(server.count(), 2);
        // Without that, the bytes that are there are checked.
        let again = room.bring(&signed(&server)).unwrap();
        assert_eq!((again.outcome, again.signed), (FetchOutcome::Present, Signed::Good(key(name))));
    }
}

#[test]
fn without_the_flag_what_cannot_be_judged_is_said_and_with_it_refused() {
    for (keyring, signature, said) in [
        ("", "kernel.one.sig", ""),
        ("several.asc", "kernel.one.sig", "not in the keyring"),
        ("one.gpg", "kernel.unknown.sig", "not in the keyring"),
        ("one.gpg", "kernel.sha1.sig", "broken or unknown"),
        ("one.gpg", "make", "cannot be used"),
        ("one.gpg", "", "404"),
    ] {
        let server = server(signature);
        let fetched = room(keyring, Need::IfPossible).bring(&signed(&server)).unwrap();
        match &fetched.signed {
            Signed::Unchecked => assert_eq!(keyring, ""),
            Signed::Unjudged(why) => assert!(why.contains(said), "{why}"),
            other => panic!("{other:?}"),
        }
        let room = room(keyring, Need::Always);
        let error = room.bring(&signed(&server)).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert!(!room.path(ASSET).exists() && room.temp_files().is_empty());
        assert!(server.requests().iter().filter(|request| request.path == "/kernel").count() == 1);
    }
    let (room, server) = (room("one.gpg", Need::Always), server("kernel.one.sig"));
    let error = room.refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Digest);
    assert!(matches!(error, DownloadError::Unsigned { .. }), "{error}");
}

#[test]
fn a_signature_of_other_bytes_is_always_refused() {
    // The digest is that of the bytes that come; only the signature tells that they are not Fedora's.
    let server = Server::start(|_, request| match request.path.as_str() {
        "/kernel" => Answer::ok("not what was signed"),
        _ => Answer::ok(data("kernel.one.sig")),
    });
    for need in [Need::IfPossible, Need::Always] {
        let room = room("one.gpg", need);
        let wanted = Wanted {
            signature: Some(server.url("/kernel.sig").parse().unwrap()),
            ..wanted(&server.url("/kernel"), Some(b"not what was signed"))
        };
        let error = room.refuses(&wanted, Fault::Digest);
        assert!(error.to_string().contains("does not fit the file"), "{error}");
    }
}

#[test]
fn another_key_than_the_locks_needs_an_update() {
    let server = server("kernel.one.sig");
    let pinned = Wanted { signed_by: Some(key("two")), ..signed(&server) };
    let mut room = room("one.gpg", Need::IfPossible);
    let error = room.refuses(&pinned, Fault::Digest);
    assert!(error.to_string().contains("--update"), "{error}");
    room.options.signatures.pins = Pins::Renewed;
    assert_eq!(room.bring(&pinned).unwrap().signed, Signed::Good(key("one")));
}

#[test]
fn a_mirror_has_the_signatures_too() {
    let server = server("kernel.one.sig");
    let mut room = room("one.gpg", Need::Always);
    room.options.mirrors = vec![server.url("").parse().unwrap()];
    let wanted = Wanted {
        signature: Some("https://images.example.com/a/kernel.sig".parse().unwrap()),
        ..wanted("https://images.example.com/a/kernel", Some(&body()))
    };
    assert_eq!(room.bring(&wanted).unwrap().signed, Signed::Good(key("one")));
}
