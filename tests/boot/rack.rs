//! A rack in a network namespace: a bridge joins QEMU's NIC, `okdboot serve`, and a DHCP server that stands
//! in a second namespace.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::{Machine as Node, RELEASE, WORKER};
use crate::guest;
use crate::lab::{Lab, Setup};
use crate::machine::{Firmware, Machine};
use crate::namespace::{self, TAP};
use crate::tool::{self, Tool};

const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
const PORT: u16 = 8080;
const PATIENCE: Duration = Duration::from_secs(20);

/// Straight to HTTP, which OVMF tries after PXE.
pub const HTTP_ONLY: &[&str] = &[
    "-fw_cfg",
    "name=opt/org.tianocore/IPv4PXESupport,string=no",
    "-fw_cfg",
    "name=opt/org.tianocore/IPv6PXESupport,string=no",
    "-device",
    "virtio-rng-pci",
];

/// A case: outside it is prepared and run inside, inside it boots.
pub struct Case {
    /// Its full name: the module and the function.
    pub name: &'static str,
    pub firmware: Firmware,
    /// Files that have to be there.
    pub loaders: &'static [&'static str],
    /// Further words for QEMU.
    pub further: &'static [&'static str],
    /// Lines of `okdboot:`; `{image}` stands for the metal image, `{cache}` for the folder of fetched files.
    pub settings: &'static [&'static str],
    pub mode: Mode,
    /// What else `serve` is told.
    pub args: &'static [&'static str],
}

/// Who says by DHCP what to boot, and who gives the addresses.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// `serve`, and the server of the other namespace.
    Proxy,
    /// `serve` both; the other server only says that there is a router of IPv6.
    Full,
    /// A daemon with the files that were rendered for it.
    Rendered(Daemon),
}

/// A daemon whose files are rendered.
#[derive(Clone, Copy, PartialEq)]
pub enum Daemon {
    Dnsmasq,
    /// dnsmasq beside the server of the other namespace.
    Proxy,
    Kea,
    Dhcpd,
}

/// What stands inside.
pub struct Rack {
    pub lab: Lab,
    pub serve: Serve,
    _dhcp: Dhcp,
    _daemon: Option<Dhcp>,
}

impl Case {
    /// Sets everything up inside; nothing outside.
    pub fn rack(&self) -> Option<Rack> {
        if !namespace::is_inside() {
            if tool::present(self.name, &self.tools()) {
                namespace::run_inside(self.name);
            }
            return None;
        }
        lay_the_wire();
        let cache = tool::cached("").display().to_string();
        let named = |line: &&str| line.replace("{image}", &image_name()).replace("{cache}/", &cache);
        let mut setup = self.settings.iter().map(named).fold(Setup::new().on(HERE), Setup::set);
        if let Mode::Rendered(daemon) = self.mode {
            setup = setup.set(format!("services: {{ dhcp: {}, dns: none, interface: br0 }}", daemon.word()));
        }
        let lab = setup.served_at(PORT);
        guest::place(&lab, self.firmware.debian_arch());
        let dhcp = Dhcp::start(self.mode);
        let serve = Serve::start(&lab, self.mode, self.args);
        let daemon = match self.mode {
            Mode::Rendered(daemon) => Some(daemon.start(&lab, self.loaders)),
            Mode::Proxy | Mode::Full => None,
        };
        Some(Rack { lab, serve, _dhcp: dhcp, _daemon: daemon })
    }

    pub fn machine<'a>(&self, rack: &'a Rack, node: Node) -> Machine<'a> {
        Machine::new(&rack.lab, node, self.firmware, "").on_tap(TAP).with(self.further)
    }

    fn tools(&self) -> Vec<Tool> {
        let daemon = match self.mode {
            Mode::Rendered(daemon) => Tool::Program(daemon.program()),
            Mode::Proxy | Mode::Full => Tool::Program("dnsmasq"),
        };
        let own = vec![daemon, Tool::Program("dnsmasq"), Tool::Program("ip"), Tool::OwnNetwork];
        let loaders = self.loaders.iter().map(|file| Tool::File(file)).collect();
        [self.firmware.tools(), loaders, own].concat()
    }
}

impl Mode {
    /// Says whether another server gives the addresses.
    fn needs_addresses(self) -> bool {
        matches!(self, Self::Proxy | Self::Rendered(Daemon::Proxy))
    }

    /// What `serve` is told, and what it says of it.
    fn of_serve(self) -> (&'static [&'static str], Option<&'static str>) {
        let here = "on br0, 10.0.2.2, for http://10.0.2.2:8080";
        match self {
            Self::Proxy => (&["--dhcp", "proxy"], Some(here)),
            Self::Full => (&["--dhcp", "full"], Some(here)),
            // dnsmasq is the TFTP server as well.
            Self::Rendered(Daemon::Dnsmasq | Daemon::Proxy) => (&["--tftp", "off"], None),
            Self::Rendered(_) => (&[], None),
        }
    }
}

impl Daemon {
    fn word(self) -> &'static str {
        match self {
            Self::Dnsmasq => "dnsmasq",
            Self::Proxy => "proxy",
            Self::Kea => "kea",
            Self::Dhcpd => "dhcpd",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Dnsmasq | Self::Proxy => "dnsmasq",
            Self::Kea => "kea-dhcp4",
            Self::Dhcpd => "dhcpd",
        }
    }

    /// Starts it in the tree. Loaders go where the guide says: the TFTP root.
    fn start(self, lab: &Lab, loaders: &[&str]) -> Dhcp {
        for loader in loaders {
            let name = Path::new(loader).file_name().expect("it is a file");
            fs::copy(loader, lab.tftp("").join(name)).expect("the case needs it");
        }
        let mut command = tool::attached(self.program());
        command.current_dir(lab.out(""));
        match self {
            Self::Dnsmasq | Self::Proxy => {
                command.args(["-k", "-C", "services/dnsmasq/dnsmasq.conf", "--user=root", "--group=root"]);
                command.args(["--log-facility=-", "--pid-file=", "--dhcp-leasefile=leases", "--no-ping"]);
            }
            Self::Kea => {
                let file = lab.out("services/kea/kea-dhcp4.conf");
                let text = fs::read_to_string(&file).expect("it was rendered");
                // The folders of the package are not here.
                let own = format!("\"name\": \"{}\", \"persist\"", lab.out("kea-leases").display());
                fs::write(&file, text.replace("\"persist\"", &own)).expect("it is writable");
                command.args(["-c", "services/kea/kea-dhcp4.conf"]);
                command.env("KEA_PIDFILE_DIR", lab.out("")).env("KEA_LOCKFILE_DIR", lab.out(""));
            }
            Self::Dhcpd => {
                fs::write(lab.out("leases"), "").expect("it is writable");
                command.args(["-f", "-d", "-cf", "services/dhcpd/dhcpd.conf", "-lf", "leases", "-pf", "pid"]);
                command.arg("br0");
            }
        }
        let daemon = Dhcp(command.spawn().expect("it starts"));
        let until = Instant::now() + PATIENCE;
        while !is_asked() {
            assert!(Instant::now() < until, "{} does not listen", self.program());
            thread::sleep(Duration::from_millis(50));
        }
        daemon
    }
}

/// Says whether somebody in this namespace has the port of DHCP servers (proc(5), /proc/net/udp). Kea and
/// dhcpd read packets by raw sockets, and have it all the same.
fn is_asked() -> bool {
    let read = |name: &str| fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default();
    read("udp").lines().any(|line| line.split_whitespace().nth(1).is_some_and(|at| at.ends_with(":0043")))
}

fn lay_the_wire() {
    namespace::ip(&[
        "link set lo up",
        "link add br0 type bridge",
        &format!("address add {HERE}/24 dev br0"),
        "link set br0 up",
        &format!("tuntap add dev {TAP} mode tap"),
        &format!("link set {TAP} master br0"),
        &format!("link set {TAP} up"),
        "link add dhcp0 type veth peer name dhcp1",
        "link set dhcp0 master br0",
        "link set dhcp0 up",
    ]);
}

/// A DHCP server in a namespace of its own. It gives addresses and no boot file, and says that there is a
/// router of IPv6: iPXE waits 16 seconds for one otherwise.
struct Dhcp(Child);

impl Dhcp {
    fn start(mode: Mode) -> Self {
        let script = "read line; ip link set lo up; ip address add 10.0.2.1/24 dev dhcp1; \
            ip link set dhcp1 up; ip -6 address add fd77::1/64 dev dhcp1 nodad; exec \"$0\" \"$@\"";
        let addresses = [
            "--dhcp-range=10.0.2.100,10.0.2.150".to_owned(),
            format!("--dhcp-host={},10.0.2.11", WORKER.mac),
        ];
        let mut child = tool::attached("unshare")
            .args(["--net", "sh", "-c", script])
            .arg(tool::program("dnsmasq"))
            .args(["--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--user=root", "--port=0"])
            .args(["--interface=dhcp1", "--bind-dynamic", "--leasefile-ro", "--no-ping"])
            .args(["--enable-ra", "--dhcp-range=fd77::,ra-only"])
            .args(addresses.iter().filter(|_| mode.needs_addresses()))
            .stdin(Stdio::piped())
            .spawn()
            .expect("it starts");
        let own = fs::read_link("/proc/self/ns/net").expect("it is there");
        let its = format!("/proc/{}/ns/net", child.id());
        let until = Instant::now() + PATIENCE;
        while fs::read_link(&its).is_ok_and(|its| its == own) {
            assert!(Instant::now() < until, "it stays in our namespace");
            thread::yield_now();
        }
        namespace::ip(&[&format!("link set dhcp1 netns {}", child.id())]);
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(b"\n").expect("it reads");
        Self(child)
    }
}

/// The server that is tested.
pub struct Serve {
    child: Child,
    events: Receiver<Value>,
}

impl Serve {
    fn start(lab: &Lab, mode: Mode, args: &[&str]) -> Self {
        let (dhcp, line) = mode.of_serve();
        let mut child = tool_of(lab)
            .args(["serve", "--force", "--watch", "off", "--format", "json"])
            .args(dhcp)
            .args(["--ignition", "ignition"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let (sender, events) = channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).expect("each line is an event"));
            }
        });
        let serve = Self { child, events };
        if let Some(line) = line {
            serve.says(line);
        }
        serve.says("machines boot from");
        serve
    }

    /// Waits for an event with a text in it.
    pub fn says(&self, text: &str) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no event `{text}`"));
            if event["message"].as_str().is_some_and(|message| message.contains(text)) {
                return event;
            }
        }
    }

    /// Returns the stages that a machine has reached since the last look, in their order.
    pub fn stages(&self, node: Node) -> Vec<String> {
        let mut stages = Vec::new();
        loop {
            let event = self.events.recv_timeout(PATIENCE).expect("the initramfs is the last");
            assert_ne!(event["level"], "error", "{event}");
            if event["machine"] == node.name {
                stages.extend(event["stage"].as_str().map(str::to_owned));
            }
            if stages.last().is_some_and(|stage| stage == "initramfs") {
                return stages;
            }
        }
    }
}

fn tool_of(lab: &Lab) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_okdboot"));
    command.args(["-f", "vars.yaml", "-o", "out"]).current_dir(lab.dir()).stdin(Stdio::null());
    command
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Dhcp {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The name of the metal image of the release.
pub fn image_name() -> String {
    format!("scos-{RELEASE}-metal.x86_64.raw.gz")
}
