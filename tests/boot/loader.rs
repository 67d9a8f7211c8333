//! Network boot programs, put into the TFTP root beside what okdboot rendered.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::lab::Lab;
use crate::tool::{self, Tool};

/// A boot program of the distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loader {
    /// PXELINUX that fetches over HTTP.
    Lpxelinux,
    /// PXELINUX that fetches over TFTP only.
    Pxelinux,
    /// iPXE with drivers of its own, for UEFI.
    IpxeEfi,
    /// iPXE on the firmware's driver, for UEFI.
    SnponlyEfi,
    /// GRUB for UEFI on `x86_64`, as `grub-mknetdir` makes it.
    Grub,
    /// The same, with `grub_prefix: boot/grub`: where `grub-mknetdir` puts it by itself.
    GrubInFolder,
    /// GRUB for UEFI on aarch64.
    GrubAarch64,
}

const LDLINUX: &str = "/usr/lib/syslinux/modules/bios/ldlinux.c32";

impl Loader {
    /// Returns what a case with this program needs.
    pub fn tools(self) -> Vec<Tool> {
        let tools: &[Tool] = match self {
            Self::Lpxelinux => &[Tool::File("/usr/lib/PXELINUX/lpxelinux.0"), Tool::File(LDLINUX)],
            Self::Pxelinux => &[Tool::File("/usr/lib/PXELINUX/pxelinux.0"), Tool::File(LDLINUX)],
            Self::IpxeEfi => &[Tool::File("/usr/lib/ipxe/ipxe.efi")],
            Self::SnponlyEfi => &[Tool::File("/usr/lib/ipxe/snponly.efi")],
            Self::Grub | Self::GrubInFolder => {
                &[Tool::Program("grub-mknetdir"), Tool::File("/usr/lib/grub/x86_64-efi/net.mod")]
            }
            Self::GrubAarch64 => &[Tool::Program("grub-mknetdir"), Tool::Cached("arm64/arm64-efi/net.mod")],
        };
        tools.to_vec()
    }

    /// Puts the program where its documentation says, and returns what DHCP has to name.
    pub fn install(self, lab: &Lab) -> &'static str {
        match self {
            Self::Lpxelinux => copy(lab, &["/usr/lib/PXELINUX/lpxelinux.0", LDLINUX]),
            Self::Pxelinux => copy(lab, &["/usr/lib/PXELINUX/pxelinux.0", LDLINUX]),
            Self::IpxeEfi => copy(lab, &["/usr/lib/ipxe/ipxe.efi"]),
            Self::SnponlyEfi => copy(lab, &["/usr/lib/ipxe/snponly.efi"]),
            Self::Grub => {
                netdir(lab, Path::new("/usr/lib/grub/x86_64-efi"), ".");
                "x86_64-efi/core.efi"
            }
            Self::GrubInFolder => {
                netdir(lab, Path::new("/usr/lib/grub/x86_64-efi"), "boot/grub");
                "boot/grub/x86_64-efi/core.efi"
            }
            Self::GrubAarch64 => {
                netdir(lab, &tool::cached("arm64/arm64-efi"), ".");
                "arm64-efi/core.efi"
            }
        }
    }
}

/// Copies files into the TFTP root; the first one is what is booted.
fn copy(lab: &Lab, files: &[&'static str]) -> &'static str {
    let name = |file: &'static str| file.rsplit('/').next().unwrap_or(file);
    for file in files {
        fs::copy(file, lab.tftp(name(file))).expect("the case needs it");
    }
    name(files[0])
}

/// Makes GRUB's netboot image, which looks for its config in the folder. With `.` that is the TFTP root,
/// where okdboot writes it unless `grub_prefix` says otherwise. It comes before the artifacts: `grub-mknetdir` removes every `*.img` that it finds
/// there, and an initramfs is called so.
fn netdir(lab: &Lab, modules: &Path, folder: &str) {
    let output = Command::new(tool::program("grub-mknetdir"))
        .arg(format!("--net-directory={}", lab.tftp("").display()))
        .args([&format!("--subdir={folder}"), "--locales=", "--fonts=", "--themes="])
        .arg(format!("--directory={}", modules.display()))
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
