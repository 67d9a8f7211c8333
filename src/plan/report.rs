//! How a machine says that it is installed: two units of its live system, and the path that they ask.
//!
//! The units are wanted and never required, so that no report stands in the way of a reboot. Whoever knows
//! the path has the Ignition file, or has seen it go by: it says which machine speaks, and no more.

use serde_json::{Value, json};

use crate::ignition::IgnitionConfig;
use crate::model::choice::choice;
use crate::model::cluster::Cluster;
use crate::model::digest::Sha256;
use crate::model::node::Node;

/// The first name of the path.
pub const FOLDER: &str = "report";

/// How many digits of a token there are: 128 bits.
const DIGITS: usize = 32;

choice! {
    /// What a machine reports.
    Outcome {
        /// The disk is written; the machine boots from it next.
        Installed = "installed",
        /// coreos-installer gave up.
        Failed = "failed",
    }
}

/// Returns what nobody can say who does not know the Ignition file of the machine: hexadecimal digits.
/// `ignition` is the digest of the file of its role.
pub fn token(cluster: &str, name: &str, ignition: Sha256) -> String {
    let text = format!("okdboot report\n{cluster}\n{name}\n{ignition}\n");
    let mut token = Sha256::of(text.as_bytes()).to_string();
    token.truncate(DIGITS);
    token
}

/// The units of the live system (systemd.unit(5)): one runs after the service of coreos-installer and
/// before whatever reboots, one when that service has failed.
pub(super) fn units(cluster: &Cluster, node: &Node, ignition: &IgnitionConfig) -> Value {
    let token = token(cluster.id.as_str(), node.name.as_str(), Sha256::of(ignition.bytes()));
    let url = |outcome: Outcome| {
        let base = &cluster.settings.url;
        format!("{base}/{FOLDER}/{}/{}/{token}/{outcome}", cluster.id, node.name)
    };
    let installed = format!(
        "[Unit]\nDescription=Tell okdboot that this machine is installed\n\
         Requires=coreos-installer.service\nAfter=coreos-installer.service\n\
         Before=coreos-installer.target\n\n{}\n[Install]\nWantedBy=coreos-installer.target\n",
        service(&url(Outcome::Installed))
    );
    let failed = format!(
        "[Unit]\nDescription=Tell okdboot that this machine is not installed\nDefaultDependencies=no\n\n{}",
        service(&url(Outcome::Failed))
    );
    let on_failure = "[Unit]\nOnFailure=okdboot-failed.service\n";
    json!([
        {"name": "okdboot-installed.service", "enabled": true, "contents": installed},
        {"name": "okdboot-failed.service", "contents": failed},
        {"name": "coreos-installer.service", "dropins": [{"name": "okdboot.conf", "contents": on_failure}]},
    ])
}

/// A server that is away costs half a minute, and nothing else.
fn service(url: &str) -> String {
    // systemd reads a percent sign as the begin of a specifier.
    let url = url.replace('%', "%%");
    format!(
        "[Service]\nType=oneshot\nTimeoutStartSec=30\n\
         ExecStart=-/usr/bin/curl --fail --silent --show-error --retry 3 --max-time 10 --request POST {url}\n"
    )
}
