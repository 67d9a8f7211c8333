//! How far a machine is.

use crate::model::choice::choice;

choice! {
    /// What a machine has got so far, in the order in which it gets it.
    Stage {
        /// Nothing was heard of it.
        Never = "never seen",
        /// Its firmware asks how to boot.
        Dhcp = "dhcp",
        /// It has a loader: iPXE, PXELINUX or GRUB.
        Loader = "loader",
        /// It was sent to its own disk.
        Local = "boots from its disk",
        /// It has its boot configuration.
        Config = "config",
        /// It has the kernel.
        Kernel = "kernel",
        /// It has the initramfs.
        Initramfs = "initramfs",
        /// Its live system runs.
        Live = "live",
        /// It has the root file system of the live system.
        Rootfs = "rootfs",
        /// It has its Ignition config: the installation begins.
        Ignition = "ignition",
        /// It says that its disk is written.
        Installed = "installed",
        /// It asked for an address as an installed system does.
        Rebooted = "rebooted",
    }
}

impl Stage {
    /// Returns what a file with a name is for: CoreOS and okdboot name them so.
    pub fn of_file(name: &str) -> Option<Self> {
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match name {
            _ if matches!(name.rsplit_once('.'), Some((_, "ign" | "ignition"))) => Some(Self::Ignition),
            _ if matches!(name.rsplit_once('.'), Some((_, "efi" | "kpxe" | "0" | "c32"))) => {
                Some(Self::Loader)
            }
            _ if has(&["rootfs"]) => Some(Self::Rootfs),
            _ if has(&["initramfs", "initrd"]) => Some(Self::Initramfs),
            _ if has(&["kernel", "vmlinuz"]) => Some(Self::Kernel),
            _ => None,
        }
    }

    /// Returns its place in the order.
    pub fn rank(self) -> usize {
        Self::ALL.iter().position(|stage| *stage == self).unwrap_or_default()
    }
}
