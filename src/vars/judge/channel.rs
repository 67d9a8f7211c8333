//! Channel devices of s390x beside one another, and with the disk that is behind one of them.

use super::super::raw::RawNode;
use super::super::read::value::Values;
use super::super::section::Scalar;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::boot::KernelArg;
use crate::model::channel::{BusId, Channel, DEVICE_ARGS, DiskKind, LunScan};
use crate::model::console::Console;
use crate::model::disk::InstallDisk;

/// What else is known of the machine; a value that could not be parsed is absent.
pub(super) struct Machine<'a> {
    pub(super) values: &'a Values,
    pub(super) raw: &'a RawNode,
    pub(super) label: String,
    pub(super) arch: Option<Arch>,
    pub(super) disk: Option<&'a InstallDisk>,
    pub(super) consoles: &'a [Console],
    pub(super) kargs: &'a [KernelArg],
}

/// Compares the channel devices of a machine with what else it has.
pub(super) fn check(machine: &Machine, channel: &Channel) {
    match machine.arch {
        Some(Arch::S390x) => {
            machine.uses(channel);
            machine.paths(channel);
            machine.disk(channel);
            machine.consoles();
        }
        Some(arch) => machine.no_channels(arch),
        None => {}
    }
}

impl Machine<'_> {
    fn no_channels(&self, arch: Arch) {
        let Some(first) = self.raw.channel.given().next() else { return };
        let message =
            format!("`{}` is about channel devices, and node `{}` is {arch}", first.path, self.label);
        let help = "remove it, or set `arch: s390x` on the node";
        let place = self.values.at(first);
        self.values.push(Diagnostic::new(Code::V323, message).at(&place, "").help(help));
    }

    fn uses(&self, channel: &Channel) {
        let Some(bus_id) = channel.claimed_twice() else { return };
        let message = format!("{bus_id} of node `{}` has two uses", self.label);
        let help = "one number is one device: correct `znet`, `dasd` or `zfcp`";
        let names_it = |scalar: &&Scalar| scalar.text.to_ascii_lowercase().contains(&bus_id.to_string());
        let named = self.raw.channel.given().filter(names_it).last().map(|scalar| self.values.at(scalar));
        let place = named.unwrap_or_else(|| self.values.node(self.raw));
        self.values.push(Diagnostic::new(Code::V327, message).at(&place, "").help(help));
    }

    /// An FCP device alone gives a disk only where the kernel may look for it.
    fn paths(&self, channel: &Channel) {
        let scan = self.raw.channel.allow_lun_scan.as_ref();
        let (Some(bare), Some(LunScan::Named), Some(scan)) = (channel.bare_adapter(), channel.lun_scan, scan)
        else {
            return;
        };
        let message = format!("{bare} of node `{}` has no path, and no disk is looked for", self.label);
        let help = "name port and LUN: `<adapter>,<wwpn>,<lun>`, or remove `allow_lun_scan`";
        self.values.push(Diagnostic::new(Code::V326, message).at(&self.values.at(scan), "").help(help));
    }

    fn told(&self, name: &str) -> bool {
        self.kargs.iter().any(|arg| arg.name() == name)
    }

    fn disk(&self, channel: &Channel) {
        let Some(disk) = self.disk else { return };
        let raw = &self.raw.channel;
        let on_channel = raw.devices().next().is_some() || DEVICE_ARGS.iter().any(|name| self.told(name));
        match DiskKind::of(disk) {
            DiskKind::Dasd if raw.dasd.is_empty() && !self.told("rd.dasd") => {
                self.lacks_dasd(disk, None, channel);
            }
            DiskKind::Numbered(bus_id)
                if on_channel && !channel.has_dasd(&bus_id) && !self.told("rd.dasd") =>
            {
                self.lacks_dasd(disk, Some(bus_id), channel);
            }
            DiskKind::Scsi if on_channel && raw.zfcp.is_empty() && !self.told("rd.zfcp") => {
                let message =
                    format!("`{disk}` of node `{}` is behind an FCP device, and none is named", self.label);
                let help = "add `zfcp`, or name a DASD as `disk`, such as `/dev/disk/by-path/ccw-0.0.3490`";
                self.of_disk(Code::V325, message, help);
            }
            _ => {}
        }
    }

    fn lacks_dasd(&self, disk: &InstallDisk, bus_id: Option<BusId>, channel: &Channel) {
        if Values::words(&self.raw.channel.dasd).len() > channel.dasd.len() {
            // One of them could not be read, and may be it.
            return;
        }
        let message = format!("`{disk}` of node `{}` is a DASD that it is not told of", self.label);
        let help = match bus_id {
            Some(bus_id) => format!("add `{bus_id}` to `dasd` of `{}`", self.raw.path),
            None => format!("add its bus id as `dasd` to `{}`", self.raw.path),
        };
        self.of_disk(Code::V324, message, &help);
    }

    /// Reports at the disk of the node itself, or at the node whose disk is that of all.
    fn of_disk(&self, code: Code, message: String, help: &str) {
        let place = match &self.raw.disk {
            Some(scalar) => self.values.at(scalar),
            None => self.values.node(self.raw),
        };
        self.values.push(Diagnostic::new(code, message).at(&place, "").help(help));
    }

    /// z/VM, partitions and KVM have a console of their own kind; a PC's serial line is none of them.
    fn consoles(&self) {
        let foreign = |console: &&Console| {
            let name = console.to_string();
            name.starts_with("ttyS") || name.starts_with("ttyAMA")
        };
        let Some(console) = self.consoles.iter().find(foreign) else { return };
        let message = format!("node `{}` is s390x, which has no console `{console}`", self.label);
        let place = self.raw.console.first().map(|scalar| self.values.at(scalar));
        let place = place.unwrap_or_else(|| self.values.node(self.raw));
        let help = "write `ttysclp0`, or no `console`: that is what its live boot has then";
        self.values.push_once(Diagnostic::new(Code::V328, message).at(&place, "").help(help));
    }
}
