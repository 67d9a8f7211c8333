//! Real programs judge real output.
//!
//! A test whose program is absent says so in a line and passes; with `OKDBOOT_REQUIRE_TOOLS=1` its
//! absence fails. Printed install commands are only ever run with a device that cannot exist.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};
use crate::server::{Answer, Server};
use crate::{names_in, project};

/// Looks a program up, and fails without it where programs are required.
pub fn tool(name: &str) -> Option<PathBuf> {
    let found = optional(name);
    let required = env::var_os("OKDBOOT_REQUIRE_TOOLS").is_some();
    assert!(found.is_some() || !required, "`{name}` is required and not installed");
    found
}

/// Looks a program up in `PATH`, then where `go install` and `cargo install` put them.
#[expect(clippy::print_stdout, reason = "a test says what it could not judge")]
pub fn optional(name: &str) -> Option<PathBuf> {
    let home = PathBuf::from(env::var_os("HOME").unwrap_or_default());
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([
        home.join("go/bin"),
        home.join(".cargo/bin"),
        "/usr/lib/NetworkManager".into(),
        "/usr/sbin".into(),
    ]);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        println!("`{name}` is not installed: not judged by it");
    }
    found
}

fn example() -> Ran {
    Sandbox::new().args(["render", "--example", "-o", "out", "--quiet"]).run().status(0)
}

/// Every case of `testdata/render`, and the example.
fn every_tree() -> Vec<(String, Ran)> {
    let mut trees: Vec<_> =
        names_in(&project("testdata/render")).into_iter().map(|case| (case.clone(), render(&case))).collect();
    trees.push(("the example".to_owned(), example()));
    trees
}

fn is_ignition(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "ign")
}

pub fn succeed(command: &mut Command, what: &str) {
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{what}: {said}");
}

fn files_named(root: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Vec<PathBuf>) {
    for name in names_in(root) {
        let path = root.join(&name);
        if path.is_dir() {
            files_named(&path, wanted, found);
        } else if wanted(&name) {
            found.push(path);
        }
    }
}

#[test]
fn grub_script_check_accepts_every_grub_file() {
    let Some(checker) = tool("grub-script-check") else { return };
    let mut count = 0;
    for (case, ran) in every_tree() {
        let mut files = Vec::new();
        for root in
            ["out/tftpboot", "out/http"].map(|root| ran.join(root)).iter().filter(|root| root.is_dir())
        {
            files_named(root, &|name| name.starts_with("grub.cfg"), &mut files);
        }
        for file in &files {
            succeed(Command::new(&checker).arg(file), &format!("{case}: {}", file.display()));
        }
        count += files.len();
    }
    assert!(count > 20, "only {count} GRUB files were rendered");
}

#[test]
fn ignition_validate_accepts_every_file_of_the_example() {
    let Some(checker) = tool("ignition-validate") else { return };
    let mut files = Vec::new();
    let ran = example();
    files_named(&ran.join("out/matchbox"), &is_ignition, &mut files);
    assert_eq!(files.len(), 6);
    for file in files {
        succeed(Command::new(&checker).arg(&file), &file.display().to_string());
    }
}

#[test]
fn sha512sum_accepts_the_sums() {
    let Some(checker) = tool("sha512sum") else { return };
    for (case, ran) in every_tree() {
        succeed(
            Command::new(&checker).args(["-c", "--strict", "SHA512SUMS"]).current_dir(ran.join("out")),
            &case,
        );
    }
}

/// The device that printed commands are run with: the expected end is the error about it.
pub const DEVICE: &str = "/dev/disk/by-id/okdboot-no-such-disk";

/// Every printed command gets through coreos-installer's own parser, fetches the Ignition file from a
/// server on loopback, and ends at a device that cannot exist.
#[test]
fn coreos_installer_accepts_every_printed_command() {
    let Some(installer) = tool("coreos-installer") else { return };
    for case in names_in(&project("testdata/render")) {
        let ran = render(&case);
        let root = ran.join("out/matchbox");
        let server = Server::start(move |_, request| {
            match fs::read(root.join(request.path.trim_start_matches('/'))) {
                Ok(bytes) => Answer::ok(bytes),
                Err(_) => Answer::new(404, ""),
            }
        });
        let text = fs::read_to_string(project(&format!("testdata/render/{case}/vars.yaml"))).unwrap();
        let ran = ran.again().vars(harmless(&text, &server.url("")));
        let ran = ran.args(["commands", "--format", "json", "--ignition", "ignition"]).run().status(0);
        let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
        let commands = document["commands"].as_array().unwrap();
        assert!(commands.len() >= 4, "{case}: {} commands", commands.len());
        for command in commands {
            expect_end_at_device(&installer, command, &case);
        }
    }
}

fn expect_end_at_device(installer: &Path, command: &Value, case: &str) {
    let argv: Vec<&str> =
        command["argv"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!((argv[0], argv.last()), ("coreos-installer", Some(&DEVICE)), "{case}: {argv:?}");
    assert!(argv.iter().any(|word| word.starts_with("--ignition-url=http://127.0.0.1:")), "{case}: {argv:?}");
    let output = Command::new(installer).args(&argv[1..]).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{case}: {argv:?}: {said}");
    assert!(said.contains(DEVICE) && said.contains("No such file"), "{case}: {argv:?}: {said}");
}

/// Media need artifacts that are not here, so each command of each tree gets through the installer's own
/// parser and ends at the medium that it cannot open.
#[test]
fn coreos_installer_accepts_every_command_that_makes_media() {
    let Some(installer) = tool("coreos-installer") else { return };
    let mut seen = BTreeSet::new();
    for case in names_in(&project("testdata/render")) {
        for method in ["iso", "pxe"] {
            let ran = render(&case).again();
            let ran =
                ran.args(["commands", "--method", method, "--format", "json", "-o", "out"]).run().status(0);
            let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
            for command in document["commands"].as_array().unwrap().iter().filter(|it| it["argv"].is_array())
            {
                let argv: Vec<&str> =
                    command["argv"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
                let medium = argv.last().unwrap().rsplit('/').next().unwrap();
                expect_end_at_medium(&installer, &argv, ran.path(), medium, &case);
                seen.insert((method, medium.split('.').rev().nth(1).unwrap().to_owned()));
            }
        }
    }
    let arches = ["aarch64", "ppc64le", "s390x", "x86_64"].into_iter();
    let all = arches.flat_map(|arch| ["iso", "pxe"].map(|method| (method, arch.to_owned())));
    assert_eq!(seen, all.collect());
}

fn expect_end_at_medium(installer: &Path, argv: &[&str], folder: &Path, medium: &str, case: &str) {
    let mut command = Command::new(installer);
    let output = command.args(&argv[1..]).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{case}: {argv:?}: {said}");
    assert!(said.contains(medium) && said.contains("No such file"), "{case}: {argv:?}: {said}");
}

/// A config's files, as path and text.
pub fn files_of(config: &Value) -> Vec<(String, String)> {
    let files = config["storage"]["files"].as_array().cloned().unwrap_or_default();
    let text = |url: &str| {
        let escaped = url.strip_prefix("data:,").unwrap();
        url::form_urlencoded::parse(format!("x={escaped}").as_bytes()).next().unwrap().1.into_owned()
    };
    let file = |file: &Value| {
        (file["path"].as_str().unwrap().to_owned(), text(file["contents"]["source"].as_str().unwrap()))
    };
    files.iter().map(file).collect()
}

/// Every config that pins a digest is one to Ignition; every installer file is one to the installer's
/// own reader, which fetches the Ignition file and ends at a device that cannot exist.
#[test]
fn ignition_and_the_installer_accept_what_pins_a_digest() {
    let (Some(validate), Some(installer)) = (tool("ignition-validate"), tool("coreos-installer")) else {
        return;
    };
    for case in ["pin-installer", "pin-pointer"] {
        let ran = render(case);
        let root = ran.join("out/matchbox");
        let server = Server::start(move |_, request| {
            match fs::read(root.join(request.path.trim_start_matches('/'))) {
                Ok(bytes) => Answer::ok(bytes),
                Err(_) => Answer::new(404, ""),
            }
        });
        let text = fs::read_to_string(ran.join("vars.yaml")).unwrap();
        let vars = harmless(&text, &server.url(""));
        let ran = ran.again().vars(vars);
        let ran = ran.args(["render", "--ignition", "ignition", "-o", "out", "-q"]).run().status(0);
        let (mut pinned, mut count) = (Vec::new(), 0);
        for folder in ["live", "pointer"] {
            let root = ran.join("out/matchbox/assets/ignition/multi").join(folder);
            if root.is_dir() {
                files_named(&root, &is_ignition, &mut pinned);
            }
        }
        assert_eq!(pinned.len(), 7, "{case}: one a node");
        for path in &pinned {
            succeed(Command::new(&validate).arg(path), &path.display().to_string());
            let config: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            for (name, text) in files_of(&config) {
                if name.starts_with("/etc/coreos/installer.d/") {
                    let file = ran.join("installer.yaml");
                    fs::write(&file, &text).unwrap();
                    assert!(text.contains(&format!("dest-device: {DEVICE}\n")), "{text}");
                    let mut command = Command::new(&installer);
                    let output =
                        command.args(["install", "-c"]).arg(&file).stdin(Stdio::null()).output().unwrap();
                    let said = String::from_utf8_lossy(&output.stderr);
                    assert!(said.contains(DEVICE) && said.contains("No such file"), "{text}: {said}");
                    count += 1;
                }
            }
        }
        assert_eq!(count, if case == "pin-installer" { 6 } else { 0 }, "{case}");
    }
}

/// Gives every node the device that cannot exist, and every URL a server on loopback.
pub fn harmless(text: &str, url: &str) -> String {
    let mut lines = vec![format!("disk: {DEVICE}")];
    for line in
        text.lines().filter(|line| !line.trim_start().starts_with("disk: ") && !line.starts_with("---"))
    {
        let key = line.trim_start().split(':').next().unwrap();
        if !matches!(key, "url" | "ignition_base" | "okdboot") {
            lines.push(line.replace("install_drive: nvme0n1", &format!("disk: {DEVICE}")));
        } else if key == "okdboot" {
            lines.extend(["okdboot:".to_owned(), format!("  url: {url}")]);
        }
    }
    if !lines.contains(&"okdboot:".to_owned()) {
        lines.push(format!("okdboot: {{ url: \"{url}\" }}"));
    }
    let text = lines.join("\n") + "\n";
    // Whatever else stands there would be written by a real installer.
    let devices = text.split("disk: ").skip(1);
    devices.for_each(|device| assert!(device.starts_with(DEVICE), "{text}"));
    text
}

/// A matchbox that serves a rendered tree, ended when dropped.
pub struct Matchbox {
    child: Child,
    address: String,
}

impl Matchbox {
    pub fn serve(program: &Path, root: &Path) -> Self {
        // A port that was free a moment ago; matchbox cannot be told to choose one.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        Self::serve_at(program, root, &address)
    }

    /// The same at an address that others know already.
    pub fn serve_at(program: &Path, root: &Path, address: &str) -> Self {
        let assets = root.join("assets").display().to_string();
        Self::serve_with(program, root, address, &["-assets-path", &assets])
    }

    /// The same with options of its own.
    pub fn serve_with(program: &Path, root: &Path, address: &str, options: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(["-address", address, "-log-level", "info"])
            .arg("-data-path")
            .arg(root)
            .args(options)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.to_lowercase().contains("starting matchbox http server") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "matchbox did not start");
        }
        // Whoever reads the log no further would stop matchbox once the pipe is full.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let matchbox = Self { child, address: address.to_owned() };
        matchbox.connect();
        matchbox
    }

    /// The same with gRPC at an address, with certificates of a folder as `okdboot certs` writes them.
    pub fn serve_rpc(program: &Path, root: &Path, (http, rpc): (&str, &str), certs: &Path) -> Self {
        let file = |name: &str| certs.join(name).display().to_string();
        let options = ["-rpc-address", rpc, "-assets-path", "", "-ca-file", &file("ca.crt")];
        let pair = ["-cert-file", &file("server.crt"), "-key-file", &file("server.key")];
        Self::serve_with(program, root, http, &[&options[..], &pair].concat())
    }

    /// The server announces itself a moment before it listens.
    fn connect(&self) -> TcpStream {
        (0..200).find_map(|_| TcpStream::connect(&self.address).ok().or_else(pause)).unwrap()
    }

    /// Connects and asks.
    pub fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: boot\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer[end + 4..].to_vec())
    }
}

fn pause<T>() -> Option<T> {
    std::thread::sleep(std::time::Duration::from_millis(10));
    None
}

impl Drop for Matchbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn matchbox_serves_every_node_its_own_line_and_the_exact_bytes() {
    let Some(program) = tool("matchbox") else { return };
    for case in cases_with_groups() {
        let ran = render(&case);
        let root = ran.join("out/matchbox");
        let matchbox = Matchbox::serve(&program, &root);
        let groups = names_in(&root.join("groups"));
        assert!(groups.len() >= 3, "{case}: {} groups", groups.len());
        for group in groups {
            let group: Value =
                serde_json::from_slice(&fs::read(root.join("groups").join(group)).unwrap()).unwrap();
            let mac = group["selector"]["mac"].as_str().unwrap();
            if group["selector"]["os"].is_string() {
                expect_second_phase(&matchbox, mac, &case);
                continue;
            }
            if group["profile"].as_str().unwrap().ends_with("-local") {
                // iPXE goes on to the next device, and an installed machine gets no Ignition file.
                assert_eq!(
                    matchbox.get(&format!("/ipxe?mac={}", mac.replace(':', "-"))).0,
                    404,
                    "{case}: {mac}"
                );
                assert_eq!(
                    matchbox.get(&format!("/ignition?mac={}", mac.replace(':', "-"))).0,
                    404,
                    "{case}: {mac}"
                );
                continue;
            }
            expect_node(&matchbox, &ran, mac, &case);
        }
        expect_assets(&matchbox, &root, &case);
        assert_eq!(matchbox.get("/ipxe?mac=52-54-00-ff-ff-ff").0, 404, "{case}: a stranger boots something");
    }
}

/// The cases whose machines boot through matchbox: GRUB alone needs none.
fn cases_with_groups() -> Vec<String> {
    let has_groups =
        |case: &String| project("testdata/render").join(case).join("want/matchbox/groups").exists();
    let cases: Vec<String> = names_in(&project("testdata/render")).into_iter().filter(has_groups).collect();
    assert!(cases.len() >= 13, "{cases:?}");
    cases
}

/// Who says that it is installed gets its Ignition file and no installer, also beside a group of the one
/// pair `os`, as people have for everybody.
fn expect_second_phase(matchbox: &Matchbox, mac: &str, case: &str) {
    let query = format!("mac={}&os=installed&arch=x86_64&uuid=&serial=", mac.replace(':', "-"));
    let (status, body) = matchbox.get(&format!("/ignition?{query}"));
    let text = String::from_utf8(body).unwrap();
    assert!(status == 200 && text.contains("/etc/case"), "{case}: {mac}: {status} {text}");
    assert_eq!(matchbox.get(&format!("/ipxe?{query}")).0, 404, "{case}: {mac}");
}

/// The selectors pick what they should, even where somebody adds a group for whoever is installed.
#[test]
fn matchbox_tells_two_phases_apart_and_unknown_machines_get_nothing() {
    let Some(program) = tool("matchbox") else { return };
    let ran = render("two-phase");
    let root = ran.join("out/matchbox");
    let everybody = r#"{"id":"o","profile":"o","selector":{"os":"installed"}}"#;
    fs::write(root.join("groups/o.json"), everybody).unwrap();
    fs::write(root.join("profiles/o.json"), r#"{"id":"o","boot":{"kernel":"/wrong"}}"#).unwrap();
    let matchbox = Matchbox::serve(&program, &root);
    let (armed, live, local, unknown) =
        ("52-54-00-01-00-21", "52-54-00-01-00-22", "52-54-00-01-00-23", "52-54-00-ff-ff-ff");
    let status = |path: &str, mac: &str, rest: &str| matchbox.get(&format!("/{path}?mac={mac}{rest}")).0;
    let installed = "&os=installed";
    for (mac, ipxe, ignition, ipxe_installed, ignition_installed) in
        [(armed, 200, 404, 404, 200), (live, 200, 200, 200, 404), (local, 404, 404, 200, 404)]
    {
        let found = [
            status("ipxe", mac, ""),
            status("ignition", mac, ""),
            status("ipxe", mac, installed),
            status("ignition", mac, installed),
        ];
        assert_eq!(found, [ipxe, ignition, ipxe_installed, ignition_installed], "{mac}");
    }
    for query in ["", "?mac=", "?mac=no", "?mac=52-54-00-ff-ff-ff", "?uuid=1&serial=2&arch=x86_64"] {
        for path in ["ipxe", "ignition", "grub", "generic", "metadata"] {
            assert_eq!(matchbox.get(&format!("/{path}{query}")).0, 404, "/{path}{query}");
        }
    }
    assert_eq!(status("ignition", unknown, installed), 404, "an unknown machine is nobody of ours");
}

/// matchbox prints what the static iPXE file of the node says, but for the comment and, where it is
/// asked for, the Ignition URL that iPXE completes.
fn expect_node(matchbox: &Matchbox, ran: &Ran, mac: &str, case: &str) {
    let dashed = mac.replace(':', "-");
    let file = fs::read_to_string(ran.join(&format!("out/http/ipxe/{dashed}.ipxe"))).unwrap();
    let expected: Vec<&str> = file.lines().filter(|line| !line.starts_with("# ")).collect();
    let (status, body) = matchbox.get(&format!("/ipxe?uuid=&mac={dashed}&domain=&hostname=&serial="));
    let printed = String::from_utf8(body).unwrap();
    let found = printed.replace("${mac:hexhyp}", &dashed);
    assert_eq!(status, 200, "{case}: {mac}");
    // The file of a further interface leads to the same Ignition file by the first one's address.
    let first = file.split_once("/ignition?mac=").map_or(dashed.as_str(), |(_, rest)| &rest[..17]);
    let printed = printed.replace("${mac:hexhyp}", first);
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected, "{case}: {mac}");
    if let Some((_, query)) = found.split_once("/ignition?") {
        let query = query.split_whitespace().next().unwrap();
        let (status, body) = matchbox.get(&format!("/ignition?{query}"));
        let text = String::from_utf8(body).unwrap();
        assert!(status == 200 && text.contains("/etc/case"), "{case}: {mac}: {status} {text}");
    }
}

fn expect_assets(matchbox: &Matchbox, root: &Path, case: &str) {
    let mut files = Vec::new();
    files_named(&root.join("assets"), &is_ignition, &mut files);
    assert!(files.len() >= 2, "{case}: {} Ignition files", files.len());
    for file in files {
        let path = file.strip_prefix(root).unwrap().to_str().unwrap();
        let (status, body) = matchbox.get(&format!("/{path}"));
        assert_eq!((status, &body), (200, &fs::read(&file).unwrap()), "{case}: {path}");
    }
    assert_eq!(matchbox.get("/assets/ignition/"), (200, Vec::new()), "{case}: a listing gives names away");
}
