//! The program itself: exit codes, the summary, and what survives a `kill -9`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use okdboot::model::checkpoint::{Checkpoints, Walk};
use okdboot::model::digest::Sha256;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::download::{body, testdata, tls};
use crate::namespace;
use crate::server::{Answer, Ending, Request, Server};
use crate::tool::tool;
use crate::{schema, site};

pub(crate) const NAMES: [&str; 3] = ["live-initramfs.img", "live-kernel", "live-rootfs.img"];

/// A folder with vars.yaml and a stream whose files a server has.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
}

impl Site {
    pub(crate) fn new(base: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(site.path("vars.yaml"), site::VARS).unwrap();
        let file = |name: &'static str| (name, Sha256::of(&bytes(name)));
        let files = [NAMES[1], NAMES[0], NAMES[2], "live.iso"].map(file);
        let stream = site::stream(base, files);
        fs::write(site.path("stream.json"), stream.to_string()).unwrap();
        site
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_okdboot"));
        command.current_dir(self.folder.path()).env_clear().env("XDG_CACHE_HOME", self.path("cache"));
        let out: &[&str] = if args.contains(&"-o") { &[] } else { &["-o", "out"] };
        command.args(["fetch", "--stream", "stream.json"]).args(out).args(args).stdin(Stdio::null());
        command
    }

    /// Any other command, over the same folders.
    pub(crate) fn okdboot(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_okdboot"));
        command.current_dir(self.folder.path()).env_clear().env("XDG_CACHE_HOME", self.path("cache"));
        command.arg(subcommand).args(["-o", "out"]).stdin(Stdio::null());
        command
    }

    pub(crate) fn fetch(&self, args: &[&str]) -> Output {
        schema::run(&mut self.command(args))
    }

    pub(crate) fn assert_whole(&self) {
        for name in NAMES {
            let found = fs::read(self.path(&format!("out/matchbox/assets/{name}"))).unwrap();
            assert!(found == bytes(name), "{name}");
        }
        assert_eq!(self.stray(), Vec::<String>::new());
    }

    /// Asserts that what has a final name has the right bytes.
    fn assert_no_lie(&self) {
        for name in NAMES {
            if let Ok(found) = fs::read(self.path(&format!("out/matchbox/assets/{name}"))) {
                assert!(found == bytes(name), "{name}");
            }
        }
    }

    pub(crate) fn stray(&self) -> Vec<String> {
        let folders = ["out/matchbox/assets", "out/.okdboot", "cache/okdboot/sha256"];
        let entries = folders.iter().filter_map(|folder| fs::read_dir(self.path(folder)).ok()).flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".part")).collect()
    }
}

/// The contents of a file: another for each name, all of one size. The initramfs is an archive, since
/// `verify` looks into it.
pub(crate) fn bytes(name: &str) -> Vec<u8> {
    let mut bytes = body();
    bytes.extend(name.bytes());
    if !name.contains("initramfs") {
        return bytes;
    }
    let size = bytes.len();
    let member = |name: &str, data: &[u8]| {
        let sizes = [0, 0, 0, 0, 1, 0, data.len(), 0, 0, 0, 0, name.len() + 1, 0];
        let fields: String = sizes.iter().map(|it| format!("{it:08x}")).collect();
        let mut member = format!("070701{fields}{name}\0").into_bytes();
        member.resize(member.len().next_multiple_of(4), 0);
        member.extend(data);
        member.resize(member.len().next_multiple_of(4), 0);
        member
    };
    let ends = [member("a", &[]), member("TRAILER!!!", &[])].concat();
    bytes.truncate((size - ends.len()) / 4 * 4);
    let mut archive = [member("a", &bytes), member("TRAILER!!!", &[])].concat();
    archive.resize(size, 0);
    archive
}

/// An honest server with ranges.
pub(crate) fn answer(request: &Request) -> Answer {
    let all = bytes(request.path.trim_start_matches('/'));
    let from: Option<usize> =
        request.header("range").and_then(|it| it.strip_prefix("bytes=")?.split_once('-')?.0.parse().ok());
    match from.filter(|_| request.header("if-range") == Some("\"v1\"")) {
        Some(from) => Answer::new(206, &all[from..])
            .header("ETag", "\"v1\"")
            .header("Content-Range", &format!("bytes {from}-{}/{}", all.len() - 1, all.len())),
        None => Answer::ok(all).header("ETag", "\"v1\""),
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Who fetches by other means takes all of it from the plan.
#[test]
fn a_dry_run_tells_what_each_file_is() {
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    let artifacts = |site: &Site| {
        let done = site.fetch(&["--dry-run", "--format", "json"]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        let document: Value = serde_json::from_slice(&done.stdout).unwrap();
        document["artifacts"].as_array().unwrap().clone()
    };
    let kernel = |all: &[Value]| all.iter().find(|it| it["name"] == NAMES[1]).unwrap().clone();
    let due = json!({
        "name": NAMES[1],
        "architecture": "x86_64",
        "kind": "kernel",
        "release": "1.2.3",
        "sha256": Sha256::of(&bytes(NAMES[1])).to_string(),
        "standing": "fetch",
        "location": server.url(&format!("/{}", NAMES[1])),
    });
    assert_eq!(kernel(&artifacts(&site)), due);
    assert_eq!(server.count(), 0);
    assert_eq!(site.fetch(&[]).status.code(), Some(0));
    let mut due = due;
    due["standing"] = json!("present");
    due["size"] = json!(bytes(NAMES[1]).len());
    assert_eq!(kernel(&artifacts(&site)), due);
    // The size of other bytes is not that of the file.
    fs::write(site.path("out/matchbox/assets").join(NAMES[1]), "other").unwrap();
    let found = kernel(&artifacts(&site));
    assert_eq!((&found["standing"], found.get("size")), (&json!("fetch again"), None));
}

/// Two programs with one cache: each has its own output root, and every byte comes once.
#[test]
fn two_processes_on_one_file_fetch_it_once() {
    let server =
        Server::start(|_, request| answer(request).ending(Ending::Trickle(Duration::from_micros(300))));
    let site = Site::new(&server.url(""));
    let start = |out: &str| site.command(&["-o", out]).stdout(Stdio::piped()).spawn().unwrap();
    let said = [start("out"), start("other")].map(|run| {
        let done = run.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(0));
        text(&done.stdout)
    });
    assert_eq!(server.count(), NAMES.len(), "{said:?}");
    for name in NAMES {
        assert_eq!(said.iter().filter(|it| it.contains(&format!("fetched {name}"))).count(), 1, "{said:?}");
        assert!(
            fs::read(site.path(&format!("other/matchbox/assets/{name}"))).unwrap() == bytes(name),
            "{name}"
        );
    }
    site.assert_whole();

    // With one output root the second says who has it, and takes nothing away from the first.
    fs::remove_dir_all(site.path("cache")).unwrap();
    fs::remove_dir_all(site.path("out")).unwrap();
    let first = start("out");
    while !site.path("out/matchbox/assets").exists() && server.count() == NAMES.len() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = site.command(&["-o", "out"]).output().unwrap();
    assert_eq!(second.status.code(), Some(6), "{}", text(&second.stderr));
    assert!(text(&second.stderr).contains(&format!("(pid {})", first.id())), "{}", text(&second.stderr));
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(0));
    site.assert_whole();
}

/// `verify` hashes on every core what has checkpoints, so whatever way a file took, it has them.
#[test]
fn large_files_get_checkpoints_fetched_or_cached() {
    let body = vec![7; 33 << 20];
    let sha256 = Sha256::of(&body);
    let mut walk = Walk::default();
    walk.update(&body);
    let checkpoints = walk.finish().1;
    assert_eq!(checkpoints.0.len(), 1);
    let server = Server::start(move |_, _| Answer::ok(body.clone()));
    let site = Site::new(&server.url(""));
    let stream = fs::read_to_string(site.path("stream.json")).unwrap();
    let stream = NAMES
        .iter()
        .fold(stream, |text, name| text.replace(&Sha256::of(&bytes(name)).to_string(), &sha256.to_string()));
    fs::write(site.path("stream.json"), stream).unwrap();
    for args in [&["--no-cache"][..], &["-o", "out2"], &["-o", "out3"], &["-o", "out3", "--rehash"]] {
        let done = site.fetch(args);
        assert_eq!(done.status.code(), Some(0), "{args:?}: {}", text(&done.stderr));
        let out = args.get(1).unwrap_or(&"out");
        let stamps = fs::read(site.path(out).join(".okdboot/stamps.json")).unwrap();
        let stamps: Value = serde_json::from_slice(&stamps).unwrap();
        for name in NAMES {
            let stamp = &stamps["files"][format!("matchbox/assets/{name}")];
            assert_eq!(Checkpoints::of_json(&stamp["waypoints"]), checkpoints, "{args:?}: {name}");
        }
    }
    // Right checkpoints do not vouch for wrong bytes, on either side of them.
    let kernel = site.path("out3/matchbox/assets").join(NAMES[0]);
    let right = fs::read(&kernel).unwrap();
    for at in [0, right.len() - 1] {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        fs::write(&kernel, wrong).unwrap();
        let done = site.fetch(&["-o", "out3", "--rehash"]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        assert!(fs::read(&kernel).unwrap() == right, "byte {at}");
    }
}

#[test]
fn a_set_is_fetched_and_summed_up() {
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    let done = site.fetch(&[]);
    let (data, talk) = (text(&done.stdout), text(&done.stderr));
    assert_eq!(done.status.code(), Some(0), "{talk}");
    site.assert_whole();
    for name in NAMES {
        let line = data.lines().find(|line| line.contains(name)).unwrap();
        assert!(
            line.starts_with("fetched ")
                && line.contains("sha256 from file")
                && line.contains(&server.url("")),
            "{line}"
        );
    }
    assert!(talk.contains("3 files; 2.0 MiB fetched in"), "{talk}");
    assert!(talk.contains("3 nodes at once load 2.0 MiB of rootfs: about 0.0 s over 1 GbE"), "{talk}");

    let again = site.fetch(&["--format", "json"]);
    let document: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(document["artifacts"].as_array().unwrap().len(), 3);
    assert!(document["artifacts"].as_array().unwrap().iter().all(|it| it["outcome"] == "present"));
    assert_eq!(
        (document["fetched-bytes"].as_u64(), document["rootfs-load"]["nodes"].as_u64()),
        (Some(0), Some(3))
    );
    assert_eq!(server.count(), 3);

    let quiet = site.fetch(&["-q", "--rehash"]);
    assert_eq!((quiet.status.code(), text(&quiet.stderr).as_str()), (Some(0), ""));
    assert_eq!(text(&quiet.stdout), "");
}

#[test]
fn exit_codes_say_what_failed() {
    let server = Server::start(|_, request| match request.path.as_str() {
        "/live-kernel" => Answer::ok("other"),
        "/live-initramfs.img" => Answer::new(404, "<html>"),
        _ => answer(request),
    });
    let site = Site::new(&server.url(""));
    let done = site.fetch(&["--retries", "0"]);
    assert_eq!(done.status.code(), Some(5), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("404"));
    let mirror = format!("http://user:secret@{}", server.url("").trim_start_matches("http://"));
    let absent = Server::start(|_, _| Answer::new(403, "expired"));
    let site = Site::new(&absent.url(""));
    let done = site.fetch(&["-v"]);
    assert_eq!((done.status.code(), absent.count()), (Some(4), 3));
    let help = "a mirror needs the names of the stream, or those of mirror.openshift.com";
    assert!(text(&done.stderr).contains(help), "{}", text(&done.stderr));
    let done = site.fetch(&["--mirror", &format!("{mirror}/x"), "--retries", "0", "--no-cache"]);
    assert!(!format!("{}{}", text(&done.stdout), text(&done.stderr)).contains("secret"));
    assert_eq!(site.fetch(&["--mirror", "ftp://h"]).status.code(), Some(2));
}

#[test]
fn credentials_come_from_netrc_and_are_never_said() {
    let server = Server::start(|_, request| match request.header("authorization") {
        // user:secret
        Some("Basic dXNlcjpzZWNyZXQ=") => answer(request),
        _ => Answer::new(401, ""),
    });
    let site = Site::new(&server.url(""));
    assert_eq!(site.fetch(&[]).status.code(), Some(4));
    fs::write(site.path("netrc"), "machine 127.0.0.1 login user password secret\n").unwrap();
    let done = site.command(&["-v"]).env("NETRC", site.path("netrc")).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(!format!("{}{}", text(&done.stdout), text(&done.stderr)).contains("secret"));
    assert!(!fs::read_to_string(site.path("okdboot.lock")).unwrap().contains("secret"));
    site.assert_whole();
}

/// The path of a key or signature of the cases.
pub(crate) fn pgp(name: &str) -> String {
    format!("{}/testdata/pgp/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A server whose kernel is signed, and a site that says so.
pub(crate) fn signed() -> (Server, Site) {
    let signature = fs::read(pgp("kernel.one.sig")).unwrap();
    let server = Server::start(move |_, request| match request.path.as_str() {
        "/live-kernel" => Answer::ok(body()),
        "/live-kernel.sig" => Answer::ok(signature.clone()),
        _ => answer(request),
    });
    let site = Site::new(&server.url(""));
    let mut stream: Value = serde_json::from_slice(&fs::read(site.path("stream.json")).unwrap()).unwrap();
    let kernel = &mut stream["architectures"]["x86_64"]["artifacts"]["metal"]["formats"]["pxe"]["kernel"];
    kernel["sha256"] = json!(Sha256::of(&body()).to_string());
    kernel["signature"] = json!(server.url("/live-kernel.sig"));
    fs::write(site.path("stream.json"), stream.to_string()).unwrap();
    (server, site)
}

#[cfg(feature = "signatures")]
#[test]
fn the_key_of_a_signature_goes_into_the_lock() {
    let (_server, site) = signed();
    let key = fs::read_to_string(pgp("one.fingerprint")).unwrap();
    for word in [" signed with", " (checked before)"] {
        let done = site.fetch(&["--keyring", &pgp("one.gpg")]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        let said = text(&done.stdout);
        let line = said.lines().find(|line| line.contains("live-kernel")).unwrap();
        assert!(line.contains(word) && line.contains(key.trim()), "{line}");
        assert!(
            fs::read_to_string(site.path("okdboot.lock"))
                .unwrap()
                .contains(&format!("\"signed-by\": \"{}\"", key.trim()))
        );
    }
    let refused = site.fetch(&["--keyring", &pgp("one.gpg"), "--require-signature"]);
    assert_eq!(refused.status.code(), Some(5), "the others have none: {}", text(&refused.stderr));
    assert_eq!(site.fetch(&["--keyring", &pgp("make")]).status.code(), Some(3));
    assert_eq!(site.fetch(&["--keyring", "absent"]).status.code(), Some(6));
}

/// `oc` and openshift-install, as helpernode's inventories name them.
#[test]
fn the_programs_of_the_helper_are_checked_and_pinned() {
    const TOOLS: [&str; 2] =
        ["openshift-client-linux-4.20.1.tar.gz", "openshift-install-linux-4.20.1.tar.gz"];
    let boot = Server::start(|_, request| answer(request));
    let listed = TOOLS.map(|name| format!("{}  {name}\n", Sha256::of(&bytes(name)))).concat();
    let mirror = Server::start_tls(tls(), move |_, request| match request.path.as_str() {
        "/ocp/4.20.1/sha256sum.txt" => Answer::ok(listed.clone()),
        "/evil/sha256sum.txt" => Answer::ok(listed.replace(TOOLS[0], "x").replace(TOOLS[1], TOOLS[0])),
        path => Answer::ok(bytes(path.rsplit('/').next().unwrap())),
    });
    let ca = testdata("ca.pem");
    let named = |folder: &str| {
        let url = |name: &str| mirror.url(&format!("/{folder}/{name}"));
        format!("{}ocp_client: \"{}\"\nocp_installer: \"{}\"\n", site::VARS, url(TOOLS[0]), url(TOOLS[1]))
    };
    let site = Site::new(&boot.url(""));
    let fetch = |more: &[&str]| {
        site.command(&[&["--ca-cert", ca.to_str().unwrap()], more].concat()).output().unwrap()
    };
    fs::write(site.path("vars.yaml"), named("ocp/4.20.1")).unwrap();
    let done = fetch(&[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    for name in TOOLS {
        assert!(fs::read(site.path(&format!("out/clients/{name}"))).unwrap() == bytes(name), "{name}");
        assert!(!site.path(&format!("out/matchbox/assets/{name}")).exists(), "nobody serves {name}");
        assert!(
            text(&done.stdout)
                .lines()
                .any(|it| it.contains(name) && it.contains("sha256 from sums, pinned now"))
        );
    }
    let lock: Value = serde_json::from_slice(&fs::read(site.path("okdboot.lock")).unwrap()).unwrap();
    let artifacts = &lock["clusters"]["demo"]["arches"]["x86_64"]["artifacts"];
    for (kind, name) in ["client", "installer"].into_iter().zip(TOOLS) {
        assert_eq!(artifacts[kind]["sha256"], Sha256::of(&bytes(name)).to_string());
        assert_eq!(artifacts[kind]["origin"], "sums");
    }
    let asked = mirror.count();
    assert_eq!(fetch(&["--locked"]).status.code(), Some(0));
    assert_eq!(mirror.count(), asked, "what is pinned is not asked for again");
    site.assert_whole();

    // `verify` looks at them, a bundle takes them along.
    let verify = || site.okdboot("verify").output().unwrap();
    fs::remove_file(site.path("out/clients").join(TOOLS[0])).unwrap();
    assert!(text(&verify().stderr).contains(&format!("artifact `clients/{}` is missing", TOOLS[0])));
    fs::write(site.path("out/clients").join(TOOLS[0]), "spoilt").unwrap();
    let said = verify();
    assert_eq!(said.status.code(), Some(5), "{}", text(&said.stderr));
    assert_eq!(fetch(&[]).status.code(), Some(0));
    let exported = site.okdboot("bundle").args(["export", "b.tar"]).output().unwrap();
    assert_eq!(exported.status.code(), Some(0), "{}", text(&exported.stderr));
    let archive = fs::read(site.path("b.tar")).unwrap();
    assert!(archive.windows(TOOLS[0].len()).any(|window| window == TOOLS[0].as_bytes()));

    // What the sums say otherwise is refused, and has no name.
    fs::write(site.path("vars.yaml"), named("evil")).unwrap();
    fs::remove_dir_all(site.path("out/clients")).unwrap();
    let done = fetch(&["--no-cache"]);
    assert_eq!(done.status.code(), Some(5), "{}", text(&done.stderr));
    assert!(!site.path("out/clients").join(TOOLS[0]).exists());
    // Where no channel is known, it is said what to do.
    fs::write(site.path("vars.yaml"), site::VARS).unwrap();
    let done = fetch(&["--kind", "client,installer"]);
    assert_eq!(done.status.code(), Some(3));
    assert!(text(&done.stderr).contains("name it as `ocp_client`"), "{}", text(&done.stderr));
}

/// Who types a kind wrongly hears it before the metadata is looked for, and no lock is written.
#[test]
fn a_mistyped_kind_is_told_first() {
    let site = Site::new("http://127.0.0.1:1");
    fs::remove_file(site.path("stream.json")).unwrap();
    let done = site.fetch(&["--kind", "kernl"]);
    assert_eq!(done.status.code(), Some(2));
    let said = text(&done.stderr);
    assert!(
        said.contains("`--kind`") && said.contains("kinds are") && !said.contains("stream.json"),
        "{said}"
    );
    assert!(said.contains("did you mean `kernel`?"), "{said}");
    assert!(!site.path("okdboot.lock").exists());
}

/// A mirror of Red Hat's clients as a folder: the list of a channel, the files beside their versions.
fn clients(site: &Site, channel: &str, version: &str) -> [String; 2] {
    let names = ["client", "install"].map(|it| format!("openshift-{it}-linux-{version}.tar.gz"));
    let folder = site.path("mirror/pub/openshift-v4/x86_64/clients/ocp");
    for folder in [folder.join(channel), folder.join(version)] {
        fs::create_dir_all(folder).unwrap();
    }
    let list = names.iter().map(|name| format!("{}  {name}\n", Sha256::of(&bytes(name))));
    let other = format!("{}  openshift-client-linux-arm64-{version}.tar.gz\n", Sha256::of(b"arm64"));
    fs::write(folder.join(channel).join("sha256sum.txt"), other + &list.collect::<String>()).unwrap();
    for name in &names {
        fs::write(folder.join(version).join(name), bytes(name)).unwrap();
    }
    names
}

/// `oc` and openshift-install of the release that `rhcos-4.N` names, where vars.yaml has no keys.
#[test]
fn the_programs_of_a_release_are_found_by_its_channel() {
    let boot = Server::start(|_, request| answer(request));
    let site = Site::new(&boot.url(""));
    site.fetch(&[]);
    let lock = || fs::read_to_string(site.path("okdboot.lock")).unwrap();
    let named = lock().replace("\"source\": \"stream.json\"", "\"source\": \"rhcos-4.20\"");
    assert_ne!(named, lock());
    fs::write(site.path("okdboot.lock"), named).unwrap();
    let mirror = format!("mirror.openshift.com=file://{}", site.path("mirror").display());
    let fetch = |more: &[&str]| {
        let kinds = ["--mirror", &mirror, "--kind", "client,installer"];
        site.okdboot("fetch").args(kinds).args(more).output().unwrap()
    };
    let done = fetch(&[]);
    assert_eq!(done.status.code(), Some(6), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("cannot read the list of clients"), "{}", text(&done.stderr));

    let old = clients(&site, "stable-4.20", "4.20.5");
    assert_eq!(fetch(&["--locked"]).status.code(), Some(3));
    assert!(!lock().contains("openshift-client"), "`--locked` changes nothing");
    let done = fetch(&[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    for name in &old {
        assert!(fs::read(site.path(&format!("out/clients/{name}"))).unwrap() == bytes(name), "{name}");
    }
    assert!(lock().contains("/x86_64/clients/ocp/4.20.5/openshift-client-linux-4.20.5.tar.gz\""));

    // The channel moves on; the lock does not, until it is told to.
    let new = clients(&site, "stable-4.20", "4.20.6");
    assert_eq!(fetch(&["--locked"]).status.code(), Some(0));
    assert!(!site.path("out/clients").join(&new[0]).exists());
    assert_eq!(site.okdboot("fetch").arg("--locked").output().unwrap().status.code(), Some(0));

    // Wrong bytes have no name.
    let folder = site.path("mirror/pub/openshift-v4/x86_64/clients/ocp/4.20.5");
    fs::write(folder.join(&old[1]), "spoilt").unwrap();
    fs::remove_dir_all(site.path("out/clients")).unwrap();
    assert_eq!(fetch(&["--no-cache"]).status.code(), Some(5));
    assert!(!site.path("out/clients").join(&old[1]).exists());
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    let proxy = Server::start(|_, request| {
        let path = request.path.strip_prefix("http://images.example.com").unwrap().to_owned();
        answer(&Request { path, ..request.clone() })
    });
    let site = Site::new("http://images.example.com");
    let done = site.command(&[]).env("http_proxy", proxy.url("")).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    site.assert_whole();
}

#[test]
fn a_home_without_room_for_a_cache_is_no_obstacle() {
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    let done = site.command(&[]).env("XDG_CACHE_HOME", "/proc/none").output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("without a cache"));
    site.assert_whole();
}

#[test]
fn the_cache_is_listed_verified_and_pruned() {
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    site.fetch(&[]);
    let cache = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_okdboot"));
        command.arg("cache").args(args).env_clear().env("XDG_CACHE_HOME", site.path("cache"));
        let done = command.output().unwrap();
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    };
    let digest = Sha256::of(&bytes(NAMES[0])).to_string();
    let (code, listed, talk) = cache(&["list"]);
    // The three, and the metadata that they were named in.
    assert_eq!((code, listed.lines().count()), (Some(0), 4));
    assert!(listed.contains(&format!("{digest}  683.6 KiB used 0 days ago")), "{listed}");
    assert!(talk.contains("4 artifacts, 2.0 MiB in"), "{talk}");
    // Where a lock is at hand, it tells what they are.
    let named = text(&site.okdboot("cache").arg("list").output().unwrap().stdout);
    assert!(named.contains(&format!("{digest}  683.6 KiB used 0 days ago  {}\n", NAMES[0])), "{named}");
    assert!(!listed.contains(NAMES[0]), "{listed}");
    assert_eq!(cache(&["verify"]).0, Some(0));
    fs::write(site.path(&format!("cache/okdboot/sha256/{digest}")), "spoilt").unwrap();
    let (code, verified, _) = cache(&["verify"]);
    assert_eq!(code, Some(5));
    assert!(verified.contains(&format!("{digest} WRONG")), "{verified}");
    assert_eq!(cache(&["prune"]).1, "");
    assert_eq!(cache(&["prune", "--all", "--dry-run"]).1.lines().count(), 4);
    let (code, said, _) = cache(&["prune", "--all", "--format", "json"]);
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, document["artifacts"].as_array().unwrap().len()), (Some(0), 4));
    assert_eq!(cache(&["list"]).1, "");
    let without =
        Command::new(env!("CARGO_BIN_EXE_okdboot")).args(["cache", "list"]).env_clear().output().unwrap();
    assert_eq!(without.status.code(), Some(6));
}

/// The kernel refuses to let a file grow past a limit, as a full disk does at that byte.
#[test]
fn a_full_disk_leaves_nothing_behind() {
    let server = Server::start(|_, request| answer(request));
    for arguments in [&["--no-cache"][..], &[]] {
        for kib in [0, 1, 300, 683] {
            let site = Site::new(&server.url(""));
            let fetch = site.command(arguments);
            let mut limited = Command::new("bash");
            // The signal would end the process; a full disk does not.
            limited.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\""));
            limited.arg(fetch.get_program()).args(fetch.get_args()).current_dir(site.folder.path());
            limited.env_clear().env("XDG_CACHE_HOME", site.path("cache")).env("PATH", "/usr/bin:/bin");
            limited.stdout(Stdio::piped()).stderr(Stdio::piped());
            let done = limited.output().unwrap();
            assert_eq!(done.status.code(), Some(6), "{kib}: {}", text(&done.stderr));
            site.assert_no_lie();
            assert_eq!(site.stray(), Vec::<String>::new(), "{kib}");
            let again = site.fetch(arguments);
            assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
            site.assert_whole();
        }
    }
}

/// As root everything can be written; so the program runs as nobody here.
#[test]
fn places_that_an_ordinary_user_may_not_touch() {
    let Some(setpriv) = tool("setpriv").filter(|_| rustix::process::geteuid().is_root()) else { return };
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    let room = site.folder.path();
    // The program may lie where only root can look. It is copied by another process: a test that forks in
    // this one meanwhile would hold the copy open for writing, and what is written cannot be run.
    let program = site.path("okdboot");
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_okdboot")).arg(&program).status().unwrap();
    assert!(copied.success());
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    let own = |path: &Path| chown(path, Some(65_534), Some(65_534)).unwrap();
    for folder in ["out/matchbox/assets", "cache/okdboot/sha256"] {
        fs::create_dir_all(room.join(folder)).unwrap();
    }
    for folder in
        ["", "out", "out/matchbox", "out/matchbox/assets", "cache", "cache/okdboot", "cache/okdboot/sha256"]
    {
        own(&room.join(folder));
    }
    let fetch = || {
        let mut fetch = Command::new(&setpriv);
        fetch.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(site.path("okdboot"));
        fetch.args(["fetch", "--stream", "stream.json", "-o", "out"]).current_dir(room).env_clear();
        fetch.env("XDG_CACHE_HOME", site.path("cache")).stdin(Stdio::null()).output().unwrap()
    };
    // Nobody may write into the folder of the images.
    fs::set_permissions(site.path("out/matchbox/assets"), fs::Permissions::from_mode(0o555)).unwrap();
    let done = fetch();
    assert_eq!(done.status.code(), Some(6), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("out/matchbox/assets"), "{}", text(&done.stderr));
    assert_eq!(site.stray(), Vec::<String>::new());
    fs::set_permissions(site.path("out/matchbox/assets"), fs::Permissions::from_mode(0o755)).unwrap();
    // Somebody else's part file lies in the cache, which our own run can neither read nor write.
    fs::remove_dir_all(site.path("cache/okdboot/sha256")).unwrap();
    fs::create_dir(site.path("cache/okdboot/sha256")).unwrap();
    own(&site.path("cache/okdboot/sha256"));
    let part = site.path(&format!("cache/okdboot/sha256/.okdboot-{}.part", Sha256::of(&bytes(NAMES[1]))));
    fs::write(&part, "locked away").unwrap();
    fs::set_permissions(&part, fs::Permissions::from_mode(0o000)).unwrap();
    let done = fetch();
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    site.assert_whole();
}

/// A person at a terminal sees a bar a file, one for the total, and what is not vouched for.
#[test]
fn at_a_terminal_there_are_bars_a_total_and_warnings() {
    let Some(script) = tool("script") else { return };
    let mirror = Server::start_tls(tls(), |_, request| match request.path.as_str() {
        "/sha256sum.txt" => Answer::new(404, ""),
        path => Answer::ok(bytes(path.trim_start_matches('/')))
            .ending(Ending::Trickle(Duration::from_micros(900))),
    });
    let site = Site::new("http://127.0.0.1:1");
    let keys =
        ["ocp_install_kernel", "ocp_initramfs", "ocp_bios"].into_iter().zip([NAMES[1], NAMES[0], NAMES[2]]);
    let keys: String =
        keys.map(|(key, name)| format!("{key}: \"{}\"\n", mirror.url(&format!("/{name}")))).collect();
    fs::write(site.path("vars.yaml"), format!("{}{keys}", site::VARS)).unwrap();
    let ca = testdata("ca.pem");
    let line = format!("{} fetch -o out --ca-cert {}", env!("CARGO_BIN_EXE_okdboot"), ca.display());
    let mut command = Command::new(script);
    command.args(["-qec", &line, "/dev/null"]).current_dir(site.folder.path()).env_clear();
    command
        .env("XDG_CACHE_HOME", site.path("cache"))
        .env("TERM", "xterm")
        .env("COLUMNS", "120")
        .env("PATH", "/usr/bin:/bin");
    let done = command.stdin(Stdio::null()).output().unwrap();
    let screen = text(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{screen}");
    for name in NAMES {
        assert!(
            screen.lines().any(|line| line.contains("fetching") && line.contains(name)),
            "{name}: {screen}"
        );
    }
    assert!(screen.contains("total") && screen.contains("/s"), "{screen}");
    assert_eq!(screen.matches("warning: nothing vouches for").count(), 3, "{screen}");
    assert!(screen.contains("put it under `okdboot.sha256`"), "{screen}");
}

#[test]
fn an_output_root_that_is_locked_or_a_file_is_said() {
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    fs::write(site.path("out"), "a file").unwrap();
    assert_eq!(site.fetch(&[]).status.code(), Some(6));
    assert_eq!(server.count(), 0);
}

/// What `render` makes takes the group of the folder it is in, whoever made that.
#[test]
fn folders_that_fetch_makes_have_the_group_of_the_output_folder() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: groups are not tried");
        return;
    }
    let server = Server::start(|_, request| answer(request));
    let site = Site::new(&server.url(""));
    fs::create_dir(site.path("out")).unwrap();
    chown(site.path("out"), None, Some(1234)).unwrap();
    let fetched = site.fetch(&["-q"]);
    assert_eq!(fetched.status.code(), Some(0), "{}", text(&fetched.stderr));
    let rendered = site.okdboot("render").output().unwrap();
    assert_eq!(rendered.status.code(), Some(0), "{}", text(&rendered.stderr));
    let mut open = vec![site.path("out")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let found = fs::symlink_metadata(&entry).unwrap();
            if found.is_dir() {
                assert_eq!(std::os::unix::fs::MetadataExt::gid(&found), 1234, "{}", entry.display());
                open.push(entry);
            }
        }
    }
}

#[test]
fn killed_at_any_moment_and_run_again() {
    const ROUNDS: u64 = 200;
    let server =
        Server::start(|_, request| answer(request).ending(Ending::Trickle(Duration::from_micros(20))));
    let site = Site::new(&server.url(""));
    let mut finished = 0;
    for round in 0..ROUNDS {
        let arguments: &[&str] = match round % 3 {
            0 => &["--no-cache", "-q"],
            1 => &["-q"],
            _ => &["-q", "--connections", "4"],
        };
        let mut run = site.command(arguments).spawn().unwrap();
        // Spread over the length of a run, in an order that is not that of the rounds.
        std::thread::sleep(Duration::from_micros(round * 7_919 % 60_000));
        run.kill().unwrap();
        finished += u32::from(run.wait().unwrap().success());
        site.assert_no_lie();
        if finished > 0 || round % 40 == 39 {
            for name in NAMES {
                fs::remove_file(site.path(&format!("out/matchbox/assets/{name}"))).ok();
            }
            fs::remove_dir_all(site.path("cache")).ok();
            finished = 0;
        }
    }
    let done = site.fetch(&[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    site.assert_whole();
}

/// Without a network the reason is one, and it is said at once.
#[test]
fn a_host_that_nobody_finds_is_said_once_and_at_once() {
    namespace::inside(
        "fetch::a_host_that_nobody_finds_is_said_once_and_at_once",
        &["link set lo up"],
        || {
            let site = Site::new("https://images.example.com/");
            let done = site.fetch(&["--no-cache"]);
            let said = text(&done.stderr);
            assert_eq!(done.status.code(), Some(4), "{said}");
            assert_eq!(
                said.matches("no name server tells the address of `images.example.com`").count(),
                1,
                "{said}"
            );
            assert!(said.contains("`--mirror URL`") && said.contains("`okdboot bundle export`"), "{said}");
            assert!(!said.contains("again in"), "{said}");
        },
    );
}
