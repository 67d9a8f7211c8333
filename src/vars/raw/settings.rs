//! `okdboot:`, the one mapping whose every key is okdboot's own.

use super::installed::RawInstalled;
use super::network::RawNetwork;
use super::serve::RawServe;
use super::services::RawServices;
use crate::vars::section::{Scalar, Section};

/// `okdboot`
#[derive(Debug, Default)]
pub struct RawSettings {
    /// `kind`
    pub kind: Option<Scalar>,
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
    /// `ignition_ca`
    pub ignition_ca: Option<Scalar>,
    /// `ignition_pin`
    pub ignition_pin: Option<Scalar>,
    /// `report`
    pub report: Option<Scalar>,
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
    /// `mode`
    pub mode: Option<Scalar>,
    /// `console`
    pub console: Vec<Scalar>,
    /// `kargs`
    pub kargs: Vec<Scalar>,
    /// `installed_console` and what else is about the installed system of every node.
    pub installed: RawInstalled,
    /// `sha256`, by file name.
    pub sha256: Vec<(Scalar, Scalar)>,
    /// `network`
    pub network: RawNetwork,
    /// `accept`
    pub accept: Vec<Scalar>,
    /// `loaders`
    pub loaders: Vec<Scalar>,
    /// `services`
    pub services: RawServices,
    /// `serve`
    pub serve: RawServe,
}

impl RawSettings {
    pub(super) fn read(mut section: Section) -> Self {
        let settings = Self {
            kind: section.scalar("kind"),
            stream: section.scalar("stream"),
            url: section.scalar("url"),
            arch: section.scalar("arch"),
            ignition_url: section.scalar("ignition_url"),
            ignition_base: section.scalar("ignition_base"),
            ignition_ca: section.scalar("ignition_ca"),
            ignition_pin: section.scalar("ignition_pin"),
            report: section.scalar("report"),
            ignition: section.scalar("ignition"),
            group: section.scalar("group"),
            pxelinux: section.scalar("pxelinux"),
            grub: section.scalar("grub"),
            grub_prefix: section.scalar("grub_prefix"),
            ipxe: section.scalar("ipxe"),
            addressing: section.scalar("addressing"),
            mode: section.scalar("mode"),
            console: section.scalars("console"),
            kargs: section.scalars("kargs"),
            installed: RawInstalled::read(&mut section),
            sha256: section.free("sha256"),
            network: section.map("network").map(RawNetwork::of_all).unwrap_or_default(),
            accept: section.scalars("accept"),
            loaders: section.scalars("loaders"),
            services: section.map("services").map(RawServices::read).unwrap_or_default(),
            serve: section.map("serve").map(RawServe::read).unwrap_or_default(),
        };
        section.finish();
        settings
    }
}
