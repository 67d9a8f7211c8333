//! `oc` and openshift-install, which no stream has: where Red Hat publishes those of a release.

use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::digest::Sha256;
use crate::model::stream_ref::Version;
use crate::model::sums;
use crate::model::url::ArtifactUrl;

/// Below it is a folder for each architecture.
const MIRROR: &str = "https://mirror.openshift.com/pub/openshift-v4";

/// A program at its lasting place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// In the folder of its own version, which stays when the channel moves on.
    pub location: ArtifactUrl,
    /// The last segment of the location.
    pub name: ArtifactName,
    /// As the list of the channel has it.
    pub sha256: Sha256,
}

fn folder(arch: Arch, of: &str) -> String {
    format!("{MIRROR}/{arch}/clients/ocp/{of}")
}

/// Returns where the `stable` channel of OpenShift 4.N lists its newest programs; nothing for another
/// major version, of which no place is known.
pub fn list_url(version: Version, arch: Arch) -> Option<ArtifactUrl> {
    let url = || format!("{}/sha256sum.txt", folder(arch, &format!("stable-{version}"))).parse().ok();
    if version.major == 4 { url() } else { None }
}

/// Finds a program of the folder's own architecture in the list: its name ends with the version alone,
/// others carry an architecture before it.
pub fn find(list: &str, kind: ArtifactKind, version: Version, arch: Arch) -> Option<Program> {
    let prefix = match kind {
        ArtifactKind::Client => "openshift-client-linux-",
        ArtifactKind::Installer => "openshift-install-linux-",
        _ => return None,
    };
    let series = format!("{version}.");
    sums::lines(list).find_map(|(name, sha256)| {
        let full = name.strip_prefix(prefix)?.strip_suffix(".tar.gz")?;
        let location = format!("{}/{name}", folder(arch, full)).parse().ok()?;
        let name = name.parse().ok().filter(|_| full.starts_with(&series))?;
        Some(Program { location, name, sha256 })
    })
}

/// Says whether a location is one that [`find`] makes.
pub fn is_published(location: &ArtifactUrl) -> bool {
    location.as_str().strip_prefix(MIRROR).is_some_and(|rest| rest.contains("/clients/ocp/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4_20: Version = Version { major: 4, minor: 20 };

    fn list(names: &[&str]) -> String {
        names.iter().map(|name| format!("{}  {name}\n", Sha256::of(name.as_bytes()))).collect()
    }

    #[test]
    fn the_program_of_this_machine_is_found_among_the_others() {
        let name = "openshift-client-linux-4.20.5.tar.gz";
        let text = list(&[
            "openshift-client-linux-amd64-rhel8-4.20.5.tar.gz",
            "openshift-client-linux-arm64-4.20.5.tar.gz",
            "openshift-client-mac-4.20.5.tar.gz",
            "openshift-install-linux-4.20.5.tar.gz",
            name,
            "release.txt",
        ]);
        let found = find(&text, ArtifactKind::Client, V4_20, Arch::Aarch64).unwrap();
        assert_eq!(
            found.location.as_str(),
            "https://mirror.openshift.com/pub/openshift-v4/aarch64/clients/ocp/4.20.5/openshift-client-linux-4.20.5.tar.gz"
        );
        assert_eq!((found.name.as_str(), found.sha256), (name, Sha256::of(name.as_bytes())));
        assert!(is_published(&found.location));
        let installer = find(&text, ArtifactKind::Installer, V4_20, Arch::X86_64).unwrap();
        assert_eq!(installer.name.as_str(), "openshift-install-linux-4.20.5.tar.gz");
        assert_eq!(find(&text, ArtifactKind::Kernel, V4_20, Arch::X86_64), None);
    }

    #[test]
    fn nothing_of_another_release_and_nothing_strange_is_taken() {
        for name in [
            "openshift-client-linux-4.2.5.tar.gz",
            "openshift-client-linux-4.20.tar.gz",
            "openshift-client-linux-.tar.gz",
            "openshift-client-linux-../../4.20.5.tar.gz",
            "openshift-client-linux-4.20.5/../../x.tar.gz",
            "openshift-client-linux-4.20.5.zip",
        ] {
            assert_eq!(find(&list(&[name]), ArtifactKind::Client, V4_20, Arch::X86_64), None, "{name}");
        }
        assert_eq!(list_url(Version { major: 5, minor: 0 }, Arch::X86_64), None);
    }
}
