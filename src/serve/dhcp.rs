//! Proxy DHCP: says what to boot beside the server that gives addresses, and to the machines of the tree
//! alone.

pub mod packet;
pub mod proxy;
pub mod socket;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UdpSocket;

use self::packet::{Kind, Packet, option};
use self::proxy::{Boot, Client};
use super::event::{Level, Said};
use super::loader;
use super::machine::Machine;
use super::server::{Shared, closed};

/// Where clients ask DHCP servers (RFC 2131).
pub const SERVER_PORT: u16 = 67;

/// Where PXE clients ask boot servers (PXE 2.1).
pub const BOOT_PORT: u16 = 4011;

/// Where clients listen.
const CLIENT_PORT: u16 = 68;

/// The largest packet that is read, in bytes.
const MOST_PACKET: usize = 1500;

/// A proxy on one interface.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    /// Its address.
    here: Ipv4Addr,
    /// What URLs begin with; the host is an address, since firmware may know no name server.
    base: String,
    /// Loaders of which was said that they are missing.
    missed: Mutex<BTreeSet<&'static str>>,
}

impl Proxy {
    /// Answers from an address, for a tree that is served at a URL.
    pub fn new(shared: Arc<Shared>, here: Ipv4Addr, base: String) -> Self {
        Self { shared, here, base, missed: Mutex::default() }
    }

    /// Answers what comes to one of the two ports, until the server ends.
    pub async fn serve(self: Arc<Self>, socket: UdpSocket, port: u16) {
        let mut closing = self.shared.closing();
        let mut bytes = [0; MOST_PACKET];
        loop {
            let heard = tokio::select! {
                heard = socket.recv_from(&mut bytes) => heard,
                () = closed(&mut closing) => return,
            };
            let Ok((length, from)) = heard else { continue };
            let Some(packet) = Packet::parse(&bytes[..length]).filter(|packet| packet.op == 1) else {
                continue;
            };
            if let Some(answer) = self.answer(&packet, port) {
                let to = destination(&packet, port, from);
                // Who does not hear it asks again.
                let _ = socket.send_to(&answer.to_bytes(), to).await;
            }
        }
    }

    /// Says what to boot; nothing to those who do not ask, or whom nobody knows.
    fn answer(&self, packet: &Packet, port: u16) -> Option<Packet> {
        let index = self.shared.site.index();
        let kind = packet.kind()?;
        let known = index.machines.by_mac(packet.mac);
        if let Some(machine) = known {
            self.tie(machine, packet);
        }
        // Requests to the port of servers are for the one that gives addresses.
        if !matches!((kind, port), (Kind::Discover, SERVER_PORT) | (Kind::Request, BOOT_PORT)) {
            return None;
        }
        let client = Client::of(packet)?;
        let Some(machine) = known else {
            self.shared.watch.stranger(packet.mac, packet.ciaddr.into());
            return None;
        };
        if client != Client::Ipxe && kind == Kind::Discover {
            self.shared.watch.asks(machine, packet.ciaddr.into());
        }
        let boot = self.boot(packet, client)?;
        Some(proxy::answer(packet, kind, client, &boot, self.here))
    }

    /// The address that a machine was given by the other server: its requests are broadcasts.
    fn tie(&self, machine: &Machine, packet: &Packet) {
        let asked = packet.option(option::ADDRESS).and_then(|value| <[u8; 4]>::try_from(value).ok());
        let address = asked.map_or(packet.ciaddr, Ipv4Addr::from);
        if !address.is_unspecified() {
            self.shared.watch.tie(machine, address.into());
        }
    }

    /// What a client is told to load.
    fn boot(&self, packet: &Packet, client: Client) -> Option<Boot> {
        let site = &self.shared.site;
        if client == Client::Ipxe {
            return Some(Boot(format!("{}{}", self.base, site.script_of(packet.mac))));
        }
        let scripts = site.has_scripts(packet.mac);
        // PXELINUX reads files of its own; iPXE would find nothing where only those were rendered.
        let fits = |name: &&&str| scripts != name.ends_with(".0");
        let names = || client.loaders().iter().filter(fits);
        let found = names().find(|name| site.has_loader(name));
        let Some(name) = found else {
            names().next().or(client.loaders().first()).into_iter().for_each(|name| self.misses(name));
            return None;
        };
        Some(match client {
            Client::Http | Client::HttpArm64 => Boot(format!("{}/loaders/{name}", self.base)),
            _ => Boot((*name).to_owned()),
        })
    }

    /// Says once that a loader is missing.
    fn misses(&self, name: &'static str) {
        if !self.missed.lock().unwrap_or_else(PoisonError::into_inner).insert(name) {
            return;
        }
        let package = loader::find(name).map_or("", |loader| loader.package);
        let message = format!(
            "a machine needs the loader {name}, which is not on this machine; it comes with {package}"
        );
        self.shared.watch.say(Said::of_server(Level::Error, message));
    }
}

/// Where an answer goes: to the relay, to the boot client, or to all, since who has no address yet can be
/// reached in no other way without a raw socket (RFC 2131, 4.1).
fn destination(packet: &Packet, port: u16, from: SocketAddr) -> SocketAddr {
    if !packet.giaddr.is_unspecified() {
        return SocketAddr::from((packet.giaddr, SERVER_PORT));
    }
    if port == BOOT_PORT { from } else { SocketAddr::from((Ipv4Addr::BROADCAST, CLIENT_PORT)) }
}
