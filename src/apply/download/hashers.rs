//! Every digest that is wanted of a file, in one pass over it, on a thread of its own.
//!
//! To hash a piece takes longer than to receive it and to write it. So whoever does that goes on with the next
//! one meanwhile.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use bytes::Bytes;

use crate::model::checkpoint::{Checkpoints, Walk};
use crate::model::digest::Sha256;
use crate::signature::Running;

/// How many pieces wait to be hashed at most. With fewer the threads wait for each other, with more there is only
/// more memory taken.
const WAITING: usize = 4;

/// The hashers of a file under way.
pub(super) struct Hashers {
    /// For the thread, until it begins with the first piece.
    signed: Option<Running>,
    work: Option<Work>,
}

struct Work {
    pieces: SyncSender<Bytes>,
    thread: JoinHandle<Sums>,
}

/// What they found.
pub(super) struct Sums {
    pub(super) sha256: Sha256,
    pub(super) checkpoints: Checkpoints,
    /// To be finished with the signature.
    pub(super) signed: Option<Running>,
}

impl Hashers {
    pub(super) fn new(signed: Option<Running>) -> Self {
        Self { signed, work: None }
    }

    /// Takes the next bytes.
    pub(super) fn update(&mut self, piece: Bytes) {
        let work = self.work.get_or_insert_with(|| Work::begin(self.signed.take()));
        // Nobody takes them only where the thread panicked, which `finish` passes on.
        let _ = work.pieces.send(piece);
    }

    /// Waits for what is still to be hashed.
    pub(super) fn finish(&mut self) -> Sums {
        let work = self.work.take().unwrap_or_else(|| Work::begin(self.signed.take()));
        drop(work.pieces);
        work.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Work {
    fn begin(signed: Option<Running>) -> Self {
        let (pieces, waiting) = sync_channel(WAITING);
        Self { pieces, thread: thread::spawn(move || hash(&waiting, signed)) }
    }
}

fn hash(pieces: &Receiver<Bytes>, mut signed: Option<Running>) -> Sums {
    let mut walk = Walk::default();
    for piece in pieces {
        walk.update(&piece);
        if let Some(signed) = &mut signed {
            signed.update(&piece);
        }
    }
    let (sha256, checkpoints) = walk.finish();
    Sums { sha256, checkpoints, signed }
}
