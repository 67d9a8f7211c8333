//! What may stand beneath a link: bond, team, VLAN, bridge, each value of them by itself.

use super::super::raw::{RawBond, RawPorts, RawStack, RawVlan};
use super::super::section::Scalar;
use super::given::Given;
use super::ipv6::Ipv6Draft;
use super::part::interface;
use super::value::Values;
use crate::diag::{Code, Diagnostic};
use crate::model::bond::{BondError, BondMode};
use crate::model::device;
use crate::model::mtu::Mtu;
use crate::model::net::InterfaceName;
use crate::text::List;

/// What a mapping says of a link besides its own address.
pub struct StackDraft<'a> {
    /// `bond`
    pub bond: Option<BondDraft<'a>>,
    /// `team`
    pub team: Option<PortsDraft<'a>>,
    /// `vlan`
    pub vlan: Option<VlanDraft<'a>>,
    /// `bridge`
    pub bridge: Option<PortsDraft<'a>>,
    /// `mtu`
    pub mtu: Option<Given<'a, Mtu>>,
    /// `ipv6`
    pub ipv6: Option<Ipv6Draft<'a>>,
}

/// A bond; a value that was refused is absent.
pub struct BondDraft<'a> {
    /// What the file says.
    pub raw: &'a RawBond,
    /// Its name.
    pub name: Option<InterfaceName>,
    /// Its ports, unless one of them was refused.
    pub ports: Option<Vec<InterfaceName>>,
    /// Its mode, or the usual one.
    pub mode: Option<BondMode>,
    /// Its MTU.
    pub mtu: Option<Given<'a, Mtu>>,
}

/// A team or a bridge; a value that was refused is absent.
pub struct PortsDraft<'a> {
    /// What the file says.
    pub raw: &'a RawPorts,
    /// Its name.
    pub name: Option<InterfaceName>,
    /// Its ports, unless one of them was refused.
    pub ports: Option<Vec<InterfaceName>>,
}

/// A VLAN.
pub struct VlanDraft<'a> {
    /// What the file says.
    pub raw: &'a RawVlan,
    /// The id in its tags.
    pub id: Option<Given<'a, u16>>,
    /// Its name.
    pub name: Option<Given<'a, InterfaceName>>,
}

impl<'a> StackDraft<'a> {
    /// Reads the keys that a node, an entry of `interfaces` and `okdboot.network` share.
    pub fn read(values: &Values, raw: &'a RawStack) -> Self {
        Self {
            bond: raw.bond.as_ref().map(|raw| BondDraft::read(values, raw)),
            team: raw.team.as_ref().map(|raw| PortsDraft::read(values, raw, "team0")),
            vlan: raw.vlan.as_ref().map(|raw| VlanDraft::read(values, raw)),
            bridge: raw.bridge.as_ref().map(|raw| PortsDraft::read(values, raw, "br0")),
            mtu: Given::read(raw.mtu.as_ref(), |at| mtu(values, at)),
            ipv6: raw.ipv6.as_ref().map(|raw| Ipv6Draft::read(values, raw)),
        }
    }
}

fn mtu(values: &Values, at: &Scalar) -> Option<Mtu> {
    values.parse(Code::V228, at, "write the MTU in bytes, such as `9000`")
}

fn ports(values: &Values, scalars: &[Scalar]) -> Option<Vec<InterfaceName>> {
    let ports: Vec<Option<InterfaceName>> = scalars.iter().map(|at| interface(values, at)).collect();
    ports.into_iter().collect()
}

fn name(values: &Values, raw: Option<&Scalar>, path: &str, what: &str) -> Option<InterfaceName> {
    interface(values, values.required(raw, &format!("{path}.name"), what)?)
}

impl<'a> BondDraft<'a> {
    fn read(values: &Values, raw: &'a RawBond) -> Self {
        let what = "the name of the bonded interface, such as `bond0`";
        Self {
            raw,
            name: name(values, raw.name.as_ref(), &raw.path, what),
            ports: ports(values, &raw.ports),
            mtu: Given::read(raw.mtu.as_ref(), |at| bond_mtu(values, at)),
            mode: mode(values, raw.mode.as_ref()),
        }
    }
}

fn bond_mtu(values: &Values, at: &Scalar) -> Option<Mtu> {
    let help = "write the MTU in bytes, such as `9000`";
    at.text.parse().map_err(|error| refuse(values, at, &BondError::Mtu(error), help)).ok()
}

fn mode(values: &Values, at: Option<&Scalar>) -> Option<BondMode> {
    let Some(at) = at else { return BondMode::parse("active-backup").ok() };
    let refused = |error: BondError| {
        let help = match error {
            BondError::Option(_) => "options follow the mode: `802.3ad,miimon=100`".to_owned(),
            _ => format!("modes are {}", List::and(&BondMode::NAMES)),
        };
        refuse(values, at, &error, &help);
    };
    BondMode::parse(&at.text).map_err(refused).ok()
}

fn refuse(values: &Values, at: &Scalar, error: &BondError, help: &str) {
    let place = values.at(at);
    values.push(Diagnostic::new(Code::V121, error.to_string()).at(&place, "in this bond").help(help));
}

impl<'a> PortsDraft<'a> {
    fn read(values: &Values, raw: &'a RawPorts, usual: &str) -> Self {
        let what = format!("the name of the device, such as `{usual}`");
        Self {
            raw,
            name: name(values, raw.name.as_ref(), &raw.path, &what),
            ports: ports(values, &raw.ports),
        }
    }
}

impl<'a> VlanDraft<'a> {
    fn read(values: &Values, raw: &'a RawVlan) -> Self {
        let path = format!("{}.id", raw.path);
        let id = values.required(raw.id.as_ref(), &path, "the id in its tags, 1 to 4094");
        Self {
            raw,
            id: Given::read(id, |at| vlan_id(values, at)),
            name: Given::read(raw.name.as_ref(), |at| interface(values, at)),
        }
    }
}

fn vlan_id(values: &Values, at: &Scalar) -> Option<u16> {
    let refused = |error: device::DeviceError| {
        let help = "write the number that the switch tags with";
        values.push(Diagnostic::new(Code::V229, error.to_string()).at(&values.at(at), "").help(help));
    };
    device::parse_vlan_id(at.text.trim()).map_err(refused).ok()
}
