//! What a vars.yaml says, in the shape of a helpernode inventory: nothing is checked, nothing
//! defaulted, and every leaf knows its place.
//!
//! The dialects of the wild are translated here, each with a notice, so that `check` sees one
//! spelling only.

use super::section::{Reader, Scalar, Section, Unknown};
use crate::diag::{Code, Diagnostic, Span};

/// A whole file.
#[derive(Debug, Default)]
pub struct RawVars {
    /// `disk`
    pub disk: Option<Scalar>,
    /// `masters_disk` of a dialect.
    pub masters_disk: Option<Scalar>,
    /// `workers_disk` of a dialect.
    pub workers_disk: Option<Scalar>,
    /// `helper`
    pub helper: RawHelper,
    /// `dns`
    pub dns: RawDns,
    /// `dhcp`
    pub dhcp: Option<RawDhcp>,
    /// `bootstrap`
    pub bootstrap: Option<RawNode>,
    /// `masters`; absent where the key is.
    pub masters: Option<Vec<RawNode>>,
    /// `workers`
    pub workers: Vec<RawNode>,
    /// `other`
    pub other: Vec<RawNode>,
    /// `staticips`, or `dhcp` among the disabled services of helpernode v2.
    pub staticips: Option<Scalar>,
    /// `ppc64le`
    pub ppc64le: Option<Scalar>,
    /// `ipi`
    pub ipi: Option<Scalar>,
    /// `baremetal`
    pub baremetal: Option<Scalar>,
    /// `arch` of helpernode v2.
    pub arch: Option<Scalar>,
    /// `ocp_install_kernel`
    pub kernel: Option<Scalar>,
    /// `ocp_initramfs`
    pub initramfs: Option<Scalar>,
    /// `ocp_bios`
    pub bios: Option<Scalar>,
    /// Whether helpernode v2 switches DHCP off.
    pub dhcp_disabled: bool,
    /// `okdboot`
    pub okdboot: RawSettings,
}

/// `helper`
#[derive(Debug, Default)]
pub struct RawHelper {
    /// `name`
    pub name: Option<Scalar>,
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `gateway` of a dialect.
    pub gateway: Option<Scalar>,
    /// `netmask` of a dialect.
    pub netmask: Option<Scalar>,
}

/// `dns`
#[derive(Debug, Default)]
pub struct RawDns {
    /// `domain`
    pub domain: Option<Scalar>,
    /// `clusterid`
    pub clusterid: Option<Scalar>,
    /// `lb_ipaddr`
    pub lb_ipaddr: Option<Scalar>,
}

/// `dhcp`
#[derive(Debug, Default)]
pub struct RawDhcp {
    /// `router`
    pub router: Option<Scalar>,
    /// `bcast`
    pub bcast: Option<Scalar>,
    /// `netmask`
    pub netmask: Option<Scalar>,
    /// `poolstart`
    pub poolstart: Option<Scalar>,
    /// `poolend`
    pub poolend: Option<Scalar>,
    /// `ipid`
    pub ipid: Option<Scalar>,
    /// `netmaskid`
    pub netmaskid: Option<Scalar>,
    /// `dns`
    pub dns: Option<Scalar>,
}

/// A node, or a host of `other`.
#[derive(Debug, Default)]
pub struct RawNode {
    /// `workers[1]`
    pub path: String,
    /// The place of the mapping.
    pub span: Span,
    /// `name`
    pub name: Option<Scalar>,
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `macaddr`
    pub macaddr: Option<Scalar>,
    /// `networkifacename`: names the interface and means a static address.
    pub networkifacename: Option<Scalar>,
    /// `interface`: names the interface only.
    pub interface: Option<Scalar>,
    /// `disk` or `install_drive`
    pub disk: Option<Scalar>,
    /// `arch`
    pub arch: Option<Scalar>,
    /// `addressing`
    pub addressing: Option<Scalar>,
    /// `gateway`
    pub gateway: Option<Scalar>,
    /// `netmask` or `prefix`
    pub netmask: Option<Scalar>,
    /// `nameservers`
    pub nameservers: Vec<Scalar>,
    /// `console`
    pub console: Vec<Scalar>,
    /// `kargs`
    pub kargs: Vec<Scalar>,
    /// `bond`
    pub bond: Option<RawBond>,
}

/// `bond` of a node.
#[derive(Debug)]
pub struct RawBond {
    /// The place of the mapping.
    pub span: Span,
    /// `name`
    pub name: Option<Scalar>,
    /// `int1`, `int2`, or the entries of `ports`.
    pub ports: Vec<Scalar>,
    /// `mode`
    pub mode: Option<Scalar>,
    /// `mtu`
    pub mtu: Option<Scalar>,
}

/// `okdboot`
#[derive(Debug, Default)]
pub struct RawSettings {
    /// `stream`
    pub stream: Option<Scalar>,
    /// `url`
    pub url: Option<Scalar>,
    /// `arch`
    pub arch: Option<Scalar>,
    /// `ignition_url`
    pub ignition_url: Option<Scalar>,
    /// `ignition_base`
    pub ignition_base: Option<Scalar>,
    /// `ignition_pin`
    pub ignition_pin: Option<Scalar>,
    /// `ignition`
    pub ignition: Option<Scalar>,
    /// `group`
    pub group: Option<Scalar>,
    /// `pxelinux`
    pub pxelinux: Option<Scalar>,
    /// `grub`
    pub grub: Option<Scalar>,
    /// `grub_prefix`
    pub grub_prefix: Option<Scalar>,
    /// `ipxe`
    pub ipxe: Option<Scalar>,
    /// `addressing`
    pub addressing: Option<Scalar>,
    /// `console`
    pub console: Vec<Scalar>,
    /// `kargs`
    pub kargs: Vec<Scalar>,
    /// `sha256`, by file name.
    pub sha256: Vec<(Scalar, Scalar)>,
    /// `network`
    pub network: RawNetwork,
}

/// `okdboot.network`
#[derive(Debug, Default)]
pub struct RawNetwork {
    /// `gateway`
    pub gateway: Option<Scalar>,
    /// `netmask` or `prefix`
    pub netmask: Option<Scalar>,
    /// `interface`
    pub interface: Option<Scalar>,
    /// `nameservers`
    pub nameservers: Vec<Scalar>,
}

/// Keys of helpernode that concern its own services only.
const HELPERNODE_ONLY: [&str; 25] = [
    "chars",
    "chronyconfig",
    "download_imgs",
    "fips",
    "force_ocp_download",
    "haproxy_apiserver_healthcheck",
    "helm_source",
    "high_availability",
    "ipiip",
    "machineconfig_path",
    "nfs",
    "ocp_client",
    "ocp_installer",
    "okd_client",
    "okd_installer",
    "pluggableServices",
    "ports",
    "pxe",
    "remove_old_config_files",
    "secure_http",
    "secure_named",
    "secure_nfs",
    "ssh_gen_key",
    "uefi",
    "version",
];

impl RawVars {
    /// Fills the shape from a file's top-level mapping.
    pub fn read(reader: &Reader) -> Option<Self> {
        let mut top = reader.root()?;
        top.ignore(&HELPERNODE_ONLY);
        let vars = Self {
            disk: top.scalar("disk"),
            masters_disk: dialect(&mut top, "masters_disk", "the disk of every master"),
            workers_disk: dialect(&mut top, "workers_disk", "the disk of every worker"),
            helper: top.map("helper").map(RawHelper::read).unwrap_or_default(),
            dns: top.map("dns").map(RawDns::read).unwrap_or_default(),
            dhcp: top.map("dhcp").map(RawDhcp::read),
            bootstrap: read_bootstrap(&mut top),
            masters: read_nodes(&mut top, "masters"),
            workers: read_nodes(&mut top, "workers").unwrap_or_default(),
            other: read_other(&mut top),
            staticips: top.scalar("staticips"),
            ppc64le: top.scalar("ppc64le"),
            ipi: top.scalar("ipi"),
            baremetal: top.scalar("baremetal"),
            arch: dialect(&mut top, "arch", "the architecture of every node"),
            kernel: either(&mut top, "ocp_install_kernel", "okd_install_kernel"),
            initramfs: either(&mut top, "ocp_initramfs", "okd_initramfs"),
            bios: either(&mut top, "ocp_bios", "okd_bios"),
            dhcp_disabled: top.scalars("disabledServices").iter().any(|service| service.text == "dhcp"),
            okdboot: top.map("okdboot").map(RawSettings::read).unwrap_or_default(),
        };
        hide_registry(&mut top);
        top.finish(Unknown::Warn);
        Some(vars)
    }
}

impl RawHelper {
    fn read(mut section: Section) -> Self {
        section.ignore(&["api_ipaddr", "ingress_ipaddr", "networkifacename", "networkifdefault", "macaddr"]);
        let helper = Self {
            name: section.scalar("name"),
            ipaddr: section.scalar("ipaddr"),
            gateway: dialect(&mut section, "gateway", "the nodes' gateway"),
            netmask: dialect(&mut section, "netmask", "the nodes' netmask"),
        };
        section.finish(Unknown::Warn);
        helper
    }
}

impl RawDns {
    fn read(mut section: Section) -> Self {
        section.ignore(&["forwarder1", "forwarder2"]);
        let dns = Self {
            domain: section.scalar("domain"),
            clusterid: section.scalar("clusterid"),
            lb_ipaddr: section.scalar("lb_ipaddr"),
        };
        section.finish(Unknown::Warn);
        dns
    }
}

impl RawDhcp {
    fn read(mut section: Section) -> Self {
        let dhcp = Self {
            router: section.scalar("router"),
            bcast: section.scalar("bcast"),
            netmask: section.scalar("netmask"),
            poolstart: section.scalar("poolstart"),
            poolend: section.scalar("poolend"),
            ipid: section.scalar("ipid"),
            netmaskid: section.scalar("netmaskid"),
            dns: section.scalar("dns"),
        };
        section.finish(Unknown::Warn);
        dhcp
    }
}

impl RawNode {
    fn read(mut section: Section) -> Self {
        let node = Self {
            path: section.path().to_owned(),
            span: section.span(),
            name: section.scalar("name"),
            ipaddr: section.scalar("ipaddr"),
            macaddr: section.scalar("macaddr"),
            networkifacename: dialect(
                &mut section,
                "networkifacename",
                "the node's interface, with a static address as in helpernode",
            ),
            interface: dialect(
                &mut section,
                "interface",
                "the node's interface, which helpernode does not know",
            ),
            disk: read_disk(&mut section),
            arch: section.scalar("arch"),
            addressing: section.scalar("addressing"),
            gateway: section.scalar("gateway"),
            netmask: either_of(&mut section, "netmask", "prefix"),
            nameservers: section.scalars("nameservers"),
            console: section.scalars("console"),
            kargs: section.scalars("kargs"),
            bond: read_bond(&mut section),
        };
        section.finish(Unknown::Warn);
        node
    }
}

impl RawBond {
    fn read(mut section: Section) -> Self {
        let mut ports = section.scalars("ports");
        ports.extend(section.scalar("int1"));
        ports.extend(section.scalar("int2"));
        let bond = Self {
            span: section.span(),
            name: section.scalar("name"),
            ports,
            mode: section.scalar("mode"),
            mtu: section.scalar("mtu"),
        };
        section.finish(Unknown::Warn);
        bond
    }
}

impl RawSettings {
    fn read(mut section: Section) -> Self {
        let settings = Self {
            stream: section.scalar("stream"),
            url: section.scalar("url"),
            arch: section.scalar("arch"),
            ignition_url: section.scalar("ignition_url"),
            ignition_base: section.scalar("ignition_base"),
            ignition_pin: section.scalar("ignition_pin"),
            ignition: section.scalar("ignition"),
            group: section.scalar("group"),
            pxelinux: section.scalar("pxelinux"),
            grub: section.scalar("grub"),
            grub_prefix: section.scalar("grub_prefix"),
            ipxe: section.scalar("ipxe"),
            addressing: section.scalar("addressing"),
            console: section.scalars("console"),
            kargs: section.scalars("kargs"),
            sha256: section.free("sha256"),
            network: section.map("network").map(RawNetwork::read).unwrap_or_default(),
        };
        section.finish(Unknown::Refuse("okdboot"));
        settings
    }
}

impl RawNetwork {
    fn read(mut section: Section) -> Self {
        let network = Self {
            gateway: section.scalar("gateway"),
            netmask: either_of(&mut section, "netmask", "prefix"),
            interface: section.scalar("interface"),
            nameservers: section.scalars("nameservers"),
        };
        section.finish(Unknown::Refuse("okdboot.network"));
        network
    }
}

fn dialect(section: &mut Section, key: &'static str, meaning: &str) -> Option<Scalar> {
    let value = section.scalar(key)?;
    section.understood(key, meaning);
    Some(value)
}

/// Reads a key that another dialect spells differently, with a notice.
fn either(section: &mut Section, key: &'static str, alias: &'static str) -> Option<Scalar> {
    let aliased = dialect(section, alias, &format!("`{key}`"));
    let value = section.scalar(key);
    agree(section, value, aliased)
}

/// Reads a key of okdboot's own that has two spellings.
fn either_of(section: &mut Section, key: &'static str, alias: &'static str) -> Option<Scalar> {
    let aliased = section.scalar(alias);
    let value = section.scalar(key);
    agree(section, value, aliased)
}

/// Takes the one that is given; two that differ are a fault.
fn agree(section: &Section, value: Option<Scalar>, alias: Option<Scalar>) -> Option<Scalar> {
    let (Some(value), Some(alias)) = (&value, &alias) else { return value.or(alias) };
    if value.text != alias.text {
        section.report(
            Diagnostic::new(
                Code::V017,
                format!("`{}` and `{}` mean the same and differ", value.path, alias.path),
            )
            .at(&section.place(alias.span), "one of the two is wrong")
            .also(&section.place(value.span), "the other one")
            .help("delete one of the two"),
        );
    }
    Some(value.clone())
}

fn read_nodes(top: &mut Section, key: &'static str) -> Option<Vec<RawNode>> {
    Some(top.maps(key)?.into_iter().map(RawNode::read).collect())
}

fn read_bootstrap(top: &mut Section) -> Option<RawNode> {
    let alias = top.map("bootnode");
    if alias.is_some() {
        top.understood("bootnode", "`bootstrap`");
    }
    let bootstrap = top.map("bootstrap");
    bootstrap.or(alias).map(RawNode::read)
}

/// `other`, and `others` as a list or as a mapping with `hosts`.
fn read_other(top: &mut Section) -> Vec<RawNode> {
    let mut hosts = read_nodes(top, "other").unwrap_or_default();
    if top.key_span("others").is_some() {
        top.understood("others", "`other`");
        let listed = if top.is_map("others") {
            top.map("others").and_then(|mut section| {
                section.ignore(&["domain"]);
                let hosts = section.maps("hosts");
                section.finish(Unknown::Warn);
                hosts
            })
        } else {
            top.maps("others")
        };
        hosts.extend(listed.unwrap_or_default().into_iter().map(RawNode::read));
    }
    hosts
}

fn read_disk(section: &mut Section) -> Option<Scalar> {
    let alias = dialect(section, "install_drive", "the node's `disk`");
    let disk = dialect(section, "disk", "the node's own disk; helpernode has one for all nodes");
    agree(section, disk, alias)
}

fn read_bond(section: &mut Section) -> Option<RawBond> {
    let bond = section.map("bond")?;
    section.understood("bond", "the node's bond, which helpernode does not know");
    Some(RawBond::read(bond))
}

/// The registry's settings are helpernode's; its password must not appear in a frame.
fn hide_registry(top: &mut Section) {
    if let Some(mut registry) = top.map("setup_registry") {
        registry.secret("registry_password");
    }
}
