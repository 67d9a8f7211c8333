//! A real API server with etcd, both on loopback, ended when dropped.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

use crate::serving::free_port;
use crate::tool::tool;

/// What a start may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// What an administrator's token is.
const ADMIN: &str = "admin-of-the-test";

/// What the token of somebody is who may nothing.
const NOBODY: &str = "nobody-of-the-test";

/// The server, and what talks to it.
pub(crate) struct ApiServer {
    etcd: Child,
    server: Child,
    program: PathBuf,
    clients: String,
    /// The certificate of an administrator, and its key.
    client: (String, String),
    http: reqwest::blocking::Client,
    folder: tempfile::TempDir,
    kubectl: PathBuf,
    port: u16,
}

impl ApiServer {
    /// Starts both; nothing where the programs are not there.
    pub(crate) fn start() -> Option<Self> {
        let (etcd, server, kubectl) = (tool("etcd")?, tool("kube-apiserver")?, tool("kubectl")?);
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        fs::write(folder.path().join("sa.key"), key.serialize_pem()).unwrap();
        fs::write(folder.path().join("sa.pub"), key.public_key_pem()).unwrap();
        let (authority, client) = certificates();
        fs::write(folder.path().join("clients.crt"), authority).unwrap();
        let tokens = format!("{ADMIN},admin,1,\"system:masters\"\n{NOBODY},nobody,2,\n");
        fs::write(folder.path().join("tokens"), tokens).unwrap();
        let clients = format!("http://127.0.0.1:{}", free_port());
        let (etcd, port) = (store(&etcd, folder.path(), &clients), free_port());
        let program = server;
        let server = serve(&program, folder.path(), &clients, port);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http =
            reqwest::blocking::Client::builder().tls_danger_accept_invalid_certs(true).build().unwrap();
        let api = Self { etcd, server, program, clients, client, http, folder, kubectl, port };
        api.wait();
        // Requests are made by whoever the test speaks for.
        let role =
            ["create", "clusterrole", "asks", "--verb=create", "--resource=certificatesigningrequests"];
        api.done(&role);
        api.done(&[
            "create",
            "clusterrolebinding",
            "asks",
            "--clusterrole=asks",
            "--group=system:authenticated",
        ]);
        Some(api)
    }

    /// Ends the server, and starts it again at the same port.
    pub(crate) fn restart(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        self.server = serve(&self.program, self.folder.path(), &self.clients, self.port);
        self.wait();
    }

    /// The certificate that the server made for itself, with its authority, in base64.
    pub(crate) fn authority(&self) -> String {
        BASE64_STANDARD.encode(fs::read(self.folder.path().join("certs/apiserver.crt")).unwrap())
    }

    /// A kubeconfig of the administrator, or of somebody who may nothing.
    pub(crate) fn kubeconfig(&self, is_admin: bool) -> String {
        self.kubeconfig_of(&json!({"token": if is_admin { ADMIN } else { NOBODY }}))
    }

    /// The same of whoever logs in otherwise: with a certificate, and by a program.
    pub(crate) fn other_kubeconfigs(&self) -> [String; 2] {
        let (certificate, key) =
            (BASE64_STANDARD.encode(&self.client.0), BASE64_STANDARD.encode(&self.client.1));
        let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": {"token": ADMIN}});
        let program = json!({"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
            "command": "/bin/echo", "args": [credential.to_string()]});
        [json!({"client-certificate-data": certificate, "client-key-data": key}), json!({"exec": program})]
            .map(|user| self.kubeconfig_of(&user))
    }

    fn kubeconfig_of(&self, user: &Value) -> String {
        let server = format!("https://127.0.0.1:{}", self.port);
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority-data": self.authority()}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        })
        .to_string()
    }

    /// Makes an object as somebody else.
    #[track_caller]
    pub(crate) fn create_as(&self, user: &str, groups: &[String], path: &str, object: &Value) {
        let url = format!("https://127.0.0.1:{}{path}", self.port);
        let mut request = self.http.post(url).bearer_auth(ADMIN).header("Impersonate-User", user);
        for group in groups {
            request = request.header("Impersonate-Group", group);
        }
        let request = request.header("Content-Type", "application/json").body(object.to_string());
        let answer = request.send().unwrap();
        assert_eq!(answer.status().as_u16(), 201, "{}", answer.text().unwrap());
    }

    fn wait(&self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let is_open = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
            if is_open && self.run(&["get", "--raw", "/readyz"]).status.success() {
                // Namespaces and their kin come a moment later.
                if self.run(&["get", "namespace", "default"]).status.success() {
                    return;
                }
            }
            let log =
                || fs::read_to_string(self.folder.path().join("kube-apiserver.log")).unwrap_or_default();
            assert!(Instant::now() < until, "the API server does not answer: {}", log());
            sleep(Duration::from_millis(200));
        }
    }

    /// Runs kubectl as an administrator.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        Command::new(&self.kubectl)
            .args(["--server", &format!("https://127.0.0.1:{}", self.port), "--insecure-skip-tls-verify"])
            .args(["--token", ADMIN])
            .args(args)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs kubectl, and returns what it said; it has to succeed.
    #[track_caller]
    pub(crate) fn done(&self, args: &[&str]) -> String {
        let done = self.run(args);
        let said =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{args:?}: {said}");
        said
    }
}

fn store(program: &Path, folder: &Path, clients: &str) -> Child {
    let peers = format!("http://127.0.0.1:{}", free_port());
    let data = folder.join("etcd").display().to_string();
    Command::new(program)
        .args(["--data-dir", &data, "--unsafe-no-fsync"])
        .args(["--listen-client-urls", clients, "--advertise-client-urls", clients])
        .args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers])
        .args(["--initial-cluster", &format!("default={peers}")])
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("etcd.log")).unwrap())
        .spawn()
        .unwrap()
}

fn serve(program: &Path, folder: &Path, clients: &str, port: u16) -> Child {
    let file = |name: &str| folder.join(name).display().to_string();
    Command::new(program)
        .args(["--etcd-servers", clients, "--bind-address", "127.0.0.1", "--secure-port", &port.to_string()])
        .args(["--advertise-address", "127.0.0.1", "--service-cluster-ip-range", "10.99.0.0/16"])
        .args(["--service-account-issuer", "https://test", "--service-account-key-file", &file("sa.pub")])
        .args(["--service-account-signing-key-file", &file("sa.key"), "--token-auth-file", &file("tokens")])
        .args(["--client-ca-file", &file("clients.crt")])
        .args(["--authorization-mode", "RBAC", "--cert-dir", &file("certs")])
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("kube-apiserver.log")).unwrap())
        .spawn()
        .unwrap()
}

/// An authority, and a certificate of it for an administrator with its key.
fn certificates() -> (String, (String, String)) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let mut own = CertificateParams::default();
    own.distinguished_name.push(DnType::CommonName, "admin");
    own.distinguished_name.push(DnType::OrganizationName, "system:masters");
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let own_key = KeyPair::generate().unwrap();
    let own = own.signed_by(&own_key, &Issuer::new(params, key)).unwrap().pem();
    (authority, (own, own_key.serialize_pem()))
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        for child in [&mut self.server, &mut self.etcd] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
