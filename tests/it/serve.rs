//! `okdboot serve`: what it gives away, to whom, and what it says of it.

use std::fs;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::namespace;
use crate::sandbox::Sandbox;
use crate::serving::{Got, PATIENCE, Serving, ask, connect, free_port};
use crate::stage::{Stage, W0, artifact, name};

/// A rendered tree with its images, in a folder that has vars.yaml too.
fn tree(settings: &str) -> Stage {
    Stage::right(settings)
}

fn serve(stage: &Stage, more: &[&str]) -> Serving {
    let folder = stage.out().parent().unwrap().to_owned();
    Serving::start(&folder, &[&["-o", "out", "--ignition", "ignition"], more].concat())
}

/// Puts a rootfs into the tree that is too large for the buffers of a connection, begins to fetch it for
/// `w0`, and returns the connection.
fn begun(stage: &Stage, serving: &Serving) -> BufReader<TcpStream> {
    fs::write(stage.out().join(format!("matchbox/assets/{}", name("rootfs"))), vec![7; 64 << 20]).unwrap();
    let mut stream = connect(serving.http);
    let head = format!("GET /assets/{} HTTP/1.1\r\nHost: h\r\n\r\n", name("rootfs"));
    stream.get_mut().write_all(head.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    let until = Instant::now() + PATIENCE;
    while serving.machine("w0")["transfer"]["sent-bytes"].as_u64().is_none_or(|sent| sent == 0) {
        assert!(Instant::now() < until, "{:#}", serving.machine("w0"));
    }
    stream
}

/// What is printed and answered in a run in which everything happens.
pub(crate) fn documents() -> Vec<(String, Value)> {
    let stage = tree("");
    let serving = serve(&stage, &[]);
    serving.get("/ipxe?mac=52-54-00-09-00-33");
    serving.get(&format!("/ipxe?mac={W0}"));
    let event = serving.says("w0 has its boot configuration");
    let stream = begun(&stage, &serving);
    let watch = serde_json::from_slice(&serving.look("/watch.json").body).unwrap();
    let ran = Sandbox::new().args(["serve", "--data", "none", "--format", "json"]).run().status(6);
    let failed = serde_json::from_str(&ran.stdout_text()).unwrap();
    drop(stream);
    serving.says("broke off");
    serving.signal("TERM");
    let ended = serving.event(|line| line.get("exit").is_some());
    [("serve-event", event), ("serve-watch", watch), ("serve", failed), ("serve", ended)]
        .map(|(name, document)| (name.to_owned(), document))
        .into()
}

fn kernel() -> String {
    format!("/assets/{}", name("kernel"))
}

#[test]
fn a_machine_is_followed_from_its_config_to_its_ignition_file() {
    let stage = tree("");
    let serving = serve(&stage, &[]);
    assert_eq!(serving.machine("w0")["stage"], "never seen");
    let script = serving.get(&format!("/ipxe/{W0}.ipxe"));
    assert_eq!((script.status, script.field("Content-Type")), (200, Some("text/plain; charset=utf-8")));
    assert_eq!(script.body, fs::read(stage.out().join(format!("http/ipxe/{W0}.ipxe"))).unwrap());
    serving.says("w0 has its boot configuration");
    for kind in ["kernel", "initramfs"] {
        assert_eq!(serving.get(&format!("/assets/{}", name(kind))).body, artifact(kind));
        serving.says(&format!("w0 has the {kind} (195.3 KiB in "));
    }
    let rootfs = format!("/assets/{}", name("rootfs"));
    let head = ask(serving.http, &format!("HEAD {rootfs} HTTP/1.1\r\nHost: h\r\n\r\n"));
    assert_eq!((head.status, head.field("Content-Length"), head.body.len()), (200, Some("200000"), 0));
    serving.says("w0 runs the live system");
    serving.get(&rootfs);
    serving.says("w0 has the rootfs");
    let ignition = serving.get("/assets/ignition/lab/worker.ign");
    assert_eq!(ignition.body, fs::read(stage.out().join("matchbox/assets/ignition/lab/worker.ign")).unwrap());
    let event = serving.says("w0 has its Ignition file");
    assert_eq!(
        (&event["cluster"], &event["machine"], &event["stage"]),
        (&"lab".into(), &"w0".into(), &"ignition".into())
    );
    let machine = serving.machine("w0");
    assert_eq!(
        (&machine["boots"], &machine["role"], &machine["mode"]),
        (&1.into(), &"worker".into(), &"install".into())
    );
    // It comes back by network: somebody should know before its disk is written again.
    serving.get(&format!("/ipxe?mac={W0}"));
    let event = serving.says("boots from the network again");
    assert_eq!(event["level"], "warning");
    assert!(serving.machine("w0")["note"].as_str().unwrap().contains("okdboot disarm w0"));
}

#[test]
fn what_breaks_off_is_said() {
    let stage = tree("");
    let serving = serve(&stage, &[]);
    serving.get(&format!("/ipxe?mac={W0}"));
    let stream = begun(&stage, &serving);
    drop(stream);
    let event = serving.says("w0 broke off rootfs");
    assert_eq!(event["level"], "error");
    assert!(serving.machine("w0")["note"].as_str().unwrap().contains("start the machine anew"));
}

#[test]
fn strangers_and_local_machines_are_told_why() {
    let stage = tree("  mode: local\n  ipxe: matchbox\n");
    let serving = serve(&stage, &[]);
    let local = serving.get(&format!("/ipxe?mac={W0}"));
    assert_eq!((local.status, local.text().as_str()), (404, "okdboot: w0 boots from its disk\n"));
    serving.says("w0 is sent to its own disk");
    let stranger = serving.get("/ipxe?mac=52-54-00-09-00-33");
    assert_eq!(stranger.status, 404);
    assert!(
        stranger.text().contains("no machine has the MAC address 52:54:00:09:00:33; w"),
        "{}",
        stranger.text()
    );
    assert_eq!(serving.says("no machine has this MAC address")["level"], "warning");
    let all: Value = serde_json::from_slice(&serving.look("/watch.json").body).unwrap();
    assert_eq!(all["unknown"][0]["mac"], "52:54:00:09:00:33");
}

#[test]
fn nothing_from_outside_is_given() {
    let stage = tree("");
    let assets = stage.out().join("matchbox/assets");
    let auth = stage.out().join("matchbox/assets/auth");
    fs::create_dir_all(&auth).unwrap();
    fs::write(auth.join("kubeconfig"), "secret").unwrap();
    symlink("../../SHA512SUMS", assets.join("sums.txt")).unwrap();
    symlink("..", assets.join("up")).unwrap();
    let serving = serve(&stage, &["--force"]);
    for path in [
        "/assets/auth/kubeconfig",
        "/assets/sums.txt",
        "/assets/up/groups/lab-w0.json",
        "/assets/%2e%2e/groups/lab-w0.json",
        "/assets/..%2fgroups%2flab-w0.json",
        "/assets/ignition/",
        "/assets/ignition",
        "/.okdboot/lock",
        "/assets/../../.okdboot/lock",
        "/groups/lab-w0.json",
        "/matchbox/groups/lab-w0.json",
        "/SHA512SUMS",
        "/commands/lab.txt",
        "/tftp/../SHA512SUMS",
        "/tftp/%2e%2e/SHA512SUMS",
    ] {
        let got = serving.get(path);
        assert!(matches!(got.status, 400 | 404), "{path}: {} {}", got.status, got.text());
    }
    let pxe = format!("/tftp/pxelinux.cfg/01-{W0}");
    assert_eq!(
        serving.get(&pxe).body,
        fs::read(stage.out().join(format!("tftpboot/pxelinux.cfg/01-{W0}"))).unwrap()
    );
}

#[test]
fn an_ignition_file_that_was_changed_is_not_given_to_a_machine() {
    let stage = tree("");
    let path = stage.out().join("matchbox/assets/ignition/lab/worker.ign");
    let serving = serve(&stage, &[]);
    for bad in [r#"{"ignition":{"version":"3.2.0"}}"#, "{", ""] {
        fs::write(&path, bad).unwrap();
        let got = serving.get("/assets/ignition/lab/worker.ign");
        // 500 makes the installer ask again; an empty config would end it for good.
        assert_eq!(got.status, 500, "{bad}");
        serving.says("cannot be given to a machine");
    }
}

#[test]
fn a_tree_with_faults_is_not_served() {
    let stage = tree("");
    fs::remove_file(stage.out().join("matchbox/groups/lab-w0.json")).unwrap();
    let folder = stage.out().parent().unwrap().to_owned();
    let run = |more: &[&str]| {
        let words = [&["serve", "-o", "out", "--ignition", "ignition", "--check"], more].concat();
        std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"))
            .args(words)
            .env_clear()
            .current_dir(&folder)
            .output()
            .unwrap()
    };
    let refused = run(&[]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.contains("error[P001]")
            && said.contains("help: mend what is said above, or serve it all the same with `--force`"),
        "{said}"
    );
    let forced = run(&["--force"]);
    let said = String::from_utf8(forced.stderr).unwrap();
    assert_eq!(forced.status.code(), Some(0), "{said}");
    assert!(said.contains("\nserving 4 machines, 3 groups\n"), "{said}");
}

#[test]
fn what_cannot_be_served_or_listened_on_is_said() {
    let ran = Sandbox::new().args(["serve", "--data", "none"]).run().status(6);
    assert!(ran.stderr_text().contains("cannot serve `none`"), "{}", ran.stderr_text());
    assert!(ran.stderr_text().contains("nothing in it boots a machine"), "{}", ran.stderr_text());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    let stage = tree("");
    let folder = stage.out().join("matchbox");
    let run = |http: &str| {
        let words = ["serve", "--data", ".", "--http", http];
        std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"))
            .args(words)
            .env_clear()
            .current_dir(&folder)
            .output()
            .unwrap()
    };
    let refused = run(&at.to_string());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(4), "{said}");
    assert!(said.contains(&format!("error: cannot listen on {at}\n")), "{said}");
    assert!(said.contains(&format!("ss -ltnp sport = :{}", at.port())), "{said}");
    let refused = run("192.0.2.1:8080");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        refused.status.code() == Some(4) && said.contains("name an address of this machine with `--http`"),
        "{said}"
    );
}

#[test]
fn a_tree_that_knows_no_addresses_is_not_served_to_anybody() {
    let stage = tree("");
    let roster = stage.out().join(".okdboot/machines/lab.json");
    let mut old: Value = serde_json::from_slice(&fs::read(&roster).unwrap()).unwrap();
    for machine in old["machines"].as_array_mut().unwrap() {
        machine.as_object_mut().unwrap().retain(|key, _| !["role", "addresses"].contains(&key.as_str()));
    }
    fs::write(&roster, old.to_string()).unwrap();
    let folder = stage.out().parent().unwrap().to_owned();
    let run = |more: &[&str]| {
        let words = [&["serve", "-o", "out", "--ignition", "ignition", "--check", "--force"], more].concat();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"));
        let ran = command.args(words).env_clear().current_dir(&folder).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, said) = run(&[]);
    assert!(code == Some(1) && said.contains("help: render it again with `okdboot render`"), "{said}");
    assert_eq!(run(&["--open"]).0, Some(0));
}

#[test]
fn what_is_rendered_meanwhile_is_served_from_then_on() {
    let stage = tree("  ipxe: matchbox\n");
    let folder = stage.out().parent().unwrap().to_owned();
    let serving = serve(&stage, &[]);
    assert_eq!(serving.get(&format!("/ipxe?mac={W0}")).status, 200);
    let arm = |word: &str| {
        let words = [word, "w0", "-o", "out", "-q"];
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"))
            .args(words)
            .env_clear()
            .current_dir(&folder)
            .status();
        assert!(ran.unwrap().success());
        serving.says("the tree has changed and is served now: 4 machines");
    };
    arm("disarm");
    assert_eq!(serving.get(&format!("/ipxe?mac={W0}")).status, 404);
    assert_eq!(serving.machine("w0")["mode"], "local");
    arm("arm");
    assert_eq!(serving.get(&format!("/ipxe?mac={W0}")).status, 200);
    // A tree that cannot be read leaves what was served before.
    let roster = stage.out().join(".okdboot/machines/lab.json");
    let before = fs::read(&roster).unwrap();
    fs::write(&roster, "{").unwrap();
    assert_eq!(serving.says("cannot be served; what it was before is served on")["level"], "error");
    assert_eq!(serving.get(&format!("/ipxe?mac={W0}")).status, 200);
    fs::write(&roster, before).unwrap();
    serving.says("is served now");
    serving.signal("HUP");
    serving.says("is served now");
}

#[test]
fn a_body_ends_before_the_server_does() {
    let stage = tree("");
    let path = stage.out().join(format!("matchbox/assets/{}", name("rootfs")));
    fs::write(&path, vec![7; 32 << 20]).unwrap();
    let mut serving = serve(&stage, &["--force"]);
    let mut stream = connect(serving.http);
    let head = format!("GET /assets/{} HTTP/1.1\r\nHost: h\r\n\r\n", name("rootfs"));
    stream.get_mut().write_all(head.as_bytes()).unwrap();
    let mut first = [0; 100];
    stream.read_exact(&mut first).unwrap();
    serving.signal("TERM");
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(serving.http).is_ok() {
        assert!(Instant::now() < until, "it still accepts");
    }
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.len() + 100 > 32 << 20, "{}", rest.len());
    assert_eq!(serving.end().code(), Some(0));
}

#[test]
fn requests_follow_one_another_on_a_connection() {
    let stage = tree("");
    let serving = serve(&stage, &["--watch", "off"]);
    let mut stream = connect(serving.http);
    for _ in 0..100 {
        stream
            .get_mut()
            .write_all(format!("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", kernel()).as_bytes())
            .unwrap();
        assert_eq!(Got::read(&mut stream, false).body, artifact("kernel"));
    }
    // Two at once, the second of them the last.
    let two = format!(
        "HEAD {k} HTTP/1.1\r\nHost: h\r\n\r\nGET {k} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        k = kernel()
    );
    stream.get_mut().write_all(two.as_bytes()).unwrap();
    assert_eq!(Got::read(&mut stream, true).field("Connection"), Some("keep-alive"));
    assert_eq!(Got::read(&mut stream, false).body, artifact("kernel"));
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    let old = ask(serving.http, &format!("GET {} HTTP/1.0\r\nRange: bytes=10-19\r\n\r\n", kernel()));
    assert_eq!((old.status, old.body.as_slice()), (206, &artifact("kernel")[10..20]));
    // Byte by byte is a request, too.
    let mut slow = connect(serving.http);
    for byte in b"GET / HTTP/1.0\r\n\r\n" {
        slow.get_mut().write_all(&[*byte]).unwrap();
    }
    assert_eq!(Got::read(&mut slow, false).text(), "matchbox\n");
}

#[test]
fn who_says_nothing_keeps_nobody_waiting() {
    let stage = tree("");
    let serving = serve(&stage, &[]);
    // More than the places of one address: those who come later are let go.
    let idle: Vec<_> = (0..100).filter_map(|_| TcpStream::connect(serving.http).ok()).collect();
    let refused = |mut stream: TcpStream| {
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_)) && stream.take_error().is_ok()
    };
    assert!(idle.into_iter().all(refused));
    let until = Instant::now() + PATIENCE;
    loop {
        let mut stream = connect(serving.http);
        let asked = stream.get_mut().write_all(b"GET / HTTP/1.0\r\n\r\n");
        let mut text = String::new();
        if asked.is_ok() && stream.read_to_string(&mut text).is_ok_and(|_| text.ends_with("matchbox\n")) {
            break;
        }
        assert!(Instant::now() < until, "places are never free again");
    }
}

#[test]
fn verify_asks_it_and_has_nothing_to_say() {
    for settings in ["", "  ipxe: matchbox\n", "  ipxe: matchbox\n  ignition_url: matchbox\n"] {
        let port = free_port();
        let mut stage = tree(&format!("  url: http://127.0.0.1:{port}\n{settings}"));
        let serving = serve(&stage, &["--http", &format!("127.0.0.1:{port}")]);
        let ran = stage.verify(&["--full"]).status(0);
        assert!(!ran.stderr_text().contains("[P03"), "{}", ran.stderr_text());
        assert_eq!(ran.stdout_text().matches(": pass").count(), 4, "{}", ran.stdout_text());
        // A rehearsal is no boot.
        assert_eq!(serving.machine("w0")["stage"], "never seen");
    }
}

#[test]
fn the_watch_is_a_page_json_events_and_metrics() {
    let stage = tree("");
    let serving = serve(&stage, &[]);
    serving.get(&format!("/ipxe?mac={W0}"));
    serving.get(&kernel());
    serving.says("w0 has the kernel");
    let page = serving.look("/");
    let policy = page.field("Content-Security-Policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(
        page.text().contains("<th scope=\"row\">w0<small>lab</small></th><td>worker</td><td>kernel</td>"),
        "{}",
        page.text()
    );
    let metrics = serving.look("/metrics").text();
    assert!(
        metrics.contains("okdboot_machine_stage{cluster=\"lab\",machine=\"w0\",role=\"worker\"} 5\n"),
        "{metrics}"
    );
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    let mut events = connect(serving.watch.unwrap());
    events.get_mut().write_all(b"GET /events HTTP/1.1\r\nHost: h\r\nLast-Event-ID: 2\r\n\r\n").unwrap();
    let mut text = String::new();
    while !text.contains("w0 has the kernel") {
        let mut piece = [0; 1024];
        let length = events.read(&mut piece).unwrap();
        assert!(length > 0, "{text}");
        text.push_str(std::str::from_utf8(&piece[..length]).unwrap());
    }
    assert!(text.contains("Content-Type: text/event-stream\r\n") && !text.contains("id: 2\n"), "{text}");
    assert_eq!(serving.look("/nosuch").status, 404);
    crate::schema::conforms(
        "serve-watch",
        &serde_json::from_slice(&serving.look("/watch.json").body).unwrap(),
    );
}

#[test]
fn a_script_can_wait_for_the_rack() {
    let stage = tree("");
    let mut serving = serve(&stage, &["--until", "ignition", "--timeout", "5m"]);
    for (mac, role) in [("20", "bootstrap"), ("21", "master"), ("31", "worker"), ("32", "worker")] {
        serving.get(&format!("/ipxe?mac=52-54-00-09-00-{mac}"));
        serving.get(&format!("/assets/ignition/lab/{role}.ign"));
        serving.says("has its Ignition file");
    }
    assert_eq!(serving.end().code(), Some(0));
    let mut serving = serve(&stage, &["--until", "live", "--timeout", "0m"]);
    assert_eq!(serving.end().code(), Some(1));
}

/// What is set so that machines report.
const REPORTS: &str = "  ignition_pin: installer\n  report: true\n";

/// Returns the path that a machine reports to, as its live system finds it.
fn report_path(stage: &Stage, name: &str, outcome: &str) -> String {
    let file = stage.out().join(format!("matchbox/assets/ignition/lab/live/{name}.ign"));
    let config: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let units = config["systemd"]["units"].as_array().unwrap();
    let unit = units.iter().find(|unit| unit["name"] == format!("okdboot-{outcome}.service")).unwrap();
    let line =
        unit["contents"].as_str().unwrap().lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    let url = line.rsplit(' ').next().unwrap();
    url[url.find("/report/").unwrap()..].to_owned()
}

fn post(serving: &Serving, path: &str) -> Got {
    ask(serving.http, &format!("POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
}

#[test]
fn a_machine_that_reports_is_disarmed() {
    let stage = tree(REPORTS);
    let serving = serve(&stage, &["--auto-disarm"]);
    let (installed, failed) = (report_path(&stage, "w0", "installed"), report_path(&stage, "w0", "failed"));
    assert_eq!(serving.get(&installed).status, 405);
    let (rest, _) = installed.rsplit_once('/').unwrap();
    for wrong in [
        rest.to_owned(),
        format!("{rest}/elsewhere"),
        installed.replace("/w0/", "/w1/"),
        installed.replace("/lab/", "/other/"),
        "/report".to_owned(),
    ] {
        assert_eq!(post(&serving, &wrong).status, 404, "{wrong}");
    }
    assert_eq!(post(&serving, "/boot.ipxe").status, 405);
    assert_eq!(post(&serving, &failed).status, 200);
    let event = serving.says("w0: coreos-installer has failed");
    assert_eq!((&event["level"], &event["machine"]), (&"error".into(), &"w0".into()));
    assert!(serving.machine("w0")["note"].as_str().unwrap().contains("journalctl"));
    serving.get(&format!("/ipxe?mac={W0}"));
    serving.get("/assets/ignition/lab/live/w0.ign");
    serving.says("w0 has its Ignition file");
    assert_eq!(post(&serving, &installed).status, 200);
    let event = serving.says("w0 is installed");
    assert_eq!(event["stage"], "installed");
    serving.says("w0 is disarmed: it boots from its disk from now on");
    serving.says("the tree has changed and is served now");
    assert_eq!(serving.machine("w0")["mode"], "local");
    assert_eq!(serving.machine("w1")["mode"], "install");
    let answer = serving.get(&format!("/ipxe?mac={W0}"));
    assert!(answer.status == 404 && answer.text().contains("w0 boots from its disk"), "{}", answer.text());
    serving.says("w0 is sent to its own disk");
    let armed = fs::read_to_string(stage.out().with_file_name("okdboot.state.json")).unwrap();
    assert!(armed.contains("\"w0\"") && !armed.contains("\"w1\""), "{armed}");
}

#[test]
fn a_script_can_wait_until_all_report() {
    let stage = tree(REPORTS);
    let mut serving = serve(&stage, &["--auto-disarm", "--until", "installed", "--timeout", "5m"]);
    for name in ["boot", "m0", "w0", "w1"] {
        assert_eq!(post(&serving, &report_path(&stage, name, "installed")).status, 200);
        serving.says(&format!("{name} is disarmed"));
    }
    assert_eq!(serving.end().code(), Some(0));
}

#[test]
fn a_machine_that_has_its_ignition_file_is_installed_once() {
    let stage = tree("");
    for option in [&["--until", "installed"][..], &["--auto-disarm"]] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"))
            .args(["serve", "-o", "out", "--ignition", "ignition"])
            .args(option)
            .env_clear()
            .current_dir(stage.out().parent().unwrap())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("no machine of `lab` sends one") && said.contains("okdboot.report"), "{said}");
    }
    let serving = serve(&stage, &["--once", "refuse"]);
    serving.get(&format!("/ipxe?mac={W0}"));
    serving.get("/assets/ignition/lab/worker.ign");
    serving.says("w0 is disarmed");
    serving.says("the tree has changed and is served now");
    assert_eq!(serving.get(&format!("/ipxe?mac={W0}")).status, 404);
    assert_eq!(serving.get("/assets/ignition/lab/worker.ign").status, 200, "the installer may ask again");
    let ran = Sandbox::new().args(["serve", "--data", "out", "--once", "refuse"]).run().status(2);
    assert!(ran.stderr_text().contains("--data"), "{}", ran.stderr_text());
}

/// The tree is locked by another run: it is tried again.
#[test]
fn a_machine_is_disarmed_as_soon_as_the_tree_is_free() {
    let stage = tree(REPORTS);
    let lock = fs::File::open(stage.out().join(".okdboot/lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    let serving = serve(&stage, &["--auto-disarm", "--force"]);
    post(&serving, &report_path(&stage, "w0", "installed"));
    let event = serving.says("w0 is not disarmed yet, and will be tried again");
    assert_eq!(event["level"], "warning", "{event}");
    drop(lock);
    serving.says("w0 is disarmed");
}

#[test]
fn ignition_goes_to_the_machines_that_it_is_for() {
    let lines = [
        "link set lo up",
        "addr add 192.168.9.2/24 dev lo",
        "addr add 192.168.9.31/32 dev lo",
        "addr add 192.168.9.21/32 dev lo",
        "addr add 192.168.9.99/32 dev lo",
        "addr add 192.168.9.77/32 dev lo",
    ];
    namespace::inside("serve::ignition_goes_to_the_machines_that_it_is_for", &lines, || {
        let stage = tree("");
        let from = |serving: &Serving, address: &str, path: &str| {
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            let own: SocketAddr = format!("{address}:0").parse().unwrap();
            socket.bind(&own.into()).unwrap();
            socket.connect(&serving.http.into()).unwrap();
            let mut stream = BufReader::new(TcpStream::from(socket));
            stream.get_mut().write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
            Got::read(&mut stream, false)
        };
        let serving = serve(&stage, &["--http", "192.168.9.2:8080"]);
        let worker = "/assets/ignition/lab/worker.ign";
        assert_eq!(from(&serving, "192.168.9.31", worker).status, 200);
        assert_eq!(from(&serving, "192.168.9.31", "/assets/ignition/lab/master.ign").status, 403);
        assert_eq!(from(&serving, "192.168.9.21", "/assets/ignition/lab/bootstrap.ign").status, 403);
        let stranger = from(&serving, "192.168.9.99", worker);
        assert!(stranger.status == 403 && stranger.text().contains("`--open`"), "{}", stranger.text());
        serving.says("192.168.9.99 was refused: 192.168.9.99 is no machine of vars.yaml");
        // To ask with somebody's MAC address does not make it so.
        from(&serving, "192.168.9.99", &format!("/ipxe?mac={W0}"));
        assert_eq!(from(&serving, "192.168.9.99", worker).status, 403);
        // What is no secret is for everybody.
        assert_eq!(from(&serving, "192.168.9.99", &kernel()).status, 200);
        let serving = serve(&stage, &["--http", "192.168.9.2:8081", "--open"]);
        assert_eq!(from(&serving, "192.168.9.99", worker).status, 200);
        // Who is installed from the ISO has no file in the tree, and is a machine of vars.yaml.
        let vars = stage.out().with_file_name("vars.yaml");
        let text = fs::read_to_string(&vars).unwrap();
        fs::write(&vars, text.replace("workers:\n", "workers:\n  - { name: iso0, ipaddr: 192.168.9.77 }\n"))
            .unwrap();
        let serving = serve(&stage, &["--http", "192.168.9.2:8082", "--force"]);
        assert_eq!(from(&serving, "192.168.9.77", worker).status, 200);
        assert_eq!(from(&serving, "192.168.9.77", "/assets/ignition/lab/master.ign").status, 403);
        assert_eq!(from(&serving, "192.168.9.99", worker).status, 403);
        // A copy that lies elsewhere is no way around.
        fs::write(stage.out().join("tftpboot/copy.ign"), r#"{"ignition":{"version":"3.2.0"}}"#).unwrap();
        assert_eq!(from(&serving, "192.168.9.99", "/tftp/copy.ign").status, 403);
    });
}

/// As root the ports are opened, and nothing of root is left afterwards; whoever cannot read what it gives
/// away says so at once.
#[test]
fn the_rights_of_root_are_given_up() {
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    if !rustix::process::geteuid().is_root() || !groups.contains("nogroup:") {
        return;
    }
    let stage = tree("");
    let folder = stage.out().parent().unwrap().to_owned();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&folder, mode).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .args(["serve", "-o", "out", "--ignition", "ignition", "--user", "nobody"])
        .args(["--http", "127.0.0.1:0", "--watch", "off", "--tftp", "off"])
        .env_clear()
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains("user `nobody` may not read `out/matchbox/assets/ignition/lab/"), "{said}");
    let rendered = std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .args(["render", "-o", "out", "--ignition", "ignition", "--group", "nogroup", "-q"])
        .env_clear()
        .current_dir(&folder)
        .status()
        .unwrap();
    assert!(rendered.success());
    let serving = serve(&stage, &["--user", "nobody"]);
    assert_eq!(serving.get("/assets/ignition/lab/worker.ign").status, 200);
    let status = serving.status();
    let of = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(!of("Uid:").split_whitespace().any(|id| id == "0"), "{status}");
    assert!(!of("Gid:").split_whitespace().any(|id| id == "0"), "{status}");
    assert_eq!(of("CapEff:").split_whitespace().last(), Some("0000000000000000"));
    for task in fs::read_dir(format!("/proc/{}/task", serving.pid())).unwrap() {
        let text = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        assert!(text.contains(&of("Uid:")), "{text}");
    }
}

#[test]
fn systemd_is_told_when_it_is_ready() {
    let stage = tree("");
    let socket = stage.out().join("notify");
    let listener = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    listener.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"))
        .args(["serve", "--data", "matchbox", "--http", "127.0.0.1:0", "--watch", "off", "-q"])
        .env_clear()
        .env("NOTIFY_SOCKET", &socket)
        .current_dir(stage.out())
        .spawn()
        .unwrap();
    let mut words = [0; 64];
    let length = listener.recv(&mut words).unwrap();
    assert_eq!(&words[..length], b"READY=1");
    std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let length = listener.recv(&mut words).unwrap();
    assert_eq!(&words[..length], b"STOPPING=1");
    assert!(child.wait().unwrap().success());
}

/// A pull secret in an Ignition file is in nothing that is said.
#[test]
fn no_secret_is_said() {
    let stage = tree("");
    let file = stage.out().join("matchbox/assets/ignition/lab/worker.ign");
    let secret = fs::read_to_string(&file).unwrap();
    let secret = &secret[secret.len() / 2..secret.len() / 2 + 40];
    let mut serving = serve(&stage, &[]);
    serving.get("/assets/ignition/lab/worker.ign");
    serving.get(&format!("/ipxe?mac={W0}&token=hush"));
    serving.get("/nosuch?token=hush");
    let said: String = ["/", "/watch.json", "/metrics"].map(|path| serving.look(path).text()).concat();
    assert!(!said.contains(secret) && !said.contains("hush"), "{said}");
    serving.signal("TERM");
    assert!(serving.end().success());
    let rest = serving.event(|event| {
        let line = event.to_string();
        assert!(!line.contains(secret) && !line.contains("hush"), "{line}");
        event.get("exit").is_some()
    });
    assert_eq!(rest["exit"], 0);
}
