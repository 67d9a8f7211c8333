//! What a run is about: its clusters, each with its release and its Ignition files, and the plan made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::changed;
use super::choice::{Inventories, StreamChoice};
use super::failure::{Exit, Failure};
use super::ignition_files::{self, IgnitionFiles, Search};
use super::locks::{Locks, lock_beside};
use super::news::News;
use super::process::Process;
use super::resolver::{Freshness, Resolver};
use super::secrets;
use super::states;
use super::tree::{Before, ServiceInputs, TreeReader};
use crate::diag::Report;
use crate::ignition::IgnitionConfig;
use crate::lock::LockedCluster;
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::plan::state::{Phase, State};
use crate::plan::{self, ClusterInput, FileKind, Inputs, LeanPlan, Plan, PlanError, Secrets};
use crate::pool;
use crate::probe::butane::Translator;
use crate::template::{self, Templates};
use crate::vars::{self, Checked};

/// The clusters of a run, in the order in which they were named, and what there is to say of them.
#[derive(Default)]
pub struct Workspace {
    /// The clusters, none with an error.
    pub members: Vec<Member>,
    /// Warnings and notices about the inventories.
    pub report: Report,
    /// What the clusters boot; empty until [`Workspace::resolve`] was called.
    pub locks: Locks,
    /// The output root.
    pub out: Utf8PathBuf,
    /// The process that the run is in.
    pub process: Arc<Process>,
}

/// A cluster of a run, with everything that was read for it.
pub struct Member {
    /// Its inventory.
    pub checked: Checked,
    /// Where its lock is.
    pub lock: Utf8PathBuf,
    /// Its Ignition files; none until they were read.
    pub ignition: IgnitionFiles,
    /// What its install-config takes from files; nothing until that was read.
    pub secrets: Option<Secrets>,
}

impl Member {
    /// Takes a cluster of which nothing else was read yet.
    pub fn new(checked: Checked) -> Self {
        let lock = lock_beside(checked.cluster.file.as_str().into());
        Self { checked, lock, ignition: IgnitionFiles::default(), secrets: None }
    }

    /// Returns the cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.checked.cluster
    }
}

/// What a plan is made of besides the clusters.
pub struct Planning<'a> {
    /// The text formats.
    pub templates: &'a Templates,
    /// The kinds of files that are wanted.
    pub kinds: &'a BTreeSet<FileKind>,
    /// Which nodes were armed or disarmed.
    pub state: &'a State,
    /// What services are made of besides.
    pub around: &'a ServiceInputs,
}

impl Workspace {
    /// Reads every inventory; all faults of all files are reported at once, in the order of the files.
    pub fn open(inventories: &Inventories, process: Arc<Process>) -> Result<Self, Failure> {
        let mut known = BTreeSet::new();
        if let Some(path) = inventories.files.iter().find(|path| !known.insert(*path)) {
            return Err(Failure::new(Exit::Usage, format!("`{path}` is given twice")));
        }
        let read = |path: &Utf8PathBuf| {
            let bytes = vars::load(path.as_std_path(), path.as_str())?;
            Ok::<_, Failure>(vars::read_with(path.as_str(), &bytes, inventories.set))
        };
        let (mut report, mut checked) = (Report::default(), Vec::new());
        for read in pool::each(inventories.files, pool::cores(), read) {
            let (cluster, found) = read?;
            report.extend(found);
            checked.extend(cluster);
        }
        Self::of(inventories, checked, report, process)
    }

    /// Reads an inventory that is embedded in the program.
    pub fn embedded(
        inventories: &Inventories,
        (name, text): (&str, &str),
        process: Arc<Process>,
    ) -> Result<Self, Failure> {
        let (cluster, report) = vars::read_with(name, text.as_bytes(), inventories.set);
        Self::of(inventories, cluster.into_iter().collect(), report, process)
    }

    fn of(
        inventories: &Inventories,
        checked: Vec<Checked>,
        mut report: Report,
        process: Arc<Process>,
    ) -> Result<Self, Failure> {
        report.extend(vars::check_across(&checked));
        if inventories.is_strict {
            report.make_strict();
        }
        if report.has_errors() {
            return Err(Failure::invalid(report));
        }
        let members = checked.into_iter().map(Member::new).collect();
        Ok(Self { members, report, locks: Locks::default(), out: inventories.out.to_owned(), process })
    }

    /// Keeps only the clusters that differ from a revision of git. All of them were checked against one
    /// another before.
    pub fn keep_changed(&mut self, revision: &str) -> Result<(), Failure> {
        let changed = changed::since(revision, &self.clusters())?;
        self.members.retain(|member| changed.contains(&member.cluster().file));
        Ok(())
    }

    /// Leaves the bootstrap machine out where its time is over: as `phase` says, or as was said before.
    /// Returns the clusters that lost one.
    pub fn enter(&mut self, phase: Option<Phase>) -> Result<Vec<Label>, Failure> {
        let mut without = Vec::new();
        for member in &mut self.members {
            let cluster = &mut member.checked.cluster;
            let said = || Ok::<_, Failure>(states::load(&states::path(cluster))?.phase(&cluster.id));
            if phase.map_or_else(said, Ok)?.leave(cluster) {
                without.push(cluster.id.clone());
            }
        }
        Ok(without)
    }

    /// Returns the clusters.
    pub fn clusters(&self) -> Vec<&Cluster> {
        self.members.iter().map(Member::cluster).collect()
    }

    /// Returns the ids of the clusters.
    pub fn ids(&self) -> Vec<Label> {
        self.members.iter().map(|member| member.cluster().id.clone()).collect()
    }

    /// Reads the Ignition files of every cluster: those of a folder that was named, else those that vars.yaml
    /// names, else the copies that were rendered before.
    pub fn read_ignition(&mut self, folder: Option<&Utf8Path>) -> Result<(), Failure> {
        let several = self.members.len() > 1;
        let search = Search { out: &self.out, folder, several, translator: Translator::default() };
        for member in &mut self.members {
            member.ignition = search.files(&member.checked.cluster)?;
        }
        Ok(())
    }

    /// Reads the copies that were rendered before, whatever folder vars.yaml names.
    pub fn read_rendered_ignition(&mut self) -> Result<(), Failure> {
        for member in &mut self.members {
            member.ignition = ignition_files::rendered(&self.out, &member.checked.cluster)?;
        }
        Ok(())
    }

    /// Reads what the install-config of each cluster takes from files.
    pub fn read_secrets(&mut self) -> Result<(), Failure> {
        for member in &mut self.members {
            member.secrets = Some(secrets::of(&member.checked.cluster, &self.process)?);
        }
        Ok(())
    }

    /// Returns the clusters whose Ignition files a person named: only their copies can be left over.
    pub fn with_given_ignition(&self) -> BTreeSet<Label> {
        let given = self.members.iter().filter(|member| member.ignition.given);
        given.map(|member| member.cluster().id.clone()).collect()
    }

    /// Finds out what every cluster boots.
    pub fn resolve(
        &mut self,
        choice: &StreamChoice,
        freshness: Freshness,
        news: &mut News,
    ) -> Result<(), Failure> {
        self.place_locks(choice);
        let resolver = Resolver::new(choice, freshness, &self.process, news);
        self.locks = resolver.resolve(self.members.iter().map(|it| (it.cluster(), &it.lock)))?;
        Ok(())
    }

    /// Finds out where the lock of each cluster is.
    pub fn place_locks(&mut self, choice: &StreamChoice) {
        let Some(lock) = &choice.lock else { return };
        self.members.iter_mut().for_each(|member| member.lock.clone_from(lock));
    }

    /// Returns what a cluster boots, if that is known.
    pub fn locked(&self, member: &Member) -> Option<&LockedCluster> {
        self.locks.of(&member.lock, member.cluster())
    }

    /// Returns what each cluster boots, where that is known.
    pub fn all_locked(&self) -> impl Iterator<Item = &LockedCluster> {
        self.members.iter().filter_map(|member| self.locked(member))
    }

    /// Opens the output root.
    pub fn reader(&self) -> Result<TreeReader, Failure> {
        TreeReader::open(&self.out)
    }

    /// Returns what stood in the output root and beside each vars.yaml before.
    pub fn before(&self) -> Result<Before, Failure> {
        self.reader()?.before(&self.clusters())
    }

    /// Plans nothing but artifacts.
    pub fn artifacts(&self, further: &BTreeSet<ArtifactKind>) -> Result<Plan, Failure> {
        let planning = Planning {
            templates: &Templates::embedded()?,
            kinds: &BTreeSet::new(),
            state: &State::default(),
            around: &ServiceInputs::default(),
        };
        self.build(&planning, further)
    }

    /// Builds the plan of the run.
    pub fn plan(&self, planning: &Planning) -> Result<Plan, Failure> {
        self.build(planning, &BTreeSet::new())
    }

    /// Builds the plan of the run without contents.
    pub(super) fn lean(&self, planning: &Planning) -> Result<LeanPlan, Failure> {
        plan::lean(&self.inputs(&self.members, planning, &BTreeSet::new())).map_err(Failure::from)
    }

    fn build(&self, planning: &Planning, further: &BTreeSet<ArtifactKind>) -> Result<Plan, Failure> {
        plan::build(&self.inputs(&self.members, planning, further)).map_err(Failure::from)
    }

    /// Returns what a plan of some of the clusters is made of.
    pub(super) fn inputs<'a>(
        &'a self,
        members: impl IntoIterator<Item = &'a Member>,
        planning: &Planning<'a>,
        further: &'a BTreeSet<ArtifactKind>,
    ) -> Inputs<'a> {
        Inputs {
            clusters: members.into_iter().map(|member| self.input(member)).collect(),
            templates: planning.templates,
            state: planning.state,
            kinds: planning.kinds,
            artifacts: further,
            standing: &planning.around.standing,
            root: &planning.around.root,
        }
    }

    fn input<'a>(&'a self, member: &'a Member) -> ClusterInput<'a> {
        ClusterInput {
            cluster: member.cluster(),
            locked: self.locked(member),
            ignition: &member.ignition.configs,
            secrets: member.secrets.as_ref(),
        }
    }
}

/// Takes the embedded templates, with those of a folder in their place.
pub fn templates(folder: Option<&Utf8Path>) -> Result<Templates, Failure> {
    let Some(folder) = folder else { return Ok(Templates::embedded()?) };
    Ok(Templates::with(template::load(folder.as_std_path(), folder.as_str())?)?)
}

/// Reads Ignition files that are embedded in the program.
pub fn embedded_ignition(files: &[(Role, &str)]) -> Result<IgnitionFiles, Failure> {
    let parse = |(role, text): &(Role, &str)| {
        let config =
            IgnitionConfig::parse(text.as_bytes()).map_err(|error| Failure::of(Exit::Bug, &error))?;
        Ok((Pool::Role(*role), config))
    };
    let configs: Result<BTreeMap<_, _>, Failure> = files.iter().map(parse).collect();
    Ok(IgnitionFiles { configs: configs?, given: true, ..IgnitionFiles::default() })
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Refused(report) => Self::invalid(report),
            PlanError::Template(error) => error.into(),
        }
    }
}
