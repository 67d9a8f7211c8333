//! The keys of the network that `okdboot.network` and a machine share: what one does not say, the other does.

use super::alias::either_of;
use super::link::{self, RawInterface, RawRoute, RawStack};
use crate::vars::section::{Scalar, Section};

/// `okdboot.network`, or what a machine says itself.
#[derive(Debug, Default)]
pub struct RawNetwork {
    /// `gateway`
    pub gateway: Option<Scalar>,
    /// `netmask` or `prefix`
    pub netmask: Option<Scalar>,
    /// `interface`: names the interface only.
    pub interface: Option<Scalar>,
    /// `nameservers`
    pub nameservers: Vec<Scalar>,
    /// `mtu`, `ipv6`, and what stands beneath the interface.
    pub stack: RawStack,
    /// `interfaces`: those besides the one that a machine is known by.
    pub interfaces: Option<Vec<RawInterface>>,
    /// `routes`
    pub routes: Option<Vec<RawRoute>>,
}

impl RawNetwork {
    /// Reads it, and `interface` in the way of the mapping that it stands in.
    pub(super) fn read(
        section: &mut Section,
        interface: impl FnOnce(&mut Section) -> Option<Scalar>,
    ) -> Self {
        Self {
            interface: interface(section),
            gateway: section.scalar("gateway"),
            netmask: either_of(section, "netmask", "prefix"),
            nameservers: section.scalars("nameservers"),
            stack: RawStack::read(section),
            interfaces: link::interfaces(section),
            routes: link::routes(section),
        }
    }

    /// Reads `okdboot.network`.
    pub(super) fn of_all(mut section: Section) -> Self {
        let network = Self::read(&mut section, |section| section.scalar("interface"));
        section.finish();
        network
    }
}
