//! `verify --live` and its TFTP reader against the real servers: matchbox and dnsmasq.

use std::fs::{self, File};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use okdboot::probe::tftp::{self, TftpError};

use crate::sandbox::Ran;
use crate::stage::{Stage, W0};
use crate::tool::{Matchbox, tool};

/// Copies a tree, so that what is served can differ from what was rendered.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in crate::names_in(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Runs `verify --live` against a real matchbox that serves a changed copy of the tree.
fn with_matchbox(settings: &str, change: impl Fn(&Path)) -> Option<Ran> {
    with_matchbox_and(&[], settings, change)
}

/// The same with further arguments.
fn with_matchbox_and(args: &[&str], settings: &str, change: impl Fn(&Path)) -> Option<Ran> {
    let program = tool("matchbox")?;
    // A port that was free a moment ago; the address has to be known before anything is rendered.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut stage = Stage::right(&format!("  url: http://{address}\n  ipxe: matchbox\n{settings}"));
    let served = tempfile::tempdir().unwrap();
    copy(&stage.out().join("matchbox"), served.path());
    change(served.path());
    let _matchbox = Matchbox::serve_at(&program, served.path(), &address.to_string());
    Some(stage.verify(&[&["--chain", "ipxe"], args].concat()))
}

#[test]
fn matchbox_serves_what_was_rendered() {
    for settings in ["", "  ignition_url: matchbox\n"] {
        let Some(ran) = with_matchbox(settings, |_| {}) else { return };
        let text = ran.status(0).stdout_text();
        assert_eq!(text.matches(": pass\n").count(), 4, "{settings}: {text}");
    }
}

#[test]
fn matchbox_without_a_group_for_a_node() {
    let change = |served: &Path| fs::remove_file(served.join("groups/lab-w0.json")).unwrap();
    let Some(ran) = with_matchbox("", change) else { return };
    let said = ran.status(1).stderr_text();
    assert!(
        said.contains("error[P031]: matchbox config of `w0`:") && said.matches("error[").count() == 1,
        "{said}"
    );
}

/// A machine that boots from its other interface asks as that one.
#[test]
fn matchbox_is_asked_as_every_interface_that_may_boot() {
    let macs = "workers[w0].macaddr=[\"52:54:00:09:00:31\", \"52:54:00:09:00:41\"]";
    let Some(ran) = with_matchbox_and(&["-e", macs], "", |_| {}) else { return };
    assert!(ran.stderr_text().contains("error[P031]: matchbox config of `w0`"), "{}", ran.stderr_text());
    let change = |served: &Path| {
        let group = fs::read_to_string(served.join("groups/lab-w0.json")).unwrap();
        fs::write(served.join("groups/lab-w0.2.json"), group.replace(":00:31", ":00:41")).unwrap();
    };
    let ran = with_matchbox_and(&["-e", macs], "", change).unwrap();
    let said = ran.stderr_text();
    // What is not rendered is a finding; what is served is none.
    assert!(said.contains("P001") && !said.contains("P031"), "{said}");
}

#[test]
fn matchbox_that_cannot_read_a_config_answers_an_empty_one() {
    let change = |served: &Path| {
        let path = served.join("ignition/lab-worker.ign");
        let text = fs::read_to_string(&path).unwrap().replace("\"3.2.0\"", "\"3.6.0\"");
        fs::write(path, text).unwrap();
    };
    let Some(ran) = with_matchbox("  ignition_url: matchbox\n", change) else { return };
    let said = ran.status(1).stderr_text();
    for node in ["w0", "w1"] {
        assert!(said.contains(&format!("error[P041]: Ignition config of `{node}`")), "{said}");
    }
    assert!(said.contains("an empty config") && said.matches("error[").count() == 2, "{said}");
}

/// A dnsmasq that serves a folder over TFTP, ended when dropped.
struct Dnsmasq(Child);

impl Dnsmasq {
    /// Starts it on an address of loopback; port 69 is root's.
    fn serve(root: &Path, address: &str) -> Option<Self> {
        let program = tool("dnsmasq")?;
        if !rustix::process::getuid().is_root() {
            return None;
        }
        let child = Command::new(program)
            .args(["--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--pid-file"])
            .args(["--bind-interfaces", "--enable-tftp", "--listen-address"])
            .arg(address)
            .arg(format!("--tftp-root={}", root.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self(child);
        Self::wait(address);
        Some(server)
    }

    /// Asks for a file that is not there until that is answered.
    fn wait(address: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        let to: SocketAddr = format!("{address}:69").parse().unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        while Instant::now() < end {
            let _ = socket.send_to(b"\0\x01none\0octet\0", to);
            if socket.recv(&mut [0; 100]).is_ok() {
                return;
            }
        }
        panic!("dnsmasq does not answer at {address}");
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn read(address: &str, path: &str, enough: u64) -> Result<(tftp::Taken, Vec<u8>), TftpError> {
    let mut bytes = Vec::new();
    let ask = tftp::TftpRead {
        server: format!("{address}:69").parse().unwrap(),
        path,
        enough,
        timeout: Duration::from_secs(8),
        deadline: Instant::now() + Duration::from_secs(120),
    };
    tftp::read(&ask, &mut |part| bytes.extend(part)).map(|taken| (taken, bytes))
}

#[test]
fn dnsmasq_gives_files_of_any_length() {
    let (root, address) = (tempfile::tempdir().unwrap(), "127.73.0.1");
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for length in [0, 1, 1427, 1428, 1429, 5000] {
        fs::write(root.path().join(format!("f{length}")), vec![b'x'; length]).unwrap();
    }
    // More blocks than a block number can count.
    let huge = 1428 * 65_536 + 17;
    File::create(root.path().join("huge")).unwrap().set_len(huge).unwrap();
    let Some(_server) = Dnsmasq::serve(root.path(), address) else { return };
    for length in [0, 1, 1427, 1428, 1429, 5000] {
        for path in [format!("f{length}"), format!("/f{length}")] {
            let (taken, bytes) = read(address, &path, u64::MAX).unwrap();
            assert_eq!((taken.size, taken.is_whole), (Some(length as u64), true), "{path}");
            assert_eq!(bytes, vec![b'x'; length], "{path}");
        }
    }
    let (taken, _) = read(address, "huge", u64::MAX).unwrap();
    assert_eq!((taken.length, taken.is_whole), (huge, true));
    let (taken, bytes) = read(address, "huge", 3000).unwrap();
    assert_eq!((taken.size, taken.is_whole, bytes.len()), (Some(huge), false, 4284));
    assert!(matches!(read(address, "absent", 9), Err(TftpError::Absent)));
}

#[test]
fn a_rendered_tree_behind_dnsmasq_passes() {
    let mut stage = Stage::right("  pxelinux: tftp\n");
    let address = "127.73.0.2";
    let Some(_server) = Dnsmasq::serve(&stage.out().join("tftpboot"), address) else { return };
    let ran = stage.verify_at(address, &["--full"]).status(0);
    assert_eq!(ran.stdout_text().matches(": pass\n").count(), 4, "{}", ran.stdout_text());
}

#[test]
fn a_file_that_dnsmasq_does_not_have() {
    let mut stage = Stage::right("");
    let served = tempfile::tempdir().unwrap();
    copy(&stage.out().join("tftpboot"), served.path());
    fs::remove_file(served.path().join(format!("pxelinux.cfg/01-{W0}"))).unwrap();
    let address = "127.73.0.3";
    let Some(_server) = Dnsmasq::serve(served.path(), address) else { return };
    let said = stage.verify_at(address, &[]).status(1).stderr_text();
    assert!(
        said.contains("error[P031]: PXELINUX config of `w0`:") && said.matches("error[").count() == 1,
        "{said}"
    );
}
