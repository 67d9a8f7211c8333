//! The device that a node is installed on.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A device path under `/dev/`, as `coreos.inst.install_dev` wants it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstallDisk(String);

/// Not an install disk.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InstallDiskError {
    /// A character that no device name has.
    #[error("`{0}` is not a device name")]
    Character(String),
    /// A path that is not below `/dev/`.
    #[error("`{0}` is not under `/dev/`")]
    Outside(String),
}

impl InstallDisk {
    /// Returns what okdboot assumes where no disk is given, as the OpenShift documentation does.
    pub fn assumed() -> Self {
        Self("/dev/sda".to_owned())
    }

    /// Returns the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// By how many paths a machine reaches its disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// One, as local disks.
    #[default]
    One,
    /// Several, joined by the device mapper.
    Multi,
}

/// Folders of `/dev/disk` whose links lead to partitions or file systems.
const NO_DISKS: [&str; 5] = ["by-designator", "by-label", "by-partlabel", "by-partuuid", "by-uuid"];

impl InstallDisk {
    /// Says whether the name is that of a partition or a file system, on which nothing can be installed.
    pub fn is_part(&self) -> bool {
        let name = self.0.trim_start_matches("/dev/");
        match name.strip_prefix("disk/").and_then(|link| link.split_once('/')) {
            Some((folder, link)) => NO_DISKS.contains(&folder) || has_number_after(link, "-part"),
            None => KernelName::of(name).is_some_and(|disk| disk.part) || is_part_of_multipath(name),
        }
    }

    /// Says whether the name can be that of a multipath device: the device mapper's own, or a link by the
    /// disk's identity, which leads there once the paths are joined. Every other name is one path's.
    pub fn may_be_multipath(&self) -> bool {
        ["mapper/", "disk/by-id/"].iter().any(|folder| self.0.trim_start_matches("/dev/").starts_with(folder))
    }

    /// Says whether the name counts disks, and this is not the first one. Which disk gets which of these
    /// names is decided anew at every boot.
    pub fn may_move(&self) -> bool {
        KernelName::of(self.0.trim_start_matches("/dev/")).is_some_and(|disk| !disk.part && !disk.first)
    }
}

/// Reads `mapper/mpatha1`; `mapper/mpatha` is the whole disk.
fn is_part_of_multipath(name: &str) -> bool {
    let letters = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase());
    let whole = name.trim_end_matches(|c: char| c.is_ascii_digit());
    whole.len() < name.len() && whole.strip_prefix("mapper/mpath").is_some_and(letters)
}

fn has_number_after(text: &str, word: &str) -> bool {
    text.rsplit_once(word).is_some_and(|(_, number)| is_number(number))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// What a name that the kernel gives says of itself.
struct KernelName {
    first: bool,
    part: bool,
}

impl KernelName {
    /// Reads `sda1`, `vdb`, `dasda`, `nvme0n1p2`, `mmcblk0`.
    fn of(name: &str) -> Option<Self> {
        let lettered = ["sd", "vd", "xvd", "hd", "dasd"].into_iter().find_map(|kind| name.strip_prefix(kind));
        if let Some(rest) = lettered {
            let letters = rest.trim_end_matches(|c: char| c.is_ascii_digit());
            let named = !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_lowercase());
            return named.then(|| Self { first: letters == "a", part: letters.len() < rest.len() });
        }
        let numbered = |rest: &str, first: &str| {
            let (disk, part) = rest.split_once('p').map_or((rest, false), |(disk, _)| (disk, true));
            let named = disk.bytes().all(|b| b.is_ascii_digit() || b == b'n') && !disk.is_empty();
            named.then(|| Self { first: disk == first, part })
        };
        let kinds = [("nvme", "0n1"), ("mmcblk", "0")];
        kinds.into_iter().find_map(|(kind, first)| numbered(name.strip_prefix(kind)?, first))
    }
}

impl fmt::Display for InstallDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Parses `/dev/sda`, `sda` or `disk/by-id/...`; a name without `/dev/` gets it.
impl FromStr for InstallDisk {
    type Err = InstallDiskError;

    fn from_str(text: &str) -> Result<Self, InstallDiskError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "/._:+@-".contains(c);
        let relative = match text.strip_prefix("/dev/") {
            Some(rest) => rest,
            None if text.starts_with('/') => return Err(InstallDiskError::Outside(text.to_owned())),
            None => text,
        };
        let segments_are_names = relative.split('/').all(|s| !matches!(s, "" | "." | ".."));
        if relative.is_empty() || !relative.chars().all(allowed) || !segments_are_names {
            return Err(InstallDiskError::Character(text.to_owned()));
        }
        Ok(Self(format!("/dev/{relative}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_disks_are_told_from_disks() {
        let disk = |text: &str| text.parse::<InstallDisk>().unwrap();
        for part in [
            "sda1",
            "vdb2",
            "dasda1",
            "nvme0n1p4",
            "mmcblk0p1",
            "mapper/mpatha1",
            "disk/by-uuid/ab-cd",
            "disk/by-id/wwn-0x5-part4",
        ] {
            assert!(disk(part).is_part(), "{part}");
            assert!(!disk(part).may_move(), "{part}");
        }
        for whole in
            ["sda", "nvme0n1", "disk/by-id/wwn-0x5", "disk/by-path/ccw-0.0.1000", "mapper/mpatha", "md127"]
        {
            assert!(!disk(whole).is_part() && !disk(whole).may_move(), "{whole}");
        }
        for moving in ["sdb", "sdaa", "vdc", "nvme1n1", "nvme0n2", "mmcblk1", "dasdb"] {
            assert!(disk(moving).may_move() && !disk(moving).is_part(), "{moving}");
        }
    }

    #[test]
    fn every_usual_form_ends_under_dev() {
        let disk = |text: &str| text.parse::<InstallDisk>().map(|d| d.to_string());
        assert_eq!(disk("vda").as_deref(), Ok("/dev/vda"));
        assert_eq!(disk("/dev/nvme0n1").as_deref(), Ok("/dev/nvme0n1"));
        assert_eq!(disk("disk/by-id/wwn-0x5").as_deref(), Ok("/dev/disk/by-id/wwn-0x5"));
        assert_eq!(disk("/etc/passwd"), Err(InstallDiskError::Outside("/etc/passwd".into())));
        for bad in ["", "/dev/", "sd a", "../sda", "/dev/../sda", "sda;reboot"] {
            assert!(disk(bad).is_err(), "{bad}");
        }
    }
}
