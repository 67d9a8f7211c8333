//! What `okdboot explain` says.

use serde::Serialize;

use super::group::GroupMatch;
use super::target::ExplainTarget;
use super::value::{ValueRow, ValueSource};
use super::{PlannedNode, Said};
use crate::lock::{Image, LockedArtifact, Os};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::origin::DigestOrigin as OriginOfDigest;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::plan::{FileKind, NodeView, PlannedFile, Request as Asked, max_line};
use crate::vars::Origin as Key;

/// What `okdboot explain` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {
    "required": ["diagnostics"],
    "properties": {"nodes": {"items": {"required": [
        "profile", "command-line", "requests", "ignition-source", "ignition-check", "image", "artifacts", "files"
    ]}}}
})))]
#[serde(rename_all = "kebab-case")]
pub struct Document<'a> {
    /// The nodes that were meant. Where no plan can be made, `exit` is not 0 and a node has what is known without
    /// one.
    pub(super) nodes: &'a [ExplainedNode<'a>],
    /// Which matchbox group a machine gets; with `--group-match`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group_matches: Option<&'a [GroupMatch]>,
}

/// A node, and what it boots where a plan can be made.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Node"))]
pub(super) struct ExplainedNode<'a> {
    cluster: &'a Label,
    name: &'a Label,
    /// Its full name.
    #[cfg_attr(test, schemars(length(min = 1)))]
    fqdn: String,
    role: Role,
    /// Where it stands in vars.yaml, such as `workers[0]`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    place: &'a str,
    /// Its effective values.
    #[cfg_attr(test, schemars(length(min = 1)))]
    values: Vec<Effective>,
    #[serde(flatten)]
    pub(super) boot: Option<ExplainedBoot<'a>>,
}

/// What a node boots.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Boot"))]
#[serde(rename_all = "kebab-case")]
pub(super) struct ExplainedBoot<'a> {
    /// Its matchbox profile; null where it has none.
    #[cfg_attr(test, schemars(extend("x-or-null" = true)))]
    profile: Option<&'a str>,
    /// Its kernel command line; null where it boots no kernel over the network.
    #[cfg_attr(test, schemars(extend("x-or-null" = true)))]
    command_line: Option<CommandLine>,
    /// What it asks servers for, in the order in which it does.
    requests: Vec<FileRequest>,
    /// The Butane file that its Ignition file is made of; null where it is made of none.
    #[cfg_attr(test, schemars(extend("x-or-null" = true)))]
    ignition_source: Option<&'a str>,
    /// Who checks its Ignition file in a network boot; null where none is read.
    #[cfg_attr(test, schemars(extend("x-or-null" = true)))]
    ignition_check: Option<String>,
    /// Which CoreOS it boots; null where that is not known.
    #[cfg_attr(test, schemars(extend("x-or-null" = true)))]
    image: Option<Booted>,
    /// What it boots.
    artifacts: Vec<BootArtifact<'a>>,
    /// The files of the output tree that concern it.
    files: Vec<File<'a>>,
}

/// A kernel command line.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CommandLine {
    /// Its length in bytes, with what loaders add.
    #[cfg_attr(test, schemars(range(min = 1)))]
    bytes: usize,
    /// What the kernel takes at most, in bytes.
    #[cfg_attr(test, schemars(range(min = 1)))]
    limit: usize,
    /// The arguments in order.
    args: Vec<String>,
}

/// A file that a node asks for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Request"))]
struct FileRequest {
    /// A loader's file or a part of the boot.
    #[cfg_attr(test, schemars(extend("enum" = [
        "matchbox", "pxelinux", "ipxe", "grub", "kernel", "initramfs", "rootfs", "ignition"
    ])))]
    what: &'static str,
    /// An URL, or `tftp:` with the path below the TFTP root.
    #[cfg_attr(test, schemars(length(min = 1)))]
    url: String,
}

/// A CoreOS.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "image"))]
struct Booted {
    /// Fedora, `CentOS` Stream or Red Hat Enterprise Linux CoreOS; null where file names do not tell.
    #[cfg_attr(test, schemars(extend("enum" = ["fcos", "scos", "rhcos", null])))]
    os: Option<&'static str>,
    /// What it is built of, such as `RHEL 9.6`.
    base: Option<String>,
    /// Why it is this one.
    why: String,
}

/// A file that a node boots.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Artifact"))]
struct BootArtifact<'a> {
    kind: ArtifactKind,
    /// The name of the file.
    #[cfg_attr(test, schemars(length(min = 1)))]
    name: &'a str,
    /// The release in the lock; null where vars.yaml names the files.
    release: Option<&'a str>,
    /// Where okdboot fetches it from.
    #[cfg_attr(test, schemars(length(min = 1)))]
    location: String,
    /// Its digest; null where none is known yet.
    sha256: Option<Sha256>,
    /// How the digest was learnt; null where none is known yet.
    origin: Option<OriginOfDigest>,
}

/// A file of the output tree.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct File<'a> {
    path: &'a RelPath,
    kind: FileKind,
}

/// An effective value with what says it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "value"))]
struct Effective {
    /// The key (docs/vars.md).
    #[cfg_attr(test, schemars(regex(pattern = "^[a-z0-9_]+$")))]
    name: &'static str,
    /// The value as text; a list has blanks between its items.
    value: String,
    /// What says it; several where keys are joined.
    #[cfg_attr(test, schemars(length(min = 1)))]
    origins: Vec<ValueOrigin>,
}

/// A key of vars.yaml, an option, what `okdboot arm` and `okdboot disarm` have said, or nothing.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Origin"))]
#[serde(rename_all = "lowercase", tag = "kind")]
enum ValueOrigin {
    File {
        /// The keys on the way, joined by dots.
        #[cfg_attr(test, schemars(length(min = 1)))]
        key: String,
        /// The file as it was named.
        #[cfg_attr(test, schemars(length(min = 1)))]
        file: String,
        /// The line, counted from 1.
        #[cfg_attr(test, schemars(range(min = 1)))]
        line: usize,
        /// The column in characters, counted from 1.
        #[cfg_attr(test, schemars(range(min = 1)))]
        column: usize,
    },
    Flag {
        /// The option.
        #[cfg_attr(test, schemars(regex(pattern = "^--")))]
        flag: &'static str,
    },
    State {
        #[cfg_attr(test, schemars(with = "RelPath"))]
        file: String,
    },
    Default,
}

impl<'a> ExplainedNode<'a> {
    /// What is known of a node before the plan.
    pub(super) fn of(found: &ExplainTarget<'a>, rows: &[ValueRow]) -> Self {
        Self {
            cluster: &found.cluster().id,
            name: &found.node.name,
            fqdn: found.cluster().fqdn(found.node).to_string(),
            role: found.node.role,
            place: &found.node.place,
            values: rows.iter().map(Effective::of).collect(),
            boot: None,
        }
    }
}

impl Effective {
    fn of(row: &ValueRow) -> Self {
        let origins = match &row.source {
            ValueSource::File(origins) => origins.iter().map(ValueOrigin::of).collect(),
            ValueSource::Flag(flag) => vec![ValueOrigin::Flag { flag }],
            ValueSource::State(file) => vec![ValueOrigin::State { file: file.clone() }],
            ValueSource::Default => vec![ValueOrigin::Default],
        };
        Self { name: row.name, value: row.value.clone(), origins }
    }
}

impl ValueOrigin {
    fn of(key: &Key) -> Self {
        let (line, column) = key.place.line_column();
        Self::File { key: key.key.clone(), file: key.place.name().to_owned(), line, column }
    }
}

impl<'a> ExplainedBoot<'a> {
    /// What the plan knows of a node.
    pub(super) fn of(
        planned: &'a PlannedNode,
        arch: Arch,
        about: NodeView<'a>,
        (release, butane): Said<'a>,
    ) -> Self {
        let args = planned.line.as_ref().map(|line| line.args().iter().map(ToString::to_string).collect());
        let line = |args| CommandLine { bytes: planned.line_bytes, limit: max_line(arch), args };
        Self {
            profile: planned.profile.as_deref(),
            command_line: args.map(line),
            requests: about.requests.into_iter().map(FileRequest::of).collect(),
            ignition_source: butane,
            ignition_check: about.enforcement,
            image: about.image.map(Booted::of),
            artifacts: about.artifacts.iter().map(|artifact| BootArtifact::of(artifact, release)).collect(),
            files: about.files.iter().map(|file| File::of(file)).collect(),
        }
    }
}

impl FileRequest {
    fn of(request: Asked) -> Self {
        Self { what: request.what, url: request.url }
    }
}

impl Booted {
    fn of(image: Image) -> Self {
        Self { os: image.os.map(Os::as_str), base: image.base, why: image.why }
    }
}

impl<'a> BootArtifact<'a> {
    fn of((kind, artifact): &(ArtifactKind, &'a LockedArtifact), release: Option<&'a str>) -> Self {
        Self {
            kind: *kind,
            name: artifact.name.as_str(),
            release,
            location: artifact.location.to_string(),
            sha256: artifact.digest.map(|digest| digest.sha256),
            origin: artifact.digest.map(|digest| digest.origin),
        }
    }
}

impl<'a> File<'a> {
    fn of(file: &'a PlannedFile) -> Self {
        Self { path: &file.path, kind: file.owner.kind }
    }
}
