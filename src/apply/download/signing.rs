//! Signatures of artifacts: fetched before the file, checked beside its digest.

use std::fs::File;
use std::io::{ErrorKind, Read as _};

use super::job::{Job, Task};
use super::signed::{Need, Pins, Signed};
use super::source::Source;
use super::{BUFFER, DownloadError};
use crate::disk::DiskError;
use crate::http::{HttpError, PlainHttp};
use crate::model::fingerprint::Fingerprint;
use crate::signature::{Detached, SignatureError, supported};

/// The most of a signature that is read, in bytes; a real one has less than one KiB.
const MAX_BYTES: u64 = 64 << 10;

/// What is to be done beside the sha256 of a file.
pub(super) enum Prepared {
    /// A signature is checked.
    Check(Detached),
    /// There is nothing to check.
    Skip(Signed),
}

impl Job<'_> {
    /// Fetches the signature of a file, so that its hasher can run while the file arrives.
    pub(super) fn prepare(&self, task: &Task<'_>, source: &Source) -> Result<Prepared, DownloadError> {
        let signatures = &self.options.signatures;
        let name = || task.wanted.name.clone();
        let Some(url) = &source.signature else {
            return self.or_skip(Signed::Unnamed, || DownloadError::Unsigned { name: name() });
        };
        if let Err(source) = supported() {
            let unjudged = Signed::Unjudged(source.to_string());
            return self.or_skip(unjudged, || DownloadError::Uncheckable { name: name(), source });
        }
        if signatures.keyring.is_empty() {
            return self.or_skip(Signed::Unchecked, || DownloadError::NoKeyring { name: name() });
        }
        if let Some(detached) = self.kept_signature(task) {
            return Ok(Prepared::Check(detached));
        }
        let bytes = match self.signature_bytes(url) {
            Ok(bytes) => bytes,
            Err(error) => {
                let why = format!("the signature cannot be fetched: {error}");
                return self.or_skip(Signed::Unjudged(why), || error.into());
            }
        };
        let detached = Detached::parse(&bytes).and_then(|it| it.find(&signatures.keyring).map(|()| it));
        match detached {
            Ok(detached) => {
                self.keep_signature(task, &bytes);
                Ok(Prepared::Check(detached))
            }
            Err(error) => {
                self.or_skip(Signed::Unjudged(error.to_string()), || Self::refuse(task, error.clone()))
            }
        }
    }

    /// Returns the signature that the cache has, if one of the keys made it: a machine without a
    /// network has no other.
    fn kept_signature(&self, task: &Task<'_>) -> Option<Detached> {
        let detached = Detached::parse(&self.cache?.signature(task.known?.sha256)?).ok()?;
        detached.find(&self.options.signatures.keyring).is_ok().then_some(detached)
    }

    /// Keeps a signature beside its artifact; without a cache it is fetched again the next time.
    fn keep_signature(&self, task: &Task<'_>, bytes: &[u8]) {
        if let (Some(cache), Some(known)) = (self.cache, task.known) {
            let _ = cache.keep_signature(known.sha256, bytes);
        }
    }

    fn forget_signature(&self, task: &Task<'_>) {
        if let (Some(cache), Some(known)) = (self.cache, task.known) {
            let _ = cache.forget_signature(known.sha256);
        }
    }

    fn or_skip(
        &self,
        signed: Signed,
        error: impl FnOnce() -> DownloadError,
    ) -> Result<Prepared, DownloadError> {
        match self.options.signatures.need {
            Need::IfPossible => Ok(Prepared::Skip(signed)),
            Need::Always => Err(error()),
        }
    }

    fn refuse(task: &Task<'_>, source: SignatureError) -> DownloadError {
        DownloadError::Signature { name: task.wanted.name.clone(), source }
    }

    fn signature_bytes(&self, url: &str) -> Result<Vec<u8>, HttpError> {
        // Whoever changes a signature on the way makes it wrong, so plain http will do.
        let ask = || self.client.get_bytes(url, MAX_BYTES, PlainHttp::DigestKnown);
        self.options.retry.asking(|error| !error.is_unresolved(), |_, _, _| {}, ask)
    }

    /// Judges a finished hash. A wrong signature is an error whatever was asked for.
    pub(super) fn judge(
        &self,
        task: &Task<'_>,
        prepared: &Prepared,
        running: Option<crate::signature::Running>,
    ) -> Result<Signed, DownloadError> {
        let (detached, running) = match (prepared, running) {
            (Prepared::Check(detached), Some(running)) => (detached, running),
            (Prepared::Skip(signed), _) => return Ok(signed.clone()),
            (Prepared::Check(_), None) => return Ok(Signed::Unchecked),
        };
        match detached.check(running, &self.options.signatures.keyring) {
            Ok(found) => self.held(task, found),
            Err(error @ SignatureError::Wrong(_)) => {
                self.forget_signature(task);
                Err(Self::refuse(task, error))
            }
            Err(error) if self.options.signatures.need == Need::Always => Err(Self::refuse(task, error)),
            Err(error) => Ok(Signed::Unjudged(error.to_string())),
        }
    }

    /// Compares the key with the one that the lock pins.
    fn held(&self, task: &Task<'_>, found: Fingerprint) -> Result<Signed, DownloadError> {
        match self.pin(task).filter(|pinned| *pinned != found) {
            None => Ok(Signed::Good(found)),
            Some(pinned) => Err(DownloadError::OtherSigner { name: task.wanted.name.clone(), found, pinned }),
        }
    }

    fn pin(&self, task: &Task<'_>) -> Option<Fingerprint> {
        task.wanted.signed_by.clone().filter(|_| self.options.signatures.pins == Pins::Held)
    }

    /// Checks the signature of a file that did not have to be fetched, unless the lock says that its
    /// bytes were found good before.
    pub(super) fn check_present(&self, task: &Task<'_>, mut file: &File) -> Result<Signed, DownloadError> {
        if let Some(pinned) = self.pin(task) {
            return Ok(Signed::Pinned(pinned));
        }
        let Some(source) = task.sources.first() else { return Ok(Signed::Unnamed) };
        let prepared = self.prepare(task, source)?;
        let mut running = match &prepared {
            Prepared::Check(detached) => detached.start().ok(),
            Prepared::Skip(_) => None,
        };
        if let Some(running) = &mut running {
            let mut buffer = vec![0; BUFFER];
            loop {
                match file.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => running.update(&buffer[..read]),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => {
                        return Err(DiskError::system("read", &self.full(&task.wanted.path))(error).into());
                    }
                }
            }
        }
        self.judge(task, &prepared, running)
    }
}
