//! What `--until` waits for.

use std::time::Instant;

use super::super::args::serve::Until;
use crate::model::lifetime::Lifetime;
use crate::model::settings::Mode;
use crate::serve::row::Row;
use crate::serve::stage::Stage;
use crate::serve::watch::Watch;
use crate::text::List;

/// How far every machine has to be, and until when.
pub(super) struct BootGoal {
    stage: Option<Stage>,
    end: Option<Instant>,
}

/// Whether it is so.
pub(super) enum Reached {
    /// Some are not so far.
    NotYet,
    /// All are.
    All,
    /// Time is over; who is missing, in words.
    TooLate(String),
}

impl BootGoal {
    pub(super) fn new(until: Option<Until>, timeout: Option<Lifetime>) -> Self {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout.duration()));
        Self { stage: until.map(Until::stage), end }
    }

    pub(super) fn look(&self, watch: &Watch) -> Reached {
        let Some(stage) = self.stage else { return Reached::NotYet };
        let view = watch.view();
        let missing: Vec<&Row> = view.rows.iter().filter(|row| is_missing(row, stage)).collect();
        if missing.is_empty() {
            return Reached::All;
        }
        if self.end.is_none_or(|end| Instant::now() < end) {
            return Reached::NotYet;
        }
        let names: Vec<String> =
            missing.iter().map(|row| format!("{}: {}", row.machine.name, row.stage)).collect();
        Reached::TooLate(format!("time is over, and these are not so far: {}", List::and(&names)))
    }
}

/// Who boots from its disk has nothing to get, unless it was disarmed on its way.
fn is_missing(row: &Row, stage: Stage) -> bool {
    let is_on_its_way = row.stage.rank() > Stage::Local.rank();
    let is_local = row.stage == Stage::Local || row.machine.mode == Some(Mode::Local) && !is_on_its_way;
    !is_local && row.stage.rank() < stage.rank()
}
