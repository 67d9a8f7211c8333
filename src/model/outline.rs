//! What a person says of a cluster that is not described yet; every part may still be missing.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::arch::Arch;
use super::disk::InstallDisk;
use super::mac::MacAddr;
use super::name::{Domain, Label};
use super::net::InterfaceName;
use super::settings::AddressingChoice;
use super::stream_ref::StreamRef;

/// More nodes of a role than this is a slip of the keyboard.
pub const MOST_NODES: u16 = 500;

/// The known parts of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The cluster's name.
    pub cluster: Option<Label>,
    /// The base domain.
    pub domain: Option<Domain>,
    /// The network of the nodes.
    pub network: Option<Ipv4Net>,
    /// The machine that serves the others.
    pub helper: Option<Ipv4Addr>,
    /// Its short name.
    pub helper_name: Option<Label>,
    /// The default gateway.
    pub gateway: Option<Ipv4Addr>,
    /// Name servers that know the world.
    pub forwarders: Vec<Ipv4Addr>,
    /// How many control-plane nodes.
    pub control_plane: Option<u16>,
    /// How many arbiters.
    pub arbiters: Option<u16>,
    /// How many workers.
    pub workers: Option<u16>,
    /// How nodes get their address.
    pub addressing: Option<AddressingChoice>,
    /// The interface of static addresses.
    pub interface: Option<InterfaceName>,
    /// What nodes are installed on.
    pub disk: Option<InstallDisk>,
    /// What nodes run on.
    pub arch: Option<Arch>,
    /// Where the images come from.
    pub stream: Option<StreamRef>,
    /// Machines by MAC address, in the order bootstrap, control plane, arbiters, workers.
    pub machines: Vec<ListedMachine>,
}

/// A machine that a list or a lease names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMachine {
    /// The interface it boots from.
    pub mac: MacAddr,
    /// What it calls itself.
    pub name: Option<String>,
}

impl Outline {
    /// Fills what is missing from another outline.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            cluster: self.cluster.or(other.cluster),
            domain: self.domain.or(other.domain),
            network: self.network.or(other.network),
            helper: self.helper.or(other.helper),
            helper_name: self.helper_name.or(other.helper_name),
            gateway: self.gateway.or(other.gateway),
            forwarders: if self.forwarders.is_empty() { other.forwarders } else { self.forwarders },
            control_plane: self.control_plane.or(other.control_plane),
            arbiters: self.arbiters.or(other.arbiters),
            workers: self.workers.or(other.workers),
            addressing: self.addressing.or(other.addressing),
            interface: self.interface.or(other.interface),
            disk: self.disk.or(other.disk),
            arch: self.arch.or(other.arch),
            stream: self.stream.or(other.stream),
            machines: if self.machines.is_empty() { other.machines } else { self.machines },
        }
    }
}
