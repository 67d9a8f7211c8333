//! From a stream and what vars.yaml names to what a cluster boots.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{DigestOrigin, LockedArch, LockedArtifact, LockedCluster, LockedDigest, LockedStream};
use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName, ArtifactNameError};
use crate::model::cluster::Cluster;
use crate::model::digest::Sha256;
use crate::model::fingerprint::Fingerprint;
use crate::model::settings::Overrides;
use crate::model::stream_ref::StreamRef;
use crate::model::url::{ArtifactUrl, without_secrets};
use crate::stream::{Artifact, Metadata, StreamError, StreamRelease};
use crate::text::escape;

/// What a cluster needs of a lock.
#[derive(Clone, Debug)]
pub struct Needs<'a> {
    /// The architectures of its nodes.
    pub arches: BTreeSet<Arch>,
    /// Its own architecture, which the artifacts named in vars.yaml are of.
    pub own: Arch,
    /// The architecture of the programs for the helper, `oc` and openshift-install.
    pub programs: Arch,
    /// The artifacts named in vars.yaml.
    pub overrides: &'a Overrides,
    /// Their digests, as far as vars.yaml has them.
    pub sha256: &'a BTreeMap<ArtifactName, Sha256>,
    /// The stream that is asked for; nothing where the lock decides.
    pub stream: Option<&'a StreamRef>,
    /// Who asks for it.
    pub asked: StreamUser,
    /// The sha256 of the stream's text where it is at hand anyway (standard input, a file that was
    /// read): then the text decides, not its name.
    pub text: Option<Sha256>,
}

/// Who asks for a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamUser {
    /// A person, now, with `--stream`: exactly this one is wanted.
    ByOption,
    /// vars.yaml, as it did when the lock was made: what was given in its place then still is.
    ByVars,
}

/// Why nothing can be locked.
#[derive(Debug, Error)]
pub enum ResolveError {
    /// Neither a stream nor artifacts.
    #[error("nothing says what `{arch}` machines boot: name a stream with `--stream` or `okdboot.stream`")]
    NoStream {
        /// The architecture.
        arch: Arch,
    },
    /// Some artifacts are named, and no stream has the others.
    #[error("`{given}` is given, but not `{missing}`, and no stream is named that could have it")]
    HalfOverridden {
        /// A key that is set.
        given: &'static str,
        /// The key that is not.
        missing: &'static str,
    },
    /// A location in vars.yaml whose last segment is no file name.
    #[error("`{key}`: {}", escape(&source.to_string()))]
    Name {
        /// The key.
        key: &'static str,
        /// Why not.
        source: ArtifactNameError,
    },
    /// The stream lacks an architecture.
    #[error(transparent)]
    Stream(#[from] StreamError),
}

impl<'a> Needs<'a> {
    /// Takes the needs of a cluster; `stream` is that of the command line, which wins.
    pub fn of(cluster: &'a Cluster, stream: Option<&'a StreamRef>) -> Self {
        let settings = &cluster.settings;
        Self {
            arches: cluster.arches(),
            own: settings.arch,
            programs: cluster.program_arch(),
            overrides: &settings.overrides,
            sha256: &settings.sha256,
            stream: stream.or(settings.stream.as_ref()),
            asked: if stream.is_some() { StreamUser::ByOption } else { StreamUser::ByVars },
            text: None,
        }
    }

    /// Returns the artifacts that vars.yaml names for an architecture, with the key that does so.
    pub(super) fn named(&self, arch: Arch) -> Vec<(ArtifactKind, &'static str, &'a ArtifactUrl)> {
        let overrides = self.overrides;
        let all = [
            (ArtifactKind::Kernel, "ocp_install_kernel", &overrides.kernel),
            (ArtifactKind::Initramfs, "ocp_initramfs", &overrides.initramfs),
            (ArtifactKind::Rootfs, "ocp_bios", &overrides.rootfs),
            (ArtifactKind::Client, "ocp_client", &overrides.client),
            (ArtifactKind::Installer, "ocp_installer", &overrides.installer),
        ];
        let is_of =
            |kind| arch == if ArtifactKind::PROGRAMS.contains(&kind) { self.programs } else { self.own };
        let of_arch = |(kind, key, url): (_, _, &'a Option<ArtifactUrl>)| Some((kind, key, url.as_ref()?));
        all.into_iter().filter(|(kind, _, _)| is_of(*kind)).filter_map(of_arch).collect()
    }
}

fn boots_alone(overrides: &Overrides) -> bool {
    overrides.kernel.is_some() && overrides.initramfs.is_some()
}

/// Resolves what a cluster boots: every artifact that the stream has for each architecture in use,
/// with those that vars.yaml names in their place.
pub fn resolve(stream: Option<&Metadata>, needs: &Needs<'_>) -> Result<LockedCluster, ResolveError> {
    let arches = needs.arches.iter().map(|arch| Ok((*arch, locked_arch(stream, needs, *arch)?)));
    let arches = arches.collect::<Result<BTreeMap<_, _>, ResolveError>>()?;
    Ok(LockedCluster { stream: stream.map(locked_stream), arches })
}

fn locked_stream(metadata: &Metadata) -> LockedStream {
    LockedStream {
        source: without_secrets(&metadata.source.to_string()),
        stands_for: None,
        name: metadata.stream.name.clone(),
        last_modified: metadata.stream.last_modified.clone(),
        sha256: metadata.sha256,
        origin: metadata.origin,
    }
}

fn locked_arch(stream: Option<&Metadata>, needs: &Needs<'_>, arch: Arch) -> Result<LockedArch, ResolveError> {
    let named = needs.named(arch);
    let is_own_boot = arch == needs.own && boots_alone(needs.overrides);
    let mut locked = match stream {
        Some(metadata) if is_own_boot => {
            metadata.stream.releases.get(&arch).map(|it| from_release(it, metadata.origin))
        }
        Some(metadata) => Some(from_release(metadata.stream.release(arch)?, metadata.origin)),
        None if is_own_boot => None,
        None => return Err(without_stream(&named, arch)),
    }
    .unwrap_or_default();
    if is_own_boot {
        // The initramfs accepts the rootfs of its own build only.
        locked.artifacts.remove(&ArtifactKind::Rootfs);
        locked.release = None;
    }
    for (kind, key, url) in named {
        locked.artifacts.insert(kind, from_vars(key, url, needs.sha256)?);
    }
    Ok(locked)
}

fn without_stream(named: &[(ArtifactKind, &'static str, &ArtifactUrl)], arch: Arch) -> ResolveError {
    let has = |wanted| named.iter().any(|(kind, _, _)| *kind == wanted);
    match named.iter().find(|(kind, _, _)| !ArtifactKind::PROGRAMS.contains(kind)) {
        None => ResolveError::NoStream { arch },
        Some((_, given, _)) if has(ArtifactKind::Kernel) => {
            ResolveError::HalfOverridden { given, missing: "ocp_initramfs" }
        }
        Some((_, given, _)) => ResolveError::HalfOverridden { given, missing: "ocp_install_kernel" },
    }
}

fn from_release(release: &StreamRelease, origin: DigestOrigin) -> LockedArch {
    let artifacts = release.artifacts.iter().map(|(kind, it)| (*kind, from_stream(it, origin))).collect();
    LockedArch { release: Some(release.id.clone()), artifacts }
}

fn from_stream(artifact: &Artifact, origin: DigestOrigin) -> LockedArtifact {
    LockedArtifact {
        location: artifact.location.clone(),
        name: artifact.name.clone(),
        digest: Some(LockedDigest { sha256: artifact.sha256, origin }),
        signature: artifact.signature.clone(),
        signed_by: None,
    }
}

fn from_vars(
    key: &'static str,
    url: &ArtifactUrl,
    sha256: &BTreeMap<ArtifactName, Sha256>,
) -> Result<LockedArtifact, ResolveError> {
    let name = ArtifactName::from_location(url.as_str());
    let name = name.map_err(|source| ResolveError::Name { key, source })?;
    let digest = sha256.get(&name).map(|sha256| LockedDigest { sha256: *sha256, origin: DigestOrigin::Vars });
    Ok(LockedArtifact { location: url.clone(), name, digest, signature: None, signed_by: None })
}

impl LockedCluster {
    /// Takes over the digests that earlier fetches learnt of artifacts that are still at the same
    /// place: a pin made on first use outlives a change of the stream. The programs that were found for
    /// this very stream stay, too.
    pub fn keep_learnt(&mut self, earlier: &Self) {
        self.keep_programs(earlier);
        for (arch, locked) in &mut self.arches {
            for (kind, artifact) in &mut locked.artifacts {
                let known = earlier.artifact(*arch, *kind).filter(|it| it.location == artifact.location);
                artifact.digest = artifact.digest.or(known.and_then(|it| it.digest));
                let same = known.filter(|it| it.digest == artifact.digest);
                artifact.signed_by = artifact.signed_by.take().or(same.and_then(|it| it.signed_by.clone()));
            }
        }
    }

    /// Writes down which key a fetch has found to have signed an artifact.
    pub fn learn_signer(&mut self, name: &ArtifactName, signer: &Fingerprint) {
        let artifacts = self.arches.values_mut().flat_map(|locked| locked.artifacts.values_mut());
        for artifact in artifacts.filter(|it| it.name == *name && it.signature.is_some()) {
            artifact.signed_by = Some(signer.clone());
        }
    }

    /// Writes a digest that a fetch has learnt; one that is there already stays.
    pub fn learn(&mut self, name: &ArtifactName, digest: LockedDigest) {
        let artifacts = self.arches.values_mut().flat_map(|locked| locked.artifacts.values_mut());
        for artifact in artifacts.filter(|it| it.name == *name && it.digest.is_none()) {
            artifact.digest = Some(digest);
        }
    }
}
