//! A real API server with etcd, both on loopback, ended when dropped.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::serving::free_port;
use crate::tool::tool;

/// What a start may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// What an administrator's token is.
const ADMIN: &str = "admin-of-the-test";

/// The server, and what talks to it.
pub(crate) struct ApiServer {
    etcd: Child,
    server: Child,
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
        fs::write(folder.path().join("tokens"), format!("{ADMIN},admin,1,\"system:masters\"\n")).unwrap();
        let clients = format!("http://127.0.0.1:{}", free_port());
        let (etcd, port) = (store(&etcd, folder.path(), &clients), free_port());
        let server = serve(&server, folder.path(), &clients, port);
        let api = Self { etcd, server, folder, kubectl, port };
        api.wait();
        Some(api)
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
        .args(["--authorization-mode", "RBAC", "--cert-dir", &file("certs")])
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("kube-apiserver.log")).unwrap())
        .spawn()
        .unwrap()
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        for child in [&mut self.server, &mut self.etcd] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
