//! Unbound: the names of a cluster for a resolver that is there already.

use super::{Made, Run};
use crate::model::daemon::DnsServer;
use crate::plan::FileKind;
use crate::plan::output::make::Service;
use crate::template::TemplateError;

/// A cluster's file.
const TEMPLATE: &str = "services/unbound/cluster.j2";

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[] };

/// Plans `<cluster>.conf`, unbound.conf(5).
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    for view in run.views.iter().filter(|view| view.is_named_by(DnsServer::Unbound)) {
        let path = format!("services/unbound/{}.conf", view.cluster.id);
        made.push(run.own(FileKind::Unbound, (&path, TEMPLATE), view)?);
    }
    Ok(made)
}
