//! What install-config says besides names and numbers: networks, proxy, and where its secrets are.

use ipnet::IpNet;

use super::super::raw::{RawProxy, RawVars};
use super::super::read::value::Values;
use super::super::section::Scalar;
use crate::diag::{Code, Diagnostic};
use crate::model::service::{Install, Proxy};

/// A node's share of the pods' network, for IPv4 and IPv6.
const HOST_PREFIX: u8 = 23;
const HOST_PREFIX6: u8 = 64;

pub(super) fn check(values: &Values, raw: &RawVars) -> Install {
    let own = &raw.okdboot.services;
    let pods = nets(values, &own.pods);
    let services = nets(values, &own.services);
    overlap(values, &own.pods, &own.services);
    if let (true, Some(first)) = (own.pods.is_empty(), own.host_prefix.first()) {
        let help = "set `okdboot.services.pod_network` too, such as `10.128.0.0/14`";
        values.refuse(Code::V242, first, "a share of no network", help);
    }
    Install {
        pull_secret: own.pull_secret.as_ref().map(|at| at.text.clone()),
        ssh_key: own.ssh_key.as_ref().map(|at| at.text.clone()),
        trust_bundle: own.trust_bundle.as_ref().map(|at| at.text.clone()),
        fips: values.boolean(raw.fips.as_ref()).unwrap_or_default(),
        pods: pods
            .into_iter()
            .enumerate()
            .map(|(at, net)| shared(values, net, own.host_prefix.get(at)))
            .collect(),
        services,
        proxy: own.proxy.as_ref().map(|proxy| self::proxy(values, proxy)),
    }
}

fn nets(values: &Values, scalars: &[Scalar]) -> Vec<IpNet> {
    scalars.iter().filter_map(|at| net(values, at)).collect()
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

/// The installer refuses networks that share addresses.
fn overlap(values: &Values, pods: &[Scalar], services: &[Scalar]) {
    let parsed = |at: &&Scalar| at.text.trim().parse::<IpNet>().is_ok();
    let all: Vec<&Scalar> = pods.iter().chain(services).filter(parsed).collect();
    for (index, one) in all.iter().enumerate() {
        for other in &all[..index] {
            let (Ok(a), Ok(b)) = (one.text.trim().parse::<IpNet>(), other.text.trim().parse::<IpNet>())
            else {
                continue;
            };
            if a.contains(&b) || b.contains(&a) {
                let message = format!("the networks {a} and {b} share addresses");
                values.push(
                    Diagnostic::new(Code::V242, message)
                        .at(&values.at(one), "this one")
                        .also(&values.at(other), "and this one")
                        .help("give one of the two another range: openshift-install refuses them"),
                );
            }
        }
    }
}

/// A node's share must be smaller than the whole.
fn shared(values: &Values, net: IpNet, at: Option<&Scalar>) -> (IpNet, u8) {
    let default = if net.addr().is_ipv6() { HOST_PREFIX6 } else { HOST_PREFIX };
    let Some(at) = at else { return (net, default) };
    let found = at.text.trim().parse::<u8>().ok();
    if let Some(bits) = found.filter(|bits| *bits >= net.prefix_len() && *bits <= net.max_prefix_len()) {
        return (net, bits);
    }
    let help = format!("write a number from {} to {}", net.prefix_len(), net.max_prefix_len());
    values.refuse(Code::V242, at, format!("`{}` is no share of {net}", at.text), &help);
    (net, default)
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
