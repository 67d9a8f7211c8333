//! The devices of an s390x machine that Linux finds only when it is told of them: network devices,
//! DASDs, and paths to SCSI disks, all behind the channel subsystem.
//!
//! The grammar is that of dracut.cmdline(7), `rd.znet=`, `rd.dasd=` and `rd.zfcp=`.

mod bus;
mod dasd;
mod zfcp;
mod znet;

use std::collections::BTreeSet;

use super::disk::InstallDisk;

pub use bus::{BusId, BusIdError};
pub use dasd::{Dasd, DasdError};
pub use zfcp::{Zfcp, ZfcpError};
pub use znet::{Znet, ZnetError, ZnetKind};

/// What a node is told of its channel devices; all empty for a guest of KVM, whose devices are virtio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// Network devices.
    pub znet: Vec<Znet>,
    /// DASDs, by themselves or as ranges.
    pub dasd: Vec<Dasd>,
    /// FCP devices, alone or with a path each.
    pub zfcp: Vec<Zfcp>,
    /// Whether every LUN that an FCP device reaches is attached; unset, the kernel decides.
    pub lun_scan: Option<LunScan>,
    /// How the installed system is to start.
    pub ipl: Ipl,
}

/// Whether the kernel attaches LUNs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LunScan {
    /// All that an FCP device (with NPIV) reaches.
    All,
    /// Only those that are named.
    Named,
}

/// How the installed system is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ipl {
    /// As the machine is set up.
    #[default]
    Usual,
    /// Only with a signature that the machine knows.
    Secure,
}

/// The kernel arguments that name such devices: a person may write them instead of the keys.
pub const DEVICE_ARGS: [&str; 3] = ["rd.znet", "rd.dasd", "rd.zfcp"];

impl Channel {
    /// Says whether there is any device.
    pub fn has_devices(&self) -> bool {
        !self.znet.is_empty() || !self.dasd.is_empty() || !self.zfcp.is_empty()
    }

    /// Says whether a DASD is among those that are named.
    pub fn has_dasd(&self, bus_id: &BusId) -> bool {
        self.dasd.iter().any(|dasd| dasd.covers(bus_id))
    }

    /// Returns the first FCP device without a path.
    pub fn bare_adapter(&self) -> Option<&BusId> {
        self.zfcp.iter().find(|zfcp| zfcp.path().is_none()).map(Zfcp::adapter)
    }

    /// Returns the first device that has two uses: one number is one device.
    pub fn claimed_twice(&self) -> Option<BusId> {
        let adapters: BTreeSet<&BusId> = self.zfcp.iter().map(Zfcp::adapter).collect();
        let mut seen = BTreeSet::new();
        let twice = self.znet.iter().flat_map(Znet::devices).chain(adapters).find(|id| !seen.insert(*id));
        twice.or_else(|| seen.iter().copied().find(|id| self.has_dasd(id))).copied()
    }
}

/// What kind of device an install disk is, as far as its name tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskKind {
    /// A DASD by the name that the kernel gives.
    Dasd,
    /// A device of this number: a DASD, or a virtio disk of KVM.
    Numbered(BusId),
    /// A SCSI disk, which is behind an FCP device.
    Scsi,
    /// Something else.
    Other,
}

impl DiskKind {
    /// Reads the name of a disk.
    pub fn of(disk: &InstallDisk) -> Self {
        let name = disk.as_str().trim_start_matches("/dev/");
        let numbered = name.strip_prefix("disk/by-path/ccw-").and_then(|id| id.parse().ok());
        let scsi = ["sd", "mapper/mpath", "disk/by-id/scsi-", "disk/by-id/wwn-", "disk/by-id/dm-uuid-mpath-"];
        match numbered {
            Some(bus_id) => Self::Numbered(bus_id),
            None if name.starts_with("dasd") || name.starts_with("disk/by-id/ccw-") => Self::Dasd,
            None if scsi.iter().any(|start| name.starts_with(start)) => Self::Scsi,
            None if name.starts_with("disk/by-path/ccw-") && name.contains("-fc-") => Self::Scsi,
            None if name.starts_with("disk/by-path/ccw-") && name.contains("-zfcp-") => Self::Scsi,
            None => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests;
