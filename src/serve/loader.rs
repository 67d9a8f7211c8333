//! Loaders, where distributions have them. None is shipped: they have licences of their own, and are
//! mended by whoever builds them.

pub mod own;

use std::fs::File;
use std::path::Path;

use crate::disk::Opened;

/// A loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loader {
    /// The name under which it is served, over TFTP and at `/loaders/`.
    pub name: &'static str,
    /// Where it may be, the first that is there counts.
    pub places: &'static [&'static str],
    /// What to install where it is nowhere.
    pub package: &'static str,
}

/// Every loader: Debian's places, then those of EL and Fedora (lists of the packages).
pub const LOADERS: &[Loader] = &[
    Loader {
        name: "undionly.kpxe",
        places: &["/usr/lib/ipxe/undionly.kpxe", "/usr/share/ipxe/undionly.kpxe"],
        package: "ipxe (Debian) or ipxe-bootimgs-x86 (EL, Fedora)",
    },
    Loader {
        name: "snponly.efi",
        places: &["/usr/lib/ipxe/snponly.efi", "/usr/share/ipxe/ipxe-snponly-x86_64.efi"],
        package: "ipxe (Debian) or ipxe-bootimgs-x86 (EL, Fedora)",
    },
    Loader {
        name: "ipxe.efi",
        places: &["/usr/lib/ipxe/ipxe.efi", "/usr/share/ipxe/ipxe-x86_64.efi"],
        package: "ipxe (Debian) or ipxe-bootimgs-x86 (EL, Fedora)",
    },
    Loader {
        name: "snponly-arm64.efi",
        places: &["/usr/share/ipxe/arm64-efi/snponly.efi", "/usr/lib/ipxe/ipxe-arm64.efi"],
        package: "ipxe (Debian 13) or ipxe-bootimgs-aarch64 (EL, Fedora)",
    },
    Loader {
        name: "lpxelinux.0",
        places: &[
            "/usr/lib/PXELINUX/lpxelinux.0",
            "/usr/share/syslinux/lpxelinux.0",
            "/tftpboot/lpxelinux.0",
        ],
        package: "pxelinux (Debian) or syslinux-nonlinux (EL, Fedora)",
    },
    Loader {
        name: "pxelinux.0",
        places: &["/usr/lib/PXELINUX/pxelinux.0", "/usr/share/syslinux/pxelinux.0", "/tftpboot/pxelinux.0"],
        package: "pxelinux (Debian) or syslinux-nonlinux (EL, Fedora)",
    },
    Loader {
        name: "ldlinux.c32",
        places: &[
            "/usr/lib/syslinux/modules/bios/ldlinux.c32",
            "/usr/share/syslinux/ldlinux.c32",
            "/tftpboot/ldlinux.c32",
        ],
        package: "syslinux-common (Debian) or syslinux-nonlinux (EL, Fedora)",
    },
];

/// Finds a loader by its name.
pub fn find(name: &str) -> Option<&'static Loader> {
    LOADERS.iter().find(|loader| loader.name == name)
}

impl Loader {
    /// Returns where it is on this machine.
    pub fn place(&self) -> Option<&'static Path> {
        self.places.iter().map(Path::new).find(|place| place.is_file())
    }

    /// Opens it. Distributions have links here, which are followed.
    pub fn open(&self) -> Option<Opened> {
        Opened::of(File::open(self.place()?).ok()?).ok()
    }
}
