//! A machine of the cluster.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use thiserror::Error;

use super::arch::Arch;
use super::bond::Bond;
use super::boot::KernelArg;
use super::console::Console;
use super::disk::InstallDisk;
use super::mac::MacAddr;
use super::name::Label;
use super::net::{InterfaceName, Netmask};
use super::settings::Mode;

/// What a machine is to the cluster; it picks the Ignition file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The temporary machine that brings the control plane up.
    Bootstrap,
    /// A control-plane machine, printed `master` as the installer names its Ignition file.
    ControlPlane,
    /// A compute machine.
    Worker,
}

/// Not a role.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a role; roles are `bootstrap`, `master` and `worker`")]
pub struct RoleError(String);

impl Role {
    /// Every role, in the order in which machines are booted.
    pub const ALL: [Self; 3] = [Self::Bootstrap, Self::ControlPlane, Self::Worker];

    /// Returns the form used in file names: `bootstrap`, `master` or `worker`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bootstrap => "bootstrap",
            Self::ControlPlane => "master",
            Self::Worker => "worker",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        match text {
            "bootstrap" => Ok(Self::Bootstrap),
            "master" | "control-plane" => Ok(Self::ControlPlane),
            "worker" | "compute" => Ok(Self::Worker),
            _ => Err(RoleError(text.to_owned())),
        }
    }
}

/// How a node gets its address while it boots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// From a DHCP server.
    Dhcp,
    /// From the kernel command line.
    Static(StaticAddress),
}

/// What `ip=` needs beside the node's own address. A part may be missing; whatever has to write the
/// argument refuses then and names the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaticAddress {
    /// The default gateway.
    pub gateway: Option<Ipv4Addr>,
    /// The netmask.
    pub netmask: Option<Netmask>,
    /// At least one; by default the helper, which serves the cluster's zone.
    pub name_servers: Vec<Ipv4Addr>,
}

/// A machine of the cluster, with every default applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Short host name.
    pub name: Label,
    /// What it is.
    pub role: Role,
    /// What it runs on; picks the artifacts.
    pub arch: Arch,
    /// The interface it boots from; without one it gets no network boot file.
    pub mac: Option<MacAddr>,
    /// Its address.
    pub address: Ipv4Addr,
    /// How it gets the address.
    pub addressing: Addressing,
    /// The interface that `ip=` names.
    pub interface: Option<InterfaceName>,
    /// The bond that `ip=` names instead.
    pub bond: Option<Bond>,
    /// What it is installed on.
    pub disk: InstallDisk,
    /// Consoles, the primary one last.
    pub consoles: Vec<Console>,
    /// Further kernel arguments for the live boot.
    pub kargs: Vec<KernelArg>,
    /// What it does when it boots from the network, unless it was armed or disarmed since.
    pub mode: Mode,
    /// Where the node stands in vars.yaml: `workers[1]`.
    pub key: String,
    /// The same as `file:line:column`.
    pub place: String,
}

impl Node {
    /// Returns the interface whose address `ip=` sets: the bond, else the named interface.
    pub fn ip_interface(&self) -> Option<&InterfaceName> {
        self.bond.as_ref().map(Bond::name).or(self.interface.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_round_trip_and_have_two_names() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("control-plane".parse(), Ok(Role::ControlPlane));
        assert_eq!("compute".parse(), Ok(Role::Worker));
        assert!("infra".parse::<Role>().is_err());
    }
}
