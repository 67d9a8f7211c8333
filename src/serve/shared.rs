//! What every connection shares: the tree, the watch, and who is there.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch as signal;

use super::event::{Level, NewEvent};
use super::site::Site;
use super::watch::Watch;

/// The most connections at once.
const MOST_CONNECTIONS: usize = 1024;

/// The most connections of one address: a loader has one or two, a bench thirty.
const MOST_OF_ONE: usize = 64;

/// What every connection shares.
#[derive(Debug)]
pub struct Shared {
    /// The tree.
    pub site: Site,
    /// How far the machines are.
    pub watch: Arc<Watch>,
    closing: signal::Sender<bool>,
    open: Mutex<HashMap<IpAddr, usize>>,
    left: signal::Sender<usize>,
}

/// A place among the connections, free again when it is dropped.
pub(super) struct ConnectionSlot {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Shared {
    /// A tree and its watch.
    pub fn new(site: Site, watch: Arc<Watch>) -> Self {
        watch.learn(&site.index().machines);
        let (closing, left) = (signal::Sender::new(false), signal::Sender::new(0));
        Self { site, watch, closing, open: Mutex::default(), left }
    }

    /// Returns what says that the server ends.
    pub fn closing(&self) -> signal::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Ends the server: nobody is accepted any more, and whoever gets a body gets it whole.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Waits until nobody is left.
    pub async fn drained(&self) {
        let mut left = self.left.subscribe();
        let _ = left.wait_for(|left| *left == 0).await;
    }

    /// A machine that ends the talk about TLS does not trust the certificate, and is not installed. Who
    /// speaks plain http here, or looks for open ports, is no machine's trouble.
    pub(super) fn without_terms(&self, address: IpAddr, error: &io::Error) {
        let index = self.site.index();
        let Some(machine) = index.machines.by_address(address) else { return };
        if error.kind() == io::ErrorKind::InvalidData {
            let message = format!("{} does not take the certificate of this server: {error}", machine.name);
            self.watch.say(NewEvent::of_machine(machine.key(), Level::Error, message));
        }
    }

    pub(super) fn place(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionSlot> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let own = open.get(&address).copied().unwrap_or_default();
        if all >= MOST_CONNECTIONS || own >= MOST_OF_ONE {
            return None;
        }
        open.insert(address, own + 1);
        self.left.send_replace(all + 1);
        Some(ConnectionSlot { shared: Arc::clone(self), address })
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.address);
            }
        }
        self.shared.left.send_replace(open.values().sum());
    }
}

/// Waits until the server ends.
pub async fn closed(closing: &mut signal::Receiver<bool>) {
    // Without a sender there is no server any more.
    let _ = closing.wait_for(|closing| *closing).await;
}
