//! What DHCP servers offer the machines of a cluster, held against what vars.yaml gives them.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::{Service, ServiceRow, not_asked};
use crate::dhcp::ask;
use crate::dhcp::packet::{DhcpPacket, option};
use crate::dhcp::socket::Interface;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::plan::lease::{self, Lease};

/// How long offers are waited for: dnsmasq looks for three seconds whether an address is in use.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long at least: a second server may answer after the first.
const LEAST: Duration = Duration::from_secs(2);

/// How many machines ask at once; a server's socket holds no more questions than so many.
const AT_ONCE: usize = 50;

/// What is asked for (RFC 2132, 9.8), as firmware does.
const WANTED: [u8; 10] = [
    option::MASK,
    option::ROUTER,
    option::NAME_SERVERS,
    option::HOST_NAME,
    option::DOMAIN,
    option::BROADCAST,
    option::LEASE,
    option::SERVER,
    option::CLASS,
    option::FILE,
];

/// Asks as each machine with a MAC address would.
pub fn look(cluster: &Cluster, interface: &Interface, deadline: Instant) -> io::Result<Vec<ServiceRow>> {
    let leases: HashMap<MacAddr, Lease> =
        lease::leases(cluster).into_iter().map(|lease| (lease.mac, lease)).collect();
    let nodes: Vec<(&Node, MacAddr)> =
        cluster.nodes.iter().flat_map(|node| node.boot_macs().map(move |mac| (node, mac))).collect();
    let mut rows = Vec::new();
    for some in nodes.chunks(AT_ONCE) {
        if Instant::now() + PATIENCE > deadline {
            let of = |(node, _): &(&Node, MacAddr)| not_asked(row(node, &interface.name));
            rows.extend(some.iter().map(of));
            continue;
        }
        let offers = offers(interface, some)?;
        rows.extend(some.iter().flat_map(|(node, mac)| {
            let own: Vec<&DhcpPacket> = offers.iter().filter(|offer| offer.mac == *mac).collect();
            judge(node, leases.get(mac), &own, &interface.name)
        }));
    }
    Ok(rows)
}

fn offers(interface: &Interface, nodes: &[(&Node, MacAddr)]) -> io::Result<Vec<DhcpPacket>> {
    let questions: Vec<DhcpPacket> =
        (1..).zip(nodes).map(|(xid, (node, mac))| question(node, *mac, xid)).collect();
    let begun = Instant::now();
    let are_enough = |offers: &[DhcpPacket]| {
        let has = |question: &DhcpPacket| {
            offers.iter().any(|offer| offer.mac == question.mac && !offer.yiaddr.is_unspecified())
        };
        begun.elapsed() >= LEAST && questions.iter().all(has)
    };
    ask::offers(interface, &questions, PATIENCE, are_enough)
}

/// What the machine's firmware asks with UEFI; machines of IBM Z boot by no DHCP.
fn question(node: &Node, mac: MacAddr, xid: u32) -> DhcpPacket {
    let mut packet = ask::discover(mac, xid);
    packet.options.push((option::WANTED, WANTED.to_vec()));
    let kind: Option<u16> = match node.arch {
        Arch::X86_64 => Some(7),
        Arch::Aarch64 => Some(11),
        Arch::Ppc64le => Some(14),
        Arch::S390x => None,
    };
    if let Some(kind) = kind {
        let class = format!("PXEClient:Arch:{kind:05}:UNDI:003000");
        packet.options.push((option::CLASS, class.into_bytes()));
        packet.options.push((option::ARCH, kind.to_be_bytes().to_vec()));
    }
    packet
}

fn row(node: &Node, server: impl Into<String>) -> ServiceRow {
    ServiceRow::new(Service::Dhcp, server, node.name.to_string()).of(&node.name)
}

/// One row for each server that offers an address; one row where none does.
fn judge(node: &Node, lease: Option<&Lease>, offers: &[&DhcpPacket], interface: &str) -> Vec<ServiceRow> {
    let giving: Vec<&&DhcpPacket> = offers.iter().filter(|offer| !offer.yiaddr.is_unspecified()).collect();
    if giving.is_empty() {
        let message = format!("no DHCP server on {interface} offers `{}` an address", node.name);
        let finding = Diagnostic::new(Code::P084, message)
            .help("add its MAC address to the DHCP server: `okdboot render` writes the files of dnsmasq, Kea and dhcpd");
        let found = if offers.is_empty() { "no offer" } else { "no address" };
        return vec![row(node, interface).found(found).finding(finding)];
    }
    let lease = lease.filter(|_| !node.is_static());
    let boots = offers.iter().any(|offer| has_boot_file(offer)) || !node.boots_by_file();
    let mut rows: Vec<ServiceRow> = giving.iter().map(|offer| offered(node, lease, offer)).collect();
    if let Some(last) = rows.last_mut().filter(|row| !boots && row.finding.is_none()) {
        let message = format!("no DHCP server says what `{}` boots", node.name);
        last.finding = Some(Diagnostic::new(Code::P087, message).help(
            "let the DHCP server name next-server and file, or say it beside it with `okdboot serve --dhcp proxy`",
        ));
    }
    rows
}

fn offered(node: &Node, lease: Option<&Lease>, offer: &DhcpPacket) -> ServiceRow {
    let server = offer.address(option::SERVER).map_or_else(|| "-".to_owned(), |server| server.to_string());
    let row = row(node, server.as_str()).found(offer.yiaddr.to_string());
    let Some(lease) = lease else { return row };
    if offer.yiaddr != lease.address {
        let message = format!(
            "{server} offers `{}` the address {}, and the node has {}",
            node.name, offer.yiaddr, lease.address
        );
        return row.finding(Diagnostic::new(Code::P085, message).help(format!(
            "reserve {} for the MAC address {} there, or take that server off the network",
            lease.address, lease.mac
        )));
    }
    let wrong = differences(lease, offer);
    if wrong.is_empty() {
        return row;
    }
    let message = format!("{server} offers `{}` {}", node.name, wrong.join("; "));
    row.finding(
        Diagnostic::new(Code::P086, message)
            .help("correct it in the DHCP server, or vars.yaml where that server is right"),
    )
}

/// A file or a URL; a proxy tells its file to who asks at its own port.
fn has_boot_file(offer: &DhcpPacket) -> bool {
    let is_proxy = offer.yiaddr.is_unspecified() && offer.option(option::CLASS) == Some(b"PXEClient");
    !offer.file.is_empty() || offer.option(option::FILE).is_some_and(|file| !file.is_empty()) || is_proxy
}

/// What an offer says otherwise than vars.yaml, in words.
fn differences(lease: &Lease, offer: &DhcpPacket) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut hold = |what: &str, number: u8, due: &[Ipv4Addr]| {
        let found = addresses(offer.option(number).unwrap_or_default());
        if found != due {
            wrong.push(format!("{what} {} instead of {}", Addresses(&found), Addresses(due)));
        }
    };
    hold("the netmask", option::MASK, &[lease.net.netmask()]);
    if let Some(router) = lease.router {
        hold("the router", option::ROUTER, &[router]);
    }
    hold("the name servers", option::NAME_SERVERS, &lease.name_servers);
    if let Some(name) = offer.option(option::HOST_NAME) {
        let name = String::from_utf8_lossy(name).trim_end_matches('\0').to_ascii_lowercase();
        if name != lease.fqdn.as_str() && name != lease.name.as_str() {
            wrong.push(format!("the name {} instead of {}", name.escape_default(), lease.fqdn));
        }
    }
    wrong
}

fn addresses(value: &[u8]) -> Vec<Ipv4Addr> {
    value.chunks_exact(4).map(|four| Ipv4Addr::new(four[0], four[1], four[2], four[3])).collect()
}

/// A list of addresses in a sentence.
struct Addresses<'a>(&'a [Ipv4Addr]);

impl fmt::Display for Addresses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let words: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&words.join(", "))
    }
}
