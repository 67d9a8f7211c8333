//! What the cluster and its helper are called, and where the helper is.

use super::super::raw::RawVars;
use super::address::Whose;
use super::value::Values;
use crate::model::cluster::Helper;
use crate::model::name::{Domain, Label};

/// The cluster's id and its domain.
pub type Identity = (Label, Domain);

/// Reads id and domain of the cluster.
pub fn identity(values: &Values, raw: &RawVars) -> Option<Identity> {
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

/// Reads the helper.
pub fn helper(values: &Values, raw: &RawVars) -> Option<Helper> {
    let address =
        values.required(raw.helper.ipaddr.as_ref(), "helper.ipaddr", "the address that nodes fetch from");
    let address = address.and_then(|scalar| values.ip(scalar, Whose::Machine));
    let name = match &raw.helper.name {
        Some(scalar) => values.host_name(scalar),
        None => "helper".parse().ok(),
    };
    Some(Helper { name: name?, address: address? })
}
