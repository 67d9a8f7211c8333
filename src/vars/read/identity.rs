//! What the cluster is called.

use super::super::raw::RawVars;
use super::value::Values;
use crate::model::name::{Domain, Label};

/// The cluster's id and its domain.
pub type Identity = (Label, Domain);

/// Reads id and domain of the cluster.
pub fn read(values: &Values, raw: &RawVars) -> Option<Identity> {
    let dns = &raw.dns;
    let id = values.required(
        dns.clusterid.as_ref(),
        "dns.clusterid",
        "the cluster's name (`metadata.name` of install-config)",
    );
    let domain = values.required(
        dns.domain.as_ref(),
        "dns.domain",
        "the base domain (`baseDomain` of install-config)",
    );
    let id = id.and_then(|scalar| values.cluster_id(scalar));
    let domain = domain.and_then(|scalar| values.domain(scalar));
    Some((id?, domain?))
}
