//! What became of each file: how it was verified, where it came from, how long it took.

use std::time::Duration;

use super::document::{RootfsLoad, Verified, became};
use crate::apply::download::{DownloadError, FetchOutcome, Fetched, Signed};
use crate::cli::document::word::Seconds;
use crate::cli::output::Voice;
use crate::model::artifact::ArtifactName;
use crate::model::origin::DigestOrigin;
use crate::run::failure::{Exit, Failure};
use crate::text::{Bytes, Count};

/// Bytes a second that TCP carries over one gigabit: 1448 of each 1538 bytes on the wire.
const GIGABIT: f64 = 0.1177e9;

/// What became of all of them.
pub struct FetchSummary<'a> {
    results: &'a [Result<Fetched, DownloadError>],
    took: Duration,
    /// How the nodes load their root file systems; nothing where none is loaded.
    pub load: Option<RootfsLoad>,
}

impl<'a> FetchSummary<'a> {
    /// Sums up; `rootfs` are the root file systems, with the number of nodes that load each.
    pub fn of(
        results: &'a [Result<Fetched, DownloadError>],
        took: Duration,
        rootfs: &[(ArtifactName, usize)],
    ) -> Self {
        let load = load(&results.iter().flatten().collect::<Vec<_>>(), rootfs);
        Self { results, took, load }
    }

    fn fetched(&self) -> Vec<&'a Fetched> {
        self.results.iter().flatten().collect()
    }

    /// Returns the files that are in their places, for the document.
    pub fn verified(&self) -> impl Iterator<Item = Verified<'a>> {
        self.results.iter().flatten().map(Verified::of)
    }

    /// Returns what came over the network.
    pub fn bytes(&self) -> Bytes {
        let came = self.results.iter().flatten().filter(|one| one.outcome == FetchOutcome::Fetched);
        Bytes(came.map(|one| one.bytes - one.resumed).sum())
    }

    /// Returns how long all of it took.
    pub fn seconds(&self) -> Seconds {
        Seconds(self.took)
    }

    /// Says what became of each file. The worst failure ends the run; the others are said before it.
    pub fn say(&self, output: &mut Voice) -> Result<Exit, Failure> {
        for one in self.fetched() {
            output.listing(&line(one))?;
            warn(one, output);
        }
        self.total(output);
        self.estimate(output);
        self.end(output)
    }

    fn end(&self, output: &mut Voice) -> Result<Exit, Failure> {
        let errors = self.results.iter().filter_map(|result| result.as_ref().err());
        let mut failures: Vec<Failure> = errors.map(failure).collect();
        failures.sort_by(|a, b| (rank(a.exit), &a.message).cmp(&(rank(b.exit), &b.message)));
        // One host that nobody finds is one reason, whatever was to come from it.
        failures.dedup_by(|a, b| a.message == b.message);
        let Some(worst) = failures.pop() else { return Ok(Exit::Done) };
        for other in &failures {
            output.also_failed(other);
        }
        Err(worst)
    }

    fn total(&self, output: &mut Voice) {
        let Bytes(bytes) = self.bytes();
        if bytes > 0 {
            let millis = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
            let rate = Bytes(bytes.saturating_mul(1000) / millis);
            let count = Count(self.fetched().len(), "file");
            output.say(&format!("{count}; {} fetched in {}, {rate}/s", Bytes(bytes), seconds(self.took)));
        }
    }

    fn estimate(&self, output: &mut Voice) {
        let Some(load) = self.load else { return };
        let said = |time: f64| seconds(Duration::from_secs_f64(time));
        let [slow, fast] = times(load.bytes);
        output.say(&format!(
            "{} at once load {} of rootfs: about {} over 1 GbE, {} over 10 GbE",
            Count(load.nodes, "node"),
            Bytes(load.bytes),
            said(slow),
            said(fast)
        ));
    }
}

fn failure(error: &DownloadError) -> Failure {
    let failure = Failure::by(error);
    if matches!(error, DownloadError::Http(cause) if cause.is_unresolved()) {
        return failure.help(
            "without a network, fetch from a copy with `--mirror URL`, or carry everything here with `okdboot bundle export` (docs/bundle.md)",
        );
    }
    if matches!(error, DownloadError::Http(cause) if cause.is_absent()) {
        return failure.help(
            "the server has no such file: look at the URL; a mirror needs the names of the stream, or those of mirror.openshift.com without a release, such as `rhcos-live-kernel.x86_64`",
        );
    }
    match failure.exit {
        Exit::Network => {
            failure.help("what has arrived is kept where the server allows to go on; run it again")
        }
        _ => failure,
    }
}

/// A wrong digest is worse than a full disk, and that is worse than a network that is away.
fn rank(exit: Exit) -> u8 {
    match exit {
        Exit::Digest => 3,
        Exit::Files => 2,
        Exit::Network => 1,
        _ => 0,
    }
}

/// A pin that nothing vouched for is worth a second look, since every later run believes it.
fn warn(fetched: &Fetched, output: &mut Voice) {
    if fetched.is_learnt && fetched.digest.origin == DigestOrigin::FirstUse {
        let (name, sha256) = (&fetched.name, fetched.digest.sha256);
        output.say(&format!(
            "warning: nothing vouches for `{name}` but its first download; it is pinned in the lock now"
        ));
        output
            .say(&format!("  help: compare {sha256} with its publisher, and put it under `okdboot.sha256`"));
    }
}

fn line(fetched: &Fetched) -> String {
    let word = became(fetched.outcome);
    let mut line = format!("{word:7} {} {}", fetched.name, Bytes(fetched.bytes));
    if fetched.outcome == FetchOutcome::Fetched {
        line.push_str(&format!(" in {}", seconds(fetched.took)));
        if fetched.resumed > 0 {
            line.push_str(&format!(" ({} were there)", Bytes(fetched.resumed)));
        }
    }
    line.push_str(&format!(", {}", verified(fetched)));
    if fetched.outcome == FetchOutcome::Fetched {
        line.push_str(&format!(", from {}", fetched.url));
        if !fetched.redirected_to.is_empty() {
            line.push_str(&format!(" by way of {}", fetched.redirected_to.join(", ")));
        }
    }
    line.push('\n');
    line
}

fn verified(fetched: &Fetched) -> String {
    let learnt = if fetched.is_learnt { ", pinned now" } else { "" };
    let signed = match &fetched.signed {
        Signed::Unnamed => String::new(),
        Signed::Unchecked => ", signature not checked (no keyring)".to_owned(),
        Signed::Unjudged(why) => format!(", signature not checked ({why})"),
        Signed::Good(key) => format!(", signed with {key}"),
        Signed::Pinned(key) => format!(", signed with {key} (checked before)"),
    };
    format!("sha256 from {}{learnt}{signed}", fetched.digest.origin)
}

fn seconds(took: Duration) -> String {
    match took.as_secs_f64() {
        short if short < 99.95 => format!("{short:.1} s"),
        long => format!("{:.1} min", long / 60.0),
    }
}

/// Adds up what the nodes load, which is most of a network boot: all of them share the server's one link.
fn load(fetched: &[&Fetched], rootfs: &[(ArtifactName, usize)]) -> Option<RootfsLoad> {
    let size = |name: &ArtifactName| fetched.iter().find(|one| one.name == *name).map(|one| one.bytes);
    let loads = rootfs.iter().filter_map(|(name, nodes)| Some((*nodes, size(name)?)));
    let (nodes, bytes) =
        loads.fold((0, 0), |(all, sum), (nodes, bytes)| (all + nodes, sum + nodes as u64 * bytes));
    let [slow, fast] = times(bytes).map(f64::round);
    (nodes > 0).then_some(RootfsLoad { nodes, bytes, seconds_1gbe: slow, seconds_10gbe: fast })
}

/// Returns how many seconds bytes take over one gigabit, and over ten.
#[expect(clippy::cast_precision_loss, reason = "two digits are printed")]
fn times(bytes: u64) -> [f64; 2] {
    [1.0, 10.0].map(|speed| bytes as f64 / (GIGABIT * speed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!(seconds(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(258)), "4.3 min");
    }
}
