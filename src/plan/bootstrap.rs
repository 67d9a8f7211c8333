//! What bootstrap.ign was made for, held against what vars.yaml and the lock say. What cannot be told is
//! not guessed.

use std::net::IpAddr;

use crate::diag::{Code, Diagnostic};
use crate::ignition::Run;
use crate::lock::{LockedCluster, Os};
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::stream_ref::SCOS_FROM;
use crate::text::Count;

/// Platforms of the installer under which machines may be installed by hand.
const BY_HAND: [&str; 3] = ["none", "external", "baremetal"];

const AGAIN: &str = "in install-config.yaml, and make the Ignition files again";

/// Says where a run of the installer does not fit the machines that it is for.
pub fn misfits(
    (cluster, pool): (&Cluster, &Pool),
    run: &Run,
    locked: Option<&LockedCluster>,
) -> Vec<Diagnostic> {
    let file = format!("`{pool}.ign` of `{}`", cluster.id);
    let all = [
        replicas(cluster, run, &file),
        platform(run, &file),
        network(cluster, run, &file),
        locked.and_then(|locked| release(run, locked, &file)),
    ];
    all.into_iter().flatten().collect()
}

fn replicas(cluster: &Cluster, run: &Run, file: &str) -> Option<Diagnostic> {
    let made = run.replicas?;
    let masters = u32::try_from(cluster.of_role(Role::ControlPlane).count()).ok()?;
    let message = format!(
        "{} is made for {}, and vars.yaml has {masters}",
        file,
        Count(made as usize, "control-plane machine")
    );
    let help = format!("write `controlPlane.replicas: {masters}` {AGAIN}, or correct `masters`");
    (made != masters).then(|| Diagnostic::new(Code::P047, message).help(help))
}

fn platform(run: &Run, file: &str) -> Option<Diagnostic> {
    let platform = run.platform.as_deref().filter(|platform| !BY_HAND.contains(platform))?;
    let message = format!("{file} is made for the platform `{platform}`");
    Some(Diagnostic::new(Code::P048, message).help(format!("write `platform: {{none: {{}}}}` {AGAIN}")))
}

/// Behind a proxy, machines reach directly what is in `machineNetwork`, and the others through it.
fn network(cluster: &Cluster, run: &Run, file: &str) -> Option<Diagnostic> {
    let is_in = |address: &IpAddr| run.networks.iter().any(|network| network.contains(address));
    let outside: Vec<&Node> = cluster.nodes.iter().filter(|node| !is_in(&node.address)).collect();
    let first = outside.first().filter(|_| run.is_proxied && !run.networks.is_empty())?;
    let networks: Vec<String> = run.networks.iter().map(ToString::to_string).collect();
    let message = format!(
        "`machineNetwork` {} in {} does not hold {}, such as `{}` {}, and there is a proxy",
        networks.join(", "),
        file,
        Count(outside.len(), "node"),
        first.name,
        first.address
    );
    let help = format!(
        "write the nodes' network as `networking.machineNetwork` {AGAIN}: else they talk to one another through the proxy"
    );
    Some(Diagnostic::new(Code::P048, message).help(help))
}

/// Images may be older than the release that is installed, never newer (OpenShift documentation, "Installing
/// RHCOS": the highest version that is less than or equal).
fn release(run: &Run, locked: &LockedCluster, file: &str) -> Option<Diagnostic> {
    let os = locked.os();
    if let (Some(made), Some(images)) = (run.version, locked.version())
        && images > made
    {
        let message = format!("{file} is made by the installer of {made}, and the images are of {images}");
        let help = format!("take the installer of {images}, or images of {made} or older: `--stream`");
        return Some(Diagnostic::new(Code::P048, message).help(help));
    }
    let needs = match (run.is_okd?, os?) {
        (true, Os::Fcos) if run.version.is_some_and(|version| version >= SCOS_FROM) => Os::Scos,
        (false, Os::Fcos | Os::Scos) => Os::Rhcos,
        _ => return None,
    };
    let system = if run.is_okd? { "OKD" } else { "OpenShift" };
    let version = run.version.map(|version| format!(" {version}")).unwrap_or_default();
    let message =
        format!("{} is of {system}{version}, which needs {needs}, and the images are {}", file, os?);
    Some(
        Diagnostic::new(Code::P048, message)
            .help("name the stream of the release: `--stream okd-4.20`, `--stream rhcos-4.20`"),
    )
}
