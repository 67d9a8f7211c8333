//! What people run or type: the coreos-installer command of a node, and the ISO's arguments.

use super::Refusal;
use super::layout::exact_ignition_url;
use super::line::{self, Goal};
use super::{channel, network, objection, pin};
use crate::diag::{Code, Diagnostic, Severity};
use crate::model::cluster::Cluster;
use crate::model::digest::Sha512;
use crate::model::installed::texts;
use crate::model::node::Node;
use crate::model::settings::Mode;
use crate::text::shell_quote;

/// How a node is installed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A command to run in the live system.
    Install,
    /// Arguments to type at the boot menu of the ISO.
    Kargs,
}

/// Returns the words of a node's command or arguments.
///
/// `install` needs the digest of the Ignition file, which coreos-installer enforces. Network
/// settings are not repeated: `--copy-network` takes those that the live system was booted with.
/// There are none for a node that boots from its disk, nor a command for one that only runs live.
pub fn argv(
    method: Method,
    cluster: &Cluster,
    node: &Node,
    mode: Mode,
    sha512: Option<Sha512>,
) -> Result<Option<Vec<String>>, Refusal> {
    if let Some(diagnostic) = objection::private_ca(cluster).filter(|_| mode != Mode::Local) {
        return Err(diagnostic.into());
    }
    let url = exact_ignition_url(cluster, &node.pool);
    match (method, mode) {
        (_, Mode::Local) | (Method::Install, Mode::Live) => Ok(None),
        (Method::Install, Mode::Install) => install(node, &url, sha512).map(Some),
        (Method::Kargs, _) => {
            let goal = pin::goal(cluster, node, mode).unwrap_or_else(|| Goal::of(mode, url));
            let line = line::iso(cluster, node, &goal)?;
            Ok(Some(line.args().iter().map(ToString::to_string).collect()))
        }
    }
}

/// Returns the words of the command that makes the network of a node in the live system, where
/// `--copy-network` takes more than DHCP from it. It reads what would stand on the boot line, and writes what
/// the initramfs would have (nm-initrd-generator(8)).
pub fn network_argv(cluster: &Cluster, node: &Node, mode: Mode) -> Option<Vec<String>> {
    if mode != Mode::Install || !node.network.is_more_than_dhcp() {
        return None;
    }
    // Where the arguments lack something, a person makes the network by hand, as before.
    let args = network::args(cluster, node).ok()?;
    let mut words: Vec<String> = NETWORK_FROM_LINE.map(str::to_owned).into();
    words.extend(args);
    Some(words)
}

/// What writes connections of `NetworkManager`, where `--copy-network` looks for them.
const NETWORK_FROM_LINE: [&str; 4] =
    ["/usr/libexec/nm-initrd-generator", "-c", "/etc/NetworkManager/system-connections", "--"];

/// Has `NetworkManager` take what was written.
pub const NETWORK_UP: &str = "systemctl restart NetworkManager";

/// Says what `--copy-network` does not copy of a static network: the name of the machine, and names that
/// arguments give to NICs (coreos/fedora-coreos-tracker#697, #1684).
pub fn not_copied(node: &Node) -> String {
    let mut lines = Vec::new();
    if node.is_static() {
        lines.push(format!("# its host name is not copied: DNS has to know the name of {}\n", node.address));
    }
    if !node.network.names.is_empty() {
        lines.push(
            "# names of NICs (`ifname`) are not copied: type the arguments at the boot menu instead\n"
                .to_owned(),
        );
    }
    lines.concat()
}

/// Says why a node has no command or no arguments.
pub fn nothing_to_do(mode: Mode) -> &'static str {
    match mode {
        Mode::Local => "boots from its disk: `okdboot arm` comes before another installation",
        Mode::Live | Mode::Install => "runs live: nothing is installed",
    }
}

fn install(node: &Node, ignition_url: &str, sha512: Option<Sha512>) -> Result<Vec<String>, Refusal> {
    let sha512 = sha512.ok_or_else(|| no_ignition(node))?;
    let mut words = vec![
        "coreos-installer".to_owned(),
        "install".to_owned(),
        format!("--ignition-url={ignition_url}"),
        format!("--ignition-hash={}", sha512.ignition_hash()),
    ];
    words.extend(node.installed_consoles().iter().map(|console| format!("--console={console}")));
    words.extend(installed(node));
    words.extend(node.kargs.iter().filter_map(|arg| option(arg.as_str())));
    words.extend(channel::options(node));
    if node.network.is_more_than_dhcp() {
        words.push("--copy-network".to_owned());
    }
    words.push(node.disk.to_string());
    Ok(words)
}

/// What the installed system has beside its consoles, and the partitions that stay.
fn installed(node: &Node) -> Vec<String> {
    let installed = &node.installed;
    let options = [
        ("append-karg", installed.appended()),
        ("delete-karg", texts(&installed.delete)),
        ("save-partlabel", texts(&installed.save_labels)),
        ("save-partindex", texts(&installed.save_indexes)),
    ];
    let words = |(name, values): (&str, Vec<String>)| -> Vec<String> {
        values.iter().map(|value| format!("--{name}={value}")).collect()
    };
    options.into_iter().flat_map(words).collect()
}

/// What a kernel argument of the installer's becomes on its command line (coreos-installer
/// `scripts/coreos-installer-service`, 0.27.0). Partitions that are to be kept must be kept either way.
fn option(arg: &str) -> Option<String> {
    let rest = arg.strip_prefix("coreos.inst.")?;
    let (name, value) = rest.split_once('=').map_or((rest, None), |(name, value)| (name, Some(value)));
    let is_on = !matches!(value, Some("" | "0" | "no" | "off"));
    match (name, value.filter(|value| !value.is_empty())) {
        ("save_partlabel" | "save_partindex" | "stream" | "image_url", Some(value)) => {
            Some(format!("--{}={value}", name.replace('_', "-")))
        }
        ("platform_id", Some(value)) => Some(format!("--platform={value}")),
        ("insecure" | "secure_ipl", _) => is_on.then(|| format!("--{}", name.replace('_', "-"))),
        _ => None,
    }
}

fn no_ignition(node: &Node) -> Diagnostic {
    let message = format!("there is no {}.ign, so its command has no digest to check", node.pool);
    let mut diagnostic = Diagnostic::new(Code::R010, message);
    diagnostic.severity = Severity::Error;
    diagnostic.help("give the folder of `openshift-install create ignition-configs` with `--ignition DIR`")
}

/// Quotes a command for the shell of a person who is not root.
pub fn sudo(words: &[String]) -> String {
    format!("sudo {}", words.iter().map(|word| shell_quote(word)).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::option;

    #[test]
    fn arguments_of_the_installer_are_its_options() {
        let option = |arg: &str| option(arg).unwrap_or_default();
        assert_eq!(option("coreos.inst.save_partlabel=data*,logs"), "--save-partlabel=data*,logs");
        assert_eq!(option("coreos.inst.save_partindex=5-"), "--save-partindex=5-");
        assert_eq!(option("coreos.inst.platform_id=qemu"), "--platform=qemu");
        assert_eq!(option("coreos.inst.secure_ipl"), "--secure-ipl");
        assert_eq!(option("coreos.inst.insecure=off"), "");
        assert_eq!(option("coreos.inst.skip_reboot"), "");
        assert_eq!(option("nomodeset"), "");
    }
}
