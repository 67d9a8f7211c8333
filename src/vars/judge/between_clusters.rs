//! What several clusters of one run may not share. Short names and the helper may repeat.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::diag::{Code, Diagnostic, Report};
use crate::vars::checked::Checked;

/// Reports every MAC, node address, full name and cluster id that two files share.
pub fn check_across(clusters: &[Checked]) -> Report {
    let mut owners = Across::default();
    for (at, checked) in clusters.iter().enumerate() {
        let cluster = &checked.cluster;
        owners.take(Code::V204, clusters, at, &cluster.id, "dns.clusterid", "cluster id");
        for node in &cluster.nodes {
            let key = |name: &str| format!("{}.{name}", node.key);
            for (item, mac) in node.boot_macs().enumerate() {
                let path = key(&format!("macaddr[{item}]"));
                let path = clusters[at].place(&path).map_or_else(|| key("macaddr"), |_| path);
                owners.take(Code::V201, clusters, at, &mac, &path, "MAC address");
            }
            owners.take(Code::V202, clusters, at, &node.address, &key("ipaddr"), "address");
            owners.take(Code::V203, clusters, at, &cluster.fqdn(node), &key("name"), "full name");
        }
    }
    owners.report
}

#[derive(Default)]
struct Across {
    first: BTreeMap<(Code, String), (usize, String)>,
    report: Report,
}

impl Across {
    /// Takes a value for a path of a cluster; only a holder in another cluster is reported, since
    /// each file has had its own check.
    fn take(
        &mut self,
        code: Code,
        clusters: &[Checked],
        at: usize,
        value: &dyn Display,
        path: &str,
        what: &str,
    ) {
        let key = (code, value.to_string());
        let Some((holder, first)) = self.first.get(&key) else {
            self.first.insert(key, (at, path.to_owned()));
            return;
        };
        if *holder == at {
            return;
        }
        let message = format!("{what} {value} is already taken in `{}`", clusters[*holder].cluster.file);
        let mut diagnostic = Diagnostic::new(code, message);
        if let Some(place) = clusters[at].place(path) {
            diagnostic = diagnostic.at(&place, "again here");
        }
        if let Some(place) = clusters[*holder].place(first) {
            diagnostic = diagnostic.also(&place, "first here");
        }
        let help = match code {
            Code::V204 => "give one of the two clusters another `dns.clusterid`: file names begin with it",
            _ => "one tree serves one network: each machine of it stands in one cluster",
        };
        self.report.push(diagnostic.help(help));
    }
}
