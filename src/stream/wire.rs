//! The JSON of stream metadata.
//!
//! Only what okdboot reads is named; unknown keys are passed over, since new platforms and formats
//! appear in every release.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Artifact, Stream, StreamError, StreamRelease};
use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::url::ArtifactUrl;

#[derive(Deserialize)]
struct WireStream {
    stream: String,
    metadata: Option<WireMetadata>,
    architectures: BTreeMap<String, WireArch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct WireMetadata {
    last_modified: Option<String>,
}

#[derive(Deserialize)]
struct WireArch {
    artifacts: Option<WirePlatforms>,
}

#[derive(Deserialize)]
struct WirePlatforms {
    metal: Option<WirePlatform>,
}

#[derive(Deserialize)]
struct WirePlatform {
    release: String,
    formats: WireFormats,
}

#[derive(Deserialize)]
struct WireFormats {
    pxe: Option<WireFormat>,
    iso: Option<WireFormat>,
    #[serde(rename = "raw.gz")]
    raw_gz: Option<WireFormat>,
    #[serde(rename = "raw.xz")]
    raw_xz: Option<WireFormat>,
    #[serde(rename = "4k.raw.gz")]
    raw_4k_gz: Option<WireFormat>,
    #[serde(rename = "4k.raw.xz")]
    raw_4k_xz: Option<WireFormat>,
}

#[derive(Deserialize)]
struct WireFormat {
    disk: Option<WireFile>,
    kernel: Option<WireFile>,
    initramfs: Option<WireFile>,
    rootfs: Option<WireFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct WireFile {
    location: String,
    sha256: String,
    uncompressed_sha256: Option<String>,
    signature: Option<String>,
}

/// Parses the bare JSON.
pub(super) fn parse(text: &str) -> Result<Stream, StreamError> {
    let wire: WireStream = serde_json::from_str(text)?;
    let mut releases = BTreeMap::new();
    for (name, wire_arch) in wire.architectures {
        // An architecture that okdboot does not know is not an error until a node has it, and
        // then it is one of vars.yaml.
        let Ok(arch) = name.parse::<Arch>() else { continue };
        if let Some(metal) = wire_arch.artifacts.and_then(|platforms| platforms.metal) {
            releases.insert(arch, release(arch, metal)?);
        }
    }
    if releases.is_empty() {
        return Err(StreamError::NoMetal(wire.stream));
    }
    let last_modified = wire.metadata.and_then(|metadata| metadata.last_modified);
    Ok(Stream { name: wire.stream, last_modified, releases })
}

fn release(arch: Arch, metal: WirePlatform) -> Result<StreamRelease, StreamError> {
    let artifacts = files(metal.formats)
        .into_iter()
        .map(|(kind, file)| Ok((kind, artifact(arch, kind, &file)?)))
        .collect::<Result<_, StreamError>>()?;
    Ok(StreamRelease { id: metal.release, artifacts })
}

fn files(formats: WireFormats) -> Vec<(ArtifactKind, WireFile)> {
    let disk = |format: Option<WireFormat>| format.and_then(|format| format.disk);
    let (kernel, initramfs, rootfs) =
        formats.pxe.map_or((None, None, None), |pxe| (pxe.kernel, pxe.initramfs, pxe.rootfs));
    let found = [
        (ArtifactKind::Kernel, kernel),
        (ArtifactKind::Initramfs, initramfs),
        (ArtifactKind::Rootfs, rootfs),
        (ArtifactKind::Iso, disk(formats.iso)),
        (ArtifactKind::Metal, disk(formats.raw_gz).or(disk(formats.raw_xz))),
        (ArtifactKind::Metal4k, disk(formats.raw_4k_gz).or(disk(formats.raw_4k_xz))),
    ];
    found.into_iter().filter_map(|(kind, file)| Some((kind, file?))).collect()
}

fn artifact(arch: Arch, kind: ArtifactKind, file: &WireFile) -> Result<Artifact, StreamError> {
    let url = |text: &str| {
        text.parse::<ArtifactUrl>().map_err(|source| StreamError::Location { arch, kind, source })
    };
    let digest = |text: &str| text.parse().map_err(|source| StreamError::Digest { arch, kind, source });
    let location = url(&file.location)?;
    // Of the URL as it is fetched, and as the lock has it: a host without a path names no file.
    let name = ArtifactName::from_location(location.as_str());
    Ok(Artifact {
        location,
        name: name.map_err(|source| StreamError::Name { arch, kind, source })?,
        sha256: digest(&file.sha256)?,
        uncompressed_sha256: file.uncompressed_sha256.as_deref().map(digest).transpose()?,
        signature: file.signature.as_deref().filter(|s| !s.is_empty()).map(url).transpose()?,
    })
}
