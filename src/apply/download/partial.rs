//! A transfer's file while it grows: it outlives a failure of the network, and only that.

use std::fs::File;
use std::io::Read as _;

use super::DownloadError;
use super::proof::{MAX_BYTES, Proof};
use crate::disk::{DiskError, Folder, Temp};
use crate::model::digest::Sha256;
use crate::model::temp;

/// Readable for web and TFTP servers, whatever the umask.
pub(super) const MODE: u32 = 0o644;

/// A part file. It is removed when it is dropped, unless [`Partial::keep`] or [`Partial::publish`] came
/// before.
#[derive(Debug)]
pub(super) struct Partial<'f> {
    temp: Temp<'f>,
    /// Where it stands what a later run may continue it with. Only a file that is called by its digest has one.
    proof: Option<String>,
}

/// Returns the name of the proof beside a part file; it is a temp name too, so that it is cleaned up alike.
fn proof_name(sha256: Sha256) -> String {
    temp::name(format_args!("{sha256}.proof"))
}

/// Returns the names of the files that a later run may continue the transfer of a digest with.
pub(super) fn names(sha256: Sha256) -> [String; 2] {
    [temp::name(sha256), proof_name(sha256)]
}

impl<'f> Partial<'f> {
    /// Opens the part file of a digest, or makes it, and takes its lock. `wait` is called when
    /// another run has it, and then the lock is waited for.
    pub(super) fn open(folder: &'f Folder, sha256: Sha256, wait: &dyn Fn()) -> Result<Self, DownloadError> {
        Ok(Self { temp: folder.claim(sha256, wait)?, proof: Some(proof_name(sha256)) })
    }

    /// Opens a part file that is there and that no other run has.
    pub(super) fn try_open(folder: &'f Folder, sha256: Sha256) -> Result<Option<Self>, DownloadError> {
        let claimed = folder.try_claim(sha256)?;
        Ok(claimed.map(|temp| Self { temp, proof: Some(proof_name(sha256)) }))
    }

    /// Makes a part file that no later run can continue.
    pub(super) fn fresh(folder: &'f Folder) -> Result<Self, DownloadError> {
        Ok(Self { temp: folder.temp()?, proof: None })
    }

    /// Returns the file, for reading what is there already.
    pub(super) fn file(&self) -> &File {
        self.temp.file()
    }

    /// Returns the length of the file.
    pub(super) fn len(&self) -> Result<u64, DownloadError> {
        Ok(self.temp.len()?)
    }

    /// Writes bytes at a place.
    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> Result<(), DownloadError> {
        Ok(self.temp.write_at(bytes, at)?)
    }

    /// Drops every byte from a place on.
    pub(super) fn truncate(&self, length: u64) -> Result<(), DownloadError> {
        Ok(self.temp.truncate(length)?)
    }

    /// Reads what the bytes that are there were known by.
    pub(super) fn proof(&self) -> Option<Proof> {
        let file = self.temp.folder().open_file(self.proof.as_deref()?).ok()??;
        let mut text = String::new();
        file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
        Proof::parse(&text)
    }

    /// Writes down, or forgets, what the bytes are known by.
    pub(super) fn set_proof(&self, proof: Option<&Proof>) -> Result<(), DownloadError> {
        let (Some(name), folder) = (&self.proof, self.temp.folder()) else { return Ok(()) };
        let Some(proof) = proof else { return Ok(folder.remove(name)?) };
        let mut temp = folder.temp()?;
        temp.append(proof.to_json().as_bytes())?;
        Ok(temp.publish_lightly(name, MODE)?)
    }

    /// Leaves the file for a later run.
    pub(super) fn keep(mut self) {
        if self.proof.take().is_some() {
            self.temp.leave();
        }
    }

    /// Removes the file, or says why not.
    pub(super) fn remove(mut self) -> Result<(), DownloadError> {
        Ok(self.temp.remove()?)
    }

    /// Makes the bytes durable and gives them their name. What stands there by then is replaced only
    /// if it is a regular file, whose owner and group are kept.
    pub(super) fn publish(mut self, name: &str) -> Result<(), DownloadError> {
        self.temp.publish(name, MODE)?;
        self.set_proof(None)?;
        self.proof = None;
        Ok(())
    }

    pub(super) fn failed(&self, action: &'static str, source: std::io::Error) -> DownloadError {
        DiskError::system(action, &self.temp.path())(source).into()
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        // As long as the file is locked, nobody else has begun another of the same digest.
        if let Some(proof) = &self.proof {
            self.temp.folder().discard(proof);
        }
    }
}
