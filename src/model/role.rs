//! What a machine is to its cluster.

use thiserror::Error;

use crate::text::words;

words! {
    /// What a machine is to the cluster.
    Role, else RoleError as RoleError {
        /// The temporary machine that brings the control plane up.
        Bootstrap = "bootstrap",
        /// A control-plane machine, printed `master` as the installer names its Ignition file.
        ControlPlane = "master" | "control-plane",
        /// A third member of etcd beside two control-plane machines, and nothing else.
        Arbiter = "arbiter",
        /// A compute machine.
        Worker = "worker" | "compute",
        /// A machine that is of no OpenShift cluster.
        Node = "node",
    }
}

/// Not a role.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a role; roles are `bootstrap`, `master`, `arbiter`, `worker` and `node`")]
pub struct RoleError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_round_trip_and_have_two_names() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("control-plane".parse(), Ok(Role::ControlPlane));
        assert_eq!("compute".parse(), Ok(Role::Worker));
        assert!("infra".parse::<Role>().is_err());
    }
}
