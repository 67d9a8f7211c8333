//! A finding with what it is about, so that a CI job can show it at a node.

use crate::diag::Diagnostic;
use crate::model::name::Label;
use crate::model::pool::Pool;
use crate::plan::{Plan, PlannedNode, layout};

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// No node in particular.
    General,
    /// A file below the output root: its nodes, if it is a boot file.
    File(String),
    /// One node.
    Node(Label, Label),
    /// Some nodes, each by its cluster and its name.
    Nodes(Vec<(Label, Label)>),
    /// Every node that takes one Ignition file.
    Pool(Label, Pool),
}

/// A diagnostic and its subject.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// What is wrong.
    pub diagnostic: Diagnostic,
}

impl Finding {
    /// About no node in particular.
    pub fn general(diagnostic: Diagnostic) -> Self {
        Self { subject: Subject::General, diagnostic }
    }

    /// About one node.
    pub fn node(node: &PlannedNode, diagnostic: Diagnostic) -> Self {
        Self { subject: Subject::Node(node.cluster.clone(), node.name.clone()), diagnostic }
    }

    /// About a file.
    pub fn file(path: &str, diagnostic: Diagnostic) -> Self {
        Self { subject: Subject::File(path.to_string()), diagnostic }
    }

    /// Says whether it is about a node.
    pub fn is_about(&self, node: &PlannedNode) -> bool {
        match &self.subject {
            Subject::General => false,
            Subject::Node(cluster, name) => *cluster == node.cluster && *name == node.name,
            Subject::Nodes(nodes) => {
                nodes.iter().any(|(cluster, name)| *cluster == node.cluster && *name == node.name)
            }
            Subject::Pool(cluster, pool) => *cluster == node.cluster && *pool == node.pool,
            Subject::File(path) => {
                let profile = node.profile.as_ref().map(|stem| layout::profile(stem));
                let group = layout::group(&node.cluster, &node.name);
                profile.iter().chain(&node.files).chain([&group]).any(|file| file.as_str() == path)
            }
        }
    }

    /// Says whether any node of a plan is what it is about.
    pub fn has_node(&self, plan: &Plan) -> bool {
        plan.nodes.iter().any(|node| self.is_about(node))
    }
}
