//! What is known of files without reading them: stamps of those below the output root, and checkpoints.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::disk::{Book, Lock, Root, Stamp};
use crate::model::checkpoint::Checkpoints;
use crate::model::digest::Sha256;
use crate::model::path::RelPath;

/// What all files of one run share.
pub(super) struct Known {
    before: Book,
    /// What the files below the output root looked like when they were hashed.
    book: Mutex<Book>,
    /// Where the hash of each digest stood on the way.
    checkpoints: Mutex<BTreeMap<Sha256, Checkpoints>>,
}

impl Known {
    /// Reads the stamps of an output root.
    pub(super) fn load(root: &Root) -> Self {
        let before = Book::of(root);
        let checkpoints =
            before.checkpoints().map(|(sha256, checkpoints)| (sha256, checkpoints.clone())).collect();
        Self { book: Mutex::new(before.clone()), before, checkpoints: Mutex::new(checkpoints) }
    }

    /// Writes the stamps, if they have changed. A failure costs time in the next run and nothing else.
    pub(super) fn save(self, lock: &Lock) {
        let book = self.book.into_inner().unwrap_or_else(PoisonError::into_inner);
        if book != self.before {
            let _ = book.save_of(lock);
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn checkpoints(&self) -> MutexGuard<'_, BTreeMap<Sha256, Checkpoints>> {
        self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the digest that a file below the output root is known to have.
    pub(super) fn vouches(&self, path: &RelPath, metadata: &Metadata) -> Option<Sha256> {
        self.book().vouches(path.as_str(), metadata)
    }

    /// Writes down what a file looks like that was just hashed, or made of what was.
    pub(super) fn stamp(&self, path: &RelPath, sha256: Sha256, file: &File) {
        if let Ok(metadata) = file.metadata() {
            let stamp = Stamp::of(sha256, &metadata, self.checkpoints_of(sha256));
            self.book().stamp(path.as_str(), stamp);
        }
    }

    /// Forgets a file.
    pub(super) fn forget(&self, path: &RelPath) {
        self.book().forget(path.as_str());
    }

    /// Remembers the checkpoints of a digest, for the stamps.
    pub(super) fn pass(&self, sha256: Sha256, checkpoints: &Checkpoints) {
        self.checkpoints().insert(sha256, checkpoints.clone());
    }

    /// Returns the checkpoints of a digest.
    pub(super) fn checkpoints_of(&self, sha256: Sha256) -> Checkpoints {
        self.checkpoints().get(&sha256).cloned().unwrap_or_default()
    }
}
