//! What a run is about: its clusters, their releases and Ignition files, and the plan made of them.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::args::{Cli, IgnitionArgs, TemplateArgs};
use super::failure::{Exit, Failure};
use super::ignition_files::{self, IgnitionFiles, Search};
use super::locks::Locks;
use super::states;
use crate::diag::Report;
use crate::ignition::IgnitionConfig;
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::plan::state::{Phase, State};
use crate::plan::{self, ClusterInput, FileKind, Inputs, Plan, PlanError, Secrets, Standing};
use crate::pool;
use crate::probe::butane::Translator;
use crate::template::{self, TemplateError, Templates};
use crate::vars::{self, Checked};

/// The clusters of a run, in the order in which they were named, and what there is to say of them.
pub struct Session {
    /// Checked, none with an error.
    pub checked: Vec<Checked>,
    /// Warnings and notices.
    pub report: Report,
}

/// Reads every file; all faults of all files are reported at once, in the order of the files.
pub fn open(cli: &Cli) -> Result<Session, Failure> {
    let mut known = BTreeSet::new();
    if let Some(path) = cli.global.vars.iter().find(|path| !known.insert(*path)) {
        return Err(Failure::new(Exit::Usage, format!("`{path}` is given twice")));
    }
    let read = |path: &Utf8PathBuf| {
        let bytes = vars::load(path.as_std_path(), path.as_str())?;
        Ok::<_, Failure>(vars::read_with(path.as_str(), &bytes, &cli.global.set))
    };
    let (mut report, mut checked) = (Report::default(), Vec::new());
    for read in pool::each(&cli.global.vars, pool::cores(), read) {
        let (cluster, found) = read?;
        report.extend(found);
        checked.extend(cluster);
    }
    closed(cli, checked, report)
}

/// Reads the embedded example.
pub fn example(cli: &Cli, name: &str, text: &str) -> Result<Session, Failure> {
    let (cluster, report) = vars::read_with(name, text.as_bytes(), &cli.global.set);
    closed(cli, cluster.into_iter().collect(), report)
}

fn closed(cli: &Cli, checked: Vec<Checked>, mut report: Report) -> Result<Session, Failure> {
    report.extend(vars::check_across(&checked));
    if cli.global.strict {
        report.make_strict();
    }
    if report.has_errors() { Err(Failure::invalid(report)) } else { Ok(Session { checked, report }) }
}

impl Session {
    /// Leaves the bootstrap machine out where its time is over: as `--phase` says, or as was said before.
    /// Returns the clusters that lost one.
    pub fn enter(&mut self, phase: Option<Phase>) -> Result<Vec<Label>, Failure> {
        let mut without = Vec::new();
        for checked in &mut self.checked {
            let cluster = &mut checked.cluster;
            let said = || Ok::<_, Failure>(states::load(&states::path(cluster))?.phase(&cluster.id));
            if phase.map_or_else(said, Ok)?.leave(cluster) {
                without.push(cluster.id.clone());
            }
        }
        Ok(without)
    }

    /// Returns the clusters.
    pub fn clusters(&self) -> Vec<&Cluster> {
        self.checked.iter().map(|checked| &checked.cluster).collect()
    }

    /// Reads the Ignition files of every cluster.
    pub fn ignition(&self, cli: &Cli, args: &IgnitionArgs) -> Result<Vec<IgnitionFiles>, Failure> {
        let search = Search {
            out: &cli.global.out,
            args,
            several: self.checked.len() > 1,
            translator: Translator::default(),
        };
        self.clusters().into_iter().map(|cluster| search.files(cluster)).collect()
    }

    /// Reads the copies that were rendered before, whatever folder vars.yaml names.
    pub fn rendered_ignition(&self, cli: &Cli) -> Result<Vec<IgnitionFiles>, Failure> {
        self.clusters()
            .into_iter()
            .map(|cluster| ignition_files::rendered(&cli.global.out, cluster))
            .collect()
    }

    /// Plans nothing but artifacts.
    pub fn artifacts(
        &self,
        locks: &Locks,
        paths: &[Utf8PathBuf],
        further: &BTreeSet<ArtifactKind>,
    ) -> Result<Plan, Failure> {
        let (templates, none) = (Templates::embedded()?, BTreeSet::new());
        let ignition = vec![IgnitionFiles::default(); self.checked.len()];
        let made = Made {
            locks,
            paths,
            ignition: &ignition,
            templates: &templates,
            kinds: &none,
            further,
            state: &State::default(),
            around: &Around::default(),
        };
        self.plan(&made)
    }

    /// Builds the plan of the run.
    pub fn plan(&self, made: &Made) -> Result<Plan, Failure> {
        let clusters = self.clusters();
        let members = clusters.iter().zip(made.paths).zip(made.ignition).enumerate();
        let inputs = members.map(|(at, ((cluster, path), ignition))| ClusterInput {
            cluster,
            locked: made.locks.of(path, cluster),
            ignition: &ignition.configs,
            secrets: made.around.secrets.get(at),
        });
        let inputs = Inputs {
            clusters: inputs.collect(),
            templates: made.templates,
            state: made.state,
            kinds: made.kinds,
            artifacts: made.further,
            standing: &made.around.standing,
            root: &made.around.root,
        };
        plan::build(&inputs).map_err(Failure::from)
    }
}

/// What a plan is made of besides the clusters.
pub struct Made<'a> {
    /// What each cluster boots.
    pub locks: &'a Locks,
    /// The lock file of each cluster.
    pub paths: &'a [Utf8PathBuf],
    /// The Ignition files of each cluster.
    pub ignition: &'a [IgnitionFiles],
    /// The text formats.
    pub templates: &'a Templates,
    /// The kinds of files that are wanted.
    pub kinds: &'a BTreeSet<FileKind>,
    /// Further kinds of artifacts.
    pub further: &'a BTreeSet<ArtifactKind>,
    /// Which nodes were armed or disarmed.
    pub state: &'a State,
    /// What services are made of besides.
    pub around: &'a Around,
}

/// What services are made of besides the clusters.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Files that several clusters share, as they stand.
    pub standing: Standing,
    /// Where the tree stands.
    pub root: String,
    /// What the install-config of each cluster takes from files; empty where that is not wanted.
    pub secrets: Vec<Secrets>,
}

/// Takes the embedded templates, with those of a folder in their place.
pub fn templates(args: &TemplateArgs) -> Result<Templates, Failure> {
    let Some(folder) = &args.templates else { return Ok(Templates::embedded()?) };
    Ok(Templates::with(template::load(folder.as_std_path(), folder.as_str())?)?)
}

/// The Ignition files of the embedded example.
pub fn example_ignition(files: &[(Role, &str)]) -> Result<IgnitionFiles, Failure> {
    let parse = |(role, text): &(Role, &str)| {
        let config =
            IgnitionConfig::parse(text.as_bytes()).map_err(|error| Failure::of(Exit::Bug, &error))?;
        Ok((Pool::Role(*role), config))
    };
    let configs: Result<BTreeMap<_, _>, Failure> = files.iter().map(parse).collect();
    Ok(IgnitionFiles { configs: configs?, given: true, ..IgnitionFiles::default() })
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        let exit = if matches!(error, TemplateError::Read { .. }) { Exit::Files } else { Exit::Invalid };
        Self::of(exit, &error)
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Refused(report) => Self::invalid(report),
            PlanError::Template(error) => error.into(),
        }
    }
}
