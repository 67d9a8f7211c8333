//! Which release each cluster boots: the lock where it fits, else the stream, resolved in memory.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::args::StreamArgs;
use super::context::Context;
use super::failure::{Exit, Failure};
use super::ignition_files::beside;
use super::output::{Notices, Output};
use crate::diag::{Code, Diagnostic, Report};
use crate::http::{Client, Netrc, Settings};
use crate::lock::{self, Asked, Lock, LockError, LockedCluster, Needs};
use crate::model::arch::Arch;
use crate::model::cluster::Cluster;
use crate::model::digest::Sha256;
use crate::model::stream_ref::StreamRef;
use crate::model::url::without_secrets;
use crate::stream::{self, Metadata};

/// The lock's name beside vars.yaml.
const NAME: &str = "okdboot.lock";
/// The most of a stream's text that is read, in bytes.
const MAX_STREAM: u64 = 8 << 20;

/// Returns where the lock of a file is, if nobody says otherwise.
pub fn lock_beside(file: &Utf8Path) -> Utf8PathBuf {
    beside(file.as_str(), NAME)
}

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

/// The locks of a run.
#[derive(Default)]
pub struct Locks {
    files: BTreeMap<Utf8PathBuf, Lock>,
    changed: Vec<Utf8PathBuf>,
    report: Report,
    streams: BTreeMap<Sha256, String>,
}

impl Locks {
    /// Returns what there is to say about locks that do not fit.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Returns the metadata that was read, as it was read.
    pub fn streams(&self) -> &BTreeMap<Sha256, String> {
        &self.streams
    }

    /// Takes the lock of the embedded example, which no file holds.
    pub fn embedded(path: &Utf8Path, lock: Lock) -> Self {
        Self { files: BTreeMap::from([(path.to_owned(), lock)]), ..Self::default() }
    }

    /// Returns what a cluster boots, if that is known.
    pub fn of(&self, path: &Utf8Path, cluster: &Cluster) -> Option<&LockedCluster> {
        self.files.get(path)?.clusters.get(&cluster.id)
    }

    /// Returns an entry for writing what a fetch has learnt.
    pub fn learn(&mut self, path: &Utf8Path, cluster: &Cluster) -> Option<&mut LockedCluster> {
        self.mark(path);
        self.files.get_mut(path)?.clusters.get_mut(&cluster.id)
    }

    /// Returns the files whose text has changed, with the new text.
    pub fn changed(&self) -> Result<Vec<(Utf8PathBuf, String)>, Failure> {
        let text = |path: &Utf8PathBuf| {
            let text = lock::to_json(&self.files[path]).map_err(|error| Failure::of(Exit::Bug, &error))?;
            Ok((path.clone(), text))
        };
        self.changed.iter().map(text).collect()
    }

    fn mark(&mut self, path: &Utf8Path) {
        if !self.changed.iter().any(|known| known == path) {
            self.changed.push(path.to_owned());
        }
    }
}

/// Resolves what clusters boot.
pub struct Resolver<'a> {
    args: &'a StreamArgs,
    freshness: Freshness,
    wanted: Option<StreamRef>,
    texts: BTreeMap<String, Metadata>,
    locks: Locks,
}

impl<'a> Resolver<'a> {
    /// Takes what was asked for.
    pub fn new(args: &'a StreamArgs, freshness: Freshness) -> Result<Self, Failure> {
        let wanted = args.stream.as_deref().map(str::parse::<StreamRef>).transpose();
        let wanted = wanted.map_err(|error| {
            Failure::new(Exit::Usage, format!("`--stream`: {error}")).help(
                "give `rhcos-4.20`, `okd-4.20`, `stable`, `testing`, `next`, an https URL, a file, or `-`",
            )
        })?;
        Ok(Self { args, freshness, wanted, texts: BTreeMap::new(), locks: Locks::default() })
    }

    /// Returns where the lock of a cluster is.
    pub fn path(&self, cluster: &Cluster) -> Utf8PathBuf {
        self.args.lock.clone().unwrap_or_else(|| lock_beside(cluster.file.as_str().into()))
    }

    /// Resolves every cluster, says what changed, and gives up the locks.
    pub fn resolve(mut self, clusters: &[&Cluster], output: &mut Output) -> Result<Locks, Failure> {
        for cluster in clusters {
            let path = self.path(cluster);
            self.open(&path)?;
            self.cluster(&path, cluster, output)?;
        }
        Ok(self.locks)
    }

    fn open(&mut self, path: &Utf8Path) -> Result<(), Failure> {
        if self.locks.files.contains_key(path) {
            return Ok(());
        }
        let lock = match lock::load(path.as_std_path()) {
            Ok(lock) => lock,
            Err(LockError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Lock::default()
            }
            Err(error) => return Err(Failure::by(&error)),
        };
        self.locks.files.insert(path.to_owned(), lock);
        Ok(())
    }

    fn cluster(&mut self, path: &Utf8Path, cluster: &Cluster, output: &mut Output) -> Result<(), Failure> {
        let of_vars = stream_beside(cluster);
        let named = self.wanted.clone().or_else(|| of_vars.clone());
        let mut needs = Needs::of(cluster, None);
        needs.stream = named.as_ref();
        needs.asked = if self.wanted.is_some() { Asked::ByOption } else { Asked::ByVars };
        let locked = self.locks.of(path, cluster).cloned();
        if named.is_none() && locked.is_none() && !cluster.settings.overrides.any() {
            return Ok(());
        }
        // What vars.yaml names is read again when somebody asks for an update; what a person gives is
        // meant as it is now.
        if let Some(local) = self.wanted.clone().filter(is_local) {
            needs.text = self.local_text(&local, locked.is_some(), output)?;
        }
        if self.freshness == Freshness::AtHand && !self.wanted.as_ref().is_some_and(is_local) {
            return Ok(());
        }
        let stale = locked.as_ref().map(|locked| locked.covers(&needs));
        match (&stale, self.freshness) {
            (Some(Ok(())), Freshness::Watched) => return self.watch(cluster, locked.as_ref(), named, output),
            (Some(Ok(())), Freshness::Locked | Freshness::Frozen | Freshness::Offline) => return Ok(()),
            (Some(Err(stale)), Freshness::Frozen | Freshness::Offline) if self.wanted.is_none() => {
                self.locks.report.push(does_not_fit(path, cluster, stale));
                return Ok(());
            }
            (None, Freshness::Offline) if !needs.stream.is_none_or(is_local) => {
                return Err(not_locked(path, cluster));
            }
            _ => {}
        }
        if self.args.locked {
            return Err(Self::refuse(path, cluster, stale.and_then(Result::err)));
        }
        let why = stale.and_then(Result::err).map(|stale| {
            format!("cannot resolve again what `{}` boots, as `{path}` does not fit: {stale}", cluster.id)
        });
        let stands_for =
            of_vars.filter(|of_vars| self.wanted.as_ref().is_some_and(|wanted| wanted != of_vars));
        let resolved = self.resolve_again(path, cluster, (&needs, stands_for), locked.as_ref(), output);
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
        output: &mut Output,
    ) -> Result<(), Failure> {
        let again = before.and_then(|locked| locked.stream.as_ref()?.source.parse().ok());
        let source = needs.stream.cloned().or(again);
        let metadata = source.map(|source| self.metadata(&source, output)).transpose()?;
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
            output.say(&format!("{}: {image}", cluster.id));
            output.report(&newer_cpus(cluster, &after).into_iter().collect(), Notices::Shown);
        }
        for line in lock::changes(&cluster.id, before, &after) {
            output.say(&line);
        }
        if before != Some(&after) {
            self.locks.mark(path);
            if let Some(lock) = self.locks.files.get_mut(path) {
                lock.clusters.insert(cluster.id.clone(), after);
            }
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
        output: &mut Output,
    ) -> Result<(), Failure> {
        let local = named.filter(|named| self.wanted.is_none() && is_local(named));
        let (Some(local), Some(stream)) = (local, locked.and_then(|locked| locked.stream.as_ref())) else {
            return Ok(());
        };
        let found = self.local_text(&local, true, output)?;
        if found.is_some_and(|found| found != stream.sha256) {
            output.say(&format!(
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
    fn local_text(
        &mut self,
        source: &StreamRef,
        is_locked: bool,
        output: &Output,
    ) -> Result<Option<Sha256>, Failure> {
        match self.metadata(source, output) {
            Ok(metadata) => Ok(Some(metadata.sha256)),
            Err(failure)
                if is_locked && failure.exit == Exit::Files && !matches!(source, StreamRef::Stdin(_)) =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn metadata(&mut self, source: &StreamRef, output: &Output) -> Result<Metadata, Failure> {
        let name = source.to_string();
        if let Some(known) = self.texts.get(&name) {
            return Ok(known.clone());
        }
        let text = stream_text(self.args, source, output)?;
        let metadata = Metadata::parse(source, &text)
            .map_err(|error| Failure::by(&error).context(&format!("cannot use stream `{name}`")))?;
        self.locks.streams.insert(metadata.sha256, text);
        self.texts.insert(name, metadata.clone());
        Ok(metadata)
    }
}

/// Reads the text of a stream from wherever it is.
pub fn stream_text(args: &StreamArgs, source: &StreamRef, output: &Output) -> Result<String, Failure> {
    if is_local(source) { local_text(source, output) } else { download(args, source, output) }
}

/// Reads the text of a stream that is at hand; of any other there is none.
pub fn local_text(source: &StreamRef, output: &Output) -> Result<String, Failure> {
    let text = match source {
        StreamRef::File(path, _) => stream::load(path.as_ref()),
        StreamRef::Stdin(_) => stream::read(output.context().stdin()),
        remote => return Err(Failure::new(Exit::Network, format!("stream `{remote}` is not at hand"))),
    };
    text.map_err(|error| {
        let failure = Failure::by(&error);
        match source {
            StreamRef::File(..) => {
                failure.help("`--stream` names a release, an https URL or a file that is there")
            }
            _ => failure,
        }
    })
}

fn download(args: &StreamArgs, source: &StreamRef, output: &Output) -> Result<String, Failure> {
    let Some(url) = stream::url(source) else {
        return Err(Failure::new(Exit::Bug, format!("stream `{source}` has no address")));
    };
    let client = client(args, output.context())?;
    let text = client.get_text(&url, MAX_STREAM).map_err(Failure::from);
    text.map_err(|failure| failure.help("without a network, give the metadata as a file: `--stream FILE`"))
}

/// Makes the HTTP client that a run's options ask for.
pub fn client(args: &StreamArgs, context: &Context) -> Result<Client, Failure> {
    let ca_cert = args.ca_cert.as_ref().map(|path| path.as_std_path().to_owned());
    let settings = Settings { ca_cert, netrc: netrc(context)?, ..Settings::default() };
    Client::new(settings).map_err(Failure::from)
}

/// Reads the credentials of hosts from `$NETRC`, else `~/.netrc`, as curl does. Only a file that was
/// named has to be there.
fn netrc(context: &Context) -> Result<Netrc, Failure> {
    let named = context.env("NETRC").map(Utf8PathBuf::from);
    let usual = || context.env("HOME").map(|home| Utf8Path::new(home).join(".netrc"));
    let Some(path) = named.clone().or_else(usual) else { return Ok(Netrc::default()) };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Netrc::parse(&text)),
        Err(_) if named.is_none() => Ok(Netrc::default()),
        Err(error) => Err(Failure::new(Exit::Files, format!("cannot read `{path}`: {error}"))),
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

/// A file that vars.yaml names is relative to it.
fn stream_beside(cluster: &Cluster) -> Option<StreamRef> {
    match cluster.settings.stream.clone()? {
        StreamRef::File(path, rhel) => {
            Some(StreamRef::File(beside(&cluster.file, &path).into_string(), rhel))
        }
        other => Some(other),
    }
}

fn is_local(source: &StreamRef) -> bool {
    matches!(source, StreamRef::File(..) | StreamRef::Stdin(_))
}

/// Says where machines that the release before ran on may stop at their first instruction.
fn newer_cpus(cluster: &Cluster, locked: &LockedCluster) -> Option<Diagnostic> {
    let has_machines = cluster.arches().contains(&Arch::X86_64);
    let release = locked.release(Arch::X86_64).filter(|release| has_machines && release.needs_v3())?;
    let message = format!("machines of `{}` need CPUs of level x86-64-v3 for {release}", cluster.id);
    let help = "that is AVX2: Intel from Haswell (2013) on, AMD from Excavator (2015) on; in virtual machines choose a CPU type that has it. Older ones stop with `Fatal glibc error: CPU does not support x86-64-v3`";
    Some(Diagnostic::new(Code::R035, message).help(help))
}
