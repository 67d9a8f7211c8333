//! What nodes have that say nothing else, besides their network: each value by itself.

use super::super::raw::RawVars;
use super::given::Given;
use super::installed::InstalledDraft;
use super::node::addressing;
use super::part::{arch, consoles, disk, kargs};
use super::value::Values;
use crate::model::arch::Arch;
use crate::model::boot::KernelArg;
use crate::model::console::Console;
use crate::model::disk::InstallDisk;
use crate::model::settings::{AddressingChoice, Mode};

/// What nodes have that say nothing else.
pub struct UsualDraft<'a> {
    /// `okdboot.arch`
    pub arch: Option<Given<'a, Arch>>,
    /// `arch` of a dialect.
    pub top_arch: Option<Given<'a, Arch>>,
    /// `ppc64le`
    pub is_power: Option<bool>,
    /// `staticips`
    pub is_static: Option<bool>,
    /// `okdboot.addressing`
    pub choice: Option<AddressingChoice>,
    /// `okdboot.mode`, or the usual one.
    pub mode: Option<Mode>,
    /// `okdboot.console`
    pub consoles: Vec<Console>,
    /// `okdboot.kargs`
    pub kargs: Vec<KernelArg>,
    /// What is said of every installed system.
    pub installed: InstalledDraft<'a>,
    /// `disk`
    pub disk: Option<InstallDisk>,
    /// `masters_disk`
    pub masters_disk: Option<InstallDisk>,
    /// `workers_disk`
    pub workers_disk: Option<InstallDisk>,
}

impl<'a> UsualDraft<'a> {
    /// Reads it.
    pub fn read(values: &Values, raw: &'a RawVars) -> Self {
        let own = &raw.okdboot;
        Self {
            is_power: values.boolean(raw.ppc64le.as_ref()),
            arch: Given::read(own.arch.as_ref(), |at| arch(values, at)),
            top_arch: Given::read(raw.arch.as_ref(), |at| arch(values, at)),
            is_static: values.boolean(raw.staticips.as_ref()),
            choice: own.addressing.as_ref().and_then(|at| addressing(values, at)),
            installed: InstalledDraft::read(values, &own.installed, &own.kargs),
            consoles: consoles(values, &own.console),
            kargs: kargs(values, &own.kargs),
            mode: values.choice(own.mode.as_ref(), Mode::WORDS, Mode::Install),
            disk: raw.disk.as_ref().and_then(|at| disk(values, at)),
            masters_disk: raw.masters_disk.as_ref().and_then(|at| disk(values, at)),
            workers_disk: raw.workers_disk.as_ref().and_then(|at| disk(values, at)),
        }
    }
}
