//! Nodes: every value with its default, and what is missing for one output or another.

use std::net::IpAddr;

use super::super::raw::{RawNode, RawVars};
use super::super::read::address::Whose;
use super::super::read::identity::Identity;
use super::super::read::part::{consoles, disk, kargs};
use super::super::read::pool::pool;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::channel;
use super::defaults::Defaults;
use super::draft::NetworkDraft;
use super::installed::{self, Said};
use super::link::LinkDraft;
use super::settings::base;
use super::subnet::Subnet;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::boot::KernelArg;
use crate::model::channel::Channel;
use crate::model::cluster::Helper;
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
use crate::text::List;

/// A node whose values were parsed; a value that could not be is absent.
pub(super) struct Draft<'a> {
    pub(super) raw: &'a RawNode,
    pub(super) role: Role,
    pub(super) name: Option<Label>,
    pub(super) fqdn: Option<Domain>,
    pub(super) address: Option<IpAddr>,
    pub(super) mac: Option<MacAddr>,
    pub(super) more_macs: Vec<MacAddr>,
    pub(super) network: NetworkDraft<'a>,
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

/// A host of `other`: it takes names and addresses, and boots by itself.
pub(super) struct Other<'a> {
    pub(super) raw: &'a RawNode,
    pub(super) address: Option<IpAddr>,
    pub(super) mac: Option<MacAddr>,
    pub(super) more_macs: Vec<MacAddr>,
}

fn label_of(raw: &RawNode) -> String {
    raw.name.as_ref().map_or_else(|| raw.path.clone(), |name| name.text.clone())
}

impl Other<'_> {
    pub(super) fn label(&self) -> String {
        label_of(self.raw)
    }
}

impl<'a> Draft<'a> {
    /// Returns what messages call the node.
    pub(super) fn label(&self) -> String {
        self.name.as_ref().map_or_else(|| label_of(self.raw), ToString::to_string)
    }

    /// Returns the link that the node is known by.
    pub(super) fn main(&self) -> Option<&LinkDraft<'a>> {
        self.network.links.first()
    }

    pub(super) fn is_static(&self) -> bool {
        self.main().is_some_and(LinkDraft::is_static)
    }

    /// Returns the value that defines the network of the node's own address.
    pub(super) fn network_scalar(&self, raw: &'a RawVars) -> Option<&'a Scalar> {
        match self.main().and_then(LinkDraft::own) {
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
            more_macs: self.more_macs,
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
    arch: Option<Arch>,
    base: Option<Domain>,
    network: Defaults<'a>,
    consoles: Vec<Console>,
    kargs: Vec<KernelArg>,
    installed: Said<'a>,
    mode: Option<Mode>,
    disk: Option<InstallDisk>,
    masters_disk: Option<InstallDisk>,
    workers_disk: Option<InstallDisk>,
}

impl<'a> Scheme<'a> {
    pub(super) fn new(
        values: &'a Values,
        raw: &'a RawVars,
        subnet: &Subnet,
        identity: Option<&Identity>,
        helper: Option<&Helper>,
        arch: Option<Arch>,
    ) -> Self {
        let installed = Said::read(values, &raw.okdboot.installed, &raw.okdboot.kargs);
        installed::said_twice(values, &installed, &installed);
        Self {
            values,
            raw,
            arch,
            base: identity.map(|(id, domain)| id.below(domain)),
            network: Defaults::new(values, raw, subnet, helper),
            consoles: consoles(values, &raw.okdboot.console),
            kargs: kargs(values, &raw.okdboot.kargs),
            installed,
            mode: values.choice(raw.okdboot.mode.as_ref(), Mode::WORDS, Mode::Install),
            disk: raw.disk.as_ref().and_then(|s| disk(values, s)),
            masters_disk: raw.masters_disk.as_ref().and_then(|s| disk(values, s)),
            workers_disk: raw.workers_disk.as_ref().and_then(|s| disk(values, s)),
        }
    }

    pub(super) fn nodes(&self) -> Vec<Draft<'a>> {
        self.raw.machines().map(|(role, raw)| self.node(role, raw)).collect()
    }

    pub(super) fn others(&self) -> Vec<Other<'a>> {
        let host = |raw: &'a RawNode| Other {
            raw,
            address: raw.ipaddr.as_ref().and_then(|s| self.values.ip(s, Whose::Machine)),
            mac: raw.macaddr.as_ref().and_then(|s| self.values.mac(s)),
            more_macs: raw.more_macs.iter().filter_map(|s| self.values.mac(s)).collect(),
        };
        self.raw.other.iter().map(host).collect()
    }

    fn node(&self, role: Role, raw: &'a RawNode) -> Draft<'a> {
        let values = self.values;
        let address = self.required(raw, raw.ipaddr.as_ref(), "ipaddr");
        let address = address.and_then(|scalar| values.ip(scalar, Whose::Machine));
        let own = Said::read(values, &raw.installed, &raw.kargs);
        let arch = raw.arch.as_ref().map_or(self.arch, |s| arch(values, s));
        let disk = self.disk(role, raw);
        let consoles = joined(&self.consoles, consoles(values, &raw.console));
        let kargs = joined(&self.kargs, kargs(values, &raw.kargs));
        let machine = channel::Machine {
            values,
            raw,
            label: label_of(raw),
            arch,
            disk: disk.as_ref(),
            consoles: &consoles,
            kargs: &kargs,
        };
        Draft {
            raw,
            role,
            channel: channel::check(&machine),
            pool: pool(values, role, raw),
            name: self.name(raw),
            fqdn: raw.fqdn.as_ref().and_then(|s| values.whole_name(s)),
            address,
            mac: raw.macaddr.as_ref().and_then(|s| values.mac(s)),
            more_macs: raw.more_macs.iter().filter_map(|s| values.mac(s)).collect(),
            network: self.network.network(raw, address, raw.head()),
            installed: installed::check(values, (raw, disk.as_ref()), &self.installed, &own),
            arch,
            disk,
            consoles,
            kargs,
            mode: raw
                .mode
                .as_ref()
                .map_or(self.mode(role), |s| values.choice(Some(s), Mode::WORDS, Mode::Install)),
            bmc: raw.bmc.as_ref().and_then(|s| base(values, s, "https://10.0.0.31")),
            place: values.node(raw).to_string(),
        }
    }

    /// Machines of no cluster run live where nothing else is said.
    fn mode(&self, role: Role) -> Option<Mode> {
        let is_said = self.raw.okdboot.mode.is_some();
        if role == Role::Node && !is_said { Some(Mode::Live) } else { self.mode }
    }

    fn required(&self, raw: &RawNode, scalar: Option<&'a Scalar>, key: &str) -> Option<&'a Scalar> {
        if scalar.is_none() && !self.values.is_faulty(&format!("{}.{key}", raw.path)) {
            let message = format!("node `{}` has no `{key}`", label_of(raw));
            let place = self.values.node(raw);
            self.values.push(
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
            return self.values.name(scalar);
        };
        let message = format!("`{}` is fully qualified; read as `{short}`", scalar.path);
        let help = "helpernode would put the domain into DNS twice: write the short name";
        let place = self.values.at(scalar);
        self.values.push_once(Diagnostic::new(Code::V110, message).at(&place, "with the domain").help(help));
        self.values.name(&Scalar { text: short, ..scalar.clone() })
    }

    fn disk(&self, role: Role, raw: &RawNode) -> Option<InstallDisk> {
        if let Some(scalar) = &raw.disk {
            return disk(self.values, scalar);
        }
        let of_role = match role {
            Role::Worker => self.workers_disk.clone(),
            Role::ControlPlane | Role::Arbiter | Role::Bootstrap => self.masters_disk.clone(),
            Role::Node => None,
        };
        of_role.or_else(|| self.disk.clone()).or_else(|| Some(InstallDisk::assumed()))
    }
}

fn joined<T: Clone>(all: &[T], own: Vec<T>) -> Vec<T> {
    let mut joined = all.to_vec();
    joined.extend(own);
    joined
}

pub(super) fn cluster_arch(values: &Values, raw: &RawVars) -> Option<Arch> {
    let power = values.boolean(raw.ppc64le.as_ref()).unwrap_or(false);
    match raw.okdboot.arch.as_ref().or(raw.arch.as_ref()) {
        Some(scalar) => arch(values, scalar),
        None => Some(if power { Arch::Ppc64le } else { Arch::X86_64 }),
    }
}

fn arch(values: &Values, scalar: &Scalar) -> Option<Arch> {
    let help = format!("architectures are {}", List::or(&Arch::ALL));
    values.parse(Code::V115, scalar, &help)
}
