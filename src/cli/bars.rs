//! Progress on a terminal: a bar a file, redrawn at most a few times a second; plain lines elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::apply::progress::{Activity, Progress};
use crate::model::artifact::ArtifactName;
use crate::text::{Bytes, escape};

const BAR: &str = "{prefix:>9} {wide_msg} {bytes:>10}/{total_bytes:10} {bytes_per_sec:>12} {eta:>4}";
const COUNTER: &str = "{prefix:>9} {wide_msg} {bytes:>10} {bytes_per_sec:>12}";

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
}

impl Bars {
    /// Makes bars for a watcher.
    pub fn new(watcher: Watcher) -> Self {
        let target = match watcher {
            Watcher::Terminal => ProgressDrawTarget::stderr_with_hz(8),
            Watcher::Log | Watcher::Nobody => ProgressDrawTarget::hidden(),
        };
        Self { watcher, screen: MultiProgress::with_draw_target(target), running: Mutex::default() }
    }

    fn take(&self, file: &ArtifactName) -> Option<ProgressBar> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(file)
    }
}

fn word(activity: Activity) -> &'static str {
    match activity {
        Activity::Checking => "checking",
        Activity::Fetching => "fetching",
        Activity::Copying => "copying",
    }
}

impl Progress for Bars {
    fn started(&self, file: &ArtifactName, activity: Activity, size: Option<u64>) {
        if self.watcher == Watcher::Log && activity == Activity::Fetching {
            let size = size.map_or_else(String::new, |size| format!(" ({})", Bytes(size)));
            self.line(&format!("fetching {file}{size}"));
        }
        let bar = size.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let template = if size.is_some() { BAR } else { COUNTER };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.screen.add(bar.with_style(style).with_prefix(word(activity)));
        bar.set_message(file.to_string());
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(file.clone(), bar);
    }

    fn advanced(&self, file: &ArtifactName, bytes: u64) {
        if let Some(bar) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(file) {
            bar.inc(bytes);
        }
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
            Watcher::Log => eprintln!("{}", escape(text)),
        }
    }
}
