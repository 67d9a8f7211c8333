//! What a node's live system is told of the network.

use crate::model::network::{Ipv4, Ipv6, Link, Network};
use crate::vars::Value;

/// Lists the values of a node's network; its own address is of one family.
pub(super) fn values(network: &Network, is_ipv6: bool) -> Vec<(Value, String)> {
    let mut values = Vec::new();
    let (main, further) = match network.links.split_first() {
        Some((main, further)) => (Some(main), further),
        None => (None, network.links.as_slice()),
    };
    if let Some(link) = main {
        values.extend(own(link, is_ipv6));
    }
    values.extend(list(Value::NameServers, &network.name_servers));
    values.extend(main.and_then(|link| nic(network, link)));
    values.extend(main.and_then(|link| link.mtu).map(|mtu| (Value::Mtu, mtu.to_string())));
    values.extend(
        main.filter(|_| !is_ipv6).and_then(|link| link.ipv6.as_ref()).map(|it| (Value::Ipv6, ipv6(it))),
    );
    values.extend(list(Value::Bond, &network.bonds));
    values.extend(list(Value::Team, &network.teams));
    values.extend(list(Value::Vlan, &network.vlans));
    values.extend(list(Value::Bridge, &network.bridges));
    let names: Vec<_> = further.iter().filter_map(|link| link.interface.as_ref()).collect();
    values.extend(list(Value::Interfaces, &names));
    values.extend(list(Value::Routes, &network.routes));
    values.extend(list(Value::Ifname, &network.names));
    values
}

/// How a node gets the address that it is known by.
fn own(link: &Link, is_ipv6: bool) -> Vec<(Value, String)> {
    let (gateway, netmask) = match (&link.ipv4, &link.ipv6) {
        (Some(Ipv4::Static(parts)), _) if !is_ipv6 => {
            (parts.gateway.map(|it| it.to_string()), parts.netmask.map(|it| it.to_string()))
        }
        (_, Some(Ipv6::Static(parts))) if is_ipv6 => {
            (parts.gateway.map(|it| it.to_string()), Some(parts.prefix.to_string()))
        }
        _ => return vec![(Value::Addressing, "dhcp".to_owned())],
    };
    let mut values = vec![(Value::Addressing, "static".to_owned())];
    values.extend(gateway.map(|gateway| (Value::Gateway, gateway)));
    values.extend(netmask.map(|netmask| (Value::Netmask, netmask)));
    values
}

/// The NIC of a link that stands on nothing else.
fn nic(network: &Network, link: &Link) -> Option<(Value, String)> {
    let name = link.interface.as_ref()?;
    let joined = network.bonds.iter().any(|bond| bond.name() == name);
    let teamed = network.teams.iter().any(|team| team.name() == name);
    let tagged = network.vlans.iter().any(|vlan| vlan.name() == name);
    let bridged = network.bridges.iter().any(|bridge| bridge.name() == name);
    (!joined && !teamed && !tagged && !bridged).then(|| (Value::Interface, name.to_string()))
}

fn ipv6(ipv6: &Ipv6) -> String {
    match ipv6 {
        Ipv6::Auto => "auto".to_owned(),
        Ipv6::Dhcp => "dhcp".to_owned(),
        Ipv6::Static(parts) => format!("{}/{}", parts.address, parts.prefix),
    }
}

pub(super) fn list<T: ToString>(value: Value, items: &[T]) -> Option<(Value, String)> {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    (!items.is_empty()).then(|| (value, items.join(" ")))
}
