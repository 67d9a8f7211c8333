//! Where machines fetch from.

use crate::model::artifact::ArtifactName;
use crate::model::cluster::Cluster;
use crate::model::node::Role;

/// Returns the URL of an artifact.
pub(super) fn asset_url(cluster: &Cluster, name: &ArtifactName) -> String {
    format!("{}/assets/{name}", cluster.settings.url)
}

/// Returns the URL of the byte-exact copy of a role's Ignition file, which digests are about.
pub(super) fn exact_ignition_url(cluster: &Cluster, role: Role) -> String {
    format!("{}/assets/ignition/{}/{role}.ign", cluster.settings.ignition_base, cluster.id)
}
