//! Name servers, load balancer and clock around each cluster: what they were asked, and what they answered.

use std::time::{Duration, Instant};

use super::finding::{Finding, Subject};
use crate::dhcp::socket::Interface;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::probe::service::{self, ServiceOptions, ServiceRow};
use crate::run::failure::{Exit, Failure};
use crate::run::workspace::Workspace;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Who is asked in the place of those that the inventories name.
#[derive(Default)]
pub struct ServerOverrides {
    /// Name servers.
    pub name_servers: Vec<std::net::SocketAddr>,
    /// Time servers, each by its name or address and its port.
    pub time_servers: Vec<(String, u16)>,
    /// The interface at which DHCP servers are asked; none where they are not.
    pub dhcp: Option<String>,
}

/// What was asked for a cluster.
pub struct ServiceChecks {
    /// The cluster.
    pub cluster: Label,
    /// Each question, with its answer.
    pub rows: Vec<ServiceRow>,
}

impl ServiceChecks {
    /// Returns what is wrong.
    pub fn findings(&self) -> Vec<Finding> {
        let finding = |row: &ServiceRow| {
            let subject = match &row.node {
                Some(node) => Subject::Node(self.cluster.clone(), node.clone()),
                None => Subject::General,
            };
            Some(Finding { subject, diagnostic: row.finding.clone()? })
        };
        self.rows.iter().filter_map(finding).collect()
    }
}

/// Asks the surroundings of every cluster.
pub fn ask(workspace: &Workspace, asking: &ServerOverrides) -> Result<Vec<ServiceChecks>, Failure> {
    let options = ServiceOptions {
        name_servers: asking.name_servers.clone(),
        time_servers: asking.time_servers.clone(),
        patience: PATIENCE,
        deadline: Instant::now() + LIMIT,
    };
    let of = |cluster: &Cluster| {
        let mut rows = service::look(cluster, &options);
        if let Some(name) = &asking.dhcp {
            rows.extend(dhcp(cluster, name)?);
        }
        Ok(ServiceChecks { cluster: cluster.id.clone(), rows })
    };
    workspace.clusters().into_iter().map(of).collect()
}

/// Asks DHCP servers, where port and interface are to be had.
fn dhcp(cluster: &Cluster, name: &str) -> Result<Vec<ServiceRow>, Failure> {
    let interface = Interface::named(name).map_err(|error| {
        Failure::new(Exit::Network, format!("interface `{name}` has no IPv4 address"))
            .context_of(&error)
            .help("see the interfaces with `ip -br address`")
    })?;
    service::dhcp::look(cluster, &interface, Instant::now() + LIMIT).map_err(|error| {
        Failure::new(Exit::Network, format!("cannot ask DHCP servers on {name}")).context_of(&error).help(
            "it needs udp port 68 of the interface: root or CAP_NET_BIND_SERVICE, and no DHCP client there",
        )
    })
}
