//! The services around the boot: DHCP, names, balancing, time, the installer's own input, firewall,
//! containers and the run book, all from the one model.
//!
//! Each output is a file of this room with one `Service`, which the list of outputs names. What several
//! clusters share stands in one file with a section a cluster (`shared`), so that a cluster is rendered or
//! removed without the others.

pub(super) mod bind;
pub(super) mod chrony;
pub(super) mod containers;
pub(super) mod dhcpd;
pub(super) mod dnsmasq;
pub(super) mod firewall;
pub(super) mod guide;
pub(super) mod haproxy;
pub(super) mod install_config;
pub(super) mod kea;
pub(super) mod keepalived;
mod lease;
mod secrets;
mod shared;
pub(super) mod unbound;
mod view;

pub use secrets::Secrets;

use std::collections::BTreeSet;

use super::FileKind;
use super::made::Made;
use super::shared_files::SharedFiles;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::plan::{ContentOrigin, Owner, PlannedFile};
use crate::template::{TemplateError, Templates};
use view::View;

/// What every output of this room is made of.
pub(in crate::plan) struct Run<'a> {
    /// The clusters whose sections are written anew, or taken out where there is no view of them.
    pub(super) ids: BTreeSet<&'a Label>,
    /// The clusters, as templates see them, sorted by id.
    views: Vec<View<'a>>,
    /// The text formats.
    pub(super) templates: &'a Templates,
    /// Shared files as they stand.
    pub(super) standing: &'a SharedFiles,
}

/// One cluster of a run, with what only its install-config needs.
#[derive(Clone, Copy)]
pub(in crate::plan) struct Member<'a> {
    pub(in crate::plan) cluster: &'a Cluster,
    pub(in crate::plan) secrets: Option<&'a Secrets>,
}

impl<'a> Run<'a> {
    /// Takes the clusters of a run; `ids` may hold those that are taken out, too.
    pub(in crate::plan) fn new(
        ids: impl Iterator<Item = &'a Label>,
        members: Vec<Member<'a>>,
        root: &'a str,
        (templates, standing): (&'a Templates, &'a SharedFiles),
    ) -> Self {
        let mut views: Vec<View> = members.into_iter().map(|member| View::of(member, root)).collect();
        views.sort_by(|one, other| one.cluster.id.cmp(&other.cluster.id));
        Self { ids: ids.collect(), views, templates, standing }
    }

    /// Renders a template in the context of a cluster.
    fn render(&self, template: &str, view: &View) -> Result<String, TemplateError> {
        self.templates.render_in(template, view.fields())
    }

    fn origin(&self, template: &'static str) -> ContentOrigin {
        let overridden_by = self.templates.overridden_by(template).map(str::to_owned);
        ContentOrigin::Template { name: template, overridden_by }
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

/// Makes a file that may be shown; without a cluster it is shared.
fn file(
    path: &str,
    (cluster, kind): (Option<&Label>, FileKind),
    text: String,
    origin: ContentOrigin,
) -> Option<PlannedFile> {
    let owner = Owner { cluster: cluster.cloned(), kind };
    Some(PlannedFile { origin, ..PlannedFile::new(path.parse().ok()?, owner, text.into_bytes()) })
}

#[cfg(test)]
mod tests;
