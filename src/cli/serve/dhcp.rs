//! The DHCP server of `--dhcp`: its interface, its ports, and whether another one is there already.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use super::super::args::Serve;
use super::super::args::serve::DhcpMode as Mode;
use super::super::output::Voice;
use super::listen::ListenPlace;
use crate::dhcp::socket::Interface;
use crate::model::mac::MacAddr;
use crate::plan::lease::Lease;
use crate::run::failure::{Exit, Failure};
use crate::serve::dhcp::{DhcpListener, DhcpService, guard};
use crate::serve::event::{Level, NewEvent};
use crate::serve::shared::Shared;
use crate::text::Count;

/// How many machines the search for another server asks as.
const ASKED_AS: usize = 3;

/// A server whose ports are open.
pub(super) struct OpenDhcp {
    interface: Interface,
    giving: DhcpService,
    guests: BTreeSet<MacAddr>,
    ports: Vec<(UdpSocket, u16)>,
}

impl OpenDhcp {
    /// Opens the ports, if DHCP is wanted.
    pub(super) fn bind(
        args: &Serve,
        place: Option<ListenPlace>,
        (leases, guests): (&[Lease], &BTreeSet<MacAddr>),
        output: &mut Voice,
    ) -> Result<Option<Self>, Failure> {
        let giving = match args.giving.dhcp {
            Mode::Off => return Ok(None),
            Mode::Proxy => DhcpService::Boot,
            Mode::Full => {
                DhcpService::Addresses(leases.iter().map(|lease| (lease.mac, lease.clone())).collect())
            }
        };
        let interface = interface(args, place)?;
        let port = |number: &u16| {
            let refused = |error: io::Error| refused(&interface, *number, &error);
            interface.open(*number).map(|socket| (socket, *number)).map_err(refused)
        };
        let ports = DhcpListener::ports(&giving).iter().map(port).collect::<Result<_, _>>()?;
        if args.giving.dhcp == Mode::Full {
            say_far(&interface, leases, output);
            refuse_other(&interface, leases, output)?;
        }
        Ok(Some(Self { interface, giving, guests: guests.clone(), ports }))
    }

    /// Begins to answer; `http` is where the tree is.
    pub(super) fn start(self, shared: &Arc<Shared>, http: SocketAddr) -> io::Result<()> {
        let Interface { name, address } = self.interface;
        let base = format!("http://{address}:{}", http.port());
        let what = match &self.giving {
            DhcpService::Boot => format!("DHCP: proxy on {name}, {address}, for {base}"),
            DhcpService::Addresses(leases) => format!(
                "DHCP: addresses for {} on {name}, {address}, for {base}",
                Count(leases.len(), "machine")
            ),
        };
        shared.watch.say(NewEvent::of_server(Level::Info, what));
        let dhcp = Arc::new(DhcpListener::new(Arc::clone(shared), (self.giving, self.guests), address, base));
        for (socket, port) in self.ports {
            let socket = tokio::net::UdpSocket::from_std(socket)?;
            tokio::spawn(Arc::clone(&dhcp).serve(socket, port));
        }
        Ok(())
    }
}

/// Says what `--dhcp full` gives away; refuses where it would give nothing.
pub(super) fn describe(args: &Serve, leases: &[Lease], output: &mut Voice) -> Result<(), Failure> {
    if args.giving.dhcp != Mode::Full {
        return Ok(());
    }
    if !args.reads_vars() {
        return Err(Failure::new(
            Exit::Usage,
            format!("`--dhcp full` gives addresses of vars.yaml, and `{}` reads none", args.without_vars()),
        )
        .help("serve a tree that `okdboot render` wrote, or use `--dhcp proxy`"));
    }
    if leases.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "`--dhcp full` has no address to give: no machine has a MAC address and an IPv4 address in a network that vars.yaml tells",
        )
        .help("add `dhcp.ipid` and `dhcp.netmaskid`, and `macaddr` and `ipaddr` of the machines"));
    }
    // A rack of a thousand machines is no thousand lines at each start.
    for lease in leases.iter().filter(|_| args.giving.check) {
        output.say(&format!("address of {} ({}): {}", lease.name, lease.mac, lease.address));
    }
    Ok(())
}

/// Machines of another network are reached by a relay only.
fn say_far(interface: &Interface, leases: &[Lease], output: &mut Voice) {
    let far: Vec<_> = leases.iter().filter(|lease| !lease.net.contains(&interface.address)).collect();
    if let Some(first) = far.first() {
        output.say(&format!(
            "warning: {} in {}, and {} has {}: they get their addresses by a DHCP relay only",
            Count(far.len(), "machine"),
            first.net,
            interface.name,
            interface.address
        ));
    }
}

/// Two servers that give addresses would fight.
fn refuse_other(interface: &Interface, leases: &[Lease], output: &mut Voice) -> Result<(), Failure> {
    let name = &interface.name;
    output.say(&format!("looking for another DHCP server on {name}"));
    let macs: Vec<_> = leases.iter().map(|lease| lease.mac).take(ASKED_AS).collect();
    match guard::other_server(interface, &macs) {
        Ok(None) => Ok(()),
        Ok(Some(other)) => {
            Err(Failure::new(Exit::Network, format!("{other} gives addresses on {name} already"))
                .help("leave the addresses to it with `--dhcp proxy`, or stop it"))
        }
        // A DHCP client of this host has the port: then nothing can be said of others.
        Err(error) => {
            output.say(&format!("warning: whether another DHCP server is on {name} cannot be told: {error}"));
            Ok(())
        }
    }
}

fn interface(args: &Serve, place: Option<ListenPlace>) -> Result<Interface, Failure> {
    if let Some(name) = &args.giving.interface {
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
