//! What a plan is made of, and why there may be none.

use std::collections::{BTreeMap, BTreeSet};

use super::state::State;
use super::{FileKind, Secrets, SharedFiles};
use crate::diag::Report;
use crate::ignition::IgnitionConfig;
use crate::lock::LockedCluster;
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::pool::Pool;
use crate::template::{TemplateError, Templates};

/// One cluster with what its plan is made of.
#[derive(Clone, Copy)]
pub struct ClusterInput<'a> {
    /// What is true.
    pub cluster: &'a Cluster,
    /// Its lock entry, if it has one.
    pub locked: Option<&'a LockedCluster>,
    /// Its Ignition files.
    pub ignition: &'a BTreeMap<Pool, IgnitionConfig>,
    /// What its install-config takes from files.
    pub secrets: Option<&'a Secrets>,
}

/// Everything that a plan is made of.
pub struct Inputs<'a> {
    /// In the order of the command line.
    pub clusters: Vec<ClusterInput<'a>>,
    /// The text formats.
    pub templates: &'a Templates,
    /// The kinds of files that are wanted; none where only artifacts are.
    pub kinds: &'a BTreeSet<FileKind>,
    /// Artifact kinds that are wanted besides those that nodes boot from.
    pub artifacts: &'a BTreeSet<ArtifactKind>,
    /// Which nodes were armed or disarmed.
    pub state: &'a State,
    /// Files that several clusters share, as they stand.
    pub standing: &'a SharedFiles,
    /// Where the tree stands, for daemons that take absolute paths only.
    pub root: &'a str,
}

impl<'a> Inputs<'a> {
    /// Returns the ids of the clusters.
    pub(super) fn ids(&self) -> Vec<&'a Label> {
        self.clusters.iter().map(|input| &input.cluster.id).collect()
    }
}

/// Why there is no plan.
#[derive(Debug)]
pub enum PlanError {
    /// What cannot be expressed or is missing; every finding at once.
    Refused(Report),
    /// A template that fails.
    Template(TemplateError),
}
