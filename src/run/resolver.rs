//! Which release each cluster boots: the lock where it fits, else the stream, resolved in memory.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::choice::StreamChoice;
use super::failure::{Exit, Failure};
use super::locks::Locks;
use super::metadata::{self, is_local};
use super::news::{News, Notices};
use super::process::Process;
use crate::diag::{Code, Diagnostic};
use crate::lock::{self, LockedCluster, Needs, StreamUser};
use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::digest::Sha256;
use crate::model::stream_ref::StreamRef;
use crate::model::url::without_secrets;
use crate::stream::Metadata;

/// Whether the lock is taken as it is where it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Yes.
    Locked,
    /// Yes, and it is said where the stream at hand is another by now: for `fetch`.
    Watched,
    /// No: the stream is read again (`--update`).
    Updated,
    /// Yes, and where it does not fit, too: `verify` looks at what was rendered.
    Frozen,
    /// The same, and no server is asked either where there is no lock.
    Offline,
    /// What is at hand is looked at, the rest is left alone: for `check`.
    AtHand,
}

/// Resolves what clusters boot.
pub struct Resolver<'a> {
    choice: &'a StreamChoice,
    freshness: Freshness,
    process: &'a Process,
    texts: BTreeMap<String, Metadata>,
    locks: Locks,
    news: &'a mut News,
}

impl<'a> Resolver<'a> {
    /// Takes what was asked for.
    pub fn new(
        choice: &'a StreamChoice,
        freshness: Freshness,
        process: &'a Process,
        news: &'a mut News,
    ) -> Self {
        Self { choice, freshness, process, texts: BTreeMap::new(), locks: Locks::default(), news }
    }

    /// Resolves every cluster, each with the path of its lock, and gives up the locks.
    pub fn resolve<'c>(
        mut self,
        clusters: impl Iterator<Item = (&'c Cluster, &'c Utf8PathBuf)>,
    ) -> Result<Locks, Failure> {
        for (cluster, path) in clusters {
            self.locks.open(path)?;
            self.cluster(path, cluster)?;
        }
        Ok(self.locks)
    }

    fn cluster(&mut self, path: &Utf8Path, cluster: &Cluster) -> Result<(), Failure> {
        let of_vars = metadata::beside(cluster);
        let named = self.choice.stream.clone().or_else(|| of_vars.clone());
        let mut needs = Needs::of(cluster, None);
        needs.stream = named.as_ref();
        needs.asked = if self.choice.stream.is_some() { StreamUser::ByOption } else { StreamUser::ByVars };
        let locked = self.locks.of(path, cluster).cloned();
        if named.is_none() && locked.is_none() && !cluster.settings.overrides.any() {
            return Ok(());
        }
        // What vars.yaml names is read again when somebody asks for an update; what a person gives is
        // meant as it is now.
        if let Some(local) = self.choice.stream.clone().filter(is_local) {
            needs.text = self.local_text(&local, locked.is_some())?;
        }
        if self.freshness == Freshness::AtHand && !self.choice.stream.as_ref().is_some_and(is_local) {
            return Ok(());
        }
        let stale = locked.as_ref().map(|locked| locked.covers(&needs));
        match (&stale, self.freshness) {
            (Some(Ok(())), Freshness::Watched) => return self.watch(cluster, locked.as_ref(), named),
            (Some(Ok(())), Freshness::Locked | Freshness::Frozen | Freshness::Offline) => return Ok(()),
            (Some(Err(stale)), Freshness::Frozen | Freshness::Offline) if self.choice.stream.is_none() => {
                self.locks.find(does_not_fit(path, cluster, stale));
                return Ok(());
            }
            (None, Freshness::Offline) if !needs.stream.is_none_or(is_local) => {
                return Err(not_locked(path, cluster));
            }
            _ => {}
        }
        if self.choice.is_locked {
            return Err(Self::refuse(path, cluster, stale.and_then(Result::err)));
        }
        let why = stale.and_then(Result::err).map(|stale| {
            format!("cannot resolve again what `{}` boots, as `{path}` does not fit: {stale}", cluster.id)
        });
        let stands_for =
            of_vars.filter(|of_vars| self.choice.stream.as_ref().is_some_and(|wanted| wanted != of_vars));
        let resolved = self.resolve_again(path, cluster, (&needs, stands_for), locked.as_ref());
        resolved.map_err(|failure| match &why {
            Some(why) => failure.context(why),
            None => failure,
        })
    }

    fn resolve_again(
        &mut self,
        path: &Utf8Path,
        cluster: &Cluster,
        (needs, stands_for): (&Needs, Option<StreamRef>),
        before: Option<&LockedCluster>,
    ) -> Result<(), Failure> {
        let again = before.and_then(|locked| locked.stream.as_ref()?.source.parse().ok());
        let source = needs.stream.cloned().or(again);
        let metadata = source.map(|source| self.metadata(&source)).transpose()?;
        let resolved = lock::resolve(metadata.as_ref(), needs);
        let mut after = resolved.map_err(|error| Failure::of(Exit::Invalid, &error))?;
        if let Some(before) = before {
            after.keep_learnt(before);
        }
        if let (Some(stream), Some(stands_for)) = (&mut after.stream, stands_for) {
            stream.stands_for = Some(without_secrets(&stands_for.to_string()));
        }
        let image = after.image();
        if before.map(LockedCluster::image).as_ref() != Some(&image) {
            self.news.say(format!("{}: {image}", cluster.id));
            self.news.report(newer_cpus(cluster, &after).into_iter().collect(), Notices::Shown);
        }
        for line in lock::changes(&cluster.id, before, &after) {
            self.news.say(line);
        }
        if before != Some(&after) {
            self.locks.pin(path, &cluster.id, after);
        }
        Ok(())
    }

    /// Says where the file that vars.yaml names has other contents than the locked ones. One that is gone
    /// is no fault: the lock has what counts.
    fn watch(
        &mut self,
        cluster: &Cluster,
        locked: Option<&LockedCluster>,
        named: Option<StreamRef>,
    ) -> Result<(), Failure> {
        let local = named.filter(|named| self.choice.stream.is_none() && is_local(named));
        let (Some(local), Some(stream)) = (local, locked.and_then(|locked| locked.stream.as_ref())) else {
            return Ok(());
        };
        let found = self.local_text(&local, true)?;
        if found.is_some_and(|found| found != stream.sha256) {
            self.news.say(format!(
                "{}: the metadata in `{local}` is not the locked one; `okdboot fetch --update` takes it",
                cluster.id
            ));
        }
        Ok(())
    }

    fn refuse(path: &Utf8Path, cluster: &Cluster, stale: Option<lock::Stale>) -> Failure {
        let why =
            stale.map_or_else(|| format!("it has no entry for `{}`", cluster.id), |stale| stale.to_string());
        Failure::new(Exit::Invalid, format!("`{path}` would have to change, and `--locked` refuses: {why}"))
            .help("run once without `--locked`, look at the change, and commit the lock")
    }

    /// Reads a stream that is at hand without a network. A file that is gone is no fault where the
    /// lock has its content.
    fn local_text(&mut self, source: &StreamRef, is_locked: bool) -> Result<Option<Sha256>, Failure> {
        match self.metadata(source) {
            Ok(metadata) => Ok(Some(metadata.sha256)),
            Err(failure)
                if is_locked && failure.exit == Exit::Files && !matches!(source, StreamRef::Stdin(_)) =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn metadata(&mut self, source: &StreamRef) -> Result<Metadata, Failure> {
        let name = source.to_string();
        if let Some(known) = self.texts.get(&name) {
            return Ok(known.clone());
        }
        let text = metadata::text(self.choice, source, self.process)?;
        let metadata = Metadata::parse(source, &text)
            .map_err(|error| Failure::by(&error).context(&format!("cannot use stream `{name}`")))?;
        self.locks.keep(metadata.sha256, text);
        self.texts.insert(name, metadata.clone());
        Ok(metadata)
    }
}

fn does_not_fit(path: &Utf8Path, cluster: &Cluster, stale: &lock::Stale) -> Diagnostic {
    Diagnostic::new(Code::P013, format!("`{path}` does not fit `{}`: {stale}", cluster.file))
        .help("`okdboot render` resolves again and says what changes; here the lock was taken as it is")
}

fn not_locked(path: &Utf8Path, cluster: &Cluster) -> Failure {
    let message = format!("`{path}` has no entry for `{}`, and this command asks no server", cluster.id);
    Failure::new(Exit::Invalid, message)
        .help("run `okdboot fetch` or `okdboot render`, which write the lock, or give `--stream FILE`")
}

/// Says where machines that the release before ran on may stop at their first instruction.
fn newer_cpus(cluster: &Cluster, locked: &LockedCluster) -> Option<Diagnostic> {
    let has_machines = cluster.arches().contains(&Arch::X86_64);
    let release = locked.release(Arch::X86_64).filter(|release| has_machines && release.needs_v3())?;
    let message = format!("machines of `{}` need CPUs of level x86-64-v3 for {release}", cluster.id);
    let help = "that is AVX2: Intel from Haswell (2013) on, AMD from Excavator (2015) on; in virtual machines choose a CPU type that has it. Older ones stop with `Fatal glibc error: CPU does not support x86-64-v3`";
    Some(Diagnostic::new(Code::R035, message).help(help))
}
