//! `okdboot assets sync` and `unpack --images s3://` against a real server of S3, versitygw.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::Digest as _;

use crate::proxy::cut_after;
use crate::sandbox::{Ran, Sandbox};
use crate::serving::free_port;
use crate::stage::{Stage, artifact, name};
use crate::tool::tool;

const KEY: &str = "the-key";
const SECRET: &str = "the-secret-of-the-test";

/// A store with the bucket `boot`, ended when dropped.
pub(crate) struct Store {
    child: Child,
    folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Store {
    pub(crate) fn start() -> Option<Self> {
        let program = tool("versitygw")?;
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        for below in ["data/boot", "sidecar"] {
            fs::create_dir_all(folder.path().join(below)).unwrap();
        }
        let path = |name: &str| folder.path().join(name).display().to_string();
        let child = Command::new(program)
            .args(["--port", &format!("127.0.0.1:{port}"), "--access", KEY, "--secret", SECRET, "--quiet"])
            .args(["posix", "--sidecar", &path("sidecar"), &path("data")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let store = Self { child, folder, port };
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "versitygw does not answer");
            sleep(Duration::from_millis(20));
        }
        Some(store)
    }

    fn object(&self, key: &str) -> PathBuf {
        self.folder.path().join("data/boot").join(key)
    }

    pub(crate) fn sandbox(sandbox: Sandbox) -> Sandbox {
        sandbox.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sync(sandbox: Sandbox, port: u16, more: &[&str]) -> Ran {
    let endpoint = format!("http://127.0.0.1:{port}");
    let base = ["assets", "sync", "s3://boot/coreos", "--endpoint", &endpoint, "-o", "out"];
    Store::sandbox(sandbox).args(base).args(more.iter().copied()).run()
}

/// Replaces the rootfs by one of several parts, in the tree and in the lock.
fn enlarge(folder: &Path, bytes: usize) -> Vec<u8> {
    let rootfs: Vec<u8> = (0..bytes).map(|at| u8::try_from(at / 7 % 251).unwrap()).collect();
    fs::write(folder.join("out/matchbox/assets").join(name("rootfs")), &rootfs).unwrap();
    let path = folder.join("okdboot.lock");
    let mut lock: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let digest: String = sha2::Sha256::digest(&rootfs).iter().map(|byte| format!("{byte:02x}")).collect();
    for cluster in lock["clusters"].as_object_mut().unwrap().values_mut() {
        for arch in cluster["arches"].as_object_mut().unwrap().values_mut() {
            arch["artifacts"]["rootfs"]["sha256"] = digest.clone().into();
        }
    }
    fs::write(path, lock.to_string()).unwrap();
    rootfs
}

#[test]
fn images_are_sent_once_and_are_what_the_lock_names() {
    let Some(store) = Store::start() else { return };
    let sandbox = Stage::right("").again();
    let rootfs = enlarge(sandbox.path(), 40 << 20);
    let ran = sync(sandbox, store.port, &["--dry-run"]).status(0);
    assert_eq!(ran.stdout_text().matches("send    ").count(), 3, "{}", ran.stdout_text());
    let ran = sync(ran.again(), store.port, &[]).status(0);
    assert_eq!(ran.stdout_text().matches("sent    ").count(), 3, "{}", ran.stdout_text());
    assert_eq!(fs::read(store.object(&format!("coreos/{}", name("rootfs")))).unwrap(), rootfs);
    assert_eq!(fs::read(store.object(&format!("coreos/{}", name("kernel")))).unwrap(), artifact("kernel"));
    // A second run sends nothing, and needs no file for it.
    fs::remove_dir_all(ran.join("out/matchbox/assets")).unwrap();
    let ran = sync(ran.again(), store.port, &[]).status(0);
    assert_eq!(ran.stdout_text().matches("present ").count(), 3, "{}", ran.stdout_text());
    // What somebody put there under the name goes, if it is not right; here there is nothing to send then.
    fs::remove_file(store.object(&format!("coreos/{}", name("kernel")))).unwrap();
    let ran = sync(ran.again(), store.port, &[]).status(6);
    let said = ran.stderr_text();
    assert!(said.contains("is not there") && said.contains("run `okdboot fetch` first"), "{said}");
    assert!(!said.contains(SECRET) && !said.contains("X-Amz"), "{said}");
}

#[test]
fn an_upload_that_broke_off_goes_on() {
    let Some(store) = Store::start() else { return };
    let sandbox = Stage::right("").again();
    let rootfs = enlarge(sandbox.path(), 60 << 20);
    // The connection ends in the third part, and nobody tries again.
    let port =
        cut_after(40 << 20, format!("127.0.0.1:{}", store.port)).rsplit(':').next().unwrap().parse().unwrap();
    let ran = sync(sandbox, port, &["--retries", "0"]).status(4);
    assert!(ran.stderr_text().contains("run it again"), "{}", ran.stderr_text());
    let ran = sync(ran.again(), store.port, &[]).status(0);
    let said = ran.stdout_text();
    let line = said.lines().find(|line| line.contains("rootfs")).unwrap();
    assert!(line.contains("(32.0 MiB were there)"), "{said}");
    assert_eq!(fs::read(store.object(&format!("coreos/{}", name("rootfs")))).unwrap(), rootfs);
}

#[test]
fn what_is_wrong_is_not_sent_and_refusals_say_why() {
    let Some(store) = Store::start() else { return };
    let sandbox = Stage::right("").again();
    enlarge(sandbox.path(), 20 << 20);
    let path = sandbox.path().join("out/matchbox/assets").join(name("rootfs"));
    let mut bytes = fs::read(&path).unwrap();
    bytes[17 << 20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let ran = sync(sandbox, store.port, &[]).status(5);
    assert!(ran.stderr_text().contains("does not have the sha256 of the lock"), "{}", ran.stderr_text());
    assert!(
        !store.object(&format!("coreos/{}", name("rootfs"))).exists(),
        "it has no name before it is whole"
    );
    let endpoint = format!("http://127.0.0.1:{}", store.port);
    let wrong = |ran: Ran, place: &str, secret: &str| {
        let sandbox = ran.again().env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", secret);
        sandbox.args(["assets", "sync", place, "--endpoint", &endpoint, "-o", "out"]).run()
    };
    let ran = wrong(ran, "s3://boot/other", "no").status(4);
    let said = ran.stderr_text();
    assert!(
        said.contains("403, SignatureDoesNotMatch") && said.contains("look at the credentials"),
        "{said}"
    );
    let ran = wrong(ran, "s3://none", SECRET).status(4);
    let said = ran.stderr_text();
    assert!(said.contains("404, NoSuchBucket") && said.contains("make the bucket first"), "{said}");
    let ran = ran.again().args(["assets", "sync", "s3://boot", "-o", "out"]).run().status(2);
    let said = ran.stderr_text();
    assert!(said.contains("nothing says who asks the store") && said.contains("AWS_ACCESS_KEY_ID"), "{said}");
    for (place, why) in [("boot", "does not begin with `s3://`"), ("s3://UP", "no name of a bucket")] {
        let ran = Sandbox::new().args(["assets", "sync", place]).run().status(2);
        assert!(ran.stderr_text().contains(why), "{}", ran.stderr_text());
    }
}

/// What `assets sync` prints.
pub(crate) fn documents() -> Vec<Value> {
    let Some(store) = Store::start() else { return Vec::new() };
    let mut ran = Stage::right("").again().args(["check", "-q"]).run();
    let mut seen = Vec::new();
    for (more, exit) in [(&["--dry-run"][..], 0), (&[], 0), (&[], 0), (&["--kind", "none"], 2)] {
        ran = sync(ran.again(), store.port, &[more, &["--format", "json"]].concat()).status(exit);
        seen.push(serde_json::from_str(&ran.stdout_text()).unwrap());
    }
    seen
}
