//! The services around the boot: DHCP, names, balancing, time, the installer's own input, firewall,
//! containers and the run book, all from the one model.
//!
//! Each output is a file of this room with one function. What several clusters share stands in one file
//! with a section a cluster (`shared`), so that a cluster is rendered or removed without the others.

mod bind;
mod chrony;
mod containers;
mod dhcpd;
mod dnsmasq;
mod firewall;
mod guide;
mod haproxy;
mod install;
mod kea;
mod keepalived;
mod lease;
mod secrets;
mod shared;
mod standing;
mod unbound;
mod view;

pub use secrets::Secrets;
pub use standing::Standing;

use std::collections::BTreeSet;

use super::{FileKind, Origin, Owner, PlannedFile};
use crate::diag::{Diagnostic, Report};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::template::{TemplateError, Templates};
use view::View;

/// What every output of this room is made of.
pub(super) struct Run<'a> {
    /// The clusters whose sections are written anew, or taken out where there is no view of them.
    pub(super) ids: BTreeSet<&'a Label>,
    /// The clusters, as templates see them, sorted by id.
    views: Vec<View<'a>>,
    /// The text formats.
    pub(super) templates: &'a Templates,
    /// Shared files as they stand.
    pub(super) standing: &'a Standing,
}

/// What an output came to.
#[derive(Default)]
pub(super) struct Made {
    pub(super) files: Vec<PlannedFile>,
    /// Shared files that hold nothing any more.
    pub(super) dropped: Vec<RelPath>,
    pub(super) report: Report,
}

/// One cluster of a run, with what only its install-config needs.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) secrets: Option<&'a Secrets>,
}

/// The function of an output.
type Make = fn(&Run) -> Result<Made, TemplateError>;

/// Returns the function of an output, where the helper is set up with it.
fn maker(kind: FileKind) -> Option<Make> {
    let make: Make = match kind {
        FileKind::Dnsmasq => dnsmasq::files,
        FileKind::Kea => kea::files,
        FileKind::Dhcpd => dhcpd::files,
        FileKind::Bind => bind::files,
        FileKind::Unbound => unbound::files,
        FileKind::Haproxy => haproxy::files,
        FileKind::Keepalived => keepalived::files,
        FileKind::Chrony => chrony::files,
        FileKind::InstallConfig => install::files,
        FileKind::Firewall => firewall::files,
        FileKind::Containers => containers::files,
        FileKind::Guide => guide::files,
        // A new kind has to be decided on here, too.
        FileKind::Matchbox
        | FileKind::Pxelinux
        | FileKind::Ipxe
        | FileKind::Grub
        | FileKind::Parm
        | FileKind::Ignition
        | FileKind::Commands
        | FileKind::Terraform
        | FileKind::Kubernetes
        | FileKind::Index
        | FileKind::Sums => return None,
    };
    Some(make)
}

impl<'a> Run<'a> {
    /// Takes the clusters of a run; `ids` may hold those that are taken out, too.
    pub(super) fn new(
        ids: impl Iterator<Item = &'a Label>,
        members: Vec<Member<'a>>,
        root: &'a str,
        (templates, standing): (&'a Templates, &'a Standing),
    ) -> Self {
        let mut views: Vec<View> = members.into_iter().map(|member| View::of(member, root)).collect();
        views.sort_by(|one, other| one.cluster.id.cmp(&other.cluster.id));
        Self { ids: ids.collect(), views, templates, standing }
    }

    /// Makes every output of these kinds.
    pub(super) fn all(&self, kinds: &BTreeSet<FileKind>) -> Result<Made, TemplateError> {
        let mut all = Made::default();
        for make in FileKind::all().filter(|kind| kinds.contains(kind)).filter_map(maker) {
            let made = make(self)?;
            all.files.extend(made.files);
            all.dropped.extend(made.dropped);
            all.report.extend(made.report);
        }
        Ok(all)
    }

    /// Renders a template in the context of a cluster.
    fn render(&self, template: &str, view: &View) -> Result<String, TemplateError> {
        self.templates.render_in(template, view.fields())
    }

    fn origin(&self, template: &'static str) -> Origin {
        let overridden_by = self.templates.overridden_by(template).map(str::to_owned);
        Origin::Template { name: template, overridden_by }
    }

    /// Makes the file of one cluster from a template.
    fn own(
        &self,
        kind: FileKind,
        (path, template): (&str, &'static str),
        view: &View,
    ) -> Result<Option<PlannedFile>, TemplateError> {
        let text = self.render(template, view)?;
        Ok(file(path, (Some(&view.cluster.id), kind), text, self.origin(template)))
    }
}

impl Made {
    fn push(&mut self, file: Option<PlannedFile>) {
        self.files.extend(file);
    }

    fn say(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }
}

/// Makes a file that may be shown; without a cluster it is shared.
fn file(
    path: &str,
    (cluster, kind): (Option<&Label>, FileKind),
    text: String,
    origin: Origin,
) -> Option<PlannedFile> {
    let owner = Owner { cluster: cluster.cloned(), kind };
    Some(PlannedFile { origin, ..PlannedFile::new(path.parse().ok()?, owner, text.into_bytes()) })
}

#[cfg(test)]
mod tests;
