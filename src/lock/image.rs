//! Which CoreOS a cluster boots, and why: said in the lock and by `explain`, for people. Nothing reads
//! it back, it follows from the rest.

use std::fmt;

use super::{LockedArtifact, LockedCluster, LockedStream};
use crate::model::stream_ref::{Rhel, SCOS_FROM, StreamRef, TWO_STREAMS_FROM};

/// A kind of CoreOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Os {
    /// Fedora CoreOS.
    Fcos,
    /// The CoreOS of `CentOS` Stream.
    Scos,
    /// The CoreOS of RHEL.
    Rhcos,
}

impl Os {
    const ALL: [Self; 3] = [Self::Fcos, Self::Scos, Self::Rhcos];

    /// Returns the short name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fcos => "fcos",
            Self::Scos => "scos",
            Self::Rhcos => "rhcos",
        }
    }

    /// What the names of its artifacts begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Fcos => "fedora-coreos-",
            Self::Scos => "scos-",
            Self::Rhcos => "rhcos-",
        }
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
        let release = self.arches.values().find_map(|arch| arch.release.as_deref());
        let base = os.zip(release).and_then(|(os, release)| os.built_of(release));
        Image { os, base, why: self.why() }
    }

    /// Returns the kind of CoreOS, where the names of the files agree on one.
    pub fn os(&self) -> Option<Os> {
        let of = |os: &Os| self.artifacts().any(|it| it.name.as_str().starts_with(os.prefix()));
        let all: Vec<Os> = Os::ALL.into_iter().filter(of).collect();
        if let [one] = all[..] { Some(one) } else { None }
    }

    fn artifacts(&self) -> impl Iterator<Item = &LockedArtifact> {
        self.arches.values().flat_map(|arch| arch.artifacts.values())
    }

    fn why(&self) -> String {
        match &self.stream {
            Some(stream) if !self.artifacts().any(LockedArtifact::is_override) => stream.why(),
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
