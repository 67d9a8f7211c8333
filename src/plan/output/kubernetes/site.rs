//! The overlay of a site: its namespace, its address and port, its clusters. It keeps the clusters that are
//! not of this run, and lets go of those that moved to another address.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::Cluster;
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::model::url::BaseUrl;
use crate::plan::{FileKind, Owner, PlannedFile, SharedFiles, layout};

/// What comes before the URL of a cluster.
const URL: &str = "  # ";

/// The file of a site that names its clusters.
pub(super) const OVERLAY: &str = "kustomization.yaml";

/// The longest name of a namespace.
const MAX_NAMESPACE: usize = 63;

/// The overlays of a run.
#[derive(Default)]
pub(super) struct Sites {
    pub(super) files: Vec<PlannedFile>,
    /// Overlays that hold no cluster any more.
    pub(super) dropped: Vec<RelPath>,
}

/// The folder of a site.
pub(super) fn name(url: &BaseUrl) -> String {
    let host = url.host();
    let letters = host.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' });
    format!("{}-{}", letters.collect::<String>().trim_matches('-').to_ascii_lowercase(), url.port())
}

/// Plans the overlays: `ids` are the clusters of the run, `own` those of them that are there.
pub(super) fn files(ids: &BTreeSet<&Label>, own: &[&Cluster], standing: &SharedFiles) -> Sites {
    let mut sites: BTreeMap<String, (Option<BaseUrl>, BTreeSet<Label>)> = BTreeMap::new();
    // The base and what stands beside it name no clusters.
    for (site, text) in standing
        .below_each(layout::KUBERNETES, OVERLAY)
        .filter(|(_, text)| clusters_of(text).next().is_some())
    {
        let (url, clusters) = sites.entry(site.to_owned()).or_default();
        for (id, at) in clusters_of(text) {
            *url = Some(at);
            clusters.extend((!ids.contains(&id)).then_some(id));
        }
    }
    for cluster in own {
        let url = &cluster.settings.url;
        let (at, clusters) = sites.entry(name(url)).or_default();
        *at = Some(url.clone());
        clusters.insert(cluster.id.clone());
    }
    let mut planned = Sites::default();
    for (site, (url, clusters)) in sites {
        let path = layout::kubernetes(&format!("{site}/{OVERLAY}"));
        match url.filter(|_| !clusters.is_empty()) {
            Some(url) => {
                let owner = Owner::shared(FileKind::Kubernetes);
                planned.files.push(PlannedFile::new(path, owner, text(&site, &url, &clusters).into_bytes()));
            }
            None => planned.dropped.push(path),
        }
    }
    planned
}

/// The clusters that stand in an overlay.
fn clusters_of(text: &str) -> impl Iterator<Item = (Label, BaseUrl)> {
    text.lines().filter_map(|line| {
        let (id, url) = line.strip_prefix("  - ")?.split_once(URL)?;
        Some((id.parse().ok()?, url.parse().ok()?))
    })
}

fn text(site: &str, url: &BaseUrl, clusters: &BTreeSet<Label>) -> String {
    let components: String = clusters.iter().map(|id| format!("  - {id}{URL}{url}\n")).collect();
    let address = url.address().map(|address| {
        format!("      - op: add\n        path: /spec/loadBalancerIP\n        value: \"{address}\"\n")
    });
    format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {}\nresources:\n  - ../base\n\
         components:\n{components}patches:\n  - target:\n      kind: Service\n      name: okdboot\n    patch: |\n      \
         - op: replace\n        path: /spec/ports/0/port\n        value: {}\n{}",
        namespace(site),
        url.port(),
        address.unwrap_or_default()
    )
}

/// A long name ends with a digest of the whole.
fn namespace(site: &str) -> String {
    let whole = format!("okdboot-{site}");
    if whole.len() <= MAX_NAMESPACE {
        return whole;
    }
    let digest = Sha256::of(whole.as_bytes()).to_string();
    format!("{}-{}", whole[..MAX_NAMESPACE - 9].trim_end_matches('-'), &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_an_address() {
        let name = |url: &str| name(&url.parse().unwrap());
        assert_eq!(name("http://192.168.7.77:8080"), "192-168-7-77-8080");
        assert_eq!(name("http://boot.example.com"), "boot-example-com-80");
        assert_eq!(name("http://[fd00::7]:8080"), "fd00--7-8080");
        assert!(namespace(&"a".repeat(80)).len() <= MAX_NAMESPACE);
    }

    #[test]
    fn clusters_of_other_runs_stay_and_those_that_moved_go() {
        let url: BaseUrl = "http://192.168.7.77:8080".parse().unwrap();
        let (a, b): (Label, Label) = ("a".parse().unwrap(), "b".parse().unwrap());
        let both = text("192-168-7-77-8080", &url, &BTreeSet::from([a.clone(), b.clone()]));
        let path = "kubernetes/192-168-7-77-8080/kustomization.yaml";
        let standing = SharedFiles::default().with(path, &both);
        let left = files(&BTreeSet::from([&a]), &[], &standing);
        let text = String::from_utf8(left.files[0].contents.to_vec()).unwrap();
        assert!(text.contains("  - b  # http://192.168.7.77:8080\n") && !text.contains("- a"), "{text}");
        let none = files(&BTreeSet::from([&a, &b]), &[], &standing);
        assert_eq!((none.files.len(), none.dropped.len()), (0, 1));
    }
}
