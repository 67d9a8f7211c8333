//! The proxy of `--dhcp proxy`: its interface and its two ports.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use super::super::args::Serve;
use super::super::args::serve::Dhcp;
use super::super::failure::{Exit, Failure};
use super::listen::Place;
use crate::serve::dhcp::socket::Interface;
use crate::serve::dhcp::{BOOT_PORT, Proxy, SERVER_PORT};
use crate::serve::event::{Level, Said};
use crate::serve::server::Shared;

/// A proxy whose ports are open.
pub(super) struct Open {
    interface: Interface,
    ports: Vec<(UdpSocket, u16)>,
}

impl Open {
    /// Opens the ports, if a proxy is wanted.
    pub(super) fn bind(args: &Serve, place: Option<Place>) -> Result<Option<Self>, Failure> {
        if args.dhcp == Dhcp::Off {
            return Ok(None);
        }
        let interface = interface(args, place)?;
        let port = |number: u16| {
            let refused = |error: io::Error| refused(&interface, number, &error);
            interface.open(number).map(|socket| (socket, number)).map_err(refused)
        };
        let ports = [SERVER_PORT, BOOT_PORT].map(port).into_iter().collect::<Result<_, _>>()?;
        Ok(Some(Self { interface, ports }))
    }

    /// Begins to answer; `http` is where the tree is.
    pub(super) fn start(self, shared: &Arc<Shared>, http: SocketAddr) -> io::Result<()> {
        let Interface { name, address } = self.interface;
        let base = format!("http://{address}:{}", http.port());
        shared
            .watch
            .say(Said::of_server(Level::Info, format!("DHCP: proxy on {name}, {address}, for {base}")));
        let proxy = Arc::new(Proxy::new(Arc::clone(shared), address, base));
        for (socket, port) in self.ports {
            let socket = tokio::net::UdpSocket::from_std(socket)?;
            tokio::spawn(Arc::clone(&proxy).serve(socket, port));
        }
        Ok(())
    }
}

fn interface(args: &Serve, place: Option<Place>) -> Result<Interface, Failure> {
    if let Some(name) = &args.interface {
        return Interface::named(name).map_err(|error| {
            Failure::new(Exit::Network, format!("interface `{name}` has no IPv4 address"))
                .context_of(&error)
                .help("see the interfaces with `ip -br address`")
        });
    }
    let own = match place.and_then(|place| place.address) {
        Some(IpAddr::V4(address)) => Interface::with(address),
        _ => None,
    };
    own.ok_or_else(|| {
        Failure::new(Exit::Usage, "no interface of this machine has the address of `okdboot.url`")
            .help("name the interface that the machines are at with `--interface IF`")
    })
}

fn refused(interface: &Interface, port: u16, error: &io::Error) -> Failure {
    let failure =
        Failure::new(Exit::Network, format!("cannot listen on udp port {port} of {}", interface.name))
            .context_of(error);
    match error.kind() {
        io::ErrorKind::AddrInUse => failure.help(format!(
            "see who has the port with `ss -lunp sport = :{port}`; a DHCP server on this machine can say what to boot itself: `okdboot render` writes its files, see docs/helper.md"
        )),
        io::ErrorKind::PermissionDenied => failure
            .help("a port below 1024 needs CAP_NET_BIND_SERVICE, as the unit in docs/serve.md gives it"),
        _ => failure,
    }
}
