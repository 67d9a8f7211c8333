//! Copies of Ignition files, and the small configs that hold their digests.

mod pinned;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::FileKind;
use super::made::Made;
use super::make::Make;
use crate::diag::{Code, Diagnostic, Severity};
use crate::ignition::IgnitionConfig;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::model::pool::Pool;
use crate::model::settings::{IgnitionPin, Mode};
use crate::plan::inputs::{ClusterInput, Inputs};
use crate::plan::state::State;
use crate::plan::{ContentOrigin, FileMode, Owner, PlannedFile, PlannedNode, Sensitivity, layout};
use crate::template::TemplateError;
use crate::text::List;

/// Two copies of each file, and a config a machine where the cluster pins them.
#[derive(Debug)]
pub(super) struct Ignition;

impl Make for Ignition {
    fn of_cluster(
        &self,
        _inputs: &Inputs,
        input: &ClusterInput,
        _nodes: &mut [PlannedNode],
    ) -> Result<Made, TemplateError> {
        let mut files = files(&input.cluster.id, input.ignition);
        files.extend(pinned::files(input.cluster, input.ignition, input.locked));
        Ok(Made::of(files))
    }

    fn lacks(&self, inputs: &Inputs, input: &ClusterInput) -> Option<Diagnostic> {
        let is_needed = inputs.kinds.iter().any(|kind| kind.make().needs().contains(&FileKind::Ignition));
        missing(input, inputs.state, is_needed)
    }
}

/// The two copies of each Ignition file.
fn files(cluster: &Label, ignition: &BTreeMap<Pool, IgnitionConfig>) -> Vec<PlannedFile> {
    let copies = ignition.iter().flat_map(|(pool, config)| {
        [layout::exact_ignition(cluster, pool), layout::served_ignition(cluster, pool)]
            .map(|path| copy(cluster, pool, config, path))
    });
    copies.collect()
}

fn copy(cluster: &Label, pool: &Pool, config: &IgnitionConfig, path: RelPath) -> PlannedFile {
    let owner = Owner::of(cluster, FileKind::Ignition);
    PlannedFile {
        mode: FileMode::Ignition,
        sensitivity: Sensitivity::Secret,
        origin: ContentOrigin::Ignition(pool.clone()),
        ..PlannedFile::new(path, owner, Arc::clone(config.bytes()))
    }
}

/// Says which Ignition files a cluster has not been given; an error where they are needed.
fn missing(input: &ClusterInput, state: &State, is_needed: bool) -> Option<Diagnostic> {
    let ClusterInput { cluster, ignition, .. } = *input;
    let booting = cluster.nodes.iter().filter(|node| state.mode(&cluster.id, node) != Mode::Local);
    let pools: BTreeSet<&Pool> = booting.map(|node| &node.pool).collect();
    let missing = pools.into_iter().filter(|pool| !ignition.contains_key(pool));
    let missing: Vec<String> = missing.map(|pool| format!("{pool}.ign")).collect();
    if missing.is_empty() {
        return None;
    }
    let message = format!("`{}` has no {}", cluster.id, List::and(&missing));
    let help = "give the folder of `openshift-install create ignition-configs` with `--ignition DIR`";
    let mut diagnostic = Diagnostic::new(Code::R010, message).help(help);
    let is_pinned = cluster.settings.ignition_pin != IgnitionPin::None;
    if is_pinned {
        diagnostic = diagnostic.help("`okdboot.ignition_pin` needs the digest of each");
    }
    if is_pinned || is_needed {
        diagnostic.severity = Severity::Error;
    }
    Some(diagnostic)
}
