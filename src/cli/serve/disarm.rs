//! Machines that are not to be installed twice: they are disarmed as `okdboot disarm` does it, when they
//! say that they are installed (`--auto-disarm`), or when they have their Ignition file (`--once refuse`).

use std::time::{Duration, Instant};

use super::super::args::serve::Once;
use super::super::args::{Cli, Serve};
use super::super::arm;
use super::super::output::Voice;
use crate::model::settings::Mode;
use crate::serve::event::{Event, Level, NewEvent, RowKey};
use crate::serve::stage::Stage;
use crate::serve::watch::Watch;

/// How long it takes until what failed is tried again: another run may have the lock.
const PAUSE: Duration = Duration::from_secs(5);

/// How often it is tried.
const TRIES: u32 = 3;

/// Who is disarmed when, and who still has to be.
pub(super) struct Disarmer {
    /// The stage at which a machine is disarmed.
    stage: Option<Stage>,
    seen: u64,
    due: Vec<DueDisarm>,
}

struct DueDisarm {
    key: RowKey,
    tries: u32,
    not_before: Instant,
}

impl Disarmer {
    pub(super) fn new(args: &Serve) -> Self {
        let stage = match (args.giving.again.once, args.giving.again.auto_disarm) {
            (Once::Refuse, _) => Some(Stage::Ignition),
            (Once::Warn, true) => Some(Stage::Installed),
            (Once::Warn, false) => None,
        };
        Self { stage, seen: 0, due: Vec::new() }
    }

    /// Disarms whoever has got so far since the last look.
    pub(super) fn look(&mut self, cli: &Cli, args: &Serve, watch: &Watch, output: &mut Voice) {
        let Some(stage) = self.stage else { return };
        for event in watch.since(self.seen) {
            self.seen = event.id;
            self.due.extend(due(&event, stage, watch));
        }
        let now = Instant::now();
        let (ready, later) = self.due.drain(..).partition(|due| due.not_before <= now);
        self.due = later;
        let ready: Vec<DueDisarm> = ready;
        if ready.is_empty() {
            return;
        }
        let keys: Vec<RowKey> = ready.iter().map(|due| due.key.clone()).collect();
        // What is sent meanwhile is sent by other threads.
        let disarmed = tokio::task::block_in_place(|| output.hushed(|output| flip(cli, args, &keys, output)));
        for due in ready {
            self.settle(due, disarmed.as_ref().err(), watch);
        }
    }

    /// Says whether nobody is left to be disarmed.
    pub(super) fn is_done(&self) -> bool {
        self.due.is_empty()
    }

    /// Says how it went; what failed is tried again.
    fn settle(&mut self, due: DueDisarm, fault: Option<&String>, watch: &Watch) {
        let name = &due.key.name;
        let (level, message) = match fault {
            None => (Level::Info, format!("{name} is disarmed: it boots from its disk from now on")),
            Some(fault) if due.tries + 1 < TRIES => {
                let message = format!("{name} is not disarmed yet, and will be tried again: {fault}");
                let again = DueDisarm {
                    tries: due.tries + 1,
                    not_before: Instant::now() + PAUSE,
                    key: due.key.clone(),
                };
                self.due.push(again);
                (Level::Warning, message)
            }
            Some(fault) => (
                Level::Error,
                format!(
                    "{name} is not disarmed and would be installed again: {fault}; run `okdboot disarm {name}`"
                ),
            ),
        };
        watch.say(NewEvent::of_machine(due.key, level, message));
    }
}

/// A machine that is to be disarmed by what happened.
fn due(event: &Event, stage: Stage, watch: &Watch) -> Option<DueDisarm> {
    if event.stage != Some(stage.as_str()) {
        return None;
    }
    let key = RowKey { cluster: event.cluster.clone(), name: event.machine.clone()? };
    (watch.mode(&key) == Some(Mode::Install)).then(|| DueDisarm { key, tries: 0, not_before: Instant::now() })
}

fn flip(cli: &Cli, args: &Serve, keys: &[RowKey], output: &mut Voice) -> Result<(), String> {
    let is_meant = |cluster: &str, name: &str| {
        keys.iter().any(|key| key.cluster.as_deref() == Some(cluster) && key.name == name)
    };
    arm::disarm_these(cli, &args.made, &is_meant, output).map_err(|failure| {
        let causes: String = failure.causes.iter().map(|cause| format!(": {cause}")).collect();
        format!("{}{causes}", failure.message)
    })
}
