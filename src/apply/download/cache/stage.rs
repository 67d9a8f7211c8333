//! What comes into the cache from elsewhere than a server, and the signatures beside artifacts.

use std::fs::File;
use std::io::{ErrorKind, Read};

use camino::Utf8Path;

use super::{Cache, Trust};
use crate::apply::download::partial::{MODE, Partial};
use crate::apply::download::{BUFFER, DownloadError};
use crate::disk::DiskError;
use crate::model::checkpoint::Checkpoints;
use crate::model::digest::Sha256;

/// The most of a signature that is read, in bytes.
const MOST_SIGNATURE: u64 = 64 << 10;

/// An artifact on its way into the cache. It is gone when it is dropped before [`Staged::publish`].
#[derive(Debug)]
pub struct Staged<'c> {
    cache: &'c Cache,
    sha256: Sha256,
    /// Nothing where the cache has it already.
    partial: Option<Partial<'c>>,
}

impl Cache {
    /// Opens an artifact whose bytes are right, if there is one.
    pub fn artifact(&self, sha256: Sha256) -> Result<Option<File>, DownloadError> {
        Ok(self.find(sha256, Trust::Stamp, &|_| {})?.map(|(file, _)| file))
    }

    /// Takes bytes in, without a name yet: whether they are those of the digest is for the caller to
    /// find out. `source` is where they come from, for messages.
    pub fn stage(
        &self,
        sha256: Sha256,
        from: &mut dyn Read,
        source: &Utf8Path,
    ) -> Result<Staged<'_>, DownloadError> {
        if self.artifact(sha256)?.is_some() {
            return Ok(Staged { cache: self, sha256, partial: None });
        }
        let partial = Partial::open(&self.folder, sha256, &|| ())?;
        // What an unfinished transfer has left gives way to what is surely whole.
        partial.set_proof(None)?;
        partial.truncate(0)?;
        copy(from, &partial, source)?;
        Ok(Staged { cache: self, sha256, partial: Some(partial) })
    }

    /// Returns the signature that was kept of an artifact.
    pub fn signature(&self, sha256: Sha256) -> Option<Vec<u8>> {
        let file = self.folder.open_file(&signature_name(sha256)).ok()??;
        let mut bytes = Vec::new();
        file.take(MOST_SIGNATURE).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Keeps the signature of an artifact.
    pub fn keep_signature(&self, sha256: Sha256, bytes: &[u8]) -> Result<(), DownloadError> {
        let mut temp = self.folder.temp()?;
        temp.append(bytes)?;
        Ok(temp.publish(&signature_name(sha256), MODE)?)
    }

    /// Forgets the signature of an artifact.
    pub fn forget_signature(&self, sha256: Sha256) -> Result<(), DownloadError> {
        Ok(self.folder.remove(&signature_name(sha256))?)
    }
}

impl Staged<'_> {
    /// Gives the artifact its name, durably. The caller has found its bytes right.
    pub fn publish(self) -> Result<(), DownloadError> {
        self.partial.map_or(Ok(()), |partial| self.cache.take(partial, self.sha256, &Checkpoints::default()))
    }
}

fn copy(from: &mut dyn Read, to: &Partial<'_>, source: &Utf8Path) -> Result<(), DownloadError> {
    let (mut buffer, mut at) = (vec![0; BUFFER], 0);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => {
                to.write_at(&buffer[..read], at)?;
                at += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(DiskError::system("read", source)(error).into()),
        }
    }
}

fn signature_name(sha256: Sha256) -> String {
    format!("{sha256}.sig")
}
