//! Finding the node that a person means.

use std::net::IpAddr;

use crate::cli::pick;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::run::failure::{Exit, Failure};
use crate::run::{Member, Workspace};
use crate::text::{Count, List, did_you_mean, nearest};
use crate::vars::Checked;

/// A node with its cluster.
pub(super) struct ExplainTarget<'a> {
    pub(super) member: &'a Member,
    pub(super) node: &'a Node,
}

impl<'a> ExplainTarget<'a> {
    pub(super) fn cluster(&self) -> &'a Cluster {
        self.member.cluster()
    }

    /// Returns the inventory.
    pub(super) fn checked(&self) -> &'a Checked {
        &self.member.checked
    }
}

/// Finds nodes by name, MAC address or IP address; clusters may have nodes of one name.
pub(super) fn find<'a>(workspace: &'a Workspace, target: &str) -> Result<Vec<ExplainTarget<'a>>, Failure> {
    let nodes = || {
        let members = workspace.members.iter();
        members
            .flat_map(|member| member.cluster().nodes.iter().map(move |node| ExplainTarget { member, node }))
    };
    let mac: Option<MacAddr> = target.parse().ok();
    let address: Option<IpAddr> = target.parse().ok();
    let names = [target.to_owned()];
    let is = |found: &ExplainTarget| match (address, mac) {
        (Some(address), _) => found.node.address == address,
        (_, Some(mac)) if found.node.macs().contains(&mac) => true,
        _ => pick::wanted(found.cluster(), found.node, &names),
    };
    let found: Vec<ExplainTarget> = nodes().filter(is).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known: Vec<ExplainTarget> = nodes().collect();
    Err(unknown(&known, target, address, mac))
}

fn unknown(known: &[ExplainTarget], target: &str, address: Option<IpAddr>, mac: Option<MacAddr>) -> Failure {
    let (what, candidates): (&str, Vec<String>) = match (address, mac) {
        (Some(_), _) => ("address", known.iter().map(|found| found.node.address.to_string()).collect()),
        (_, Some(_)) => (
            "MAC address",
            known.iter().flat_map(|found| found.node.boot_macs()).map(|mac| mac.to_string()).collect(),
        ),
        _ => ("name", known.iter().map(|found| found.node.name.to_string()).collect()),
    };
    let failure = Failure::new(Exit::Usage, format!("no node has the {what} `{target}`"));
    let helper = known.iter().find(|found| Some(found.cluster().helper.address) == address);
    if let Some(found) = helper {
        return failure.help(format!("it is the helper of `{}`", found.cluster().id));
    }
    let spelt = mac.map_or_else(|| target.to_owned(), |mac| mac.to_string());
    let all = || candidates.iter().map(String::as_str);
    let near = nearest(&spelt, all()).or_else(|| did_you_mean(&spelt, all()).filter(|_| what == "name"));
    match near {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help(listed(&candidates)),
    }
}

/// Names what there is, as far as that can be read.
fn listed(candidates: &[String]) -> String {
    const SHOWN: usize = 12;
    match candidates.len() {
        0 => "no node has one".to_owned(),
        count if count <= SHOWN => format!("there are {}", List::and(candidates)),
        count => {
            let more = Count(count - SHOWN, "further node");
            format!("there are {} and {more}", List::and(&candidates[..SHOWN]))
        }
    }
}
