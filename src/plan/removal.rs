//! What is left of a tree when a cluster is taken out.

use super::services::{Run, Standing};
use super::{FileKind, Plan, copy, kubernetes, layout};
use crate::model::name::Label;
use crate::template::{TemplateError, Templates};

/// Plans what is left of shared files when a cluster is taken out.
pub fn without(id: &Label, standing: &Standing, templates: &Templates) -> Result<Plan, TemplateError> {
    let mut plan = Plan { clusters: vec![id.clone()], ..Plan::default() };
    plan.files.extend(copy::sums(&[], &[id], standing.text(layout::SUMS)));
    let run = Run::new(std::iter::once(id), Vec::new(), "", (templates, standing));
    let made = run.all(&FileKind::all().collect())?;
    plan.files.extend(made.files);
    plan.dropped.extend(made.dropped);
    let sites = kubernetes::without(id, standing);
    plan.files.extend(sites.files);
    plan.dropped.extend(sites.dropped);
    plan.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(plan)
}
