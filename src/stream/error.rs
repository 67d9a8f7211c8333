//! Why a text is not usable stream metadata.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactNameError};
use crate::model::digest::DigestError;
use crate::model::fault::{Fault, Faulty};
use crate::model::url::UrlError;
use crate::text::{List, escape};

/// Why there is no stream, or not this part of one. Whoever prints it names the source.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard input cannot be read.
    #[error("cannot read stream metadata from standard input: {0}")]
    Read(io::Error),
    /// More than [`super::MAX_BYTES`].
    #[error("stream metadata has more than 8 MiB, so it is something else")]
    TooLarge,
    /// Bytes that are not text.
    #[error("stream metadata is not UTF-8; was it saved by a Windows shell, or is it compressed?")]
    NotUtf8,
    /// Nothing, or blanks only.
    #[error("stream metadata is empty; did the command that should print it fail?")]
    Empty,
    /// A web page.
    #[error("this is an HTML page, not stream metadata; use the address of the raw file")]
    Html,
    /// JSON that ends early.
    #[error("stream metadata is cut short: the JSON ends at line {line} column {column}")]
    Truncated {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Not JSON, or JSON of another shape.
    #[error("stream metadata is not as expected: {}", escape(&.0.to_string()))]
    Json(serde_json::Error),
    /// Not YAML, or YAML of another shape.
    #[error("this is neither JSON nor a ConfigMap: {0}")]
    Yaml(String),
    /// The format from before OpenShift 4.8.
    #[error(
        "this is the image list of RHCOS `{build}` in the format from before OpenShift 4.8, which okdboot does not read; {}",
        instead(build)
    )]
    Legacy {
        /// The `buildid`.
        build: String,
    },
    /// A list of cloud marketplace images.
    #[error(
        "this is a list of marketplace images, not stream metadata; in openshift/installer the stream is `rhcos.json` or `coreos-rhel-9.json` beside it"
    )]
    Marketplace,
    /// Fedora's metadata of one release.
    #[error(
        "this is the metadata of one Fedora CoreOS release, not of a stream; use `stable`, `testing` or `next`"
    )]
    FedoraRelease,
    /// A Kubernetes object that is not the ConfigMap.
    #[error("this is a `{0}`, not the ConfigMap `coreos-bootimages`")]
    Object(String),
    /// A ConfigMap without a stream.
    #[error("this ConfigMap has neither `data.stream` nor `data.streams`; it is not `coreos-bootimages`")]
    NoData,
    /// A ConfigMap without the RHEL generation that was asked for.
    #[error("there is no stream `{wanted}`; present: {present}")]
    NoRhel {
        /// What was asked for.
        wanted: &'static str,
        /// What there is.
        present: String,
    },
    /// Some other JSON or YAML.
    #[error("this is not stream metadata: it has no `architectures`; its keys are {keys}")]
    Other {
        /// Its first keys.
        keys: String,
    },
    /// A stream without anything for machines without a cloud.
    #[error("stream `{}` has nothing for bare metal", escape(.0))]
    NoMetal(String),
    /// A location that okdboot does not fetch.
    #[error("{arch} {kind}: {}", escape(&source.to_string()))]
    Location {
        /// Of which architecture.
        arch: Arch,
        /// Of which artifact.
        kind: ArtifactKind,
        /// Why not.
        source: UrlError,
    },
    /// A location whose last segment is no file name.
    #[error("{arch} {kind}: {}", escape(&source.to_string()))]
    Name {
        /// Of which architecture.
        arch: Arch,
        /// Of which artifact.
        kind: ArtifactKind,
        /// Why not.
        source: ArtifactNameError,
    },
    /// A digest that is none.
    #[error("{arch} {kind}: {}", escape(&source.to_string()))]
    Digest {
        /// Of which architecture.
        arch: Arch,
        /// Of which artifact.
        kind: ArtifactKind,
        /// Why not.
        source: DigestError,
    },
    /// The stream is not built for an architecture.
    #[error("stream `{}` has nothing for `{arch}`; present: {}", escape(stream), List::and(present))]
    NoArch {
        /// The stream.
        stream: String,
        /// What was asked for.
        arch: Arch,
        /// What there is.
        present: Vec<Arch>,
    },
    /// The release lacks an artifact.
    #[error("release `{}` of stream `{}` has no {kind} for `{arch}`", escape(release), escape(stream))]
    NoKind {
        /// The stream.
        stream: String,
        /// The release.
        release: String,
        /// Of which architecture.
        arch: Arch,
        /// What was asked for.
        kind: ArtifactKind,
    },
}

/// Says what to do about an old list. The first digit of a build is that of OpenShift, those up to the dot
/// the number after it: `45.82.202008010929-0`. The live rootfs is from 4.6 on.
fn instead(build: &str) -> &'static str {
    let minor = build.split('.').next().and_then(|version| version.strip_prefix('4')?.parse::<u32>().ok());
    if minor.is_some_and(|minor| minor < 6) {
        return "releases before 4.6 have no live rootfs, so okdboot cannot boot them: take 4.6 or later";
    }
    "name its files with `ocp_install_kernel`, `ocp_initramfs` and `ocp_bios` in vars.yaml"
}

impl Faulty for StreamError {
    fn fault(&self) -> Fault {
        match self {
            Self::Open { .. } | Self::Read(_) => Fault::FileSystem,
            _ => Fault::Input,
        }
    }
}

impl From<serde_json::Error> for StreamError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() {
            Self::Truncated { line: error.line(), column: error.column() }
        } else {
            Self::Json(error)
        }
    }
}
