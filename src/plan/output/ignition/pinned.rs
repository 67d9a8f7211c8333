//! Small Ignition configs, one a node, by which a network boot enforces the sha512 of the pool's file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use crate::ignition::IgnitionConfig;
use crate::lock::LockedCluster;
use crate::model::cluster::Cluster;
use crate::model::digest::Sha512;
use crate::model::installed::texts;
use crate::model::node::Node;
use crate::model::pool::Pool;
use crate::model::settings::IgnitionPin;
use crate::plan::layout::{self, exact_ignition_url};
use crate::plan::{FileKind, FileMode, Owner, PlannedFile, kept, pin, report};

/// The specification of these configs: the oldest that every release with live images reads.
const SPEC: &str = "3.2.0";

/// Where coreos-installer's service looks for its configuration.
const INSTALLER_FILE: &str = "/etc/coreos/installer.d/okdboot.yaml";

/// A file of `/etc/coreos/installer.d` (coreos-installer, `install` options without the dashes).
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct InstallerConfig {
    ignition_url: String,
    ignition_hash: String,
    dest_device: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    console: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    append_karg: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delete_karg: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    save_partlabel: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    save_partindex: Vec<String>,
}

/// The configs of a cluster. They do not depend on what is armed, so arming touches none of them.
pub(super) fn files(
    cluster: &Cluster,
    ignition: &BTreeMap<Pool, IgnitionConfig>,
    locked: Option<&LockedCluster>,
) -> Vec<PlannedFile> {
    let file = |node: &Node| {
        let form = pin::form(cluster, node.mode);
        let ignition = ignition.get(&node.pool)?;
        let config = match form {
            IgnitionPin::None => return None,
            IgnitionPin::Installer => live(cluster, node, ignition, locked),
            IgnitionPin::Pointer => pointer(cluster, node, ignition.sha512()),
        };
        let path = layout::node_ignition(&cluster.id, pin::folder(form)?, &node.name);
        let text = serde_json::to_string_pretty(&config).ok()? + "\n";
        let owner = Owner::of(&cluster.id, FileKind::Ignition);
        let file = PlannedFile::new(path, owner, text.into_bytes()).of_node(&node.name);
        Some(PlannedFile { mode: FileMode::Ignition, ..file })
    };
    cluster.nodes.iter().filter_map(file).collect()
}

fn live(cluster: &Cluster, node: &Node, ignition: &IgnitionConfig, locked: Option<&LockedCluster>) -> Value {
    // Where the arguments are refused, the boot line of the node has said so.
    let kept = kept::args(cluster, node, locked).unwrap_or_default();
    let config = InstallerConfig {
        ignition_url: exact_ignition_url(cluster, &node.pool),
        ignition_hash: ignition.sha512().ignition_hash(),
        dest_device: node.disk.to_string(),
        console: texts(node.installed_consoles()),
        append_karg: [node.installed.appended(), kept].concat(),
        delete_karg: texts(&node.installed.delete),
        save_partlabel: texts(&node.installed.save_labels),
        save_partindex: texts(&node.installed.save_indexes),
    };
    // Strings and lists only: serialising cannot fail.
    let text = serde_yaml::to_string(&config).unwrap_or_default();
    let mut live =
        json!({"ignition": {"version": SPEC}, "storage": {"files": [file(INSTALLER_FILE, &text)]}});
    if cluster.settings.report {
        live["systemd"] = json!({"units": report::units(cluster, node, ignition)});
    }
    live
}

fn pointer(cluster: &Cluster, node: &Node, sha512: Sha512) -> Value {
    let merge = json!([{
        "source": exact_ignition_url(cluster, &node.pool),
        "verification": {"hash": sha512.ignition_hash()},
    }]);
    let name = file("/etc/hostname", &format!("{}\n", cluster.fqdn(node)));
    json!({"ignition": {"version": SPEC, "config": {"merge": merge}}, "storage": {"files": [name]}})
}

/// A file of an Ignition config, mode 0644.
fn file(path: &str, text: &str) -> Value {
    json!({"path": path, "mode": 0o644, "overwrite": true, "contents": {"source": data_url(text)}})
}

/// A `data:` URL (RFC 2397) in which everything but unreserved characters is escaped.
fn data_url(text: &str) -> String {
    let mut url = "data:,".to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::data_url;

    #[test]
    fn data_urls_escape_what_has_a_meaning_in_them() {
        assert_eq!(data_url("a: /dev/x#1%\n"), "data:,a%3A%20%2Fdev%2Fx%231%25%0A");
    }
}
