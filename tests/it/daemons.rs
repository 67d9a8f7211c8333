//! The daemons themselves, with the files that were rendered for them, on a network of their own.
//!
//! A pair of interfaces stands for the helper's and a machine's.

use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use okdboot::dhcp::ask as ask_for;
use okdboot::dhcp::packet::DhcpPacket;

use crate::namespace;
use crate::sandbox::{Ran, Sandbox};
use crate::tool::tool;

/// What a daemon is given to begin to answer.
const PATIENCE: Duration = Duration::from_secs(20);

const VARS: &str = r#"
disk: /dev/vda
helper: {name: helper, ipaddr: 10.0.2.2, networkifacename: srv0}
dns: {domain: example.com, clusterid: lab}
dhcp: {router: 10.0.2.1, netmask: 255.255.255.0, bcast: 10.0.2.255, ipid: 10.0.2.0, netmaskid: 255.255.255.0}
bootstrap: {name: bootstrap, ipaddr: 10.0.2.20, macaddr: "52:54:00:00:00:20"}
masters:
- {name: master0, ipaddr: 10.0.2.21, macaddr: "52:54:00:00:00:21"}
workers:
- {name: worker0, ipaddr: 10.0.2.31, macaddr: ["52:54:00:00:00:31", "52:54:00:00:00:41"]}
- {name: arm0, ipaddr: 10.0.2.32, macaddr: "52:54:00:00:00:32", arch: aarch64}
chronyconfig: {enabled: true, content: [{server: 10.0.2.2, options: iburst}]}
"#;

/// Runs a test once more on a wire of its own.
fn inside(case: &str, test: impl FnOnce()) {
    namespace::inside(
        &format!("daemons::{case}"),
        &[
            "link set lo up",
            "link add srv0 type veth peer name cli0",
            "addr add 10.0.2.2/24 dev srv0",
            "link set srv0 up",
            "link set cli0 up",
        ],
        test,
    );
}

/// Renders services for one choice of daemons.
fn render(services: &str) -> Ran {
    let vars = format!("{VARS}okdboot: {{stream: okd-4.20, services: {{{services}}}}}\n");
    let kinds = "dnsmasq,kea,dhcpd,bind,unbound,haproxy,chrony,firewall";
    Sandbox::new().vars(vars).args(["render", "-o", "out", "--only", kinds, "--no-native"]).run().status(0)
}

/// A program that ends with the test.
struct Daemon(Child, PathBuf);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Daemon {
    /// Starts a program in the tree; what it says goes to a file.
    fn start(program: &Path, args: &[&str], out: &Path) -> Self {
        let log = out.join(format!("{}.log", program.file_name().unwrap().to_str().unwrap()));
        let file = fs::File::create(&log).unwrap();
        let mut command = Command::new(program);
        command.args(args).current_dir(out).stdin(Stdio::null());
        command.stdout(file.try_clone().unwrap()).stderr(file);
        Self(command.spawn().unwrap(), log)
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.1).unwrap_or_default()
    }
}

/// Waits until something is so.
fn until(daemon: &Daemon, what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what} did not come: {}", daemon.said());
        thread::sleep(Duration::from_millis(50));
    }
}

/// What a machine asks as, by its options.
#[derive(Clone, Copy)]
enum Asks {
    Bios,
    Uefi,
    Arm,
    Http,
    Ipxe,
    /// An operating system.
    System,
}

impl Asks {
    fn args(self) -> Vec<&'static str> {
        match self {
            Self::System => Vec::new(),
            Self::Bios => vec!["-V", "PXEClient:Arch:00000:UNDI:002001", "-x", "0x5d:0000"],
            Self::Uefi => vec!["-V", "PXEClient:Arch:00007:UNDI:003000", "-x", "0x5d:0007"],
            Self::Arm => vec!["-V", "PXEClient:Arch:00011:UNDI:003000", "-x", "0x5d:000b"],
            Self::Http => vec!["-V", "HTTPClient:Arch:00016:UNDI:003000", "-x", "0x5d:0010"],
            Self::Ipxe => vec![
                "-V",
                "PXEClient:Arch:00000:UNDI:002001",
                "-x",
                "0x5d:0000",
                "-x",
                "0x4d:69505845",
                "-x",
                "0xaf:b00101",
            ],
        }
    }
}

/// Asks for an address as a machine; returns what was given, as `name=value` lines.
fn ask(busybox: &Path, dir: &Path, mac: &str, asks: Asks) -> Option<String> {
    let (script, found) = (dir.join("udhcpc.sh"), dir.join("lease"));
    let _ = fs::remove_file(&found);
    let text = format!("#!/bin/sh\n[ \"$1\" = bound ] && env | sort > {}\nexit 0\n", found.display());
    fs::write(&script, text).unwrap();
    assert!(Command::new("chmod").arg("755").arg(&script).status().unwrap().success());
    assert!(Command::new("ip").args(["link", "set", "cli0", "address", mac]).status().unwrap().success());
    let mut command = Command::new(busybox);
    command.args(["udhcpc", "-i", "cli0", "-n", "-q", "-f", "-t", "4", "-T", "1", "-s"]).arg(&script);
    command
        .args(["-C", "-O", "bootfile", "-O", "hostname", "-O", "search", "-O", "ntpsrv"])
        .args(asks.args());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    output
        .status
        .success()
        .then(|| fs::read_to_string(&found).unwrap_or_else(|error| panic!("{error}: {said}")))
}

/// Returns a value of a lease.
fn value<'a>(lease: &'a str, name: &str) -> &'a str {
    lease.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
}

/// The file that firmware loads: of option 67, else of the header.
fn boot_file(lease: &str) -> &str {
    let option = value(lease, "bootfile").trim_end_matches('\0');
    if option.is_empty() { value(lease, "boot_file") } else { option }
}

/// Every machine gets its own, each firmware its loader, and a stranger nothing.
fn leases(daemon: &Daemon, out: &Path) {
    let Some(busybox) = tool("busybox") else { return };
    let get = |mac: &str, asks| ask(&busybox, out, mac, asks);
    until(daemon, "an address", || get("52:54:00:00:00:21", Asks::Bios).is_some());
    for (mac, asks, address, name, file) in [
        ("52:54:00:00:00:20", Asks::Bios, "10.0.2.20", "bootstrap", "undionly.kpxe"),
        ("52:54:00:00:00:21", Asks::Uefi, "10.0.2.21", "master0", "snponly.efi"),
        ("52:54:00:00:00:31", Asks::Ipxe, "10.0.2.31", "worker0", "http://10.0.2.2:8080/ipxe/"),
        ("52:54:00:00:00:32", Asks::Arm, "10.0.2.32", "arm0", "snponly-arm64.efi"),
        (
            "52:54:00:00:00:31",
            Asks::Http,
            "10.0.2.31",
            "worker0",
            "http://10.0.2.2:8080/assets/loaders/snponly.efi",
        ),
    ] {
        let lease = get(mac, asks).unwrap_or_else(|| panic!("{name} got nothing: {}", daemon.said()));
        assert_eq!(value(&lease, "ip"), address, "{lease}");
        assert_eq!(value(&lease, "hostname"), format!("{name}.lab.example.com"), "{lease}");
        assert_eq!(value(&lease, "router"), "10.0.2.1", "{lease}");
        assert_eq!(value(&lease, "dns"), "10.0.2.2", "{lease}");
        assert_eq!(value(&lease, "subnet"), "255.255.255.0", "{lease}");
        assert_eq!(value(&lease, "search"), "lab.example.com", "{lease}");
        assert_eq!(value(&lease, "ntpsrv"), "10.0.2.2", "{lease}");
        assert!(boot_file(&lease).starts_with(file), "{name}: {lease}");
        assert!(value(&lease, "siaddr") == "10.0.2.2" || file.starts_with("http"), "{lease}");
    }
    assert_eq!(get("52:54:00:00:00:99", Asks::Bios), None, "a stranger got an address");
}

/// Asks a name server, as dig(1) prints it.
fn dig(dig: &Path, name: &str, kind: &str) -> String {
    let mut command = Command::new(dig);
    command.args(["@10.0.2.2", "+short", "+tries=1", "+time=1"]);
    if kind == "PTR" {
        command.args(["-x", name])
    } else {
        command.args([name, kind])
    };
    String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
}

/// Every name leads to its address, and every address of a machine back to it.
fn names(daemon: &Daemon) {
    let Some(program) = tool("dig") else { return };
    until(daemon, "a name", || dig(&program, "api.lab.example.com", "A") == "10.0.2.2\n");
    for (name, address) in [
        ("api-int", "10.0.2.2"),
        ("anything.apps", "10.0.2.2"),
        ("helper", "10.0.2.2"),
        ("bootstrap", "10.0.2.20"),
        ("master0", "10.0.2.21"),
        ("worker0", "10.0.2.31"),
        ("arm0", "10.0.2.32"),
    ] {
        assert_eq!(dig(&program, &format!("{name}.lab.example.com"), "A"), format!("{address}\n"), "{name}");
        if address != "10.0.2.2" {
            assert_eq!(dig(&program, address, "PTR"), format!("{name}.lab.example.com.\n"));
        }
    }
    assert!(dig(&program, "10.0.2.2", "PTR").contains("api.lab.example.com."));
    assert_eq!(dig(&program, "nobody.lab.example.com", "A"), "");
}

/// The other interface of a machine gets the same, though the first one had it.
fn further(daemon: &Daemon, out: &Path) {
    let Some(busybox) = tool("busybox") else { return };
    let get = |asks| ask(&busybox, out, "52:54:00:00:00:41", asks);
    until(daemon, "an address", || get(Asks::Bios).is_some());
    for (asks, file) in [(Asks::Uefi, "snponly.efi"), (Asks::Ipxe, "http://10.0.2.2:8080/ipxe/")] {
        let lease = get(asks).unwrap_or_else(|| panic!("{}", daemon.said()));
        assert_eq!(value(&lease, "ip"), "10.0.2.31", "{lease}");
        assert!(boot_file(&lease).starts_with(file), "{lease}");
    }
}

#[test]
fn dnsmasq_serves_addresses_and_names() {
    inside("dnsmasq_serves_addresses_and_names", || {
        let Some(program) = tool("dnsmasq") else { return };
        let ran = render("dhcp: dnsmasq, dns: dnsmasq");
        let out = ran.join("out");
        fs::create_dir_all(out.join("tftpboot")).unwrap();
        let args = [&DNSMASQ[..], &["-C", "services/dnsmasq/dnsmasq.conf"]].concat();
        let daemon = Daemon::start(&program, &args, &out);
        names(&daemon);
        leases(&daemon, &out);
        further(&daemon, &out);
    });
}

/// A machine of the list gets an address of the pool and the menu; nodes stay what they are.
#[test]
fn dnsmasq_gives_netboot_xyz_to_whom_the_list_has() {
    inside("dnsmasq_gives_netboot_xyz_to_whom_the_list_has", || {
        let (Some(program), Some(busybox)) = (tool("dnsmasq"), tool("busybox")) else { return };
        let pool = "dhcp: {poolstart: 10.0.2.200, poolend: 10.0.2.210, ";
        let services = "dhcp: dnsmasq, dns: none, netboot_xyz: [\"52:54:00:00:00:77\"]";
        let vars = VARS.replace("dhcp: {", pool) + &format!("okdboot: {{services: {{{services}}}}}\n");
        let args = ["render", "-o", "out", "--only", "dnsmasq,containers", "--no-native"];
        let ran = Sandbox::new().vars(vars).args(args).run().status(0);
        let out = ran.join("out");
        fs::create_dir_all(out.join("tftpboot")).unwrap();
        let args = [&DNSMASQ[..], &["-C", "services/dnsmasq/dnsmasq.conf"]].concat();
        let daemon = Daemon::start(&program, &args, &out);
        let get = |mac: &str, asks| ask(&busybox, &out, mac, asks);
        until(&daemon, "an address", || get("52:54:00:00:00:77", Asks::Bios).is_some());
        for (asks, file) in [
            (Asks::Bios, "netboot.xyz/netboot.xyz.kpxe"),
            (Asks::Uefi, "netboot.xyz/netboot.xyz.efi"),
            (Asks::Arm, "netboot.xyz/netboot.xyz-arm64.efi"),
        ] {
            let lease = get("52:54:00:00:00:77", asks).unwrap();
            assert!(
                value(&lease, "ip").starts_with("10.0.2.2") && value(&lease, "ip") >= "10.0.2.200",
                "{lease}"
            );
            assert_eq!((boot_file(&lease), value(&lease, "siaddr")), (file, "10.0.2.2"), "{}", daemon.said());
            assert_eq!((value(&lease, "router"), value(&lease, "dns")), ("10.0.2.1", "10.0.2.2"), "{lease}");
        }
        let node = get("52:54:00:00:00:21", Asks::Bios).unwrap();
        assert_eq!((value(&node, "ip"), boot_file(&node)), ("10.0.2.21", "undionly.kpxe"), "{node}");
        assert_eq!(get("52:54:00:00:00:99", Asks::Bios), None, "a stranger got an address");
    });
}

#[test]
fn kea_serves_addresses() {
    inside("kea_serves_addresses", || {
        let Some(program) = tool("kea-dhcp4") else { return };
        let ran = render("dhcp: kea, dns: none");
        let out = ran.join("out");
        let file = out.join("services/kea/kea-dhcp4.conf");
        // The folders of the package are not here.
        let text = fs::read_to_string(&file).unwrap();
        let lease = format!("\"name\": \"{}\", \"persist\"", out.join("kea-leases").display());
        fs::write(&file, text.replace("\"persist\"", &lease)).unwrap();
        // SAFETY of nothing: Kea reads these three from its environment.
        let start = || {
            let mut command = Command::new("env");
            command
                .arg(format!("KEA_PIDFILE_DIR={}", out.display()))
                .arg(format!("KEA_LOCKFILE_DIR={}", out.display()));
            start_with(command, &program, &["-c", "services/kea/kea-dhcp4.conf"], &out)
        };
        let daemon = start();
        leases(&daemon, &out);
        // Kea gives an address to one interface at a time (R039): here, once no lease is known.
        let Some(busybox) = tool("busybox") else { return };
        assert_eq!(ask(&busybox, &out, "52:54:00:00:00:41", Asks::System), None, "{}", daemon.said());
        drop(daemon);
        fs::remove_file(out.join("kea-leases")).unwrap();
        further(&start(), &out);
    });
}

fn start_with(mut command: Command, program: &Path, args: &[&str], out: &Path) -> Daemon {
    let log = out.join("daemon.log");
    let file = fs::File::create(&log).unwrap();
    command.arg(program).args(args).current_dir(out).stdin(Stdio::null());
    command.stdout(file.try_clone().unwrap()).stderr(file);
    Daemon(command.spawn().unwrap(), log)
}

#[test]
fn dhcpd_serves_addresses() {
    inside("dhcpd_serves_addresses", || {
        let Some(program) = tool("dhcpd") else { return };
        let ran = render("dhcp: dhcpd, dns: none");
        let out = ran.join("out");
        fs::write(out.join("leases"), "").unwrap();
        let args = ["-f", "-d", "-cf", "services/dhcpd/dhcpd.conf", "-lf", "leases", "-pf", "pid", "srv0"];
        let daemon = Daemon::start(&program, &args, &out);
        leases(&daemon, &out);
        further(&daemon, &out);
    });
}

/// A tree that `serve` gives away, with loaders of which only the name matters.
fn rendered() -> Ran {
    rendered_with("ipxe")
}

fn rendered_with(kinds: &str) -> Ran {
    rendered_from(VARS, kinds)
}

fn rendered_from(vars: &str, kinds: &str) -> Ran {
    let text = crate::read("testdata/render/dhcp/okdboot.lock");
    let mut lock: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut cluster = lock["clusters"]["ocp4"].take();
    for arch in ["aarch64", "ppc64le"] {
        cluster["arches"][arch] = cluster["arches"]["x86_64"].clone();
    }
    lock["clusters"] = serde_json::json!({"lab": cluster});
    let mut sandbox = Sandbox::new().vars(vars).file("okdboot.lock", lock.to_string());
    for loader in ["undionly.kpxe", "snponly.efi", "snponly-arm64.efi"] {
        sandbox = sandbox.file(&format!("out/tftpboot/{loader}"), loader);
    }
    sandbox.args(["render", "-o", "out", "--no-native", "--only", kinds]).run().status(0)
}

/// What `verify` finds at DHCP servers: `node found code`, a line each.
fn offers(ran: Ran) -> (Ran, String) {
    let args = ["verify", "-o", "out", "--services", "--dhcp", "cli0", "--format", "json"];
    let ran = ran.again().args(args).run().status(1);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let rows = document["services"].as_array().unwrap().iter().filter(|row| row["service"] == "dhcp");
    let line = |row: &serde_json::Value| {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}\n", text("node"), text("found"), text("code"))
    };
    let lines = rows.map(line).collect();
    (ran, lines)
}

/// dnsmasq in the foreground, with nothing outside of the tree.
const DNSMASQ: [&str; 7] = [
    "-k",
    "--user=root",
    "--group=root",
    "--log-facility=-",
    "--pid-file=",
    "--dhcp-leasefile=leases",
    "--no-ping",
];

/// Starts dnsmasq with what was rendered for it, changed by a test.
fn dnsmasq(program: &Path, out: &Path, change: impl Fn(&str) -> String) -> Daemon {
    let (main, own) = ("services/dnsmasq/dnsmasq.conf", "services/dnsmasq/conf.d/lab.conf");
    let text = [main, own].map(|name| fs::read_to_string(out.join(name)).unwrap()).join("\n");
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("conf-"))
        .fold(String::new(), |text, line| text + line + "\n");
    fs::write(out.join("changed.conf"), change(&text)).unwrap();
    let args = [&DNSMASQ[..], &["-C", "changed.conf", "--port=0"]].concat();
    let daemon = Daemon::start(program, &args, out);
    until(&daemon, "its start", || daemon.said().contains("DHCP, static leases only"));
    daemon
}

/// What servers offer is held against vars.yaml: P084 to P087 are what can be wrong with it.
#[test]
fn offers_are_held_against_vars() {
    inside("offers_are_held_against_vars", || {
        let Some(program) = tool("dnsmasq") else { return };
        // Both ends of the wire are in one network: each takes what the other sends.
        fs::write("/proc/sys/net/ipv4/conf/all/accept_local", "1").unwrap();
        namespace::ip("addr add 10.0.2.9/24 dev cli0");
        let ran = rendered_with("ipxe,dnsmasq");
        let out = ran.join("out");
        let daemon = dnsmasq(&program, &out, str::to_owned);
        let (ran, found) = offers(ran);
        let right = "bootstrap 10.0.2.20 -\nmaster0 10.0.2.21 -\nworker0 10.0.2.31 -\nworker0 10.0.2.31 -\narm0 10.0.2.32 -\n";
        assert_eq!(found, right, "{}", daemon.said());
        drop(daemon);
        let daemon = dnsmasq(&program, &out, |text| {
            let lines = text.lines().filter(|line| {
                let is_of_arm0 = line.starts_with("dhcp-host") && line.contains(":00:32");
                !is_of_arm0 && !line.starts_with("dhcp-boot")
            });
            lines.map(|line| line.replace("10.0.2.31", "10.0.2.99") + "\n").collect()
        });
        let (ran, found) = offers(ran);
        let wrong = "bootstrap 10.0.2.20 P087\nmaster0 10.0.2.21 P087\nworker0 10.0.2.99 P085\nworker0 10.0.2.99 P085\narm0 no offer P084\n";
        assert_eq!(found, wrong, "{}", daemon.said());
        drop(daemon);
        let daemon =
            dnsmasq(&program, &out, |text| text.replace("dns-server,10.0.2.2", "dns-server,10.0.2.7"));
        let (ran, found) = offers(ran);
        assert!(found.lines().all(|line| line.ends_with("P086")) && found.lines().count() == 5, "{found}");
        let said = ran.stdout_text();
        assert!(
            said.contains("10.0.2.2 offers `master0` the name servers 10.0.2.7 instead of 10.0.2.2"),
            "{said}"
        );
        drop(daemon);
    });
}

fn serve(folder: &Path) -> Daemon {
    let program = Path::new(env!("CARGO_BIN_EXE_okdboot"));
    let args = ["serve", "-o", "out", "--force", "--open", "--dhcp", "full", "--watch", "off"];
    Daemon::start(program, &args, folder)
}

#[test]
fn serve_gives_addresses() {
    inside("serve_gives_addresses", || {
        let ran = rendered();
        let daemon = serve(&ran.join(""));
        leases(&daemon, &ran.join("out"));
        further(&daemon, &ran.join("out"));
        until(&daemon, "a line", || daemon.said().contains("52:54:00:00:00:99 asked how to boot"));
        let Some(busybox) = tool("busybox") else { return };
        let system = || ask(&busybox, &ran.join("out"), "52:54:00:00:00:31", Asks::System);
        // Before it has an Ignition file, a system that asks is none that was installed.
        assert!(system().is_some() && !daemon.said().contains("worker0 boots from its disk"));
        let folder = ran.join("out/matchbox/assets/ignition/lab");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("worker.ign"), r#"{"ignition":{"version":"3.2.0"}}"#).unwrap();
        let head = "GET /assets/ignition/lab/worker.ign HTTP/1.0\r\nCookie: _Syslinux_BOOTIF=01-52-54-00-00-00-31\r\n\r\n";
        assert_eq!(crate::serving::ask("10.0.2.2:8080".parse().unwrap(), head).status, 200);
        until(&daemon, "its file", || daemon.said().contains("worker0 has its Ignition file"));
        assert!(system().is_some());
        until(&daemon, "its disk", || daemon.said().contains("worker0 boots from its disk"));
    });
}

/// A request of plain BOOTP, as Open Firmware of POWER sends it.
fn bootp(mac: &str) -> Vec<u8> {
    let packet = DhcpPacket { options: Vec::new(), ..ask_for::discover(mac.parse().unwrap(), 7) };
    assert_eq!(packet.kind(), None);
    packet.to_bytes()
}

/// A socket of a client that has no address, at one end of the wire.
fn client() -> UdpSocket {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    socket.set_broadcast(true).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind_device(Some(b"cli0")).unwrap();
    let any: SocketAddr = "0.0.0.0:68".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    socket.into()
}

/// The answers to packets that are sent at once.
fn answers(socket: &UdpSocket, packets: &[Vec<u8>]) -> Vec<DhcpPacket> {
    for packet in packets {
        socket.send_to(packet, "255.255.255.255:67").unwrap();
    }
    let mut bytes = [0; 1500];
    let next = || socket.recv(&mut bytes).ok().and_then(|length| DhcpPacket::parse(&bytes[..length]));
    std::iter::from_fn(next).filter(|packet| packet.op == 2).collect()
}

#[test]
fn serve_answers_bootp_and_no_flood() {
    inside("serve_answers_bootp_and_no_flood", || {
        // Both ends of the wire are in one network: each takes what the other sends.
        fs::write("/proc/sys/net/ipv4/conf/all/accept_local", "1").unwrap();
        namespace::ip("addr add 10.0.2.9/24 dev cli0");
        let ran = rendered_from(&VARS.replace("arch: aarch64", "arch: ppc64le"), "ipxe,grub");
        let daemon = serve(&ran.join(""));
        until(&daemon, "its start", || daemon.said().contains("machines boot from"));
        let socket = client();
        let [power] = <[DhcpPacket; 1]>::try_from(answers(&socket, &[bootp("52:54:00:00:00:32")])).unwrap();
        assert_eq!((power.yiaddr.to_string(), power.kind()), ("10.0.2.32".to_owned(), None));
        assert_eq!(String::from_utf8_lossy(&power.file), "boot/grub2/powerpc-ieee1275/core.elf");
        assert_eq!(power.siaddr.to_string(), "10.0.2.2");
        let missing = "POWER needs `boot/grub2/powerpc-ieee1275/core.elf` in the TFTP root";
        until(&daemon, "what is missing", || daemon.said().contains(missing));
        assert!(answers(&socket, &[bootp("52:54:00:00:00:99")]).is_empty());
        // Eight of one machine in a second, and a second may end in between.
        let flood = answers(&socket, &vec![bootp("52:54:00:00:00:31"); 100]);
        assert!((8..=16).contains(&flood.len()), "{} answers", flood.len());
        assert!(
            flood.iter().all(|packet| packet.yiaddr.to_string() == "10.0.2.31" && packet.file.is_empty())
        );
        until(&daemon, "the flood", || daemon.said().contains("more DHCP packets come than are answered"));
    });
}

#[test]
fn serve_gives_no_addresses_where_somebody_does() {
    inside("serve_gives_no_addresses_where_somebody_does", || {
        let Some(program) = tool("dnsmasq") else { return };
        // Both ends of the wire are in one network: each takes what the other sends.
        fs::write("/proc/sys/net/ipv4/conf/all/accept_local", "1").unwrap();
        namespace::ip("addr add 10.0.2.1/24 dev cli0");
        let ran = rendered();
        let out = ran.join("out");
        let own = ["-C", "/dev/null", "--port=0", "--interface=cli0", "--bind-interfaces"];
        let args = [&DNSMASQ[..], &own, &["--dhcp-range=10.0.2.100,10.0.2.150"]].concat();
        let dnsmasq = Daemon::start(&program, &args, &out);
        until(&dnsmasq, "its start", || dnsmasq.said().contains("sockets bound exclusively"));
        let mut daemon = serve(&ran.join(""));
        let status = daemon.0.wait().unwrap();
        let said = daemon.said();
        assert_eq!(status.code(), Some(4), "{said}");
        assert!(said.contains("10.0.2.1 gives addresses on srv0 already"), "{said}");
        assert!(said.contains("--dhcp proxy"), "{said}");
    });
}

#[test]
fn named_serves_names() {
    inside("named_serves_names", || {
        let Some(program) = tool("named") else { return };
        let ran = render("dhcp: none, dns: bind");
        let out = ran.join("out");
        // Where the package would put its process id and its key, nothing of this test may go.
        let file = out.join("services/bind/named.conf");
        let text = fs::read_to_string(&file).unwrap();
        let own = format!(
            "    pid-file none;\n    session-keyfile none;\n    managed-keys-directory \"{}\";\n    listen-on {{ any; }};",
            out.display()
        );
        fs::write(&file, text.replacen("    listen-on { any; };", &own, 1)).unwrap();
        let daemon = Daemon::start(&program, &["-g", "-c", file.to_str().unwrap()], &out);
        names(&daemon);
    });
}

#[test]
fn unbound_serves_names() {
    inside("unbound_serves_names", || {
        let Some(program) = tool("unbound") else { return };
        let ran = render("dhcp: none, dns: unbound");
        let out = ran.join("out");
        let mut main = String::new();
        writeln!(
            main,
            "server:\n    interface: 10.0.2.2\n    username: \"\"\n    chroot: \"\"\n    directory: \"{}\"",
            out.display()
        )
        .unwrap();
        writeln!(
            main,
            "    pidfile: \"\"\n    use-syslog: no\ninclude: \"{}/services/unbound/lab.conf\"",
            out.display()
        )
        .unwrap();
        fs::write(out.join("unbound.conf"), main).unwrap();
        let daemon = Daemon::start(&program, &["-d", "-c", "unbound.conf"], &out);
        names(&daemon);
    });
}

/// Says whether the balancer leads to a machine that says this byte.
fn leads_to(word: u8) -> bool {
    leads_from([10, 0, 2, 2], word)
}

fn leads_from(address: [u8; 4], word: u8) -> bool {
    let address = SocketAddr::from((address, 22623));
    let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
        return false;
    };
    let mut found = [0];
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    std::io::Read::read(&mut &stream, &mut found).is_ok_and(|count| count == 1) && found == [word]
}

/// A machine whose machine config server says one byte to everybody.
fn machine(address: &str, word: u8) {
    let status =
        Command::new("ip").args(["addr", "add", &format!("{address}/32"), "dev", "lo"]).status().unwrap();
    assert!(status.success());
    let listener = TcpListener::bind((address, 22623)).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut &stream, &[word]);
        }
    });
}

#[test]
fn haproxy_leads_to_the_masters_and_drops_the_bootstrap_after_it() {
    inside("haproxy_leads_to_the_masters_and_drops_the_bootstrap_after_it", || {
        let Some(program) = tool("haproxy") else { return };
        let ran = render("dhcp: none, dns: none");
        let out = ran.join("out");
        machine("10.0.2.20", b'b');
        let daemon = Daemon::start(&program, &["-f", "services/haproxy/haproxy.cfg"], &out);
        until(&daemon, "the bootstrap", || leads_to(b'b'));
        machine("10.0.2.21", b'm');
        // The bootstrap is there for nothing else once a master answers.
        until(&daemon, "the master", || leads_to(b'm'));
        drop(daemon);
        let kinds = "haproxy";
        let ran = ran
            .again()
            .args(["render", "-o", "out", "--only", kinds, "--phase", "post-bootstrap"])
            .run()
            .status(0);
        let text = fs::read_to_string(ran.join("out/services/haproxy/haproxy.cfg")).unwrap();
        assert!(!text.contains("bootstrap"), "{text}");
        let daemon = Daemon::start(&program, &["-f", "services/haproxy/haproxy.cfg"], &out);
        until(&daemon, "the master", || leads_to(b'm'));
    });
}

/// Of several helpers one has the shared address; on the others haproxy runs all the same, and serves the
/// address when it comes.
#[test]
fn haproxy_waits_for_the_address_that_helpers_share() {
    inside("haproxy_waits_for_the_address_that_helpers_share", || {
        let Some(program) = tool("haproxy") else { return };
        let helpers = "high_availability: {helpernodes: [{name: h1, ipaddr: 10.0.2.2, state: MASTER}, \
                       {name: h2, ipaddr: 10.0.2.3}]}\n";
        let vars =
            VARS.replace("name: helper, ipaddr: 10.0.2.2", "name: helper, ipaddr: 10.0.2.50") + helpers;
        let args = ["render", "-o", "out", "--only", "haproxy", "--no-native"];
        let ran = Sandbox::new().vars(vars).args(args).run().status(0);
        machine("10.0.2.20", b'b');
        let daemon = Daemon::start(&program, &["-f", "services/haproxy/haproxy.cfg"], &ran.join("out"));
        until(&daemon, "its start", || TcpStream::connect("127.0.0.1:9000").is_ok());
        namespace::ip("addr add 10.0.2.50/24 dev srv0");
        until(&daemon, "the bootstrap", || leads_from([10, 0, 2, 50], b'b'));
    });
}

#[test]
fn chronyd_gives_the_time() {
    inside("chronyd_gives_the_time", || {
        let Some(program) = tool("chronyd") else { return };
        let ran = render("dhcp: none, dns: none, time: chrony");
        let out = ran.join("out");
        let file = out.join("services/chrony/chrony.conf");
        let text = fs::read_to_string(&file).unwrap();
        // The clock of this machine stays as it is, and so does what the package has in /var.
        let text = text
            .replace("driftfile /var/lib/chrony/drift", &format!("cmdport 0\npidfile {}/pid", out.display()))
            .replace("rtcsync\n", "");
        fs::write(&file, text.replace("server 10.0.2.2 iburst\n", "")).unwrap();
        let args = ["-d", "-x", "-u", "root", "-f", file.to_str().unwrap()];
        let daemon = Daemon::start(&program, &args, &out);
        until(&daemon, "the time", || {
            let socket = UdpSocket::bind("10.0.2.2:0").unwrap();
            socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            let mut packet = [0; 48];
            packet[0] = 0b00_100_011;
            socket.send_to(&packet, "10.0.2.2:123").is_ok() && socket.recv(&mut packet).is_ok_and(|n| n == 48)
        });
    });
}

/// A DHCPDISCOVER of firmware (RFC 2131, 2; options 60 and 93 of RFC 4578, 77 and 175 of iPXE).
fn discover(mac: [u8; 6], arch: u8, is_ipxe: bool) -> Vec<u8> {
    let mut packet = vec![1, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0x80, 0];
    packet.resize(28, 0);
    packet.extend(mac);
    packet.resize(236, 0);
    packet.extend([99, 130, 83, 99, 53, 1, 1, 93, 2, 0, arch, 94, 3, 1, 3, 0, 55, 3, 60, 66, 67]);
    let class = format!("PXEClient:Arch:{arch:05}:UNDI:003000");
    packet.extend([60, u8::try_from(class.len()).unwrap()]);
    packet.extend(class.bytes());
    packet.extend([97, 17, 0].into_iter().chain([7; 16]));
    if is_ipxe {
        packet.extend(*b"\x4d\x04iPXE\xaf\x03\xb0\x01\x01");
    }
    packet.push(255);
    packet.resize(400, 0);
    packet
}

/// Asks as firmware beside another DHCP server; returns the header's server and file, if anybody answers.
fn boots(socket: &UdpSocket, packet: &[u8]) -> Option<(String, String, String)> {
    socket.send_to(packet, "255.255.255.255:67").unwrap();
    let mut answer = [0; 1500];
    // What is still under way to another machine is not for this one.
    while socket.recv(&mut answer).ok()? <= 236 || answer[0] != 2 || answer[28..34] != packet[28..34] {}
    let address =
        |at: usize| std::net::Ipv4Addr::new(answer[at], answer[at + 1], answer[at + 2], answer[at + 3]);
    let file: Vec<u8> = answer[108..236].iter().copied().take_while(|byte| *byte != 0).collect();
    Some((address(16).to_string(), address(20).to_string(), String::from_utf8(file).unwrap()))
}

#[test]
fn dnsmasq_says_what_to_boot_beside_another_server() {
    inside("dnsmasq_says_what_to_boot_beside_another_server", || {
        let Some(program) = tool("dnsmasq") else { return };
        // Both ends of the wire are in one place: what comes from there is not forged.
        for line in ["addr add 10.0.2.100/24 dev cli0", "route add 255.255.255.255/32 dev cli0"] {
            assert!(Command::new("ip").args(line.split(' ')).status().unwrap().success(), "ip {line}");
        }
        for interface in ["all", "srv0", "cli0"] {
            fs::write(format!("/proc/sys/net/ipv4/conf/{interface}/accept_local"), "1").unwrap();
            fs::write(format!("/proc/sys/net/ipv4/conf/{interface}/rp_filter"), "0").unwrap();
        }
        let ran = render("dhcp: proxy, dns: none, balancer: none");
        let out = ran.join("out");
        fs::create_dir_all(out.join("tftpboot")).unwrap();
        let args = [
            "-k",
            "-C",
            "services/dnsmasq/dnsmasq.conf",
            "--user=root",
            "--group=root",
            "--log-facility=-",
            "--pid-file=",
            "--dhcp-leasefile=leases",
        ];
        let daemon = Daemon::start(&program, &args, &out);
        let socket = UdpSocket::bind("0.0.0.0:68").unwrap();
        socket.set_broadcast(true).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let worker = [0x52, 0x54, 0, 0, 0, 0x31];
        until(&daemon, "an offer", || boots(&socket, &discover(worker, 0, true)).is_some());
        // No address is given, and the script is the machine's own, at a server that is named.
        let (address, server, file) = boots(&socket, &discover(worker, 0, true)).unwrap();
        assert_eq!((address.as_str(), server.as_str()), ("0.0.0.0", "10.0.2.2"), "{}", daemon.said());
        assert_eq!(file, "http://10.0.2.2:8080/ipxe/52-54-00-00-00-31.ipxe");
        // UEFI is sent to port 4011 of this server; a stranger hears nothing.
        let (address, server, _) = boots(&socket, &discover(worker, 7, false)).unwrap();
        assert_eq!((address.as_str(), server.as_str()), ("0.0.0.0", "10.0.2.2"), "{}", daemon.said());
        assert_eq!(
            boots(&socket, &discover([0x52, 0x54, 0, 0, 0, 0x99], 7, false)),
            None,
            "{}",
            daemon.said()
        );
    });
}
