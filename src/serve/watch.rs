//! How far every machine is, made of what was asked and of the bytes that were taken.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch as signal;

use super::answer::About;
use super::event::{Event, Key, Level, Said};
use super::machine::{Machine, Machines};
use super::row::{Row, Step, Transfer};
use super::stage::Stage;
use crate::model::mac::MacAddr;
use crate::text::{Bytes, escape};

/// How many events are kept for those who come late.
const KEPT_EVENTS: usize = 4096;

/// How many machines that nobody knows are remembered.
const KEPT_STRANGERS: usize = 256;

/// How many addresses are remembered with the machine that asked from them.
const KEPT_TIES: usize = 65_536;

/// What is known of all machines.
#[derive(Debug)]
pub struct Watch {
    inner: Mutex<Inner>,
    changed: signal::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    rows: BTreeMap<Key, Row>,
    order: Vec<Key>,
    ties: HashMap<IpAddr, Key>,
    strangers: BTreeMap<MacAddr, u64>,
    events: VecDeque<Event>,
    last: u64,
    transfers: HashMap<u64, Under>,
    next: u64,
    totals: Totals,
}

/// A transfer under way.
#[derive(Debug)]
struct Under {
    key: Option<Key>,
    address: IpAddr,
    stage: Stage,
    name: String,
    sent: u64,
    total: u64,
    begun: SystemTime,
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
pub struct View {
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

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes notice of the machines of a tree; what is known of those that stay is kept.
    pub fn learn(&self, machines: &Machines) {
        let now = SystemTime::now();
        let mut inner = self.lock();
        let mut before = std::mem::take(&mut inner.rows);
        inner.order.clear();
        for machine in machines.iter() {
            let fresh = Row::new(machine.clone(), now);
            let key = fresh.key();
            let row = match before.remove(&key) {
                Some(known) => Row { machine: machine.clone(), ..known },
                None => fresh,
            };
            inner.order.push(key.clone());
            inner.rows.insert(key, row);
        }
    }

    /// Says something.
    pub fn say(&self, said: Said) {
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
                    Said::of_server(
                        Level::Info,
                        format!(
                            "the tree has changed and is served now: {}",
                            crate::text::Count(machines, "machine")
                        ),
                    )
                }
                Err(reason) => {
                    reloads.1 += 1;
                    Said::of_server(
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
    pub fn tied(&self, address: IpAddr) -> Option<Machine> {
        let inner = self.lock();
        let key = inner.ties.get(&address.to_canonical())?;
        inner.rows.get(key).map(|row| row.machine.clone())
    }

    /// Takes notice of a request and its answer.
    pub fn asked(&self, who: Option<&Machine>, address: IpAddr, status: u16, about: &About, is_head: bool) {
        let mut inner = self.lock();
        *inner.totals.requests.entry(status).or_default() += 1;
        let key = who.map(key_of);
        inner.tie(address, key.as_ref(), about);
        let id = inner.asked(key, address, about, is_head);
        drop(inner);
        if let Some(id) = id {
            self.changed.send_replace(id);
        }
    }

    /// Takes notice of firmware that asks how to boot.
    pub fn asks(&self, machine: &Machine, address: IpAddr) {
        let id = self.lock().reach(key_of(machine), address, Stage::Dhcp, None);
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
    pub fn tie(&self, machine: &Machine, address: IpAddr) {
        self.lock().tie(address, Some(&key_of(machine)), &About::Config);
    }

    /// Begins a transfer and returns its number.
    pub fn begin(&self, who: Option<&Machine>, address: IpAddr, stage: Stage, name: &str, total: u64) -> u64 {
        let mut inner = self.lock();
        inner.next += 1;
        let (id, key) = (inner.next, who.map(key_of));
        if let Some(row) = key.as_ref().and_then(|key| inner.rows.get_mut(key)) {
            row.heard = SystemTime::now();
            row.transfer = Some(Transfer { id, name: name.to_owned(), stage, sent: 0, total });
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
    pub fn view(&self) -> View {
        let inner = self.lock();
        View {
            rows: inner.order.iter().filter_map(|key| inner.rows.get(key)).cloned().collect(),
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

fn key_of(machine: &Machine) -> Key {
    Key { cluster: machine.cluster.clone(), name: machine.name.clone() }
}

impl Inner {
    fn say(&mut self, said: Said) -> u64 {
        self.last += 1;
        self.events.push_back(said.told(self.last, SystemTime::now()));
        if self.events.len() > KEPT_EVENTS {
            self.events.pop_front();
        }
        self.last
    }

    /// Who asks for a boot configuration of its own is at the address from which it asks.
    fn tie(&mut self, address: IpAddr, key: Option<&Key>, about: &About) {
        let Some(key) = key.filter(|_| matches!(about, About::Config)) else { return };
        if self.ties.len() < KEPT_TIES || self.ties.contains_key(&address) {
            self.ties.insert(address.to_canonical(), key.clone());
        }
    }

    fn asked(&mut self, key: Option<Key>, address: IpAddr, about: &About, is_head: bool) -> Option<u64> {
        let stage = match about {
            About::Config => Stage::Config,
            About::Local => Stage::Local,
            // The live system looks for its root file system before it fetches it.
            About::File(Stage::Rootfs, _) if is_head => Stage::Live,
            About::Nothing | About::File(..) => return None,
            About::Unknown(mac) => return self.stranger(*mac, address),
            About::Absent(path) => return self.missed(key?, address, path),
            About::Refused(reason) => return Some(self.refused(key, address, reason)),
        };
        self.reach(key?, address, stage, None)
    }

    /// Moves a machine on, and says so.
    fn reach(&mut self, key: Key, address: IpAddr, stage: Stage, how: Option<String>) -> Option<u64> {
        let row = self.rows.get_mut(&key)?;
        let step = row.reach(stage, SystemTime::now());
        let name = &key.name;
        let has = match stage {
            Stage::Dhcp => format!("{name} asks how to boot"),
            Stage::Config => format!("{name} has its boot configuration"),
            Stage::Local => format!("{name} is sent to its own disk"),
            Stage::Live => format!("{name} runs the live system"),
            Stage::Ignition => format!("{name} has its Ignition file"),
            stage => format!("{name} has the {stage}"),
        };
        let how = how.map_or_else(String::new, |how| format!(" ({how})"));
        let (level, message) = match step {
            Step::Same => return None,
            Step::Further | Step::Again => (Level::Info, format!("{has}{how}")),
            Step::Loop => {
                let fault = format!(
                    "{name} had its Ignition file and boots from the network again: it will be installed again; if it is installed already, `okdboot disarm {name}`"
                );
                row.again = Some(fault.clone());
                (Level::Warning, fault)
            }
        };
        Some(self.say(Said { key: Some(key), address: Some(address), stage: Some(stage), level, message }))
    }

    fn stranger(&mut self, mac: MacAddr, address: IpAddr) -> Option<u64> {
        if self.strangers.len() >= KEPT_STRANGERS && !self.strangers.contains_key(&mac) {
            return None;
        }
        let count = self.strangers.entry(mac).or_default();
        *count += 1;
        if *count > 1 {
            return None;
        }
        let message = format!("{mac} asked how to boot, and no machine has this MAC address");
        Some(self.say(Said {
            key: None,
            address: Some(address),
            stage: None,
            level: Level::Warning,
            message,
        }))
    }

    /// Of a machine it is worth a line: it may be the reason why it does not boot.
    fn missed(&mut self, key: Key, address: IpAddr, path: &str) -> Option<u64> {
        self.rows.get_mut(&key)?.heard = SystemTime::now();
        let message = format!("{} asked for `{path}`, which is not there", key.name);
        Some(self.say(Said {
            key: Some(key),
            address: Some(address),
            stage: None,
            level: Level::Info,
            message,
        }))
    }

    fn refused(&mut self, key: Option<Key>, address: IpAddr, reason: &str) -> u64 {
        if let Some(row) = key.as_ref().and_then(|key| self.rows.get_mut(key)) {
            row.heard = SystemTime::now();
        }
        let who = key.as_ref().map_or_else(|| address.to_string(), |key| key.name.clone());
        let message = format!("{who} was refused: {}", escape(reason));
        self.say(Said { key, address: Some(address), stage: None, level: Level::Warning, message })
    }

    fn end(&mut self, id: u64, under: Under, end: End) -> Option<u64> {
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
        self.say(Said { key, address: Some(address), stage: None, level: Level::Error, message })
    }
}
