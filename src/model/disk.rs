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
