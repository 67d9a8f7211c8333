//! Locks of files and folders that are open (flock(2)).

use std::os::fd::AsFd;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// Takes the lock; says whether nobody else has it.
pub(super) fn try_lock(open: impl AsFd) -> Result<bool, Errno> {
    match flock(open, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Ok(false),
        taken => taken.map(|()| true),
    }
}

/// Takes the lock as soon as nobody else has it.
pub(super) fn lock(open: impl AsFd) -> Result<(), Errno> {
    flock(open, FlockOperation::LockExclusive)
}

/// Gives the lock back. Closing is not enough: a child that another thread has just forked holds the file,
/// too, until it runs its own program.
pub(super) fn unlock(open: impl AsFd) {
    let _ = flock(open, FlockOperation::Unlock);
}
