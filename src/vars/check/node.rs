//! Nodes: every value with its default, and what is missing for one output or another.

use std::net::Ipv4Addr;

use super::super::raw::{RawBond, RawNode, RawVars};
use super::super::section::Scalar;
use super::leaf::Leaves;
use super::network::Network;
use super::{Identity, about_nodes, node_place};
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::bond::{self, Bond, BondError, BondMode};
use crate::model::boot::{KernelArg, KernelArgError};
use crate::model::cluster::Helper;
use crate::model::console::Console;
use crate::model::disk::InstallDisk;
use crate::model::mac::MacAddr;
use crate::model::name::{Domain, Label};
use crate::model::net::InterfaceName;
use crate::model::node::{Addressing, Node, Role, StaticAddress};
use crate::model::settings::AddressingChoice;
use crate::text::{Count, List, did_you_mean};

/// A node whose leaves were parsed; a leaf that could not be is absent.
pub(super) struct Draft<'a> {
    pub(super) raw: &'a RawNode,
    pub(super) role: Role,
    pub(super) name: Option<Label>,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) mac: Option<MacAddr>,
    pub(super) addressing: Option<Addressing>,
    arch: Option<Arch>,
    interface: Option<InterfaceName>,
    bond: Option<Bond>,
    disk: Option<InstallDisk>,
    consoles: Vec<Console>,
    kargs: Vec<KernelArg>,
    place: String,
}

/// A host of `other`: it takes names and addresses, and boots by itself.
pub(super) struct Other<'a> {
    pub(super) raw: &'a RawNode,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) mac: Option<MacAddr>,
}

fn label_of(raw: &RawNode) -> String {
    raw.name.as_ref().map_or_else(|| raw.path.clone(), |name| name.text.clone())
}

impl Other<'_> {
    pub(super) fn label(&self) -> String {
        label_of(self.raw)
    }
}

impl Draft<'_> {
    /// Returns what messages call the node.
    pub(super) fn label(&self) -> String {
        label_of(self.raw)
    }

    pub(super) fn is_static(&self) -> bool {
        matches!(self.addressing, Some(Addressing::Static(_)))
    }

    /// Returns the value that defines the node's network.
    pub(super) fn network_scalar<'b>(&'b self, raw: &'b RawVars) -> Option<&'b Scalar> {
        let dhcp = raw.dhcp.as_ref();
        if !self.is_static() {
            return dhcp.and_then(|d| d.ipid.as_ref());
        }
        let own = self.raw.gateway.as_ref().or(raw.okdboot.network.gateway.as_ref());
        own.or(raw.helper.gateway.as_ref()).or(dhcp.and_then(|d| d.router.as_ref()))
    }

    /// Returns the node if every leaf is there.
    pub(super) fn finish(self) -> Option<Node> {
        Some(Node {
            name: self.name?,
            role: self.role,
            arch: self.arch?,
            mac: self.mac,
            address: self.address?,
            addressing: self.addressing?,
            interface: self.interface,
            bond: self.bond,
            disk: self.disk?,
            consoles: self.consoles,
            kargs: self.kargs,
            key: self.raw.path.clone(),
            place: self.place,
        })
    }
}

/// What holds for all nodes of a file.
pub(super) struct Scheme<'a> {
    leaves: &'a Leaves,
    raw: &'a RawVars,
    arch: Option<Arch>,
    base: Option<Domain>,
    default_static: bool,
    addressing: Option<AddressingChoice>,
    defaults: StaticAddress,
    interface: Option<InterfaceName>,
    consoles: Vec<Console>,
    kargs: Vec<KernelArg>,
    disk: Option<InstallDisk>,
    masters_disk: Option<InstallDisk>,
    workers_disk: Option<InstallDisk>,
}

impl<'a> Scheme<'a> {
    pub(super) fn new(
        leaves: &'a Leaves,
        raw: &'a RawVars,
        network: &Network,
        identity: Option<&Identity>,
        helper: Option<&Helper>,
        arch: Option<Arch>,
    ) -> Self {
        Self {
            leaves,
            raw,
            arch,
            base: identity.map(|(id, domain)| id.below(domain)),
            default_static: default_static(leaves, raw),
            addressing: addressing_choice(leaves, raw.okdboot.addressing.as_ref()),
            defaults: static_defaults(leaves, raw, network, helper),
            interface: raw.okdboot.network.interface.as_ref().and_then(|s| interface(leaves, s)),
            consoles: consoles(leaves, &raw.okdboot.console),
            kargs: kargs(leaves, &raw.okdboot.kargs),
            disk: raw.disk.as_ref().and_then(|s| disk(leaves, s)),
            masters_disk: raw.masters_disk.as_ref().and_then(|s| disk(leaves, s)),
            workers_disk: raw.workers_disk.as_ref().and_then(|s| disk(leaves, s)),
        }
    }

    pub(super) fn nodes(&self) -> Vec<Draft<'a>> {
        let bootstrap = self.raw.bootstrap.iter().map(|n| (Role::Bootstrap, n));
        let masters = self.raw.masters.iter().flatten().map(|n| (Role::ControlPlane, n));
        let workers = self.raw.workers.iter().map(|n| (Role::Worker, n));
        bootstrap.chain(masters).chain(workers).map(|(role, raw)| self.node(role, raw)).collect()
    }

    pub(super) fn others(&self) -> Vec<Other<'a>> {
        let host = |raw: &'a RawNode| Other {
            raw,
            address: raw.ipaddr.as_ref().and_then(|s| self.leaves.address(s)),
            mac: raw.macaddr.as_ref().and_then(|s| self.leaves.mac(s)),
        };
        self.raw.other.iter().map(host).collect()
    }

    fn node(&self, role: Role, raw: &'a RawNode) -> Draft<'a> {
        let leaves = self.leaves;
        let own_interface = raw.networkifacename.as_ref().or(raw.interface.as_ref());
        Draft {
            raw,
            role,
            name: self.name(raw),
            address: self.required(raw, raw.ipaddr.as_ref(), "ipaddr").and_then(|s| leaves.address(s)),
            mac: raw.macaddr.as_ref().and_then(|s| leaves.mac(s)),
            addressing: Some(self.addressing(raw)),
            arch: raw.arch.as_ref().map_or(self.arch, |s| arch(leaves, s)),
            interface: own_interface.map_or_else(|| self.interface.clone(), |s| interface(leaves, s)),
            bond: raw.bond.as_ref().and_then(|b| bond(leaves, b)),
            disk: self.disk(role, raw),
            consoles: joined(&self.consoles, consoles(leaves, &raw.console)),
            kargs: joined(&self.kargs, kargs(leaves, &raw.kargs)),
            place: node_place(leaves, raw).to_string(),
        }
    }

    fn required(&self, raw: &RawNode, scalar: Option<&'a Scalar>, key: &str) -> Option<&'a Scalar> {
        if scalar.is_none() {
            let message = format!("node `{}` has no `{key}`", label_of(raw));
            let place = node_place(self.leaves, raw);
            self.leaves.push(
                Diagnostic::new(Code::V015, message)
                    .at(&place, "")
                    .help(format!("add `{key}` to `{}`", raw.path)),
            );
        }
        scalar
    }

    /// A fully qualified name of this cluster is shortened; DNS gets the domain from the cluster.
    fn name(&self, raw: &'a RawNode) -> Option<Label> {
        let scalar = self.required(raw, raw.name.as_ref(), "name")?;
        let base = self.base.as_ref().map(|base| format!(".{base}"));
        let lower = scalar.text.trim().to_ascii_lowercase();
        let Some(short) = base.and_then(|base| lower.strip_suffix(&base).map(str::to_owned)) else {
            return self.leaves.name(scalar);
        };
        let message = format!("`{}` is fully qualified; read as `{short}`", scalar.path);
        let help = "helpernode would put the domain into DNS twice: write the short name";
        self.leaves.push(Diagnostic::new(Code::V110, message).at(&self.leaves.at(scalar), "").help(help));
        self.leaves.name(&Scalar { text: short, ..scalar.clone() })
    }

    fn addressing(&self, raw: &RawNode) -> Addressing {
        let chosen = addressing_choice(self.leaves, raw.addressing.as_ref());
        let by_name = raw.networkifacename.is_some().then_some(AddressingChoice::Static);
        let is_static = match chosen.or(by_name).or(self.addressing) {
            Some(choice) => choice == AddressingChoice::Static,
            None => self.default_static,
        };
        if is_static { Addressing::Static(self.static_address(raw)) } else { Addressing::Dhcp }
    }

    fn static_address(&self, raw: &RawNode) -> StaticAddress {
        let own: Vec<Ipv4Addr> = raw.nameservers.iter().filter_map(|s| self.leaves.address(s)).collect();
        StaticAddress {
            gateway: raw.gateway.as_ref().map_or(self.defaults.gateway, |s| self.leaves.address(s)),
            netmask: raw.netmask.as_ref().map_or(self.defaults.netmask, |s| self.leaves.netmask(s)),
            name_servers: if own.is_empty() { self.defaults.name_servers.clone() } else { own },
        }
    }

    fn disk(&self, role: Role, raw: &RawNode) -> Option<InstallDisk> {
        if let Some(scalar) = &raw.disk {
            return disk(self.leaves, scalar);
        }
        let of_role = match role {
            Role::Worker => self.workers_disk.clone(),
            Role::ControlPlane | Role::Bootstrap => self.masters_disk.clone(),
        };
        of_role.or_else(|| self.disk.clone()).or_else(|| Some(InstallDisk::assumed()))
    }

    fn has_disk(&self, node: &Draft) -> bool {
        let of_role = match node.role {
            Role::Worker => &self.raw.workers_disk,
            Role::ControlPlane | Role::Bootstrap => &self.raw.masters_disk,
        };
        node.raw.disk.is_some() || of_role.is_some() || self.raw.disk.is_some()
    }

    /// Reports what is not wrong but missing for one output: one message a subject, not one a node.
    pub(super) fn check_missing(&self, nodes: &[Draft]) {
        self.missing_disk(nodes);
        self.missing_gateway(nodes);
        self.missing_interface(nodes);
        self.missing_mac(nodes);
    }

    fn missing(
        &self,
        nodes: &[Draft],
        code: Code,
        lacks: impl Fn(&Draft) -> bool,
        message: &str,
    ) -> Option<Diagnostic> {
        let raws: Vec<&RawNode> = nodes.iter().filter(|n| lacks(n)).map(|n| n.raw).collect();
        if raws.is_empty() {
            return None;
        }
        let who = if raws.len() == nodes.len() && raws.len() > 1 {
            format!("all {}", Count(raws.len(), "node"))
        } else {
            let names: Vec<String> = raws.iter().map(|raw| label_of(raw)).collect();
            List::and(&names).to_string()
        };
        Some(about_nodes(self.leaves, code, format!("{who}: {message}"), &raws))
    }

    fn missing_disk(&self, nodes: &[Draft]) {
        let message = "no install disk is given; `/dev/sda` is assumed";
        if let Some(diagnostic) = self.missing(nodes, Code::V114, |n| !self.has_disk(n), message) {
            self.leaves.push(diagnostic.help("add `disk` at the top of the file, or to a node"));
        }
    }

    fn missing_gateway(&self, nodes: &[Draft]) {
        let lacks = |node: &Draft| match &node.addressing {
            Some(Addressing::Static(parts)) => parts.gateway.is_none() || parts.netmask.is_none(),
            _ => false,
        };
        let message = "a static address needs a gateway and a netmask; what writes it will refuse";
        if let Some(diagnostic) = self.missing(nodes, Code::V216, lacks, message) {
            self.leaves.push(diagnostic.help("add `gateway` and `netmask` under `okdboot.network`"));
        }
    }

    fn missing_interface(&self, nodes: &[Draft]) {
        let lacks = |node: &Draft| node.is_static() && node.interface.is_none() && node.raw.bond.is_none();
        let message = "no interface is named, so the first one with a link gets the static address";
        if let Some(diagnostic) = self.missing(nodes, Code::V217, lacks, message) {
            self.leaves.push(diagnostic.help("add `interface` under `okdboot.network`, or to a node"));
        }
    }

    fn missing_mac(&self, nodes: &[Draft]) {
        let lacks = |node: &Draft| node.raw.macaddr.is_none();
        let message = "without `macaddr` there is no network boot file; boot from the ISO";
        if let Some(mut diagnostic) = self.missing(nodes, Code::V218, lacks, message) {
            if nodes.iter().all(Draft::is_static) {
                diagnostic.severity = crate::diag::Severity::Notice;
            }
            self.leaves.push(diagnostic.help("`okdboot commands` prints what to type at the ISO"));
        }
    }
}

fn joined<T: Clone>(all: &[T], own: Vec<T>) -> Vec<T> {
    let mut joined = all.to_vec();
    joined.extend(own);
    joined
}

pub(super) fn cluster_arch(leaves: &Leaves, raw: &RawVars) -> Option<Arch> {
    let power = leaves.boolean(raw.ppc64le.as_ref()).unwrap_or(false);
    match raw.okdboot.arch.as_ref().or(raw.arch.as_ref()) {
        Some(scalar) => arch(leaves, scalar),
        None => Some(if power { Arch::Ppc64le } else { Arch::X86_64 }),
    }
}

fn arch(leaves: &Leaves, scalar: &Scalar) -> Option<Arch> {
    let help = format!("architectures are {}", List::or(&Arch::ALL));
    leaves.parse(Code::V115, scalar, &help)
}

/// Says whether nodes that choose nothing have static addresses.
fn default_static(leaves: &Leaves, raw: &RawVars) -> bool {
    if let Some(switch) = leaves.boolean(raw.staticips.as_ref()) {
        return switch;
    }
    if raw.dhcp_disabled {
        return true;
    }
    let mut nodes = raw.bootstrap.iter().chain(raw.masters.iter().flatten()).chain(&raw.workers);
    let assumed =
        raw.dhcp.is_none() && raw.okdboot.addressing.is_none() && nodes.all(|n| n.macaddr.is_none());
    if assumed {
        let message = "neither `dhcp` nor any `macaddr` is given, so addresses are taken to be static";
        leaves.push(Diagnostic::new(Code::V215, message).help("say so with `staticips: true`"));
    }
    assumed
}

fn addressing_choice(leaves: &Leaves, scalar: Option<&Scalar>) -> Option<AddressingChoice> {
    leaves.choice(Some(scalar?), AddressingChoice::WORDS, AddressingChoice::Static)
}

/// Gateway, netmask and name servers of nodes that do not name their own.
fn static_defaults(
    leaves: &Leaves,
    raw: &RawVars,
    network: &Network,
    helper: Option<&Helper>,
) -> StaticAddress {
    let own = &raw.okdboot.network;
    let address = |scalar: &Scalar| leaves.address(scalar);
    let gateway = own.gateway.as_ref().or(raw.helper.gateway.as_ref());
    let netmask = own.netmask.as_ref().or(raw.helper.netmask.as_ref());
    let servers: Vec<Ipv4Addr> = own.nameservers.iter().filter_map(address).collect();
    let fallback = network.name_server.or(helper.map(|h| h.address));
    StaticAddress {
        gateway: gateway.map_or(network.router, address),
        netmask: netmask.map_or(network.netmask, |s| leaves.netmask(s)),
        name_servers: if servers.is_empty() { fallback.into_iter().collect() } else { servers },
    }
}

fn interface(leaves: &Leaves, scalar: &Scalar) -> Option<InterfaceName> {
    leaves.parse(Code::V120, scalar, "write the name that the live system gives it, such as `ens3`")
}

fn disk(leaves: &Leaves, scalar: &Scalar) -> Option<InstallDisk> {
    let parsed: InstallDisk = leaves.parse(Code::V112, scalar, "write a device such as `/dev/sda`")?;
    if parsed.as_str() != scalar.text.trim() {
        let message = format!("`{}` is `{}`; read as `{parsed}`", scalar.path, scalar.text);
        leaves.push(Diagnostic::new(Code::V113, message).at(&leaves.at(scalar), "without `/dev/`"));
    }
    Some(parsed)
}

fn consoles(leaves: &Leaves, scalars: &[Scalar]) -> Vec<Console> {
    let help = "write it without `console=`, such as `ttyS0,115200n8` or `tty0`";
    scalars.iter().filter_map(|s| leaves.parse(Code::V118, s, help)).collect()
}

/// One string may hold several arguments, as people write them after `APPEND`.
fn kargs(leaves: &Leaves, scalars: &[Scalar]) -> Vec<KernelArg> {
    let mut args = Vec::new();
    for scalar in scalars {
        for word in scalar.text.split_whitespace() {
            match word.parse() {
                Ok(arg) => args.push(arg),
                Err(error) => leaves.refuse(Code::V117, scalar, &error, &karg_help(&error)),
            }
        }
    }
    args
}

fn karg_help(error: &KernelArgError) -> String {
    match error {
        KernelArgError::NoSuchArgument(name) if name == "coreos.inst" => "remove it".to_owned(),
        KernelArgError::NoSuchArgument(name) => {
            match did_you_mean(name, KernelArg::installer_args().iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("coreos-installer reads {}", List::and(KernelArg::installer_args())),
            }
        }
        KernelArgError::Reserved { .. } => "remove it here and set those keys".to_owned(),
        _ => String::new(),
    }
}

fn bond(leaves: &Leaves, raw: &RawBond) -> Option<Bond> {
    let help = "the name of the bonded interface, such as `bond0`";
    let name = interface(leaves, leaves.required(raw.name.as_ref(), "bond.name", help)?)?;
    let ports: Vec<InterfaceName> = raw.ports.iter().map(|s| interface(leaves, s)).collect::<Option<_>>()?;
    let mode = raw.mode.as_ref().map_or("active-backup", |s| s.text.as_str());
    let built = || -> Result<Bond, BondError> {
        let mtu = raw.mtu.as_ref().map(|s| bond::parse_mtu(&s.text)).transpose()?;
        Bond::new(name, ports, BondMode::parse(mode)?, mtu)
    };
    match built() {
        Ok(bond) => Some(bond),
        Err(error) => {
            let place = leaves.place(raw.mode.as_ref().map_or(raw.span, |s| s.span));
            let help = format!("modes are {}", List::and(&BondMode::NAMES));
            leaves.push(Diagnostic::new(Code::V121, error.to_string()).at(&place, "in this bond").help(help));
            None
        }
    }
}
