//! iPXE through the real matchbox over the rendered data folder: `/boot.ipxe`, then `/ipxe?mac=...`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

use crate::cluster::{BOOTSTRAP, Machine as Node, STRANGER, UPPER_CASE, WORKER};
use crate::disk::GREETING;
use crate::guest;
use crate::ipxe;
use crate::lab::{Lab, Setup};
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
        let log = File::create(lab.dir().join("matchbox.log")).expect("it is writable");
        let child = tool::attached("matchbox")
            .arg(format!("-address=127.0.0.1:{port}"))
            .arg(format!("-data-path={}", lab.out("matchbox").display()))
            .arg(format!("-assets-path={}", lab.out("matchbox/assets").display()))
            .arg("-log-level=debug")
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
