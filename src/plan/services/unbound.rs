//! Unbound: the names of a cluster for a resolver that is there already.

use super::{Made, Run};
use crate::model::daemon::DnsServer;
use crate::plan::FileKind;
use crate::template::{self, TemplateError};

/// Plans `<cluster>.conf`, unbound.conf(5).
pub(in crate::plan) fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    for view in run.views.iter().filter(|view| view.is_named_by(DnsServer::Unbound)) {
        let path = format!("services/unbound/{}.conf", view.cluster.id);
        made.push(run.own(FileKind::Unbound, (&path, template::UNBOUND), view)?);
    }
    Ok(made)
}
