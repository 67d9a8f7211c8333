//! The listeners: connections accepted, and let end before the server does.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};

use super::connection::{Connection, Door};
use super::shared::{Shared, closed};
use super::stream::{PATIENCE, SocketStream};

/// How long to wait after the system refused a connection: it is out of descriptors, mostly.
const PAUSE: Duration = Duration::from_millis(100);

/// Opens a listener.
pub fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Accepts connections until the server ends.
pub async fn accept(listener: TcpListener, door: Door, tls: Option<Arc<ServerConfig>>, shared: Arc<Shared>) {
    let mut closing = shared.closing();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closed(&mut closing) => return,
        };
        match accepted {
            Ok((stream, peer)) => take(stream, peer, (door, tls.clone()), &shared),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Who comes when all places are taken is let go at once: loaders ask again.
fn take(
    tcp: TcpStream,
    peer: SocketAddr,
    (door, tls): (Door, Option<Arc<ServerConfig>>),
    shared: &Arc<Shared>,
) {
    let Some(place) = shared.place(peer.ip()) else { return };
    let Ok(here) = settings(&tcp) else { return };
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        // Who does not come to terms was no machine that boots from here, or does not trust the certificate.
        match SocketStream::accept(tcp, tls).await {
            Ok(stream) => Connection::new(stream, (here, peer), door, shared).run().await,
            Err(error) => shared.without_terms(peer.ip(), &error),
        }
        drop(place);
    });
}

/// Sets what every connection has; returns its address here.
fn settings(tcp: &TcpStream) -> io::Result<SocketAddr> {
    tcp.set_nodelay(true)?;
    socket2::SockRef::from(tcp).set_tcp_user_timeout(Some(PATIENCE))?;
    tcp.local_addr()
}
