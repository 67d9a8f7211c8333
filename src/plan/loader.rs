//! PXELINUX, iPXE and GRUB: the file of a node, and what each loader can express.

use serde::Serialize;

use super::Refusal;
use super::layout::{self, asset_url};
use super::release::NetBootSet;
use super::{FileKind, Owner, PlannedFile};
use crate::diag::{Code, Diagnostic};
use crate::matchbox::script::grub_word;
use crate::model::artifact::ArtifactName;
use crate::model::boot::CommandLine;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::settings::Transport;
use crate::template::{self, TemplateError, Templates};

/// One node as a loader's file needs it.
#[derive(Clone, Copy)]
pub(super) struct Loader<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) node: &'a Node,
    pub(super) mac: MacAddr,
    pub(super) boot: NetBootSet<'a>,
    pub(super) line: &'a CommandLine,
    pub(super) templates: &'a Templates,
}

/// A file that could not be made.
#[derive(Debug)]
pub(super) enum LoaderError {
    Refused(Refusal),
    Template(TemplateError),
}

impl From<TemplateError> for LoaderError {
    fn from(error: TemplateError) -> Self {
        Self::Template(error)
    }
}

/// The context of the three templates (docs/templates.md).
#[derive(Serialize)]
struct Context {
    node: NodeContext,
    kernel: String,
    initramfs: String,
    args: String,
}

/// What every template knows of its node.
#[derive(Serialize)]
pub(super) struct NodeContext {
    cluster: String,
    name: String,
    fqdn: String,
    role: String,
    arch: String,
    address: String,
    mac: String,
    disk: String,
}

pub(super) fn node_context(cluster: &Cluster, node: &Node, mac: MacAddr) -> NodeContext {
    NodeContext {
        cluster: cluster.id.to_string(),
        name: node.name.to_string(),
        fqdn: cluster.fqdn(node).to_string(),
        role: node.role.to_string(),
        arch: node.arch.to_string(),
        address: node.address.to_string(),
        mac: mac.to_string(),
        disk: node.disk.to_string(),
    }
}

impl Loader<'_> {
    /// Makes the files of a kind: GRUB may be started in two ways.
    pub(super) fn files(&self, kind: FileKind) -> Vec<Result<PlannedFile, LoaderError>> {
        let in_use = &self.cluster.settings.in_use;
        match kind {
            FileKind::Pxelinux => vec![self.pxelinux()],
            FileKind::Ipxe => vec![self.ipxe()],
            FileKind::Grub => {
                let over_tftp = in_use.has(BootLoader::Grub).then(|| self.grub());
                let over_http = in_use.has(BootLoader::UefiHttp).then(|| self.grub_http());
                over_tftp.into_iter().chain(over_http).collect()
            }
            _ => Vec::new(),
        }
    }

    fn pxelinux(&self) -> Result<PlannedFile, LoaderError> {
        let context = self.context(|name| self.pxelinux_source(name), self.line.to_string());
        self.file(FileKind::Pxelinux, template::PXELINUX, layout::pxelinux(self.mac), &context)
    }

    fn ipxe(&self) -> Result<PlannedFile, LoaderError> {
        refuse_ipxe_settings(self.node, self.line)?;
        let context = self.context(|name| asset_url(self.cluster, name), self.line.to_string());
        self.file(FileKind::Ipxe, template::IPXE, layout::ipxe(self.mac), &context)
    }

    fn grub(&self) -> Result<PlannedFile, LoaderError> {
        let path = layout::grub(self.cluster, self.node.arch, self.mac);
        self.grub_at(path, self.cluster.settings.grub)
    }

    /// GRUB that came over HTTP knows no other way.
    fn grub_http(&self) -> Result<PlannedFile, LoaderError> {
        self.grub_at(layout::grub_http(self.cluster, self.node.arch, self.mac), Transport::Http)
    }

    fn grub_at(&self, path: RelPath, transport: Transport) -> Result<PlannedFile, LoaderError> {
        let words: Vec<String> = self.line.args().iter().map(|arg| grub_word(arg.as_str())).collect();
        let source = |name: &ArtifactName| grub_word(&self.grub_source(name, transport));
        self.file(FileKind::Grub, template::GRUB, path, &self.context(source, words.join(" ")))
    }

    fn pxelinux_source(&self, name: &ArtifactName) -> String {
        match self.cluster.settings.pxelinux {
            Transport::Http => asset_url(self.cluster, name),
            Transport::Tftp => name.to_string(),
        }
    }

    fn grub_source(&self, name: &ArtifactName, transport: Transport) -> String {
        match transport {
            Transport::Http => grub_http(self.cluster, name),
            Transport::Tftp => format!("/{name}"),
        }
    }

    /// Returns the length of what the kernel is given in a format, with the closing NUL. Every loader
    /// adds words of its own, as tests/boot sees; iPXE one more from UEFI than from a BIOS.
    pub(super) fn line_length(&self, kind: FileKind) -> usize {
        let (kernel, initramfs) = (&self.boot.kernel.name, &self.boot.initramfs.name);
        let added = match kind {
            FileKind::Pxelinux => {
                let source = |name| self.pxelinux_source(name);
                format!("BOOT_IMAGE={} initrd={} ", source(kernel), source(initramfs))
            }
            FileKind::Grub => format!("BOOT_IMAGE={} ", self.grub_source(kernel, self.longest_grub())),
            _ => format!("{kernel} initrd=main "),
        };
        added.len() + self.line.len() + 1
    }

    /// The way of GRUB whose names are the longer ones.
    fn longest_grub(&self) -> Transport {
        let by_http = self.cluster.settings.in_use.has(BootLoader::UefiHttp);
        if by_http { Transport::Http } else { self.cluster.settings.grub }
    }

    fn context(&self, source: impl Fn(&ArtifactName) -> String, args: String) -> Context {
        Context {
            node: node_context(self.cluster, self.node, self.mac),
            kernel: source(&self.boot.kernel.name),
            initramfs: source(&self.boot.initramfs.name),
            args,
        }
    }

    fn file(
        &self,
        kind: FileKind,
        name: &'static str,
        path: RelPath,
        context: &Context,
    ) -> Result<PlannedFile, LoaderError> {
        let text = self.templates.render(name, context)?;
        let file = PlannedFile::new(path, Owner::of(&self.cluster.id, kind), text.into_bytes());
        Ok(file.of_node(&self.node.name).rendered_from(name, self.templates))
    }
}

/// iPXE expands `${...}` in every word, and takes `||`, `&&` and `;` for its own.
pub(super) fn refuse_ipxe_settings(node: &Node, line: &CommandLine) -> Result<(), LoaderError> {
    let special =
        |text: &str| text.contains("${") || matches!(text, "||" | "&&" | ";") || text.starts_with('#');
    match line.args().iter().find(|arg| special(arg.as_str())) {
        Some(arg) => {
            let message = format!("iPXE cannot pass the argument `{arg}` of node `{}` unchanged", node.name);
            let help = "iPXE would expand or cut it: remove it, or leave iPXE and matchbox out with `--only`";
            Err(LoaderError::Refused(Diagnostic::new(Code::R006, message).help(help).into()))
        }
        None => Ok(()),
    }
}

/// `(http,host:port)/path`, as GRUB's network devices are written.
fn grub_http(cluster: &Cluster, name: &ArtifactName) -> String {
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
