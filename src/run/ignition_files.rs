//! Finding the Ignition files of each cluster.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::{Exit, Failure};
use crate::ignition::{self, IgnitionConfig};
use crate::model::cluster::Cluster;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::plan::layout;
use crate::probe::butane::{ButaneError, Translator};

/// The files of one cluster.
#[derive(Clone, Debug, Default)]
pub struct IgnitionFiles {
    /// By the machines that take them.
    pub configs: BTreeMap<Pool, IgnitionConfig>,
    /// The folder that they are in.
    pub folder: Utf8PathBuf,
    /// Whether a person named them; copies that were rendered before are read otherwise.
    pub given: bool,
    /// The Butane files that some of them were made of.
    pub translated: BTreeMap<Pool, Utf8PathBuf>,
}

/// Where to look.
pub struct Search<'a> {
    /// The output root.
    pub out: &'a Utf8Path,
    /// The folder that was named, in the place of the one in vars.yaml.
    pub folder: Option<&'a Utf8Path>,
    /// Whether the run has several clusters.
    pub several: bool,
    /// What translates Butane files.
    pub translator: Translator,
}

impl Search<'_> {
    /// Reads the files of a cluster: those that were named, else the rendered copies, else none.
    pub fn files(&self, cluster: &Cluster) -> Result<IgnitionFiles, Failure> {
        let named = match (self.folder, &cluster.settings.ignition) {
            (Some(folder), _) => Some(self.folder_for(folder, cluster)?),
            (None, Some(folder)) => Some(beside(&cluster.file, folder)),
            (None, None) => None,
        };
        match named {
            Some(folder) => self.all(folder, cluster),
            None => rendered(self.out, cluster),
        }
    }

    /// One folder for one cluster; for several each has its own in it.
    fn folder_for(&self, folder: &Utf8Path, cluster: &Cluster) -> Result<Utf8PathBuf, Failure> {
        let own = folder.join(cluster.id.as_str());
        let pools = Role::ALL.map(Pool::Role);
        let pools = pools.iter().chain(cluster.pools());
        let names = pools.flat_map(|pool| [format!("{pool}.ign"), butane_name(pool)]);
        let names = names.chain([IN_PLACE.to_owned()]);
        let is_flat = names.into_iter().any(|name| folder.join(name).exists());
        if self.several && is_flat {
            let message =
                format!("`--ignition {folder}` holds the files of one cluster, but there are several");
            return Err(Failure::new(Exit::Usage, message).help(format!("put them into `{own}` and so on")));
        }
        let nested = self.several || (!is_flat && own.is_dir());
        Ok(if nested { own } else { folder.to_owned() })
    }

    fn all(&self, folder: Utf8PathBuf, cluster: &Cluster) -> Result<IgnitionFiles, Failure> {
        let (mut configs, mut translated) = (BTreeMap::new(), BTreeMap::new());
        for pool in cluster.pools() {
            let shown = folder.join(file_name(&folder, cluster, pool));
            let butane = folder.join(butane_name(pool));
            if butane.exists() {
                configs.insert(pool.clone(), self.translated(&butane, &shown)?);
                translated.insert(pool.clone(), butane);
                continue;
            }
            // Who adds machines to a running cluster has the file of their role, and no other.
            if !shown.exists() && is_installed(cluster, pool) {
                continue;
            }
            let config = ignition::load(shown.as_std_path(), shown.as_str())
                .map_err(|error| missing_file(Failure::from(error), &shown, (cluster, pool)))?;
            configs.insert(pool.clone(), config);
        }
        Ok(IgnitionFiles { configs, folder, given: true, translated })
    }

    /// Translates a Butane file; beside an Ignition file nobody could say which of the two is meant.
    fn translated(&self, butane: &Utf8Path, ignition: &Utf8Path) -> Result<IgnitionConfig, Failure> {
        if ignition.exists() {
            let message = format!("`{butane}` and `{ignition}` are both there");
            return Err(Failure::new(Exit::Invalid, message).help("remove one of them"));
        }
        let made = self.translator.translate(butane.as_std_path());
        let bytes = made.map_err(|error| untranslated(&error, butane, ignition))?;
        IgnitionConfig::parse(&bytes).map_err(|error| {
            Failure::new(Exit::Invalid, format!("what butane makes of `{butane}` cannot be used: {error}"))
        })
    }
}

fn untranslated(error: &ButaneError, butane: &Utf8Path, ignition: &Utf8Path) -> Failure {
    let failure = |exit| Failure::new(exit, format!("cannot use `{butane}`: {error}"));
    match error {
        ButaneError::Refused(_) => failure(Exit::Invalid),
        ButaneError::Read(_) => failure(Exit::Files),
        ButaneError::Absent | ButaneError::Run(_) => failure(Exit::Invalid).help(format!(
            "install butane (github.com/coreos/butane), or write the Ignition file elsewhere: `butane --strict --raw {} > {}`",
            butane.file_name().unwrap_or_default(),
            ignition.file_name().unwrap_or_default()
        )),
    }
}

/// Returns the name of a pool's Butane file.
fn butane_name(pool: &Pool) -> String {
    format!("{pool}.bu")
}

/// Reads the copies of a cluster that were rendered before.
pub fn rendered(out: &Utf8Path, cluster: &Cluster) -> Result<IgnitionFiles, Failure> {
    let folder = out.join(layout::ignition_folder(&cluster.id).as_str());
    let mut configs = BTreeMap::new();
    for pool in cluster.pools() {
        let shown = folder.join(format!("{pool}.ign"));
        if shown.exists() {
            configs.insert(pool.clone(), ignition::load(shown.as_std_path(), shown.as_str())?);
        }
    }
    Ok(IgnitionFiles { configs, folder, ..IgnitionFiles::default() })
}

/// What `openshift-install create single-node-ignition-config` writes: a single node boots it live, and installs
/// itself.
const IN_PLACE: &str = "bootstrap-in-place-for-live-iso.ign";

/// Returns the name of a pool's file in a folder.
pub fn file_name(folder: &Utf8Path, cluster: &Cluster, pool: &Pool) -> String {
    let own = format!("{pool}.ign");
    let may = *pool == Pool::Role(Role::ControlPlane) && cluster.may_bootstrap_in_place();
    let is_in_place = may && !folder.join(&own).exists() && folder.join(IN_PLACE).exists();
    if is_in_place { IN_PLACE.to_owned() } else { own }
}

/// Says whether every node of a pool boots from its disk, by vars.yaml.
fn is_installed(cluster: &Cluster, pool: &Pool) -> bool {
    cluster.of_pool(pool).all(|node| node.mode == Mode::Local)
}

fn missing_file(failure: Failure, shown: &Utf8Path, (cluster, pool): (&Cluster, &Pool)) -> Failure {
    if shown.exists() {
        return failure;
    }
    let folder = shown.parent().filter(|folder| !folder.as_str().is_empty());
    if folder.is_some_and(|folder| !folder.exists()) {
        return failure.help(if cluster.is_openshift() {
            "there is no such folder: give that of `openshift-install create ignition-configs`"
        } else {
            "there is no such folder: give the one with the Ignition or Butane files of the machines"
        });
    }
    if matches!(pool, Pool::Custom(_)) {
        return failure.help(format!(
            "vars.yaml says `ignition: {pool}` or `pool: {pool}` of a node: put the file there, or remove the key"
        ));
    }
    if !cluster.is_openshift() {
        return failure.help(format!(
            "put `{pool}.ign` or `{pool}.bu` there, or name another file with `ignition` at the machine"
        ));
    }
    failure.help(format!("a {pool} that is installed already needs none: give it `mode: local` in vars.yaml"))
}

/// A path in vars.yaml is relative to that file.
pub fn beside(file: &str, path: &str) -> Utf8PathBuf {
    Utf8Path::new(file).parent().unwrap_or(Utf8Path::new("")).join(path)
}

impl From<ignition::IgnitionLoadError> for Failure {
    fn from(error: ignition::IgnitionLoadError) -> Self {
        match &error {
            ignition::IgnitionLoadError::Read { .. } => Self::of(Exit::Files, &error),
            ignition::IgnitionLoadError::Invalid { .. } => Self::of(Exit::Invalid, &error)
                .help("make it again with `openshift-install create ignition-configs`"),
        }
    }
}
