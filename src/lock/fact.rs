//! What holds from one release of CoreOS on and not before, each with where it is known from. Every rule
//! that depends on a release asks here.

use std::fmt;

use super::image::Os;
use super::{LockedArch, LockedCluster};
use crate::model::arch::Arch;
use crate::model::stream_ref::{StreamRef, Version};

/// RHCOS whose installer passes network arguments on where files tell it what to install: what it is built
/// of, and the day of its build. coreos-installer#1689; seen in installer#10247 and #10278. Images of
/// others are not known to: SCOS 10.0.20250628-0 and RHCOS 416.94.202510081640-0 do not.
const PASSES_NETWORK: [((u32, u32), &str); 2] = [((9, 4), "20260122"), ((9, 6), "20260112")];

/// The first Enterprise Linux that is compiled for x86-64-v3 (RHEL 10 release notes, "Architectures").
const V3_FROM: u32 = 10;

/// Releases of OpenShift and OKD from which on a newer specification 3.N of Ignition is read, with that N
/// (Butane, release notes: "Stabilize OpenShift spec ..., targeting Ignition spec ...").
const IGNITION: [(Version, u32); 3] = [
    (Version { major: 4, minor: 8 }, 2),
    (Version { major: 4, minor: 14 }, 4),
    (Version { major: 4, minor: 19 }, 5),
];

/// The last release of which that is known.
const IGNITION_KNOWN_TO: Version = Version { major: 4, minor: 21 };

/// A release of a CoreOS.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    os: Option<Os>,
    name: &'a str,
}

impl LockedCluster {
    /// Returns what the machines of an architecture boot, where the lock tells it.
    pub fn release(&self, arch: Arch) -> Option<Release<'_>> {
        let LockedArch { release, .. } = self.arches.get(&arch)?;
        Some(Release { os: self.os(), name: release.as_deref()? })
    }

    /// Returns the release of OpenShift or OKD whose machines these are: as it was asked for, else as RHCOS
    /// up to 4.18 has it in its name.
    pub fn version(&self) -> Option<Version> {
        let asked = self.source().and_then(|source| source.parse::<StreamRef>().ok()?.version());
        let mut releases = self.arches.keys().filter_map(|arch| self.release(*arch));
        asked.or_else(|| releases.find_map(|release| release.version()))
    }

    /// Returns the newest specification of Ignition that these machines read, as the N of 3.N, with the
    /// release that says so. Fedora CoreOS, which older releases of OKD boot, is ahead of all of them.
    pub fn reads_ignition(&self) -> Option<(Version, u32)> {
        if self.os() == Some(Os::Fcos) {
            return None;
        }
        let version = self.version().filter(|version| *version <= IGNITION_KNOWN_TO)?;
        let known = IGNITION.iter().rev().find(|(from, _)| version >= *from);
        known.map(|(_, minor)| (version, *minor))
    }
}

impl fmt::Display for Release<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.os {
            Some(os) => write!(f, "{os} {}", self.name),
            None => f.write_str(self.name),
        }
    }
}

impl Release<'_> {
    /// Says whether network arguments of the live boot reach the first boot of the installed system where
    /// files in `/etc/coreos/installer.d` say what to install.
    pub fn passes_network(&self) -> bool {
        let is_known = |((major, minor), day): &((u32, u32), &str)| {
            self.base() == Some((*major, *minor)) && self.built().is_some_and(|built| built >= *day)
        };
        self.os == Some(Os::Rhcos) && PASSES_NETWORK.iter().any(is_known)
    }

    /// Says whether CPUs of `x86_64` need the level x86-64-v3: AVX2, since Intel's Haswell and AMD's
    /// Excavator.
    pub fn needs_v3(&self) -> bool {
        matches!(self.os, Some(Os::Rhcos | Os::Scos))
            && self.base().is_some_and(|(major, _)| major >= V3_FROM)
    }

    /// `416.94.2025...`
    fn version(&self) -> Option<Version> {
        let (first, _) = self.name.split_once('.').filter(|_| self.os == Some(Os::Rhcos))?;
        let (major, minor) = first.split_at_checked(1).filter(|(_, minor)| !minor.is_empty())?;
        let version = Version { major: major.parse().ok()?, minor: minor.parse().ok()? };
        // `10.2.2026...` and `9.6.2026...` begin with RHEL's.
        (version.major == 4).then_some(version)
    }

    fn base(&self) -> Option<(u32, u32)> {
        self.os?.base(self.name)
    }

    /// Returns the day of its build such as `20260122`: every CoreOS has it in its name.
    fn built(&self) -> Option<&str> {
        let is_day = |part: &&str| part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_digit());
        self.name.split(['.', '-']).find(is_day).map(|part| &part[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(os: Os, name: &str) -> Release<'_> {
        Release { os: Some(os), name }
    }

    #[test]
    fn network_arguments_are_passed_on_by_images_that_are_known_to() {
        for (os, name, due) in [
            (Os::Rhcos, "416.94.202601221345-0", true),
            (Os::Rhcos, "416.94.202510081640-0", false),
            (Os::Rhcos, "9.6.20260112-0", true),
            (Os::Rhcos, "9.6.20251231-0", false),
            (Os::Rhcos, "415.92.202606010000-0", false),
            (Os::Scos, "10.0.20250628-0", false),
            (Os::Fcos, "44.20260707.3.1", false),
            (Os::Rhcos, "latest", false),
        ] {
            assert_eq!(release(os, name).passes_network(), due, "{name}");
        }
    }

    #[test]
    fn the_release_of_openshift_is_in_the_older_names() {
        for (os, name, due) in [
            (Os::Rhcos, "416.94.202510081640-0", Some((4, 16))),
            (Os::Rhcos, "48.84.202208021106-0", Some((4, 8))),
            (Os::Rhcos, "9.6.20260112-0", None),
            (Os::Fcos, "44.20260707.3.1", None),
            (Os::Rhcos, "4.x", None),
        ] {
            let version = release(os, name).version().map(|version| (version.major, version.minor));
            assert_eq!(version, due, "{name}");
        }
    }

    #[test]
    fn enterprise_linux_10_needs_newer_cpus() {
        for (os, name, due) in [
            (Os::Scos, "10.0.20250628-0", true),
            (Os::Scos, "9.0.20250510-0", false),
            (Os::Rhcos, "10.2.20260217-1", true),
            (Os::Rhcos, "9.6.20260112-0", false),
            (Os::Rhcos, "416.94.202601221345-0", false),
            (Os::Fcos, "44.20260707.3.1", false),
        ] {
            assert_eq!(release(os, name).needs_v3(), due, "{name}");
        }
    }
}
