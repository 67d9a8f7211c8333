//! How an output is made: of a machine, of a cluster, of a run, or for the helper.

use std::fmt;

use super::FileKind;
use super::loader::Loader;
use super::made::Made;
use super::services::Run;
use super::shared_files::{Keeps, SharedFiles};
use crate::diag::{Diagnostic, Report};
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::plan::inputs::{ClusterInput, Inputs};
use crate::plan::{Plan, PlannedFile, PlannedNode};
use crate::template::TemplateError;

/// An output. It says what it has; a plan asks every output that is wanted for all of it.
pub(in crate::plan) trait Make: fmt::Debug + Sync {
    /// Returns what it makes of machines that boot by it, or by what it describes.
    fn loader(&self) -> Option<&dyn Loader> {
        None
    }

    /// Returns the kinds that it is made of. They are planned for it where nobody asks for them, and let go.
    fn needs(&self) -> Vec<FileKind> {
        Vec::new()
    }

    /// Returns where it keeps what it says of clusters that are not in the run.
    fn keeps(&self) -> &'static [Keeps] {
        &[]
    }

    /// Makes what the helper is set up with, from all clusters of a run at once.
    fn of_helper(&self, _run: &Run) -> Result<Made, TemplateError> {
        Ok(Made::default())
    }

    /// Makes what is made of one cluster, whose machines are planned by then.
    fn of_cluster(
        &self,
        _inputs: &Inputs,
        _input: &ClusterInput,
        _nodes: &mut [PlannedNode],
    ) -> Result<Made, TemplateError> {
        Ok(Made::default())
    }

    /// Says what a cluster has not been given for it.
    fn lacks(&self, _inputs: &Inputs, _input: &ClusterInput) -> Option<Diagnostic> {
        None
    }

    /// Says what people should know of a cluster's machines who use it.
    fn warns(&self, _cluster: &Cluster) -> Option<Diagnostic> {
        None
    }

    /// Says whether a file of a cluster concerns each of its machines.
    fn is_for_every_node(&self) -> bool {
        false
    }

    /// Returns the kinds whose files it reads to make what all clusters share.
    fn reads(&self) -> &'static [FileKind] {
        &[]
    }

    /// Makes what all clusters share. `files` has those that it reads, whatever else there is.
    fn of_run(&self, _inputs: &Inputs, _files: &[PlannedFile]) -> Vec<PlannedFile> {
        Vec::new()
    }

    /// Makes what is made of a plan that stands.
    fn of_plan(&self, _inputs: &Inputs, _plan: &Plan) -> Result<Made, Report> {
        Ok(Made::default())
    }

    /// Makes what is left when a cluster is taken out.
    fn without(&self, _id: &Label, _standing: &SharedFiles) -> Made {
        Made::default()
    }
}

/// An output that the helper is set up with.
#[derive(Debug)]
pub(in crate::plan) struct Service {
    pub(super) files: fn(&Run) -> Result<Made, TemplateError>,
    pub(super) keeps: &'static [Keeps],
}

impl Make for Service {
    fn keeps(&self) -> &'static [Keeps] {
        self.keeps
    }

    fn of_helper(&self, run: &Run) -> Result<Made, TemplateError> {
        (self.files)(run)
    }
}
