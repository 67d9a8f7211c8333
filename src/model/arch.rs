//! Processor architectures, by RPM name.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::text::words;

words! {
    /// An architecture that CoreOS is built for. Printed by its RPM name, as stream metadata spells it.
    Arch {
        /// 64-bit Arm (`arm64` in Go's words).
        Aarch64 = "aarch64",
        /// Little-endian 64-bit POWER.
        Ppc64le = "ppc64le",
        /// 64-bit IBM Z.
        S390x = "s390x",
        /// 64-bit x86 (`amd64` in Go's words).
        X86_64 = "x86_64",
    }
}

/// Not an architecture.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not an architecture that CoreOS is built for")]
pub struct ArchError(String);

impl Arch {
    /// Every word that is read as one: RPM's names, then Go's where they differ.
    pub const WORDS: &'static [&'static str] = &["x86_64", "aarch64", "ppc64le", "s390x", "amd64", "arm64"];

    /// Returns the name that Go, and so Kubernetes, has for it.
    pub fn go_name(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
            Self::Ppc64le => "ppc64le",
            Self::S390x => "s390x",
        }
    }

    /// Says whether a PXELINUX file is of use: BIOS machines, and petitboot on POWER, which reads
    /// the same format.
    pub fn boots_pxelinux(self) -> bool {
        matches!(self, Self::X86_64 | Self::Ppc64le)
    }

    /// Says whether iPXE is built for it. petitboot's own iPXE reader takes `--name` for a URL.
    pub fn boots_ipxe(self) -> bool {
        matches!(self, Self::X86_64 | Self::Aarch64)
    }

    /// Says whether GRUB can be loaded over the network on it.
    pub fn boots_grub(self) -> bool {
        !self.boots_parm()
    }

    /// Says whether kernel, initramfs and a parm file are loaded by hand, from no network loader and
    /// for no MAC address.
    pub fn boots_parm(self) -> bool {
        self == Self::S390x
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Arch {
    type Err = ArchError;

    fn from_str(text: &str) -> Result<Self, ArchError> {
        match text.to_ascii_lowercase().as_str() {
            "x86_64" | "amd64" => Ok(Self::X86_64),
            "aarch64" | "arm64" => Ok(Self::Aarch64),
            "ppc64le" => Ok(Self::Ppc64le),
            "s390x" => Ok(Self::S390x),
            _ => Err(ArchError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rpm_names_round_trip_and_go_names_are_accepted() {
        for arch in Arch::ALL {
            assert_eq!(arch.to_string().parse(), Ok(arch));
        }
        assert_eq!("amd64".parse(), Ok(Arch::X86_64));
        assert_eq!("arm64".parse(), Ok(Arch::Aarch64));
        assert!("riscv64".parse::<Arch>().is_err());
    }
}
