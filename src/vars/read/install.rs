//! What install-config says besides names and numbers, each value by itself.

use ipnet::IpNet;

use super::super::raw::{RawProxy, RawServices, RawVars};
use super::super::section::Scalar;
use super::given::Given;
use super::value::Values;
use crate::diag::Code;
use crate::model::service::Proxy;

/// Networks, proxy, and where secrets are.
pub struct InstallDraft<'a> {
    /// What the file says.
    pub raw: &'a RawServices,
    /// `fips`
    pub fips: bool,
    /// `pod_network`
    pub pods: Vec<Given<'a, IpNet>>,
    /// `service_network`
    pub services: Vec<Given<'a, IpNet>>,
    /// `host_prefix`: a node's share of each network of pods.
    pub shares: Vec<Given<'a, u8>>,
    /// `proxy`
    pub proxy: Option<Proxy>,
}

impl<'a> InstallDraft<'a> {
    /// Reads it.
    pub fn read(values: &Values, raw: &'a RawVars) -> Self {
        let own = &raw.okdboot.services;
        let nets =
            |scalars: &'a [Scalar]| scalars.iter().map(|at| Given { at, value: net(values, at) }).collect();
        let share = |at: &'a Scalar| Given { at, value: at.text.trim().parse().ok() };
        Self {
            raw: own,
            fips: values.boolean(raw.fips.as_ref()).unwrap_or_default(),
            pods: nets(&own.pods),
            services: nets(&own.services),
            shares: own.host_prefix.iter().map(share).collect(),
            proxy: own.proxy.as_ref().map(|proxy| self::proxy(values, proxy)),
        }
    }
}

fn net(values: &Values, at: &Scalar) -> Option<IpNet> {
    let help = "write a network such as `10.128.0.0/14`";
    let net: IpNet = values.parse(Code::V242, at, help)?;
    if net.trunc() != net {
        values.refuse(
            Code::V242,
            at,
            format!("`{net}` has bits after its prefix"),
            &format!("write `{}`", net.trunc()),
        );
        return None;
    }
    Some(net)
}

fn proxy(values: &Values, raw: &RawProxy) -> Proxy {
    let url = |at: &Option<Scalar>| {
        let at = at.as_ref()?;
        if values.refuses_credentials(at) {
            return None;
        }
        let text = at.text.trim();
        if text.starts_with("http://") && text.chars().all(|c| c.is_ascii_graphic()) {
            return Some(text.to_owned());
        }
        let help = "write it as `http://proxy.example.com:3128`";
        values.refuse(Code::V116, at, "openshift-install takes an http URL for a proxy", help);
        None
    };
    let no_proxy = raw.no.as_ref().map(|at| at.text.split_whitespace().collect::<String>());
    Proxy { http: url(&raw.http), https: url(&raw.https), no_proxy }
}
