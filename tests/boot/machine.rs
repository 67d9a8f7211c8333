//! Virtual machines: QEMU with a firmware, one NIC that has a node's MAC, and a serial console.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cluster;
use crate::console::Console;
use crate::guest;
use crate::lab::Lab;
use crate::tool::{self, Tool};

/// What a machine runs before anything of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// `SeaBIOS` with QEMU's iPXE in the NIC.
    Bios,
    /// OVMF with its own PXE.
    Uefi,
    /// OVMF that starts what Microsoft has signed, and nothing else.
    SecureBoot,
    /// OVMF for aarch64.
    UefiAarch64,
}

/// How long a guest may take: many times what it takes on two idle cores.
const PATIENCE: Duration = Duration::from_secs(240);

impl Firmware {
    /// Returns what a case with this firmware needs.
    pub fn tools(self) -> Vec<Tool> {
        let files: &[Tool] = match self {
            Self::Bios => &[Tool::Program("qemu-system-x86_64"), Tool::Cached("amd64/vmlinuz")],
            Self::Uefi => &[
                Tool::Program("qemu-system-x86_64"),
                Tool::File("/usr/share/OVMF/OVMF_CODE_4M.fd"),
                Tool::Cached("amd64/vmlinuz"),
            ],
            Self::SecureBoot => &[
                Tool::Program("qemu-system-x86_64"),
                Tool::File("/usr/share/OVMF/OVMF_CODE_4M.ms.fd"),
                Tool::Cached("amd64/vmlinuz"),
                Tool::Cached("amd64/shim/shimx64.efi.signed"),
                Tool::Cached("amd64/x86_64-efi-signed/grubnetx64.efi.signed"),
            ],
            Self::UefiAarch64 => &[
                Tool::Program("qemu-system-aarch64"),
                Tool::File("/usr/share/AAVMF/AAVMF_CODE.fd"),
                Tool::Cached("arm64/vmlinuz"),
            ],
        };
        files.to_vec()
    }

    /// Returns Debian's name of the architecture.
    pub fn debian_arch(self) -> &'static str {
        match self {
            Self::Bios | Self::Uefi | Self::SecureBoot => "amd64",
            Self::UefiAarch64 => "arm64",
        }
    }

    /// Returns the words of QEMU. Software emulation: hardware acceleration hangs in network ROMs.
    fn command(self, dir: &Path) -> Command {
        let mut command = tool::attached(match self {
            Self::Bios | Self::Uefi | Self::SecureBoot => "qemu-system-x86_64",
            Self::UefiAarch64 => "qemu-system-aarch64",
        });
        match self {
            // Without graphics SeaBIOS, iPXE and PXELINUX talk on the serial console too.
            Self::Bios => command.args(["-machine", "pc,graphics=off", "-m", "1024"]),
            Self::Uefi => command.args(["-machine", "q35", "-m", "1024"]),
            Self::SecureBoot => command.args(["-machine", "q35,smm=on", "-m", "1024"]).args([
                // Nothing but the firmware's own mode may write its variables.
                "-global",
                "driver=cfi.pflash01,property=secure,value=on",
                "-global",
                "ICH9-LPC.disable_s3=1",
            ]),
            Self::UefiAarch64 => command.args(["-machine", "virt", "-cpu", "cortex-a57", "-m", "1024"]),
        };
        match self {
            Self::Bios => {}
            Self::Uefi => flash(&mut command, dir, "/usr/share/OVMF/OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
            Self::SecureBoot => {
                flash(&mut command, dir, "/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "OVMF_VARS_4M.ms.fd");
            }
            Self::UefiAarch64 => {
                flash(&mut command, dir, "/usr/share/AAVMF/AAVMF_CODE.fd", "AAVMF_VARS.fd");
            }
        }
        command.args(["-accel", "tcg", "-nodefaults", "-display", "none", "-monitor", "none"]);
        command.args(["-no-reboot", "-serial", "stdio"]);
        command
    }

    /// The ROM that the NIC carries: with UEFI the firmware has a driver of its own.
    fn rom(self) -> &'static str {
        match self {
            Self::Bios => "",
            Self::Uefi | Self::SecureBoot | Self::UefiAarch64 => ",romfile=",
        }
    }
}

/// Adds the firmware's code, and a copy of its variables that this machine may write.
fn flash(command: &mut Command, dir: &Path, code: &str, variables: &str) {
    let own = dir.join("variables.fd");
    fs::copy(Path::new(code).with_file_name(variables), &own).expect("they belong to the same package");
    command.arg("-drive").arg(format!("if=pflash,format=raw,readonly=on,file={code}"));
    command.arg("-drive").arg(format!("if=pflash,format=raw,file={}", own.display()));
}

/// What a machine is given to boot with.
#[derive(Debug)]
pub struct Machine<'a> {
    lab: &'a Lab,
    node: cluster::Machine,
    firmware: Firmware,
    network: String,
    disk: Option<PathBuf>,
    stick: Option<PathBuf>,
    second: Option<PathBuf>,
    order: &'static str,
    further: &'static [&'static str],
}

impl<'a> Machine<'a> {
    /// A machine on QEMU's user network, whose DHCP server names a boot file: a path below the TFTP
    /// root, or a URL.
    pub fn new(lab: &'a Lab, node: cluster::Machine, firmware: Firmware, bootfile: &str) -> Self {
        let tftp = lab.tftp("");
        let network = format!("user,id=net,tftp={},bootfile={bootfile}", tftp.display());
        Self { lab, node, firmware, network, disk: None, stick: None, second: None, order: "", further: &[] }
    }

    /// Plugs the machine into a tap interface instead.
    pub fn on_tap(self, interface: &str) -> Self {
        let network = format!("tap,id=net,ifname={interface},script=no,downscript=no");
        Self { network, ..self }
    }

    /// Gives the machine a disk that udev knows as `virtio-okdboot`.
    pub fn disk(self, disk: &Path) -> Self {
        Self { disk: Some(disk.to_owned()), ..self }
    }

    /// Gives the machine a disk to boot from, and nothing on the network.
    pub fn boot_disk(self, disk: &Path) -> Self {
        Self { network: "user,id=net,restrict=on".to_owned(), ..self.disk(disk) }
    }

    /// Gives QEMU further words.
    pub fn with(self, further: &'static [&'static str]) -> Self {
        Self { further, ..self }
    }

    /// Puts the NIC before every disk in the firmware's order.
    pub fn network_first(self) -> Self {
        Self { order: ",bootindex=0", ..self }
    }

    /// Gives the machine a stick with a UEFI program, which is started before anything else.
    pub fn stick(self, program: &str) -> Self {
        let stick = self.folder("stick", Path::new(program));
        Self { stick: Some(stick), ..self }
    }

    /// Gives the machine a disk with a UEFI program, which is started once what comes first has ended
    /// with an error. It stands where CoreOS has its own too.
    pub fn second(self, program: &Path) -> Self {
        let second = self.folder("second", program);
        fs::create_dir_all(second.join("EFI/centos")).expect("it is writable");
        fs::copy(program, second.join("EFI/centos/shimx64.efi")).expect("the case needs it");
        Self { second: Some(second), ..self }
    }

    fn folder(&self, name: &str, program: &Path) -> PathBuf {
        let folder = self.lab.dir().join(name);
        fs::create_dir_all(folder.join("EFI/BOOT")).expect("it is writable");
        fs::copy(program, folder.join("EFI/BOOT/BOOTX64.EFI")).expect("the case needs it");
        folder
    }

    /// Switches the power on.
    pub fn start(self) -> Running<'a> {
        let slot = Slot::wait();
        let mut command = self.firmware.command(self.lab.dir());
        command.args(self.further).arg("-netdev").arg(&self.network);
        let nic =
            format!("virtio-net-pci,netdev=net,mac={}{}{}", self.node.mac, self.firmware.rom(), self.order);
        command.arg("-device").arg(nic);
        if let Some(disk) = &self.disk {
            command.arg("-drive").arg(format!("if=none,id=disk,format=raw,file={}", disk.display()));
            command.args(["-device", "virtio-blk-pci,drive=disk,serial=okdboot"]);
        }
        for (at, folder) in [&self.stick, &self.second].into_iter().enumerate() {
            let Some(folder) = folder else { continue };
            let drive = format!("if=none,id=fat{at},format=raw,file=fat:rw:{}", folder.display());
            let device = format!("virtio-blk-pci,drive=fat{at},bootindex={at}");
            command.args(["-drive", &drive, "-device", &device]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("QEMU starts");
        let output = child.stdout.take().expect("it is piped");
        Running {
            lab: self.lab,
            child,
            console: Console::of(output),
            deadline: Instant::now() + PATIENCE,
            _slot: slot,
        }
    }

    /// Boots until the kernel's own command line is known.
    pub fn boot_line(self) -> Vec<String> {
        let line = self.start().wait_for(guest::LINE);
        let words = line.split_once(guest::LINE).map_or("", |(_, words)| words);
        words.split_whitespace().map(str::to_owned).collect()
    }
}

/// A machine with its power on. Dropping it pulls the plug.
#[derive(Debug)]
pub struct Running<'a> {
    lab: &'a Lab,
    child: Child,
    console: Console,
    deadline: Instant,
    _slot: Slot,
}

impl Running<'_> {
    /// Waits for a line that holds a text.
    pub fn wait_for(&mut self, text: &str) -> String {
        match self.console.wait_for(text, self.deadline) {
            Ok(line) => line,
            Err(ended) => panic!("no `{text}`: {ended:?}\n{}", self.state()),
        }
    }

    /// Waits until the machine switches itself off, and returns everything it printed.
    pub fn wait_for_power_off(&mut self) -> String {
        match self.console.wait_for_end(self.deadline) {
            Ok(text) => text,
            Err(ended) => panic!("the power stays on: {ended:?}\n{}", self.state()),
        }
    }

    fn state(&self) -> String {
        let requests = self.lab.requests().join("\n");
        format!("--- console\n{}\n--- requests\n{requests}", self.console.tail())
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The right to run a guest: two at once is what two cores can carry.
#[derive(Debug)]
pub struct Slot;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();
const SLOTS: usize = 2;

fn taken() -> MutexGuard<'static, usize> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    /// Waits until fewer run.
    pub fn wait() -> Self {
        let free = FREED.wait_while(taken(), |taken| *taken >= SLOTS);
        *free.unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *taken() -= 1;
        FREED.notify_one();
    }
}
