//! Where what stands at a path of a tree is on a server.

use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::{intent as intents, layout, manifest as manifests};

/// The most that one message may hold, in bytes: gRPC's own limit, which matchbox keeps, less room for what is
/// around a file.
pub const MOST_BYTES: usize = (4 << 20) - 1024;

/// A thing that a server keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchboxResource {
    /// A group by its id.
    Group(String),
    /// A profile by its id.
    Profile(String),
    /// An Ignition config by its name.
    Ignition(String),
    /// A generic config by its name.
    Generic(String),
}

impl MatchboxResource {
    /// Finds it; nothing for paths that do not travel, such as assets.
    pub fn of(path: &RelPath) -> Option<Self> {
        let below = |folder: &str| layout::stem(path, folder).map(str::to_owned);
        let group = || below(layout::GROUPS).map(Self::Group);
        let profile = || below(layout::PROFILES).map(Self::Profile);
        let ignition = || {
            let name = path.as_str().strip_prefix(layout::MATCHBOX)?.strip_prefix("/ignition/")?;
            (!name.contains('/')).then(|| Self::Ignition(name.to_owned()))
        };
        let own = || {
            let name = path.as_str().strip_prefix(layout::OWN_FOLDER)?.strip_prefix('/')?;
            Some(Self::Generic(format!("okdboot-{}", name.replace('/', "-"))))
        };
        group().or_else(profile).or_else(ignition).or_else(own)
    }
}

/// Returns where the manifest of a cluster is.
pub fn manifest(cluster: &Label) -> Option<RelPath> {
    manifests::path(Some(cluster))
}

/// Returns where it stands what a push of a cluster was about to do.
pub fn intent(cluster: &Label) -> Option<RelPath> {
    format!("{}.{cluster}", intents::FILE).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_travels_has_a_place_and_assets_have_none() {
        let of = |path: &str| MatchboxResource::of(&path.parse().unwrap());
        assert_eq!(of("matchbox/groups/lab-w0.2.json"), Some(MatchboxResource::Group("lab-w0.2".into())));
        assert_eq!(
            of("matchbox/profiles/lab.infra.json"),
            Some(MatchboxResource::Profile("lab.infra".into()))
        );
        assert_eq!(
            of("matchbox/ignition/lab-worker.ign"),
            Some(MatchboxResource::Ignition("lab-worker.ign".into()))
        );
        assert_eq!(of("matchbox/assets/ignition/lab/worker.ign"), None);
        let lab = "lab".parse().unwrap();
        let own = [manifest(&lab), intent(&lab)].map(|path| MatchboxResource::of(&path.unwrap()).unwrap());
        assert_eq!(own[0], MatchboxResource::Generic("okdboot-manifest-lab.json".into()));
        assert_eq!(own[1], MatchboxResource::Generic("okdboot-intent.json.lab".into()));
    }
}
