//! The keys of a machine.

use super::kind::{
    ADDRESS, ADDRESS_LIST, ADDRESSING, ARCH, ARGUMENTS, BOOLEAN, BUS_IDS, CONSOLES, CONSOLES_OR_NONE, DEVICE,
    DOMAIN, FCP_DEVICES, FILE, HTTPS_URL, INTERFACE, LABEL, MAC, MAC_LIST, MODE, NETMASK, NETWORK_DEVICES,
    PARTITION_LABELS, PARTITION_NUMBERS, POOL,
};
use super::link::LINK;
use super::{Mapping, Shape, part};

/// A node, or a host of `other`.
pub static NODE: Mapping =
    Mapping { name: "node", is_own: false, parts: &[&KEYS, &INSTALLED, &CHANNEL, &LINK] };

part!(KEYS, "node" {
    name: Shape::Value(LABEL), "required", "h", "may carry the cluster's domain";
    fqdn: Shape::Value(DOMAIN), "`name` below the cluster's domain", "", "the whole name of a machine outside the cluster's domain; another name server has its record";
    ipaddr: Shape::Value(ADDRESS), "required", "h", "IPv4, or IPv6 for a node without IPv4";
    macaddr: Shape::Values(MAC_LIST), "none", "h", "colons, dashes, dots or bare, in either case; without it there is no network boot file. A list names every interface that may boot the machine, the usual one first";
    networkifacename: Shape::Value(INTERFACE), "none", "h", "the interface, and a static address";
    interface: Shape::Value(INTERFACE), "`okdboot.network.interface`", "f", "the interface only";
    disk | install_drive: Shape::Value(DEVICE), "by role, then `disk`", "v2, f", "the node's own disk";
    arch: Shape::Value(ARCH), "the cluster's", "", "`x86_64`, `aarch64`, `ppc64le`, `s390x`, or Go's names";
    addressing: Shape::Value(ADDRESSING), "the cluster's", "", "decides before everything else";
    gateway: Shape::Value(ADDRESS), "the cluster's", "", "where its packets leave the network";
    netmask | prefix: Shape::Value(NETMASK), "the cluster's", "", "such as `255.255.255.0`, or `24`";
    nameservers: Shape::Values(ADDRESS_LIST), "the cluster's", "", "whom it asks for names";
    mode: Shape::Value(MODE), "the cluster's", "", "what a network boot does; see docs/modes.md";
    console: Shape::Values(CONSOLES), "none; `ttysclp0` for the live boot of s390x", "", "of the live boot, and of the installed system where nothing else is said and the way of installing carries it; after the cluster's; the last one is the primary";
    kargs: Shape::Values(ARGUMENTS), "none", "", "after the cluster's; one string may hold several. Of the live boot only; those of the installer, such as `coreos.inst.insecure`, are options of the printed command too";
    ignition | pool: Shape::Value(POOL), "that of its role", "", "another Ignition file than its role's: `infra` or `infra.ign` is `infra.ign` in the folder of Ignition files, `infra.bu` there is Butane, which `butane` translates. For machine config pools, and for machines with a file of their own";
    bmc: Shape::Value(HTTPS_URL), "none", "", "where its BMC answers Redfish, such as `https://10.0.0.31`, or with its system, `https://10.0.0.31/redfish/v1/Systems/1`: `okdboot commands --method power` prints how to boot it from the network once. No user and no password belongs here";
    ifname: Shape::Free(MAC), "none", "", "names of NICs by their MAC addresses";
});

part!(INSTALLED, "installed" {
    installed_console: Shape::Values(CONSOLES_OR_NONE), "those of `console`", "", "of the installed system; a node's own come after the cluster's. docs/disks.md has what follows";
    installed_kargs: Shape::Values(ARGUMENTS), "none", "", "added to the installed system's, for every boot; a node's own come after the cluster's";
    installed_kargs_delete: Shape::Values(ARGUMENTS), "none", "", "taken from the image's own";
    multipath: Shape::Value(BOOLEAN), "`false`", "", "several paths lead to the disk; a node's own wins";
    save_partlabel: Shape::Values(PARTITION_LABELS), "none", "", "partitions of these labels stay";
    save_partindex: Shape::Values(PARTITION_NUMBERS), "none", "", "partitions of these numbers stay: `5`, `5-7`, `5-`, `-7`";
    pre_install: Shape::Values(FILE), "none", "", "scripts that media run before the installation, those of `okdboot` first: `okdboot commands --method iso` and `--method pxe`";
    post_install: Shape::Values(FILE), "none", "", "scripts that media run after it";
});

part!(CHANNEL, "channel" {
    znet: Shape::Values(NETWORK_DEVICES), "none", "", "s390x: a string a device, `qeth,<read>,<write>,<data>`, or `lcs` or `ctc` with two bus ids, and options such as `layer2=1,portno=0`; see docs/loaders.md";
    dasd: Shape::Values(BUS_IDS), "none", "", "s390x: such as `0.0.3490`, or `0.0.3490-0.0.3497`";
    zfcp: Shape::Values(FCP_DEVICES), "none", "", "s390x: `<adapter>,<wwpn>,<lun>`, a string a path; the adapter alone where the kernel may look for disks";
    allow_lun_scan: Shape::Value(BOOLEAN), "the kernel's", "", "s390x: whether disks are attached that `zfcp` does not name";
    secure_ipl: Shape::Value(BOOLEAN), "`false`", "", "s390x: the installed system starts by secure boot";
});
