//! Machines under keys that nothing reads. What is wrong with their values is for others to say.

use std::net::IpAddr;

use super::super::section::Stranger;
use crate::model::mac::MacAddr;

/// A machine that okdboot boots by no file.
pub struct StrangerDraft<'a> {
    /// What the file says.
    pub raw: &'a Stranger,
    /// `ipaddr`
    pub address: Option<IpAddr>,
    /// `macaddr`
    pub mac: Option<MacAddr>,
}

impl<'a> StrangerDraft<'a> {
    /// Reads a machine.
    pub fn read(raw: &'a Stranger) -> Self {
        Self {
            raw,
            address: raw.ipaddr.as_ref().and_then(|at| at.text.trim().parse().ok()),
            mac: raw.macaddr.as_ref().and_then(|at| at.text.trim().parse().ok()),
        }
    }
}
