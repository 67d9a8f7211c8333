//! What stands beneath a link: bond, team, VLAN, bridge, each on the one before.

use super::super::raw::{RawBond, RawPorts};
use super::super::read::device::{BondDraft, PortsDraft, StackDraft, VlanDraft};
use super::super::read::given::Given;
use super::super::read::value::Values;
use crate::diag::{Code, Diagnostic, Place};
use crate::model::bond::{Bond, BondError};
use crate::model::device::{self, Bridge, DeviceError, Team, Vlan};
use crate::model::mtu::Mtu;
use crate::model::net::InterfaceName;

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
    pub(super) bond: Option<&'a BondDraft<'a>>,
    pub(super) team: Option<&'a PortsDraft<'a>>,
    pub(super) vlan: Option<&'a VlanDraft<'a>>,
    pub(super) bridge: Option<&'a PortsDraft<'a>>,
    pub(super) mtu: Option<&'a Given<'a, Mtu>>,
}

/// A value was there and wrong, and has been reported.
pub(super) struct Reported;

impl<'a> Stack<'a> {
    /// Takes what a link says itself.
    pub(super) fn of(draft: &'a StackDraft<'a>) -> Self {
        Self {
            bond: draft.bond.as_ref(),
            team: draft.team.as_ref(),
            vlan: draft.vlan.as_ref(),
            bridge: draft.bridge.as_ref(),
            mtu: draft.mtu.as_ref(),
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
        two_joins(values, bond.raw, team.raw);
        return Err(Reported);
    }
    if let Some(draft) = stack.bond {
        let bond = bond(values, draft).ok_or(Reported)?;
        top = Some(bond.name().clone());
        devices.bonds.push(bond);
    }
    if let Some(draft) = stack.team {
        let team = team(values, draft).ok_or(Reported)?;
        top = Some(team.name().clone());
        devices.teams.push(team);
    }
    if let Some(draft) = stack.vlan {
        let vlan = vlan(values, draft, top.as_ref()).ok_or(Reported)?;
        top = Some(vlan.name().clone());
        devices.vlans.push(vlan);
    }
    if let Some(draft) = stack.bridge {
        let bridge = bridge(values, draft, top.as_ref(), stack).ok_or(Reported)?;
        top = Some(bridge.name().clone());
        devices.bridges.push(bridge);
    }
    Ok(top)
}

fn two_joins(values: &Values, bond: &RawBond, team: &RawPorts) {
    let diagnostic =
        Diagnostic::new(Code::V230, format!("`{}` and `{}` join the same ports", bond.path, team.path))
            .at(&values.place(team.span), "the team")
            .also(&values.place(bond.span), "the bond")
            .help("delete the team: a bond does the same, and teams are gone from RHEL 10");
    values.push(diagnostic);
}

fn bond(values: &Values, draft: &BondDraft) -> Option<Bond> {
    let mtu = match &draft.mtu {
        Some(given) => Some(given.value?),
        None => None,
    };
    let bond = Bond::new(draft.name.clone()?, draft.ports.clone()?, draft.mode.clone()?, mtu);
    bond.map_err(|error| refuse_bond(values, draft.raw, &error)).ok()
}

/// Points at the bond's name: what is wrong is not one value.
fn refuse_bond(values: &Values, raw: &RawBond, error: &BondError) {
    let help = match error {
        BondError::NoPort => "name its interfaces as `ports: [ens3, ens4]`",
        _ => "name each interface once",
    };
    let place = values.place(raw.name.as_ref().map_or(raw.span, |scalar| scalar.span));
    values.push(Diagnostic::new(Code::V121, error.to_string()).at(&place, "in this bond").help(help));
}

/// Where messages about a team or a bridge point.
fn head(values: &Values, raw: &RawPorts) -> Place {
    values.place(raw.name.as_ref().map_or(raw.span, |scalar| scalar.span))
}

fn team(values: &Values, draft: &PortsDraft) -> Option<Team> {
    let (name, ports) = (draft.name.clone()?, draft.ports.clone()?);
    let message = format!("`{}` is a team, which RHEL 10 no longer has", draft.raw.path);
    values.push_once(
        Diagnostic::new(Code::V231, message)
            .at(&head(values, draft.raw), "a team")
            .help("write it as `bond` with a mode such as `active-backup` or `802.3ad`"),
    );
    let team = Team::new(name, ports);
    team.map_err(|error| refuse(values, &head(values, draft.raw), &error)).ok()
}

fn bridge(values: &Values, draft: &PortsDraft, top: Option<&InterfaceName>, stack: Stack) -> Option<Bridge> {
    let (name, mut ports) = (draft.name.clone()?, draft.ports.clone()?);
    let at = head(values, draft.raw);
    let beneath = Stack { bridge: None, ..stack };
    match top {
        Some(top) if ports.is_empty() => ports.push(top.clone()),
        Some(top) if !beneath.is_empty() && !ports.contains(top) => {
            let message = format!("the bridge `{name}` leaves out `{top}`, which stands beneath it");
            let help =
                format!("add `{top}` to its `ports`, or remove `ports`: what stands beneath is its port");
            values.push(Diagnostic::new(Code::V230, message).at(&at, "").help(help));
            return None;
        }
        _ => {}
    }
    Bridge::new(name, ports).map_err(|error| refuse(values, &at, &error)).ok()
}

fn vlan(values: &Values, draft: &VlanDraft, parent: Option<&InterfaceName>) -> Option<Vlan> {
    let id = draft.id.as_ref()?;
    let place = values.at(id.at);
    let Some(parent) = parent else {
        let message = format!("`{}` does not know what it stands on", draft.raw.path);
        let help = "name the interface beside it: `interface: ens3`";
        values.push(Diagnostic::new(Code::V229, message).at(&place, "a VLAN").help(help));
        return None;
    };
    let number = id.value?;
    let name = match &draft.name {
        Some(given) => given.value.clone()?,
        None => device::vlan_name(parent, number)?,
    };
    let at = draft.name.as_ref().map_or(place, |name| values.at(name.at));
    Vlan::new(name, parent.clone(), number).map_err(|error| refuse(values, &at, &error)).ok()
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
