//! A node's network whose values were parsed.

use std::net::IpAddr;

use super::device::Devices;
use super::link::LinkCandidate;
use crate::model::network::{Link, Network, NicName, Route};

/// A node's network whose values were parsed.
#[derive(Default)]
pub(super) struct NetworkCandidate<'a> {
    /// The first is the one that the node is known by.
    pub(super) links: Vec<LinkCandidate<'a>>,
    pub(super) devices: Devices,
    pub(super) routes: Vec<Route>,
    pub(super) names: Vec<NicName>,
    pub(super) name_servers: Vec<IpAddr>,
}

impl NetworkCandidate<'_> {
    /// Returns the network, if every value of it is there.
    pub(super) fn finish(self) -> Option<Network> {
        let mut links: Vec<Link> = self.links.iter().map(LinkCandidate::finish).collect::<Option<_>>()?;
        // Most nodes have one, and there may be a hundred thousand nodes.
        links.shrink_to_fit();
        let Devices { vlans, bonds, teams, bridges } = self.devices;
        let (routes, name_servers, names) = (self.routes, self.name_servers, self.names);
        Some(Network { links, vlans, bonds, teams, bridges, routes, name_servers, names })
    }
}
