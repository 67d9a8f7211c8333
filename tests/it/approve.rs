//! The lines that approve the certificates of new workers, run by a shell against an `oc` that answers as
//! the real one does: those of this cluster's nodes are approved, and nothing else.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use rcgen::{CertificateParams, DnType, KeyPair};

use crate::golden::render;
use crate::tool::{succeed, tool};

const BOOTSTRAPPER: &str = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper";
const CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING: &str = "kubernetes.io/kubelet-serving";

/// A request as kubelets make it.
fn request(name: &str) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, "system:nodes");
    params.distinguished_name.push(DnType::CommonName, format!("system:node:{name}"));
    params.serialize_request(&KeyPair::generate().unwrap()).unwrap().pem().unwrap()
}

/// Lays out an `oc`: what is pending, and each request in base64.
fn fake_oc(folder: &Path, requests: &[(&str, &str, &str, &str)]) {
    let mut pending = String::new();
    for (csr, signer, user, name) in requests {
        writeln!(pending, "{csr} {signer} {user}").unwrap();
        fs::write(folder.join(csr), crate::installer::base64(request(name).as_bytes())).unwrap();
    }
    fs::write(folder.join("pending"), pending).unwrap();
    let text = "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 1\ncase \"$1 $2 $3\" in\n\
                'get csr -o') cat pending ;;\n'get csr '*) cat \"$3\" ;;\n\
                'adm certificate approve') echo \"$4\" >> approved ;;\n*) exit 1 ;;\nesac\n";
    fs::write(folder.join("oc"), text).unwrap();
    fs::set_permissions(folder.join("oc"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_requests_of_this_clusters_workers_are_approved_and_no_others() {
    let (Some(shell), Some(_)) = (tool("sh"), tool("openssl")) else { return };
    let ran = render("dhcp");
    let names = fs::read_to_string(ran.join("out/commands/ocp4.txt")).unwrap();
    let (_, lines) = names.split_once("# Workers that join a running cluster").unwrap();
    let script = format!("#{lines}");
    let worker = lines.lines().find_map(|line| line.strip_prefix("as_client ")).unwrap();
    let worker = worker.split(';').next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let own = format!("system:node:{worker}");
    fake_oc(
        folder.path(),
        &[
            ("client", CLIENT, BOOTSTRAPPER, worker),
            ("serving", SERVING, &own, worker),
            ("stranger", CLIENT, BOOTSTRAPPER, "stranger.example.com"),
            ("longer", CLIENT, BOOTSTRAPPER, &format!("{worker}.evil.example")),
            ("by-a-user", CLIENT, "system:admin", worker),
            ("of-another", SERVING, "system:node:stranger.example.com", worker),
            ("in-its-name", SERVING, &own, "stranger.example.com"),
        ],
    );
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    succeed(Command::new(shell).arg("-c").arg(format!("{script}\ntrue")).env("PATH", path), "the lines");
    assert_eq!(fs::read_to_string(folder.path().join("approved")).unwrap(), "client\nserving\n");
}
