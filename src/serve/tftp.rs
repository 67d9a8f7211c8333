//! TFTP: read-only, for what firmware and loaders fetch before they know HTTP.

pub mod request;
mod transfer;
pub mod window;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use self::request::{TftpRequest, error};
use self::transfer::TftpTransfer;
use super::answer::BootHint;
use super::shared::{Shared, closed};

/// The most transfers at once.
const MOST_TRANSFERS: usize = 256;

/// The most transfers of one address.
const MOST_OF_ONE: usize = 8;

/// The largest request that is read, in bytes.
const MOST_REQUEST: usize = 1024;

/// Opens the port of requests.
pub fn listen(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Answers requests until the server ends.
pub async fn serve(socket: UdpSocket, shared: Arc<Shared>) {
    let mut closing = shared.closing();
    let mut running: HashMap<SocketAddr, JoinHandle<()>> = HashMap::new();
    let mut packet = [0; MOST_REQUEST];
    loop {
        let heard = tokio::select! {
            heard = socket.recv_from(&mut packet) => heard,
            () = closed(&mut closing) => return,
        };
        let Ok((length, peer)) = heard else { continue };
        running.retain(|_, transfer| !transfer.is_finished());
        if let Some(transfer) = answer(&packet[..length], peer, &socket, &shared, &running).await {
            // lpxelinux asks for every file from one port, and whoever asks again has given up before.
            if let Some(before) = running.insert(peer, transfer) {
                before.abort();
            }
        }
    }
}

async fn answer(
    packet: &[u8],
    peer: SocketAddr,
    socket: &UdpSocket,
    shared: &Arc<Shared>,
    running: &HashMap<SocketAddr, JoinHandle<()>>,
) -> Option<JoinHandle<()>> {
    let refuse = |(code, text): (u16, String)| async move {
        // Who does not hear it waits; that is its own matter.
        let _ = socket.send_to(&error(code, &text), peer).await;
        None
    };
    let request = match TftpRequest::parse(packet) {
        Ok(request) => request,
        Err(refusal) => {
            let (code, text) = refusal.answer();
            return refuse((code, text.to_owned())).await;
        }
    };
    let is_new = !running.contains_key(&peer);
    let own = running.keys().filter(|other| other.ip() == peer.ip()).count();
    if is_new && (running.len() >= MOST_TRANSFERS || own >= MOST_OF_ONE) {
        // Loaders ask again; silence costs nothing here.
        return None;
    }
    let transfer = match begin(request, peer, shared) {
        Ok(transfer) => transfer,
        Err(reason) => return refuse(reason).await,
    };
    // A port of its own for each transfer, of the address that was asked.
    let here = SocketAddr::new(socket.local_addr().ok()?.ip(), 0);
    let own = UdpSocket::bind(here).await.ok()?;
    own.connect(peer).await.ok()?;
    Some(tokio::spawn(transfer.run(own)))
}

/// Finds the file and whose it is; code and text of the refusal where there is none.
fn begin(request: TftpRequest, peer: SocketAddr, shared: &Shared) -> Result<TftpTransfer, (u16, String)> {
    let address = peer.ip();
    let (index, watch) = (shared.site.index(), Arc::clone(&shared.watch));
    let tied = watch.tied(address);
    let names: Vec<&str> = request.names.iter().map(String::as_str).collect();
    let found = shared.site.over_tftp(&names);
    let by_mac = found.mac.and_then(|mac| index.machines.by_mac(mac));
    let who = by_mac.or_else(|| index.machines.by_address(address)).cloned().or(tied);
    watch.asked(who.as_ref(), address, if found.opened.is_some() { 200 } else { 404 }, &found.about, false);
    let stage = match found.about {
        BootHint::File(stage, _) => Some(stage),
        _ => None,
    };
    match found.opened {
        Some(opened) => {
            Ok(TftpTransfer { request, file: opened.file, size: opened.size, stage, who, peer, watch })
        }
        None => Err((1, format!("there is no {}", request.name))),
    }
}
