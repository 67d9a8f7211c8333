//! One large file over several connections.
//!
//! Each connection fetches a stretch of the file and writes it where it belongs. The first one goes on
//! with the answer that is there already. Bytes are hashed in order, behind whichever connection is
//! writing at the front, while they are still in memory. A server that ignores ranges is noticed by
//! the answer to the second request; then one connection fetches all of it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use super::Transfer;
use crate::apply::download::DownloadError;
use crate::apply::download::job::{Job, Task};
use crate::apply::download::proof::Proof;
use crate::apply::download::source::Source;
use crate::disk::DiskError;
use crate::http::{Ask, BodyKind, HttpError, PlainHttp, RangeAsk, Response};

/// Bytes of the front after which it is written down how far a later run may trust the file.
const MARK: u64 = 64 << 20;

/// What the connections of one file share.
struct Shared<'t> {
    job: &'t Job<'t>,
    task: &'t Task<'t>,
    source: &'t Source,
    proof: Proof,
    file: File,
    /// Where the first connection stops.
    first_end: AtomicU64,
    stop: AtomicBool,
}

/// Returns the ends of the stretches, if the rest of a file is worth splitting.
pub(super) fn stretches(from: u64, total: u64, connections: u8, least: u64) -> Option<Vec<u64>> {
    let rest = total.checked_sub(from)?;
    let count = u64::from(connections).min(rest / least.max(1));
    (count > 1).then(|| {
        (1..=count).map(|at| from + rest / count * at + if at == count { rest % count } else { 0 }).collect()
    })
}

/// Receives the rest of a file over as many connections as there are stretches.
pub(super) fn receive(
    transfer: &mut Transfer<'_, '_>,
    response: Response,
    proof: Proof,
    ends: &[u64],
) -> Result<(), DownloadError> {
    let file = transfer.partial.file().try_clone();
    let shared = Shared {
        job: transfer.job,
        task: transfer.task,
        source: transfer.source,
        file: file.map_err(|source| transfer.partial.failed("open", source))?,
        first_end: AtomicU64::new(ends[0]),
        stop: AtomicBool::new(false),
        proof,
    };
    transfer.partial.set_proof(Some(&Proof { whole_to: Some(transfer.at), ..shared.proof.clone() }))?;
    let received = thread::scope(|scope| {
        let rest: Vec<_> = ends
            .windows(2)
            .map(|stretch| {
                let (sender, receiver) = mpsc::channel();
                let (first, end, shared) = (stretch[0], stretch[1], &shared);
                (receiver, scope.spawn(move || shared.stretch(first, end, &sender)))
            })
            .collect();
        let mut received = transfer.read_until(response, &shared.first_end);
        for (receiver, helper) in rest {
            received = received.and_then(|()| follow(transfer, &receiver, &shared));
            shared.stop.fetch_or(received.is_err(), Ordering::Relaxed);
            drop(receiver);
            let helped = helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            received = received.and(helped);
        }
        received
    });
    // Whatever lies behind the front is only good together with what is missing.
    transfer.partial.truncate(transfer.at)?;
    transfer.partial.set_proof(Some(&shared.proof))?;
    transfer.may_split &= shared.first_end.load(Ordering::Relaxed) != u64::MAX;
    received
}

/// Hashes what a connection has written, as it writes.
fn follow(
    transfer: &mut Transfer<'_, '_>,
    written: &Receiver<u64>,
    shared: &Shared<'_>,
) -> Result<(), DownloadError> {
    let mut marked = transfer.at;
    for end in written {
        transfer.hash_to(end)?;
        if transfer.at - marked >= MARK {
            marked = transfer.at;
            transfer.partial.set_proof(Some(&Proof { whole_to: Some(marked), ..shared.proof.clone() }))?;
        }
        transfer.check_deadline()?;
    }
    Ok(())
}

impl Shared<'_> {
    /// Fetches one stretch, again from where it stopped if it has to be.
    fn stretch(&self, first: u64, end: u64, written: &Sender<u64>) -> Result<(), DownloadError> {
        let (retry, mut at, mut attempts) = (&self.job.options.retry, first, 0_u32);
        while at < end && !self.stop.load(Ordering::Relaxed) {
            let before = at;
            let Err(error) = self.piece(&mut at, end, written) else { continue };
            let DownloadError::Http(cause) = &error else { return Err(error) };
            attempts = if at > before { 0 } else { attempts + 1 };
            match retry.next(attempts.saturating_sub(1), cause) {
                Some(delay) => (retry.sleep)(delay),
                None => self.leave_to_first(),
            }
        }
        Ok(())
    }

    /// Leaves the rest to the first connection: there are no ranges here, or not for so many.
    fn leave_to_first(&self) {
        self.first_end.store(u64::MAX, Ordering::Relaxed);
        self.stop.store(true, Ordering::Relaxed);
    }

    fn piece(&self, at: &mut u64, end: u64, written: &Sender<u64>) -> Result<(), DownloadError> {
        let plain = if self.task.known.is_some() { PlainHttp::DigestKnown } else { PlainHttp::Refused };
        let range = RangeAsk { first: *at, last: Some(end - 1), same: &self.proof.validator };
        let mut response = self.job.client.get(&Ask { url: &self.source.url, plain, range: Some(range) })?;
        let is_right =
            matches!(response.kind, BodyKind::Part(range) if self.proof.is_continued(*at, range, &response));
        if !is_right {
            self.leave_to_first();
            return Ok(());
        }
        while *at < end && !self.stop.load(Ordering::Relaxed) {
            match response.piece() {
                Ok(piece) if piece.is_empty() => return Err(self.cut(&ErrorKind::UnexpectedEof.into())),
                Ok(piece) => {
                    let due = piece.len().min(usize::try_from(end - *at).unwrap_or(usize::MAX));
                    let wrote = self.file.write_all_at(&piece[..due], *at);
                    wrote.map_err(DiskError::system("write", self.job.lock.root().path()))?;
                    *at += due as u64;
                    // Nobody follows any more where the transfer has failed.
                    let _ = written.send(*at);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.cut(&error)),
            }
        }
        Ok(())
    }

    fn cut(&self, error: &io::Error) -> DownloadError {
        HttpError::body(&self.source.url, error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_cover_the_rest_and_are_not_small() {
        assert_eq!(stretches(10, 110, 4, 10), Some(vec![35, 60, 85, 110]));
        assert_eq!(stretches(0, 10, 3, 1), Some(vec![3, 6, 10]));
        assert_eq!(stretches(0, 25, 4, 10), Some(vec![12, 25]));
        for (from, total, connections) in [(0, 100, 1), (0, 19, 4), (90, 100, 4), (5, 4, 4)] {
            assert_eq!(stretches(from, total, connections, 10), None);
        }
    }
}
