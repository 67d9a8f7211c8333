//! The units of the packages and of a machine that reports, as systemd itself reads them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::golden::render;
use crate::tool::tool;

/// What the live image has, as far as the units name it.
const OF_THE_IMAGE: [(&str, &str); 5] = [
    ("coreos-installer.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n"),
    ("coreos-installer.target", "[Unit]\nRequires=coreos-installer.service\n"),
    ("basic.target", "[Unit]\n"),
    ("shutdown.target", "[Unit]\n"),
    ("sysinit.target", "[Unit]\n"),
];

/// The units of the packages.
#[test]
fn systemd_accepts_the_units_of_serve() {
    let Some(systemd) = tool("systemd-analyze") else { return };
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("okdboot-serve.service");
    let own = env!("CARGO_BIN_EXE_okdboot");
    fs::write(&unit, crate::read("packaging/okdboot-serve.service").replace("/usr/bin/okdboot", own))
        .unwrap();
    let socket = folder.path().join("okdboot-serve.socket");
    fs::write(&socket, crate::read("packaging/okdboot-serve.socket")).unwrap();
    for target in ["network-online", "multi-user", "basic", "sysinit", "shutdown", "sockets"] {
        fs::write(folder.path().join(format!("{target}.target")), "[Unit]\n").unwrap();
    }
    let mut command = Command::new(systemd);
    command.args(["verify", "--man=no"]).arg(&unit).arg(&socket).env("SYSTEMD_UNIT_PATH", folder.path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

/// systemd opens the ports, and hands them over when somebody asks: HTTP and the watch in their order, or TFTP.
#[test]
fn serve_takes_the_sockets_that_systemd_hands_over() {
    let Some(activate) = tool("systemd-socket-activate") else { return };
    let ran = render("dhcp");
    let start = |sockets: &[&str], args: &[&str]| {
        let own = env!("CARGO_BIN_EXE_okdboot");
        let mut command = Command::new(&activate);
        command.args(sockets).arg(own).args(["serve", "--data", "out/matchbox"]).args(args);
        command.current_dir(ran.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        Activated(command.spawn().unwrap())
    };
    let (http, watch) = (crate::serving::free_port(), crate::serving::free_port());
    let at = |port: u16| format!("127.0.0.1:{port}");
    let served = start(&["-l", &at(http), "-l", &at(watch)], &["--tftp", "off"]);
    assert_eq!(asked(http, "/"), "matchbox\n");
    assert!(asked(watch, "/watch.json").contains("\"machines\""), "{}", asked(watch, "/watch.json"));
    drop(served);
    // A server of TFTP alone is handed over: the ports of HTTP are opened by `serve` itself.
    let (tftp, http) = (crate::serving::free_port(), at(crate::serving::free_port()));
    fs::create_dir_all(ran.join("out/matchbox/tftpboot")).unwrap();
    let _served = start(&["--datagram", "-l", &at(tftp)], &["--http", &http, "--watch", "off"]);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut answer = [0; 512];
    let heard = (0..20).find_map(|_| {
        socket.send_to(b"\0\x01nothing\0octet\0", at(tftp)).unwrap();
        socket.recv(&mut answer).ok()
    });
    // No such file: RFC 1350, 5.
    assert!(heard.is_some() && answer[..4] == [0, 5, 0, 1], "{heard:?} {:?}", &answer[..8]);
}

/// Ends with the test, and with it what it became.
struct Activated(Child);

impl Drop for Activated {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The body of an answer; systemd listens already when nobody answers yet.
fn asked(port: u16, path: &str) -> String {
    for _ in 0..100 {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            return text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text}")).1.to_owned();
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("nobody listens at {port}");
}

#[test]
fn systemd_accepts_the_units_that_report() {
    let Some(systemd) = tool("systemd-analyze") else { return };
    let ran = render("pin-installer");
    let folder = ran.join("units");
    fs::create_dir_all(folder.join("coreos-installer.service.d")).unwrap();
    for (name, text) in OF_THE_IMAGE {
        fs::write(folder.join(name), text).unwrap();
    }
    let file = ran.join("out/matchbox/assets/ignition/multi/live/m0.ign");
    let config: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let units = config["systemd"]["units"].as_array().unwrap();
    for unit in units {
        let name = unit["name"].as_str().unwrap();
        if let Some(text) = unit["contents"].as_str() {
            fs::write(folder.join(name), text).unwrap();
        }
        for dropin in unit["dropins"].as_array().into_iter().flatten() {
            let path = folder.join(format!("{name}.d")).join(dropin["name"].as_str().unwrap());
            fs::write(path, dropin["contents"].as_str().unwrap()).unwrap();
        }
    }
    assert_eq!(units.len(), 3);
    let names = ["okdboot-installed.service", "okdboot-failed.service", "coreos-installer.service"];
    let mut command = Command::new(systemd);
    command.arg("verify").args(names.map(|name| folder.join(name))).env("SYSTEMD_UNIT_PATH", &folder);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    // A word that it does not know is said: the test would notice.
    let broken = folder.join("okdboot-failed.service");
    let text = fs::read_to_string(&broken).unwrap();
    fs::write(&broken, text.replace("TimeoutStartSec", "TimeoutStarSec")).unwrap();
    let output = command.output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("TimeoutStarSec"));
}
