//! A stand-in for the CoreOS live image: an initramfs that fetches its rootfs as the real one does, and
//! a rootfs with the real coreos-installer, the service script of its source, bash and udev.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use okdboot::model::artifact::ArtifactKind;

use crate::archive::Archive;
use crate::lab::Lab;
use crate::tool::{self, Tool};

/// What the live system is made of.
pub const TOOLS: [Tool; 9] = [
    Tool::Program("coreos-installer"),
    Tool::Program("curl"),
    Tool::Sources("coreos-installer"),
    Tool::File(UDEVD),
    Tool::Program("udevadm"),
    Tool::Program("bash"),
    Tool::Program("lsblk"),
    Tool::Program("blkid"),
    Tool::Cached("amd64/modules"),
];

const PROGRAMS: [&str; 6] = ["bash", "blkid", "coreos-installer", "curl", "lsblk", "udevadm"];
const UDEVD: &str = "/lib/systemd/systemd-udevd";
const RULES: [&str; 3] = ["50-udev-default.rules", "60-block.rules", "60-persistent-storage.rules"];

/// In the order in which they need one another.
const MODULES: [&str; 9] = [
    "drivers/virtio/virtio_ring",
    "drivers/virtio/virtio",
    "drivers/virtio/virtio_pci_legacy_dev",
    "drivers/virtio/virtio_pci_modern_dev",
    "drivers/virtio/virtio_pci",
    "net/core/failover",
    "drivers/net/net_failover",
    "drivers/net/virtio_net",
    "drivers/block/virtio_blk",
];

/// Finds the rootfs by the kernel argument, unpacks it over itself and goes on with it.
const INIT: &str = r#"#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /run /tmp
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
exec < /dev/null > /dev/ttyS0 2>&1
/bin/busybox dmesg -n 1
for module in /modules/*; do /bin/busybox insmod $module; done
/bin/busybox ip link set eth0 up
/bin/busybox udhcpc -i eth0 -q -n -s /udhcpc
url=$(/bin/busybox tr ' ' '\n' < /proc/cmdline | /bin/busybox sed -n 's/^coreos.live.rootfs_url=//p')
/bin/busybox wget -q -O /rootfs.img "$url" || /bin/busybox poweroff -f
/bin/busybox cpio -idu < /rootfs.img
/bin/busybox rm /rootfs.img
export PATH=/usr/bin:/bin
/live
echo "okdboot-exit: $?"
/bin/busybox sync
/bin/busybox poweroff -f
"#;

const UDHCPC: &str = r#"#!/bin/busybox sh
[ "$1" = bound ] || exit 0
/bin/busybox ip address add "$ip/$mask" dev "$interface"
/bin/busybox ip route add default via "$router"
"#;

/// Ignition where the arguments ask for it, as the units of the live image run it; then the service of
/// the live image where it would be started, or a person at the prompt. There is no systemd: the
/// units that Ignition enables are run here, and the one that comes after the service, by its outcome.
const LIVE: &str = r#"#!/bin/bash
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle
cmdline=" $(</proc/cmdline) "
if [[ $cmdline == *" ignition.firstboot "* ]]; then
    for stage in fetch-offline fetch files; do
        ignition --log-to-stdout --root=/ --platform=metal --stage=$stage || exit 70
    done
fi
if [ -e /command ]; then
    bash -e /command
elif [ -e /etc/coreos/installer.d ] || [[ $cmdline == *" coreos.inst.install_dev="* ]]; then
    bash /usr/libexec/coreos-installer-service
    code=$?
    outcome=installed
    ((code == 0)) || outcome=failed
    unit=/etc/systemd/system/okdboot-$outcome.service
    if [ -e $unit ]; then
        echo "okdboot-report: $($(/bin/busybox sed -n 's/^ExecStart=-//p' $unit) 2>&1)"
    fi
    exit $code
else
    echo "okdboot-live: $(</etc/hostname)"
    for unit in $(/bin/busybox sed -n 's/^enable //p' /etc/systemd/system-preset/*ignition.preset); do
        $(/bin/busybox sed -n 's/^ExecStart=//p' /etc/systemd/system/$unit)
    done
fi
"#;

/// What Ignition makes users with; it says so on the console.
const USERADD: &str = r#"#!/bin/bash
echo "${!#}:x:1000:1000::/tmp:/bin/bash" >> /etc/passwd
echo "okdboot-user: ${!#}" > /dev/ttyS0
"#;

/// The real Ignition. Debian has it for dracut, not as a program.
pub const IGNITION: &str = "/usr/lib/dracut/modules.d/30ignition/ignition";

/// Puts kernel, initramfs and rootfs where the plan wants them. A command is run by a person, as it
/// were; without one the service of the live image does what the kernel arguments say.
pub fn place(lab: &Lab, command: Option<&str>) {
    let kernel = fs::read(tool::cached("amd64/vmlinuz")).expect("the case needs it");
    lab.place(ArtifactKind::Kernel, &kernel);
    lab.place(ArtifactKind::Initramfs, &initramfs());
    lab.place(ArtifactKind::Rootfs, &rootfs(command));
}

fn initramfs() -> Vec<u8> {
    let base = Archive::default()
        .folders(&["bin", "dev", "modules"])
        .copy("bin/busybox", &tool::cached("amd64/busybox"))
        .script("init", INIT)
        .script("udhcpc", UDHCPC);
    let module = |archive: Archive, (at, name): (usize, &&str)| {
        let from = tool::cached(&format!("amd64/modules/{name}.ko"));
        archive.copy(&format!("modules/{at}.ko"), &from)
    };
    MODULES.iter().enumerate().fold(base, module).finish()
}

fn rootfs(command: Option<&str>) -> Vec<u8> {
    let folders = [
        "etc",
        "etc/NetworkManager",
        "etc/NetworkManager/system-connections",
        "etc/selinux",
        "lib",
        "lib/systemd",
        "lib/udev",
        "lib/udev/rules.d",
        "lib/x86_64-linux-gnu",
        "lib64",
        "usr",
        "usr/bin",
        "usr/libexec",
    ];
    let mut archive = Archive::default()
        .folders(&folders)
        .file("etc/group", "root:x:0:\ndisk:x:6:\n")
        .file("etc/passwd", "root:x:0:0::/:/bin/bash\n")
        // Ignition asks for both, whether or not anything has labels.
        .file("etc/selinux/config", "SELINUX=disabled\nSELINUXTYPE=targeted\n")
        .script("usr/bin/setfiles", "#!/bin/bash\n")
        .script("live", LIVE)
        // Who is at the prompt of a live system is not root; here it is.
        .script("usr/bin/sudo", "#!/bin/bash\nexec \"$@\"\n")
        .link("bin/bash", "/usr/bin/bash")
        .link("usr/bin/rm", "/bin/busybox")
        .script("usr/bin/useradd", USERADD)
        .copy("lib/systemd/systemd-udevd", Path::new(UDEVD));
    if Path::new(IGNITION).exists() {
        archive = archive.copy("usr/bin/ignition", Path::new(IGNITION));
    }
    for name in PROGRAMS {
        archive = archive.copy(&format!("usr/bin/{name}"), &tool::program(name));
    }
    for name in RULES {
        archive =
            archive.copy(&format!("lib/udev/rules.d/{name}"), &Path::new("/lib/udev/rules.d").join(name));
    }
    for library in libraries() {
        let place = library.to_string_lossy();
        archive = archive.copy(place.trim_start_matches('/'), &library);
    }
    let service = tool::sources("coreos-installer").expect("the case needs it");
    archive = archive
        .copy("usr/libexec/coreos-installer-service", &service.join("scripts/coreos-installer-service"));
    match command {
        Some(command) => archive.file("command", command).finish(),
        None => archive.finish(),
    }
}

/// Returns every library of the programs, where their loader looks for it.
fn libraries() -> BTreeSet<PathBuf> {
    let programs = PROGRAMS.map(tool::program);
    let mut ldd = Command::new("ldd");
    ldd.args(&programs).arg(UDEVD);
    if Path::new(IGNITION).exists() {
        ldd.arg(IGNITION);
    }
    let output = ldd.output().expect("ldd is part of libc");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split_whitespace().filter(|word| word.starts_with("/lib") && !word.ends_with(':'));
    words.map(PathBuf::from).collect()
}
