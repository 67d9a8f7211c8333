//! `okdboot serve` by https: Ignition files that nobody on the wire can read.

use std::fs;
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::namespace;
use crate::serving::{Got, Serving, free_port};
use crate::stage::{Stage, W0, artifact, name};

/// A rendered tree whose machines ask `https` for their Ignition files, with a certificate for a name.
fn tree(port: u16, https: &str, named: &str) -> (Stage, PathBuf) {
    let stage = Stage::right(&format!("  url: http://127.0.0.1:{port}\n  ignition_base: {https}\n"));
    let folder = certified(&stage, named);
    (stage, folder)
}

/// Puts a certificate for a name beside a tree.
fn certified(stage: &Stage, named: &str) -> PathBuf {
    let folder = stage.out().parent().unwrap().to_owned();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![named.to_owned()]).unwrap();
    fs::write(folder.join("server.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
    folder
}

const SECURE: [&str; 8] =
    ["-o", "out", "--ignition", "ignition", "--tls-cert", "server.pem", "--tls-key", "server.key"];

/// Asks by https from an address; `authority` is what is trusted.
fn get(at: SocketAddr, from: &str, path: &str, authority: Option<&str>) -> std::io::Result<Got> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = authority {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::from(at.ip());
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    let own: SocketAddr = format!("{from}:0").parse().unwrap();
    socket.bind(&own.into())?;
    socket.connect(&at.into())?;
    let mut stream = BufReader::new(StreamOwned::new(session, TcpStream::from(socket)));
    stream.get_mut().write_all(format!("GET {path} HTTP/1.0\r\nHost: h\r\n\r\n").as_bytes())?;
    Ok(Got::read(&mut stream, false))
}

/// A site of iPXE alone may be one of https: what has fetched its script so fetches the rest so.
#[test]
fn verify_takes_https_for_all_of_it_where_ipxe_is_alone() {
    let (port, secure) = (free_port(), free_port());
    let mut stage = Stage::right(&format!("  url: https://127.0.0.1:{secure}\n  loaders: [ipxe]\n"));
    let folder = certified(&stage, "127.0.0.1");
    let _serving =
        Serving::start(&folder, &[&SECURE[..], &["--http", &format!("127.0.0.1:{port}")]].concat());
    let authority = folder.join("server.pem");
    let ran = stage.verify(&["--full", "--ca-cert", authority.to_str().unwrap()]).status(0);
    let said = ran.stderr_text();
    assert!(!said.contains("[P03") && !said.contains("[P04"), "{said}");
    assert_eq!(ran.stdout_text().matches(": pass").count(), 4, "{}", ran.stdout_text());
}

#[test]
fn verify_asks_for_ignition_by_https_and_has_nothing_to_say() {
    let (port, secure) = (free_port(), free_port());
    let (mut stage, folder) = tree(port, &format!("https://127.0.0.1:{secure}"), "127.0.0.1");
    let serving = Serving::start(&folder, &[&SECURE[..], &["--http", &format!("127.0.0.1:{port}")]].concat());
    let authority = folder.join("server.pem");
    let ran = stage.verify(&["--full", "--ca-cert", authority.to_str().unwrap()]).status(0);
    assert!(!ran.stderr_text().contains("[P03"), "{}", ran.stderr_text());
    assert_eq!(ran.stdout_text().matches(": pass").count(), 4, "{}", ran.stdout_text());
    // The same tree, whole files and parts of them.
    let (at, pem) = (SocketAddr::from(([127, 0, 0, 1], secure)), fs::read_to_string(&authority).unwrap());
    let kernel = get(at, "127.0.0.1", &format!("/assets/{}", name("kernel")), Some(&pem)).unwrap();
    assert_eq!((kernel.status, kernel.body), (200, artifact("kernel")));
    assert_eq!(serving.get(&format!("/ipxe?mac={W0}")).status, 200);
    // Plain http at the port of https is no request, and hurts nobody.
    let mut plain = TcpStream::connect(at).unwrap();
    plain.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(get(at, "127.0.0.1", "/", Some(&pem)).unwrap().body, b"matchbox\n");
}

#[test]
fn a_machine_that_does_not_take_the_certificate_is_told_of() {
    let lines = ["link set lo up", "addr add 192.168.9.2/24 dev lo", "addr add 192.168.9.31/32 dev lo"];
    namespace::inside("serve_tls::a_machine_that_does_not_take_the_certificate_is_told_of", &lines, || {
        let (_stage, folder) = tree(8080, "https://192.168.9.2:8443", "192.168.9.2");
        let serving = Serving::start(&folder, &[&SECURE[..], &["--http", "192.168.9.2:8080"]].concat());
        let at = "192.168.9.2:8443".parse().unwrap();
        let worker = "/assets/ignition/lab/worker.ign";
        let pem = fs::read_to_string(folder.join("server.pem")).unwrap();
        assert_eq!(get(at, "192.168.9.31", worker, Some(&pem)).unwrap().status, 200);
        assert_eq!(
            get(at, "192.168.9.31", "/assets/ignition/lab/master.ign", Some(&pem)).unwrap().status,
            403
        );
        get(at, "192.168.9.31", worker, None).unwrap_err();
        let event = serving.says("w0 does not take the certificate of this server");
        assert_eq!(event["level"], "error", "{event}");
    });
}

/// Runs a check of `serve` in a folder.
fn check(folder: &PathBuf, more: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .arg("serve")
        .args(more)
        .args(["--check", "--force"])
        .env_clear()
        .current_dir(folder)
        .output()
        .unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_certificate_that_no_machine_takes_is_refused() {
    let (_stage, folder) = tree(8080, "https://127.0.0.1:8443", "other.example.com");
    let (code, said) = check(&folder, &SECURE);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("machines of `lab` would not take `server.pem` for `127.0.0.1`"), "{said}");
    assert!(said.contains("not valid for name"), "{said}");
    let swapped = SECURE.map(|word| match word {
        "server.pem" => "server.key",
        "server.key" => "server.pem",
        word => word,
    });
    let (code, said) = check(&folder, &swapped);
    assert!(code == Some(3) && said.contains("`server.key` does not fit for https"), "{said}");
    let absent = SECURE.map(|word| if word == "server.key" { "none.key" } else { word });
    let (code, said) = check(&folder, &absent);
    assert!(code == Some(6) && said.contains("could not read `none.key`"), "{said}");
    let (code, said) = check(&folder, &SECURE[..6]);
    assert!(code == Some(2) && said.contains("--tls-key"), "{said}");
}

#[test]
fn where_nothing_asks_for_https_the_port_has_to_be_named() {
    let (_stage, folder) = tree(8080, "http://127.0.0.1:8080", "127.0.0.1");
    let (code, said) = check(&folder, &SECURE);
    assert!(code == Some(2) && said.contains("nothing says at which port https is"), "{said}");
    assert_eq!(check(&folder, &[&SECURE[..], &["--https", "8443"]].concat()).0, Some(0));
}
