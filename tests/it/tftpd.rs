//! A scripted TFTP server on loopback: RFC 1350 with `blksize` and `tsize`, and everything that a
//! server can do wrong.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What is answered to a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The file.
    File(Vec<u8>),
    /// The file, to who asks without options only.
    Plain(Vec<u8>),
    /// The file, with a stranger's packets in between.
    WithStranger(Vec<u8>),
    /// The file, with every sixteenth block lost once.
    Lossy(Vec<u8>),
    /// The file, but another size is told.
    LyingSize(Vec<u8>, u64),
    /// An error.
    Error(u16, &'static str),
    /// The first block, and no more.
    Stops(Vec<u8>),
    /// Blocks without end.
    Endless,
    /// The first block again and again.
    Repeats,
    /// Bytes that are no packet.
    Garbage,
    /// Options with a block size that nobody asked for.
    GreedyBlock,
    /// Nothing.
    Silence,
}

type Script = dyn Fn(&str) -> Reply + Send + Sync;

/// A running server; it ends when it is dropped.
pub(crate) struct Tftpd {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Tftpd {
    pub(crate) fn start(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<String>>>::default());
        let script: Arc<Script> = Arc::new(script);
        let (its_stop, its_asked) = (Arc::clone(&stop), Arc::clone(&asked));
        let thread = thread::spawn(move || serve(&socket, &script, &its_stop, &its_asked));
        Self { address, stop, asked, thread: Some(thread) }
    }

    /// Returns the address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the names that were asked for, each time.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Tftpd {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &UdpSocket, script: &Arc<Script>, stop: &Arc<AtomicBool>, asked: &Mutex<Vec<String>>) {
    let mut transfers = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let mut buffer = [0; 600];
        let Ok((count, peer)) = socket.recv_from(&mut buffer) else { continue };
        let Some(request) = Request::read(&buffer[..count]) else { continue };
        asked.lock().unwrap().push(request.name.clone());
        let (script, stop) = (Arc::clone(script), Arc::clone(stop));
        transfers.push(thread::spawn(move || drop(transfer(peer, &request, script(&request.name), &stop))));
    }
    for transfer in transfers {
        let _ = transfer.join();
    }
}

struct Request {
    name: String,
    block: Option<usize>,
    wants_size: bool,
}

impl Request {
    fn read(bytes: &[u8]) -> Option<Self> {
        let words: Vec<String> = bytes
            .strip_prefix(b"\0\x01")?
            .split(|b| *b == 0)
            .map(|w| String::from_utf8_lossy(w).into())
            .collect();
        let value = |name: &str| words.iter().position(|word| word == name).map(|at| words[at + 1].clone());
        Some(Self {
            name: words[0].clone(),
            block: value("blksize").and_then(|size| size.parse().ok()),
            wants_size: value("tsize").is_some(),
        })
    }
}

/// A transfer on a port of its own.
struct Transfer<'a> {
    socket: UdpSocket,
    stop: &'a AtomicBool,
}

impl Transfer<'_> {
    /// Sends a packet until it is acknowledged; says whether it was.
    fn send(&self, packet: &[u8], block: u16, times: usize) -> std::io::Result<bool> {
        for _ in 0..times {
            self.socket.send(packet)?;
            for _ in 0..50 {
                if self.stop.load(Ordering::SeqCst) {
                    return Ok(false);
                }
                let mut buffer = [0; 600];
                match self.socket.recv(&mut buffer) {
                    Ok(4) if buffer[..4] == ack(block) => return Ok(true),
                    Ok(count) if buffer[..count].starts_with(&[0, 5]) => return Ok(false),
                    _ => {}
                }
            }
        }
        Ok(false)
    }
}

fn ack(block: u16) -> [u8; 4] {
    let [high, low] = block.to_be_bytes();
    [0, 4, high, low]
}

fn data(block: u16, bytes: &[u8]) -> Vec<u8> {
    [&[0, 3][..], &block.to_be_bytes(), bytes].concat()
}

fn transfer(peer: SocketAddr, request: &Request, reply: Reply, stop: &AtomicBool) -> std::io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(peer)?;
    socket.set_read_timeout(Some(Duration::from_millis(20)))?;
    let line = Transfer { socket, stop };
    let error = |code: u16, text: &str| {
        line.socket.send(&[&[0, 5][..], &code.to_be_bytes(), text.as_bytes(), b"\0"].concat()).map(drop)
    };
    match reply {
        Reply::LyingSize(bytes, size) => file(&line, request, &bytes, size, 1),
        Reply::Lossy(bytes) => file(&line, request, &bytes, bytes.len() as u64, 2),
        Reply::WithStranger(bytes) => file(&line, request, &bytes, bytes.len() as u64, 3),
        Reply::Plain(_) if request.block.is_some() => error(8, "no options"),
        Reply::File(bytes) | Reply::Plain(bytes) => file(&line, request, &bytes, bytes.len() as u64, 1),
        Reply::Error(code, text) => error(code, text),
        Reply::Stops(bytes) => {
            let plain = Request { name: String::new(), block: None, wants_size: false };
            line.send(&data(1, &[&bytes[..], &[b'#'; 512]].concat()[..512]), 1, 1).map(|_| drop(plain))
        }
        Reply::Endless => {
            let mut block = 1_u16;
            while line.send(&data(block, &[b'x'; 512]), block, 1)? {
                block = block.wrapping_add(1);
            }
            Ok(())
        }
        Reply::Repeats => {
            while !stop.load(Ordering::SeqCst) {
                line.socket.send(&data(1, &[b'x'; 512]))?;
                thread::sleep(Duration::from_millis(2));
            }
            Ok(())
        }
        Reply::Garbage => line.socket.send(b"\xff\xff<html>").map(drop),
        Reply::GreedyBlock => line.socket.send(b"\0\x06blksize\x0065464\0").map(drop),
        Reply::Silence => Ok(()),
    }
}

/// Sends a file; with `step` 2 every sixteenth block is lost once, which the reader has to notice, and
/// with 3 a stranger sends a block before the first.
fn file(line: &Transfer, request: &Request, bytes: &[u8], size: u64, step: u16) -> std::io::Result<()> {
    let mut options = Vec::new();
    if let Some(block) = request.block {
        options.extend(format!("blksize\0{block}\0").into_bytes());
    }
    if request.wants_size {
        options.extend(format!("tsize\0{size}\0").into_bytes());
    }
    if !options.is_empty() && !line.send(&[&[0, 6][..], &options].concat(), 0, 5)? {
        return Ok(());
    }
    if step == 3 {
        UdpSocket::bind("127.0.0.1:0")?.send_to(&data(1, b"from a stranger"), line.socket.peer_addr()?)?;
    }
    let length = request.block.unwrap_or(512);
    // A last block that is short, empty if need be, ends the file.
    let blocks = bytes.chunks(length).chain(bytes.len().is_multiple_of(length).then_some(&[][..]));
    let mut number = 0_u16;
    for part in blocks {
        number = number.wrapping_add(1);
        if step == 2 && number % 16 == 2 {
            // Lost: what comes first is the reader's acknowledgement again.
            let mut buffer = [0; 600];
            while !line.stop.load(Ordering::SeqCst) && line.socket.recv(&mut buffer).is_err() {}
        }
        if !line.send(&data(number, part), number, 5)? {
            return Ok(());
        }
    }
    Ok(())
}
