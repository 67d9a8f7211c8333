//! Boot files of a node that boots from its own disk: each loader's way to go on to it.
//!
//! petitboot has no such way: it lists the disk's own entries and boots them by itself once no file of
//! its MAC address offers anything, so that file is not planned.

use serde::Serialize;

use super::loader::{NodeContext, grub_folder, node_context};
use super::{FileKind, FileMode, Origin, Owner, PlannedFile, Sensitivity};
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
    let dashed = mac.hexhyp();
    let (name, path) = match kind {
        FileKind::Pxelinux if node.arch == Arch::Ppc64le => return Ok(None),
        FileKind::Pxelinux => (template::PXELINUX_LOCAL, format!("tftpboot/pxelinux.cfg/01-{dashed}")),
        FileKind::Ipxe => (template::IPXE_LOCAL, format!("http/ipxe/{dashed}.ipxe")),
        FileKind::Grub => (
            template::GRUB_LOCAL,
            format!("tftpboot/{}grub.cfg-01-{dashed}", grub_folder(cluster, node.arch)),
        ),
        _ => return Ok(None),
    };
    let text = templates.render(name, &Context { node: node_context(cluster, node, mac) })?;
    let Ok(path) = path.parse() else { return Ok(None) };
    Ok(Some(PlannedFile {
        path,
        mode: FileMode::Config,
        contents: text.into_bytes().into(),
        owner: Owner { cluster: Some(cluster.id.clone()), kind },
        sensitivity: Sensitivity::Public,
        origin: Origin::Template {
            name: name.to_owned(),
            overridden_by: templates.overridden_by(name).map(str::to_owned),
        },
    }))
}
