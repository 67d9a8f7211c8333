//! Every digest that is wanted of a file, in one pass over it.

use sha2::Digest as _;

use crate::model::digest::Sha256;
use crate::signature::Running;

/// The hashers of a file under way.
pub(super) struct Hashers {
    sha256: sha2::Sha256,
    signed: Option<Running>,
}

/// What they found.
pub(super) struct Sums {
    pub(super) sha256: Sha256,
    /// To be finished with the signature.
    pub(super) signed: Option<Running>,
}

impl Hashers {
    pub(super) fn new(signed: Option<Running>) -> Self {
        Self { sha256: sha2::Sha256::new(), signed }
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        if let Some(signed) = &mut self.signed {
            signed.update(piece);
        }
    }

    pub(super) fn finish(self) -> Sums {
        Sums { sha256: Sha256::finish(self.sha256), signed: self.signed }
    }
}
