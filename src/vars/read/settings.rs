//! `okdboot`, and the switches of helpernode beside it, each value by itself.

use std::collections::BTreeMap;

use super::super::raw::{RawSettings, RawVars};
use super::super::section::Scalar;
use super::given::Given;
use super::loaders;
use super::part::base;
use super::value::Values;
use crate::diag::Code;
use crate::model::artifact::ArtifactName;
use crate::model::boot_loader::BootLoader;
use crate::model::digest::Sha256;
use crate::model::loaders::Named;
use crate::model::settings::{GrubPrefix, IgnitionPin, IgnitionUrl, IpxeChain, Kind, Transport};
use crate::model::stream_ref::StreamRef;
use crate::model::url::BaseUrl;

/// What a URL of a server looks like.
const SERVER: &str = "http://192.168.7.77:8080";

/// `okdboot`, what it says of files and loaders. A choice that is not made is the usual one.
pub struct SettingsDraft<'a> {
    /// What the file says.
    pub vars: &'a RawVars,
    /// The same under `okdboot`.
    pub raw: &'a RawSettings,
    /// `kind`
    pub kind: Option<Kind>,
    /// `url`
    pub url: Option<Given<'a, BaseUrl>>,
    /// `ignition_base`
    pub ignition_base: Option<Given<'a, BaseUrl>>,
    /// `ignition_url`
    pub ignition_url: Option<IgnitionUrl>,
    /// `ignition_pin`
    pub ignition_pin: Option<IgnitionPin>,
    /// `report`
    pub report: Option<bool>,
    /// `pxelinux`
    pub pxelinux: Option<Transport>,
    /// `grub`
    pub grub: Option<Transport>,
    /// `grub_prefix`
    pub grub_prefix: Option<Given<'a, GrubPrefix>>,
    /// `ipxe`
    pub ipxe: Option<Given<'a, IpxeChain>>,
    /// `stream`
    pub stream: Option<Given<'a, StreamRef>>,
    /// `group`
    pub group: Option<Given<'a, String>>,
    /// `sha256`
    pub sha256: BTreeMap<ArtifactName, Sha256>,
    /// `loaders`: in which ways machines boot; nothing where it says nothing.
    pub in_use: Option<Vec<BootLoader>>,
    /// `serve.loaders`
    pub loaders: Vec<Named>,
    /// `ipi`
    pub ipi: Option<bool>,
    /// `baremetal`
    pub baremetal: Option<bool>,
}

impl<'a> SettingsDraft<'a> {
    /// Reads them.
    pub fn read(values: &Values, vars: &'a RawVars) -> Self {
        let raw = &vars.okdboot;
        Self {
            vars,
            raw,
            kind: values.choice(raw.kind.as_ref(), Kind::WORDS, Kind::Cluster),
            ipi: values.boolean(vars.ipi.as_ref()),
            baremetal: values.boolean(vars.baremetal.as_ref()),
            in_use: in_use(values, raw),
            url: Given::read(raw.url.as_ref(), |at| base(values, at, SERVER)),
            ignition_base: Given::read(raw.ignition_base.as_ref(), |at| base(values, at, SERVER)),
            ignition_url: values.choice(raw.ignition_url.as_ref(), IgnitionUrl::WORDS, IgnitionUrl::Assets),
            ignition_pin: values.choice(raw.ignition_pin.as_ref(), IgnitionPin::WORDS, IgnitionPin::None),
            report: values.boolean(raw.report.as_ref()),
            pxelinux: values.choice(raw.pxelinux.as_ref(), Transport::WORDS, Transport::Http),
            grub: values.choice(raw.grub.as_ref(), Transport::WORDS, Transport::Tftp),
            ipxe: Given::read(raw.ipxe.as_ref(), |at| {
                values.choice(Some(at), IpxeChain::WORDS, IpxeChain::Static)
            }),
            grub_prefix: Given::read(raw.grub_prefix.as_ref(), |at| grub_prefix(values, at)),
            stream: Given::read(raw.stream.as_ref(), |at| stream(values, at)),
            group: Given::read(raw.group.as_ref(), |at| group(values, at)),
            sha256: digests(values, raw),
            loaders: raw.serve.loaders.iter().filter_map(|it| loaders::named(values, it)).collect(),
        }
    }
}

fn in_use(values: &Values, own: &RawSettings) -> Option<Vec<BootLoader>> {
    let words = Values::words(&own.loaders);
    let loader = |word: &Scalar| values.choice(Some(word), BootLoader::WORDS, BootLoader::Ipxe);
    let loaders = words.iter().filter_map(loader).collect();
    (!words.is_empty()).then_some(loaders)
}

fn grub_prefix(values: &Values, at: &Scalar) -> Option<GrubPrefix> {
    values.parse(Code::V115, at, "write a folder such as `/` or `boot/grub2`")
}

fn stream(values: &Values, at: &Scalar) -> Option<StreamRef> {
    if values.refuses_credentials(at) {
        return None;
    }
    let help = "write `rhcos-4.20`, `okd-4.20`, `stable`, `testing`, `next`, an https URL or a file";
    values.parse(Code::V122, at, help)
}

/// A name as useradd(8) allows it, or a number.
fn group(values: &Values, at: &Scalar) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if at.text.len() <= 32 && at.text.chars().all(allowed) && !at.text.starts_with('-') {
        return Some(at.text.clone());
    }
    let message = format!("`{}` is not a group", at.text);
    values.refuse(Code::V115, at, message, "write a group's name or number");
    None
}

fn digests(values: &Values, own: &RawSettings) -> BTreeMap<ArtifactName, Sha256> {
    let entry = |(name, digest): &(Scalar, Scalar)| {
        let name = values.parse(Code::V119, name, "the key is the artifact's file name");
        let digest = values.parse(Code::V119, digest, "write the 64 digits that `sha256sum` prints");
        Some((name?, digest?))
    };
    own.sha256.iter().filter_map(entry).collect()
}
