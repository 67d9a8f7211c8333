//! What install-config takes from files that vars.yaml names: pull secret, SSH key, trusted authorities.

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::{Exit, Failure};
use super::ignition_files::beside;
use super::process::Process;
use crate::model::cluster::Cluster;
use crate::plan::Secrets;

/// The most that is read of one of them, in bytes.
const MOST: u64 = 1 << 20;

/// Reads those of a cluster; a file that is named and not there is a fault.
pub fn of(cluster: &Cluster, process: &Process) -> Result<Secrets, Failure> {
    let install = &cluster.services.install;
    let text = |key: &str, path: &Option<String>| {
        path.as_ref().map(|path| text(cluster, key, path, process)).transpose()
    };
    let pull_secret = text("pull_secret", &install.pull_secret)?;
    Ok(Secrets {
        pull_secret: pull_secret.map(|(path, text)| secret(&path, &text)).transpose()?,
        ssh_key: text("ssh_key", &install.ssh_key)?.map(|(path, text)| key(&path, &text)).transpose()?,
        trust_bundle: text("trust_bundle", &install.trust_bundle)?.map(|(_, text)| text),
    })
}

fn text(
    cluster: &Cluster,
    key: &str,
    path: &str,
    process: &Process,
) -> Result<(Utf8PathBuf, String), Failure> {
    let path = match (path.strip_prefix("~/"), process.env("HOME")) {
        (Some(rest), Some(home)) => Utf8Path::new(home).join(rest),
        _ => beside(&cluster.file, path),
    };
    let refuse = |cause: String| {
        let message = format!(
            "could not read `{path}`, which `okdboot.services.{key}` of `{}` names: {cause}",
            cluster.id
        );
        Failure::new(Exit::Files, message)
            .help("correct the path; it is relative to vars.yaml, and `~/` is your home")
    };
    let length = std::fs::metadata(&path).map_err(|error| refuse(error.to_string()))?.len();
    if length > MOST {
        return Err(refuse("it is larger than 1 MiB".to_owned()));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| refuse(error.to_string()))?;
    Ok((path, text.trim().to_owned()))
}

/// A pull secret is JSON with `auths`; it goes on one line. Its text is never shown.
fn secret(path: &Utf8Path, text: &str) -> Result<String, Failure> {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    match value.filter(|value| value["auths"].is_object()) {
        Some(value) => Ok(value.to_string()),
        None => Err(Failure::new(
            Exit::Invalid,
            format!("`{path}` is no pull secret: it is no JSON with `auths`"),
        )
        .help("download it from console.redhat.com/openshift/install/pull-secret")),
    }
}

/// A public key, as sshd(8) describes `authorized_keys`; a private one must not leave its file.
fn key(path: &Utf8Path, text: &str) -> Result<String, Failure> {
    let is_public = |line: &str| {
        let mut words = line.split_whitespace();
        let kind = words.next().unwrap_or_default();
        (kind.starts_with("ssh-") || kind.starts_with("ecdsa-") || kind.starts_with("sk-"))
            && words.next().is_some()
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    if text.contains("PRIVATE KEY") || !lines.clone().all(is_public) || lines.next().is_none() {
        return Err(Failure::new(Exit::Invalid, format!("`{path}` is no public SSH key"))
            .help("name the file that ends in `.pub`"));
    }
    Ok(text.to_owned())
}
