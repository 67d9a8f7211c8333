//! Sockets that systemd opened and hands over (systemd.socket(5), `sd_listen_fds(3)`): no right to open low
//! ports is needed then, and machines that ask while `serve` starts anew are kept waiting, not refused.

use std::io;
use std::net::{TcpListener, UdpSocket};

use listenfd::ListenFd;

use crate::run::failure::{Exit, Failure};

/// What was handed over: for HTTP, for the watch, for TFTP; in this order where there are several.
#[derive(Default)]
pub(super) struct Inherited {
    pub(super) tcp: Vec<TcpListener>,
    pub(super) udp: Option<UdpSocket>,
}

/// `serve` has two doors of TCP.
const MOST_TCP: usize = 2;

impl Inherited {
    /// Takes them; nothing where this process was started by hand.
    pub(super) fn take() -> Result<Self, Failure> {
        let mut given = ListenFd::from_env();
        let mut inherited = Self::default();
        for at in 0..given.len() {
            inherited.add(&mut given, at).map_err(|error| refused(&error))?;
        }
        Ok(inherited)
    }

    fn add(&mut self, given: &mut ListenFd, at: usize) -> io::Result<()> {
        if let Ok(Some(listener)) = given.take_tcp_listener(at) {
            listener.set_nonblocking(true)?;
            self.tcp.push(listener);
            return if self.tcp.len() > MOST_TCP { Err(io::ErrorKind::InvalidInput.into()) } else { Ok(()) };
        }
        let socket = given.take_udp_socket(at)?.ok_or(io::ErrorKind::NotFound)?;
        socket.set_nonblocking(true)?;
        if self.udp.replace(socket).is_some() { Err(io::ErrorKind::InvalidInput.into()) } else { Ok(()) }
    }
}

fn refused(error: &io::Error) -> Failure {
    Failure::new(Exit::Network, "cannot use the sockets that systemd hands over").context_of(error).help(
        "list at most two of ListenStream, for HTTP and for the watch, and one of ListenDatagram, for TFTP",
    )
}
