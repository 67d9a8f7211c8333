//! The names that an installation stands on: whether each is known, and to the right end.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, SocketAddr};

use super::dns::{self, AddressFamily, DnsAnswer, DnsQuestion, Unanswered};
use super::{DNS_PORT, JOBS, Service, ServiceOptions, ServiceRow, not_asked, shown};
use crate::diag::{Code, Diagnostic, Severity};
use crate::model::cluster::Cluster;
use crate::model::name::{Domain, Label};
use crate::model::node::Node;
use crate::pool;

/// A name or an address that has to be known.
struct NeededName<'a> {
    question: DnsQuestion,
    /// As people write it: the wildcard, not the name that was made up to ask for it.
    subject: String,
    due: NeededAnswer<'a>,
}

/// What has to be known of it.
enum NeededAnswer<'a> {
    /// The load balancer's address.
    Balancer(IpAddr),
    /// A node's address.
    Address(&'a Node, IpAddr),
    /// A node's name.
    Name(&'a Node, IpAddr, Domain),
}

/// Asks every server for every name.
pub(super) fn look(
    cluster: &Cluster,
    servers: &BTreeSet<SocketAddr>,
    options: &ServiceOptions,
) -> Vec<ServiceRow> {
    let wanted = wanted(cluster);
    let Some((first, rest)) = wanted.split_first() else { return Vec::new() };
    let servers: Vec<SocketAddr> = servers.iter().copied().collect();
    // A server that is silent is said once, and asked once.
    let greeted = pool::each(&servers, JOBS, |server| row(*server, first, options));
    let alive = servers.iter().zip(&greeted).filter(|(_, row)| !row.is_mute).map(|(server, _)| *server);
    let questions: Vec<(SocketAddr, &NeededName)> =
        alive.flat_map(|server| rest.iter().map(move |wanted| (server, wanted))).collect();
    let asked = pool::each(&questions, JOBS, |(server, wanted)| row(*server, wanted, options));
    greeted.into_iter().chain(asked).map(|asked| asked.row).collect()
}

fn wanted(cluster: &Cluster) -> Vec<NeededName<'_>> {
    let (base, services) = (cluster.base(), &cluster.services);
    let of_balancer = |name: String, subject: String, address| NeededName {
        question: DnsQuestion::Addresses(name, AddressFamily::of(address)),
        subject,
        due: NeededAnswer::Balancer(address),
    };
    let mut wanted = Vec::new();
    if cluster.is_openshift() {
        let api = ["api", "api-int"].map(|host| format!("{host}.{base}"));
        wanted.extend(api.map(|name| of_balancer(name.clone(), name, services.load_balancer)));
        // A name that nobody has entered: only a wildcard answers to it.
        let chance = RandomState::new().hash_one(base.as_str());
        let (name, subject) = (format!("okdboot-{chance:016x}.apps.{base}"), format!("*.apps.{base}"));
        wanted.push(of_balancer(name, subject, services.ingress));
    }
    for node in &cluster.nodes {
        let fqdn = cluster.fqdn(node);
        for address in node.addresses() {
            let question = DnsQuestion::Addresses(fqdn.to_string(), AddressFamily::of(address));
            wanted.push(NeededName {
                question,
                subject: fqdn.to_string(),
                due: NeededAnswer::Address(node, address),
            });
            let (question, due) =
                (DnsQuestion::Names(address), NeededAnswer::Name(node, address, fqdn.clone()));
            wanted.push(NeededName { question, subject: address.to_string(), due });
        }
    }
    wanted
}

/// A row, and whether the server said nothing at all.
struct AskedName {
    row: ServiceRow,
    is_mute: bool,
}

fn row(server: SocketAddr, wanted: &NeededName, options: &ServiceOptions) -> AskedName {
    let shown = shown(server, DNS_PORT);
    let mut row = ServiceRow::new(Service::Dns, &shown, wanted.subject.clone());
    row.node = wanted.node().cloned();
    let Some(patience) = options.patience() else { return AskedName { row: not_asked(row), is_mute: true } };
    match dns::ask(server, &wanted.question, patience) {
        Ok(answer) => {
            let finding = wanted.judge(&shown, &answer);
            AskedName { row: row.found(said(&answer)).finding(finding), is_mute: false }
        }
        Err(error) => {
            let row = row.found(error.to_string()).finding(mute(&shown, &wanted.subject, &error));
            AskedName { row, is_mute: true }
        }
    }
}

fn mute(server: &str, subject: &str, error: &Unanswered) -> Diagnostic {
    Diagnostic::new(Code::P070, format!("name server {server} cannot be asked for `{subject}`: {error}"))
        .help("start the name server, let the nodes' network reach port 53 (UDP and TCP), or name another one as `dhcp.dns`")
}

fn said(answer: &DnsAnswer) -> String {
    let list = |items: Vec<String>| if items.is_empty() { "nothing".to_owned() } else { items.join(", ") };
    match answer {
        DnsAnswer::Addresses(addresses) => list(addresses.iter().map(ToString::to_string).collect()),
        DnsAnswer::Names(names) => list(names.iter().cloned().collect()),
        DnsAnswer::NoName => "no such name".to_owned(),
        DnsAnswer::Refused(code) => code.to_string(),
    }
}

impl NeededName<'_> {
    fn node(&self) -> Option<&Label> {
        match &self.due {
            NeededAnswer::Balancer(_) => None,
            NeededAnswer::Address(node, _) | NeededAnswer::Name(node, ..) => Some(&node.name),
        }
    }

    fn judge(&self, server: &str, answer: &DnsAnswer) -> Option<Diagnostic> {
        match (answer, &self.due) {
            (DnsAnswer::Refused(code), _) => Some(
                Diagnostic::new(
                    Code::P070,
                    format!("name server {server} answers `{code}` to `{}`", self.subject),
                )
                .help(
                    "look into its log: a zone that was not loaded, or a network that it does not answer to",
                ),
            ),
            (DnsAnswer::Addresses(found), NeededAnswer::Balancer(due)) if !found.is_empty() => {
                self.judge_balancer(server, found, *due)
            }
            (DnsAnswer::Addresses(found), NeededAnswer::Address(_, due)) if !found.is_empty() => {
                self.judge_address(server, found, *due)
            }
            (DnsAnswer::Names(found), NeededAnswer::Name(_, address, fqdn)) if !found.is_empty() => {
                judge_name(server, found, *address, fqdn)
            }
            (_, NeededAnswer::Name(node, address, fqdn)) => Some(nameless(server, node, *address, fqdn)),
            (_, NeededAnswer::Balancer(address) | NeededAnswer::Address(_, address)) => {
                Some(self.unknown(server, *address))
            }
        }
    }

    /// Returns the line of a zone that gives an address to the name.
    fn record(&self, address: IpAddr) -> String {
        format!("{}. IN {} {address}", self.subject, AddressFamily::of(address).record())
    }

    fn unknown(&self, server: &str, address: IpAddr) -> Diagnostic {
        Diagnostic::new(Code::P071, format!("name server {server} knows no address of `{}`", self.subject))
            .help(format!("add to the zone: `{}`", self.record(address)))
    }

    fn judge_balancer(&self, server: &str, found: &BTreeSet<IpAddr>, due: IpAddr) -> Option<Diagnostic> {
        if found.iter().all(|address| *address == due) {
            return None;
        }
        let message = format!(
            "`{}` is {} to name server {server}, and the load balancer is {due}",
            self.subject,
            join(found)
        );
        Some(Diagnostic::new(Code::P072, message).help(format!(
            "correct the record: `{}`, or `dns.lb_ipaddr` if that is the one that is wrong",
            self.record(due)
        )))
    }

    fn judge_address(&self, server: &str, found: &BTreeSet<IpAddr>, due: IpAddr) -> Option<Diagnostic> {
        if found.iter().all(|address| *address == due) {
            return None;
        }
        let message =
            format!("`{}` is {} to name server {server}, and the node has {due}", self.subject, join(found));
        Some(Diagnostic::new(Code::P073, message).help(format!("leave one record: `{}`", self.record(due))))
    }
}

fn nameless(server: &str, node: &Node, address: IpAddr, fqdn: &Domain) -> Diagnostic {
    let message = format!("name server {server} knows no name of {address} ({fqdn})");
    let mut finding = Diagnostic::new(Code::P074, message)
        .help(format!("add to the reverse zone: `{} IN PTR {fqdn}.`", dns::reverse(address)));
    // A node with a static address gets its name from the boot line as well, where it has one.
    if node.is_static() && node.boots_by_file() {
        finding.severity = Severity::Warning;
    }
    finding
}

fn judge_name(server: &str, found: &BTreeSet<String>, address: IpAddr, fqdn: &Domain) -> Option<Diagnostic> {
    if found.iter().all(|name| name == fqdn.as_str()) {
        return None;
    }
    let message = format!(
        "{} is {} to name server {server}, and the node is `{fqdn}`",
        address,
        join(&found.iter().map(|name| format!("`{}`", crate::text::escape(name))).collect())
    );
    Some(
        Diagnostic::new(Code::P075, message)
            .help(format!("leave one record: `{} IN PTR {fqdn}.`", dns::reverse(address))),
    )
}

fn join<T: ToString>(items: &BTreeSet<T>) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
