//! iPXE: a script an interface, and what iPXE reads into its words.

use super::FileKind;
use super::loader::{Loader, LoaderError, Machine, Start};
use super::make::Make;
use crate::diag::{Code, Diagnostic};
use crate::model::boot::CommandLine;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::plan::layout::{self, asset_url};
use crate::plan::{PlannedFile, Refusal};
use crate::template::TemplateError;

/// A node's script.
const NODE: &str = "ipxe/node.j2";
/// The script of a node that boots from its disk.
const LOCAL: &str = "ipxe/local.j2";

/// A script an interface.
#[derive(Debug)]
pub(super) struct Ipxe;

impl Make for Ipxe {
    fn loader(&self) -> Option<&dyn Loader> {
        Some(self)
    }
}

impl Loader for Ipxe {
    fn boots(&self, cluster: &Cluster, node: &Node) -> bool {
        node.arch.boots_ipxe() && cluster.settings.in_use.has(BootLoader::Ipxe)
    }

    fn length(&self, start: &Start) -> usize {
        length(start)
    }

    fn of_interface(&self, start: &Start, mac: MacAddr) -> Result<Vec<PlannedFile>, LoaderError> {
        let cluster = start.machine.cluster;
        refuse(start.machine.node, start.line).map_err(LoaderError::Refused)?;
        let context = start.context(mac, |name| asset_url(cluster, name), start.line.to_string());
        Ok(vec![start.file((FileKind::Ipxe, NODE), layout::ipxe(mac), &context)?])
    }

    fn of_disk(&self, machine: &Machine, mac: MacAddr) -> Result<Vec<PlannedFile>, TemplateError> {
        machine.disk_files((FileKind::Ipxe, LOCAL), mac, vec![layout::ipxe(mac)])
    }
}

/// What iPXE gives to the kernel, from UEFI: one word more than from a BIOS.
pub(super) fn length(start: &Start) -> usize {
    start.length_behind(&format!("{} initrd=main ", start.boot.kernel.name))
}

/// iPXE expands `${...}` in every word, and takes `||`, `&&` and `;` for its own.
pub(super) fn refuse(node: &Node, line: &CommandLine) -> Result<(), Refusal> {
    let special =
        |text: &str| text.contains("${") || matches!(text, "||" | "&&" | ";") || text.starts_with('#');
    match line.args().iter().find(|arg| special(arg.as_str())) {
        Some(arg) => {
            let message = format!("iPXE cannot pass the argument `{arg}` of node `{}` unchanged", node.name);
            let help = "iPXE would expand or cut it: remove it, or leave iPXE and matchbox out with `--only`";
            Err(Diagnostic::new(Code::R006, message).help(help).into())
        }
        None => Ok(()),
    }
}
