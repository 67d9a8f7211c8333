//! dnsmasq as DHCP and TFTP server, on a network of our own.
//!
//! Each test runs itself once more inside a network namespace, where a tap interface has the helper's
//! address; QEMU plugs its NIC into that. Nothing of it is left when the process ends.

use std::env;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Output, Stdio};

use okdboot::model::artifact::ArtifactKind;

use crate::cluster::{BOOTSTRAP, Machine as Node, STATIC, WORKER};
use crate::guest;
use crate::ipxe;
use crate::lab::{Lab, Setup};
use crate::loader::Loader;
use crate::machine::{Firmware, Machine, Slot};
use crate::tool::{self, Tool};

const INSIDE: &str = "OKDBOOT_TEST_INSIDE_ITS_OWN_NETWORK";
const HELPER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
const TAP: &str = "okdboot0";

/// `unshare` as root needs nothing else; other users need a user namespace around it.
const WAYS: [&[&str]; 2] = [&["--net"], &["--map-root-user", "--net"]];

/// Says why there can be no network of our own, if there cannot.
pub fn no_network_of_its_own() -> Option<String> {
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

/// Runs a test of this file once more, inside.
fn run_inside(case: &str) {
    let _slot = Slot::wait();
    let exe = env::current_exe().expect("the test is a program");
    let mut command = unshare(way().expect("it was there a moment ago"));
    command.arg(exe).args(["--exact", "--nocapture", &format!("dhcp::{case}")]).env(INSIDE, "1");
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "inside: {status}\n{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "nothing ran inside\n{stdout}");
}

/// A case: outside it is prepared and run inside, inside it boots.
struct Case {
    name: &'static str,
    firmware: Firmware,
    loader: Option<Loader>,
    node: Node,
}

impl Case {
    /// Returns what the kernel was given; nothing outside.
    fn boot(&self) -> Option<(Lab, Vec<String>)> {
        if env::var_os(INSIDE).is_none() {
            if tool::present(self.name, &self.tools()) {
                run_inside(self.name);
            }
            return None;
        }
        raise_interface();
        let lab = Setup::new().on(HELPER).serve();
        let program = self.loader.map(|loader| loader.install(&lab));
        guest::place(&lab, self.firmware.debian_arch());
        let _dnsmasq = Dnsmasq::start(&lab, program.unwrap_or("nothing"));
        let machine = Machine::new(&lab, self.node, self.firmware, "").on_tap(TAP);
        let line = machine.boot_line();
        Some((lab, line))
    }

    fn tools(&self) -> Vec<Tool> {
        let own = vec![Tool::Program("dnsmasq"), Tool::Program("ip"), Tool::OwnNetwork];
        let loader = self.loader.map(Loader::tools).unwrap_or_default();
        [self.firmware.tools(), loader, own].concat()
    }
}

fn raise_interface() {
    let address = format!("{HELPER}/24");
    let commands: [&[&str]; 4] = [
        &["tuntap", "add", "dev", TAP, "mode", "tap"],
        &["address", "add", &address, "dev", TAP],
        &["link", "set", TAP, "up"],
        &["link", "set", "lo", "up"],
    ];
    for command in commands {
        let status = Command::new(tool::program("ip")).args(command).status().expect("it runs");
        assert!(status.success(), "ip {command:?}");
    }
}

/// A running dnsmasq. Dropping it ends it.
struct Dnsmasq(Child);

impl Dnsmasq {
    /// Gives every node its address. iPXE gets the script of its MAC, which iPXE itself fills in;
    /// UEFI's own PXE gets a program.
    fn start(lab: &Lab, program: &str) -> Self {
        let script = format!("{}/ipxe/${{mac:hexhyp}}.ipxe", lab.url());
        let nodes = [(BOOTSTRAP, 20), (STATIC, 12), (WORKER, 11)];
        let child = tool::attached("dnsmasq")
            .args(["--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--user=root", "--port=0"])
            .args([&format!("--interface={TAP}"), "--bind-interfaces", "--leasefile-ro"])
            .args(["--dhcp-range=10.0.2.0,static", "--enable-tftp", "--dhcp-match=set:ipxe,175"])
            .arg(format!("--tftp-root={}", lab.tftp("").display()))
            .args(nodes.map(|(node, last)| format!("--dhcp-host={},10.0.2.{last}", node.mac)))
            .arg(format!("--dhcp-boot=tag:ipxe,{script}"))
            .arg(format!("--dhcp-boot=tag:!ipxe,{program}"))
            .spawn()
            .expect("dnsmasq starts");
        Self(child)
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn dnsmasq_and_bios_ipxe_rom_boot_a_static_address() {
    let name = "dnsmasq_and_bios_ipxe_rom_boot_a_static_address";
    let case = Case { name, firmware: Firmware::Bios, loader: None, node: STATIC };
    let Some((lab, line)) = case.boot() else { return };
    assert_eq!(line, ipxe::expected(&lab, STATIC));
}

/// snponly.efi works on the NIC that the firmware loaded it from, so it is only found here, where a
/// DHCP server tells iPXE from the firmware.
#[test]
fn dnsmasq_and_uefi_ipxe_snponly_boot_a_worker() {
    let name = "dnsmasq_and_uefi_ipxe_snponly_boot_a_worker";
    let case = Case { name, firmware: Firmware::Uefi, loader: Some(Loader::SnponlyEfi), node: WORKER };
    let Some((lab, line)) = case.boot() else { return };
    assert_eq!(line, ipxe::expected_of_uefi(&lab, WORKER));
}

#[test]
fn dnsmasq_and_uefi_grub_boot_the_bootstrap() {
    let name = "dnsmasq_and_uefi_grub_boot_the_bootstrap";
    let case = Case { name, firmware: Firmware::Uefi, loader: Some(Loader::Grub), node: BOOTSTRAP };
    let Some((lab, line)) = case.boot() else { return };
    let image = format!("BOOT_IMAGE=/{}", lab.artifact(ArtifactKind::Kernel));
    assert_eq!(line, [vec![image], lab.line(BOOTSTRAP)].concat());
}
