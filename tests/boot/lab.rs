//! A cluster, rendered by the program and served as it stands.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;

use okdboot::model::artifact::ArtifactKind;
use okdboot::plan::Plan;
use tempfile::TempDir;

use crate::cluster::{self, Kind, Machine};
use crate::planned;
use crate::server::Server;
use crate::tool;

/// What a guest is made of, before anything is rendered.
#[derive(Debug)]
pub struct Setup {
    nodes: Vec<(&'static str, String)>,
    settings: Vec<String>,
    kind: Kind,
    files: Vec<(&'static str, &'static str)>,
    listen: IpAddr,
    seen_as: Ipv4Addr,
}

/// QEMU's user network shows the host's loopback at this address.
const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

impl Setup {
    /// The cluster as it is, on QEMU's user network.
    pub fn new() -> Self {
        Self {
            nodes: Vec::new(),
            settings: Vec::new(),
            kind: Kind::Cluster,
            files: Vec::new(),
            listen: Ipv4Addr::LOCALHOST.into(),
            seen_as: GATEWAY,
        }
    }

    /// A machine that is of no cluster, on the same network.
    pub fn live() -> Self {
        Self { kind: Kind::Live, ..Self::new() }
    }

    /// Adds a file to those of Ignition.
    pub fn file(mut self, name: &'static str, text: &'static str) -> Self {
        self.files.push((name, text));
        self
    }

    /// Adds a line to `okdboot:`, in which `{url}` stands for what machines fetch from.
    pub fn set(mut self, line: impl Into<String>) -> Self {
        self.settings.push(line.into());
        self
    }

    /// Adds a key to a node that stands on one line of vars.yaml.
    pub fn set_on(mut self, node: Machine, key: impl Into<String>) -> Self {
        self.nodes.push((node.name, key.into()));
        self
    }

    /// Serves on an address of this machine that guests reach as it is.
    pub fn on(self, address: Ipv4Addr) -> Self {
        Self { listen: address.into(), seen_as: address, ..self }
    }

    /// Serves by the test's own server, and renders.
    pub fn serve(self) -> Lab {
        let dir = folder();
        let server = Server::start(self.listen, &dir.path().join("out"));
        let port = server.port();
        self.render(dir, port, Some(server))
    }

    /// Renders for a server that somebody else starts on a port.
    pub fn served_at(self, port: u16) -> Lab {
        self.render(folder(), port, None)
    }

    fn render(self, dir: TempDir, port: u16, server: Option<Server>) -> Lab {
        let url = format!("http://{}:{port}", self.seen_as);
        let own = self.settings.iter().map(|line| line.replace("{url}", &url));
        let settings: Vec<String> = [format!("url: {url}")].into_iter().chain(own).collect();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).expect("it is writable");
        write("vars.yaml", &cluster::vars(self.kind, &settings, &self.nodes));
        write("okdboot.lock", &cluster::lock());
        for role in ["bootstrap", "master", "worker"] {
            fs::create_dir_all(dir.path().join("ignition")).expect("it is writable");
            write(&format!("ignition/{role}.ign"), &ignition(role));
        }
        for (name, text) in self.files {
            write(&format!("ignition/{name}"), text);
        }
        okdboot(dir.path(), &["render"]);
        Lab { plan: planned::read(dir.path()), url, server, dir }
    }
}

fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("the folder for tests is writable")
}

/// An Ignition file that a byte-wise comparison notices every change of: blanks, order, no last newline.
fn ignition(role: &str) -> String {
    format!(
        "{{\"storage\": {{\"files\":[]}},\n  \"ignition\":{{\"version\": \"3.2.0\"}},  \"passwd\": \
         {{\"users\":[{{\"name\":\"{role}\"}}]}}}}"
    )
}

/// Runs the program with the cluster's files.
pub fn okdboot(dir: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .args(["-f", "vars.yaml", "-o", "out"])
        .args(args)
        .args(["--ignition", "ignition"])
        .env("PATH", tool::search_path())
        .current_dir(dir)
        .output()
        .expect("the program runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "okdboot {args:?}: {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).expect("stdout is text")
}

/// A rendered and served cluster. It goes away with its folder.
#[derive(Debug)]
pub struct Lab {
    dir: TempDir,
    plan: Plan,
    url: String,
    server: Option<Server>,
}

impl Lab {
    /// Returns the folder of vars.yaml.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Returns what machines fetch from.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns a path below the output root.
    pub fn out(&self, path: &str) -> PathBuf {
        self.dir.path().join("out").join(path)
    }

    /// Returns a path below the TFTP root.
    pub fn tftp(&self, path: &str) -> PathBuf {
        self.out("tftpboot").join(path)
    }

    /// Returns the requests that the test's own server had.
    pub fn requests(&self) -> Vec<String> {
        self.server.as_ref().map(Server::log).unwrap_or_default()
    }

    /// Returns the words that the plan has for a machine.
    pub fn line(&self, machine: Machine) -> Vec<String> {
        let node = self.plan.nodes.iter().find(|node| node.name.as_str() == machine.name);
        let line = node.and_then(|node| node.line.as_ref()).expect("the node boots from the network");
        line.args().iter().map(ToString::to_string).collect()
    }

    /// Returns the file name of an artifact of the architecture that the cluster has.
    pub fn artifact(&self, kind: ArtifactKind) -> &str {
        let artifact = self.plan.artifacts.iter().find(|artifact| artifact.kind == kind);
        artifact.expect("the plan needs it").name.as_str()
    }

    /// Puts bytes wherever the plan says that an artifact has to be.
    pub fn place(&self, kind: ArtifactKind, bytes: &[u8]) {
        for artifact in self.plan.artifacts.iter().filter(|artifact| artifact.kind == kind) {
            for path in &artifact.paths {
                let path = self.out(path.as_str());
                fs::create_dir_all(path.parent().expect("it is below the root")).expect("it is writable");
                fs::write(path, bytes).expect("it is writable");
            }
        }
    }
}
