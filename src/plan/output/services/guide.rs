//! The run book of a cluster: what a person does, in order, with this cluster's names.

use super::{Made, Run};
use crate::plan::FileKind;
use crate::plan::output::make::Service;
use crate::template::TemplateError;

/// The run book of a cluster.
const CLUSTER: &str = "guide/cluster.j2";
/// The same of machines that form no cluster.
const LIVE: &str = "guide/live.j2";

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[] };

/// Plans `guide/<cluster>.md`.
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    for view in &run.views {
        let path = format!("guide/{}.md", view.cluster.id);
        let template = if view.context.is_openshift { CLUSTER } else { LIVE };
        made.push(run.own(FileKind::Guide, (&path, template), view)?);
    }
    Ok(made)
}
