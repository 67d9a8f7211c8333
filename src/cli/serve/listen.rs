//! The ports of `serve`, opened before anything is served.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use rustix::process::{Resource, getrlimit, setrlimit};
use rustls::ServerConfig;

use super::super::args::Serve;
use super::super::args::serve::{self, Listen};
use super::Listener;
use super::inherit::Inherited;
use super::secure::Secure;
use crate::run::failure::{Exit, Failure};
use crate::serve::Door;
use crate::serve::event::Level;
use crate::serve::event::NewEvent;
use crate::serve::server;
use crate::serve::shared::Shared;
use crate::serve::tftp;

/// Allows as many open files as the system grants: each connection has one, and one more while it is sent a
/// file. Most systems begin with 1,024 and grant far more.
fn raise_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is refused, the first 500 machines are served as they would be.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Why an address cannot be listened on.
const ELSEWHERE: &str = "it is not an address of this machine";

/// The port of matchbox, where nothing names another.
const PORT: u16 = 8080;

/// The port of TFTP (RFC 1350).
const TFTP_PORT: u16 = 69;

/// Listeners that are open.
pub(super) struct OpenListeners {
    list: Vec<(std::net::TcpListener, Door)>,
    secure: Option<(std::net::TcpListener, Arc<ServerConfig>)>,
    tftp: Option<std::net::UdpSocket>,
}

/// Where vars.yaml says that machines ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListenPlace {
    /// The host of `okdboot.url`, where it is an address.
    pub(super) address: Option<IpAddr>,
    /// Its port.
    pub(super) port: u16,
}

impl OpenListeners {
    /// Opens what the arguments ask for.
    pub(super) fn bind(
        args: &Serve,
        place: Option<ListenPlace>,
        secure: Option<Secure>,
    ) -> Result<Self, Failure> {
        raise_files();
        let port = place.map_or(PORT, |place| place.port);
        let http = args.giving.http.unwrap_or(Listen { address: None, port });
        let Inherited { tcp, udp } = Inherited::take()?;
        let mut tcp = tcp.into_iter();
        let boot = tcp.next().map_or_else(|| bind(http, "--http", server::listen), Ok)?;
        let mut list = vec![(boot, Door::Boot)];
        match (tcp.next(), args.giving.watch) {
            (Some(watch), _) => list.push((watch, Door::Watch)),
            (None, serve::OptionalListener::At(watch)) => {
                list.push((bind(watch, "--watch", server::listen)?, Door::Watch));
            }
            (None, serve::OptionalListener::Off) => {}
        }
        let tftp = match udp {
            Some(socket) => Some(socket),
            None => bind_tftp(args, place)?,
        };
        let secure = match secure {
            Some(it) => Some((bind(it.listen, "--https", server::listen)?, it.config)),
            None => None,
        };
        Ok(Self { list, secure, tftp })
    }

    /// Returns where machines ask.
    pub(super) fn http(&self) -> io::Result<SocketAddr> {
        let boot = self.list.iter().find(|(_, door)| *door == Door::Boot);
        boot.ok_or(io::ErrorKind::NotFound)?.0.local_addr()
    }

    /// Hands the port of TFTP to the runtime, and says where it is.
    pub(super) fn tftp(&mut self, shared: &Arc<Shared>) -> io::Result<Option<tokio::net::UdpSocket>> {
        let Some(socket) = self.tftp.take() else { return Ok(None) };
        let what = format!("TFTP: udp {}", socket.local_addr()?);
        shared.watch.say(NewEvent::of_server(Level::Info, what));
        tokio::net::UdpSocket::from_std(socket).map(Some)
    }

    /// Hands the listeners to the runtime, and says where they are.
    pub(super) fn listeners(self, shared: &Arc<Shared>) -> io::Result<Vec<Listener>> {
        let mut listeners = Vec::new();
        for (listener, door) in self.list {
            let at = listener.local_addr()?;
            let what = match door {
                Door::Boot => format!("machines boot from http://{at}/"),
                Door::Watch => format!("how far they are: http://{at}/"),
            };
            shared.watch.say(NewEvent::of_server(Level::Info, what));
            listeners.push((tokio::net::TcpListener::from_std(listener)?, door, None));
        }
        if let Some((listener, config)) = self.secure {
            let what = format!("the same by https: https://{}/", listener.local_addr()?);
            shared.watch.say(NewEvent::of_server(Level::Info, what));
            listeners.push((tokio::net::TcpListener::from_std(listener)?, Door::Boot, Some(config)));
        }
        Ok(listeners)
    }
}

/// An answer has to come from the address that was asked, so that one address is better than all.
fn bind_tftp(args: &Serve, place: Option<ListenPlace>) -> Result<Option<std::net::UdpSocket>, Failure> {
    let own = place.and_then(|place| place.address);
    match args.giving.tftp {
        Some(serve::OptionalListener::At(at)) => bind(at, "--tftp", tftp::listen).map(Some),
        Some(serve::OptionalListener::Off) => Ok(None),
        None if place.is_none() => Ok(None),
        None => {
            let at = |address| Listen { address, port: TFTP_PORT };
            let is_elsewhere = |failure: &Failure| failure.causes.iter().any(|cause| cause == ELSEWHERE);
            match bind(at(own), "--tftp", tftp::listen) {
                // The machines know this host by an address that a router or a container gives it.
                Err(failure) if is_elsewhere(&failure) => bind(at(None), "--tftp", tftp::listen).map(Some),
                bound => bound.map(Some),
            }
        }
    }
}

/// Without an address both families are meant; where there is no IPv6, the other one.
fn bind<T>(listen: Listen, option: &str, open: fn(SocketAddr) -> io::Result<T>) -> Result<T, Failure> {
    let at = |address: IpAddr| SocketAddr::new(address, listen.port);
    let all = [IpAddr::from(Ipv6Addr::UNSPECIFIED), IpAddr::from(Ipv4Addr::UNSPECIFIED)];
    let addresses = listen.address.map_or_else(|| all.to_vec(), |address| vec![address]);
    let mut last = None;
    for address in addresses {
        match open(at(address)) {
            Ok(opened) => return Ok(opened),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                return Err(refused(at(address), option, &error));
            }
            Err(error) => last = Some(refused(at(address), option, &error)),
        }
    }
    Err(last.unwrap_or_else(|| Failure::new(Exit::Network, "there is no address to listen on")))
}

fn refused(at: SocketAddr, option: &str, error: &io::Error) -> Failure {
    let failure = Failure::new(Exit::Network, format!("cannot listen on {at}")).context_of(error);
    match error.kind() {
        io::ErrorKind::AddrNotAvailable => {
            let mut failure = failure.help(format!("name an address of this machine with `{option}`"));
            failure.causes = vec![ELSEWHERE.to_owned()];
            failure
        }
        io::ErrorKind::AddrInUse if option == "--tftp" => failure.help(format!(
            "see who has the port with `ss -lunp sport = :{}`; if that server gives the tree, `--tftp off`",
            at.port()
        )),
        io::ErrorKind::AddrInUse => failure.help(format!(
            "see who has the port with `ss -ltnp sport = :{}`, or name another one with `{option}`",
            at.port()
        )),
        io::ErrorKind::PermissionDenied => failure.help(format!(
            "a port below 1024 needs CAP_NET_BIND_SERVICE, as the unit in docs/serve.md gives it; or name another one with `{option}`"
        )),
        _ => failure,
    }
}
