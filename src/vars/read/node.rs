//! A machine of the file, each value by itself.

use std::net::IpAddr;

use super::super::raw::RawNode;
use super::super::section::Scalar;
use super::address::{AddressFamily, Whose};
use super::channel;
use super::given::Given;
use super::installed::InstalledDraft;
use super::network::NetworkDraft;
use super::part::{arch, base, consoles, disk, interface, kargs};
use super::pool::pool;
use super::value::Values;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::boot::KernelArg;
use crate::model::channel::Channel;
use crate::model::console::Console;
use crate::model::disk::InstallDisk;
use crate::model::mac::MacAddr;
use crate::model::name::{Domain, Label};
use crate::model::net::InterfaceName;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::{AddressingChoice, Mode};
use crate::model::url::BaseUrl;

/// A machine that the file boots. What is absent was not given, or refused.
pub struct NodeDraft<'a> {
    /// What the file says.
    pub raw: &'a RawNode,
    /// By the list that it stands in.
    pub role: Role,
    /// `name`; one with dots is nothing yet, since it may end in the cluster's domain.
    pub name: Option<Label>,
    /// `fqdn`
    pub fqdn: Option<Domain>,
    /// `ipaddr`
    pub address: Option<IpAddr>,
    /// `macaddr`
    pub macs: MacsDraft<'a>,
    /// `arch`
    pub arch: Option<Given<'a, Arch>>,
    /// `disk`
    pub disk: Option<Given<'a, InstallDisk>>,
    /// `console`
    pub consoles: Vec<Console>,
    /// `kargs`
    pub kargs: Vec<KernelArg>,
    /// What is said of the installed system.
    pub installed: InstalledDraft<'a>,
    /// Its channel devices.
    pub channel: Channel,
    /// `ignition`, or what its role takes.
    pub pool: Option<Pool>,
    /// `mode`
    pub mode: Option<Given<'a, Mode>>,
    /// `bmc`
    pub bmc: Option<BaseUrl>,
    /// `networkifacename`
    pub by_name: Option<Given<'a, InterfaceName>>,
    /// `addressing`
    pub choice: Option<AddressingChoice>,
    /// `ifname`
    pub nics: Vec<NicDraft<'a>>,
    /// Of its network what it says itself.
    pub network: NetworkDraft<'a>,
}

/// An entry of `ifname`.
pub struct NicDraft<'a> {
    /// The name of a NIC.
    pub name: Given<'a, InterfaceName>,
    /// Its MAC address.
    pub mac: Given<'a, MacAddr>,
}

/// `macaddr`: one or several.
pub struct MacsDraft<'a> {
    /// The usual one.
    pub first: Option<MacAddr>,
    /// Those that follow it, each with its place.
    pub more: Vec<(MacAddr, &'a Scalar)>,
}

/// A host of `other`: it takes names and addresses, and boots by itself.
pub struct OtherDraft<'a> {
    /// What the file says.
    pub raw: &'a RawNode,
    /// `name`, where DNS allows it.
    pub name: Option<Label>,
    /// `ipaddr`
    pub address: Option<IpAddr>,
    /// `macaddr`
    pub macs: MacsDraft<'a>,
}

impl<'a> NicDraft<'a> {
    fn read(values: &Values, (name, mac): &'a (Scalar, Scalar)) -> Self {
        Self {
            name: Given { at: name, value: interface(values, name) },
            mac: Given { at: mac, value: values.mac(mac) },
        }
    }
}

impl<'a> MacsDraft<'a> {
    fn read(values: &Values, raw: &'a RawNode) -> Self {
        Self {
            first: raw.macaddr.as_ref().and_then(|at| values.mac(at)),
            more: raw.more_macs.iter().filter_map(|at| Some((values.mac(at)?, at))).collect(),
        }
    }
}

impl<'a> OtherDraft<'a> {
    /// Reads a host.
    pub fn read(values: &Values, raw: &'a RawNode) -> Self {
        Self {
            raw,
            address: raw.ipaddr.as_ref().and_then(|at| values.ip(at, Whose::Machine)),
            macs: MacsDraft::read(values, raw),
            name: raw.name.as_ref().and_then(|at| host(values, at)),
        }
    }
}

/// The name of a host of `other`, which need not be one that DNS has.
fn host(values: &Values, at: &Scalar) -> Option<Label> {
    let found = at.text.trim().to_ascii_lowercase().parse().ok();
    if found.is_none() {
        let message = format!("the host `{}` of `other` gets no record: DNS has no such name", at.text);
        let help = "write one label of letters, digits and `-`; the cluster's domain is added";
        values.push(Diagnostic::new(Code::V243, message).at(&values.at(at), "").help(help));
    }
    found
}

impl<'a> NodeDraft<'a> {
    /// Reads a machine of a role.
    pub fn read(values: &Values, role: Role, raw: &'a RawNode) -> Self {
        let address = required(values, raw, raw.ipaddr.as_ref(), "ipaddr");
        let name = required(values, raw, raw.name.as_ref(), "name");
        let mode = |at: &Scalar| values.choice(Some(at), Mode::WORDS, Mode::Install);
        let family = AddressFamily::of_text(raw.ipaddr.as_ref());
        Self {
            raw,
            role,
            address: address.and_then(|at| values.ip(at, Whose::Machine)),
            installed: InstalledDraft::read(values, &raw.installed, &raw.kargs),
            arch: Given::read(raw.arch.as_ref(), |at| arch(values, at)),
            disk: Given::read(raw.disk.as_ref(), |at| disk(values, at)),
            consoles: consoles(values, &raw.console),
            kargs: kargs(values, &raw.kargs),
            channel: channel::read(values, &raw.channel),
            pool: pool(values, role, raw),
            name: name.filter(|at| !at.text.contains('.')).and_then(|at| values.name(at)),
            fqdn: raw.fqdn.as_ref().and_then(|at| values.whole_name(at)),
            macs: MacsDraft::read(values, raw),
            choice: raw.addressing.as_ref().and_then(|at| addressing(values, at)),
            by_name: Given::read(raw.networkifacename.as_ref(), |at| interface(values, at)),
            network: NetworkDraft::read(values, &raw.network, family),
            nics: raw.ifname.iter().map(|entry| NicDraft::read(values, entry)).collect(),
            mode: Given::read(raw.mode.as_ref(), mode),
            bmc: raw.bmc.as_ref().and_then(|at| base(values, at, "https://10.0.0.31")),
        }
    }
}

/// Returns what messages call a machine: its name as it is written, or where it stands.
pub fn label(raw: &RawNode) -> String {
    raw.name.as_ref().map_or_else(|| raw.path.clone(), |name| name.text.clone())
}

fn required<'a>(values: &Values, raw: &RawNode, scalar: Option<&'a Scalar>, key: &str) -> Option<&'a Scalar> {
    if scalar.is_none() && !values.is_faulty(&format!("{}.{key}", raw.path)) {
        let message = format!("node `{}` has no `{key}`", label(raw));
        values.push(
            Diagnostic::new(Code::V015, message)
                .at(&values.node(raw), "")
                .help(format!("add `{key}` to `{}`", raw.path)),
        );
    }
    scalar
}

/// Reads how addresses are given, of a node or of all.
pub fn addressing(values: &Values, at: &Scalar) -> Option<AddressingChoice> {
    values.choice(Some(at), AddressingChoice::WORDS, AddressingChoice::Static)
}
