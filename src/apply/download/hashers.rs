//! Every digest that is wanted of a file, in one pass over it.

use crate::model::digest::Sha256;
use crate::model::waypoint::{Walk, Waypoints};
use crate::signature::Running;

/// The hashers of a file under way.
pub(super) struct Hashers {
    sha256: Walk,
    signed: Option<Running>,
}

/// What they found.
pub(super) struct Sums {
    pub(super) sha256: Sha256,
    pub(super) waypoints: Waypoints,
    /// To be finished with the signature.
    pub(super) signed: Option<Running>,
}

impl Hashers {
    pub(super) fn new(signed: Option<Running>) -> Self {
        Self { sha256: Walk::default(), signed }
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        if let Some(signed) = &mut self.signed {
            signed.update(piece);
        }
    }

    pub(super) fn finish(self) -> Sums {
        let (sha256, waypoints) = self.sha256.finish();
        Sums { sha256, waypoints, signed: self.signed }
    }
}
