//! A whole file, each value by itself.

use super::super::raw::RawVars;
use super::address::AddressFamily;
use super::dhcp::DhcpDraft;
use super::helper::HelperDraft;
use super::identity::{self, Identity};
use super::image::ImagesDraft;
use super::install::InstallDraft;
use super::network::NetworkDraft;
use super::node::{NodeDraft, OtherDraft};
use super::service::ServicesDraft;
use super::settings::SettingsDraft;
use super::stranger::StrangerDraft;
use super::usual::UsualDraft;
use super::value::Values;

/// A whole file. Nothing in it was compared with anything else.
pub struct FileDraft<'a> {
    /// What the cluster is called.
    pub identity: Option<Identity>,
    /// `helper`
    pub helper: HelperDraft<'a>,
    /// `dhcp`
    pub dhcp: Option<DhcpDraft<'a>>,
    /// `okdboot`, what it says of files and loaders.
    pub settings: SettingsDraft<'a>,
    /// What nodes have that say nothing else.
    pub usual: UsualDraft<'a>,
    /// The same of their network.
    pub network: NetworkDraft<'a>,
    /// Images and programs that the file names.
    pub images: ImagesDraft,
    /// Every machine that the file boots, in boot order.
    pub nodes: Vec<NodeDraft<'a>>,
    /// Hosts that boot by themselves.
    pub others: Vec<OtherDraft<'a>>,
    /// Machines under keys that nothing reads.
    pub strangers: Vec<StrangerDraft<'a>>,
    /// What stands around the machines.
    pub services: ServicesDraft<'a>,
    /// What install-config says besides.
    pub install: InstallDraft<'a>,
}

impl<'a> FileDraft<'a> {
    /// Reads every value of a file.
    pub fn read(values: &Values, raw: &'a RawVars) -> Self {
        let network = &raw.okdboot.network;
        Self {
            identity: identity::read(values, raw),
            helper: HelperDraft::read(values, raw),
            dhcp: raw.dhcp.as_ref().map(|raw| DhcpDraft::read(values, raw)),
            settings: SettingsDraft::read(values, raw),
            usual: UsualDraft::read(values, raw),
            network: NetworkDraft::read(values, network, AddressFamily::of_text(network.gateway.as_ref())),
            images: ImagesDraft::read(values, raw),
            nodes: raw.machines().map(|(role, raw)| NodeDraft::read(values, role, raw)).collect(),
            others: raw.other.iter().map(|raw| OtherDraft::read(values, raw)).collect(),
            strangers: raw
                .elsewhere
                .iter()
                .flat_map(|list| &list.machines)
                .map(StrangerDraft::read)
                .collect(),
            services: ServicesDraft::read(values, raw),
            install: InstallDraft::read(values, raw),
        }
    }
}
