//! The output root as it stands, for those who only look.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::Failure;
use super::states::States;
use crate::disk::DiskTree;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::plan::SharedFiles;
use crate::plan::manifest::{self, Manifest};
use crate::plan::roster::Roster;
use crate::plan::state::State;
use crate::pool;

/// What services are made of besides the clusters.
#[derive(Clone, Debug, Default)]
pub struct ServiceInputs {
    /// Files that several clusters share, as they stand.
    pub standing: SharedFiles,
    /// Where the tree stands.
    pub root: String,
}

/// What a plan was made of besides its inputs: what stood in the tree and beside vars.yaml before.
pub struct Before {
    /// Files that several clusters share, and what else services are made of.
    pub around: ServiceInputs,
    /// Which machines were armed or disarmed.
    pub states: States,
    /// What the tree does with the machines of each cluster.
    pub rosters: BTreeMap<Label, Roster>,
}

impl Before {
    /// Returns which machines were armed or disarmed.
    pub fn state(&self) -> &State {
        self.states.merged()
    }

    /// Returns what a tree does with the machines of a cluster; nothing where none of it was rendered.
    pub fn roster(&self, cluster: &Label) -> Option<&Roster> {
        self.rosters.get(cluster)
    }
}

/// The output root as it stands, for commands that only look.
pub struct TreeReader {
    tree: DiskTree,
    out: Utf8PathBuf,
}

impl TreeReader {
    /// Opens the root; one that is missing is an empty tree.
    pub fn open(out: &Utf8Path) -> Result<Self, Failure> {
        Ok(Self { tree: DiskTree::open(out)?, out: out.to_owned() })
    }

    /// Returns the tree.
    pub fn tree(&self) -> &DiskTree {
        &self.tree
    }

    /// Returns what okdboot wrote before, for some clusters and for all.
    pub fn manifest(&self, clusters: &[Label]) -> Result<Manifest, Failure> {
        Ok(Manifest::load(&self.tree, clusters)?)
    }

    /// Returns the ids of the clusters of the tree.
    pub fn clusters(&self) -> Result<Vec<Label>, Failure> {
        Ok(manifest::clusters(&self.tree)?)
    }

    /// Returns what services are made of besides the clusters.
    pub fn around(&self) -> ServiceInputs {
        let root = std::path::absolute(&self.out).unwrap_or_default();
        ServiceInputs { standing: SharedFiles::read(&self.tree), root: root.to_string_lossy().into_owned() }
    }

    /// Returns what else a plan of some clusters is made of.
    pub fn before(&self, clusters: &[&Cluster]) -> Result<Before, Failure> {
        let ids = clusters.iter().map(|cluster| &cluster.id);
        Ok(Before {
            around: self.around(),
            states: States::open(&self.tree, clusters)?,
            rosters: self.rosters(ids)?,
        })
    }

    /// The same for the embedded example, which stands beside no vars.yaml.
    pub fn before_example(&self, cluster: &Label) -> Result<Before, Failure> {
        let rosters = self.rosters(std::iter::once(cluster))?;
        Ok(Before { around: self.around(), states: States::none(), rosters })
    }

    /// Returns what the tree does with the machines of clusters of which anything was rendered.
    fn rosters<'a>(
        &self,
        clusters: impl Iterator<Item = &'a Label>,
    ) -> Result<BTreeMap<Label, Roster>, Failure> {
        let clusters: Vec<&Label> = clusters.collect();
        let load = |id: &&Label| Ok(Roster::load(&self.tree, id)?.map(|roster| ((*id).clone(), roster)));
        pool::each(&clusters, pool::cores(), load).into_iter().filter_map(Result::transpose).collect()
    }
}
