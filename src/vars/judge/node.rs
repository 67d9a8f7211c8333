//! Nodes: every value with its default, beside what else they have.

use std::net::IpAddr;

use super::super::raw::{RawNode, RawVars};
use super::super::read::file::FileDraft;
use super::super::read::identity::Identity;
use super::super::read::node::{NodeDraft, label};
use super::super::read::usual::UsualDraft;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::candidate::NetworkCandidate;
use super::channel;
use super::defaults::Defaults;
use super::installed;
use super::link::LinkCandidate;
use super::subnet::Subnet;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::boot::KernelArg;
use crate::model::channel::Channel;
use crate::model::console::Console;
use crate::model::disk::InstallDisk;
use crate::model::installed::Installed;
use crate::model::mac::MacAddr;
use crate::model::name::{Domain, Label};
use crate::model::node::Node;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::model::url::BaseUrl;

/// A node with every default; a value that was refused is absent.
pub(super) struct Candidate<'a> {
    pub(super) raw: &'a RawNode,
    pub(super) role: Role,
    pub(super) name: Option<Label>,
    pub(super) fqdn: Option<Domain>,
    pub(super) address: Option<IpAddr>,
    pub(super) mac: Option<MacAddr>,
    /// Those that follow it, each with its place.
    pub(super) more_macs: &'a [(MacAddr, &'a Scalar)],
    pub(super) network: NetworkCandidate<'a>,
    pub(super) arch: Option<Arch>,
    pub(super) disk: Option<InstallDisk>,
    consoles: Vec<Console>,
    pub(super) kargs: Vec<KernelArg>,
    pub(super) pool: Option<Pool>,
    channel: Channel,
    pub(super) installed: Installed,
    pub(super) mode: Option<Mode>,
    bmc: Option<BaseUrl>,
    place: String,
}

impl<'a> Candidate<'a> {
    /// Returns what messages call the node.
    pub(super) fn label(&self) -> String {
        self.name.as_ref().map_or_else(|| label(self.raw), ToString::to_string)
    }

    /// Returns the link that the node is known by.
    pub(super) fn main(&self) -> Option<&LinkCandidate<'a>> {
        self.network.links.first()
    }

    /// Says whether the node boots from a NIC.
    pub(super) fn boots_by(&self, mac: MacAddr) -> bool {
        self.mac == Some(mac) || self.more_macs.iter().any(|(more, _)| *more == mac)
    }

    pub(super) fn is_static(&self) -> bool {
        self.main().is_some_and(LinkCandidate::is_static)
    }

    /// Returns the value that defines the network of the node's own address.
    pub(super) fn network_scalar(&self, raw: &'a RawVars) -> Option<&'a Scalar> {
        match self.main().and_then(LinkCandidate::own) {
            Some(parts) => parts.gateway_at,
            None => raw.dhcp.as_ref().and_then(|dhcp| dhcp.ipid.as_ref()),
        }
    }

    /// Returns the node if every value is there.
    pub(super) fn finish(self) -> Option<Node> {
        Some(Node {
            name: self.name?,
            fqdn: self.fqdn,
            role: self.role,
            pool: self.pool?,
            arch: self.arch?,
            mac: self.mac,
            more_macs: self.more_macs.iter().map(|(mac, _)| *mac).collect(),
            address: self.address?,
            network: self.network.finish()?,
            disk: self.disk?,
            consoles: self.consoles,
            kargs: self.kargs,
            channel: self.channel,
            installed: self.installed,
            is_iso_only: false,
            mode: self.mode?,
            bmc: self.bmc,
            key: self.raw.path.clone(),
            place: self.place,
        })
    }
}

/// What holds for all nodes of a file.
pub(super) struct Scheme<'a> {
    values: &'a Values,
    raw: &'a RawVars,
    usual: &'a UsualDraft<'a>,
    arch: Option<Arch>,
    base: Option<Domain>,
    network: Defaults<'a>,
}

impl<'a> Scheme<'a> {
    pub(super) fn new(
        values: &'a Values,
        draft: &'a FileDraft<'a>,
        subnet: &Subnet,
        arch: Option<Arch>,
    ) -> Self {
        let usual = &draft.usual;
        installed::said_twice(values, &usual.installed, &usual.installed);
        let base = |(id, domain): &Identity| id.below(domain);
        Self {
            values,
            raw: draft.settings.vars,
            usual,
            arch,
            base: draft.identity.as_ref().map(base),
            network: Defaults::new(values, draft, subnet),
        }
    }

    /// Makes a candidate of a node that was read.
    pub(super) fn node(&self, draft: &'a NodeDraft<'a>) -> Candidate<'a> {
        let (values, raw, role) = (self.values, draft.raw, draft.role);
        let name = self.name(draft);
        let arch = draft.arch.as_ref().map_or(self.arch, |given| given.value);
        let disk = self.disk(draft);
        let consoles = joined(&self.usual.consoles, &draft.consoles);
        let kargs = joined(&self.usual.kargs, &draft.kargs);
        let machine = channel::Machine {
            values,
            raw,
            label: label(raw),
            arch,
            disk: disk.as_ref(),
            consoles: &consoles,
            kargs: &kargs,
        };
        channel::check(&machine, &draft.channel);
        let of_all = &self.usual.installed;
        Candidate {
            raw,
            role,
            channel: draft.channel.clone(),
            pool: draft.pool.clone(),
            name,
            fqdn: draft.fqdn.clone(),
            address: draft.address,
            mac: draft.macs.first,
            more_macs: &draft.macs.more,
            network: self.network.network(draft),
            installed: installed::check(values, (raw, disk.as_ref()), of_all, &draft.installed),
            arch,
            disk,
            consoles,
            kargs,
            mode: draft.mode.as_ref().map_or(self.mode(role), |given| given.value),
            bmc: draft.bmc.clone(),
            place: values.node(raw).to_string(),
        }
    }

    /// Machines of no cluster run live where nothing else is said.
    fn mode(&self, role: Role) -> Option<Mode> {
        let is_said = self.raw.okdboot.mode.is_some();
        if role == Role::Node && !is_said { Some(Mode::Live) } else { self.usual.mode }
    }

    /// A fully qualified name of this cluster is shortened; DNS gets the domain from the cluster.
    fn name(&self, draft: &'a NodeDraft<'a>) -> Option<Label> {
        let scalar = draft.raw.name.as_ref().filter(|at| at.text.contains('.'));
        let Some(scalar) = scalar else { return draft.name.clone() };
        let base = self.base.as_ref().map(|base| format!(".{base}"));
        let lower = scalar.text.trim().to_ascii_lowercase();
        let Some(short) = base.and_then(|base| lower.strip_suffix(&base).map(str::to_owned)) else {
            return self.values.name(scalar);
        };
        let message = format!("`{}` is fully qualified; read as `{short}`", scalar.path);
        let help = "helpernode would put the domain into DNS twice: write the short name";
        let place = self.values.at(scalar);
        self.values.push_once(Diagnostic::new(Code::V110, message).at(&place, "with the domain").help(help));
        self.values.name(&Scalar { text: short, ..scalar.clone() })
    }

    fn disk(&self, draft: &NodeDraft) -> Option<InstallDisk> {
        if let Some(given) = &draft.disk {
            return given.value.clone();
        }
        let of_role = match draft.role {
            Role::Worker => self.usual.workers_disk.clone(),
            Role::ControlPlane | Role::Arbiter | Role::Bootstrap => self.usual.masters_disk.clone(),
            Role::Node => None,
        };
        of_role.or_else(|| self.usual.disk.clone()).or_else(|| Some(InstallDisk::assumed()))
    }
}

fn joined<T: Clone>(all: &[T], own: &[T]) -> Vec<T> {
    [all, own].concat()
}

/// Returns what nodes are that say nothing else.
pub(super) fn cluster_arch(usual: &UsualDraft) -> Option<Arch> {
    let is_power = usual.is_power.unwrap_or(false);
    match usual.arch.as_ref().or(usual.top_arch.as_ref()) {
        Some(given) => given.value,
        None => Some(if is_power { Arch::Ppc64le } else { Arch::X86_64 }),
    }
}
