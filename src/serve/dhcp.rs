//! DHCP: as a proxy beside the server that gives addresses, or as that server; for the machines of
//! vars.yaml alone.

pub mod client;
pub mod full;
pub mod guard;
pub mod limit;
pub mod proxy;

use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::net::UdpSocket;

use self::client::{BootFile, DhcpClient};
use self::full::LeaseVerdict;
use self::limit::Limit;
use super::event::{Level, NewEvent};
use super::loader;
use super::machine::ServedMachine;
use super::shared::{Shared, closed};
use crate::dhcp::packet::{DhcpMessageType, DhcpPacket, option};
use crate::dhcp::{CLIENT_PORT, MOST_PACKET, SERVER_PORT};
use crate::model::arch::Arch;
use crate::model::mac::MacAddr;
use crate::plan::lease::Lease;

/// Where PXE clients ask boot servers (PXE 2.1).
pub const BOOT_PORT: u16 = 4011;

/// What `grub2-mknetdir` makes for POWER.
const GRUB_OF_POWER: &str = "boot/grub2/powerpc-ieee1275/core.elf";

/// How many different things are said once; whoever makes packets up may not fill the memory.
const MOST_SAID: usize = 256;

/// What is given away.
#[derive(Debug)]
pub enum DhcpService {
    /// Nothing but what to boot.
    Boot,
    /// Addresses, too.
    Addresses(HashMap<MacAddr, Lease>),
}

/// A server on one interface.
#[derive(Debug)]
pub struct DhcpListener {
    shared: Arc<Shared>,
    giving: DhcpService,
    /// Machines that nothing of the tree boots: they get netboot.xyz.
    guests: BTreeSet<MacAddr>,
    /// Its address.
    here: Ipv4Addr,
    /// What URLs begin with; the host is an address, since firmware may know no name server.
    base: String,
    /// What was said already.
    said: Mutex<BTreeSet<String>>,
}

impl DhcpListener {
    /// Answers from an address, for a tree that is served at a URL.
    pub fn new(
        shared: Arc<Shared>,
        (giving, guests): (DhcpService, BTreeSet<MacAddr>),
        here: Ipv4Addr,
        base: String,
    ) -> Self {
        Self { shared, giving, guests, here, base, said: Mutex::default() }
    }

    /// Returns the ports that are asked.
    pub fn ports(giving: &DhcpService) -> &'static [u16] {
        match giving {
            DhcpService::Boot => &[SERVER_PORT, BOOT_PORT],
            // Who gets its file with the address asks no second time.
            DhcpService::Addresses(_) => &[SERVER_PORT],
        }
    }

    /// Answers what comes to one of the ports, until the server ends.
    pub async fn serve(self: Arc<Self>, socket: UdpSocket, port: u16) {
        let mut closing = self.shared.closing();
        let mut bytes = [0; MOST_PACKET];
        let mut limit = Limit::new(Instant::now());
        loop {
            let heard = tokio::select! {
                heard = socket.recv_from(&mut bytes) => heard,
                () = closed(&mut closing) => return,
            };
            let Ok((length, from)) = heard else { continue };
            let Some(packet) = DhcpPacket::parse(&bytes[..length]).filter(|packet| packet.op == 1) else {
                continue;
            };
            if !limit.takes(packet.mac, Instant::now()) {
                self.say(Level::Warning, "more DHCP packets come than are answered in a second".to_owned());
                continue;
            }
            if let Some(answer) = self.answer(&packet, port) {
                let to = destination(&packet, &answer, port, from);
                // Who does not hear it asks again.
                let _ = socket.send_to(&answer.to_bytes(), to).await;
            }
        }
    }

    fn answer(&self, packet: &DhcpPacket, port: u16) -> Option<DhcpPacket> {
        let Some(kind) = packet.kind() else { return self.by_bootp(packet) };
        let index = self.shared.site.index();
        let known = index.machines.by_mac(packet.mac);
        if let Some(machine) = known {
            self.tie(machine, packet);
            self.notice(machine, packet, kind);
        }
        match &self.giving {
            DhcpService::Boot => self.by_proxy(packet, known, (kind, port)),
            DhcpService::Addresses(leases) => self.by_lease(packet, known, kind, leases),
        }
    }

    /// Says what to boot; nothing to those who do not ask, or whom nobody knows.
    fn by_proxy(
        &self,
        packet: &DhcpPacket,
        known: Option<&ServedMachine>,
        (kind, port): (DhcpMessageType, u16),
    ) -> Option<DhcpPacket> {
        // Requests to the port of servers are for the one that gives addresses.
        if !matches!(
            (kind, port),
            (DhcpMessageType::Discover, SERVER_PORT) | (DhcpMessageType::Request, BOOT_PORT)
        ) {
            return None;
        }
        let client = DhcpClient::of(packet)?;
        if known.is_none() && !self.guests.contains(&packet.mac) {
            self.stranger(packet);
            return None;
        }
        let boot = self.boot(packet, known, client)?;
        Some(proxy::answer(packet, kind, client, &boot, self.here))
    }

    /// Gives a machine its own address, with what it boots.
    fn by_lease(
        &self,
        packet: &DhcpPacket,
        known: Option<&ServedMachine>,
        kind: DhcpMessageType,
        leases: &HashMap<MacAddr, Lease>,
    ) -> Option<DhcpPacket> {
        let lease = self.lease(packet, known, leases)?;
        let said = match full::judge(packet, kind, lease, self.here) {
            LeaseVerdict::Say(said) => said,
            other => return self.note(other, lease),
        };
        if said == DhcpMessageType::Nak {
            self.say(Level::Info, format!("{} asked for an address that is not its own", lease.name));
        }
        let boots = self.boots(packet, known, lease);
        let boots = boots.as_ref().map(|(client, boot)| (*client, boot));
        Some(full::answer(packet, said, lease, boots, self.here))
    }

    /// Answers plain BOOTP, which knows no leases: Open Firmware of POWER speaks it (RFC 951).
    fn by_bootp(&self, packet: &DhcpPacket) -> Option<DhcpPacket> {
        let DhcpService::Addresses(leases) = &self.giving else { return None };
        let index = self.shared.site.index();
        let known = index.machines.by_mac(packet.mac);
        let lease = self.lease(packet, known, leases)?;
        if let Some(machine) = known {
            self.shared.watch.tie(machine, lease.address.into());
            self.shared.watch.asks(machine, lease.address.into());
        }
        let boots = self.boots(packet, known, lease);
        Some(full::bootp(packet, lease, boots.as_ref().map(|(client, boot)| (*client, boot)), self.here))
    }

    /// Finds the lease of who asks, and says why there is none that helps.
    fn lease<'a>(
        &self,
        packet: &DhcpPacket,
        known: Option<&ServedMachine>,
        leases: &'a HashMap<MacAddr, Lease>,
    ) -> Option<&'a Lease> {
        let Some(lease) = leases.get(&packet.mac) else {
            self.without_lease(packet, known);
            return None;
        };
        if !self.is_in(lease, packet) {
            let net = lease.net;
            self.say(Level::Warning, format!("{} asks from a network that is not {net}", lease.name));
            return None;
        }
        Some(lease)
    }

    /// Returns what a machine boots, and who asks for it.
    fn boots(
        &self,
        packet: &DhcpPacket,
        known: Option<&ServedMachine>,
        lease: &Lease,
    ) -> Option<(DhcpClient, BootFile)> {
        // Open Firmware names no architecture, nor do systems that are installed: these pass it over.
        let is_power = lease.arch == Some(Arch::Ppc64le) && packet.option(option::ARCH).is_none();
        let client = DhcpClient::of(packet).or(is_power.then_some(DhcpClient::OpenFirmware))?;
        Some((client, self.boot(packet, known, client)?))
    }

    /// Says what a packet means that gets no answer.
    fn note(&self, verdict: LeaseVerdict, lease: &Lease) -> Option<DhcpPacket> {
        let Lease { name, address, .. } = lease;
        match verdict {
            LeaseVerdict::Elsewhere(other) => self.say(
                Level::Warning,
                format!("{name} takes an address from {other}: another DHCP server is in this network"),
            ),
            LeaseVerdict::Taken => self.say(
                Level::Error,
                format!(
                    "{name} says that another machine has its address {address}: find it with `arping {address}`"
                ),
            ),
            LeaseVerdict::Say(_) | LeaseVerdict::Silence => {}
        }
        None
    }

    /// Who has no address here gets none; who asks how to boot should hear why.
    fn without_lease(&self, packet: &DhcpPacket, known: Option<&ServedMachine>) {
        match known {
            Some(machine) => self.say(
                Level::Warning,
                format!(
                    "{} gets no address: vars.yaml had none with its MAC address when this server was started",
                    machine.name
                ),
            ),
            None if self.guests.contains(&packet.mac) => self.say(
                Level::Warning,
                format!("{} gets no address for netboot.xyz: `dhcp.poolstart` to `dhcp.poolend` has no more", packet.mac),
            ),
            None if DhcpClient::of(packet).is_some() => self.stranger(packet),
            None => {}
        }
    }

    /// Says whether an address is of any use where a packet comes from.
    fn is_in(&self, lease: &Lease, packet: &DhcpPacket) -> bool {
        let near = if packet.giaddr.is_unspecified() { self.here } else { packet.giaddr };
        lease.net.contains(&near)
    }

    fn stranger(&self, packet: &DhcpPacket) {
        self.shared.watch.stranger(packet.mac, packet.ciaddr.into());
    }

    /// The address that a machine has or takes: requests are broadcasts.
    fn tie(&self, machine: &ServedMachine, packet: &DhcpPacket) {
        let address = packet.address(option::ADDRESS).unwrap_or(packet.ciaddr);
        if !address.is_unspecified() {
            self.shared.watch.tie(machine, address.into());
        }
    }

    /// Firmware that looks for a server begins to boot; iPXE goes on with it. Who says no architecture is
    /// an operating system.
    fn notice(&self, machine: &ServedMachine, packet: &DhcpPacket, kind: DhcpMessageType) {
        let (watch, address) = (&self.shared.watch, packet.ciaddr.into());
        // Who had the address before asks for it at once; who renews it has it still.
        let begins = match kind {
            DhcpMessageType::Discover => true,
            DhcpMessageType::Request => {
                packet.option(option::SERVER).is_none() && packet.ciaddr.is_unspecified()
            }
            _ => false,
        };
        match (begins, DhcpClient::of(packet)) {
            (false, _) | (true, Some(DhcpClient::Ipxe)) => {}
            (true, Some(_)) => watch.asks(machine, address),
            (true, None) if packet.option(option::ARCH).is_none() => watch.runs(machine, address),
            (true, None) => {}
        }
    }

    /// What a client is told to load.
    fn boot(
        &self,
        packet: &DhcpPacket,
        known: Option<&ServedMachine>,
        client: DhcpClient,
    ) -> Option<BootFile> {
        if known.is_none() {
            return self.guests.contains(&packet.mac).then(|| self.menu(packet))?;
        }
        let (site, base) = (&self.shared.site, &self.base);
        match client {
            DhcpClient::Ipxe => return Some(BootFile(format!("{base}{}", site.script_of(packet.mac)))),
            DhcpClient::OpenFirmware => return Some(self.grub_of_power()),
            DhcpClient::Petitboot => {
                return Some(BootFile(format!("{base}/tftp/pxelinux.cfg/01-{}", packet.mac.hexhyp())));
            }
            _ => {}
        }
        let scripts = site.has_scripts(packet.mac);
        // PXELINUX reads files of its own; iPXE would find nothing where only those were rendered.
        let fits = |name: &&&str| scripts != name.ends_with(".0");
        let names = || client.loaders().iter().filter(fits);
        let own = client.slot().and_then(|slot| site.own_loader(slot));
        let found = own.or_else(|| names().find(|name| site.has_loader(name)).copied());
        let Some(name) = found else {
            names().next().or(client.loaders().first()).into_iter().for_each(|name| self.misses(name));
            return None;
        };
        Some(BootFile(if client.is_http() {
            format!("{base}/assets/loaders/{name}")
        } else {
            name.to_owned()
        }))
    }

    /// Firmware may be iPXE itself: it starts the menu as any other of its architecture. The iPXE inside the menu
    /// runs a script of its own, whatever it is told.
    fn menu(&self, packet: &DhcpPacket) -> Option<BootFile> {
        let client = DhcpClient::of_firmware(packet)?;
        let name = client.menu()?;
        let names: Vec<&str> = name.split('/').collect();
        if self.shared.site.over_tftp(&names).opened.is_none() {
            self.say(
                Level::Error,
                format!("netboot.xyz needs `{name}` in the TFTP root: it comes from netboot.xyz"),
            );
        }
        Some(BootFile(if client.is_http() { format!("{}/tftp/{name}", self.base) } else { name.to_owned() }))
    }

    fn grub_of_power(&self) -> BootFile {
        let names: Vec<&str> = GRUB_OF_POWER.split('/').collect();
        if self.shared.site.over_tftp(&names).opened.is_none() {
            let advice = "make it there with `grub2-mknetdir --net-directory=<out>/tftpboot`";
            self.say(Level::Error, format!("POWER needs `{GRUB_OF_POWER}` in the TFTP root: {advice}"));
        }
        BootFile(GRUB_OF_POWER.to_owned())
    }

    fn misses(&self, name: &str) {
        let package = loader::find(name).map_or("", |loader| loader.package);
        self.say(
            Level::Error,
            format!(
                "a machine needs the loader {name}, which is not on this machine; it comes with {package}"
            ),
        );
    }

    /// Says something once.
    fn say(&self, level: Level, message: String) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() < MOST_SAID && said.insert(message.clone()) {
            drop(said);
            self.shared.watch.say(NewEvent::of_server(level, message));
        }
    }
}

/// Where an answer goes: to the relay, to the boot client, to the address that a client has, or to all:
/// who has no address yet can be reached in no other way without a raw socket (RFC 2131, 4.1).
fn destination(packet: &DhcpPacket, answer: &DhcpPacket, port: u16, from: SocketAddr) -> SocketAddr {
    if !packet.giaddr.is_unspecified() {
        return SocketAddr::from((packet.giaddr, SERVER_PORT));
    }
    if port == BOOT_PORT {
        return from;
    }
    let is_reached = !answer.ciaddr.is_unspecified();
    SocketAddr::from((if is_reached { answer.ciaddr } else { Ipv4Addr::BROADCAST }, CLIENT_PORT))
}
