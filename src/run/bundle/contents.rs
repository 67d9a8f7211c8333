//! Whether what is in a bundle fits together: inventories, locks, artifacts and the tree.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::apply::download::DownloadError;
use crate::apply::download::cache::{Cache, Staged};
use crate::bundle::{BundleIndex, BundlePlace, Listing};
use crate::diag::{Code, Diagnostic, Report};
use crate::lock::{self, LockFile, LockedCluster, Needs};
use crate::model::artifact::ArtifactName;
use crate::model::cluster::Cluster;
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::plan::manifest::Manifest;
use crate::plan::state::State;
use crate::plan::{FileKind, FileMode, PlannedFile, Sensitivity};
use crate::run::failure::{Exit, Failure};
use crate::run::locks::Locks;
use crate::run::{self, Workspace, wanted};
use crate::vars::{self, Checked};

/// The contents of a bundle, checked.
pub struct Contents {
    /// Warnings about the inventories.
    pub report: Report,
    /// Inventory and lock of each cluster.
    pub members: Vec<BundleMember>,
    /// The checked inventories.
    pub inventories: Vec<Cluster>,
    /// The rendered files, sorted by path.
    pub tree: Vec<PlannedFile>,
    /// What was said of nodes.
    pub state: State,
    /// Metadata by its digest, signatures by the digest of their artifact.
    streams: BTreeMap<Sha256, Vec<u8>>,
    signatures: BTreeMap<Sha256, Vec<u8>>,
}

/// One cluster of a bundle.
pub struct BundleMember {
    /// Its id.
    pub id: Label,
    /// Its vars.yaml.
    pub vars: Vec<u8>,
    /// Its entry of the lock.
    pub locked: LockedCluster,
}

/// A check under way.
struct ContentsCheck<'c> {
    name: &'c str,
    texts: BTreeMap<BundlePlace, Vec<u8>>,
    listing: &'c Listing,
    faults: Report,
}

impl Contents {
    /// Checks everything; all faults are reported at once. `paths` is where the inventories will be.
    pub fn check(
        name: &str,
        texts: BTreeMap<BundlePlace, Vec<u8>>,
        listing: &Listing,
        paths: &[Utf8PathBuf],
    ) -> Result<Self, Failure> {
        let index = BundleIndex::parse(texts.get(&BundlePlace::Index).map_or(&[][..], Vec::as_slice))
            .map_err(|error| super::refused(name, &error))?;
        refuse_count(&index, paths)?;
        let mut check = ContentsCheck { name, texts, listing, faults: Report::default() };
        check.credentials();
        let (members, checked, report) = check.members(&index, paths);
        check.strangers(&index);
        let tree = check.tree(&index);
        let clusters: Vec<Cluster> = checked.iter().map(|checked| checked.cluster.clone()).collect();
        let state = check.state(&clusters);
        let (mut streams, mut signatures) = (BTreeMap::new(), BTreeMap::new());
        if check.faults.is_empty() {
            check.artifacts(&members, checked)?;
            streams = check.streams(&members);
            signatures = check.signatures();
        }
        if check.faults.is_empty() {
            Ok(Self { report, members, inventories: clusters, tree, state, streams, signatures })
        } else {
            Err(Failure::invalid(check.faults))
        }
    }

    /// Returns the ids of the clusters.
    pub fn clusters(&self) -> impl Iterator<Item = &Label> {
        self.members.iter().map(|member| &member.id)
    }

    /// Puts metadata and signatures into the cache.
    pub fn keep(&self, cache: &Cache) -> Result<(), DownloadError> {
        for (sha256, bytes) in &self.streams {
            cache.stage(*sha256, &mut bytes.as_slice(), cache.path()).and_then(Staged::publish)?;
        }
        self.signatures.iter().try_for_each(|(sha256, bytes)| cache.keep_signature(*sha256, bytes))
    }
}

fn refuse_count(index: &BundleIndex, paths: &[Utf8PathBuf]) -> Result<(), Failure> {
    if index.clusters.len() == paths.len() {
        return Ok(());
    }
    let names: Vec<String> = index.clusters.iter().map(ToString::to_string).collect();
    let message = format!(
        "the bundle holds {} ({}), but `-f` says where to put {}",
        crate::text::Count(names.len(), "inventory"),
        names.join(", "),
        paths.len()
    );
    Err(Failure::new(Exit::Usage, message).help("give `-f FILE` once for each of them, in this order"))
}

/// What the plan of a bundle's artifacts is made of; nothing of it stands on this machine yet.
fn workspace(members: &[BundleMember], checked: Vec<Checked>) -> Workspace {
    let clusters = members.iter().map(|member| (member.id.clone(), member.locked.clone())).collect();
    let path = Utf8Path::new("okdboot.lock");
    let own =
        checked.into_iter().map(|checked| run::Member { lock: path.to_owned(), ..run::Member::new(checked) });
    Workspace {
        members: own.collect(),
        locks: Locks::embedded(path, LockFile { clusters }),
        ..Workspace::default()
    }
}

impl ContentsCheck<'_> {
    fn fault(&mut self, what: &str) {
        let message = format!("bundle `{}`: {what}", self.name);
        let help = "write the bundle again with `okdboot bundle export FILE`; nothing of this one has landed";
        self.faults.push(Diagnostic::new(Code::R025, message).help(help));
    }

    fn take(&mut self, place: &BundlePlace) -> Option<Vec<u8>> {
        let found = self.texts.remove(place);
        if found.is_none() {
            self.fault(&format!("`{place}` is missing"));
        }
        found
    }

    fn credentials(&mut self) {
        let found: Vec<Report> =
            self.texts.iter().map(|(place, text)| super::credentials(&place.to_string(), text)).collect();
        for report in found {
            self.faults.extend(report);
        }
    }

    /// Reads inventory and lock of every cluster.
    fn members(
        &mut self,
        index: &BundleIndex,
        paths: &[Utf8PathBuf],
    ) -> (Vec<BundleMember>, Vec<Checked>, Report) {
        let (mut members, mut all, mut report) = (Vec::new(), Vec::new(), Report::default());
        for (id, path) in index.clusters.iter().zip(paths) {
            let vars = self.take(&BundlePlace::Vars(id.clone()));
            let lock = self.take(&BundlePlace::Lock(id.clone()));
            let (Some(vars), Some(lock)) = (vars, lock) else { continue };
            let (checked, found) = vars::read(path.as_str(), &vars);
            let Some(checked) = checked else {
                self.faults.extend(found);
                continue;
            };
            report.extend(found);
            if let Some(locked) = self.locked(id, &checked.cluster, &lock) {
                members.push(BundleMember { id: id.clone(), vars, locked });
                all.push(checked);
            }
        }
        self.faults.extend(
            vars::check_across(&all)
                .diagnostics()
                .iter()
                .filter(|it| it.severity == crate::diag::Severity::Error)
                .cloned()
                .collect(),
        );
        (members, all, report)
    }

    fn locked(&mut self, id: &Label, cluster: &Cluster, text: &[u8]) -> Option<LockedCluster> {
        if cluster.id != *id {
            self.fault(&format!("`{}` is the inventory of `{}`", BundlePlace::Vars(id.clone()), cluster.id));
            return None;
        }
        let place = BundlePlace::Lock(id.clone());
        let parsed = std::str::from_utf8(text).map_err(|error| error.to_string());
        let lock = match parsed.and_then(|text| lock::parse(text).map_err(|error| error.to_string())) {
            Ok(lock) => lock,
            Err(why) => {
                self.fault(&format!("`{place}` is no lock: {why}"));
                return None;
            }
        };
        let Some(locked) = lock.clusters.get(id).filter(|_| lock.clusters.len() == 1) else {
            self.fault(&format!("`{place}` is not the lock of `{id}` alone"));
            return None;
        };
        if let Err(stale) = locked.covers(&Needs { stream: None, ..Needs::of(cluster, None) }) {
            self.fault(&format!("`{place}` does not fit the inventory: {stale}"));
        }
        Some(locked.clone())
    }

    /// Reports inventories and locks of clusters that the index does not name.
    fn strangers(&mut self, index: &BundleIndex) {
        let of = |place: &BundlePlace| match place {
            BundlePlace::Vars(id) | BundlePlace::Lock(id) => Some(id.clone()),
            _ => None,
        };
        let strangers: BTreeSet<Label> =
            self.texts.keys().filter_map(of).filter(|id| !index.clusters.contains(id)).collect();
        for id in strangers {
            self.fault(&format!("`bundle.json` does not name cluster `{id}`"));
        }
    }

    /// Compares the tree with its manifest.
    fn tree(&mut self, index: &BundleIndex) -> Vec<PlannedFile> {
        let text = self
            .texts
            .remove(&BundlePlace::Manifest)
            .unwrap_or_else(|| Manifest::default().to_text().into_bytes());
        let mut manifest = match Manifest::parse(&text, &BundlePlace::Manifest.to_string()) {
            Ok(manifest) => manifest.entries,
            Err(error) => {
                self.fault(&error.to_string());
                return Vec::new();
            }
        };
        let mut files = Vec::new();
        for (place, bytes) in std::mem::take(&mut self.texts) {
            let BundlePlace::Tree(path) = &place else {
                self.texts.insert(place, bytes);
                continue;
            };
            let entry = manifest.remove(path).filter(|entry| entry.sha256 == Sha256::of(&bytes));
            let is_ours = |id: &Label| index.clusters.contains(id);
            let entry = entry.filter(|entry| entry.owner.cluster.as_ref().is_none_or(is_ours));
            // Services are rendered where they run.
            match entry.filter(|it| it.owner.kind != FileKind::Sums && !it.owner.kind.is_service()) {
                None => self.fault(&format!("`{place}` is not as `{}` says", BundlePlace::Manifest)),
                Some(entry) => {
                    let is_secret = entry.owner.kind == FileKind::Ignition;
                    files.push(PlannedFile {
                        mode: if is_secret { FileMode::Ignition } else { FileMode::Config },
                        sensitivity: if is_secret { Sensitivity::Secret } else { Sensitivity::Public },
                        ..PlannedFile::new(path.clone(), entry.owner, bytes)
                    });
                }
            }
        }
        for path in manifest.into_keys() {
            self.fault(&format!("`{}` is missing", BundlePlace::Tree(path)));
        }
        files
    }

    /// Reads what was said of the machines; a bundle of okdboot 0.1 says it of their names.
    fn state(&mut self, clusters: &[Cluster]) -> State {
        let Some(text) = self.texts.remove(&BundlePlace::State) else { return State::default() };
        let name = BundlePlace::State.to_string();
        let said =
            State::parse(&text, &name).or_else(|error| State::parse_old(&text, &name).map_err(|_| error));
        let said = match said {
            Ok(said) => said,
            Err(error) => {
                self.fault(&error.to_string());
                return State::default();
            }
        };
        let known: State =
            clusters.iter().flat_map(|it| said.of_cluster(it).iter().cloned().collect::<Vec<_>>()).collect();
        if known.iter().count() != said.iter().count() {
            self.fault(&format!("`{name}` is about machines that no inventory of it has"));
        }
        known
    }

    /// Every artifact that the nodes need has to be there as the lock has it, and no other.
    fn artifacts(&mut self, members: &[BundleMember], checked: Vec<Checked>) -> Result<(), Failure> {
        let workspace = workspace(members, checked);
        let plan = workspace.artifacts(&BTreeSet::new())?;
        for wanted in wanted::of(&workspace, &plan) {
            let place = BundlePlace::Artifact(wanted.name.clone());
            if self.listing.get(&place).is_none() {
                self.fault(&format!("`{place}` is missing"));
            }
        }
        let locked = members.iter().flat_map(|member| member.locked.arches.values());
        let locked: BTreeSet<(&ArtifactName, Sha256)> = locked
            .flat_map(|arch| arch.artifacts.values())
            .filter_map(|it| Some((&it.name, it.digest?.sha256)))
            .collect();
        for (place, sha256) in self.listing.iter() {
            if let BundlePlace::Artifact(name) = place
                && !locked.contains(&(name, sha256))
            {
                self.fault(&format!("no lock names `{place}` with the digest that it has"));
            }
        }
        Ok(())
    }

    fn streams(&mut self, members: &[BundleMember]) -> BTreeMap<Sha256, Vec<u8>> {
        let locked: BTreeSet<Sha256> =
            members.iter().filter_map(|member| Some(member.locked.stream.as_ref()?.sha256)).collect();
        let mut streams = BTreeMap::new();
        for (place, bytes) in std::mem::take(&mut self.texts) {
            match &place {
                BundlePlace::Stream(sha256) if locked.contains(sha256) && Sha256::of(&bytes) == *sha256 => {
                    streams.insert(*sha256, bytes);
                }
                BundlePlace::Stream(_) => self.fault(&format!("`{place}` is not the metadata of any lock")),
                _ => {
                    self.texts.insert(place, bytes);
                }
            }
        }
        streams
    }

    fn signatures(&mut self) -> BTreeMap<Sha256, Vec<u8>> {
        let mut signatures = BTreeMap::new();
        for (place, bytes) in std::mem::take(&mut self.texts) {
            let BundlePlace::Signature(name) = &place else { continue };
            match self.listing.get(&BundlePlace::Artifact(name.clone())) {
                Some(sha256) => {
                    signatures.insert(sha256, bytes);
                }
                None => self.fault(&format!("`{place}` belongs to no artifact")),
            }
        }
        signatures
    }
}
