//! One artifact from where it is to where it should be: what is done, in order.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Instant;

use super::cache::{Cache, Trust};
use super::job::{Job, Task};
use super::partial::{self, MODE, Partial};
use super::source::Source;
use super::transfer::{Arrived, Transfer};
use super::twin::Twin;
use super::{DownloadError, FetchOutcome, Fetched, Publish, Wanted, sums};
use crate::apply::progress::Activity;
use crate::disk::hash::sha256_of;
use crate::disk::{DiskError, Folder};
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::model::origin::{DigestOrigin, LockedDigest};
use crate::model::path::RelPath;

impl Job<'_> {
    /// Removes what killed runs left in every folder that this run writes to, but for transfers that
    /// this run will continue.
    pub(super) fn remove_stale(&self, wanted: &[Wanted]) -> Result<(), DownloadError> {
        let digests = wanted.iter().filter_map(|wanted| Some(wanted.digest?.sha256));
        let spared: BTreeSet<String> =
            digests.filter(|_| self.cache.is_none()).flat_map(partial::names).collect();
        let mut seen = BTreeSet::new();
        for path in wanted.iter().flat_map(Wanted::paths) {
            if seen.insert(path.split().0)
                && let Some(folder) = self.lock.root().find_folder_of(path)?
            {
                folder.remove_stale(self.lock, |name| spared.contains(name))?;
            }
        }
        Ok(())
    }

    /// Brings one artifact to all its places.
    pub(super) fn bring(&self, wanted: &Wanted) -> Result<Fetched, DownloadError> {
        let begun = Instant::now();
        let task = self.task(wanted)?;
        let (folder, name) = self.folder(&wanted.path)?;
        let fetched = match self.present(&task, &folder, name)? {
            Some(fetched) => fetched,
            None => self.obtain(&task, &folder, name)?,
        };
        for copy in &wanted.copies {
            self.copy(&folder, name, copy, &fetched)?;
        }
        Ok(Fetched { took: begun.elapsed(), ..fetched })
    }

    /// Decides where to fetch from and what to compare with: what the lock knows, else what stands in
    /// a `sha256sum.txt` beside the file. Over plain http one of them is required, and a sums file
    /// over plain http proves nothing.
    fn task<'w>(&self, wanted: &'w Wanted) -> Result<Task<'w>, DownloadError> {
        let mut sources = Source::all(&wanted.location, wanted.signature.as_ref(), &self.options.mirrors);
        let mut known = wanted.digest;
        if known.is_none() {
            // A name without a release could be that of any: only a digest tells.
            sources.retain(|source| !source.is_renamed);
            let plain = sources.iter().find(|source| source.is_plain()).map(Source::shown);
            sources.retain(|source| !source.is_plain());
            if let (Some(url), true) = (plain, sources.is_empty()) {
                return Err(DownloadError::NoDigest { name: wanted.name.clone(), url });
            }
            known = self.listed(&sources, &wanted.name)?;
        }
        Ok(Task { wanted, sources, known })
    }

    /// Looks for a digest beside the file, at the first source that can be asked.
    fn listed(&self, sources: &[Source], name: &ArtifactName) -> Result<Option<LockedDigest>, DownloadError> {
        let mut failure = None;
        for source in sources.iter().filter(|source| source.is_https()) {
            match sums::find(self.client, &source.url, name) {
                Ok(found) => {
                    return Ok(found.map(|sha256| LockedDigest { sha256, origin: DigestOrigin::Sums }));
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(None), |error| Err(error.into()))
    }

    fn folder<'p>(&self, path: &'p RelPath) -> Result<(Arc<Folder>, &'p str), DownloadError> {
        Ok((self.lock.durable_folder_of(path)?, path.split().1))
    }

    /// Looks whether the file is there with the right digest already.
    fn present(
        &self,
        task: &Task<'_>,
        folder: &Folder,
        name: &str,
    ) -> Result<Option<Fetched>, DownloadError> {
        let (Some(file), Some(known)) = (folder.open_file(name)?, task.known) else { return Ok(None) };
        let sha256 = self.check(&task.wanted.name, &task.wanted.path, known.sha256, &file)?;
        if sha256 != known.sha256 {
            return Ok(None);
        }
        make_readable(&file);
        self.known.stamp(&task.wanted.path, sha256, &file);
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let signed = self.check_present(task, &file)?;
        Ok(Some(Fetched { signed, ..task.done(FetchOutcome::Present, known, bytes) }))
    }

    /// Returns the digest of a file below the output root: by its stamp, else by its bytes. It is quicker
    /// where the file is what it should be.
    fn check(
        &self,
        artifact: &ArtifactName,
        path: &RelPath,
        due: Sha256,
        file: &File,
    ) -> Result<Sha256, DownloadError> {
        let metadata = file.metadata().ok();
        if self.options.trust == Trust::Stamp
            && let Some(known) = metadata.as_ref().and_then(|it| self.known.vouches(path, it))
        {
            return Ok(known);
        }
        self.progress.started(artifact, Activity::Checking, metadata.map(|metadata| metadata.len()));
        let each = |bytes| self.progress.advanced(artifact, bytes);
        let hashed = sha256_of(file, &self.known.checkpoints_of(due), &each);
        self.progress.finished(artifact);
        let (sha256, checkpoints) = hashed.map_err(DiskError::system("read", &self.full(path)))?;
        self.known.pass(sha256, &checkpoints);
        Ok(sha256)
    }

    /// Gets a file that is not there: from the cache, or from a server through the cache.
    fn obtain(&self, task: &Task<'_>, folder: &Folder, name: &str) -> Result<Fetched, DownloadError> {
        self.known.forget(&task.wanted.path);
        let fetched = match (self.cache, task.known) {
            (Some(cache), Some(known)) => self.through_cache(task, cache, known, folder, name)?,
            (_, known) => {
                let (partial, fetched) = self.transfer(
                    task,
                    &mut || match known {
                        Some(known) => Partial::open(folder, known.sha256, &|| self.say_waiting(task)),
                        None => Partial::fresh(folder),
                    },
                    &mut Twin::none(),
                )?;
                partial.publish(name)?;
                fetched
            }
        };
        if let Some(file) = folder.open_file(name)? {
            self.known.stamp(&task.wanted.path, fetched.digest.sha256, &file);
        }
        Ok(fetched)
    }

    fn through_cache(
        &self,
        task: &Task<'_>,
        cache: &Cache,
        known: LockedDigest,
        folder: &Folder,
        name: &str,
    ) -> Result<Fetched, DownloadError> {
        if let Some(file) = self.cached(task, cache, known.sha256)? {
            return self.publish_cached(task, known, &file, folder, name);
        }
        let partial = Partial::open(cache.folder(), known.sha256, &|| self.say_waiting(task))?;
        // Another run may have fetched it while this one waited.
        if let Some(file) = self.cached(task, cache, known.sha256)? {
            drop(partial);
            return self.publish_cached(task, known, &file, folder, name);
        }
        let mut twin = match self.options.publish {
            Publish::Copy => Twin::beside(&partial, folder)?,
            Publish::Link => Twin::none(),
        };
        let mut first = Some(partial);
        let mut open = || match first.take() {
            Some(first) => Ok(first),
            None => Partial::open(cache.folder(), known.sha256, &|| self.say_waiting(task)),
        };
        let (partial, fetched) = self.transfer(task, &mut open, &mut twin)?;
        let file = partial.file().try_clone().map_err(DiskError::system("open", cache.path()))?;
        cache.take(partial, known.sha256, &self.known.checkpoints_of(known.sha256))?;
        match twin.whole(fetched.bytes) {
            Some(twin) => twin.publish(name)?,
            None => self.publish(task, &file, folder, name)?,
        }
        Ok(fetched)
    }

    fn cached(&self, task: &Task<'_>, cache: &Cache, sha256: Sha256) -> Result<Option<File>, DownloadError> {
        let artifact = &task.wanted.name;
        self.progress.started(artifact, Activity::Checking, None);
        let found = cache.find(sha256, self.options.trust, &|bytes| self.progress.advanced(artifact, bytes));
        self.progress.finished(artifact);
        Ok(found?.map(|(file, checkpoints)| {
            self.known.pass(sha256, &checkpoints);
            file
        }))
    }

    fn publish_cached(
        &self,
        task: &Task<'_>,
        known: LockedDigest,
        file: &File,
        folder: &Folder,
        name: &str,
    ) -> Result<Fetched, DownloadError> {
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let signed = self.check_present(task, file)?;
        self.publish(task, file, folder, name)?;
        Ok(Fetched { signed, ..task.done(FetchOutcome::Cached, known, bytes) })
    }

    /// Puts a file of the cache at its place.
    fn publish(
        &self,
        task: &Task<'_>,
        file: &File,
        folder: &Folder,
        name: &str,
    ) -> Result<(), DownloadError> {
        let linked = match self.options.publish {
            Publish::Link => folder.temp_of(file)?,
            Publish::Copy => None,
        };
        if let Some(mut temp) = linked {
            return Ok(temp.publish(name, MODE)?);
        }
        let size = file.metadata().ok().map(|metadata| metadata.len());
        self.fill(&task.wanted.name, size, file, (folder, name))
    }

    /// Copies a file to a place.
    fn fill(
        &self,
        artifact: &ArtifactName,
        size: Option<u64>,
        from: &File,
        (folder, name): (&Folder, &str),
    ) -> Result<(), DownloadError> {
        let mut temp = folder.temp()?;
        self.progress.started(artifact, Activity::Copying, size);
        let copied = temp.copy_of(from).and_then(|()| temp.publish(name, MODE));
        self.progress.finished(artifact);
        Ok(copied?)
    }

    fn say_waiting(&self, task: &Task<'_>) {
        self.progress.line(&format!("{}: another run fetches it; waiting", task.wanted.name));
    }

    /// Tries one source after the other. What is wrong with the file system stays wrong with the next
    /// one; everything else may not.
    fn transfer<'f>(
        &self,
        task: &Task<'_>,
        open: &mut dyn FnMut() -> Result<Partial<'f>, DownloadError>,
        twin: &mut Twin<'f>,
    ) -> Result<(Partial<'f>, Fetched), DownloadError> {
        let mut sources = task.sources.iter().peekable();
        loop {
            let Some(source) = sources.next() else { return Err(self.nowhere(task)) };
            let error = match self
                .prepare(task, source)
                .and_then(|prepared| Transfer::new(self, task, source, prepared, open()?, twin).run())
            {
                Ok((partial, arrived)) => return Ok((partial, fetched(task, source, arrived))),
                Err(error) => error,
            };
            let Some(next) = sources.peek().filter(|_| error.is_of_source()) else { return Err(error) };
            self.progress.line(&format!("{}: {error}; trying {}", task.wanted.name, next.shown()));
        }
    }

    fn nowhere(&self, task: &Task<'_>) -> DownloadError {
        DiskError::system("find a source of", &self.full(&task.wanted.path))(ErrorKind::NotFound).into()
    }

    /// Copies a file that is in place to a further place, unless it is there already.
    fn copy(&self, from: &Folder, name: &str, to: &RelPath, fetched: &Fetched) -> Result<(), DownloadError> {
        let (artifact, sha256) = (&fetched.name, fetched.digest.sha256);
        let (folder, copy_name) = self.folder(to)?;
        if let Some(there) = folder.open_file(copy_name)?
            && self.check(artifact, to, sha256, &there)? == sha256
        {
            make_readable(&there);
            self.known.stamp(to, sha256, &there);
            return Ok(());
        }
        self.known.forget(to);
        let source = from.open_file(name)?.ok_or(ErrorKind::NotFound);
        let source = source.map_err(DiskError::system("open", &from.path_of(name)))?;
        self.fill(artifact, Some(fetched.bytes), &source, (&folder, copy_name))?;
        if let Some(there) = folder.open_file(copy_name)? {
            self.known.stamp(to, sha256, &there);
        }
        Ok(())
    }
}

fn fetched(task: &Task<'_>, source: &Source, arrived: Arrived) -> Fetched {
    Fetched {
        url: source.shown(),
        resumed: arrived.resumed,
        redirected_to: arrived.redirected_to,
        signed: arrived.signed,
        ..task.done(FetchOutcome::Fetched, arrived.digest, arrived.bytes)
    }
}

/// Lets web and TFTP servers read a file that was put there by hand. Only its owner can, and whose
/// file it is is not okdboot's business.
fn make_readable(file: &File) {
    let readable = |mode: u32| mode & 0o444 == 0o444;
    if let Ok(metadata) = file.metadata()
        && !readable(metadata.permissions().mode())
    {
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
    }
}
