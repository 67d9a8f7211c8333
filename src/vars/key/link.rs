//! What carries addresses, and what stands beneath it: the keys that a node, an entry of its `interfaces`
//! and `okdboot.network` share.

use super::kind::{
    ADDRESS, INTERFACE, INTERFACES, IPV6_ADDRESS, IPV6_ADDRESSING, LINK_ADDRESSING, MTU, NETMASK,
    NETWORK_ADDRESS, PREFIX, TEAM_MODE, VLAN_ID,
};
use super::{Mapping, Shape, part};

static FURTHER: Mapping = Mapping { name: "interface", is_own: true, parts: &[&FURTHER_KEYS, &STACK] };
static ROUTE: Mapping = Mapping { name: "route", is_own: true, parts: &[&ROUTE_KEYS] };
static IPV6: Mapping = Mapping { name: "ipv6", is_own: true, parts: &[&IPV6_KEYS] };
static BOND: Mapping = Mapping { name: "bond", is_own: false, parts: &[&BOND_KEYS] };
static TEAM: Mapping = Mapping { name: "team", is_own: true, parts: &[&TEAM_KEYS] };
static BRIDGE: Mapping = Mapping { name: "bridge", is_own: true, parts: &[&BRIDGE_KEYS] };
static VLAN: Mapping = Mapping { name: "vlan", is_own: true, parts: &[&VLAN_KEYS] };

part!(LINK, "link" {
    bond: Shape::Map(&BOND), "none", "f", "several interfaces as one; docs/networks.md has what follows";
    team: Shape::Map(&TEAM), "none", "", "as a bond, by a driver that RHEL 10 no longer has: a warning";
    vlan: Shape::ValueOrMap(VLAN_ID, &VLAN), "none", "", "the tagged network that the address is in";
    bridge: Shape::Map(&BRIDGE), "none", "", "over what stands beneath";
    mtu: Shape::Value(MTU), "none", "", "576 to 9216; what stands beneath gets it too";
    ipv6: Shape::Map(&IPV6), "none", "", "beside an `ipaddr` that is IPv4";
    interfaces: Shape::Maps(&FURTHER), "none", "", "further interfaces";
    routes: Shape::Maps(&ROUTE), "none", "", "networks behind other routers";
});

part!(STACK, "stack" {
    bond: Shape::Map(&BOND), "none", "", "as on the node";
    team: Shape::Map(&TEAM), "none", "", "as on the node";
    vlan: Shape::ValueOrMap(VLAN_ID, &VLAN), "none", "", "as on the node";
    bridge: Shape::Map(&BRIDGE), "none", "", "as on the node";
    mtu: Shape::Value(MTU), "none", "", "as on the node";
    ipv6: Shape::Map(&IPV6), "none", "", "as on the node";
});

part!(BOND_KEYS, "bond" {
    name: Shape::Value(INTERFACE), "required", "f", "such as `bond0`";
    ports: Shape::Values(INTERFACES), "at least one port", "f", "its ports, as a list";
    int1: Shape::Value(INTERFACE), "none", "f", "a port";
    int2: Shape::Value(INTERFACE), "none", "f", "a port";
    mode: Shape::Value(TEAM_MODE), "`active-backup`", "f", "by name or number; options after commas";
    mtu: Shape::Value(MTU), "none", "f", "576 to 9216";
});

part!(TEAM_KEYS, "team" {
    name: Shape::Value(INTERFACE), "required", "", "such as `team0`";
    ports: Shape::Values(INTERFACES), "required", "", "its ports";
});

part!(VLAN_KEYS, "vlan" {
    id: Shape::Value(VLAN_ID), "required", "", "1 to 4094";
    name: Shape::Value(INTERFACE), "`<parent>.<id>`", "", "ends in the id";
});

part!(BRIDGE_KEYS, "bridge" {
    name: Shape::Value(INTERFACE), "required", "", "such as `br0`";
    ports: Shape::Values(INTERFACES), "what stands beneath", "", "its ports";
});

part!(IPV6_KEYS, "ipv6" {
    ipaddr: Shape::Value(IPV6_ADDRESS), "none", "", "the address";
    prefix: Shape::Value(PREFIX), "64", "", "how long the part of the network is, in bits";
    gateway: Shape::Value(IPV6_ADDRESS), "none", "", "may be link-local";
    addressing: Shape::Value(IPV6_ADDRESSING), "`static` with an address", "", "`auto`: by router advertisements";
});

part!(FURTHER_KEYS, "interface" {
    interface | name: Shape::Value(INTERFACE), "what stands beneath", "", "which";
    ipaddr: Shape::Value(ADDRESS), "none", "", "its address";
    netmask | prefix: Shape::Value(NETMASK), "none", "", "such as `255.255.255.0`, or `24`";
    gateway: Shape::Value(ADDRESS), "none", "", "where packets leave its network";
    addressing: Shape::Value(LINK_ADDRESSING), "`static` with an address, else `dhcp`", "", "`disabled`: it is left down";
});

part!(ROUTE_KEYS, "route" {
    to: Shape::Value(NETWORK_ADDRESS), "required", "", "such as `10.1.0.0/16`";
    via: Shape::Value(ADDRESS), "required", "", "the router";
    interface: Shape::Value(INTERFACE), "that of the router's network", "", "by which it is reached";
});
