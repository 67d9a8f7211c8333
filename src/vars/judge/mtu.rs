//! Large packets have to fit through everything that a link stands on.

use std::collections::BTreeMap;

use super::super::read::value::Values;
use super::candidate::NetworkCandidate;
use super::link::LinkCandidate;
use crate::diag::{Code, Diagnostic, Span};
use crate::model::bond::Bond;
use crate::model::device::{Bridge, Vlan};
use crate::model::mtu::Mtu;
use crate::model::net::InterfaceName;

/// Gives every device beneath a link with an MTU at least that one. Linux lets no VLAN send what its
/// parent cannot, and a bridge cuts down to its least port; ports of a bond or a team follow by themselves.
pub(super) fn carry(values: &Values, network: &mut NetworkCandidate) {
    for link in &network.links {
        ipv6(values, link);
        unnamed(values, link);
    }
    let mut wanted = Wanted::default();
    for link in &network.links {
        if let (Some(name), Some(mtu)) = (&link.interface, link.mtu) {
            wanted.below(network, name, mtu, link.span);
        }
    }
    for (name, (mtu, span)) in wanted.0 {
        demand(values, network, &name, mtu, span);
    }
}

/// The least MTU of a device, and the link that wants it.
#[derive(Default)]
struct Wanted(BTreeMap<InterfaceName, (Mtu, Span)>);

impl Wanted {
    fn below(&mut self, network: &NetworkCandidate, name: &InterfaceName, mtu: Mtu, span: Span) {
        let vlans = network.devices.vlans.iter().filter(|vlan| vlan.name() == name).map(Vlan::parent);
        let bridges = network.devices.bridges.iter().filter(|bridge| bridge.name() == name);
        let beneath: Vec<_> = vlans.chain(bridges.flat_map(Bridge::ports)).collect();
        for device in beneath {
            // A device that is on the way already leads nowhere new: circles end here.
            if self.0.get(device).is_some_and(|(most, _)| *most >= mtu) {
                continue;
            }
            self.0.insert(device.clone(), (mtu, span));
            self.below(network, device, mtu, span);
        }
    }
}

fn demand(values: &Values, network: &mut NetworkCandidate, name: &InterfaceName, mtu: Mtu, span: Span) {
    let bond = network.devices.bonds.iter().find(|bond| bond.name() == name).and_then(Bond::mtu);
    let link = network.links.iter_mut().find(|link| link.interface.as_ref() == Some(name));
    let has = bond.or(link.as_ref().and_then(|link| link.mtu));
    match (has, link) {
        (Some(has), _) if has < mtu => {
            let message = format!("an MTU of {mtu} does not fit through `{name}`, which has {has}");
            let diagnostic = Diagnostic::new(Code::V228, message).at(&values.place(span), "stands on it");
            values.push(diagnostic.help(format!("set the MTU of `{name}` to {mtu} at least")));
        }
        (None, Some(link)) => link.mtu = Some(mtu),
        (None, None) if mtu > Mtu::ETHERNET => {
            network.links.push(LinkCandidate::carrier(name.clone(), mtu, span));
        }
        _ => {}
    }
}

/// `ip=dhcp` without an interface has no field for more.
fn unnamed(values: &Values, link: &LinkCandidate) {
    if link.mtu.is_some() && link.lacks_name() && !link.is_static() {
        let message = "an MTU is given, and no interface that it is of";
        let diagnostic = Diagnostic::new(Code::V228, message).at(&values.place(link.span), "this node");
        values
            .push(diagnostic.help("add `interface`, the name that the live system gives it, such as `ens3`"));
    }
}

fn ipv6(values: &Values, link: &LinkCandidate) {
    let Some(mtu) = link.mtu.filter(|mtu| *mtu < Mtu::IPV6 && link.has_ipv6()) else { return };
    let message = format!("IPv6 needs an MTU of {} at least, and this is {mtu}", Mtu::IPV6);
    let diagnostic = Diagnostic::new(Code::V228, message).at(&values.place(link.span), "with IPv6");
    values.push(diagnostic.help(format!("write `mtu: {}` or more", Mtu::IPV6)));
}
