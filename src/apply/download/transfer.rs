//! One file from one place into its part file: tried again, and continued where that is safe.

mod judge;
mod split;

use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;

use super::cause::HEAD;
use super::hashers::Hashers;
use super::job::{Job, Task};
use super::partial::Partial;
use super::proof::Proof;
use super::signed::Signed;
use super::signing::Prepared;
use super::source::Source;
use super::twin::Twin;
use super::writeout::WriteOut;
use super::{BUFFER, DownloadError};
use crate::apply::progress::Activity;
use crate::apply::retry::{PROGRESS, chance};
use crate::disk::fault;
use crate::http::{Ask, BodyKind, HttpError, PlainHttp, RangeAsk, Response};
use crate::model::origin::LockedDigest;

/// What has arrived, with the right digest.
pub(super) struct Arrived {
    pub(super) digest: LockedDigest,
    pub(super) bytes: u64,
    /// How many of them an earlier run had fetched.
    pub(super) resumed: u64,
    pub(super) redirected_to: Vec<String>,
    pub(super) signed: Signed,
}

/// Whether a file consists of bytes of several answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joins {
    /// No.
    None,
    /// Yes.
    Some,
    /// No, and it must not: that has led to a wrong digest.
    Never,
}

/// A transfer under way.
pub(super) struct Transfer<'t, 'f> {
    pub(super) job: &'t Job<'t>,
    pub(super) task: &'t Task<'t>,
    pub(super) source: &'t Source,
    prepared: Prepared,
    signed: Signed,
    pub(super) partial: Partial<'f>,
    /// Has the same bytes before `at`.
    twin: &'t mut Twin<'f>,
    written_out: WriteOut,
    /// Has seen every byte before `at`.
    pub(super) hashers: Hashers,
    /// How many bytes from the beginning are in the part file.
    pub(super) at: u64,
    pub(super) proof: Option<Proof>,
    head: Vec<u8>,
    /// How many of the bytes come from an earlier run.
    resumed: u64,
    joins: Joins,
    /// Whether several connections are still worth a try.
    pub(super) may_split: bool,
    attempts: u32,
    furthest: u64,
    content_encoding: Option<String>,
    is_delimited: bool,
    redirected_to: Vec<String>,
}

impl<'t, 'f> Transfer<'t, 'f> {
    pub(super) fn new(
        job: &'t Job<'t>,
        task: &'t Task<'t>,
        source: &'t Source,
        prepared: Prepared,
        partial: Partial<'f>,
        twin: &'t mut Twin<'f>,
    ) -> Self {
        Self {
            job,
            task,
            source,
            partial,
            twin,
            written_out: WriteOut::new(),
            hashers: hashers(&prepared),
            prepared,
            signed: Signed::Unnamed,
            at: 0,
            proof: None,
            head: Vec::with_capacity(HEAD),
            resumed: 0,
            joins: Joins::None,
            may_split: true,
            attempts: 0,
            furthest: 0,
            content_encoding: None,
            is_delimited: true,
            redirected_to: Vec::new(),
        }
    }

    /// Fetches until the file is complete and its digest right. When the network gives up, the part
    /// file stays for the next run; any other failure removes it.
    pub(super) fn run(mut self) -> Result<(Partial<'f>, Arrived), DownloadError> {
        let result = self.take_over().and_then(|()| self.fetch());
        self.job.progress.finished(self.name());
        match result {
            Ok(digest) => {
                let (bytes, resumed) = (self.at, self.resumed);
                Ok((
                    self.partial,
                    Arrived {
                        digest,
                        bytes,
                        resumed,
                        redirected_to: self.redirected_to,
                        signed: self.signed,
                    },
                ))
            }
            Err(error) => {
                if self.proof.is_some() && self.at > 0 && error.keeps_part() {
                    self.partial.keep();
                }
                Err(error)
            }
        }
    }

    fn fetch(&mut self) -> Result<LockedDigest, DownloadError> {
        loop {
            if let Err(error) = self.attempt() {
                self.wait(error)?;
                continue;
            }
            match self.judge() {
                Err(DownloadError::Mismatch { .. }) if self.joins == Joins::Some => {
                    self.joins = Joins::Never;
                    self.say("the parts do not fit together; fetching the whole file again");
                    self.reset()?;
                }
                judged => return judged,
            }
        }
    }

    fn attempt(&mut self) -> Result<(), DownloadError> {
        if self.proof.as_ref().is_some_and(|proof| proof.total == self.at) {
            return Ok(());
        }
        self.check_deadline()?;
        let response = self.ask()?;
        self.receive(response)
    }

    /// Takes over what an earlier run has left of the same object: hashes it, and goes on from there.
    fn take_over(&mut self) -> Result<(), DownloadError> {
        self.twin.restart();
        let length = self.partial.len()?;
        let proof = self.partial.proof().filter(|proof| proof.url == self.source.shown());
        let Some(proof) = proof.filter(|proof| length > 0 && length <= proof.total) else {
            return self.reset();
        };
        let there = length.min(proof.whole_to.unwrap_or(length));
        self.job.progress.started(self.name(), Activity::Checking, Some(there));
        self.hash_to(there)?;
        self.job.progress.finished(self.name());
        self.proof = Some(proof);
        (self.resumed, self.joins) = (self.at, Joins::Some);
        self.partial.truncate(self.at)
    }

    /// Hashes what is in the part file up to a byte.
    pub(super) fn hash_to(&mut self, end: u64) -> Result<(), DownloadError> {
        use std::os::unix::fs::FileExt as _;
        while self.at < end {
            let mut buffer = vec![0; usize::try_from(end - self.at).unwrap_or(BUFFER).min(BUFFER)];
            match self.partial.file().read_at(&mut buffer, self.at) {
                Ok(0) => break,
                Ok(read) => {
                    buffer.truncate(read);
                    self.pass(buffer.into());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(self.partial.failed("read", source)),
            }
        }
        Ok(())
    }

    /// Counts bytes in that are in the part file.
    fn pass(&mut self, piece: Bytes) {
        let length = piece.len() as u64;
        self.head.extend_from_slice(&piece[..piece.len().min(HEAD - self.head.len())]);
        self.twin.write_at(&piece, self.at);
        self.hashers.update(piece);
        self.at += length;
        self.job.progress.advanced(self.name(), length);
        let (first, second) = (self.partial.file(), self.twin.file());
        self.written_out.reached(self.at, || {
            let files = std::iter::once(first).chain(second);
            files.filter_map(|file| file.try_clone().ok()).collect()
        });
    }

    /// Throws away every byte.
    fn reset(&mut self) -> Result<(), DownloadError> {
        (self.at, self.resumed, self.proof) = (0, 0, None);
        self.joins = if self.may_join() { Joins::None } else { Joins::Never };
        self.head.clear();
        self.hashers = hashers(&self.prepared);
        self.twin.restart();
        self.written_out = WriteOut::new();
        self.partial.set_proof(None)?;
        self.partial.truncate(0)
    }

    /// Asks for the rest where the server can prove that it is the rest of the same object, else for
    /// the whole.
    fn ask(&mut self) -> Result<Response, DownloadError> {
        if let Some(proof) = self.proof.clone().filter(|_| self.at > 0 && self.may_join()) {
            let range = RangeAsk { first: self.at, last: None, same: &proof.validator };
            let response = match self.get(Some(range)) {
                // Some servers forbid ranges, not files; the whole is worth one request.
                Err(DownloadError::Http(cause)) if cause.is_lasting_status() => None,
                response => Some(response?),
            };
            match response {
                Some(response) if matches!(response.kind, BodyKind::Part(range) if proof.is_continued(self.at, range, &response)) =>
                {
                    self.joins = Joins::Some;
                    self.job.progress.started(self.name(), Activity::Fetching, Some(proof.total));
                    self.job.progress.advanced(self.name(), self.at);
                    return Ok(response);
                }
                Some(response) if response.kind == BodyKind::Whole => return self.begin(response),
                _ => {}
            }
        }
        let response = self.get(None)?;
        self.begin(response)
    }

    fn get(&self, range: Option<RangeAsk<'_>>) -> Result<Response, DownloadError> {
        fault().map_err(|error| HttpError::body(&self.source.url, &error.into()))?;
        let plain = if self.task.known.is_some() { PlainHttp::DigestKnown } else { PlainHttp::Refused };
        Ok(self.job.client.get(&Ask { url: &self.source.url, plain, range })?)
    }

    /// Begins anew with an answer that holds the whole object.
    fn begin(&mut self, response: Response) -> Result<Response, DownloadError> {
        self.reset()?;
        self.check_response(&response)?;
        self.content_encoding.clone_from(&response.content_encoding);
        self.is_delimited = response.is_delimited;
        self.redirected_to.clone_from(&response.redirected_to);
        self.proof = Proof::of(&self.source.shown(), &response);
        self.partial.set_proof(self.proof.as_ref())?;
        self.job.progress.started(self.name(), Activity::Fetching, response.content_length);
        Ok(response)
    }

    fn check_response(&self, response: &Response) -> Result<(), DownloadError> {
        if response.content_length.is_some_and(|length| length > self.job.options.cap) {
            return Err(self.too_large());
        }
        if self.task.known.is_some() {
            return Ok(());
        }
        if response.content_encoding.is_some() {
            return Err(self.unpinnable("its encoding was changed on the way (Content-Encoding)"));
        }
        if !response.is_delimited {
            return Err(self.unpinnable("the server does not say how long it is, so it may be cut"));
        }
        Ok(())
    }

    fn receive(&mut self, response: Response) -> Result<(), DownloadError> {
        let end = response.content_length.map(|length| self.at + length);
        let (options, at) = (&self.job.options, self.at);
        let split = self.proof.clone().filter(|_| self.may_join() && self.may_split).and_then(|proof| {
            Some((split::stretches(at, proof.total, options.connections, options.split_from)?, proof))
        });
        match split {
            Some((ends, proof)) => {
                self.joins = Joins::Some;
                let total = proof.total;
                split::receive(self, response, proof, &ends)?;
                if self.at < total && !self.may_split {
                    return self.attempt();
                }
            }
            None => self.read_until(response, &AtomicU64::new(u64::MAX))?,
        }
        let total = self.proof.as_ref().map(|proof| proof.total).or(end);
        if total.is_some_and(|total| self.at < total) {
            let cut = std::io::Error::new(ErrorKind::UnexpectedEof, "the server sent less than it announced");
            return Err(HttpError::body(&self.source.url, &cut).into());
        }
        Ok(())
    }

    /// Reads an answer up to its end, or until a byte is reached, which may be moved meanwhile.
    pub(super) fn read_until(
        &mut self,
        mut response: Response,
        end: &AtomicU64,
    ) -> Result<(), DownloadError> {
        while self.at < end.load(Ordering::Relaxed) {
            let came = fault().map_err(Into::into).and_then(|()| response.piece());
            let piece = match came {
                Ok(piece) if piece.is_empty() => break,
                Ok(piece) => piece,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(HttpError::body(&self.source.url, &error).into()),
            };
            if self.at + piece.len() as u64 > self.job.options.cap {
                return Err(self.too_large());
            }
            self.partial.write_at(&piece, self.at)?;
            self.pass(piece);
            self.check_deadline()?;
        }
        Ok(())
    }

    /// Waits before the next attempt, or gives up.
    fn wait(&mut self, error: DownloadError) -> Result<(), DownloadError> {
        let retry = &self.job.options.retry;
        let DownloadError::Http(cause) = error else { return Err(error) };
        let is_away = cause.is_unresolved() && self.at == 0 && self.attempts == 0;
        if !cause.is_transient() || is_away {
            return Err(cause.into());
        }
        if self.at >= self.furthest + PROGRESS {
            self.attempts = 0;
        }
        self.furthest = self.furthest.max(self.at);
        let asked = cause.retry_after();
        if let Some(wait) = asked.filter(|wait| *wait > retry.patience) {
            return Err(DownloadError::Patience { cause, wait });
        }
        if self.attempts >= retry.times {
            return Err(cause.into());
        }
        let delay = retry.delay(self.attempts, asked, chance());
        self.attempts += 1;
        self.check_deadline_after(delay)?;
        self.say(&format!(
            "{cause}; again in {:.1} s ({} of {})",
            delay.as_secs_f64(),
            self.attempts,
            retry.times
        ));
        (retry.sleep)(delay);
        Ok(())
    }

    pub(super) fn check_deadline(&self) -> Result<(), DownloadError> {
        self.check_deadline_after(std::time::Duration::ZERO)
    }

    fn check_deadline_after(&self, delay: std::time::Duration) -> Result<(), DownloadError> {
        let is_over = self.job.options.deadline.is_some_and(|deadline| Instant::now() + delay >= deadline);
        if is_over { Err(DownloadError::Deadline { url: self.source.shown() }) } else { Ok(()) }
    }

    fn may_join(&self) -> bool {
        self.joins != Joins::Never
    }

    fn name(&self) -> &'t crate::model::artifact::ArtifactName {
        &self.task.wanted.name
    }

    fn say(&self, what: &str) {
        self.job.progress.line(&format!("{}: {what}", self.name()));
    }
}

/// Returns new hashers, with the one that a signature needs.
fn hashers(prepared: &Prepared) -> Hashers {
    Hashers::new(match prepared {
        Prepared::Check(detached) => detached.start().ok(),
        Prepared::Skip(_) => None,
    })
}
