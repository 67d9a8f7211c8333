//! Every digest that is wanted of a file, in one pass over it.

use sha2::Digest as _;

use crate::model::digest::Sha256;

/// The hashers of a file under way.
pub(super) struct Hashers {
    sha256: sha2::Sha256,
}

/// What they found.
pub(super) struct Sums {
    pub(super) sha256: Sha256,
}

impl Hashers {
    pub(super) fn new() -> Self {
        Self { sha256: sha2::Sha256::new() }
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
    }

    pub(super) fn finish(self) -> Sums {
        Sums { sha256: Sha256::finish(self.sha256) }
    }
}
