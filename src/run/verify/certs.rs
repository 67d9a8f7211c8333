//! The certificates that `okdboot certs` made: one that ends is found out by the next push otherwise.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::finding::Finding;
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Cluster;
use crate::model::time::{TimeSpan, UnixTime};
use crate::pki::Facts;

/// Where they are, beside vars.yaml.
pub const FOLDER: &str = "okdboot-certs";

/// What is good for less than this is due to be made anew, in seconds: 30 days.
pub const SOON: u64 = 30 * 86_400;

/// Reports what ends within 30 days, or has ended, in the folders beside each vars.yaml.
pub fn findings(clusters: &[&Cluster], now: UnixTime) -> Vec<Finding> {
    let beside = clusters.iter().filter_map(|cluster| Utf8Path::new(&cluster.file).parent());
    let folders: BTreeSet<Utf8PathBuf> = beside.map(|parent| parent.join(FOLDER)).collect();
    let files = folders
        .iter()
        .flat_map(|folder| ["ca", "server", "client"].map(|it| folder.join(format!("{it}.crt"))));
    let judge = |path: Utf8PathBuf| {
        let facts = Facts::read(&std::fs::read_to_string(&path).ok()?).ok()?;
        let left = now.until(facts.ends);
        let when = match left {
            Some(left) if left.as_secs() >= SOON => return None,
            Some(left) => format!("ends in {}, at {}", TimeSpan(left), facts.ends),
            None => format!("ended at {}", facts.ends),
        };
        let help = if path.file_stem() == Some("ca") {
            "move `ca.crt` and `ca.key` away, make all of them anew with `okdboot certs`, and give them to matchbox and its clients"
        } else {
            "make a new one with `okdboot certs --renew` and the same `--san`, and give it to matchbox and its clients"
        };
        Some(Finding::general(
            Diagnostic::new(Code::P049, format!("the certificate `{path}` {when}")).help(help),
        ))
    };
    files.filter_map(judge).collect()
}
