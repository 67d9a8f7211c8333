//! Progress on a terminal: a bar a file, redrawn at most a few times a second; plain lines elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use dialoguer::console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::apply::progress::{Activity, Progress};
use crate::model::artifact::ArtifactName;
use crate::text::{Bytes, escape, middle};

/// What is drawn, and how many columns of it are not for the name.
const BAR: (&str, usize) =
    ("{prefix:>9} {wide_msg} {bytes:>10}/{total_bytes:10} {bytes_per_sec:>12} {eta:>4}", 51);
const COUNTER: (&str, usize) = ("{prefix:>9} {wide_msg} {bytes:>10} {bytes_per_sec:>12}", 34);
/// The same where a terminal is narrow.
const NARROW: (&str, usize) = ("{prefix:>9} {wide_msg} {bytes:>10}/{total_bytes:10}", 33);
/// From so many columns on a terminal has room for all of it.
const WIDE: usize = 80;

/// Whether a person watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watcher {
    /// At a terminal: bars.
    Terminal,
    /// In a log: a line when a file is fetched.
    Log,
    /// Nobody (`-q`, or JSON was asked for).
    Nobody,
}

/// Draws the progress of several files.
pub struct Bars {
    watcher: Watcher,
    screen: MultiProgress,
    running: Mutex<BTreeMap<ArtifactName, ProgressBar>>,
    total: ProgressBar,
    /// The width of the terminal.
    columns: usize,
    /// What is known of each file that is being fetched: its size, and how much of it is there.
    fetching: Mutex<BTreeMap<ArtifactName, (u64, u64)>>,
}

impl Bars {
    /// Makes bars for a watcher.
    pub fn new(watcher: Watcher) -> Self {
        let target = match watcher {
            Watcher::Terminal => ProgressDrawTarget::stderr_with_hz(8),
            Watcher::Log | Watcher::Nobody => ProgressDrawTarget::hidden(),
        };
        let screen = MultiProgress::with_draw_target(target);
        let columns = Term::stderr().size_checked().map_or(WIDE, |(_, columns)| columns.into());
        let (bar, _) = shape(columns, true);
        let total = screen.add(ProgressBar::no_length().with_style(style(bar)).with_prefix("total"));
        Self { watcher, screen, running: Mutex::default(), total, columns, fetching: Mutex::default() }
    }

    /// Takes the bars off the screen.
    pub fn end(&self) {
        self.total.finish_and_clear();
    }

    /// Redraws the total from what is known of each file.
    fn retotal(&self, change: impl FnOnce(&mut BTreeMap<ArtifactName, (u64, u64)>)) {
        let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut fetching);
        let (size, done) = fetching.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        self.total.set_length(size);
        self.total.set_position(done);
    }

    fn take(&self, file: &ArtifactName) -> Option<ProgressBar> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(file)
    }
}

/// Returns what is drawn of a file in a terminal of a width.
fn shape(columns: usize, has_size: bool) -> (&'static str, usize) {
    match has_size {
        true if columns < WIDE => NARROW,
        true => BAR,
        false => COUNTER,
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn word(activity: Activity) -> &'static str {
    match activity {
        Activity::Checking => "checking",
        Activity::Fetching => "fetching",
        Activity::Copying => "copying",
        Activity::Sending => "sending",
    }
}

impl Progress for Bars {
    fn started(&self, file: &ArtifactName, activity: Activity, size: Option<u64>) {
        if self.watcher == Watcher::Log && matches!(activity, Activity::Fetching | Activity::Sending) {
            let size = size.map_or_else(String::new, |size| format!(" ({})", Bytes(size)));
            self.line(&format!("fetching {file}{size}"));
        }
        let bar = size.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let (template, taken) = shape(self.columns, size.is_some());
        let bar = self
            .screen
            .insert_before(&self.total, bar.with_style(style(template)).with_prefix(word(activity)));
        if let (Activity::Fetching, Some(size)) = (activity, size) {
            self.retotal(|fetching| {
                fetching.insert(file.clone(), (size, 0));
            });
        }
        bar.set_message(middle(file.as_str(), self.columns.saturating_sub(taken)));
        let before = self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(file.clone(), bar);
        // A transfer that begins anew says so without having ended.
        before.inspect(ProgressBar::finish_and_clear);
    }

    fn advanced(&self, file: &ArtifactName, bytes: u64) {
        if let Some(bar) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(file) {
            bar.inc(bytes);
        }
        self.retotal(|fetching| {
            if let Some((_, done)) = fetching.get_mut(file) {
                *done += bytes;
            }
        });
    }

    fn finished(&self, file: &ArtifactName) {
        if let Some(bar) = self.take(file) {
            bar.finish_and_clear();
        }
    }

    #[expect(clippy::print_stderr, reason = "talk of a running fetch; a closed stderr is no fault")]
    fn line(&self, text: &str) {
        match self.watcher {
            Watcher::Nobody => {}
            Watcher::Terminal => {
                let _ = self.screen.println(escape(text));
            }
            Watcher::Log => {
                // In one piece: other threads and programs write here, too.
                let line = format!("{}\n", escape(text));
                eprint!("{line}");
            }
        }
    }
}
