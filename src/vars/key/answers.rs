//! The answers of `okdboot init`, a file of its own (docs/init.md).

use super::kind::{
    ADDRESS, ADDRESS_LIST, ADDRESSING, ARCH, DEVICE, DOMAIN, HOST_NAME, INTERFACE, LABEL, MACS,
    NETWORK_ADDRESS, NODES, STREAM,
};
use super::{Mapping, Shape, part};

/// Every key of the file, in the order of the questions.
pub static ANSWERS: Mapping = Mapping { name: "answers", is_own: true, parts: &[&PART] };

part!(PART, "answers" {
    cluster: Shape::Value(LABEL), "", "", "`dns.clusterid`";
    domain: Shape::Value(DOMAIN), "", "", "`dns.domain`";
    network: Shape::Value(NETWORK_ADDRESS), "", "", "the network of the machines";
    helper: Shape::Value(ADDRESS), "", "", "`helper.ipaddr`";
    helper_name: Shape::Value(HOST_NAME), "", "", "`helper.name`";
    gateway: Shape::Value(ADDRESS), "", "", "`dhcp.router`";
    forwarders: Shape::Values(ADDRESS_LIST), "", "", "`dns.forwarder1` and `dns.forwarder2`";
    control_plane: Shape::Value(NODES), "", "", "how many masters";
    arbiters: Shape::Value(NODES), "", "", "how many arbiters";
    workers: Shape::Value(NODES), "", "", "how many workers";
    addressing: Shape::Value(ADDRESSING), "", "", "`okdboot.addressing`";
    interface: Shape::Value(INTERFACE), "", "", "`okdboot.network.interface`";
    disk: Shape::Value(DEVICE), "", "", "`disk`";
    arch: Shape::Value(ARCH), "", "", "`okdboot.arch`";
    stream: Shape::Value(STREAM), "", "", "`okdboot.stream`";
    macs: Shape::Values(MACS), "", "", "the MAC addresses, in the order of the nodes";
});
