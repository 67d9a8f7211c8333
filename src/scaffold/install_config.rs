//! What an install-config.yaml says of a cluster that vars.yaml says too.

use serde_yaml::Value;
use thiserror::Error;

use crate::model::arch::Arch;
use crate::model::outline::{MOST_NODES, Outline};

/// An install-config that cannot be used.
#[derive(Debug, Error)]
pub enum InstallConfigError {
    /// Not YAML. The reader's own words may hold a piece of the pull secret, so only the place is said.
    #[error("it is not YAML{}", line.map(|line| format!(": line {line}")).unwrap_or_default())]
    Yaml {
        /// Where reading stopped.
        line: Option<usize>,
    },
    /// Not an install-config.
    #[error("it is not an install-config: `baseDomain` and `metadata.name` are missing")]
    Other,
    /// A value that no cluster has.
    #[error("`{key}`: {cause}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong.
        cause: String,
    },
}

/// Reads name, domain, network, replicas and architecture; the rest, the pull secret first of all, is
/// left alone.
pub fn read(text: &str) -> Result<Outline, InstallConfigError> {
    let document: Value = serde_yaml::from_str(text).map_err(|error| InstallConfigError::Yaml {
        line: error.location().map(|location| location.line()),
    })?;
    let name = document.get("metadata").and_then(|metadata| metadata.get("name"));
    let domain = document.get("baseDomain");
    if name.is_none() && domain.is_none() {
        return Err(InstallConfigError::Other);
    }
    let control_plane = document.get("controlPlane");
    let arbiter = document.get("arbiter");
    let compute = document.get("compute").and_then(|pools| pools.get(0));
    let network = document
        .get("networking")
        .and_then(|networking| networking.get("machineNetwork")?.get(0)?.get("cidr"));
    Ok(Outline {
        cluster: parsed("metadata.name", name)?,
        domain: parsed("baseDomain", domain)?,
        network: parsed::<ipnet::Ipv4Net>("networking.machineNetwork[0].cidr", network)?
            .map(|network| network.trunc()),
        control_plane: count("controlPlane.replicas", control_plane)?,
        arbiters: count("arbiter.replicas", arbiter)?,
        // The installer's own default is for platforms where it makes the machines itself.
        workers: count("compute[0].replicas", compute)?,
        arch: parsed::<Arch>(
            "controlPlane.architecture",
            control_plane.and_then(|pool| pool.get("architecture")),
        )?,
        ..Outline::default()
    })
}

fn parsed<T>(key: &'static str, value: Option<&Value>) -> Result<Option<T>, InstallConfigError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let Some(text) = value.and_then(Value::as_str) else { return Ok(None) };
    let parsed =
        text.parse().map_err(|error: T::Err| InstallConfigError::Value { key, cause: error.to_string() })?;
    Ok(Some(parsed))
}

fn count(key: &'static str, pool: Option<&Value>) -> Result<Option<u16>, InstallConfigError> {
    let Some(value) = pool.and_then(|pool| pool.get("replicas")) else { return Ok(None) };
    let count =
        value.as_u64().and_then(|count| u16::try_from(count).ok()).filter(|count| *count <= MOST_NODES);
    let wrong = || InstallConfigError::Value { key, cause: format!("not a number from 0 to {MOST_NODES}") };
    count.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "apiVersion: v1\nbaseDomain: example.com\nmetadata:\n  name: lab\ncontrolPlane:\n  \
        name: master\n  replicas: 3\n  architecture: amd64\ncompute:\n- name: worker\n  replicas: 0\n\
        networking:\n  machineNetwork:\n  - cidr: 192.168.7.0/24\npullSecret: '{\"auths\":{}}'\n";

    #[test]
    fn what_both_files_say_is_taken() {
        let outline = read(TEXT).unwrap();
        assert_eq!(outline.cluster.unwrap().as_str(), "lab");
        assert_eq!(outline.domain.unwrap().to_string(), "example.com");
        assert_eq!(outline.network.unwrap().to_string(), "192.168.7.0/24");
        assert_eq!((outline.control_plane, outline.workers), (Some(3), Some(0)));
        assert_eq!(outline.arch, Some(Arch::X86_64));
    }

    #[test]
    fn faults_are_said_without_secrets() {
        assert_eq!(
            read("a: 1\n").unwrap_err().to_string(),
            "it is not an install-config: `baseDomain` and `metadata.name` are missing"
        );
        let error =
            read("baseDomain: example.com\npullSecret: {\"auths\": \"tok: en\n").unwrap_err().to_string();
        assert!(error.starts_with("it is not YAML") && !error.contains("tok"), "{error}");
        let error = read("baseDomain: exa mple\n").unwrap_err().to_string();
        assert!(error.starts_with("`baseDomain`: "), "{error}");
        let error = read("baseDomain: a.b\ncontrolPlane: {replicas: -1}\n").unwrap_err().to_string();
        assert_eq!(error, "`controlPlane.replicas`: not a number from 0 to 500");
    }
}
