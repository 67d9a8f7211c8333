//! What a machine of s390x is told of its channel devices.

use crate::vars::section::{Scalar, Section};

/// `znet`, `dasd`, `zfcp`, `allow_lun_scan`, `secure_ipl`
#[derive(Debug, Default)]
pub struct RawChannel {
    /// `znet`
    pub znet: Vec<Scalar>,
    /// `dasd`
    pub dasd: Vec<Scalar>,
    /// `zfcp`
    pub zfcp: Vec<Scalar>,
    /// `allow_lun_scan`
    pub allow_lun_scan: Option<Scalar>,
    /// `secure_ipl`
    pub secure_ipl: Option<Scalar>,
}

impl RawChannel {
    pub(super) fn read(section: &mut Section) -> Self {
        Self {
            znet: section.scalars("znet"),
            dasd: section.scalars("dasd"),
            zfcp: section.scalars("zfcp"),
            allow_lun_scan: section.scalar("allow_lun_scan"),
            secure_ipl: section.scalar("secure_ipl"),
        }
    }

    /// Returns every value that is given.
    pub fn given(&self) -> impl Iterator<Item = &Scalar> {
        self.devices().chain(&self.allow_lun_scan).chain(&self.secure_ipl)
    }

    /// Returns every device that is named, whether it can be read or not.
    pub fn devices(&self) -> impl Iterator<Item = &Scalar> {
        self.znet.iter().chain(&self.dasd).chain(&self.zfcp)
    }
}
