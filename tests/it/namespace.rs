//! A network of its own for a test: nothing of it is left when the process ends.

use std::env;
use std::process::{Command, Stdio};

const INSIDE: &str = "OKDBOOT_TEST_INSIDE_ITS_OWN_NETWORK";

/// Runs a test once more, by its full name, inside a network namespace that lines for `ip` were run in;
/// says so and passes where that cannot be.
#[expect(clippy::print_stdout, reason = "a test says what it could not judge")]
pub(crate) fn inside(name: &str, lines: &[&str], test: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        for line in lines {
            ip(line);
        }
        return test();
    }
    let probe = Command::new("unshare")
        .args(["--net", "ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1"])
        .output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        assert!(env::var_os("OKDBOOT_REQUIRE_TOOLS").is_none(), "a network namespace is required");
        println!("no network namespace with a pair of interfaces: `{name}` was not run");
        return;
    }
    let output = Command::new("unshare")
        .args(["--kill-child", "--net", "--mount", "--pid", "--fork"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", name])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Runs ip(8).
pub(crate) fn ip(line: &str) {
    let status = Command::new("ip").args(line.split(' ')).status().unwrap();
    assert!(status.success(), "ip {line}");
}
