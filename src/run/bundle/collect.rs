//! What goes into a bundle, and whether all of it is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use camino::Utf8PathBuf;

use crate::apply::download::Wanted;
use crate::apply::download::cache::Cache;
use crate::bundle::{BundleIndex, BundlePlace, Listing};
use crate::diag::{Code, Diagnostic, Report};
use crate::lock::{self, LockFile, LockedCluster};
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::plan::FileKind;
use crate::plan::manifest::{Entry, Manifest};
use crate::plan::tree::{Standing, Tree as _};
use crate::run::failure::{Exit, Failure};
use crate::run::metadata::local_text;
use crate::run::resolver::Freshness;
use crate::run::tree::TreeReader;
use crate::run::{News, StreamChoice, Workspace, cache, wanted};
use crate::vars;

/// Everything that goes into a bundle.
#[derive(Default)]
pub struct BundleSet {
    /// Every file, with its digest.
    pub listing: Listing,
    /// What is small.
    pub texts: BTreeMap<BundlePlace, Vec<u8>>,
    /// What is large: opened, not read.
    pub artifacts: BTreeMap<BundlePlace, File>,
    /// What was left out.
    pub warnings: Report,
}

/// What a person wants in it.
pub struct BundleRequest {
    /// The lock, in the place of the one beside vars.yaml.
    pub lock: Option<Utf8PathBuf>,
    /// Further kinds of artifacts.
    pub further: BTreeSet<ArtifactKind>,
    /// Whether Ignition files, which hold secrets, go along.
    pub with_ignition: bool,
}

/// A collection under way.
struct Collection<'c> {
    workspace: &'c Workspace,
    with_ignition: bool,
    cache: Option<Cache>,
    set: BundleSet,
    faults: Report,
}

/// Collects everything; whatever is missing is reported at once.
pub fn collect(
    workspace: &mut Workspace,
    request: &BundleRequest,
    news: &mut News,
) -> Result<BundleSet, Failure> {
    let choice = StreamChoice { lock: request.lock.clone(), ..StreamChoice::default() };
    workspace.place_locks(&choice);
    refuse_unlocked(workspace)?;
    workspace.resolve(&choice, Freshness::Offline, news)?;
    let plan = workspace.artifacts(&request.further)?;
    let wanted = wanted::of(workspace, &plan);
    let mut collection = Collection {
        workspace,
        with_ignition: request.with_ignition,
        cache: cache::open(&workspace.process).ok(),
        set: BundleSet::default(),
        faults: workspace.locks.report().diagnostics().iter().map(unfit).collect(),
    };
    collection.clusters()?;
    collection.tree()?;
    collection.artifacts(&wanted)?;
    collection.streams();
    collection.signatures(&wanted);
    collection.closed()
}

/// A bundle pins what is in it, so there has to be a lock.
fn refuse_unlocked(workspace: &Workspace) -> Result<(), Failure> {
    let mut report = Report::default();
    for member in &workspace.members {
        let (cluster, path) = (member.cluster(), &member.lock);
        let lock = lock::load(path.as_std_path())?;
        if !lock.clusters.contains_key(&cluster.id) {
            report.push(absent(format!("`{path}` has no entry for `{}`", cluster.id)));
        }
    }
    if report.is_empty() { Ok(()) } else { Err(Failure::invalid(report)) }
}

fn absent(message: String) -> Diagnostic {
    Diagnostic::new(Code::R027, message).help("run `okdboot fetch` first")
}

fn unfit(found: &Diagnostic) -> Diagnostic {
    absent(found.message.clone())
}

impl Collection<'_> {
    fn add(&mut self, place: BundlePlace, bytes: Vec<u8>) {
        self.set.texts.insert(place, bytes);
    }

    fn clusters(&mut self) -> Result<(), Failure> {
        let mut texts = Vec::new();
        for member in &self.workspace.members {
            let cluster = member.cluster();
            let vars = vars::load(cluster.file.as_ref(), &cluster.file)?;
            self.faults.extend(super::credentials(&cluster.file, &vars));
            texts.push((BundlePlace::Vars(cluster.id.clone()), vars));
            let Some(locked) = self.workspace.locked(member) else { continue };
            texts.push((BundlePlace::Lock(cluster.id.clone()), lock_text(cluster, locked)?.into_bytes()));
        }
        self.add(BundlePlace::Index, BundleIndex { clusters: self.workspace.ids() }.to_json().into_bytes());
        self.set.texts.extend(texts);
        Ok(())
    }

    /// Takes the rendered files of these clusters, as far as they are as okdboot wrote them.
    fn tree(&mut self) -> Result<(), Failure> {
        let reader = self.workspace.reader()?;
        self.state(&reader)?;
        let entries: BTreeMap<_, _> = reader
            .manifest(&self.workspace.ids())?
            .entries
            .into_iter()
            .filter(|(_, entry)| self.takes(entry))
            .collect();
        if entries.is_empty() {
            let message =
                format!("nothing is rendered in `{}`, so the bundle has no tree", self.workspace.out);
            self.set.warnings.push(
                Diagnostic::new(Code::R028, message)
                    .help("run `okdboot render` first, or render after the import"),
            );
            return Ok(());
        }
        for (path, entry) in &entries {
            match reader.tree().look(path) {
                Standing::File(found) if Sha256::of(&found.bytes) == entry.sha256 => {
                    self.faults.extend(super::credentials(&reader.tree().name(path), &found.bytes));
                    self.add(BundlePlace::Tree(path.clone()), found.bytes);
                }
                _ => self.faults.push(
                    Diagnostic::new(Code::R027, format!("`{path}` is not as okdboot rendered it"))
                        .help("run `okdboot render` again; `okdboot render --diff` shows the difference"),
                ),
            }
        }
        let manifest = Manifest { entries };
        self.add(BundlePlace::Manifest, manifest.to_text().into_bytes());
        Ok(())
    }

    /// Without what was said of each machine, the next render inside would arm the disarmed ones again.
    fn state(&mut self, reader: &TreeReader) -> Result<(), Failure> {
        let before = reader.before(&self.workspace.clusters())?;
        if !before.state().is_empty() {
            self.add(BundlePlace::State, before.state().to_text().into_bytes());
        }
        Ok(())
    }

    /// Says whether a rendered file goes along. `SHA512SUMS` is made anew where the tree lands.
    fn takes(&self, entry: &Entry) -> bool {
        let clusters = self.workspace.clusters();
        let is_ours = |id: &Label| clusters.iter().any(|cluster| cluster.id == *id);
        let is_wanted = match entry.owner.kind {
            // The other side renders them: services for the helper there, Kubernetes with the Ignition files there.
            FileKind::Sums | FileKind::Kubernetes => false,
            kind if kind.is_service() => false,
            FileKind::Ignition => self.with_ignition,
            _ => true,
        };
        is_wanted && entry.owner.cluster.as_ref().is_none_or(is_ours)
    }

    fn artifacts(&mut self, wanted: &[Wanted]) -> Result<(), Failure> {
        for item in wanted {
            let Some(due) = item.digest else {
                self.faults.push(absent(format!("the lock has no digest of `{}`", item.name)));
                continue;
            };
            let place = BundlePlace::Artifact(item.name.clone());
            if let Some(file) = self.find(item, due.sha256)? {
                self.set.listing.add(place.clone(), due.sha256).map_err(|error| twice(&error))?;
                self.set.artifacts.insert(place, file);
            } else {
                let (name, out) = (&item.name, &self.workspace.out);
                self.faults.push(absent(format!("`{name}` is neither in the cache nor below `{out}`")));
            }
        }
        Ok(())
    }

    /// Finds an artifact in the cache, else in the tree; its digest is checked as it is written.
    fn find(&self, item: &Wanted, sha256: Sha256) -> Result<Option<File>, Failure> {
        if let Some(cache) = &self.cache
            && let Some(file) = cache.artifact(sha256)?
        {
            return Ok(Some(file));
        }
        let path = self.workspace.out.join(item.path.as_str());
        Ok(File::open(&path).ok().filter(|file| file.metadata().is_ok_and(|metadata| metadata.is_file())))
    }

    /// Takes the metadata that the locks were made from. A bundle is whole without it, since the lock
    /// has what counts; so it is only said where it cannot be had any more.
    fn streams(&mut self) {
        let mut streams = BTreeMap::new();
        let locked = self.workspace.all_locked().filter_map(|locked| locked.stream.as_ref());
        streams.extend(locked.map(|stream| (stream.sha256, stream.source.clone())));
        for (sha256, source) in streams {
            let kept = self.cache.as_ref().and_then(|cache| cache.artifact(sha256).ok()?);
            let text = match kept.and_then(|file| std::io::read_to_string(file).ok()) {
                Some(text) => Some(text),
                None => source.parse().ok().and_then(|it| local_text(&it).ok()),
            };
            match text.filter(|text| Sha256::of(text.as_bytes()) == sha256) {
                Some(text) => {
                    self.faults.extend(super::credentials(&source, text.as_bytes()));
                    self.add(BundlePlace::Stream(sha256), text.into_bytes());
                }
                None => self.set.warnings.push(
                    Diagnostic::new(
                        Code::R028,
                        format!("the metadata of `{source}` that the lock was made from is not at hand any more"),
                    )
                    .help("the import works without it; `okdboot fetch --update` makes the lock from what is published now"),
                ),
            }
        }
    }

    /// Takes the signatures that fetch has kept.
    fn signatures(&mut self, wanted: &[Wanted]) {
        for item in wanted {
            let (Some(_), Some(due)) = (&item.signature, item.digest) else { continue };
            match self.cache.as_ref().and_then(|cache| cache.signature(due.sha256)) {
                Some(bytes) => self.add(BundlePlace::Signature(item.name.clone()), bytes),
                None => self.set.warnings.push(
                    Diagnostic::new(
                        Code::R028,
                        format!("the signature of `{}` is left out: the cache does not have it", item.name),
                    )
                    .help("`okdboot fetch` keeps it; without it, `--require-signature` fails in the closed room"),
                ),
            }
        }
    }

    fn closed(mut self) -> Result<BundleSet, Failure> {
        if !self.faults.is_empty() {
            return Err(Failure::invalid(self.faults));
        }
        for (place, bytes) in &self.set.texts {
            self.set.listing.add(place.clone(), Sha256::of(bytes)).map_err(|error| twice(&error))?;
        }
        self.set.listing.refuse_aliases().map_err(|error| twice(&error))?;
        Ok(self.set)
    }
}

fn twice(error: &crate::bundle::ListingError) -> Failure {
    Failure::invalid(Diagnostic::new(Code::R021, format!("this cannot be one bundle: {error}")).into())
}

/// Returns a lock with the entry of one cluster.
fn lock_text(cluster: &Cluster, locked: &LockedCluster) -> Result<String, Failure> {
    let lock = LockFile { clusters: BTreeMap::from([(cluster.id.clone(), locked.clone())]) };
    lock::to_json(&lock).map_err(|error| Failure::of(Exit::Bug, &error))
}
