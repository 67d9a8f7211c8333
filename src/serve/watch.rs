//! How far every machine is, made of what was asked and of the bytes that were taken.

mod ledger;
mod rows;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch as signal;

use self::ledger::{Ledger, Under};
use super::answer::BootHint;
use super::event::{Event, Level, NewEvent, RowKey};
use super::machine::{Machines, ServedMachine};
use super::row::{FileTransfer, Row};
use super::stage::Stage;
use crate::model::mac::MacAddr;
use crate::model::settings::Mode;
use crate::text::Count;

/// What is known of all machines.
#[derive(Debug)]
pub struct Watch {
    inner: Mutex<Ledger>,
    changed: signal::Sender<u64>,
}

/// What was done since the server was started.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Requests by status code.
    pub requests: BTreeMap<u16, u64>,
    /// Bytes of bodies.
    pub bytes: u64,
    /// How often the tree was read anew, and how often it could not.
    pub reloads: (u64, u64),
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every byte was taken.
    Whole,
    /// It was broken off.
    Broken,
}

/// What there is to be shown, at one moment.
#[derive(Clone, Debug)]
pub struct WatchView {
    /// The machines in the order of their files.
    pub rows: Vec<Row>,
    /// Who asked and is nobody's, with the number of times.
    pub strangers: Vec<(MacAddr, u64)>,
    /// What was done.
    pub totals: Totals,
    /// How many transfers are under way.
    pub transfers: usize,
    /// The number of the last event.
    pub last: u64,
    /// The moment.
    pub now: SystemTime,
}

impl Watch {
    /// A watch over nobody.
    pub fn new() -> Self {
        Self { inner: Mutex::default(), changed: signal::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes notice of the machines of a tree; what is known of those that stay is kept.
    pub fn learn(&self, machines: &Machines) {
        self.lock().rows.learn(machines, SystemTime::now());
    }

    /// Says something.
    pub fn say(&self, said: NewEvent) {
        let id = self.lock().say(said);
        self.changed.send_replace(id);
    }

    /// Counts how the tree was read anew.
    pub fn reloaded(&self, went: Result<usize, String>) {
        let said = {
            let reloads = &mut self.lock().totals.reloads;
            match went {
                Ok(machines) => {
                    reloads.0 += 1;
                    NewEvent::of_server(
                        Level::Info,
                        format!("the tree has changed and is served now: {}", Count(machines, "machine")),
                    )
                }
                Err(reason) => {
                    reloads.1 += 1;
                    NewEvent::of_server(
                        Level::Error,
                        format!(
                            "the tree has changed and cannot be served; what it was before is served on: {reason}"
                        ),
                    )
                }
            }
        };
        self.say(said);
    }

    /// Returns the machine that lately asked from an address for what only it asks for.
    pub fn tied(&self, address: IpAddr) -> Option<ServedMachine> {
        let inner = self.lock();
        let key = inner.ties.get(&address.to_canonical())?;
        inner.rows.get(key).map(|row| row.machine.clone())
    }

    /// Returns what the next network boot of a machine does.
    pub fn mode(&self, key: &RowKey) -> Option<Mode> {
        self.lock().rows.get(key)?.machine.mode
    }

    /// Takes notice of a request and its answer.
    pub fn asked(
        &self,
        who: Option<&ServedMachine>,
        address: IpAddr,
        status: u16,
        about: &BootHint,
        is_head: bool,
    ) {
        let mut inner = self.lock();
        *inner.totals.requests.entry(status).or_default() += 1;
        let key = who.map(ServedMachine::key);
        if let (BootHint::Config, Some(key)) = (about, &key) {
            inner.tie(address, key);
        }
        let id = inner.asked(key, address, about, is_head);
        drop(inner);
        if let Some(id) = id {
            self.changed.send_replace(id);
        }
    }

    /// Takes notice of firmware that asks how to boot.
    pub fn asks(&self, machine: &ServedMachine, address: IpAddr) {
        let id = self.lock().reach(machine.key(), address, Stage::Dhcp, None);
        if let Some(id) = id {
            self.changed.send_replace(id);
        }
    }

    /// Takes notice of an operating system that asks for an address: the live one, or the installed one.
    pub fn runs(&self, machine: &ServedMachine, address: IpAddr) {
        let mut inner = self.lock();
        let key = machine.key();
        let stage = match inner.rows.get(&key).map(|row| row.stage) {
            Some(Stage::Initramfs) => Stage::Live,
            // The live system has its address before it asks for an Ignition file.
            Some(Stage::Ignition | Stage::Installed) => Stage::Rebooted,
            _ => return,
        };
        let id = inner.reach(key, address, stage, None);
        drop(inner);
        if let Some(id) = id {
            self.changed.send_replace(id);
        }
    }

    /// Takes notice of a machine that nobody knows.
    pub fn stranger(&self, mac: MacAddr, address: IpAddr) {
        let id = self.lock().stranger(mac, address);
        if let Some(id) = id {
            self.changed.send_replace(id);
        }
    }

    /// Remembers that a machine was given an address.
    pub fn tie(&self, machine: &ServedMachine, address: IpAddr) {
        self.lock().tie(address, &machine.key());
    }

    /// Begins a transfer and returns its number.
    pub fn begin(
        &self,
        who: Option<&ServedMachine>,
        address: IpAddr,
        stage: Stage,
        name: &str,
        total: u64,
    ) -> u64 {
        let mut inner = self.lock();
        inner.next += 1;
        let (id, key) = (inner.next, who.map(ServedMachine::key));
        if let Some(row) = key.as_ref().and_then(|key| inner.rows.get_mut(key)) {
            row.heard = SystemTime::now();
            row.transfer = Some(Box::new(FileTransfer { id, name: name.to_owned(), stage, sent: 0, total }));
        }
        let begun = SystemTime::now();
        let under = Under { key, address, stage, name: name.to_owned(), sent: 0, total, begun };
        inner.transfers.insert(id, under);
        id
    }

    /// Takes notice of bytes that were taken.
    pub fn advance(&self, id: Option<u64>, bytes: u64) {
        let mut inner = self.lock();
        inner.totals.bytes += bytes;
        let Some(id) = id else { return };
        let key = inner.transfers.get_mut(&id).and_then(|under| {
            under.sent += bytes;
            under.key.clone()
        });
        let Some(row) = key.and_then(|key| inner.rows.get_mut(&key)) else { return };
        row.bytes += bytes;
        row.heard = SystemTime::now();
        if let Some(transfer) = row.transfer.as_mut().filter(|transfer| transfer.id == id) {
            transfer.sent += bytes;
        }
    }

    /// Ends a transfer.
    pub fn end(&self, id: u64, end: End) {
        let mut inner = self.lock();
        let Some(under) = inner.transfers.remove(&id) else { return };
        let last = inner.end(id, under, end);
        drop(inner);
        if let Some(last) = last {
            self.changed.send_replace(last);
        }
    }

    /// Leaves a transfer out that a client ended because it knows enough.
    pub fn forget(&self, id: u64) {
        let mut inner = self.lock();
        let Some(under) = inner.transfers.remove(&id) else { return };
        if let Some(row) = under.key.and_then(|key| inner.rows.get_mut(&key)) {
            row.transfer.take_if(|transfer| transfer.id == id);
        }
    }

    /// Returns what there is to be shown.
    pub fn view(&self) -> WatchView {
        let inner = self.lock();
        WatchView {
            rows: inner.rows.iter().cloned().collect(),
            strangers: inner.strangers.iter().map(|(mac, count)| (*mac, *count)).collect(),
            totals: inner.totals.clone(),
            transfers: inner.transfers.len(),
            last: inner.last,
            now: SystemTime::now(),
        }
    }

    /// Returns the events after a number, as far as they are kept.
    pub fn since(&self, id: u64) -> Vec<Event> {
        let inner = self.lock();
        // Who counts from another start of the server has seen nothing of this one.
        let from = if id > inner.last { 0 } else { id };
        inner.events.iter().filter(|event| event.id > from).cloned().collect()
    }

    /// Returns what is woken by each event.
    pub fn changes(&self) -> signal::Receiver<u64> {
        self.changed.subscribe()
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}
