//! A whole boot on loopback: a rendered tree with artifacts, a web server and a TFTP server that serve
//! it, and one thing that may be wrong with either.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::Digest as _;

use crate::sandbox::{Ran, Sandbox};
use crate::server::{Answer, Request, Server};
use crate::tftpd::{Reply, Tftpd};

/// The cluster: as few nodes as show who is meant.
pub(crate) const VARS: &str = r#"disk: vda
helper: { name: helper, ipaddr: 192.168.9.2 }
dns: { domain: example.com, clusterid: lab }
bootstrap: { name: boot, ipaddr: 192.168.9.20, macaddr: "52:54:00:09:00:20" }
masters:
  - { name: m0, ipaddr: 192.168.9.21, macaddr: "52:54:00:09:00:21" }
workers:
  - { name: w0, ipaddr: 192.168.9.31, macaddr: "52:54:00:09:00:31" }
  - { name: w1, ipaddr: 192.168.9.32, macaddr: "52:54:00:09:00:32" }
"#;

/// The MAC address of `w0` as loaders write it.
pub(crate) const W0: &str = "52-54-00-09-00-31";

/// A request over http, and what is answered instead of the file.
pub(crate) type Wrong = fn(&Request, &Path) -> Option<Answer>;
/// The same over TFTP.
pub(crate) type WrongTftp = fn(&str, &Path) -> Option<Reply>;

/// A rendered tree and its servers.
pub(crate) struct Stage {
    ran: Option<Ran>,
    pub(crate) web: Server,
    pub(crate) tftp: Tftpd,
}

/// Returns the bytes of an artifact: long enough for two samples and what lies between. The initramfs
/// accepts the rootfs.
pub(crate) fn artifact(kind: &str) -> Vec<u8> {
    let mut bytes = match kind {
        "initramfs" => crate::initramfs::accepting(&artifact("rootfs")),
        kind => kind.bytes().cycle().take(200_000).collect(),
    };
    bytes.resize(200_000, 0);
    bytes
}

impl Stage {
    /// Renders with further settings, and serves the tree but for what is wrong.
    pub(crate) fn new(settings: &str, wrong: Wrong, wrong_tftp: WrongTftp) -> Self {
        Self::with(0, settings, wrong, wrong_tftp)
    }

    /// The same with more workers.
    pub(crate) fn with(workers: usize, settings: &str, wrong: Wrong, wrong_tftp: WrongTftp) -> Self {
        let more: String = (0..workers)
            .map(|at| {
                let address = at + 40;
                format!("  - {{ name: more{at}, ipaddr: 192.168.9.{address}, macaddr: \"52:54:00:0a:00:{at:02x}\" }}\n")
            })
            .collect();
        let sandbox = Sandbox::new();
        let out = sandbox.path().join("out");
        let (its_out, root) = (out.clone(), out);
        let web = Server::start(move |_, request| {
            wrong(request, &its_out).unwrap_or_else(|| serve(&its_out, request))
        });
        let tftp = Tftpd::start(move |name| wrong_tftp(name, &root).unwrap_or_else(|| served(&root, name)));
        let own = if settings.contains("  url: http") {
            String::new()
        } else {
            format!("  url: {}\n", web.url(""))
        };
        let settings = format!("okdboot:\n{own}{settings}");
        let mut sandbox = sandbox.vars(format!("{VARS}{more}{settings}")).file("okdboot.lock", lock());
        let installer = crate::installer::Installer {
            base: "lab.example.com".into(),
            ..crate::installer::Installer::new()
        };
        sandbox = sandbox.file("ignition/bootstrap.ign", installer.bootstrap());
        for role in ["master", "worker"] {
            sandbox = sandbox.file(&format!("ignition/{role}.ign"), installer.pointer(role));
        }
        let ran = sandbox.args(["render", "--ignition", "ignition", "-o", "out", "-q"]).run().status(0);
        for kind in ["kernel", "initramfs", "rootfs"] {
            fs::write(ran.join(&format!("out/matchbox/assets/{}", name(kind))), artifact(kind)).unwrap();
            if kind != "rootfs" && ran.join("out/tftpboot").exists() {
                fs::write(ran.join(&format!("out/tftpboot/{}", name(kind))), artifact(kind)).unwrap();
            }
        }
        Self { ran: Some(ran), web, tftp }
    }

    /// Serves everything as it is.
    pub(crate) fn right(settings: &str) -> Self {
        Self::new(settings, |_, _| None, |_, _| None)
    }

    /// Returns its folder, for another run of okdboot; the tree may not be looked at any more.
    pub(crate) fn again(&mut self) -> Sandbox {
        self.ran.take().unwrap().again()
    }

    /// Returns the rendered tree.
    pub(crate) fn out(&self) -> PathBuf {
        self.ran.as_ref().unwrap().join("out")
    }

    /// Runs `okdboot verify --live` with further arguments.
    pub(crate) fn verify(&mut self, args: &[&str]) -> Ran {
        let tftp = self.tftp.address().to_string();
        self.verify_at(&tftp, args)
    }

    /// The same with another TFTP server.
    pub(crate) fn verify_at(&mut self, tftp: &str, args: &[&str]) -> Ran {
        let base = ["verify", "--live", "--ignition", "ignition", "-o", "out", "--tftp", tftp];
        let words = base.iter().chain(args).map(|word| (*word).to_owned()).collect::<Vec<_>>();
        self.ran.take().unwrap().again().args(words).run()
    }
}

/// The name of an artifact.
pub(crate) fn name(kind: &str) -> String {
    match kind {
        "kernel" => "scos-1-live-kernel.x86_64".to_owned(),
        kind => format!("scos-1-live-{kind}.x86_64.img"),
    }
}

fn lock() -> String {
    let text = crate::read("testdata/render/dhcp/okdboot.lock");
    let mut lock: Value = serde_json::from_str(&text).unwrap();
    let mut cluster = lock["clusters"]["ocp4"].clone();
    for kind in ["kernel", "initramfs", "rootfs"] {
        let artifact_entry = &mut cluster["arches"]["x86_64"]["artifacts"][kind];
        artifact_entry["location"] = format!("https://example.com/{}", name(kind)).into();
        let digest = sha2::Sha256::digest(artifact(kind));
        artifact_entry["sha256"] = digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
    }
    // The same bytes for whoever is of another architecture.
    cluster["arches"]["s390x"] = cluster["arches"]["x86_64"].clone();
    lock["clusters"] = serde_json::json!({"lab": cluster});
    lock.to_string()
}

/// A web server as people set one up, with matchbox behind it: assets, scripts for iPXE, ranges, HEAD.
pub(crate) fn serve(out: &Path, request: &Request) -> Answer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mac = query.split('&').find_map(|pair| pair.strip_prefix("mac=")).unwrap_or("none");
    let file = match path.strip_prefix("/ipxe/") {
        _ if path == "/boot.ipxe" => return Answer::ok(BOOT),
        _ if path == "/ipxe" => return script(out, mac),
        _ if path == "/ignition" => out.join(format!("matchbox/ignition/lab-{}.ign", role(mac))),
        Some(name) => out.join("http/ipxe").join(name),
        None => out.join("matchbox").join(path.trim_start_matches('/')),
    };
    match fs::read(file) {
        Ok(bytes) => ranged(request, &bytes),
        Err(_) => Answer::new(404, "no such page"),
    }
}

/// matchbox's first script, as matchbox 0.11 has it.
const BOOT: &str = "#!ipxe\nchain ipxe?uuid=${uuid}&mac=${mac:hexhyp}&domain=${domain}&hostname=${hostname}&serial=${serial}\n";

fn role(mac: &str) -> &'static str {
    match mac {
        "52-54-00-09-00-20" => "bootstrap",
        "52-54-00-09-00-21" => "master",
        _ => "worker",
    }
}

/// What matchbox prints for a machine: the static script without its comment.
fn script(out: &Path, mac: &str) -> Answer {
    match fs::read_to_string(out.join(format!("http/ipxe/{mac}.ipxe"))) {
        // A profile without a kernel has no script.
        Ok(text) if !text.contains("\nkernel ") => Answer::new(404, "no boot"),
        Ok(text) => Answer::ok(
            text.lines()
                .filter(|line| !line.starts_with("# "))
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        ),
        Err(_) => Answer::new(404, "no such profile"),
    }
}

/// Answers a range of bytes as RFC 9110 has it.
pub(crate) fn ranged(request: &Request, bytes: &[u8]) -> Answer {
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else { return Answer::ok(bytes) };
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    if first >= bytes.len() {
        return Answer::new(416, "").header("Content-Range", &format!("bytes */{}", bytes.len()));
    }
    let last = last.min(bytes.len() - 1);
    Answer::new(206, &bytes[first..=last])
        .header("Content-Range", &format!("bytes {first}-{last}/{}", bytes.len()))
}

fn served(out: &Path, name: &str) -> Reply {
    match fs::read(out.join("tftpboot").join(name.trim_start_matches('/'))) {
        Ok(bytes) => Reply::File(bytes),
        Err(_) => Reply::Error(1, "file not found"),
    }
}
