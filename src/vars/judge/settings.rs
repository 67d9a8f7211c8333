//! `okdboot:` with its defaults, and the switches of helpernode that change what is rendered.

use std::collections::BTreeMap;

use super::super::raw::{RawSettings, RawVars};
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::artifact;
use super::in_use;
use super::loaders;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactName;
use crate::model::boot_loader::{BootLoader, InUse};
use crate::model::cluster::Helper;
use crate::model::digest::Sha256;
use crate::model::network::Bracketed;
use crate::model::settings::{GrubPrefix, IgnitionPin, IgnitionUrl, IpxeChain, Kind, Settings, Transport};
use crate::model::stream_ref::StreamRef;
use crate::model::url::BaseUrl;

/// The port that helpernode's web server and matchbox listen on.
const PORT: u16 = 8080;

pub(super) fn check(
    values: &Values,
    raw: &RawVars,
    helper: Option<&Helper>,
    (kind, arch): (Kind, Option<Arch>),
) -> Option<Settings> {
    let own = &raw.okdboot;
    switches(values, raw);
    let in_use = in_use::check(values, own);
    let url = url(values, own, (helper, &in_use));
    let ignition_base = own.ignition_base.as_ref().map_or(url.clone(), |s| base(values, s, SERVER));
    // Everything is parsed before anything is given up, so that one run reports all of it.
    let ignition_url = values.choice(own.ignition_url.as_ref(), IgnitionUrl::WORDS, IgnitionUrl::Assets);
    let ignition_pin = values.choice(own.ignition_pin.as_ref(), IgnitionPin::WORDS, IgnitionPin::None);
    let report = report(values, own, ignition_pin);
    let pxelinux = values.choice(own.pxelinux.as_ref(), Transport::WORDS, Transport::Http);
    let grub = values.choice(own.grub.as_ref(), Transport::WORDS, Transport::Tftp);
    // Where only matchbox is in use, its chain is the one.
    let is_matchbox = in_use.lists(BootLoader::Matchbox) && !in_use.has(BootLoader::Ipxe);
    let chain = if is_matchbox { IpxeChain::Matchbox } else { IpxeChain::Static };
    let ipxe = values.choice(own.ipxe.as_ref(), IpxeChain::WORDS, chain);
    let (grub_prefix, stream, group) = (grub_prefix(values, own), stream(values, own), group(values, own));
    let overrides = artifact::overrides(values, raw, arch);
    let sha256 = digests(values, own);
    let loaders = loaders::check(values, &own.serve.loaders);
    Some(Settings {
        kind,
        url: url?,
        assets: None,
        ignition_base: ignition_base?,
        ignition_url: ignition_url?,
        ignition_pin: ignition_pin?,
        report,
        pxelinux: pxelinux?,
        grub: grub?,
        grub_prefix: grub_prefix.ok()?,
        ipxe: ipxe?,
        arch: arch?,
        stream: stream.ok()?,
        overrides,
        sha256,
        ignition: own.ignition.as_ref().map(|s| s.text.clone()),
        ignition_ca: own.ignition_ca.as_ref().map(|s| s.text.clone()),
        group: group.ok()?,
        in_use,
        loaders,
    })
}

/// Only the config that the live system runs has a place for what reports.
fn report(values: &Values, own: &RawSettings, pin: Option<IgnitionPin>) -> bool {
    let (Some(true), Some(scalar)) = (values.boolean(own.report.as_ref()), &own.report) else { return false };
    if pin.is_some_and(|pin| pin != IgnitionPin::Installer) {
        values.refuse(
            Code::V115,
            scalar,
            "machines report by the config of `ignition_pin: installer`, which is not set",
            "set `ignition_pin: installer` as well, or leave `report` out",
        );
    }
    true
}

fn url(values: &Values, own: &RawSettings, (helper, in_use): (Option<&Helper>, &InUse)) -> Option<BaseUrl> {
    let Some(scalar) = &own.url else {
        return format!("http://{}:{PORT}", Bracketed(helper?.address)).parse().ok();
    };
    let url = base(values, scalar, SERVER)?;
    if let Some(loaders) = in_use::without_https(in_use).filter(|_| url.is_https()) {
        values.refuse(
            Code::V116,
            scalar,
            format!("{loaders} cannot fetch over https"),
            "write an http URL, `ignition_base` may be https; or list the loaders in use as `okdboot.loaders`",
        );
        return None;
    }
    Some(url)
}

/// What a URL of a server looks like.
const SERVER: &str = "http://192.168.7.77:8080";

/// A URL without credentials; `such` is one that is right.
pub(super) fn base(values: &Values, scalar: &Scalar, such: &str) -> Option<BaseUrl> {
    if values.refuses_credentials(scalar) {
        return None;
    }
    values.parse(Code::V116, scalar, &format!("write it as `{such}`"))
}

/// A value was there and wrong, and has been reported.
struct Reported;

fn grub_prefix(values: &Values, own: &RawSettings) -> Result<Option<GrubPrefix>, Reported> {
    let Some(scalar) = &own.grub_prefix else { return Ok(None) };
    let help = "write a folder such as `/` or `boot/grub2`";
    values.parse(Code::V115, scalar, help).map(Some).ok_or(Reported)
}

fn stream(values: &Values, own: &RawSettings) -> Result<Option<StreamRef>, Reported> {
    let Some(scalar) = &own.stream else { return Ok(None) };
    if values.refuses_credentials(scalar) {
        return Err(Reported);
    }
    let help = "write `rhcos-4.20`, `okd-4.20`, `stable`, `testing`, `next`, an https URL or a file";
    values.parse(Code::V122, scalar, help).map(Some).ok_or(Reported)
}

/// A name as useradd(8) allows it, or a number.
fn group(values: &Values, own: &RawSettings) -> Result<Option<String>, Reported> {
    let Some(scalar) = &own.group else { return Ok(None) };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if scalar.text.len() <= 32 && scalar.text.chars().all(allowed) && !scalar.text.starts_with('-') {
        return Ok(Some(scalar.text.clone()));
    }
    values.refuse(
        Code::V115,
        scalar,
        format!("`{}` is not a group", scalar.text),
        "write a group's name or number",
    );
    Err(Reported)
}

fn digests(values: &Values, own: &RawSettings) -> BTreeMap<ArtifactName, Sha256> {
    let entry = |(name, digest): &(Scalar, Scalar)| {
        let name = values.parse(Code::V119, name, "the key is the artifact's file name");
        let digest = values.parse(Code::V119, digest, "write the 64 digits that `sha256sum` prints");
        Some((name?, digest?))
    };
    own.sha256.iter().filter_map(entry).collect()
}

/// Switches that make helpernode render no boot files; okdboot renders them whenever it is asked.
fn switches(values: &Values, raw: &RawVars) {
    if let (Some(true), Some(scalar)) = (values.boolean(raw.ipi.as_ref()), &raw.ipi) {
        let why =
            "the installer provisions the nodes itself then, and okdboot writes boot files all the same";
        ignored(values, scalar, why);
    }
    if let (Some(false), Some(scalar)) = (values.boolean(raw.baremetal.as_ref()), &raw.baremetal) {
        ignored(values, scalar, "helpernode writes no boot files then; okdboot does");
    }
}

fn ignored(values: &Values, scalar: &Scalar, why: &str) {
    let message = format!("`{}: {}`: {why}", scalar.path, scalar.text);
    let help = "remove the switch if these machines boot from the network or the ISO";
    values.push(Diagnostic::new(Code::V221, message).at(&values.at(scalar), "not carried out").help(help));
}
