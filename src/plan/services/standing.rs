//! The shared files of a tree as they stand: a run keeps what they say of clusters that it does not have.

use std::collections::BTreeMap;

use crate::model::path::RelPath;
use crate::plan::layout;
use crate::plan::tree::{self, Tree};

/// Every shared file that keeps what it says of other clusters; others stand in folders, by their names.
const SHARED: &[&str] = &[
    layout::SUMS,
    super::bind::NAMED,
    super::chrony::PATH,
    super::dhcpd::PATH,
    super::dnsmasq::PATH,
    super::firewall::NFTABLES,
    super::firewall::FIREWALLD,
    super::haproxy::PATH,
    super::kea::DHCP4,
    super::kea::DHCP6,
];

/// Folders of shared files whose names nobody knows beforehand.
const FOLDERS: &[&str] = &[super::bind::ZONES, super::keepalived::FOLDER, super::containers::FOLDER];

/// The file of a site of Kubernetes that names its clusters.
const OVERLAY: &str = "kustomization.yaml";

/// The texts of shared files by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing(BTreeMap<RelPath, String>);

impl Standing {
    /// Reads them; what is not there, or is not text, says nothing.
    pub fn read(tree: &dyn Tree) -> Self {
        let below = |folder: &&str| {
            let names = folder.parse().map(|folder| tree.names(&folder)).unwrap_or_default();
            names.into_iter().map(|name| format!("{folder}/{name}")).collect::<Vec<_>>()
        };
        let sites = below(&layout::KUBERNETES).into_iter().map(|site| format!("{site}/{OVERLAY}"));
        let paths =
            SHARED.iter().map(|path| (*path).to_owned()).chain(FOLDERS.iter().flat_map(below)).chain(sites);
        let text = |path: String| {
            let path: RelPath = path.parse().ok()?;
            match tree.look(&path) {
                tree::Standing::File(found) => Some((path, String::from_utf8(found.bytes).ok()?)),
                _ => None,
            }
        };
        Self(paths.filter_map(text).collect())
    }

    /// Returns a file's text; nothing where there is none.
    pub fn text(&self, path: &str) -> &str {
        let found = path.parse::<RelPath>().ok().and_then(|path| self.0.get(&path));
        found.map(String::as_str).unwrap_or_default()
    }

    /// Returns the paths below a folder.
    pub(super) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a RelPath> {
        self.0.keys().filter(move |path| path.split().0 == folder)
    }

    /// Returns the overlays of Kubernetes, by their sites.
    pub(in crate::plan) fn sites(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(path, text)| {
            let (folder, name) = path.split();
            let site = folder.strip_prefix(layout::KUBERNETES)?.strip_prefix('/')?;
            (name == OVERLAY).then_some((site, text.as_str()))
        })
    }

    /// Says whether another look at the same tree found something else at one of these paths.
    pub fn differs<'a>(&self, other: &Self, mut paths: impl Iterator<Item = &'a RelPath>) -> Option<RelPath> {
        paths.find(|path| self.0.get(path) != other.0.get(path)).cloned()
    }

    /// Takes a text, for tests and for trees in memory.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.0.extend(path.parse().ok().map(|path: RelPath| (path, text.to_owned())));
        self
    }
}
