//! Proof by booting: real firmware and real loaders load what okdboot writes.
//!
//! Each case renders a small cluster with the built program, serves the tree as it stands, and starts a
//! virtual machine whose NIC has a node's MAC. The machine finds its file, kernel and initramfs under the
//! names of the lock; its init says which command line the kernel was given, and that must be the plan's,
//! word for word, but for the words that a loader adds itself, which each case names. The cases of
//! `install` go on until the real coreos-installer has written a disk.
//!
//! ```text
//! tests/boot/fetch-kernels                        once: guests' kernels into target/boot-cache
//! cargo test --test boot                          every case that this machine has the tools for
//! cargo test --test boot -- uefi_grub             the cases whose names hold that
//! cargo test --test boot -- --nocapture install   with what they print
//! ```
//!
//! A case that cannot run says why in one line and passes; with `OKDBOOT_REQUIRE_TOOLS=1` it fails.
//! `.ci/run` has the list of packages. No case touches the network beyond this machine, needs privileges,
//! or uses hardware acceleration, which hangs in network ROMs. At most two guests run at once, each for
//! four minutes at most. A case that fails prints the end of the guest's console and what was requested.
//!
//! Servers are the test's own over HTTP, matchbox, `okdboot serve`, and QEMU's user network or dnsmasq for DHCP and TFTP.
//! dnsmasq needs no pair of veth ends: a tap interface in a namespace of its own carries QEMU's NIC, and
//! a kernel that has user namespaces and `/dev/net/tun` gives both to anyone.

mod archive;
mod case;
mod cluster;
mod console;
mod dhcp;
mod disk;
mod grub;
mod guest;
mod install;
mod ipxe;
mod lab;
mod live;
mod loader;
mod local;
mod machine;
mod matchbox;
mod namespace;
mod planned;
mod pxelinux;
mod rack;
mod serve;
mod server;
mod services;
mod tool;
