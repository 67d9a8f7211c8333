//! The embedded example: a small cluster, its lock and its Ignition files, for a first look without
//! a file of one's own and without a network.

use crate::model::role::Role;

/// The file name that messages use.
pub const NAME: &str = "example/vars.yaml";
/// vars.yaml
pub const VARS: &str = include_str!("../../example/vars.yaml");
/// okdboot.lock
pub const LOCK: &str = include_str!("../../example/okdboot.lock");
/// The sample Ignition files; they install nothing of a cluster.
pub const IGNITION: [(Role, &str); 3] = [
    (Role::Bootstrap, include_str!("../../example/ignition/bootstrap.ign")),
    (Role::ControlPlane, include_str!("../../example/ignition/master.ign")),
    (Role::Worker, include_str!("../../example/ignition/worker.ign")),
];
