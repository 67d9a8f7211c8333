//! The ports of `serve`, opened before anything is served.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use super::super::args::Serve;
use super::super::args::serve::{self, Listen};
use super::super::failure::{Exit, Failure};
use super::Listener;
use crate::serve::Door;
use crate::serve::event::Level;
use crate::serve::event::Said;
use crate::serve::server::{self, Shared};

/// The port of matchbox, where nothing names another.
const PORT: u16 = 8080;

/// Listeners that are open.
pub(super) struct Open {
    list: Vec<(std::net::TcpListener, Door)>,
}

impl Open {
    /// Opens what the arguments ask for.
    pub(super) fn bind(args: &Serve, port: Option<u16>) -> Result<Self, Failure> {
        let http = args.http.unwrap_or(Listen { address: None, port: port.unwrap_or(PORT) });
        let mut list = vec![(bind(http, "--http")?, Door::Boot)];
        if let serve::Door::At(watch) = args.watch {
            list.push((bind(watch, "--watch")?, Door::Watch));
        }
        Ok(Self { list })
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
            shared.watch.say(Said::of_server(Level::Info, what));
            listeners.push((tokio::net::TcpListener::from_std(listener)?, door));
        }
        Ok(listeners)
    }
}

/// Without an address both families are meant; where there is no IPv6, the other one.
fn bind(listen: Listen, option: &str) -> Result<std::net::TcpListener, Failure> {
    let at = |address: IpAddr| SocketAddr::new(address, listen.port);
    let all = [IpAddr::from(Ipv6Addr::UNSPECIFIED), IpAddr::from(Ipv4Addr::UNSPECIFIED)];
    let addresses = listen.address.map_or_else(|| all.to_vec(), |address| vec![address]);
    let mut last = None;
    for address in addresses {
        match server::listen(at(address)) {
            Ok(listener) => return Ok(listener),
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
        io::ErrorKind::AddrInUse => failure.help(format!(
            "see who has the port with `ss -ltnp sport = :{}`, or name another one with `{option}`",
            at.port()
        )),
        io::ErrorKind::PermissionDenied => failure.help(format!(
            "a port below 1024 needs CAP_NET_BIND_SERVICE, as the unit in docs/serve.md gives it; or name another one with `{option}`"
        )),
        _ => failure.help(format!("name an address of this machine with `{option}`")),
    }
}
