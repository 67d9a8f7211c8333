//! The keys of the file itself, most of them helpernode's.

use super::kind::{
    ADDRESS, ADDRESSES, ARCH, BOOLEAN, DEVICE, DOMAIN, HELPER_STATE, HOST_NAME, INTERFACE, LABEL,
    NAME_OR_ADDRESS, NETMASK, PRIORITY, REPOSITORY, SERVICE_LIST, URL, WORDS,
};
use super::node::NODE;
use super::settings::SETTINGS;
use super::{Mapping, Shape, part};

/// The file.
pub static TOP: Mapping = Mapping {
    name: "vars.yaml",
    is_own: false,
    parts: &[&CLUSTER, &AROUND, &NODES, &OWN, &SEVERAL, &CLOCK, &UNUSED],
};

static HELPER: Mapping = Mapping { name: "helper", is_own: false, parts: &[&HELPER_KEYS] };
static DNS: Mapping = Mapping { name: "dns", is_own: false, parts: &[&DNS_KEYS] };
static DHCP: Mapping = Mapping { name: "dhcp", is_own: false, parts: &[&DHCP_KEYS] };
static OTHERS: Mapping = Mapping { name: "others", is_own: false, parts: &[&OTHERS_KEYS] };
static FAILOVER: Mapping = Mapping { name: "high_availability", is_own: false, parts: &[&FAILOVER_KEYS] };
static HELPERNODE: Mapping = Mapping { name: "helpernode", is_own: false, parts: &[&HELPERNODE_KEYS] };
static REGISTRY: Mapping = Mapping { name: "setup_registry", is_own: false, parts: &[&REGISTRY_KEYS] };
static CHRONY: Mapping = Mapping { name: "chronyconfig", is_own: false, parts: &[&CHRONY_KEYS] };
static TIME_SERVER: Mapping = Mapping { name: "server", is_own: false, parts: &[&TIME_SERVER_KEYS] };

part!(CLUSTER, "cluster" {
    disk: Shape::Value(DEVICE), "`/dev/sda`, with a warning", "h", "what nodes are installed on; `/dev/` may be left out";
    masters_disk: Shape::Value(DEVICE), "`disk`", "f", "the same for bootstrap, masters and arbiters";
    workers_disk: Shape::Value(DEVICE), "`disk`", "f", "the same for workers";
    arch: Shape::Value(ARCH), "`x86_64`", "v2", "as `okdboot.arch`, which wins";
    ppc64le: Shape::Value(BOOLEAN), "`false`", "h", "makes `ppc64le` the default architecture";
    staticips: Shape::Value(BOOLEAN), "see below", "h", "nodes have static addresses";
    disabledServices: Shape::Values(SERVICE_LIST), "none", "v2", "with `dhcp` among them, nodes have static addresses";
    ipi: Shape::Value(BOOLEAN), "`false`", "h", "a warning: the installer provisions the nodes itself";
    baremetal: Shape::Value(BOOLEAN), "`true`", "h", "a warning where it is `false`: okdboot writes boot files all the same";
    ocp_install_kernel | okd_install_kernel: Shape::Value(URL), "from the stream", "h, f", "the live kernel";
    ocp_initramfs | okd_initramfs: Shape::Value(URL), "from the stream", "h, f", "the live initramfs";
    ocp_bios | okd_bios: Shape::Value(URL), "from the stream", "h, f", "the live rootfs";
    ocp_client | okd_client: Shape::Value(URL), "none", "h, f", "`oc`: fetched to `<out>/clients` and pinned; machines never load it";
    ocp_installer | okd_installer: Shape::Value(URL), "none", "h, f", "openshift-install: fetched to `<out>/clients` and pinned";
});

part!(AROUND, "around" {
    helper: Shape::Map(&HELPER), "required", "h", "the machine that the others fetch from";
    dns: Shape::Map(&DNS), "required", "h", "names";
    dhcp: Shape::Map(&DHCP), "none", "h", "addresses";
});

part!(HELPER_KEYS, "helper" {
    name: Shape::Value(HOST_NAME), "`helper`", "h", "the machine that serves the others; may be fully qualified";
    ipaddr: Shape::Value(ADDRESS), "required", "h", "what nodes fetch from, and their name server";
    gateway: Shape::Value(ADDRESS), "`dhcp.router`", "f", "the nodes' gateway";
    netmask: Shape::Value(NETMASK), "`dhcp.netmask`", "f", "the nodes' netmask";
    networkifacename: Shape::Value(INTERFACE), "none", "h", "the helper's interface on the machines' network, for its services";
    ingress_ipaddr: Shape::Value(ADDRESS), "`dns.lb_ipaddr`", "f", "as `okdboot.services.ingress_ipaddr`, which wins";
    networkifdefault | macaddr | api_ipaddr: Shape::Unused, "", "h, f", "not used";
});

part!(DNS_KEYS, "dns" {
    domain: Shape::Value(DOMAIN), "required", "h", "`baseDomain` of install-config";
    clusterid: Shape::Value(LABEL), "required", "h", "`metadata.name` of install-config";
    lb_ipaddr: Shape::Value(ADDRESS), "the helper", "h", "the load balancer; must not be a node";
    forwarder1: Shape::Value(ADDRESSES), "none", "h", "whom the helper's name server asks about other names";
    forwarder2: Shape::Value(ADDRESSES), "none", "h", "the second of them";
});

part!(DHCP_KEYS, "dhcp" {
    router: Shape::Value(ADDRESS), "none", "h", "the gateway of static nodes that have no other";
    netmask: Shape::Value(NETMASK), "none", "h", "their netmask";
    bcast: Shape::Value(ADDRESS), "none", "h", "compared with the network";
    poolstart: Shape::Value(ADDRESS), "none", "h", "the first address of the pool; compared with the nodes";
    poolend: Shape::Value(ADDRESS), "none", "h", "the last address of the pool";
    ipid: Shape::Value(ADDRESS), "none", "h", "the network that nodes must be in";
    netmaskid: Shape::Value(NETMASK), "`dhcp.netmask`", "h", "its mask";
    dns: Shape::Value(ADDRESSES), "the helper", "h", "name servers of static nodes; several with commas";
});

part!(NODES, "nodes" {
    bootstrap | bootnode: Shape::Map(&NODE), "none", "h, f", "the bootstrap machine; leave it out once it is gone";
    masters: Shape::Maps(&NODE), "required without `nodes`", "h", "the control plane: 1, 3, 4 or 5";
    arbiters: Shape::Maps(&NODE), "none", "okdboot alone", "members of etcd beside 2 masters, from release 4.22 on; they boot `arbiter.ign`";
    workers: Shape::Maps(&NODE), "none", "h", "none, empty or absent: a compact cluster";
    nodes: Shape::Maps(&NODE), "none", "okdboot alone", "machines that form no OpenShift cluster, with `okdboot.kind: live`; they boot `node.ign`, or what `ignition` names";
    other: Shape::Maps(&NODE), "none", "h", "hosts whose names and addresses are taken";
    others: Shape::MapsOrMap(&NODE, &OTHERS), "none", "f", "the same; the mapping has them under `hosts`";
});

part!(OTHERS_KEYS, "others" {
    hosts: Shape::Maps(&NODE), "none", "f", "the hosts";
    domain: Shape::Unused, "", "f", "not used";
});

part!(OWN, "own" {
    okdboot: Shape::Map(&SETTINGS), "none", "okdboot alone", "the settings of okdboot";
});

part!(SEVERAL, "several" {
    high_availability: Shape::Map(&FAILOVER), "none", "h", "several helpers share `helper.ipaddr`";
    setup_registry: Shape::Map(&REGISTRY), "none", "h", "a registry on the helper that mirrors the release";
    fips: Shape::Value(BOOLEAN), "`false`", "h", "`fips: true` in install-config";
});

part!(FAILOVER_KEYS, "high_availability" {
    helpernodes: Shape::Maps(&HELPERNODE), "none", "h", "the helpers";
});

part!(HELPERNODE_KEYS, "helpernode" {
    name: Shape::Value(LABEL), "required", "h", "its name";
    ipaddr: Shape::Value(ADDRESS), "required", "h", "its own address";
    state: Shape::Value(HELPER_STATE), "`BACKUP`", "h", "who has the address first";
    priority: Shape::Value(PRIORITY), "100, 90", "h", "1 to 254";
});

part!(REGISTRY_KEYS, "registry" {
    deploy: Shape::Value(BOOLEAN), "`false`", "h", "then install-config names it";
    local_repo: Shape::Value(REPOSITORY), "`ocp4/openshift4`", "h", "where it holds the release";
    autosync_registry | registry_image | product_repo | release_name | release_tag | registry_user | registry_password
        | remote_registry | ocp_channel_name | ocp_min_version | ocp_max_version:
        Shape::Unused, "", "h", "not used, and never shown";
});

part!(CLOCK, "clock" {
    chronyconfig: Shape::Map(&CHRONY), "none", "h", "where the nodes take their time from";
});

part!(CHRONY_KEYS, "chronyconfig" {
    enabled: Shape::Value(BOOLEAN), "`false`", "h", "without it, helpernode does not set the nodes' time servers, and they are not asked";
    content: Shape::Maps(&TIME_SERVER), "none", "h", "the time servers";
});

part!(TIME_SERVER_KEYS, "server" {
    server: Shape::Value(NAME_OR_ADDRESS), "none", "h", "one of them";
    options: Shape::Value(WORDS), "none", "h", "options of the server, such as `iburst`";
});

part!(UNUSED, "unused" {
    chars | force_ocp_download | download_imgs | remove_old_config_files | machineconfig_path | version:
        Shape::Unused, "", "h", "how helpernode itself runs";
    helm_source | ocp_filetranspiler | install_filetranspiler: Shape::Unused, "", "h", "programs that it downloads";
    nfs | ports | ssh_gen_key | pluggableServices: Shape::Unused, "", "h", "services of the helper";
    ipiip | haproxy_apiserver_healthcheck: Shape::Unused, "", "h", "the load balancer";
    secure_http | secure_named | secure_nfs: Shape::Unused, "", "h", "how those services are restricted";
    pxe | uefi: Shape::Unused, "", "h", "which boot files it writes; okdboot writes all that a node can boot";
});
