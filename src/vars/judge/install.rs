//! The networks of install-config beside one another, and a node's share of them.

use ipnet::IpNet;

use super::super::read::given::Given;
use super::super::read::install::InstallDraft;
use super::super::read::value::Values;
use crate::diag::{Code, Diagnostic};
use crate::model::service::Install;

/// A node's share of the pods' network, for IPv4 and IPv6.
const HOST_PREFIX: u8 = 23;
const HOST_PREFIX6: u8 = 64;

/// Compares the networks of pods and services, and the shares of the former.
pub(super) fn check(values: &Values, draft: &InstallDraft) -> Install {
    let own = draft.raw;
    let text = |at: &Option<crate::vars::section::Scalar>| at.as_ref().map(|at| at.text.clone());
    overlap(values, draft);
    Install {
        pull_secret: text(&own.pull_secret),
        ssh_key: text(&own.ssh_key),
        trust_bundle: text(&own.trust_bundle),
        fips: draft.fips,
        pods: shares(values, draft),
        services: draft.services.iter().filter_map(|given| given.value).collect(),
        proxy: draft.proxy.clone(),
    }
}

/// The installer refuses networks that share addresses.
fn overlap(values: &Values, draft: &InstallDraft) {
    let all = draft.pods.iter().chain(&draft.services);
    let all: Vec<_> = all.filter_map(|given| Some((given.at, given.value?))).collect();
    for (index, (one, a)) in all.iter().enumerate() {
        for (other, b) in &all[..index] {
            if a.contains(b) || b.contains(a) {
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

/// Gives each network of pods its share.
fn shares(values: &Values, draft: &InstallDraft) -> Vec<(IpNet, u8)> {
    for (at, given) in draft.shares.iter().enumerate() {
        of_nothing(values, draft, at, given);
    }
    let pods = draft.pods.iter().enumerate();
    pods.filter_map(|(at, pods)| Some(shared(values, pods.value?, draft.shares.get(at)))).collect()
}

/// A share without a network that it is of.
fn of_nothing(values: &Values, draft: &InstallDraft, at: usize, given: &Given<u8>) {
    let help = "set `okdboot.services.pod_network` too, such as `10.128.0.0/14`";
    match draft.pods.get(at) {
        None if at == 0 => values.refuse(Code::V242, given.at, "a share of no network", help),
        Some(pods) if pods.value.is_some() => {}
        // Of a network that is not known, any number of bits may be a share.
        _ if given.value.is_some_and(|bits| bits <= 128) => {}
        _ => {
            let message = format!("`{}` is no share of a network", given.at.text);
            values.refuse(Code::V242, given.at, message, "write a number of bits, such as `23`");
        }
    }
}

/// A node's share must be smaller than the whole.
fn shared(values: &Values, net: IpNet, given: Option<&Given<u8>>) -> (IpNet, u8) {
    let default = if net.addr().is_ipv6() { HOST_PREFIX6 } else { HOST_PREFIX };
    let Some(given) = given else { return (net, default) };
    if let Some(bits) = given.value.filter(|bits| *bits >= net.prefix_len() && *bits <= net.max_prefix_len())
    {
        return (net, bits);
    }
    let help = format!("write a number from {} to {}", net.prefix_len(), net.max_prefix_len());
    values.refuse(Code::V242, given.at, format!("`{}` is no share of {net}", given.at.text), &help);
    (net, default)
}
