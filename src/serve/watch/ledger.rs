//! What is written down of the machines, and what is said when something is.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::time::SystemTime;

use super::rows::Rows;
use super::{End, Totals};
use crate::model::mac::MacAddr;
use crate::model::settings::Mode;
use crate::plan::report::Outcome;
use crate::serve::answer::BootHint;
use crate::serve::event::{Event, Level, NewEvent, RowKey};
use crate::serve::row::BootStep;
use crate::serve::stage::Stage;
use crate::text::{Bytes, escape};

/// How many events are kept for those who come late.
const KEPT_EVENTS: usize = 4096;

/// How many machines that nobody knows are remembered.
const KEPT_STRANGERS: usize = 256;

/// How many addresses are remembered with the machine that asked from them.
const KEPT_TIES: usize = 65_536;

/// Everything that the watch knows.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) rows: Rows,
    pub(super) ties: HashMap<IpAddr, RowKey>,
    pub(super) strangers: BTreeMap<MacAddr, u64>,
    pub(super) events: VecDeque<Event>,
    pub(super) last: u64,
    pub(super) transfers: HashMap<u64, Under>,
    pub(super) next: u64,
    pub(super) totals: Totals,
}

/// A transfer under way.
#[derive(Debug)]
pub(super) struct Under {
    pub(super) key: Option<RowKey>,
    pub(super) address: IpAddr,
    pub(super) stage: Stage,
    pub(super) name: String,
    pub(super) sent: u64,
    pub(super) total: u64,
    pub(super) begun: SystemTime,
}

impl Ledger {
    pub(super) fn say(&mut self, said: NewEvent) -> u64 {
        self.last += 1;
        self.events.push_back(said.told(self.last, SystemTime::now()));
        if self.events.len() > KEPT_EVENTS {
            self.events.pop_front();
        }
        self.last
    }

    /// Who asks for a boot configuration of its own is at the address from which it asks.
    pub(super) fn tie(&mut self, address: IpAddr, key: &RowKey) {
        let address = address.to_canonical();
        if self.ties.len() < KEPT_TIES || self.ties.contains_key(&address) {
            self.ties.insert(address, key.clone());
        }
    }

    pub(super) fn asked(
        &mut self,
        key: Option<RowKey>,
        address: IpAddr,
        about: &BootHint,
        is_head: bool,
    ) -> Option<u64> {
        let mode = || self.rows.get(key.as_ref()?)?.machine.mode;
        let stage = match about {
            // PXELINUX, GRUB and static scripts of iPXE have files that lead to the disk.
            BootHint::Config if mode() == Some(Mode::Local) => Stage::Local,
            BootHint::Config => Stage::Config,
            BootHint::Local => Stage::Local,
            // The live system looks for its root file system before it fetches it.
            BootHint::File(Stage::Rootfs, _) if is_head => Stage::Live,
            BootHint::Nothing | BootHint::File(..) => return None,
            BootHint::Unknown(mac) => return self.stranger(*mac, address),
            BootHint::Absent(path) => return self.missed(key?, address, path),
            BootHint::Reported(Outcome::Installed) => Stage::Installed,
            BootHint::Reported(Outcome::Failed) => return self.failed(key?, address),
            BootHint::Refused(reason) => return Some(self.refused(key, address, reason)),
        };
        self.reach(key?, address, stage, None)
    }

    /// Moves a machine on, and says so.
    pub(super) fn reach(
        &mut self,
        key: RowKey,
        address: IpAddr,
        stage: Stage,
        how: Option<String>,
    ) -> Option<u64> {
        let row = self.rows.get_mut(&key)?;
        let step = row.reach(stage, SystemTime::now());
        let name = &key.name;
        let has = match stage {
            Stage::Dhcp => format!("{name} asks how to boot"),
            Stage::Config => format!("{name} has its boot configuration"),
            Stage::Local => format!("{name} is sent to its own disk"),
            Stage::Live => format!("{name} runs the live system"),
            Stage::Ignition => format!("{name} has its Ignition file"),
            Stage::Installed => format!("{name} is installed"),
            Stage::Rebooted => format!("{name} boots from its disk"),
            stage => format!("{name} has the {stage}"),
        };
        let how = how.map_or_else(String::new, |how| format!(" ({how})"));
        let (level, message) = match step {
            BootStep::Same => return None,
            BootStep::Further | BootStep::Again => (Level::Info, format!("{has}{how}")),
            BootStep::Loop => {
                let fault = format!(
                    "{name} had its Ignition file and boots from the network again: it will be installed again; if it is installed already, `okdboot disarm {name}`"
                );
                row.again = Some(fault.clone());
                (Level::Warning, fault)
            }
        };
        Some(self.say(NewEvent {
            key: Some(key),
            address: Some(address),
            stage: Some(stage),
            level,
            message,
        }))
    }

    pub(super) fn stranger(&mut self, mac: MacAddr, address: IpAddr) -> Option<u64> {
        if self.strangers.len() >= KEPT_STRANGERS && !self.strangers.contains_key(&mac) {
            return None;
        }
        let count = self.strangers.entry(mac).or_default();
        *count += 1;
        if *count > 1 {
            return None;
        }
        let message = format!("{mac} asked how to boot, and no machine has this MAC address");
        Some(self.say(NewEvent {
            key: None,
            address: Some(address),
            stage: None,
            level: Level::Warning,
            message,
        }))
    }

    /// Of a machine it is worth a line: it may be the reason why it does not boot.
    fn missed(&mut self, key: RowKey, address: IpAddr, path: &str) -> Option<u64> {
        self.rows.get_mut(&key)?.heard = SystemTime::now();
        let message = format!("{} asked for `{path}`, which is not there", key.name);
        Some(self.say(NewEvent {
            key: Some(key),
            address: Some(address),
            stage: None,
            level: Level::Info,
            message,
        }))
    }

    /// The installer gave up; the machine waits for somebody.
    fn failed(&mut self, key: RowKey, address: IpAddr) -> Option<u64> {
        let row = self.rows.get_mut(&key)?;
        row.heard = SystemTime::now();
        let message = format!(
            "{}: coreos-installer has failed: its console, or `journalctl -u coreos-installer` there, says why",
            key.name
        );
        row.broken = Some(message.clone());
        Some(self.say(NewEvent {
            key: Some(key),
            address: Some(address),
            stage: None,
            level: Level::Error,
            message,
        }))
    }

    fn refused(&mut self, key: Option<RowKey>, address: IpAddr, reason: &str) -> u64 {
        if let Some(row) = key.as_ref().and_then(|key| self.rows.get_mut(key)) {
            row.heard = SystemTime::now();
        }
        let who = key.as_ref().map_or_else(|| address.to_string(), |key| key.name.clone());
        let message = format!("{who} was refused: {}", escape(reason));
        self.say(NewEvent { key, address: Some(address), stage: None, level: Level::Warning, message })
    }

    pub(super) fn end(&mut self, id: u64, under: Under, end: End) -> Option<u64> {
        let row = under.key.as_ref().and_then(|key| self.rows.get_mut(key));
        if let Some(row) = row {
            row.transfer.take_if(|transfer| transfer.id == id);
            row.broken.take_if(|_| end == End::Whole);
        }
        if end == End::Broken {
            return Some(self.broken(under));
        }
        let key = under.key?;
        let took = SystemTime::now().duration_since(under.begun).unwrap_or_default();
        let how = format!("{} in {:.1} s", Bytes(under.sent), took.as_secs_f64());
        self.reach(key, under.address, under.stage, Some(how))
    }

    fn broken(&mut self, under: Under) -> u64 {
        let Under { key, address, stage, name, sent, total, .. } = under;
        let who = key.as_ref().map_or_else(|| address.to_string(), |key| key.name.clone());
        let mut message = format!("{who} broke off {stage} `{name}` at {} of {}", Bytes(sent), Bytes(total));
        if stage == Stage::Rootfs {
            message += ": its live system does not ask again, start the machine anew";
        }
        if let Some(row) = key.as_ref().and_then(|key| self.rows.get_mut(key)) {
            row.broken = Some(message.clone());
        }
        self.say(NewEvent { key, address: Some(address), stage: None, level: Level::Error, message })
    }
}
