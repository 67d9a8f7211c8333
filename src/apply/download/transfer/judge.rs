//! What a file that is complete turns out to be.

use super::Transfer;
use crate::apply::download::DownloadError;
use crate::apply::download::cause::{Seen, is_web_page, likely};
use crate::apply::download::hashers::Sums;
use crate::model::digest::Sha256;
use crate::model::origin::{DigestOrigin, LockedDigest};

impl Transfer<'_, '_> {
    /// Compares what arrived with what is known, or pins it where nothing is.
    pub(super) fn judge(&mut self) -> Result<LockedDigest, DownloadError> {
        let Sums { sha256: received, checkpoints, signed } = self.hashers.finish();
        self.job.known.pass(received, &checkpoints);
        match self.task.known {
            Some(known) if known.sha256 == received => {
                self.signed = self.job.judge(self.task, &self.prepared, signed)?;
                Ok(known)
            }
            Some(known) => Err(self.mismatch(known.sha256, received)),
            None if self.at == 0 => Err(self.unpinnable("it is empty")),
            None if is_web_page(&self.head) => Err(self.unpinnable("it is a web page")),
            None => Ok(LockedDigest { sha256: received, origin: DigestOrigin::FirstUse }),
        }
    }

    fn mismatch(&self, expected: Sha256, received: Sha256) -> DownloadError {
        let seen = Seen {
            head: &self.head,
            bytes: self.at,
            content_encoding: self.content_encoding.as_deref(),
            is_delimited: self.is_delimited,
            is_mirror: self.source.is_mirror,
        };
        let (url, bytes, cause) = (self.source.shown(), self.at, likely(&seen).to_owned());
        DownloadError::Mismatch { url, expected, received, bytes, cause }
    }

    pub(super) fn too_large(&self) -> DownloadError {
        DownloadError::TooLarge { url: self.source.shown(), cap: self.job.options.cap }
    }

    pub(super) fn unpinnable(&self, why: &'static str) -> DownloadError {
        DownloadError::Unpinnable { name: self.name().clone(), url: self.source.shown(), why }
    }
}
