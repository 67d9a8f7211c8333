//! `okdboot commands --method power`, run by a shell against a Redfish emulator, sushy-emulator.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};
use crate::server::{Answer, Server};
use crate::serving::free_port;
use crate::tool::tool;

const SYSTEMS: [&str; 2] = ["da69abcc-dae0-4913-9a7b-d344043097c0", "da69abcc-dae0-4913-9a7b-d344043097c1"];

/// An emulator of two machines, ended when dropped.
struct Bmc {
    child: Child,
    _folder: tempfile::TempDir,
    url: String,
}

impl Bmc {
    fn start() -> Option<Self> {
        let program = tool("sushy-emulator")?;
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let system = |(at, uuid): (usize, &&str)| {
            format!(
                "{{'uuid': '{uuid}', 'name': 'w{at}', 'power_state': 'Off', 'external_notifier': False, 'nics': []}}"
            )
        };
        let systems: Vec<String> = SYSTEMS.iter().enumerate().map(system).collect();
        let config = format!(
            "SUSHY_EMULATOR_FAKE_DRIVER = True\nSUSHY_EMULATOR_LISTEN_IP = '127.0.0.1'\nSUSHY_EMULATOR_LISTEN_PORT = {port}\n\
             SUSHY_EMULATOR_STATE_DIR = '{}'\nSUSHY_EMULATOR_FAKE_SYSTEMS = [{}]\n",
            folder.path().display(),
            systems.join(", ")
        );
        let file = folder.path().join("config.py");
        fs::write(&file, config).unwrap();
        let child = Command::new(program)
            .arg("--config")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the emulator does not answer");
            sleep(Duration::from_millis(50));
        }
        Some(Self { child, _folder: folder, url: format!("http://127.0.0.1:{port}") })
    }

    fn system(&self, at: usize, below: &str) -> Value {
        let url = format!("{}/redfish/v1/Systems/{}{below}", self.url, SYSTEMS[at]);
        let _ = rustls::crypto::ring::default_provider().install_default();
        serde_json::from_str(&reqwest::blocking::get(url).unwrap().text().unwrap()).unwrap()
    }
}

impl Bmc {
    /// The emulator takes its time, as machines do.
    #[track_caller]
    fn comes_up(&self, at: usize) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.system(at, "")["PowerState"] != "On" {
            assert!(Instant::now() < until, "{}", self.system(at, ""));
            sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Bmc {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn vars(url: &str, bmc: [&str; 2]) -> String {
    format!(
        "disk: vda\nhelper: {{name: helper, ipaddr: 192.168.9.2}}\ndns: {{domain: example.com, clusterid: lab}}\n\
         masters: [{{name: m0, ipaddr: 192.168.9.21, macaddr: \"52:54:00:09:00:21\"}}]\nworkers:\n\
         - {{name: w0, ipaddr: 192.168.9.31, macaddr: \"52:54:00:09:00:31\", bmc: \"{}\"}}\n\
         - {{name: w1, ipaddr: 192.168.9.32, macaddr: \"52:54:00:09:00:32\", bmc: \"{}\"}}\n\
         okdboot: {{url: \"{url}\"}}\n",
        bmc[0], bmc[1]
    )
}

/// Runs the lines of one machine by a shell, but for those that a pattern leaves out.
#[track_caller]
fn run(ran: &Ran, node: &str, takes: impl Fn(&str) -> bool) {
    let made = Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .args(["commands", "--method", "power", node, "-q"])
        .current_dir(ran.path())
        .output()
        .unwrap();
    let script: Vec<&str> =
        str::from_utf8(&made.stdout).unwrap().lines().filter(|line| takes(line)).collect();
    fs::write(ran.join("bmc.conf"), "user = \"admin:secret\"\n").unwrap();
    let shell =
        Command::new("sh").arg("-euc").arg(script.join("\n")).current_dir(ran.path()).output().unwrap();
    assert!(shell.status.success(), "{script:#?}\n{}", String::from_utf8_lossy(&shell.stderr));
}

#[test]
fn a_redfish_emulator_takes_every_line() {
    let Some(bmc) = Bmc::start() else { return };
    let images = Server::start(|_, request| match request.path.as_str() {
        "/assets/lab-w1.iso" => Answer::ok("an image"),
        _ => Answer::new(404, ""),
    });
    let whole = format!("{}/redfish/v1/Systems/{}", bmc.url, SYSTEMS[1]);
    let ran =
        Sandbox::new().vars(vars(&images.url(""), [&bmc.url, &whole])).args(["check", "-q"]).run().status(0);
    // Its system is found; it is off, and is switched on.
    assert_eq!(bmc.system(0, "")["PowerState"], "Off");
    run(&ran, "w0", |line| !line.starts_with("insert ") && !line.contains("ipmitool -"));
    let system = bmc.system(0, "");
    assert_eq!(system["Boot"]["BootSourceOverrideTarget"], "Pxe", "{system}");
    bmc.comes_up(0);
    assert_eq!(bmc.system(1, "")["PowerState"], "Off", "the other one stays as it was");
    // It is on by now, and is started anew.
    run(&ran, "w0", |line| !line.starts_with("insert ") && !line.contains("ipmitool -"));
    run(&ran, "w1", |line| !line.starts_with("once Pxe") && !line.contains("ipmitool -"));
    let drive = bmc.system(1, "/VirtualMedia/Cd");
    assert_eq!((&drive["Inserted"], drive["Image"].as_str().is_some()), (&true.into(), true), "{drive}");
    assert_eq!(bmc.system(1, "")["Boot"]["BootSourceOverrideTarget"], "Cd");
}

#[test]
fn who_has_no_bmc_is_said_and_no_password_is_taken() {
    let bmc = ["https://[fd00::31]", "https://bmc1.example.com:8443/redfish/v1/Systems/System.Embedded.1"];
    let ran = Sandbox::new().vars(vars("http://192.168.9.2:8080", bmc));
    let ran = ran.args(["commands", "--method", "power"]).run().status(0);
    let said = ran.stdout_text();
    assert!(ran.stderr_text().contains("no `bmc` in vars.yaml: `m0`"), "{}", ran.stderr_text());
    for line in [
        "bmc=https://[fd00::31]",
        "system=/redfish/v1/Systems/System.Embedded.1",
        "insert http://192.168.9.2:8080/assets/lab-w1.iso && once Cd && start",
    ] {
        assert!(said.lines().any(|it| it == line), "{line}: {said}");
    }
    assert!(
        said.contains("ipmitool -I lanplus -H fd00::31 -U \"$BMC_USER\" -f bmc.password chassis bootdev pxe"),
        "{said}"
    );
    let script = ran.join("all.sh");
    fs::write(&script, said).unwrap();
    assert!(Command::new("sh").arg("-n").arg(script).status().unwrap().success(), "a shell reads it");
    let with = ["https://admin:geheim@10.0.0.1", "https://10.0.0.2"];
    let ran = ran.again().vars(vars("http://192.168.9.2:8080", with)).args(["check"]).run().status(3);
    let said = ran.stderr_text();
    assert!(said.contains("bmc") && !said.contains("geheim"), "{said}");
    let ran =
        ran.again().vars(vars("http://192.168.9.2:8080", ["10.0.0.1", "ftp://x"])).args(["check"]).run();
    let said = ran.status(3).stderr_text();
    assert_eq!(said.matches("error[V116]").count(), 2, "{said}");
    assert!(said.contains("write it as `https://10.0.0.31`"), "{said}");
}
