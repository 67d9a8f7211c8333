//! `okdboot.serve`

use crate::model::loaders::Slot;
use crate::vars::section::{Scalar, Section};

/// `okdboot.serve`
#[derive(Debug, Default)]
pub struct RawServe {
    /// `loaders`, by what each is for.
    pub loaders: Vec<(Slot, Scalar)>,
}

impl RawServe {
    pub(super) fn read(mut section: Section) -> Self {
        let loaders = section.map("loaders").map(loaders).unwrap_or_default();
        section.finish();
        Self { loaders }
    }
}

fn loaders(mut section: Section) -> Vec<(Slot, Scalar)> {
    let loaders = [
        (Slot::Bios, section.scalar("bios")),
        (Slot::UefiX86_64, section.scalar("uefi_x86_64")),
        (Slot::UefiAarch64, section.scalar("uefi_aarch64")),
        (Slot::GrubX86_64, section.scalar("grub_x86_64")),
        (Slot::GrubAarch64, section.scalar("grub_aarch64")),
    ];
    section.finish();
    loaders.into_iter().filter_map(|(slot, path)| Some((slot, path?))).collect()
}
