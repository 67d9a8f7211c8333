//! Programs that firmware starts first, where a site has its own: `okdboot.serve.loaders`.

use super::choice::choice;

choice! {
    /// What a program is for.
    Slot {
        /// What a BIOS starts.
        Bios = "bios",
        /// What UEFI on `x86_64` starts.
        UefiX86_64 = "uefi_x86_64",
        /// What UEFI on aarch64 starts.
        UefiAarch64 = "uefi_aarch64",
        /// What the shim for `x86_64` starts.
        GrubX86_64 = "grub_x86_64",
        /// What the shim for aarch64 starts.
        GrubAarch64 = "grub_aarch64",
    }
}

impl Slot {
    /// Returns the name under which it is served. shim asks for its second program by a name that was
    /// compiled into it (rhboot/shim, Make.defaults, `DEFAULT_LOADER`).
    pub fn served_as(self) -> &'static str {
        match self {
            Self::Bios => "bios.0",
            Self::UefiX86_64 => "uefi-x86_64.efi",
            Self::UefiAarch64 => "uefi-aarch64.efi",
            Self::GrubX86_64 => "grubx64.efi",
            Self::GrubAarch64 => "grubaa64.efi",
        }
    }

    /// Returns what the shim in this place starts.
    pub fn second(self) -> Option<Self> {
        match self {
            Self::UefiX86_64 => Some(Self::GrubX86_64),
            Self::UefiAarch64 => Some(Self::GrubAarch64),
            Self::Bios | Self::GrubX86_64 | Self::GrubAarch64 => None,
        }
    }

    /// Returns whose second program it is.
    pub fn first(self) -> Option<Self> {
        Self::ALL.into_iter().find(|slot| slot.second() == Some(self))
    }
}

/// A program, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What it is for.
    pub slot: Slot,
    /// Where it is: a path that starts at the root.
    pub path: String,
}

impl Named {
    /// Says whether it is shim, by the name that every distribution gives it.
    pub fn is_shim(&self) -> bool {
        self.file_name().starts_with("shim")
    }

    /// Says whether it is GRUB or leads to it.
    pub fn leads_to_grub(&self) -> bool {
        self.is_shim() || self.slot.first().is_some() || self.file_name().starts_with("grub")
    }

    fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shim_and_what_it_starts_belong_together() {
        assert_eq!(Slot::UefiX86_64.second(), Some(Slot::GrubX86_64));
        assert_eq!(Slot::GrubAarch64.first(), Some(Slot::UefiAarch64));
        assert_eq!((Slot::Bios.second(), Slot::Bios.first()), (None, None));
        assert_eq!(Slot::ALL.map(Slot::as_str), Slot::WORDS);
        let named = |slot, path: &str| Named { slot, path: path.to_owned() };
        assert!(named(Slot::UefiX86_64, "/boot/efi/EFI/centos/shimx64.efi").is_shim());
        assert!(named(Slot::UefiX86_64, "/srv/grubnetx64.efi.signed").leads_to_grub());
        assert!(named(Slot::GrubX86_64, "/srv/second.efi").leads_to_grub());
        assert!(!named(Slot::UefiX86_64, "/usr/lib/ipxe/snponly.efi").leads_to_grub());
    }
}
