//! What stands beneath a link: bond, team, VLAN, bridge.

use super::super::raw::{RawBond, RawPorts, RawStack, RawVlan};
use super::super::read::part::interface;
use super::super::read::value::Values;
use super::super::section::Scalar;
use crate::diag::{Code, Diagnostic, Place};
use crate::model::bond::{Bond, BondError, BondMode};
use crate::model::device::{self, Bridge, DeviceError, Team, Vlan};
use crate::model::mtu::Mtu;
use crate::model::net::InterfaceName;
use crate::text::List;

/// The devices of a node, as they are found.
#[derive(Default)]
pub(super) struct Devices {
    pub(super) vlans: Vec<Vlan>,
    pub(super) bonds: Vec<Bond>,
    pub(super) teams: Vec<Team>,
    pub(super) bridges: Vec<Bridge>,
}

/// What stands beneath one link, each from the node itself or from the cluster's network.
#[derive(Clone, Copy, Default)]
pub(super) struct Stack<'a> {
    pub(super) bond: Option<&'a RawBond>,
    pub(super) team: Option<&'a RawPorts>,
    pub(super) vlan: Option<&'a RawVlan>,
    pub(super) bridge: Option<&'a RawPorts>,
    pub(super) mtu: Option<&'a Scalar>,
}

/// A value was there and wrong, and has been reported.
pub(super) struct Reported;

impl<'a> Stack<'a> {
    /// Takes what a link says itself.
    pub(super) fn of(raw: &'a RawStack) -> Self {
        Self {
            bond: raw.bond.as_ref(),
            team: raw.team.as_ref(),
            vlan: raw.vlan.as_ref(),
            bridge: raw.bridge.as_ref(),
            mtu: raw.mtu.as_ref(),
        }
    }

    /// Fills in what holds for all nodes; a team of one's own takes the place of the cluster's bond.
    pub(super) fn over(self, all: Self) -> Self {
        let joins = self.bond.is_some() || self.team.is_some();
        Self {
            bond: if joins { self.bond } else { all.bond },
            team: if joins { self.team } else { all.team },
            vlan: self.vlan.or(all.vlan),
            bridge: self.bridge.or(all.bridge),
            mtu: self.mtu.or(all.mtu),
        }
    }

    /// Says whether anything stands beneath the link.
    pub(super) fn is_empty(&self) -> bool {
        self.bond.is_none() && self.team.is_none() && self.vlan.is_none() && self.bridge.is_none()
    }
}

/// Makes the devices of a link, from the bottom: bond or team, VLAN, bridge. Returns the topmost, which
/// carries the addresses.
pub(super) fn build(
    values: &Values,
    stack: Stack,
    base: Option<InterfaceName>,
    devices: &mut Devices,
) -> Result<Option<InterfaceName>, Reported> {
    let mut top = base;
    if let (Some(bond), Some(team)) = (stack.bond, stack.team) {
        two_joins(values, bond, team);
        return Err(Reported);
    }
    if let Some(raw) = stack.bond {
        let bond = bond(values, raw).ok_or(Reported)?;
        top = Some(bond.name().clone());
        devices.bonds.push(bond);
    }
    if let Some(raw) = stack.team {
        let team = team(values, raw).ok_or(Reported)?;
        top = Some(team.name().clone());
        devices.teams.push(team);
    }
    if let Some(raw) = stack.vlan {
        let vlan = vlan(values, raw, top.as_ref()).ok_or(Reported)?;
        top = Some(vlan.name().clone());
        devices.vlans.push(vlan);
    }
    if let Some(raw) = stack.bridge {
        let bridge = bridge(values, raw, top.as_ref(), stack).ok_or(Reported)?;
        top = Some(bridge.name().clone());
        devices.bridges.push(bridge);
    }
    Ok(top)
}

pub(super) fn mtu(values: &Values, scalar: Option<&Scalar>) -> Option<Mtu> {
    values.parse(Code::V228, scalar?, "write the MTU in bytes, such as `9000`")
}

fn two_joins(values: &Values, bond: &RawBond, team: &RawPorts) {
    let diagnostic =
        Diagnostic::new(Code::V230, format!("`{}` and `{}` join the same ports", bond.path, team.path))
            .at(&values.place(team.span), "the team")
            .also(&values.place(bond.span), "the bond")
            .help("delete the team: a bond does the same, and teams are gone from RHEL 10");
    values.push(diagnostic);
}

fn bond(values: &Values, raw: &RawBond) -> Option<Bond> {
    let help = "the name of the bonded interface, such as `bond0`";
    let name = interface(values, values.required(raw.name.as_ref(), &format!("{}.name", raw.path), help)?)?;
    let ports: Vec<InterfaceName> = raw.ports.iter().map(|s| interface(values, s)).collect::<Option<_>>()?;
    let mode = raw.mode.as_ref().map_or("active-backup", |s| s.text.as_str());
    let built = || -> Result<Bond, BondError> {
        let mtu = raw.mtu.as_ref().map(|s| s.text.parse()).transpose()?;
        Bond::new(name, ports, BondMode::parse(mode)?, mtu)
    };
    built().map_err(|error| refuse_bond(values, raw, &error)).ok()
}

/// Points at the value that is at fault, or at the bond's name.
fn refuse_bond(values: &Values, raw: &RawBond, error: &BondError) {
    let (at, help) = match error {
        BondError::NoPort => (&raw.name, "name its interfaces as `ports: [ens3, ens4]`".to_owned()),
        BondError::Twice(_) => (&raw.name, "name each interface once".to_owned()),
        BondError::Mode(_) => (&raw.mode, format!("modes are {}", List::and(&BondMode::NAMES))),
        BondError::Option(_) => (&raw.mode, "options follow the mode: `802.3ad,miimon=100`".to_owned()),
        BondError::Mtu(_) => (&raw.mtu, "write the MTU in bytes, such as `9000`".to_owned()),
    };
    let place = values.place(at.as_ref().map_or(raw.span, |scalar| scalar.span));
    values.push(Diagnostic::new(Code::V121, error.to_string()).at(&place, "in this bond").help(help));
}

/// The name and the ports of a team or a bridge.
fn parts(values: &Values, raw: &RawPorts, usual: &str) -> Option<(InterfaceName, Vec<InterfaceName>)> {
    let help = format!("the name of the device, such as `{usual}`");
    let name = interface(values, values.required(raw.name.as_ref(), &format!("{}.name", raw.path), &help)?)?;
    let ports = raw.ports.iter().map(|s| interface(values, s)).collect::<Option<_>>()?;
    Some((name, ports))
}

fn team(values: &Values, raw: &RawPorts) -> Option<Team> {
    let (name, ports) = parts(values, raw, "team0")?;
    let place = raw.name.as_ref().map_or(raw.span, |scalar| scalar.span);
    values.push_once(
        Diagnostic::new(Code::V231, format!("`{}` is a team, which RHEL 10 no longer has", raw.path))
            .at(&values.place(place), "a team")
            .help("write it as `bond` with a mode such as `active-backup` or `802.3ad`"),
    );
    Team::new(name, ports).map_err(|error| refuse(values, &values.place(place), &error)).ok()
}

fn bridge(values: &Values, raw: &RawPorts, top: Option<&InterfaceName>, stack: Stack) -> Option<Bridge> {
    let (name, mut ports) = parts(values, raw, "br0")?;
    let at = raw.name.as_ref().map_or(raw.span, |scalar| scalar.span);
    let beneath = Stack { bridge: None, ..stack };
    match top {
        Some(top) if ports.is_empty() => ports.push(top.clone()),
        Some(top) if !beneath.is_empty() && !ports.contains(top) => {
            let message = format!("the bridge `{name}` values out `{top}`, which stands beneath it");
            let help =
                format!("add `{top}` to its `ports`, or remove `ports`: what stands beneath is its port");
            values.push(Diagnostic::new(Code::V230, message).at(&values.place(at), "").help(help));
            return None;
        }
        _ => {}
    }
    Bridge::new(name, ports).map_err(|error| refuse(values, &values.place(at), &error)).ok()
}

fn vlan(values: &Values, raw: &RawVlan, parent: Option<&InterfaceName>) -> Option<Vlan> {
    let id =
        values.required(raw.id.as_ref(), &format!("{}.id", raw.path), "the id in its tags, 1 to 4094")?;
    let place = values.at(id);
    let Some(parent) = parent else {
        let message = format!("`{}` does not know what it stands on", raw.path);
        let help = "name the interface beside it: `interface: ens3`";
        values.push(Diagnostic::new(Code::V229, message).at(&place, "a VLAN").help(help));
        return None;
    };
    let refused = |place: &Place, error: &DeviceError| refuse(values, place, error);
    let number = device::parse_vlan_id(id.text.trim()).map_err(|error| refused(&place, &error)).ok()?;
    let name = match &raw.name {
        Some(scalar) => interface(values, scalar)?,
        None => device::vlan_name(parent, number)?,
    };
    let at = raw.name.as_ref().map_or(place, |name| values.at(name));
    Vlan::new(name, parent.clone(), number).map_err(|error| refused(&at, &error)).ok()
}

fn refuse(values: &Values, place: &Place, error: &DeviceError) {
    let (code, help) = match error {
        DeviceError::VlanId(_) => (Code::V229, "write the number that the switch tags with".to_owned()),
        DeviceError::VlanName { id, .. } => {
            (Code::V229, format!("end the name in the id, such as `vlan{id}`, or leave `name` out"))
        }
        DeviceError::OnItself(_) => (Code::V230, "give the device another name than its ports".to_owned()),
        DeviceError::NoPort(_) => (Code::V230, "name its interfaces as `ports: [ens3, ens4]`".to_owned()),
        DeviceError::Twice(_) => (Code::V230, "name each interface once".to_owned()),
    };
    values.push(Diagnostic::new(code, error.to_string()).at(place, "").help(help));
}
