//! What is left of a tree when a cluster is taken out.

use super::output::services::Run;
use super::{FileKind, Plan, SharedFiles};
use crate::model::name::Label;
use crate::template::{TemplateError, Templates};

/// Plans what is left of shared files when a cluster is taken out.
pub fn without(id: &Label, standing: &SharedFiles, templates: &Templates) -> Result<Plan, TemplateError> {
    let mut plan = Plan { clusters: vec![id.clone()], ..Plan::default() };
    let run = Run::new(std::iter::once(id), Vec::new(), "", (templates, standing));
    for output in FileKind::all().map(FileKind::make) {
        for made in [output.of_helper(&run)?, output.without(id, standing)] {
            plan.files.extend(made.files);
            plan.dropped.extend(made.dropped);
        }
    }
    plan.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(plan)
}
