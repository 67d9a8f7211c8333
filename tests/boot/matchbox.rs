//! iPXE through the real matchbox over the rendered data folder: `/boot.ipxe`, then `/ipxe?mac=...`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::cluster::{BOOTSTRAP, Machine as Node, STRANGER, UPPER_CASE, WORKER};
use crate::disk::GREETING;
use crate::guest;
use crate::ipxe;
use crate::lab::{self, Lab, Setup};
use crate::local;
use crate::machine::{Firmware, Machine};
use crate::tool::{self, Tool};

/// A running matchbox. Dropping it ends it.
struct Matchbox<'a> {
    lab: &'a Lab,
    child: Child,
}

impl<'a> Matchbox<'a> {
    fn start(lab: &'a Lab, port: u16) -> Self {
        Self::with(lab, port, &lab.out("matchbox"), &[])
    }

    /// The same over another data folder, with further options.
    fn with(lab: &'a Lab, port: u16, data: &Path, options: &[String]) -> Self {
        let log = File::create(lab.dir().join("matchbox.log")).expect("it is writable");
        let child = tool::attached("matchbox")
            .arg(format!("-address=127.0.0.1:{port}"))
            .arg(format!("-data-path={}", data.display()))
            .arg(format!("-assets-path={}", lab.out("matchbox/assets").display()))
            .arg("-log-level=debug")
            .args(options)
            .stderr(log)
            .spawn()
            .expect("matchbox starts");
        let matchbox = Self { lab, child };
        matchbox.wait_until_it_answers(port);
        matchbox
    }

    fn wait_until_it_answers(&self, port: u16) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < deadline, "matchbox does not answer:\n{}", self.log());
            std::thread::yield_now();
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.lab.dir().join("matchbox.log")).unwrap_or_default()
    }
}

impl Drop for Matchbox<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let _ = writeln!(io::stderr(), "--- matchbox\n{}", self.log());
        }
    }
}

fn is_present(case: &str) -> bool {
    tool::present(case, &[Firmware::Bios.tools(), vec![Tool::Program("matchbox")]].concat())
}

/// A port that nobody has right now.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("it is known").port()
}

fn boots(case: &str, node: Node, ignition_url: &str) {
    if !is_present(case) {
        return;
    }
    let port = free_port();
    let lab = Setup::new().set(format!("ignition_url: {ignition_url}")).served_at(port);
    guest::place(&lab, "amd64");
    let _matchbox = Matchbox::start(&lab, port);
    let script = format!("{}/boot.ipxe", lab.url());
    let line = Machine::new(&lab, node, Firmware::Bios, &script).boot_line();
    // The profile's own `initrd=main`; what iPXE expands in the other words is the plan's.
    assert_eq!(line, ipxe::expected(&lab, node));
}

#[test]
fn bios_ipxe_matchbox_boots_the_bootstrap() {
    boots("bios_ipxe_matchbox_boots_the_bootstrap", BOOTSTRAP, "assets");
}

#[test]
fn bios_ipxe_matchbox_boots_a_master() {
    boots("bios_ipxe_matchbox_boots_a_master", UPPER_CASE, "matchbox");
}

#[test]
fn bios_ipxe_matchbox_boots_a_worker() {
    boots("bios_ipxe_matchbox_boots_a_worker", WORKER, "assets");
}

/// matchbox has nothing but what `push` gave it, and the images.
#[test]
fn bios_ipxe_matchbox_boots_what_was_pushed() {
    if !is_present("bios_ipxe_matchbox_boots_what_was_pushed") {
        return;
    }
    let (port, rpc) = (free_port(), free_port());
    let lab = Setup::new().set("ignition_url: matchbox").served_at(port);
    guest::place(&lab, "amd64");
    let made = Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .args(["certs", "--san", "IP:127.0.0.1", "-o", "certs", "-q"])
        .current_dir(lab.dir())
        .status();
    assert!(made.is_ok_and(|status| status.success()));
    let file = |name: &str| lab.dir().join("certs").join(name).display().to_string();
    let options = [
        format!("-rpc-address=127.0.0.1:{rpc}"),
        format!("-ca-file={}", file("ca.crt")),
        format!("-cert-file={}", file("server.crt")),
        format!("-key-file={}", file("server.key")),
    ];
    let data = lab.dir().join("elsewhere");
    fs::create_dir(&data).expect("it is writable");
    let matchbox = Matchbox::with(&lab, port, &data, &options);
    let endpoint = format!("127.0.0.1:{rpc}");
    let keys = [file("ca.crt"), file("client.crt"), file("client.key")];
    let push = ["push", "--endpoint", &endpoint, "--ca", &keys[0], "--cert", &keys[1], "--key", &keys[2]];
    lab::okdboot(lab.dir(), &push);
    let script = format!("{}/boot.ipxe", lab.url());
    let line = Machine::new(&lab, WORKER, Firmware::Bios, &script).boot_line();
    assert_eq!(line, ipxe::expected(&lab, WORKER));
    // The URL of the Ignition file on that line leads to what was pushed.
    drop(matchbox);
    let pushed = fs::read(data.join("ignition").join(name_of_worker_ignition(&data))).expect("it was pushed");
    assert_eq!(pushed, fs::read(lab.dir().join("ignition/worker.ign")).expect("it is there"));
}

/// The file that the worker's profile names.
fn name_of_worker_ignition(data: &Path) -> String {
    let profiles = data.join("profiles").read_dir().expect("profiles were pushed");
    let texts = profiles.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok());
    let profiles = texts.filter_map(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    let names = profiles.filter_map(|profile| profile["ignition_id"].as_str().map(str::to_owned));
    let mut names = names.filter(|name| name.ends_with("worker.ign"));
    names.next().expect("a profile names it")
}

/// A machine that nobody entered must not find an installer.
#[test]
fn bios_ipxe_matchbox_boots_no_stranger() {
    if !is_present("bios_ipxe_matchbox_boots_no_stranger") {
        return;
    }
    let port = free_port();
    let lab = Setup::new().served_at(port);
    guest::place(&lab, "amd64");
    let matchbox = Matchbox::start(&lab, port);
    let script = format!("{}/boot.ipxe", lab.url());
    Machine::new(&lab, STRANGER, Firmware::Bios, &script).start().wait_for("No bootable device");
    let log = matchbox.log();
    assert!(log.contains("/ipxe?"), "it never asked:\n{log}");
    assert!(!log.contains("/assets/"), "it fetched something:\n{log}");
}

/// Boots an installed worker through matchbox, which answers 404, and waits for its disk.
fn goes_on_to_the_disk(case: &str, firmware: Firmware) {
    if !is_present(case) || !local::is_present(case, firmware) {
        return;
    }
    let port = free_port();
    let lab = Setup::new().set_on(WORKER, "mode: local").served_at(port);
    guest::place(&lab, "amd64");
    let matchbox = Matchbox::start(&lab, port);
    let script = format!("{}/boot.ipxe", lab.url());
    local::machine(&lab, firmware, &script).start().wait_for(GREETING);
    let log = matchbox.log();
    assert!(log.contains("/ipxe?") && !log.contains("/assets/"), "{log}");
}

#[test]
fn local_bios_matchbox_goes_on_to_the_disk() {
    goes_on_to_the_disk("local_bios_matchbox_goes_on_to_the_disk", Firmware::Bios);
}

#[test]
fn local_uefi_matchbox_goes_on_to_the_disk() {
    goes_on_to_the_disk("local_uefi_matchbox_goes_on_to_the_disk", Firmware::Uefi);
}
