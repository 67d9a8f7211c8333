//! Which CoreOS a cluster boots, and why: said in the lock and by `explain`, for people. Nothing reads
//! it back, it follows from the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{LockedArtifact, LockedCluster, LockedStream};
use crate::model::artifact::ArtifactKind;
use crate::model::stream_ref::{Rhel, SCOS_FROM, StreamRef, TWO_STREAMS_FROM};
use crate::text::words;

words! {
    /// A kind of CoreOS.
    Os {
        /// Fedora CoreOS.
        Fcos = "fcos",
        /// The CoreOS of `CentOS` Stream.
        Scos = "scos",
        /// The CoreOS of RHEL.
        Rhcos = "rhcos",
    }
}

impl Os {
    /// Tells the kind by the name of an artifact: as published, and as people shorten it.
    fn of_name(name: &str) -> Option<Self> {
        let prefixes: [(&str, Self); 4] = [
            ("fedora-coreos-", Self::Fcos),
            ("fcos-", Self::Fcos),
            ("scos-", Self::Scos),
            ("rhcos-", Self::Rhcos),
        ];
        prefixes.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, os)| os)
    }

    /// Returns the distribution's version that a release is built of. Releases begin with it (`44.2026...`,
    /// `10.0.2025...`, `9.6.2026...`); those of RHCOS up to 4.18 with OpenShift's and both numbers of
    /// RHEL's in one (`416.94.2025...`).
    pub(super) fn base(self, release: &str) -> Option<(u32, u32)> {
        let mut numbers = release.split('.').map_while(|part| part.parse::<u32>().ok());
        let (first, second) = (numbers.next()?, numbers.next()?);
        let is_joint = self != Self::Fcos && first >= 40;
        Some(if is_joint { (second / 10, second % 10) } else { (first, second) })
    }

    /// Says what a release is built of.
    fn built_of(self, release: &str) -> Option<String> {
        let (major, minor) = self.base(release)?;
        Some(match self {
            Self::Fcos => format!("Fedora {major}"),
            Self::Scos => format!("CentOS Stream {major}"),
            Self::Rhcos => format!("RHEL {major}.{minor}"),
        })
    }
}

impl fmt::Display for Os {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fcos => "Fedora CoreOS",
            Self::Scos => "SCOS",
            Self::Rhcos => "RHCOS",
        })
    }
}

/// What is booted, as far as it can be told, and why that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The kind; unknown where vars.yaml names files that tell nothing.
    pub os: Option<Os>,
    /// What it is built of: `RHEL 9.6`.
    pub base: Option<String>,
    /// The reason, a clause without a full stop.
    pub why: String,
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.os, &self.base) {
            (Some(os), Some(base)) => write!(f, "{os} ({base}): {}", self.why),
            (Some(os), None) => write!(f, "{os}: {}", self.why),
            (None, _) => f.write_str(&self.why),
        }
    }
}

impl LockedCluster {
    /// Returns which CoreOS the cluster boots, and why.
    pub fn image(&self) -> Image {
        let os = self.os();
        // The release is that of the stream, and says nothing of files that vars.yaml names.
        let release = self.arches.values().find_map(|arch| arch.release.as_deref());
        let release = release.filter(|_| !self.names_boot_files());
        let base = os.zip(release).and_then(|(os, release)| os.built_of(release));
        Image { os, base, why: self.why() }
    }

    /// Returns the kind of CoreOS that machines boot over the network, where the names of those files agree
    /// on one.
    pub fn os(&self) -> Option<Os> {
        let told: BTreeSet<Os> =
            self.boot_files().filter_map(|(_, it)| Os::of_name(it.name.as_str())).collect();
        let other = self.artifacts().filter(|_| told.is_empty() && !self.names_boot_files());
        let all = other.filter_map(|(_, it)| Os::of_name(it.name.as_str())).chain(told.clone());
        let all: Vec<Os> = all.collect::<BTreeSet<Os>>().into_iter().collect();
        if let [one] = all[..] { Some(one) } else { None }
    }

    /// Returns the kinds of CoreOS whose files are mixed, each with its files; nothing where all of them are
    /// of one, as far as their names tell.
    pub fn mixed(&self) -> Option<BTreeMap<Os, BTreeSet<ArtifactKind>>> {
        let mut found: BTreeMap<Os, BTreeSet<ArtifactKind>> = BTreeMap::new();
        for (kind, artifact) in self.artifacts() {
            if let Some(os) = Os::of_name(artifact.name.as_str()) {
                found.entry(os).or_default().insert(*kind);
            }
        }
        (found.len() > 1).then_some(found)
    }

    fn artifacts(&self) -> impl Iterator<Item = (&ArtifactKind, &LockedArtifact)> {
        self.arches.values().flat_map(|arch| &arch.artifacts)
    }

    /// What machines load over the network.
    fn boot_files(&self) -> impl Iterator<Item = (&ArtifactKind, &LockedArtifact)> {
        self.artifacts().filter(|(kind, _)| ArtifactKind::NETBOOT.contains(kind))
    }

    /// Says whether vars.yaml names what machines boot. Programs for the helper tell nothing of that.
    fn names_boot_files(&self) -> bool {
        self.boot_files().any(|(_, it)| it.is_override())
    }

    fn why(&self) -> String {
        match &self.stream {
            Some(stream) if !self.names_boot_files() => stream.why(),
            _ => "vars.yaml names artifacts itself (`ocp_*`)".to_owned(),
        }
    }
}

impl LockedStream {
    fn why(&self) -> String {
        match self.source.parse() {
            Ok(StreamRef::Fcos(channel)) => {
                format!("`{}` is a stream of Fedora CoreOS", channel.as_str())
            }
            Ok(StreamRef::Okd(version)) if version < SCOS_FROM => {
                format!("OKD {version} boots Fedora CoreOS media; SCOS media come with {SCOS_FROM}")
            }
            Ok(StreamRef::Okd(version)) => {
                format!("OKD {version} boots SCOS media, as every release from {SCOS_FROM} on")
            }
            Ok(StreamRef::Rhcos(version, None)) if version >= TWO_STREAMS_FROM => format!(
                "OpenShift {version} boots RHCOS, and openshift-install takes rhel-9 where nobody chooses; \
                 `rhcos-{version}/rhel-10` is the other"
            ),
            Ok(StreamRef::Rhcos(version, None)) => format!("OpenShift {version} boots RHCOS"),
            Ok(StreamRef::Rhcos(version, Some(rhel))) => {
                let other = if rhel == Rhel::Nine { Rhel::Ten } else { Rhel::Nine };
                format!(
                    "OpenShift {version} boots RHCOS of {} or {}, and {0} was asked for",
                    rhel.as_str(),
                    other.as_str()
                )
            }
            Ok(StreamRef::Stdin(Some(rhel))) => several("-", rhel),
            Ok(StreamRef::File(path, Some(rhel))) => several(&path, rhel),
            _ => format!("the stream metadata in `{}` has it", self.source),
        }
    }
}

/// What is said of a ConfigMap that carries more than one CoreOS.
fn several(place: &str, rhel: Rhel) -> String {
    format!("the stream metadata in `{place}` has several, and {} was asked for", rhel.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_tell_what_they_are_built_of() {
        for (os, release, base) in [
            (Os::Fcos, "44.20260707.3.1", "Fedora 44"),
            (Os::Fcos, "37.20221127.3.0", "Fedora 37"),
            (Os::Scos, "10.0.20250628-0", "CentOS Stream 10"),
            (Os::Scos, "9.0.20250510-0", "CentOS Stream 9"),
            (Os::Rhcos, "9.6.20260217-1", "RHEL 9.6"),
            (Os::Rhcos, "10.2.20260217-1", "RHEL 10.2"),
            (Os::Rhcos, "416.94.202510081640-0", "RHEL 9.4"),
            (Os::Rhcos, "48.84.202208021106-0", "RHEL 8.4"),
        ] {
            assert_eq!(os.built_of(release).as_deref(), Some(base), "{release}");
        }
        assert_eq!(Os::Rhcos.built_of("latest"), None);
    }
}
