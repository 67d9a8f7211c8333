//! What the machines of a cluster need of their surroundings while they install.

use std::net::IpAddr;

/// Name servers, load balancer and time servers of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// What stands in front of the API and the ingress.
    pub load_balancer: IpAddr,
    /// What nodes without a static address are told to ask.
    pub name_servers: Vec<IpAddr>,
    /// What the nodes take their time from, as names or addresses; none where vars.yaml says nothing.
    pub time_servers: Vec<String>,
}
