//! One artifact from where it is to where it should be.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sha2::Digest as _;

use super::cause::{HEAD, Seen, is_web_page, likely};
use super::folder::{Absent, Folder};
use super::part::Part;
use super::{BUFFER, DownloadError, Fetched, Options, Outcome, Wanted, hash, sums};
use crate::apply::progress::{Activity, Progress};
use crate::http::{Client, HttpError, PlainHttp, Response};
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::model::origin::{LockedDigest, Origin};
use crate::model::path::RelPath;
use crate::model::url::without_secrets;

/// What all files of one run share.
pub(super) struct Job<'a> {
    pub(super) client: &'a Client,
    pub(super) root: &'a Path,
    pub(super) options: &'a Options,
    pub(super) progress: &'a dyn Progress,
}

/// One artifact with where it comes from this time.
struct Task<'a> {
    wanted: &'a Wanted,
    /// May hold the credentials of a mirror.
    url: String,
    /// What is known before the first byte.
    known: Option<LockedDigest>,
}

/// A body that is in its temp file.
struct Arrived {
    sha256: Sha256,
    bytes: u64,
    head: Vec<u8>,
}

impl Job<'_> {
    /// Removes what killed runs left in every folder that this run writes to.
    pub(super) fn remove_stale(&self, wanted: &[Wanted]) -> Result<(), DownloadError> {
        let mut seen = BTreeSet::new();
        for path in wanted.iter().flat_map(Wanted::paths) {
            if seen.insert(path.split().0)
                && let Some((folder, _)) = Folder::of(self.root, path, Absent::Leave)?
            {
                folder.remove_stale()?;
            }
        }
        Ok(())
    }

    /// Brings one artifact to all its places.
    pub(super) fn bring(&self, wanted: &Wanted) -> Result<Fetched, DownloadError> {
        let task = self.task(wanted)?;
        let (folder, name) = self.folder(&wanted.path)?;
        let fetched = match self.present(&task, &folder, name)? {
            Some(fetched) => fetched,
            None => self.fetch(&task, &folder, name)?,
        };
        for copy in &wanted.copies {
            self.copy(&folder, name, copy, &fetched)?;
        }
        Ok(fetched)
    }

    /// Decides where to fetch from and what to compare with: what the lock knows, else what stands in
    /// a `sha256sum.txt` beside the file. Over plain http one of them is required, and a sums file
    /// over plain http proves nothing.
    fn task<'w>(&self, wanted: &'w Wanted) -> Result<Task<'w>, DownloadError> {
        let url = match &self.options.mirror {
            Some(mirror) => mirror.url_of(&wanted.name),
            None => wanted.location.as_str().to_owned(),
        };
        let known = match wanted.digest {
            Some(digest) => Some(digest),
            None if url.starts_with("https:") => {
                let found = sums::find(self.client, &url, &wanted.name)?;
                found.map(|sha256| LockedDigest { sha256, origin: Origin::Sums })
            }
            None if url.starts_with("http:") => {
                let (name, url) = (wanted.name.clone(), without_secrets(&url));
                return Err(DownloadError::NoDigest { name, url });
            }
            None => None,
        };
        Ok(Task { wanted, url, known })
    }

    fn folder<'p>(&self, path: &'p RelPath) -> Result<(Folder, &'p str), DownloadError> {
        let opened = Folder::of(self.root, path, Absent::Make)?;
        // Only a folder that another program removes at once can still be absent.
        opened.ok_or_else(|| {
            DownloadError::io("open folder of", &self.root.join(path.as_str()), ErrorKind::NotFound)
        })
    }

    /// Looks whether the file is there with the right digest already.
    fn present(
        &self,
        task: &Task<'_>,
        folder: &Folder,
        name: &str,
    ) -> Result<Option<Fetched>, DownloadError> {
        let (Some(file), Some(known)) = (folder.open_file(name)?, task.known) else { return Ok(None) };
        let (sha256, bytes) = self.check(&task.wanted.name, folder, name, &file)?;
        if sha256 != known.sha256 {
            return Ok(None);
        }
        make_readable(&file);
        Ok(Some(task.done(Outcome::Present, known, bytes, Vec::new())))
    }

    fn check(
        &self,
        artifact: &ArtifactName,
        folder: &Folder,
        name: &str,
        file: &File,
    ) -> Result<(Sha256, u64), DownloadError> {
        let size = file.metadata().ok().map(|metadata| metadata.len());
        self.progress.started(artifact, Activity::Checking, size);
        let hashed = hash(file, &mut |bytes| self.progress.advanced(artifact, bytes));
        self.progress.finished(artifact);
        hashed.map_err(|source| DownloadError::io("read", &folder.path_of(name), source))
    }

    fn fetch(&self, task: &Task<'_>, folder: &Folder, name: &str) -> Result<Fetched, DownloadError> {
        let plain = if task.known.is_some() { PlainHttp::DigestKnown } else { PlainHttp::Refused };
        let mut response = self.client.get_stream(&task.url, plain)?;
        self.check_response(task, &response)?;
        let mut part = Part::create(folder)?;
        self.progress.started(&task.wanted.name, Activity::Fetching, response.content_length);
        let received = self.receive(task, &mut response, &mut part);
        self.progress.finished(&task.wanted.name);
        let arrived = received?;
        let digest = self.judge(task, &response, &arrived)?;
        part.publish(name)?;
        Ok(task.done(Outcome::Fetched, digest, arrived.bytes, response.redirected_to))
    }

    fn check_response(&self, task: &Task<'_>, response: &Response) -> Result<(), DownloadError> {
        if response.content_length.is_some_and(|length| length > self.options.cap) {
            return Err(self.too_large(task));
        }
        if task.known.is_some() {
            return Ok(());
        }
        if response.content_encoding.is_some() {
            return Err(task.unpinnable("its encoding was changed on the way (Content-Encoding)"));
        }
        if !response.is_delimited {
            return Err(task.unpinnable("the server does not say how long it is, so it may be cut"));
        }
        Ok(())
    }

    fn receive(
        &self,
        task: &Task<'_>,
        response: &mut Response,
        part: &mut Part<'_>,
    ) -> Result<Arrived, DownloadError> {
        let (mut hasher, mut bytes, mut head) = (sha2::Sha256::new(), 0, Vec::with_capacity(HEAD));
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = match response.read(&mut buffer) {
                Ok(0) => return Ok(Arrived { sha256: Sha256::finish(hasher), bytes, head }),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(HttpError::body(&task.url, &error).into()),
            };
            bytes += read as u64;
            if bytes > self.options.cap {
                return Err(self.too_large(task));
            }
            let piece = &buffer[..read];
            head.extend_from_slice(&piece[..read.min(HEAD - head.len())]);
            hasher.update(piece);
            part.write(piece)?;
            self.progress.advanced(&task.wanted.name, read as u64);
        }
    }

    /// Compares what arrived with what is known, or pins it where nothing is.
    fn judge(
        &self,
        task: &Task<'_>,
        response: &Response,
        arrived: &Arrived,
    ) -> Result<LockedDigest, DownloadError> {
        let received = arrived.sha256;
        match task.known {
            Some(known) if known.sha256 == received => Ok(known),
            Some(known) => Err(DownloadError::Mismatch {
                url: task.shown_url(),
                expected: known.sha256,
                received,
                bytes: arrived.bytes,
                cause: likely(&self.seen(response, arrived)).to_owned(),
            }),
            None if arrived.bytes == 0 => Err(task.unpinnable("it is empty")),
            None if is_web_page(&arrived.head) => Err(task.unpinnable("it is a web page")),
            None => Ok(LockedDigest { sha256: received, origin: Origin::FirstUse }),
        }
    }

    fn seen<'s>(&self, response: &'s Response, arrived: &'s Arrived) -> Seen<'s> {
        Seen {
            head: &arrived.head,
            bytes: arrived.bytes,
            content_encoding: response.content_encoding.as_deref(),
            is_delimited: response.is_delimited,
            is_mirror: self.options.mirror.is_some(),
        }
    }

    fn too_large(&self, task: &Task<'_>) -> DownloadError {
        DownloadError::TooLarge { url: task.shown_url(), cap: self.options.cap }
    }

    /// Copies a file that is in place to a further place, unless it is there already.
    fn copy(&self, from: &Folder, name: &str, to: &RelPath, fetched: &Fetched) -> Result<(), DownloadError> {
        let artifact = &fetched.name;
        let (folder, copy_name) = self.folder(to)?;
        if let Some(there) = folder.open_file(copy_name)?
            && self.check(artifact, &folder, copy_name, &there)?.0 == fetched.digest.sha256
        {
            make_readable(&there);
            return Ok(());
        }
        let source = from.open_file(name)?;
        let mut source =
            source.ok_or_else(|| DownloadError::io("open", &from.path_of(name), ErrorKind::NotFound))?;
        let mut part = Part::create(&folder)?;
        self.progress.started(artifact, Activity::Copying, Some(fetched.bytes));
        let copied = part.copy_of(&mut source).and_then(|()| part.publish(copy_name));
        self.progress.finished(artifact);
        copied
    }
}

impl Task<'_> {
    fn shown_url(&self) -> String {
        without_secrets(&self.url)
    }

    fn unpinnable(&self, why: &'static str) -> DownloadError {
        DownloadError::Unpinnable { name: self.wanted.name.clone(), url: self.shown_url(), why }
    }

    fn done(
        &self,
        outcome: Outcome,
        digest: LockedDigest,
        bytes: u64,
        redirected_to: Vec<String>,
    ) -> Fetched {
        Fetched {
            name: self.wanted.name.clone(),
            outcome,
            bytes,
            digest,
            is_learnt: self.wanted.digest.is_none(),
            url: self.shown_url(),
            redirected_to,
        }
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
