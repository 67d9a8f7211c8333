//! `okdboot serve` as the one boot server: beside a DHCP server that gives addresses and knows nothing else,
//! and as the DHCP server.
//!
//! The other server runs in a second network namespace. A bridge joins it, QEMU's NIC and `serve`.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Ipv4Addr;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use okdboot::model::artifact::ArtifactKind;
use serde_json::Value;

use crate::cluster::{Machine as Node, RELEASE, STRANGER, WORKER};
use crate::disk;
use crate::guest;
use crate::ipxe;
use crate::lab::{Lab, Setup};
use crate::live;
use crate::machine::{Firmware, Machine};
use crate::namespace::{self, TAP};
use crate::tool::{self, Tool};

const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
const PORT: u16 = 8080;
const PATIENCE: Duration = Duration::from_secs(20);

/// Straight to HTTP, which OVMF tries after PXE.
const HTTP_ONLY: &[&str] = &[
    "-fw_cfg",
    "name=opt/org.tianocore/IPv4PXESupport,string=no",
    "-fw_cfg",
    "name=opt/org.tianocore/IPv6PXESupport,string=no",
    "-device",
    "virtio-rng-pci",
];

/// A case: outside it is prepared and run inside, inside it boots.
struct Case {
    name: &'static str,
    firmware: Firmware,
    loaders: &'static [&'static str],
    further: &'static [&'static str],
    settings: &'static [&'static str],
    mode: Mode,
    /// What else `serve` is told.
    args: &'static [&'static str],
}

/// Who gives the addresses.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// The other server.
    Proxy,
    /// `serve`; the other one only says that there is a router of IPv6.
    Full,
}

/// What stands inside.
struct Rack {
    lab: Lab,
    serve: Serve,
    _dhcp: Dhcp,
}

impl Case {
    /// Sets everything up inside; nothing outside.
    fn rack(&self) -> Option<Rack> {
        if !namespace::is_inside() {
            if tool::present(self.name, &self.tools()) {
                namespace::run_inside(&format!("serve::{}", self.name));
            }
            return None;
        }
        lay_the_wire();
        let named = |line: &&str| line.replace("{image}", &image_name());
        let setup = self.settings.iter().map(named).fold(Setup::new().on(HERE), Setup::set);
        let lab = setup.served_at(PORT);
        guest::place(&lab, self.firmware.debian_arch());
        let dhcp = Dhcp::start(self.mode);
        let serve = Serve::start(&lab, self.mode, self.args);
        Some(Rack { lab, serve, _dhcp: dhcp })
    }

    fn machine<'a>(&self, rack: &'a Rack, node: Node) -> Machine<'a> {
        Machine::new(&rack.lab, node, self.firmware, "").on_tap(TAP).with(self.further)
    }

    fn tools(&self) -> Vec<Tool> {
        let own = vec![Tool::Program("dnsmasq"), Tool::Program("ip"), Tool::OwnNetwork];
        let loaders = self.loaders.iter().map(|file| Tool::File(file)).collect();
        [self.firmware.tools(), loaders, own].concat()
    }
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
            .args(addresses.iter().filter(|_| mode == Mode::Proxy))
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
struct Serve {
    child: Child,
    events: Receiver<Value>,
}

impl Serve {
    fn start(lab: &Lab, mode: Mode, args: &[&str]) -> Self {
        let (dhcp, line) = match mode {
            Mode::Proxy => ("proxy", "DHCP: proxy on br0, 10.0.2.2, for http://10.0.2.2:8080"),
            Mode::Full => ("full", "on br0, 10.0.2.2, for http://10.0.2.2:8080"),
        };
        let mut child = tool_of(lab)
            .args(["serve", "--force", "--dhcp", dhcp, "--watch", "off", "--format", "json"])
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
        serve.says(line);
        serve.says("machines boot from");
        serve
    }

    /// Waits for an event with a text in it.
    fn says(&self, text: &str) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no event `{text}`"));
            if event["message"].as_str().is_some_and(|message| message.contains(text)) {
                return event;
            }
        }
    }

    /// Returns the stages that a machine has reached since the last look, in their order.
    fn stages(&self, node: Node) -> Vec<String> {
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

#[test]
fn the_proxy_and_bios_ipxe_boot_a_worker_and_no_stranger() {
    let case = Case {
        name: "the_proxy_and_bios_ipxe_boot_a_worker_and_no_stranger",
        firmware: Firmware::Bios,
        loaders: &[],
        further: &[],
        settings: &[],
        mode: Mode::Proxy,
        args: &[],
    };
    let Some(rack) = case.rack() else { return };
    case.machine(&rack, STRANGER).start().wait_for("Nothing to boot");
    rack.serve.says("asked how to boot, and no machine has this MAC address");
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["config", "kernel", "initramfs"]);
}

#[test]
fn the_proxy_and_uefi_pxe_boot_a_worker() {
    let case = Case {
        name: "the_proxy_and_uefi_pxe_boot_a_worker",
        firmware: Firmware::Uefi,
        loaders: &["/usr/lib/ipxe/snponly.efi"],
        further: &[],
        settings: &["ipxe: matchbox"],
        mode: Mode::Proxy,
        args: &[],
    };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected_of_uefi(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
}

#[test]
fn the_proxy_and_uefi_http_boot_a_worker() {
    let case = Case {
        name: "the_proxy_and_uefi_http_boot_a_worker",
        firmware: Firmware::Uefi,
        loaders: &["/usr/lib/ipxe/snponly.efi"],
        further: HTTP_ONLY,
        settings: &[],
        mode: Mode::Proxy,
        args: &[],
    };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected_of_uefi(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
    assert!(!rack.lab.artifact(ArtifactKind::Kernel).is_empty());
}

#[test]
fn addresses_of_serve_and_bios_ipxe_boot_a_worker_and_no_stranger() {
    let case = Case {
        name: "addresses_of_serve_and_bios_ipxe_boot_a_worker_and_no_stranger",
        firmware: Firmware::Bios,
        loaders: &[],
        further: &[],
        settings: &[],
        mode: Mode::Full,
        args: &[],
    };
    let Some(rack) = case.rack() else { return };
    case.machine(&rack, STRANGER).start().wait_for("Nothing to boot");
    rack.serve.says("asked how to boot, and no machine has this MAC address");
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["config", "kernel", "initramfs"]);
}

#[test]
fn addresses_of_serve_and_uefi_pxe_boot_a_worker() {
    let case = Case {
        name: "addresses_of_serve_and_uefi_pxe_boot_a_worker",
        firmware: Firmware::Uefi,
        loaders: &["/usr/lib/ipxe/snponly.efi"],
        further: &[],
        settings: &["ipxe: matchbox"],
        mode: Mode::Full,
        args: &[],
    };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected_of_uefi(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
}

#[test]
fn addresses_of_serve_and_uefi_http_boot_a_worker() {
    let case = Case {
        name: "addresses_of_serve_and_uefi_http_boot_a_worker",
        firmware: Firmware::Uefi,
        loaders: &["/usr/lib/ipxe/snponly.efi"],
        further: HTTP_ONLY,
        settings: &[],
        mode: Mode::Full,
        args: &[],
    };
    let Some(rack) = case.rack() else { return };
    assert_eq!(case.machine(&rack, WORKER).boot_line(), ipxe::expected_of_uefi(&rack.lab, WORKER));
    assert_eq!(rack.serve.stages(WORKER), ["dhcp", "loader", "config", "kernel", "initramfs"]);
}

/// From its first DHCP request to its own disk: the machine reports, is disarmed, and is sent on when it
/// boots from the network once more.
#[test]
fn a_worker_is_installed_reports_and_boots_its_disk() {
    let case = Case {
        name: "a_worker_is_installed_reports_and_boots_its_disk",
        firmware: Firmware::Bios,
        loaders: &[live::IGNITION],
        further: &[],
        settings: &[
            "ignition_pin: installer",
            "report: true",
            "kargs: [\"coreos.inst.image_url={url}/assets/{image}\", coreos.inst.insecure]",
        ],
        mode: Mode::Full,
        args: &["--auto-disarm"],
    };
    let tools = [live::TOOLS.to_vec(), disk::TOOLS.to_vec()].concat();
    if !namespace::is_inside() && !tool::present(case.name, &tools) {
        return;
    }
    let Some(rack) = case.rack() else { return };
    live::place(&rack.lab, None);
    rack.lab.place(ArtifactKind::Metal, &disk::metal_image(rack.lab.dir()));
    let disk = disk::empty(rack.lab.dir());
    let console = case.machine(&rack, WORKER).disk(&disk).start().wait_for_power_off();
    assert!(console.contains("okdboot-report: okdboot: noted"), "{console}");
    rack.serve.says("worker0 runs the live system");
    rack.serve.says("worker0 has its Ignition file");
    rack.serve.says("worker0 is installed");
    rack.serve.says("worker0 is disarmed: it boots from its disk from now on");
    rack.serve.says("the tree has changed and is served now");
    case.machine(&rack, WORKER).disk(&disk).network_first().start().wait_for(disk::GREETING);
    rack.serve.says("worker0 is sent to its own disk");
}

/// Nobody hears the report: the installation ends all the same.
#[test]
fn a_report_that_nobody_hears_keeps_no_machine_from_its_disk() {
    let case = "a_report_that_nobody_hears_keeps_no_machine_from_its_disk";
    let tools = [Firmware::Bios.tools(), live::TOOLS.to_vec(), disk::TOOLS.to_vec()].concat();
    if !tool::present(case, &tools) || !tool::present(case, &[Tool::File(live::IGNITION)]) {
        return;
    }
    let settings = ["ignition_pin: installer", "report: true"];
    let setup = settings.iter().fold(Setup::new(), |setup, line| setup.set(*line));
    let image = "kargs: [\"coreos.inst.image_url={url}/assets/{image}\", coreos.inst.insecure]";
    // The test's own server knows no POST.
    let lab = setup.set(image.replace("{image}", &image_name())).serve();
    live::place(&lab, None);
    lab.place(ArtifactKind::Metal, &disk::metal_image(lab.dir()));
    let disk = disk::empty(lab.dir());
    let script = format!("{}/ipxe/{}.ipxe", lab.url(), WORKER.mac.replace(':', "-"));
    let begun = Instant::now();
    let console =
        Machine::new(&lab, WORKER, Firmware::Bios, &script).disk(&disk).start().wait_for_power_off();
    assert!(console.contains("okdboot-report: curl: (22)"), "{console}");
    assert!(console.contains("okdboot-exit: 0") && disk::is_bootable(&disk), "{console}");
    assert!(begun.elapsed() < Duration::from_secs(240));
}

fn image_name() -> String {
    format!("scos-{RELEASE}-metal.x86_64.raw.gz")
}
