//! `okdboot.services`: which daemon does what around the boot, and what install-config needs.

use super::kind::{
    ABSOLUTE_PATH, ADDRESS, BALANCER, CONTAINERS, DHCP, DNS, FILE, HTTP_URL, INTERFACE, LEASE, MACS,
    NETWORK_LIST, NUMBERS, TIME, WORDS,
};
use super::{Mapping, Shape, part};

/// `okdboot.services`
pub(super) static SERVICES: Mapping =
    Mapping { name: "services", is_own: true, parts: &[&DAEMONS, &INSTALL_CONFIG] };

static PROXY: Mapping = Mapping { name: "proxy", is_own: true, parts: &[&PROXY_KEYS] };

part!(DAEMONS, "daemons" {
    dhcp: Shape::Value(DHCP), "`dnsmasq`; `none` for static addresses or without `dhcp`", "", "who gives addresses; `proxy` stands beside another server";
    dns: Shape::Value(DNS), "`dnsmasq`; `none` where `dhcp.dns` is another machine", "", "who knows the names";
    balancer: Shape::Value(BALANCER), "`haproxy`; `none` where `dns.lb_ipaddr` is another machine", "", "what stands in front of API and ingress";
    time: Shape::Value(TIME), "`chrony` with `chronyconfig.enabled`", "", "who tells the time";
    containers: Shape::Value(CONTAINERS), "`none`", "", "how the servers are run";
    interface: Shape::Value(INTERFACE), "`helper.networkifacename`", "", "the helper's interface on the machines' network";
    uplink: Shape::Value(INTERFACE), "none", "", "the helper is the machines' way out by this interface (NAT)";
    ingress_ipaddr: Shape::Value(ADDRESS), "`dns.lb_ipaddr`", "", "where `*.apps` leads to";
    lease: Shape::Value(LEASE), "`infinite`", "", "such as `12h` or `7d`; at least two minutes";
    netboot_xyz: Shape::Values(MACS), "none", "", "machines that are no nodes and get the menu of netboot.xyz; with `dhcp: dnsmasq` (from `dhcp.poolstart` to `dhcp.poolend`), `proxy`, or `none` and `okdboot serve --dhcp proxy`";
    root: Shape::Value(ABSOLUTE_PATH), "where the tree is written", "", "where the tree stands on the helper";
});

part!(INSTALL_CONFIG, "install-config" {
    pull_secret: Shape::Value(FILE), "none", "", "relative to vars.yaml, or `~/...`; OKD needs none";
    ssh_key: Shape::Value(FILE), "none", "", "the public key, `.pub`";
    trust_bundle: Shape::Value(FILE), "none", "", "authorities that the cluster trusts, PEM";
    pod_network: Shape::Values(NETWORK_LIST), "`10.128.0.0/14`; with IPv6 machines `fd01::/48`", "", "two for dual stack, IPv4 first";
    host_prefix: Shape::Values(NUMBERS), "23; 64 for IPv6", "", "a node's share of each pod network";
    service_network: Shape::Values(NETWORK_LIST), "`172.30.0.0/16`; with IPv6 machines `fd02::/112`", "", "two for dual stack, IPv4 first";
    proxy: Shape::Map(&PROXY), "none", "", "the way to the world";
});

part!(PROXY_KEYS, "proxy" {
    http: Shape::Value(HTTP_URL), "none", "", "the proxy of http";
    https: Shape::Value(HTTP_URL), "none", "", "the proxy of https";
    no: Shape::Value(WORDS), "none", "", "what is reached without it, with commas";
});
