//! Boot files of a node that boots from its own disk: each loader's way to go on to it.
//!
//! petitboot has no such way: it lists the disk's own entries and boots them by itself once no file of
//! its MAC address offers anything, so that file is not planned.

use serde::Serialize;

use super::loader::{NodeContext, node_context};
use super::{FileKind, Owner, PlannedFile, layout};
use crate::model::arch::Arch;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::template::{self, TemplateError, Templates};

/// The context of the templates (docs/templates.md).
#[derive(Serialize)]
struct Context {
    node: NodeContext,
}

/// Makes the files of a loader, or nothing where the loader has no such form.
pub(super) fn files(
    cluster: &Cluster,
    node: &Node,
    mac: MacAddr,
    kind: FileKind,
    templates: &Templates,
) -> Result<Vec<PlannedFile>, TemplateError> {
    let in_use = &cluster.settings.in_use;
    let (name, paths) = match kind {
        FileKind::Pxelinux if node.arch == Arch::Ppc64le => return Ok(Vec::new()),
        FileKind::Pxelinux => (template::PXELINUX_LOCAL, vec![layout::pxelinux(mac)]),
        FileKind::Ipxe => (template::IPXE_LOCAL, vec![layout::ipxe(mac)]),
        FileKind::Grub => {
            let over_tftp = in_use.has(BootLoader::Grub).then(|| layout::grub(cluster, node.arch, mac));
            let http = in_use.has(BootLoader::UefiHttp).then(|| layout::grub_http(cluster, node.arch, mac));
            (template::GRUB_LOCAL, over_tftp.into_iter().chain(http).collect())
        }
        _ => return Ok(Vec::new()),
    };
    let text = templates.render(name, &Context { node: node_context(cluster, node, mac) })?;
    let file = |path| {
        let file = PlannedFile::new(path, Owner::of(&cluster.id, kind), text.clone().into_bytes());
        file.of_node(&node.name).rendered_from(name, templates)
    };
    Ok(paths.into_iter().map(file).collect())
}
