//! Asking a server for one file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::Digest as _;
use url::Url;

use super::judge::{self, SAMPLE, Sample};
use super::trouble::Trouble;
use super::{BootFormat, ChainPart, Expected, ProbeLimits, ReadDepth, ServerFile};
use crate::http::{Look, LookError, LookMethod, Looker, OpenAnswer, is_redirect};
use crate::model::digest::Sha256;
use crate::probe::tftp::{self, TftpError};

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// How often a server may let a question wait in vain before it is given up for all.
const PATIENCE: u32 = 3;

/// Whether a fetcher follows redirects; none follows one from http to https that a fresh machine could.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Follows {
    /// GRUB takes every status but 200 for a fault.
    Nothing,
    /// iPXE, lpxelinux, curl and coreos-installer go where they are sent.
    Redirects,
}

impl Follows {
    pub(super) fn of(format: BootFormat, part: ChainPart) -> Self {
        let is_loader = matches!(part, ChainPart::Config | ChainPart::Kernel | ChainPart::Initramfs);
        if is_loader && format == BootFormat::Grub { Self::Nothing } else { Self::Redirects }
    }
}

/// Asks, within the bounds of a run.
pub(super) struct Asker<'a> {
    looker: Looker,
    limits: &'a ProbeLimits,
    /// Servers that do not answer, and how often they did not.
    silent: Mutex<BTreeMap<String, (u32, Trouble)>>,
    /// TFTP servers that have answered something.
    known: Mutex<BTreeSet<String>>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(looker: Looker, limits: &'a ProbeLimits) -> Self {
        Self { looker, limits, silent: Mutex::default(), known: Mutex::default() }
    }

    /// Reads all of a small file.
    pub(super) fn small(&self, place: &ServerFile, follows: Follows, cap: usize) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        match place {
            ServerFile::Http(url) => {
                let mut seen = self.open(url, LookMethod::Get, follows)?;
                if seen.length.is_some_and(|length| length > cap as u64) {
                    return Err(Trouble::larger(cap));
                }
                let until = self.until(3);
                self.drain(&mut seen, until, &mut |part| take(&mut bytes, part, cap))?;
            }
            ServerFile::Tftp { path, .. } => {
                let enough = cap as u64 + 1;
                self.tftp(place, path, enough, self.until(3), &mut |part| bytes.extend(part))?;
            }
        }
        if bytes.len() > cap { Err(Trouble::larger(cap)) } else { Ok(bytes) }
    }

    /// Looks at a large file, and says how it was judged.
    pub(super) fn artifact(
        &self,
        place: &ServerFile,
        follows: Follows,
        due: Option<&Expected>,
    ) -> Result<String, Trouble> {
        let (local, sha256) = match due {
            Some(Expected::Artifact { local, sha256 }) => (local.as_deref(), *sha256),
            _ => (None, None),
        };
        let length = local.and_then(|path| std::fs::metadata(path).ok()).map(|meta| meta.len());
        match (place, self.limits.reading) {
            (ServerFile::Http(url), ReadDepth::Samples) => self.http_samples(url, follows, local, length),
            (ServerFile::Http(url), ReadDepth::Whole) => {
                let mut seen = self.open(url, LookMethod::Get, follows)?;
                judge::length(seen.length, length)?;
                let mut whole = Whole::new(length);
                self.drain(&mut seen, self.limits.deadline, &mut |part| whole.take(part))?;
                whole.judge(length, sha256)
            }
            (ServerFile::Tftp { path, .. }, reading) => {
                let enough = if reading == ReadDepth::Whole { u64::MAX } else { SAMPLE };
                self.tftp_artifact(place, path, enough, local, (length, sha256))
            }
        }
    }

    /// The length by HEAD, the first bytes and the last by ranges.
    fn http_samples(
        &self,
        url: &str,
        follows: Follows,
        local: Option<&Path>,
        due: Option<u64>,
    ) -> Result<String, Trouble> {
        // A server that does not know HEAD may still serve files; GET decides.
        let told = self.open(url, LookMethod::Head, follows).ok().and_then(|seen| seen.length);
        let mut seen = self.open(url, LookMethod::Range(0, SAMPLE - 1), follows)?;
        let is_range = seen.status == 206;
        let length = if is_range { seen.range.and_then(|range| range.total) } else { seen.length };
        if is_range && seen.range.is_none_or(|range| range.first != 0) {
            return Err(Trouble::Broken("it answers another range than it was asked for".to_owned()));
        }
        let first = self.sample(&mut seen, self.until(3))?;
        judge::first_bytes(&first)?;
        judge::length(length, due)?;
        if let (Some(told), Some(length)) = (told, length) {
            judge::length(Some(told), Some(length))?;
        }
        let whole = length.unwrap_or(u64::MAX).min(SAMPLE);
        if length.is_some() && (first.len() as u64) < whole {
            return Err(Trouble::stopped(first.len() as u64));
        }
        judge::sample(local, Sample::First, &first)?;
        if let Some(total) = length.filter(|length| is_range && *length > SAMPLE) {
            let mut seen = self.open(url, LookMethod::Range(total - SAMPLE, total - 1), follows)?;
            let last = self.sample(&mut seen, self.until(3))?;
            judge::sample(local, Sample::Last, &last)?;
        }
        Ok(judge::note(length, local.is_some()))
    }

    fn tftp_artifact(
        &self,
        place: &ServerFile,
        path: &str,
        enough: u64,
        local: Option<&Path>,
        (length, sha256): (Option<u64>, Option<Sha256>),
    ) -> Result<String, Trouble> {
        let (mut first, mut whole) = (Vec::new(), Whole::new(length));
        let mut sink = |part: &[u8]| {
            let room = usize::try_from(SAMPLE).unwrap_or(0).saturating_sub(first.len());
            first.extend(&part[..part.len().min(room)]);
            let _ = whole.take(part);
        };
        let is_whole_wanted = enough == u64::MAX;
        // One block more than is due shows that the file is too long, and ends one that never ends.
        let enough = if is_whole_wanted { length.map_or(enough, |length| length + 1) } else { enough };
        let until = if is_whole_wanted { self.limits.deadline } else { self.until(3) };
        let taken = self.tftp(place, path, enough, until, &mut sink)?;
        if length.is_some_and(|length| taken.length > length) {
            judge::length(Some(taken.length), length)?;
        }
        judge::first_bytes(&first)?;
        judge::length(taken.size.or(taken.is_whole.then_some(taken.length)), length)?;
        judge::sample(local, Sample::First, &first)?;
        if is_whole_wanted || taken.is_whole {
            return whole.judge(length, sha256);
        }
        Ok(judge::note(taken.size, local.is_some()))
    }

    fn tftp(
        &self,
        place: &ServerFile,
        path: &str,
        enough: u64,
        deadline: Instant,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<tftp::Taken, Trouble> {
        self.check(place)?;
        let server = resolve(&place.server())?;
        let ask = tftp::TftpRead { server, path, enough, timeout: self.limits.timeout, deadline };
        let taken = tftp::read(&ask, sink);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(taken, Err(TftpError::Silence | TftpError::Network(_))) {
            known.insert(place.server());
        }
        let is_known = known.contains(&place.server());
        drop(known);
        match taken {
            // One question that is lost, or ignored, says nothing of the server.
            Err(TftpError::Silence) if is_known => Err(Trouble::Broken("nobody answers".to_owned())),
            other => other.map_err(|error| self.tftp_trouble(place, &error)),
        }
    }

    fn tftp_trouble(&self, place: &ServerFile, error: &TftpError) -> Trouble {
        match error {
            TftpError::Absent => Trouble::Absent(error.to_string()),
            TftpError::Forbidden => Trouble::Forbidden(error.to_string()),
            TftpError::Refused(_) => Trouble::Status(error.to_string()),
            TftpError::Silence => {
                self.give_up(place, Trouble::Tftp(format!("no TFTP server answers at `{}`", place.server())))
            }
            TftpError::Network(error) => {
                let what = format!("the TFTP server `{}` cannot be reached: {error}", place.server());
                self.give_up(place, Trouble::Tftp(what))
            }
            TftpError::Late(_) if self.left().is_none() => Trouble::Late,
            TftpError::Late(_) | TftpError::Stopped(_) | TftpError::Malformed(_) => {
                Trouble::Broken(error.to_string())
            }
        }
    }

    /// Asks over http, follows what the fetcher would, and takes only an answer that is one.
    fn open(&self, url: &str, method: LookMethod, follows: Follows) -> Result<OpenAnswer, Trouble> {
        let mut current = Url::parse(url).map_err(|_| Trouble::Unfetchable("it is not a URL".to_owned()))?;
        for _ in 0..=MAX_REDIRECTS {
            let seen = self.look(&current, method)?;
            let Some(target) = redirect(&seen) else { return answered(seen, method) };
            let next = current.join(target).map_err(|_| Trouble::Redirect(target.to_owned()))?;
            let refused = follows == Follows::Nothing
                || !matches!(next.scheme(), "http" | "https")
                || (current.scheme() == "http" && next.scheme() == "https");
            if refused {
                return Err(Trouble::Redirect(next.into()));
            }
            current = next;
        }
        Err(Trouble::Redirect(format!("{current}, and so on in a circle")))
    }

    fn look(&self, url: &Url, method: LookMethod) -> Result<OpenAnswer, Trouble> {
        let place = ServerFile::Http(url.to_string());
        self.check(&place)?;
        let server = place.server();
        self.looker.look(&Look { url: url.as_str(), method }).map_err(|error| match error {
            LookError::Unreachable(why) => {
                self.give_up(&place, Trouble::Web(format!("no web server answers at `{server}`: {why}")))
            }
            LookError::Silent if self.left().is_none() => Trouble::Late,
            LookError::Silent => self.grow_impatient(&place),
            LookError::Certificate(why) => Trouble::Certificate(why),
            LookError::Garbled(why) => Trouble::Broken(why),
        })
    }

    /// A server that is known not to answer is not waited for again.
    fn check(&self, place: &ServerFile) -> Result<(), Trouble> {
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        match silent.get(&place.server()) {
            Some((count, trouble)) if *count >= PATIENCE => Err(trouble.clone()),
            _ if self.left().is_none() => Err(Trouble::Late),
            _ => Ok(()),
        }
    }

    fn give_up(&self, place: &ServerFile, trouble: Trouble) -> Trouble {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.entry(place.server()).or_insert((PATIENCE, trouble)).1.clone()
    }

    fn grow_impatient(&self, place: &ServerFile) -> Trouble {
        let what = format!("the web server at `{}` takes connections and answers nothing", place.server());
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        let known = silent.entry(place.server()).or_insert((0, Trouble::Web(what)));
        known.0 += 1;
        known.1.clone()
    }

    /// Reads a body to its end, and no longer than it may take.
    fn drain(
        &self,
        body: &mut dyn Read,
        until: Instant,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Trouble>,
    ) -> Result<u64, Trouble> {
        let mut buffer = vec![0; 64 << 10];
        let mut length = 0;
        loop {
            match body.read(&mut buffer) {
                Ok(0) => return Ok(length),
                Ok(count) => {
                    length += count as u64;
                    sink(&buffer[..count])?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(self.late_or(Trouble::stopped(length))),
            }
            if Instant::now() >= until {
                return Err(self.late_or(Trouble::slow(length)));
            }
        }
    }

    /// The end of all time is nobody's fault.
    fn late_or(&self, trouble: Trouble) -> Trouble {
        if self.left().is_none() { Trouble::Late } else { trouble }
    }

    fn sample(&self, seen: &mut OpenAnswer, until: Instant) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        self.drain(&mut seen.take(SAMPLE), until, &mut |part| {
            bytes.extend(part);
            Ok(())
        })?;
        Ok(bytes)
    }

    fn left(&self) -> Option<Duration> {
        self.limits.deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    /// What is small has a few waits' time.
    fn until(&self, waits: u32) -> Instant {
        self.limits.deadline.min(Instant::now() + self.limits.timeout * waits)
    }
}

fn redirect(seen: &OpenAnswer) -> Option<&str> {
    seen.location.as_deref().filter(|_| is_redirect(seen.status))
}

fn answered(seen: OpenAnswer, method: LookMethod) -> Result<OpenAnswer, Trouble> {
    match (seen.status, method) {
        (200, _) | (206, LookMethod::Range(..)) => match &seen.encoding {
            Some(encoding) => Err(Trouble::Encoded(encoding.clone())),
            None => Ok(seen),
        },
        (404 | 410, _) => Err(Trouble::Absent(format!("the server answers {}", seen.status))),
        (401 | 403, _) => Err(Trouble::Forbidden(format!("the server answers {}", seen.status))),
        // An empty file has no first byte.
        (416, _) => Err(Trouble::Length { found: 0, due: None }),
        (status, _) => Err(Trouble::Status(format!("the server answers {status}"))),
    }
}

fn resolve(server: &str) -> Result<SocketAddr, Trouble> {
    let unknown = |why: String| Trouble::Tftp(format!("the TFTP server `{server}` cannot be found: {why}"));
    let mut found = server.to_socket_addrs().map_err(|error| unknown(error.to_string()))?;
    found.next().ok_or_else(|| unknown("it has no address".to_owned()))
}

fn take(bytes: &mut Vec<u8>, part: &[u8], cap: usize) -> Result<(), Trouble> {
    bytes.extend(part);
    if bytes.len() > cap { Err(Trouble::larger(cap)) } else { Ok(()) }
}

/// A whole artifact on its way through the hash.
struct Whole {
    hasher: sha2::Sha256,
    first: Vec<u8>,
    length: u64,
    due: Option<u64>,
}

impl Whole {
    fn new(due: Option<u64>) -> Self {
        Self { hasher: sha2::Sha256::new(), first: Vec::new(), length: 0, due }
    }

    fn take(&mut self, part: &[u8]) -> Result<(), Trouble> {
        self.hasher.update(part);
        self.length += part.len() as u64;
        if self.first.is_empty() {
            self.first.extend(part.iter().take(256));
        }
        match self.due {
            Some(due) if self.length > due => judge::length(Some(self.length), Some(due)),
            _ => Ok(()),
        }
    }

    fn judge(self, length: Option<u64>, sha256: Option<Sha256>) -> Result<String, Trouble> {
        judge::first_bytes(&self.first)?;
        judge::length(Some(self.length), length)?;
        judge::digest(Sha256::finish(self.hasher), sha256)
    }
}
