//! The watch in a terminal: events as lines, and below them the machines that are on their way. In a log,
//! lines alone.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::output::Voice;
use crate::run::failure::Failure;
use crate::serve::event::{Event, Level, RowKey};
use crate::serve::report;
use crate::serve::row::Row;
use crate::serve::watch::Watch;
use crate::text::escape;

/// How often what is under way is drawn anew.
pub(super) const PERIOD: Duration = Duration::from_millis(500);

/// How many machines are shown at once: a terminal has no more lines to spare.
const SHOWN: usize = 20;

/// How long a machine that says nothing stays on the screen.
const STAYS: Duration = Duration::from_secs(120);

/// What was said and drawn so far.
pub(super) struct Screen {
    said: u64,
    table: Option<MultiProgress>,
    rows: BTreeMap<RowKey, ProgressBar>,
}

impl Screen {
    pub(super) fn new(output: &Voice) -> Self {
        let draws = output.context().is_terminal() && !output.is_json() && !output.is_quiet();
        let table = draws.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(8)));
        Self { said: 0, table, rows: BTreeMap::new() }
    }

    /// Says the events that are new, and draws the machines.
    pub(super) fn draw(&mut self, watch: &Watch, output: &mut Voice) -> Result<(), Failure> {
        for event in watch.since(self.said) {
            self.said = event.id;
            output.line(&report::line(&event))?;
            let text = line(&event);
            match &self.table {
                Some(table) => table.suspend(|| output.say(&text)),
                None => output.say(&text),
            }
        }
        if let Some(table) = self.table.clone() {
            self.rows(&table, watch);
        }
        Ok(())
    }

    fn rows(&mut self, table: &MultiProgress, watch: &Watch) {
        let view = watch.view();
        let moves = |row: &&Row| {
            row.boots > 0
                && (row.transfer.is_some() || view.now.duration_since(row.heard).is_ok_and(|it| it < STAYS))
        };
        let shown: BTreeMap<RowKey, &Row> =
            view.rows.iter().filter(moves).take(SHOWN).map(|row| (row.machine.key(), row)).collect();
        self.rows.retain(|key, bar| {
            let stays = shown.contains_key(key);
            if !stays {
                bar.finish_and_clear();
            }
            stays
        });
        for (key, row) in shown {
            let bar = self.rows.entry(key).or_insert_with(|| table.add(blank()));
            bar.set_prefix(escape(&row.machine.name));
            bar.set_message(message(row, view.now));
        }
    }

    /// Takes the machines off the screen.
    pub(super) fn end(&mut self) {
        for bar in self.rows.values() {
            bar.finish_and_clear();
        }
    }
}

fn blank() -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>16} {wide_msg}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

fn message(row: &Row, now: SystemTime) -> String {
    let note = row.note(now).map_or_else(String::new, |(_, note)| format!("  {}", escape(&note)));
    format!("{:<20}{note}", row.stage.as_str())
}

/// `18:00:00Z warning: ...`
fn line(event: &Event) -> String {
    // The day is not said: who watches knows it.
    let time = event.time.split_once('T').map_or(event.time.as_str(), |(_, time)| time);
    let word = match event.level {
        Level::Info => "",
        Level::Warning => "warning: ",
        Level::Error => "error: ",
    };
    format!("{time} {word}{}", event.message)
}
