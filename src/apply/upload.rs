//! Images into an object store: each verified while it is read, resumed where an earlier run broke off, and
//! asked for at the end.
//!
//! What is there with the right sha256 in its metadata is not sent again. Parts that have arrived are not
//! sent again either: the store tells their MD5. The object has its name only when every part is there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::Digest as _;
use thiserror::Error;

use super::progress::{Activity, Progress};
use super::retry::Retry;
use crate::http::{Client, HttpError, Sent, SignedRequest};
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::model::fault::{Fault, Faulty};
use crate::store::{self, Store, StoreRequest, UploadPart};

/// The size of a part, in bytes: at most 10,000 parts make 160 GB, and that much is sent again at most.
const PART: usize = 16 << 20;

/// An image, and what the lock says of it.
#[derive(Clone, Debug)]
pub struct UploadImage {
    /// Its name.
    pub name: ArtifactName,
    /// Its digest.
    pub sha256: Sha256,
    /// Where it is on this machine.
    pub path: PathBuf,
}

/// What became of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uploaded {
    /// It was there.
    Present,
    /// It was sent.
    Sent {
        /// Its size in bytes.
        bytes: u64,
        /// Bytes of it that an earlier run had sent.
        resumed: u64,
    },
}

/// Why an image is not in the store.
#[derive(Debug, Error)]
pub enum UploadError {
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The store says no.
    #[error("`{name}`: the store answers {status}{}", why.as_ref().map(|why| format!(", {why}")).unwrap_or_default())]
    Refused {
        /// The image.
        name: ArtifactName,
        /// The status.
        status: u16,
        /// What it says.
        why: Option<String>,
    },
    /// There is nothing to send.
    #[error("`{}` is not there", .0.display())]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("cannot read `{}`: {why}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: io::Error,
    },
    /// It is not what the lock names.
    #[error("`{}` does not have the sha256 of the lock", .0.display())]
    Differs(PathBuf),
    /// The store has something else than what it was given.
    #[error("`{0}` is in the store, and not as it was sent")]
    Spoilt(ArtifactName),
}

impl Faulty for UploadError {
    fn fault(&self) -> Fault {
        match self {
            Self::Http(error) => error.fault(),
            Self::Refused { .. } => Fault::Network,
            Self::Missing(_) | Self::Read { .. } => Fault::FileSystem,
            Self::Differs(_) | Self::Spoilt(_) => Fault::Digest,
        }
    }
}

/// Whether parts of an earlier run are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resume {
    Yes,
    No,
}

/// A store that images are sent to.
pub struct Uploader<'a> {
    /// What sends.
    pub client: &'a Client,
    /// What signs.
    pub store: &'a Store,
    /// How often a passing failure is tried again.
    pub retry: &'a Retry,
    /// Who watches.
    pub progress: &'a dyn Progress,
}

impl Uploader<'_> {
    /// Says whether an image is in the store with the digest of the lock.
    pub fn has(&self, image: &UploadImage) -> Result<bool, UploadError> {
        let sent = self.head(image)?;
        match sent.status {
            200 => Ok(is_right(image, &sent)),
            // Who may write and not list is told 403 of what is not there; writing shows what is true.
            403 | 404 => Ok(false),
            _ => Err(refused(image, &sent)),
        }
    }

    /// The same of what was sent: it has to be there, and readable.
    fn has_now(&self, image: &UploadImage) -> Result<bool, UploadError> {
        let sent = self.head(image)?;
        if sent.is_done() { Ok(is_right(image, &sent)) } else { Err(refused(image, &sent)) }
    }

    fn head(&self, image: &UploadImage) -> Result<Sent, UploadError> {
        self.ask(image, &self.store.head(image.name.as_str()), &[])
    }

    /// Sends an image, unless it is there.
    pub fn send(&self, image: &UploadImage) -> Result<Uploaded, UploadError> {
        if self.has(image)? {
            return Ok(Uploaded::Present);
        }
        for resume in [Resume::Yes, Resume::No] {
            let sent = self.attempt(image, resume)?;
            if self.has_now(image)? {
                return Ok(sent);
            }
        }
        Err(UploadError::Spoilt(image.name.clone()))
    }

    fn attempt(&self, image: &UploadImage, resume: Resume) -> Result<Uploaded, UploadError> {
        let file = File::open(&image.path).map_err(|why| match why.kind() {
            io::ErrorKind::NotFound => UploadError::Missing(image.path.clone()),
            _ => UploadError::Read { path: image.path.clone(), why },
        })?;
        let bytes = file.metadata().map_err(|why| UploadError::Read { path: image.path.clone(), why })?.len();
        self.progress.started(&image.name, Activity::Sending, Some(bytes));
        let sent =
            if bytes <= PART as u64 { self.whole(image, file) } else { self.parts(image, file, resume) };
        self.progress.finished(&image.name);
        Ok(Uploaded::Sent { bytes, resumed: sent? })
    }

    fn whole(&self, image: &UploadImage, mut file: File) -> Result<u64, UploadError> {
        let body = read(&mut file, &image.path)?;
        if Sha256::of(&body) != image.sha256 {
            return Err(UploadError::Differs(image.path.clone()));
        }
        let put = self.store.put(image.name.as_str(), image.sha256, &body);
        self.done(image, &put, &body)?;
        self.progress.advanced(&image.name, body.len() as u64);
        Ok(0)
    }

    fn parts(&self, image: &UploadImage, mut file: File, resume: Resume) -> Result<u64, UploadError> {
        let name = image.name.as_str();
        let id = self.upload(image, resume)?;
        let arrived = if resume == Resume::Yes { self.arrived(image, &id)? } else { BTreeMap::new() };
        let (mut hasher, mut etags, mut resumed) = (sha2::Sha256::new(), Vec::new(), 0);
        loop {
            let body = read(&mut file, &image.path)?;
            if body.is_empty() {
                break;
            }
            hasher.update(&body);
            let (number, mut etag) = (number_of(&etags), store::etag_of(&body));
            if arrived.get(&number).is_some_and(|part| part.etag == etag && part.size == body.len() as u64) {
                resumed += body.len() as u64;
            } else {
                let sent = self.done(image, &self.store.part(name, &id, number, &body), &body)?;
                etag = sent.etag.unwrap_or(etag);
            }
            etags.push(etag);
            self.progress.advanced(&image.name, body.len() as u64);
        }
        if Sha256::finish(hasher) != image.sha256 {
            self.ask(image, &self.store.give_up(name, &id), &[])?;
            return Err(UploadError::Differs(image.path.clone()));
        }
        self.join(image, &id, &etags)?;
        Ok(resumed)
    }

    /// Finds the upload that an earlier run began, or begins one.
    fn upload(&self, image: &UploadImage, resume: Resume) -> Result<String, UploadError> {
        let name = image.name.as_str();
        if resume == Resume::Yes {
            let listed = self.ask(image, &self.store.uploads(name), &[])?;
            let key = format!("{}{name}", self.store.place().prefix);
            if let Some(id) = store::upload_of(&listed.text, &key).filter(|_| listed.is_done()) {
                return Ok(id);
            }
        }
        let begun = self.done(image, &self.store.begin(name, image.sha256), &[])?;
        store::upload_id(&begun.text).ok_or_else(|| refused(image, &begun))
    }

    fn arrived(&self, image: &UploadImage, id: &str) -> Result<BTreeMap<u16, UploadPart>, UploadError> {
        let (mut all, mut after) = (BTreeMap::new(), Some(0));
        while let Some(number) = after {
            let listed = self.ask(image, &self.store.parts(image.name.as_str(), id, number), &[])?;
            let Some((parts, more)) = store::part_list(&listed.text).filter(|_| listed.is_done()) else {
                break;
            };
            all.extend(parts.into_iter().map(|part| (part.number, part)));
            after = more.filter(|more| *more > number);
        }
        Ok(all)
    }

    /// A store may answer 200 and refuse in the body.
    fn join(&self, image: &UploadImage, id: &str, etags: &[String]) -> Result<(), UploadError> {
        let (end, body) = self.store.end(image.name.as_str(), id, etags);
        let sent = self.ask(image, &end, body.as_bytes())?;
        // Another run has joined them in the meantime.
        let is_ended = sent.status == 404;
        if is_ended || (sent.is_done() && store::error(&sent.text).is_none()) {
            return Ok(());
        }
        Err(refused(image, &sent))
    }

    fn done(&self, image: &UploadImage, request: &StoreRequest, body: &[u8]) -> Result<Sent, UploadError> {
        let sent = self.ask(image, request, body)?;
        if sent.is_done() { Ok(sent) } else { Err(refused(image, &sent)) }
    }

    /// Sends a request, again where the failure passes.
    fn ask(&self, image: &UploadImage, request: &StoreRequest, body: &[u8]) -> Result<Sent, UploadError> {
        let StoreRequest { method, url, headers } = request;
        let say = |error: &HttpError, delay: Duration, attempt: u32| {
            let (name, seconds, times) = (&image.name, delay.as_secs_f64(), self.retry.times);
            self.progress.line(&format!("{name}: {error}; again in {seconds:.1} s ({attempt} of {times})"));
        };
        let send = SignedRequest { method, url, headers, body };
        Ok(self.retry.asking(|_| true, say, || self.client.send_signed(&send))?)
    }
}

fn is_right(image: &UploadImage, sent: &Sent) -> bool {
    let due = image.sha256.to_string();
    sent.metadata.iter().any(|(name, value)| name == store::SHA256 && *value == due)
}

fn refused(image: &UploadImage, sent: &Sent) -> UploadError {
    UploadError::Refused { name: image.name.clone(), status: sent.status, why: store::error(&sent.text) }
}

fn number_of(etags: &[String]) -> u16 {
    u16::try_from(etags.len() + 1).unwrap_or(u16::MAX)
}

fn read(file: &mut File, path: &Path) -> Result<Vec<u8>, UploadError> {
    let mut body = Vec::new();
    let read = file.take(PART as u64).read_to_end(&mut body);
    read.map_err(|why| UploadError::Read { path: path.to_owned(), why })?;
    Ok(body)
}
