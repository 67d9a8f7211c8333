//! Which small Ignition config a node's network boot leads to, where its cluster has the sha512 of the
//! pool's file enforced.
//!
//! Kernel arguments cannot carry it: coreos-installer reads no such argument, and its service always
//! allows an unchecked file (`scripts/coreos-installer-service`, 0.27.0).

use super::layout;
use super::line::Goal;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::settings::{IgnitionPin, Mode};

/// The form of a node. A live node has nothing to install, so the digest can only be in a pointer.
pub(super) fn form(cluster: &Cluster, mode: Mode) -> IgnitionPin {
    match cluster.settings.ignition_pin {
        IgnitionPin::Installer if mode == Mode::Live => IgnitionPin::Pointer,
        pin => pin,
    }
}

/// The folder of a form, as it stands in paths and URLs.
pub(super) fn folder(form: IgnitionPin) -> Option<&'static str> {
    match form {
        IgnitionPin::None => None,
        IgnitionPin::Installer => Some("live"),
        IgnitionPin::Pointer => Some("pointer"),
    }
}

/// Says whether the installer finds its configuration in a file, so that all of it reaches the disk.
pub(super) fn is_by_file(cluster: &Cluster, mode: Mode) -> bool {
    form(cluster, mode) == IgnitionPin::Installer
}

/// Returns what a node's line leads to, if the cluster pins its Ignition files.
pub(super) fn goal(cluster: &Cluster, node: &Node, mode: Mode) -> Option<Goal> {
    let form = form(cluster, mode);
    let url = layout::node_ignition_url(cluster, folder(form)?, &node.name);
    Some(if form == IgnitionPin::Installer { Goal::Live(url) } else { Goal::of(mode, url) })
}

/// Says who checks the role's Ignition file in a network boot of a node, and what stays open: the small
/// config comes before every digest.
pub(super) fn enforcement(cluster: &Cluster, mode: Mode) -> Option<String> {
    let is_https = cluster.settings.ignition_base.is_https();
    let who = match (mode, form(cluster, mode)) {
        (Mode::Local, _) => return None,
        (_, IgnitionPin::None) if is_https => {
            return Some("its Ignition file comes over https, and nobody checks a sha512".to_owned());
        }
        (_, IgnitionPin::None) => {
            return Some("nobody checks its Ignition file: set `okdboot.ignition_pin`".to_owned());
        }
        (_, IgnitionPin::Installer) => "coreos-installer checks the sha512 of its Ignition file",
        (Mode::Live, IgnitionPin::Pointer) => "Ignition checks the sha512 of its Ignition file as it starts",
        (Mode::Install, IgnitionPin::Pointer) => {
            "Ignition checks the sha512 of its Ignition file at the first boot from disk"
        }
    };
    let over = if is_https {
        "the config with the sha512 comes over https"
    } else {
        "the config with the sha512 comes over http, unchecked"
    };
    Some(format!("{who}; {over}"))
}
