//! A network of a case's own: the test runs itself once more inside a network namespace. Nothing of it is
//! left when the process ends.

use std::env;
use std::process::{Command, Output, Stdio};

use crate::machine::Slot;
use crate::tool;

const INSIDE: &str = "OKDBOOT_TEST_INSIDE_ITS_OWN_NETWORK";

/// What QEMU plugs its NIC into.
pub const TAP: &str = "okdboot0";

/// `unshare` as root needs nothing else; other users need a user namespace around it.
const WAYS: [&[&str]; 2] = [&["--net"], &["--map-root-user", "--net"]];

/// Says why there can be no network of our own, if there cannot.
pub fn missing() -> Option<String> {
    let Err(error) = way() else { return None };
    Some(format!("no network namespace with a tap interface: {}", error.trim()))
}

/// Finds the arguments of `unshare` that work here.
fn way() -> Result<&'static [&'static str], String> {
    let mut error = String::from("there is no `unshare`");
    for way in WAYS {
        let probe = unshare(way).args(["ip", "tuntap", "add", "dev", TAP, "mode", "tap"]).output();
        match probe {
            Ok(output) if output.status.success() => return Ok(way),
            Ok(output) => error = String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(_) => {}
        }
    }
    Err(error)
}

fn unshare(way: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.arg("--kill-child").args(way).stdin(Stdio::null());
    command
}

/// Says whether this is the test inside.
pub fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs a test once more, by its full name, inside.
pub fn run_inside(name: &str) {
    let _slot = Slot::wait();
    let exe = env::current_exe().expect("the test is a program");
    let mut command = unshare(way().expect("it was there a moment ago"));
    command.arg(exe).args(["--exact", "--nocapture", name]).env(INSIDE, "1");
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "inside: {status}\n{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "nothing ran inside\n{stdout}");
}

/// Runs ip(8) for each line.
pub fn ip(lines: &[&str]) {
    for line in lines {
        let status = Command::new(tool::program("ip")).args(line.split(' ')).status().expect("it runs");
        assert!(status.success(), "ip {line}");
    }
}
