//! `okdboot:` with its defaults, and the switches of helpernode that change what is rendered.

use super::super::read::file::FileDraft;
use super::super::read::given::Given;
use super::super::read::settings::SettingsDraft;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::artifact;
use super::in_use;
use super::loaders;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::boot_loader::{BootLoader, InUse};
use crate::model::cluster::Helper;
use crate::model::network::Bracketed;
use crate::model::settings::{IgnitionPin, IpxeChain, Kind, Settings};
use crate::model::url::BaseUrl;

/// The port that helpernode's web server and matchbox listen on.
const PORT: u16 = 8080;

/// Applies the defaults of `okdboot`, and compares its values with one another.
pub(super) fn check(
    values: &Values,
    draft: &FileDraft,
    helper: Option<&Helper>,
    (kind, arch): (Kind, Option<Arch>),
) -> Option<Settings> {
    let own = &draft.settings;
    switches(values, own);
    let in_use = in_use::check(values, own);
    let url = url(values, own, (helper, &in_use));
    let ignition_base = match &own.ignition_base {
        Some(given) => given.value.clone(),
        None => url.clone(),
    };
    // Where only matchbox is in use, its chain is the one.
    let is_matchbox = in_use.lists(BootLoader::Matchbox) && !in_use.has(BootLoader::Ipxe);
    let chain = if is_matchbox { IpxeChain::Matchbox } else { IpxeChain::Static };
    let report = report(values, own);
    let overrides = artifact::overrides(values, own.vars, &draft.images, arch);
    loaders::check(values, &own.raw.serve.loaders);
    Some(Settings {
        kind,
        url: url?,
        assets: None,
        ignition_base: ignition_base?,
        ignition_url: own.ignition_url?,
        ignition_pin: own.ignition_pin?,
        report,
        pxelinux: own.pxelinux?,
        grub: own.grub?,
        grub_prefix: optional(own.grub_prefix.as_ref()).ok()?,
        ipxe: own.ipxe.as_ref().map_or(Some(chain), |given| given.value)?,
        arch: arch?,
        stream: optional(own.stream.as_ref()).ok()?,
        overrides,
        sha256: own.sha256.clone(),
        ignition: own.raw.ignition.as_ref().map(|s| s.text.clone()),
        ignition_ca: own.raw.ignition_ca.as_ref().map(|s| s.text.clone()),
        group: optional(own.group.as_ref()).ok()?,
        in_use,
        loaders: own.loaders.clone(),
    })
}

/// A value was there and wrong, and has been reported.
struct Reported;

/// Returns a value that need not be there.
fn optional<T: Clone>(given: Option<&Given<T>>) -> Result<Option<T>, Reported> {
    let value = |given: &Given<T>| given.value.clone().ok_or(Reported);
    given.map(value).transpose()
}

/// Only the config that the live system runs has a place for what reports.
fn report(values: &Values, own: &SettingsDraft) -> bool {
    let (Some(true), Some(scalar)) = (own.report, &own.raw.report) else { return false };
    if own.ignition_pin.is_some_and(|pin| pin != IgnitionPin::Installer) {
        values.refuse(
            Code::V115,
            scalar,
            "machines report by the config of `ignition_pin: installer`, which is not set",
            "set `ignition_pin: installer` as well, or leave `report` out",
        );
    }
    true
}

fn url(values: &Values, own: &SettingsDraft, (helper, in_use): (Option<&Helper>, &InUse)) -> Option<BaseUrl> {
    let Some(given) = &own.url else {
        return format!("http://{}:{PORT}", Bracketed(helper?.address)).parse().ok();
    };
    let url = given.value.clone()?;
    if let Some(loaders) = in_use::without_https(in_use).filter(|_| url.is_https()) {
        values.refuse(
            Code::V116,
            given.at,
            format!("{loaders} cannot fetch over https"),
            "write an http URL, `ignition_base` may be https; or list the loaders in use as `okdboot.loaders`",
        );
        return None;
    }
    Some(url)
}

/// Switches that make helpernode render no boot files; okdboot renders them whenever it is asked.
fn switches(values: &Values, own: &SettingsDraft) {
    let raw = own.vars;
    if let (Some(true), Some(scalar)) = (own.ipi, &raw.ipi) {
        let why =
            "the installer provisions the nodes itself then, and okdboot writes boot files all the same";
        ignored(values, scalar, why);
    }
    if let (Some(false), Some(scalar)) = (own.baremetal, &raw.baremetal) {
        ignored(values, scalar, "helpernode writes no boot files then; okdboot does");
    }
}

fn ignored(values: &Values, scalar: &Scalar, why: &str) {
    let message = format!("`{}: {}`: {why}", scalar.path, scalar.text);
    let help = "remove the switch if these machines boot from the network or the ISO";
    values.push(Diagnostic::new(Code::V221, message).at(&values.at(scalar), "not carried out").help(help));
}
