//! Boot files of a node that boots from its own disk: each loader's way to go on to it.
//!
//! petitboot has no such way: it lists the disk's own entries and boots them by itself once no file of
//! its MAC address offers anything, so that file is not planned.

use serde::Serialize;

use super::loader::{NodeContext, node_context};
use super::{FileKind, Owner, PlannedFile, layout};
use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::template::{self, TemplateError, Templates};

/// The context of the templates (docs/templates.md).
#[derive(Serialize)]
struct Context {
    node: NodeContext,
}

/// Makes the file of a loader, or nothing where the loader has no such form.
pub(super) fn file(
    cluster: &Cluster,
    node: &Node,
    mac: MacAddr,
    kind: FileKind,
    templates: &Templates,
) -> Result<Option<PlannedFile>, TemplateError> {
    let (name, path) = match kind {
        FileKind::Pxelinux if node.arch == Arch::Ppc64le => return Ok(None),
        FileKind::Pxelinux => (template::PXELINUX_LOCAL, layout::pxelinux(mac)),
        FileKind::Ipxe => (template::IPXE_LOCAL, layout::ipxe(mac)),
        FileKind::Grub => (template::GRUB_LOCAL, layout::grub(cluster, node.arch, mac)),
        _ => return Ok(None),
    };
    let text = templates.render(name, &Context { node: node_context(cluster, node, mac) })?;
    let file = PlannedFile::new(path, Owner::of(&cluster.id, kind), text.into_bytes());
    Ok(Some(file.of_node(&node.name).rendered_from(name, templates)))
}
