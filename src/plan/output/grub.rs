//! GRUB, which is started over TFTP or by UEFI over HTTP, each with a config of its own.

use super::FileKind;
use super::loader::{Loader, LoaderError, Machine, Start};
use super::make::Make;
use crate::matchbox::script::grub_word;
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactName;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::settings::Transport;
use crate::plan::{PlannedFile, layout};
use crate::template::TemplateError;

/// A node's config.
const NODE: &str = "grub/node.j2";
/// The config of a node that boots from its disk.
const LOCAL: &str = "grub/local.j2";

/// A config an interface, for each way that GRUB may be started in.
#[derive(Debug)]
pub(super) struct Grub;

impl Make for Grub {
    fn loader(&self) -> Option<&dyn Loader> {
        Some(self)
    }
}

impl Loader for Grub {
    fn boots(&self, cluster: &Cluster, node: &Node) -> bool {
        let in_use = &cluster.settings.in_use;
        node.arch.boots_grub() && (in_use.has(BootLoader::Grub) || in_use.has(BootLoader::UefiHttp))
    }

    fn is_over_tftp(&self, cluster: &Cluster, arch: Arch) -> bool {
        let settings = &cluster.settings;
        arch.boots_grub() && settings.in_use.has(BootLoader::Grub) && settings.grub == Transport::Tftp
    }

    fn length(&self, start: &Start) -> usize {
        let cluster = start.machine.cluster;
        let kernel = source(cluster, &start.boot.kernel.name, longest(cluster));
        start.length_behind(&format!("BOOT_IMAGE={kernel} "))
    }

    fn of_interface(&self, start: &Start, mac: MacAddr) -> Result<Vec<PlannedFile>, LoaderError> {
        let words: Vec<String> = start.line.args().iter().map(|arg| grub_word(arg.as_str())).collect();
        let args = words.join(" ");
        let file = |(path, transport): (RelPath, Transport)| {
            let source = |name: &ArtifactName| grub_word(&source(start.machine.cluster, name, transport));
            let context = start.context(mac, source, args.clone());
            Ok(start.file((FileKind::Grub, NODE), path, &context)?)
        };
        ways(&start.machine, mac).map(file).collect()
    }

    fn of_disk(&self, machine: &Machine, mac: MacAddr) -> Result<Vec<PlannedFile>, TemplateError> {
        let paths = ways(machine, mac).map(|(path, _)| path).collect();
        machine.disk_files((FileKind::Grub, LOCAL), mac, paths)
    }
}

/// The configs of an interface, each with how it names kernel and initramfs: GRUB that came over HTTP knows
/// no other way.
fn ways(machine: &Machine, mac: MacAddr) -> impl Iterator<Item = (RelPath, Transport)> {
    let (cluster, arch) = (machine.cluster, machine.node.arch);
    let settings = &cluster.settings;
    let has = |loader| settings.in_use.has(loader);
    let over_tftp = has(BootLoader::Grub).then(|| (layout::grub(cluster, arch, mac), settings.grub));
    let http = has(BootLoader::UefiHttp).then(|| (layout::grub_http(cluster, arch, mac), Transport::Http));
    over_tftp.into_iter().chain(http)
}

/// The way of GRUB whose names are the longer ones.
fn longest(cluster: &Cluster) -> Transport {
    let by_http = cluster.settings.in_use.has(BootLoader::UefiHttp);
    if by_http { Transport::Http } else { cluster.settings.grub }
}

fn source(cluster: &Cluster, name: &ArtifactName, transport: Transport) -> String {
    match transport {
        Transport::Http => over_http(cluster, name),
        Transport::Tftp => format!("/{name}"),
    }
}

/// `(http,host:port)/path`, as GRUB's network devices are written.
fn over_http(cluster: &Cluster, name: &ArtifactName) -> String {
    let (authority, path) = cluster.settings.url.authority_and_path();
    let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
    format!("(http,{authority})/{folder}assets/{name}")
}

#[cfg(test)]
mod tests {
    use crate::matchbox::script::grub_word;

    #[test]
    fn grub_words_are_quoted_where_grub_would_read_into_them() {
        assert_eq!(grub_word("(http,10.0.0.1:8080)/assets/k"), "(http,10.0.0.1:8080)/assets/k");
        assert_eq!(
            grub_word("coreos.inst.ignition_url=http://h/i?a=b&c=d"),
            "'coreos.inst.ignition_url=http://h/i?a=b&c=d'"
        );
        assert_eq!(grub_word("bond=b:a,b:mode=x;y"), "'bond=b:a,b:mode=x;y'");
    }
}
