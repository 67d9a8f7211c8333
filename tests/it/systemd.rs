//! The units of the packages and of a machine that reports, as systemd itself reads them.

use std::fs;
use std::process::Command;

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

/// The unit of the packages.
#[test]
fn systemd_accepts_the_unit_of_serve() {
    let Some(systemd) = tool("systemd-analyze") else { return };
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("okdboot-serve.service");
    let own = env!("CARGO_BIN_EXE_okdboot");
    fs::write(&unit, crate::read("packaging/okdboot-serve.service").replace("/usr/bin/okdboot", own))
        .unwrap();
    for target in ["network-online", "multi-user", "basic", "sysinit", "shutdown"] {
        fs::write(folder.path().join(format!("{target}.target")), "[Unit]\n").unwrap();
    }
    let mut command = Command::new(systemd);
    command.args(["verify", "--man=no"]).arg(&unit).env("SYSTEMD_UNIT_PATH", folder.path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
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
