//! The small system that boots in place of a live image, under the live image's names.

use std::fs;

use okdboot::model::artifact::ArtifactKind;

use crate::archive::Archive;
use crate::lab::Lab;
use crate::tool;

/// What stands before the command line on the console.
pub const LINE: &str = "okdboot-line: ";

/// Says on the serial console what the kernel was given, whatever `console=` says, and switches the
/// power off. The kernel is silenced first, so that nothing of it gets into the line.
const INIT: &str = r"#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox dmesg -n 1
for tty in /dev/ttyS0 /dev/ttyAMA0; do
    { /bin/busybox printf '\nokdboot-line: '; /bin/busybox cat /proc/cmdline; } > $tty
done 2> /dev/null
/bin/busybox sleep 1
/bin/busybox poweroff -f
";

/// Puts kernel and initramfs of an architecture, as Debian names it, where the plan wants them.
pub fn place(lab: &Lab, arch: &str) {
    let kernel = fs::read(tool::cached(&format!("{arch}/vmlinuz"))).expect("the case needs it");
    let initramfs = Archive::default()
        .folders(&["bin", "dev", "proc"])
        .copy("bin/busybox", &tool::cached(&format!("{arch}/busybox")))
        .script("init", INIT)
        .finish();
    lab.place(ArtifactKind::Kernel, &kernel);
    lab.place(ArtifactKind::Initramfs, &initramfs);
    lab.place(ArtifactKind::Rootfs, b"");
}
