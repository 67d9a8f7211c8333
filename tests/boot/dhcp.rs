//! dnsmasq as DHCP and TFTP server, on a network of our own.
//!
//! Each test runs itself once more inside a network namespace, where a tap interface has the helper's
//! address; QEMU plugs its NIC into that. Nothing of it is left when the process ends.

use std::net::Ipv4Addr;
use std::process::Child;

use okdboot::model::artifact::ArtifactKind;

use crate::cluster::{BOOTSTRAP, Machine as Node, STATIC, WORKER};
use crate::guest;
use crate::ipxe;
use crate::lab::{Lab, Setup};
use crate::loader::Loader;
use crate::machine::{Firmware, Machine};
use crate::namespace::{self, TAP};
use crate::tool::{self, Tool};

const HELPER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

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
        if !namespace::is_inside() {
            if tool::present(self.name, &self.tools()) {
                namespace::run_inside(&format!("dhcp::{}", self.name));
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
    namespace::ip(&[
        &format!("tuntap add dev {TAP} mode tap"),
        &format!("address add {HELPER}/24 dev {TAP}"),
        &format!("link set {TAP} up"),
        "link set lo up",
    ]);
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
