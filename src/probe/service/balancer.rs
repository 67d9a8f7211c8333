//! The load balancer's four ports, and the machines behind each.
//!
//! The load balancer has to listen before the first machine boots. What stands behind it comes later:
//! the bootstrap opens 6443 and 22623 half an hour into the installation, the ingress at its end. That
//! nothing listens there yet is said, and is no fault.

use std::net::{IpAddr, SocketAddr};

use super::port::Port;
use super::{JOBS, Service, ServiceOptions, ServiceRow, not_asked};
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::role::Role;
use crate::pool;

/// How many machines a message lists.
const LISTED: usize = 8;

/// A port that the load balancer passes on.
struct Front {
    port: u16,
    name: &'static str,
    purpose: &'static str,
    behind: Behind,
}

/// Which machines stand behind a port.
#[derive(Clone, Copy)]
enum Behind {
    /// Bootstrap and control plane.
    ControlPlane,
    /// Workers, or the control plane of a compact cluster.
    Ingress,
}

const FRONTS: [Front; 4] = [
    Front { port: 6443, name: "api", purpose: "the API", behind: Behind::ControlPlane },
    Front {
        port: 22623,
        name: "machine-config",
        purpose: "the machine configs",
        behind: Behind::ControlPlane,
    },
    Front { port: 443, name: "ingress-https", purpose: "the ingress", behind: Behind::Ingress },
    Front { port: 80, name: "ingress-http", purpose: "the ingress", behind: Behind::Ingress },
];

/// Whom to connect to.
enum Knock<'a> {
    Balancer,
    Node(&'a Node),
}

/// Connects to the load balancer and to every machine behind it.
pub(super) fn look(cluster: &Cluster, options: &ServiceOptions) -> Vec<ServiceRow> {
    let knocks: Vec<(&Front, Knock)> = FRONTS
        .iter()
        .flat_map(|front| {
            let nodes = front.nodes(cluster).into_iter().map(Knock::Node);
            std::iter::once(Knock::Balancer).chain(nodes).map(move |knock| (front, knock))
        })
        .collect();
    let ports = pool::each(&knocks, JOBS, |(front, knock)| {
        let address = SocketAddr::new(knock.address(front, cluster), front.port);
        options.patience().map(|patience| Port::knock(address, patience))
    });
    let opened = |front: &Front| {
        let behind = knocks
            .iter()
            .zip(&ports)
            .filter(|((other, knock), _)| other.port == front.port && matches!(knock, Knock::Node(_)));
        behind.filter(|(_, port)| **port == Some(Port::Open)).count()
    };
    let rows = knocks.iter().zip(&ports).map(|((front, knock), port)| {
        let row = knock.row(front, cluster);
        let Some(port) = port else {
            return if matches!(knock, Knock::Balancer) { not_asked(row) } else { row.found("not asked") };
        };
        let row = row.found(port.to_string());
        match knock {
            Knock::Node(_) => ServiceRow { is_later: *port != Port::Open, ..row },
            Knock::Balancer => row.finding(judge(cluster, front, port, opened(front))),
        }
    });
    rows.collect()
}

fn judge(cluster: &Cluster, front: &Front, port: &Port, opened: usize) -> Option<Diagnostic> {
    let (address, number, purpose) = (front.address(cluster), front.port, front.purpose);
    let is_node = cluster.nodes.iter().any(|node| node.address == address);
    match port {
        Port::Open if opened > 0 => None,
        // A machine that is its own load balancer listens when it is installed.
        Port::Refused | Port::Silent | Port::Unreachable(_) if !is_node => {
            let message =
                format!("load balancer {address} does not listen at port {number} ({purpose}): {port}");
            Some(Diagnostic::new(Code::P076, message).help(front.lines(cluster)).help(match port {
                Port::Refused => "then reload haproxy; SELinux needs `setsebool -P haproxy_connect_any 1`",
                _ => "or let it through the firewall on the way",
            }))
        }
        _ => {
            let count = front.nodes(cluster).len();
            let message = format!(
                "nothing listens at port {number} ({purpose}) on the {count} machines behind the load balancer yet"
            );
            Some(Diagnostic::new(Code::P077, message).help(match front.behind {
                Behind::ControlPlane => "nothing is to be done before the bootstrap has booted",
                Behind::Ingress => "nothing is to be done before the installation is nearly complete",
            }))
        }
    }
}

impl Front {
    fn nodes<'c>(&self, cluster: &'c Cluster) -> Vec<&'c Node> {
        let is_behind = |node: &&Node| match self.behind {
            Behind::ControlPlane => matches!(node.role, Role::Bootstrap | Role::ControlPlane),
            Behind::Ingress => node.role == cluster.ingress_role(),
        };
        cluster.nodes.iter().filter(is_behind).collect()
    }

    /// Where it listens: API and ingress may have an address each.
    fn address(&self, cluster: &Cluster) -> IpAddr {
        match self.behind {
            Behind::ControlPlane => cluster.services.load_balancer,
            Behind::Ingress => cluster.services.ingress,
        }
    }

    /// Every address, unless API and ingress have one each.
    fn bind(&self, cluster: &Cluster) -> String {
        let (address, port) = (self.address(cluster), self.port);
        match address {
            _ if cluster.services.ingress != cluster.services.load_balancer => {
                format!("`bind {}`", SocketAddr::new(address, port))
            }
            IpAddr::V4(_) => format!("`bind *:{port}`"),
            IpAddr::V6(_) => format!("`bind :::{port} v4v6`"),
        }
    }

    /// The lines of haproxy.cfg.
    fn lines(&self, cluster: &Cluster) -> String {
        let (nodes, port) = (self.nodes(cluster), self.port);
        let server =
            |node: &&Node| format!("`server {} {} check`", node.name, SocketAddr::new(node.address, port));
        let mut lines = vec![
            format!("`listen {}`", self.name),
            self.bind(cluster),
            "`mode tcp`".to_owned(),
            "`balance source`".to_owned(),
        ];
        lines.extend(nodes.iter().take(LISTED).map(server));
        if nodes.len() > LISTED {
            lines.push(format!("and so on for {} more", nodes.len() - LISTED));
        }
        format!("add to haproxy.cfg, one line each: {}", lines.join(", "))
    }
}

impl Knock<'_> {
    fn address(&self, front: &Front, cluster: &Cluster) -> IpAddr {
        match self {
            Self::Node(node) => node.address,
            Self::Balancer => front.address(cluster),
        }
    }

    fn row(&self, front: &Front, cluster: &Cluster) -> ServiceRow {
        let subject = format!("port {}", front.port);
        match self {
            Self::Balancer => ServiceRow::new(Service::Balancer, front.address(cluster).to_string(), subject),
            Self::Node(node) => ServiceRow::new(
                Service::Balancer,
                node.address.to_string(),
                format!("{subject} of {}", node.name),
            )
            .of(&node.name),
        }
    }
}
