//! keepalived: one address that moves between several helpers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::Serialize;

use super::shared::Shared;
use super::view::View;
use super::{Made, Run};
use crate::diag::{Code, Diagnostic};
use crate::model::name::Label;
use crate::model::service::Helpernode;
use crate::plan::FileKind;
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::template::TemplateError;

/// The folder of the files, one a helper.
const FOLDER: &str = "services/keepalived";

/// Where a file begins.
const HEAD: &str = "services/keepalived/main.j2";
/// A cluster's part of it.
const SECTION: &str = "services/keepalived/cluster.j2";

/// One helper's part in a shared address (docs/templates.md).
#[derive(Serialize)]
struct Instance {
    cluster: String,
    state: &'static str,
    interface: String,
    router_id: u8,
    priority: u8,
    address: String,
    peers: Vec<String>,
    shared: String,
    is_balancer: bool,
}

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[Keeps::Folder(FOLDER)] };

/// Plans `<helper>.conf`, keepalived.conf(5): VRRP by unicast, since switches drop multicast.
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let mut parts: BTreeMap<&Label, Vec<(Label, String)>> = BTreeMap::new();
    let mut numbers = taken(run);
    for view in run.views.iter().filter(|view| !view.cluster.services.failover.is_empty()) {
        if let Some(diagnostic) = refused(view) {
            made.say(diagnostic);
            continue;
        }
        let number = router_id(view.cluster.helper.address, &mut numbers);
        for node in &view.cluster.services.failover {
            let text = run.templates.render(SECTION, &instance(view, node, number))?;
            parts.entry(&node.name).or_default().push((view.cluster.id.clone(), text));
        }
    }
    let standing = run.standing.below(FOLDER).filter_map(|path| path.split().1.strip_suffix(".conf"));
    let names: BTreeSet<String> =
        standing.map(str::to_owned).chain(parts.keys().map(ToString::to_string)).collect();
    let head = run.templates.render(HEAD, &())?;
    for name in names {
        let path = format!("{FOLDER}/{name}.conf");
        let origin = run.origin(SECTION);
        let shared = Shared { kind: FileKind::Keepalived, path: &path, comment: "#", origin };
        let own = parts.iter().find(|(id, _)| id.as_str() == name).map(|(_, own)| own.clone());
        let sections = shared.sections(run, own.unwrap_or_default());
        shared.file(&head, &sections, "", &mut made);
    }
    Ok(made)
}

fn instance(view: &View, node: &Helpernode, router_id: u8) -> Instance {
    let others = view.cluster.services.failover.iter().filter(|other| other.name != node.name);
    let prefix = if view.cluster.helper.address.is_ipv6() { 64 } else { view.context.network.prefix };
    let address = view.cluster.helper.address;
    Instance {
        cluster: view.cluster.id.to_string(),
        state: if node.is_master { "MASTER" } else { "BACKUP" },
        interface: view.context.interface.clone(),
        router_id,
        priority: node.priority,
        address: node.address.to_string(),
        peers: others.map(|other| other.address.to_string()).collect(),
        // The address stays where the balancer runs; machines of no cluster have none.
        is_balancer: view.context.is_openshift,
        shared: if prefix == 0 { address.to_string() } else { format!("{address}/{prefix}") },
    }
}

/// The numbers that clusters have which are not in this run.
fn taken(run: &Run) -> BTreeMap<u8, IpAddr> {
    let mut taken = BTreeMap::new();
    for path in run.standing.below(FOLDER) {
        let shared = Shared {
            kind: FileKind::Keepalived,
            path: path.as_str(),
            comment: "#",
            origin: run.origin(SECTION),
        };
        taken.extend(shared.sections(run, Vec::new()).values().filter_map(|body| number(body)));
    }
    taken
}

/// Finds the number in a section, and the address that it is for.
fn number(body: &str) -> Option<(u8, IpAddr)> {
    let mut lines = body.lines().map(str::trim);
    let number = lines.find_map(|line| line.strip_prefix("virtual_router_id "))?.parse().ok()?;
    let mut lines = lines.skip_while(|line| !line.starts_with("virtual_ipaddress")).skip(1);
    let address = lines.next()?.split('/').next()?;
    Some((number, address.parse().ok()?))
}

/// The last octet of the address, as helpernode takes it, or the next number that no other address has.
fn router_id(address: IpAddr, taken: &mut BTreeMap<u8, IpAddr>) -> u8 {
    let octet = match address {
        IpAddr::V4(address) => address.octets()[3],
        IpAddr::V6(address) => address.octets()[15],
    };
    let candidates = (0..=u8::MAX).map(|step| octet.wrapping_add(step)).filter(|id| *id != 0);
    let free = |id: &u8| taken.get(id).is_none_or(|other| *other == address);
    let id = candidates.into_iter().find(free).unwrap_or(1);
    taken.insert(id, address);
    id
}

/// Says why helpers cannot share the address.
fn refused(view: &View) -> Option<Diagnostic> {
    let (why, help) = match view.cluster.services.failover.as_slice() {
        [only] => (
            format!("`{}` is the only helper with a name and an address", only.name),
            "list two or more under `high_availability.helpernodes`, or take the list out",
        ),
        _ if view.context.interface.is_empty() => (
            "the helpers' interface is not known".to_owned(),
            "set `helper.networkifacename` or `okdboot.services.interface`, such as `eth0`",
        ),
        _ => return None,
    };
    let message = format!("no keepalived file is rendered for `{}`: {why}", view.cluster.id);
    Some(Diagnostic::new(Code::R030, message).help(help))
}
