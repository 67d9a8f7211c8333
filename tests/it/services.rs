//! `verify --services`: real name servers, load balancers and clocks, one thing wrong at a time.
//!
//! Each test runs itself once more in a network namespace of its own, in which the whole network of the
//! cluster is this machine. Nothing of it is left when the process ends.

use std::env;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use okdboot::diag::Code;
use okdboot::probe::service::{self, ServiceOptions};
use okdboot::vars;
use serde_json::Value;

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};
use crate::tool::tool;

const INSIDE: &str = "OKDBOOT_TEST_INSIDE_ITS_OWN_NETWORK";
const HELPER: Ipv4Addr = Ipv4Addr::new(192, 168, 7, 77);

/// `unshare` as root needs nothing else; other users need a user namespace around it.
const WAYS: [&[&str]; 2] = [&["--net"], &["--map-root-user", "--net"]];

/// What a time server makes of a question and the true seconds since 1900.
type TimeAnswer = fn(&[u8], u64) -> Option<Vec<u8>>;

/// What a name server makes of a question.
type NameAnswer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send>;

const NODES: [(&str, u8); 7] = [
    ("bootstrap", 20),
    ("master0", 21),
    ("master1", 22),
    ("master2", 23),
    ("worker0", 11),
    ("worker1", 12),
    ("worker2", 13),
];

/// Says whether this is the run inside; outside, makes that run and demands that it succeeds.
fn inside(test: &str) -> bool {
    let (Some(unshare), Some(ip), Some(_)) = (tool("unshare"), tool("ip"), tool("dnsmasq")) else {
        return false;
    };
    if env::var_os(INSIDE).is_some() {
        for args in ["link set lo up", "route add local 192.168.7.0/24 dev lo"] {
            assert!(Command::new(&ip).args(args.split(' ')).status().unwrap().success(), "ip {args}");
        }
        return true;
    }
    let way = WAYS.iter().find(|way| {
        Command::new(&unshare).args(**way).arg("true").stderr(Stdio::null()).status().unwrap().success()
    });
    let Some(way) = way else {
        assert!(env::var_os("OKDBOOT_REQUIRE_TOOLS").is_none(), "no network namespace can be made here");
        return false;
    };
    let run = Command::new(unshare)
        .args(*way)
        .arg(env::current_exe().unwrap())
        .args(["--exact", &format!("services::{test}"), "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// A running dnsmasq. Dropping it ends it.
struct Dnsmasq(Child);

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Every record that the installer needs, as options of dnsmasq.
fn records() -> Vec<String> {
    let balanced = ["api", "api-int", "apps"];
    let mut records: Vec<String> =
        balanced.iter().map(|name| format!("--address=/{name}.ocp4.example.com/{HELPER}")).collect();
    for (name, last) in NODES {
        records.push(format!("--address=/{name}.ocp4.example.com/192.168.7.{last}"));
        records.push(format!("--ptr-record={last}.7.168.192.in-addr.arpa,{name}.ocp4.example.com"));
    }
    records
}

fn serve_names(records: &[String]) -> Dnsmasq {
    let child = Command::new(tool("dnsmasq").unwrap())
        .args(["--conf-file=/dev/null", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root"])
        .args([
            "--pid-file=",
            "--local=/example.com/",
            "--local=/7.168.192.in-addr.arpa/",
            "--local=/8.b.d.0.1.0.0.2.ip6.arpa/",
        ])
        .args(["--bind-interfaces", &format!("--listen-address={HELPER}")])
        .args(records)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let child = Dnsmasq(child);
    let begun = Instant::now();
    while TcpStream::connect((HELPER, 53)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "dnsmasq does not listen");
        thread::sleep(Duration::from_millis(10));
    }
    child
}

/// Accepts connections for as long as the process lives.
fn listen(address: Ipv4Addr, port: u16) {
    let listener = TcpListener::bind((address, port)).unwrap();
    thread::spawn(move || listener.incoming().for_each(drop));
}

fn listen_everywhere() {
    for port in [6443, 22623, 443, 80] {
        listen(HELPER, port);
    }
    listen(Ipv4Addr::new(192, 168, 7, 20), 6443);
    listen(Ipv4Addr::new(192, 168, 7, 20), 22623);
    listen(Ipv4Addr::new(192, 168, 7, 12), 443);
    listen(Ipv4Addr::new(192, 168, 7, 12), 80);
}

/// A time server that answers with `answer` of the question and the true seconds since 1900.
fn serve_time(answer: impl Fn(&[u8], u64) -> Option<Vec<u8>> + Send + 'static) {
    let socket = UdpSocket::bind((HELPER, 123)).unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 2_208_988_800;
            if let Some(packet) = answer(&buffer[..length], now) {
                socket.send_to(&packet, from).unwrap();
            }
        }
    });
}

/// A packet of a server of stratum 2 whose clock is `off` seconds from the true one.
fn packet(question: &[u8], now: u64, off: i64) -> Vec<u8> {
    let mut packet = vec![0; 48];
    (packet[0], packet[1]) = (0x24, 2);
    packet[24..32].copy_from_slice(&question[40..48]);
    let time = u32::try_from(now.checked_add_signed(off).unwrap() % (1 << 32)).unwrap();
    for at in [32, 40] {
        packet[at..at + 4].copy_from_slice(&time.to_be_bytes());
        // Half a second is not a whole one: what is said is rounded.
        packet[at + 4] = 0x80;
    }
    packet
}

fn sandbox(args: &[&str]) -> Sandbox {
    let all = ["verify", "--services", "-o", "out", "--ignition", "ignition"];
    render("dhcp").again().args(all).args(args)
}

fn verify(args: &[&str]) -> Value {
    let ran = sandbox(args).args(["--format", "json"]).run();
    serde_json::from_str(&ran.stdout_text()).unwrap()
}

/// Returns the findings about services, as `code severity: message | helps`.
fn findings(document: &Value) -> Vec<String> {
    let all = document["diagnostics"].as_array().unwrap().iter();
    let ours = all.filter(|it| ("P070".."P090").contains(&it["code"].as_str().unwrap()));
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    ours.map(|it| {
        let help: Vec<String> = it["help"].as_array().unwrap().iter().map(text).collect();
        let (code, severity, message) = (text(&it["code"]), text(&it["severity"]), text(&it["message"]));
        format!("{code} {severity}: {message} | {}", help.join(" | "))
    })
    .collect()
}

#[track_caller]
fn expect(document: &Value, expected: &[&[&str]]) {
    let found = findings(document);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, words) in found.iter().zip(expected) {
        for word in *words {
            assert!(found.contains(word), "no `{word}` in `{found}`");
        }
    }
}

const NTP: [&str; 2] = ["--ntp", "192.168.7.77"];

#[test]
fn everything_right_is_one_line_each() {
    if !inside("everything_right_is_one_line_each") {
        return;
    }
    let _dnsmasq = serve_names(&records());
    listen_everywhere();
    serve_time(|question, now| Some(packet(question, now, 0)));
    let document = verify(&NTP);
    expect(&document, &[]);
    let rows = document["services"].as_array().unwrap();
    assert_eq!(rows.len(), 3 + 2 * 7 + 4 + 4 + 4 + 3 + 3 + 1);
    let table = sandbox(&NTP).run().stdout_text();
    for line in [
        "dns            192.168.7.77  api-int.ocp4.example.com    192.168.7.77                ok",
        "dns            192.168.7.77  *.apps.ocp4.example.com     192.168.7.77                ok",
        "dns            192.168.7.77  192.168.7.13                worker2.ocp4.example.com    ok",
        "load balancer  192.168.7.77  port 22623                  open                        ok",
        "load balancer  192.168.7.21  port 6443 of master0        refused                     later",
        "time           192.168.7.77  this machine's clock        right, stratum 2            ok",
    ] {
        assert!(table.contains(line), "no `{line}` in\n{table}");
    }
}

/// One record is missing or wrong: it and no other is said, with the line that mends it.
#[test]
fn one_record_wrong_at_a_time() {
    if !inside("one_record_wrong_at_a_time") {
        return;
    }
    listen_everywhere();
    serve_time(|question, now| Some(packet(question, now, 0)));
    let zone = "ocp4.example.com";
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "--address=/api.",
            &[],
            &[
                "P071 error: name server 192.168.7.77 knows no address of `api.ocp4",
                "`api.ocp4.example.com. IN A 192.168.7.77`",
            ],
        ),
        ("--address=/api-int.", &[], &["P071 error", "`api-int.ocp4.example.com. IN A 192.168.7.77`"]),
        ("--address=/apps.", &[], &["P071 error", "`*.apps.ocp4.example.com. IN A 192.168.7.77`"]),
        // The console is entered, and nothing else: a wildcard is due.
        (
            "--address=/apps.",
            &["--address=/console.apps.ocp4.example.com/192.168.7.77"],
            &["P071 error", "`*.apps.ocp4.example.com. IN A 192.168.7.77`"],
        ),
        (
            "--address=/api.",
            &["--address=/api.ocp4.example.com/192.168.7.78"],
            &[
                "P072 warning: `api.ocp4.example.com` is 192.168.7.78",
                "load balancer is 192.168.7.77",
                "dns.lb_ipaddr",
            ],
        ),
        (
            "--address=/apps.",
            &["--address=/apps.ocp4.example.com/192.168.7.11"],
            &["P072 warning: `*.apps.ocp4.example.com` is 192.168.7.11"],
        ),
        ("--address=/master1.", &[], &["P071 error", "`master1.ocp4.example.com. IN A 192.168.7.22`"]),
        (
            "--address=/bootstrap.",
            &["--address=/bootstrap.ocp4.example.com/192.168.7.21"],
            &[
                "P073 error: `bootstrap.ocp4.example.com` is 192.168.7.21",
                "the node has 192.168.7.20",
                "IN A 192.168.7.20`",
            ],
        ),
        (
            "--address=/worker2.",
            &[
                "--host-record=worker2.ocp4.example.com,192.168.7.13",
                "--host-record=worker2.ocp4.example.com,192.168.7.99",
            ],
            &["P073 error", "192.168.7.13, 192.168.7.99", "leave one record"],
        ),
        (
            "--address=/worker0.",
            &[
                "--cname=worker0.ocp4.example.com,w.ocp4.example.com",
                "--host-record=w.ocp4.example.com,192.168.7.11",
            ],
            &[],
        ),
        (
            "--ptr-record=21.",
            &[],
            &[
                "P074 error: name server 192.168.7.77 knows no name of 192.168.7.21",
                "`21.7.168.192.in-addr.arpa. IN PTR master0.ocp4.example.com.`",
            ],
        ),
        (
            "--ptr-record=11.",
            &["--ptr-record=11.7.168.192.in-addr.arpa,helper.ocp4.example.com"],
            &[
                "P075 error: 192.168.7.11 is `helper.ocp4.example.com`",
                "the node is `worker0.ocp4",
                "IN PTR worker0.ocp4.example.com.`",
            ],
        ),
        ("--ptr-record=12.", &["--ptr-record=12.7.168.192.in-addr.arpa,WORKER1.OCP4.example.com"], &[]),
    ];
    for (without, with, words) in cases {
        let mut records = records();
        records.retain(|record| !record.starts_with(without));
        assert_eq!(records.len(), 2 * NODES.len() + 2, "{without} in {zone}");
        records.extend(with.iter().map(ToString::to_string));
        let dnsmasq = serve_names(&records);
        let document = verify(&NTP);
        drop(dnsmasq);
        let expected: &[&[&str]] = if words.is_empty() { &[] } else { &[words] };
        expect(&document, expected);
    }
}

#[test]
fn a_finding_about_a_node_stands_at_the_node() {
    if !inside("a_finding_about_a_node_stands_at_the_node") {
        return;
    }
    let mut records = records();
    records.retain(|record| !record.starts_with("--ptr-record=21."));
    let _dnsmasq = serve_names(&records);
    let said = |ran: Ran| (ran.stdout_text(), ran.stderr_text());
    let (report, _) = said(sandbox(&[]).args(["--format", "junit"]).run());
    let case = |name: &str| {
        report.split("<testcase ").find(|case| case.contains(&format!("name=\"{name}\""))).unwrap().to_owned()
    };
    assert!(case("master0").contains("type=\"P074\""), "{report}");
    assert!(!case("master1").contains("P07"), "{report}");
    assert!(case("all").contains("type=\"P076\"") && case("all").contains("[P080]"), "{report}");
    let (annotations, _) = said(sandbox(&[]).args(["--format", "github"]).run());
    assert!(
        annotations.contains("::error title=P074::name server 192.168.7.77 knows no name"),
        "{annotations}"
    );
    assert!(!annotations.contains("verdict"), "{annotations}");
}

#[test]
fn a_node_with_addresses_of_both_families_is_asked_for_in_both() {
    if !inside("a_node_with_addresses_of_both_families_is_asked_for_in_both") {
        return;
    }
    let _dnsmasq = serve_names(&records());
    listen_everywhere();
    serve_time(|question, now| Some(packet(question, now, 0)));
    let ran = sandbox(&NTP).args(["--format", "json"]);
    let path = ran.path().join("vars.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let more = "interface: ens4, addressing: static, ipv6: { ipaddr: \"2001:db8::13\" }";
    let changed = text.replace("interface: ens4", more);
    assert_ne!(changed, text);
    std::fs::write(path, changed).unwrap();
    let document: Value = serde_json::from_str(&ran.run().stdout_text()).unwrap();
    let reverse = format!("3.1.0.0.{}8.b.d.0.1.0.0.2.ip6.arpa.", "0.".repeat(20));
    expect(
        &document,
        &[
            &["P071 error: name server", "`worker2.ocp4.example.com. IN AAAA 2001:db8::13`"],
            &["P074 warning: name server", &format!("`{reverse} IN PTR worker2.ocp4.example.com.`")],
        ],
    );
}

/// Whose boot line names it can do without a reverse record; who is installed from the ISO has no other name.
#[test]
fn a_machine_without_a_boot_line_has_its_name_from_dns_alone() {
    if !inside("a_machine_without_a_boot_line_has_its_name_from_dns_alone") {
        return;
    }
    let without: Vec<String> =
        records().into_iter().filter(|it| !it.starts_with("--ptr-record=13.")).collect();
    let _dnsmasq = serve_names(&without);
    listen_everywhere();
    serve_time(|question, now| Some(packet(question, now, 0)));
    let boots = "macaddr: \"52:54:00:8e:10:34\", interface: ens4";
    for (node, severity) in [
        ("macaddr: \"52:54:00:8e:10:34\", interface: ens4, addressing: static", "warning"),
        ("interface: ens4, addressing: static", "error"),
    ] {
        let ran = sandbox(&NTP).args(["--format", "json"]);
        let path = ran.path().join("vars.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(boots));
        std::fs::write(path, text.replace(boots, node)).unwrap();
        let document: Value = serde_json::from_str(&ran.run().stdout_text()).unwrap();
        expect(&document, &[&[&format!("P074 {severity}: name server"), "192.168.7.13"]]);
    }
}

#[test]
fn a_load_balancer_that_does_not_listen_and_machines_that_do_not_yet() {
    if !inside("a_load_balancer_that_does_not_listen_and_machines_that_do_not_yet") {
        return;
    }
    let _dnsmasq = serve_names(&records());
    serve_time(|question, now| Some(packet(question, now, 0)));
    for port in [6443, 443, 80] {
        listen(HELPER, port);
    }
    listen(Ipv4Addr::new(192, 168, 7, 12), 443);
    expect(
        &verify(&NTP),
        &[
            &["P077 notice: nothing listens at port 6443", "4 machines", "before the bootstrap has booted"],
            &[
                "P076 error: load balancer 192.168.7.77 does not listen at port 22623",
                "refused",
                "`listen machine-config`, `bind *:22623`, `mode tcp`, `balance source`, `server bootstrap 192.168.7.20:22623 check`",
                "`server master2 192.168.7.23:22623 check`",
            ],
            &["P077 notice: nothing listens at port 80", "3 machines", "nearly complete"],
        ],
    );
}

/// The ingress has an address of its own: `*.apps` leads there, and its ports are asked for there.
#[test]
fn an_ingress_behind_an_address_of_its_own() {
    if !inside("an_ingress_behind_an_address_of_its_own") {
        return;
    }
    let ingress = Ipv4Addr::new(192, 168, 7, 78);
    let mut records = records();
    records.retain(|record| !record.starts_with("--address=/apps."));
    records.push(format!("--address=/apps.ocp4.example.com/{ingress}"));
    let _dnsmasq = serve_names(&records);
    serve_time(|question, now| Some(packet(question, now, 0)));
    for port in [6443, 22623] {
        listen(HELPER, port);
        listen(Ipv4Addr::new(192, 168, 7, 20), port);
    }
    listen(ingress, 443);
    listen(Ipv4Addr::new(192, 168, 7, 12), 443);
    let own = format!("okdboot.services.ingress_ipaddr={ingress}");
    expect(
        &verify(&[NTP[0], NTP[1], "--set", &own]),
        &[&[
            "P076 error: load balancer 192.168.7.78 does not listen at port 80",
            "`listen ingress-http`, `bind 192.168.7.78:80`",
        ]],
    );
}

#[test]
fn a_clock_that_is_wrong_and_servers_that_cannot_tell() {
    if !inside("a_clock_that_is_wrong_and_servers_that_cannot_tell") {
        return;
    }
    let _dnsmasq = serve_names(&records());
    listen_everywhere();
    let cases: [(TimeAnswer, &[&str]); 9] = [
        (
            |question, now| Some(packet(question, now, -3600)),
            &[
                "P079 error: the clock of this machine is 3",
                " s ahead of time server 192.168.7.78",
                "`server 192.168.7.78 iburst`",
                "chronyc makestep",
                "not valid yet",
            ],
        ),
        (
            |question, now| Some(packet(question, now, 86_400)),
            &["P079 error", " s behind of time server", "chronyc makestep"],
        ),
        (|question, now| Some(packet(question, now, 10)), &["P079 warning", " s behind"]),
        (
            |_, _| None,
            &[
                "P078 error: time server 192.168.7.78 cannot be asked: no answer",
                "`allow 192.168.7.0/27`",
                "UDP port 123",
            ],
        ),
        (|_, _| Some(vec![0xff; 700]), &["P078 error", "no answer to the question"]),
        (
            |question, now| Some(packet(question, now, 0)[..47].to_vec()),
            &["P078 error", "no answer to the question"],
        ),
        (
            |question, now| {
                let mut answer = packet(question, now, 0);
                answer[24] ^= 1;
                Some(answer)
            },
            &["P078 error", "no answer to the question"],
        ),
        (
            |question, now| {
                let mut answer = packet(question, now, 0);
                answer[1] = 0;
                answer[12..16].copy_from_slice(b"DENY");
                Some(answer)
            },
            &["P081 error", "refuses with `DENY`", "`allow 192.168.7.0/27`"],
        ),
        (
            |question, now| {
                let mut answer = packet(question, now, 0);
                answer[0] |= 0xc0;
                Some(answer)
            },
            &["P081 error", "does not know the time itself", "`local stratum 10`"],
        ),
    ];
    let server = Ipv4Addr::new(192, 168, 7, 78);
    let socket = UdpSocket::bind((server, 123)).unwrap();
    for (answer, words) in cases {
        let socket = socket.try_clone().unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let serving = thread::spawn(move || {
            let mut buffer = [0; 1024];
            while stopped.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 2_208_988_800;
                if let Some(packet) = answer(&buffer[..length], now) {
                    socket.send_to(&packet, from).unwrap();
                }
            }
        });
        let document = verify(&["--ntp", "192.168.7.78"]);
        drop(stop);
        serving.join().unwrap();
        expect(&document, &[words]);
    }
    expect(&verify(&["--ntp", "192.168.7.79"]), &[&["P078 error", "nothing listens there"]]);
    expect(
        &verify(&["--ntp", "ntp.ocp4.example.com"]),
        &[&["P078 error", "has no address at the nodes' name servers"]],
    );
    expect(&verify(&[]), &[&["P080 warning", "`chronyconfig.content`", "`--ntp`"]]);
}

#[test]
fn a_time_server_is_named_in_the_inventory() {
    if !inside("a_time_server_is_named_in_the_inventory") {
        return;
    }
    let mut records = records();
    records.push("--address=/ntp.ocp4.example.com/192.168.7.77".to_owned());
    let _dnsmasq = serve_names(&records);
    listen_everywhere();
    serve_time(|question, now| Some(packet(question, now, 0)));
    let ran = sandbox(&["--format", "json"]);
    let path = ran.path().join("vars.yaml");
    let text = std::fs::read_to_string(&path).unwrap()
        + "chronyconfig: { enabled: true, content: [ { server: ntp.ocp4.example.com, options: iburst } ] }\n";
    std::fs::write(path, text).unwrap();
    let document: Value = serde_json::from_str(&ran.run().stdout_text()).unwrap();
    expect(&document, &[]);
    let last = document["services"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["server"], &last["verdict"]), (&"ntp.ocp4.example.com".into(), &"ok".into()), "{last}");
}

/// Name servers that are silent, closed or hostile: one finding a server, and never a panic or a wait.
#[test]
fn name_servers_that_do_not_answer_the_question() {
    if !inside("name_servers_that_do_not_answer_the_question") {
        return;
    }
    listen_everywhere();
    serve_time(|question, now| Some(packet(question, now, 0)));
    let flags = |answer: &mut Vec<u8>, high: u8, low: u8| (answer[2], answer[3]) = (high, low);
    let cases: Vec<(&str, NameAnswer, &[&str])> = vec![
        ("empty", Box::new(|_| Vec::new()), &["P070 error", "no answer to the question"]),
        ("garbage", Box::new(|_| vec![0xff; 512]), &["P070 error", "no answer to the question"]),
        ("the question itself", Box::new(<[u8]>::to_vec), &["P070 error", "no answer to the question"]),
        (
            "another id",
            Box::new(move |question| {
                let mut answer = question.to_vec();
                flags(&mut answer, 0x81, 0x80);
                answer[0] ^= 1;
                answer
            }),
            &["P070 error", "no answer to the question"],
        ),
        (
            "another question",
            Box::new(move |question| {
                let mut answer = question.to_vec();
                flags(&mut answer, 0x81, 0x80);
                answer[13] = b'x';
                answer
            }),
            &["P070 error", "no answer to the question"],
        ),
        (
            "a name that points at itself",
            Box::new(move |question| {
                let mut answer = question[..12].to_vec();
                flags(&mut answer, 0x81, 0x80);
                (answer[7], answer[11]) = (1, 0);
                answer.extend([0xc0, 12, 0, 1, 0, 1]);
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]);
                answer
            }),
            &["P070 error", "no answer to the question"],
        ),
        (
            "a count of records that are not there",
            Box::new(move |question| {
                let mut answer = question.to_vec();
                flags(&mut answer, 0x81, 0x80);
                (answer[6], answer[7]) = (0xff, 0xff);
                answer
            }),
            &["P070 error", "no answer to the question"],
        ),
        (
            "refused",
            Box::new(move |question| {
                let mut answer = question.to_vec();
                flags(&mut answer, 0x81, 0x85);
                answer
            }),
            &["P070 error", "Query Refused", "zone that was not loaded"],
        ),
    ];
    for (what, answer, words) in cases {
        let socket = UdpSocket::bind((HELPER, 0)).unwrap();
        let server = socket.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                socket.send_to(&answer(&buffer[..length]), from).unwrap();
            }
        });
        let begun = Instant::now();
        let found = findings(&verify(&[&NTP[..], &["--dns", &server]].concat()));
        let count = if what == "refused" { 3 + 2 * NODES.len() } else { 1 };
        assert_eq!(found.len(), count, "{what}: {found:#?}");
        assert!(words.iter().all(|word| found[0].contains(word)), "{what}: {found:#?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {:?}", begun.elapsed());
    }
    let closed = findings(&verify(&[&NTP[..], &["--dns", "192.168.7.99"]].concat()));
    assert!(closed.len() == 1 && closed[0].contains("nothing listens there"), "{closed:#?}");
}

/// An answer that is cut is asked for again over TCP, byte by byte if the server likes it so.
#[test]
fn a_cut_answer_is_asked_for_over_tcp() {
    if !inside("a_cut_answer_is_asked_for_over_tcp") {
        return;
    }
    let (udp, tcp) = (UdpSocket::bind((HELPER, 5353)).unwrap(), TcpListener::bind((HELPER, 5353)).unwrap());
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok((length, from)) = udp.recv_from(&mut buffer) {
            (buffer[2], buffer[3]) = (0x83, 0x80);
            udp.send_to(&buffer[..length], from).unwrap();
        }
    });
    thread::spawn(move || {
        for mut stream in tcp.incoming().flatten() {
            let (mut length, mut question) = ([0; 2], vec![0; 512]);
            stream.read_exact(&mut length).unwrap();
            question.truncate(usize::from(u16::from_be_bytes(length)));
            stream.read_exact(&mut question).unwrap();
            // No such name, said one byte at a time.
            (question[2], question[3]) = (0x81, 0x83);
            for byte in length.iter().chain(&question) {
                let _ = stream.write_all(&[*byte]);
            }
        }
    });
    let found = findings(&verify(&["--dns", "192.168.7.77:5353"]));
    assert_eq!(found.iter().filter(|it| it.starts_with("P071")).count(), 3 + NODES.len(), "{found:#?}");
    assert_eq!(found.iter().filter(|it| it.starts_with("P074")).count(), NODES.len(), "{found:#?}");
}

/// The time is up before anything is asked: that is said of each server, and no packet is sent.
#[test]
fn what_there_was_no_time_for_is_said() {
    let text = std::fs::read(crate::project("testdata/render/dhcp/vars.yaml")).unwrap();
    let cluster = vars::read("vars.yaml", &text).0.unwrap().cluster;
    let options = ServiceOptions {
        name_servers: Vec::new(),
        time_servers: vec![("ntp.example.com".to_owned(), 123)],
        patience: Duration::from_secs(60),
        deadline: Instant::now(),
    };
    let rows = service::look(&cluster, &options);
    assert!(rows.iter().all(|row| row.found == "not asked"), "{rows:#?}");
    let said: Vec<_> = rows.into_iter().filter_map(|row| row.finding).collect();
    assert_eq!(said.len(), 1 + 4 + 1, "{said:#?}");
    let due = "the time was up before 192.168.7.77 was asked: api.ocp4.example.com";
    assert_eq!(said[0].message, due);
    assert!(said.iter().all(|finding| finding.code == Code::P082), "{said:#?}");
}

#[test]
fn servers_are_named_as_addresses_and_belong_to_services() {
    for args in [
        &["verify", "--services", "--dns", "ns.example.com"][..],
        &["verify", "--services", "--ntp", "a b"],
        &["verify", "--dns", "192.0.2.1"],
        &["verify", "--ntp", "192.0.2.1"],
    ] {
        Sandbox::new().args(args).run().status(2);
    }
}
