//! Nodes: every value with its default, and what is missing for one output or another.

use std::net::Ipv4Addr;

use super::super::raw::{RawNode, RawVars};
use super::super::section::Scalar;
use super::leaf::Leaves;
use super::network::Network;
use super::part::{bond, consoles, disk, interface, kargs};
use super::{Identity, node_place};
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::bond::Bond;
use crate::model::boot::KernelArg;
use crate::model::cluster::Helper;
use crate::model::console::Console;
use crate::model::disk::InstallDisk;
use crate::model::mac::MacAddr;
use crate::model::name::{Domain, Label};
use crate::model::net::InterfaceName;
use crate::model::node::{Addressing, Node, Role, StaticAddress};
use crate::model::settings::{AddressingChoice, Mode};
use crate::text::List;

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
    mode: Option<Mode>,
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
        self.name.as_ref().map_or_else(|| label_of(self.raw), ToString::to_string)
    }

    /// Says whether nothing names the interface whose address is set.
    pub(super) fn lacks_interface(&self) -> bool {
        self.interface.is_none() && self.raw.interface.is_none() && self.raw.bond.is_none()
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

    /// Returns the value that is the netmask of a static address.
    pub(super) fn netmask_scalar<'b>(&'b self, raw: &'b RawVars) -> Option<&'b Scalar> {
        let own = self.raw.netmask.as_ref().or(raw.okdboot.network.netmask.as_ref());
        own.or(raw.helper.netmask.as_ref()).or(raw.dhcp.as_ref().and_then(|d| d.netmask.as_ref()))
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
            mode: self.mode?,
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
    mode: Option<Mode>,
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
            mode: leaves.choice(raw.okdboot.mode.as_ref(), Mode::WORDS, Mode::Install),
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
            mode: raw.mode.as_ref().map_or(self.mode, |s| leaves.choice(Some(s), Mode::WORDS, Mode::Install)),
            place: node_place(leaves, raw).to_string(),
        }
    }

    fn required(&self, raw: &RawNode, scalar: Option<&'a Scalar>, key: &str) -> Option<&'a Scalar> {
        if scalar.is_none() && !self.leaves.is_faulty(&format!("{}.{key}", raw.path)) {
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
        let place = self.leaves.at(scalar);
        self.leaves.push_once(Diagnostic::new(Code::V110, message).at(&place, "with the domain").help(help));
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
        let own = self.leaves.addresses(&raw.nameservers);
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
    let nodes = || raw.bootstrap.iter().chain(raw.masters.iter().flatten()).chain(&raw.workers);
    let no_mac = |n: &RawNode| n.macaddr.is_none() && !leaves.is_faulty(&format!("{}.macaddr", n.path));
    let assumed = raw.dhcp.is_none() && raw.okdboot.addressing.is_none() && nodes().all(no_mac);
    if assumed && nodes().next().is_some() && !leaves.is_faulty("dhcp") && !leaves.is_faulty("staticips") {
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
    let mut servers = leaves.addresses(&own.nameservers);
    if servers.is_empty() {
        servers.clone_from(&network.name_servers);
    }
    if servers.is_empty() {
        servers.extend(helper.map(|h| h.address));
    }
    StaticAddress {
        gateway: gateway.map_or(network.router, address),
        netmask: netmask.map_or(network.netmask, |s| leaves.netmask(s)),
        name_servers: servers,
    }
}
